"""The program as it is installed elsewhere than in a checkout."""
