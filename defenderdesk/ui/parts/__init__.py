"""Building blocks that every screen is made of."""
