"""Recipients that a file is sealed to and identities that open it: the two protocols every key type
fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from defenderdesk.crypto.age.header import Stanza


class Recipient(Protocol):
    """Seals: wraps a file key into stanzas."""

    @property
    def postquantum(self) -> bool:
        """True if the stanza withstands a quantum computer (the spec's `postquantum` label).
        Those that do and those that do not cannot seal the same file."""

    def wrap(self, file_key: bytes) -> list[Stanza]:
        """Stanzas that give the 16-byte `file_key` to the holder of the identity."""


class Identity(Protocol):
    """Opens: finds its stanza and unwraps the file key."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The 16-byte file key, None if no stanza is for this identity. Raises DamagedError on
        a stanza of its type that is malformed."""
