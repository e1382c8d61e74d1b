"""Worlds that tests of several folders live in; no test module imports from another."""
