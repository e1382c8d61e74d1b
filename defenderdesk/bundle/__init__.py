"""Bundles: seal, open, verify. No database: what a bundle means is decided in `vault`."""
