"""Bundles on a stick, in a folder, in a file: planned, exported, received, revocation notices."""
