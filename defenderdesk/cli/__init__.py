"""The command line: the same core as the desktop, for scripts and for people who like it."""
