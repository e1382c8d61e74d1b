"""Getting back: backups, restoring, and trustees who help with a lost passphrase."""
