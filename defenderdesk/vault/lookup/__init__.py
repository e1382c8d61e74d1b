"""Lookup across records: derived indexes, queries over them, counts for early warning."""
