"""If someone is taken: packages prepared, watched, tried in drills, released; and partners'."""
