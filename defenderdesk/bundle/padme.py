"""Padmé padding: a length says little of its content, at a cost of at most 12 %.

Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
PURBs" (PETS 2019), section 4.
"""

from __future__ import annotations


def padded(length: int) -> int:
    """The length in bytes that `length` is padded to."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    free_bits = exponent - exponent.bit_length()
    mask = (1 << free_bits) - 1
    return (length + mask) & ~mask
