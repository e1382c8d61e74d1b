"""One bundle taken in, whole or not at all; and everything held, verified."""
