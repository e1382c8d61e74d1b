"""Documents that leave the vault: written, looked through for names, saved."""
