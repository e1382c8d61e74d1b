"""Days that matter: what is due today, and the calendar."""
