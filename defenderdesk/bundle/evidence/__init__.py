"""The proof in a custody package: its form, and what it proves."""
