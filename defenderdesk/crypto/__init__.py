"""Cryptography: the age container, signatures, key derivation. Thin over `cryptography`."""
