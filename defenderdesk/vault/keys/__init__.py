"""The ways to the data key: key slots, the keyring’s secret, the count of wrong passphrases."""
