"""Emergency packages: prepared for a partner, kept in escrow, told in sentences."""
