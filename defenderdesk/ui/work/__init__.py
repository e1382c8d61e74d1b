"""How screens ask for work: one open vault, operations behind the screen, preferences."""
