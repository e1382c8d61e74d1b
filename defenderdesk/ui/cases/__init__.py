"""The case list, one case with its sections, and quick entry."""
