"""At rest: whatever the program writes anywhere is searched for what was recorded."""
