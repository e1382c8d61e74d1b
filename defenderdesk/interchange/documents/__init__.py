"""Documents out of the vault: drafts of submissions, Word, calendar."""
