"""Working jointly: the matrix case by mechanism, patterns across cases, the picture of a year."""
