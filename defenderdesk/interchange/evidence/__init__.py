"""Custody packages: written for a stranger, and checked by one."""
