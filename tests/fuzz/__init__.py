"""Fuzzing: hostile bytes for every parser, replayed in the tests, run at length by `make torture`."""
