"""Under force: duress, what wrong passphrases lead to, the keyring, travelling empty."""
