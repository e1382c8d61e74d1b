"""The ways in which screens ask for work: one open vault, operations behind the screen,
preferences."""
