"""One case shared with a partner: sealed, taken in, recalled."""
