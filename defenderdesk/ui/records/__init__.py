"""Records that stand by themselves: persons, organisations, visits, and what an office sets up."""
