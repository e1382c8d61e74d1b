"""Erasing content for good, and finding who is named in what is left."""
