"""The emergency package: sealed to a partner beforehand, and opened only when persons release it.

Two seals, one within the other. The outer is to the partner's key: they can look at once from whom
it is, what was agreed, and that it opens on their laptop. The inner is to a key of its own, made
for this package, which nobody keeps: it was cut into pieces, one for each person who may release
it (SLIP-39, Trezor's reference implementation, where two are needed), each piece known by its
hash. Whoever has the pieces lacks the partner's key, and the partner lacks the pieces.

A drill goes the same way with a key and pieces of its own; what it opens are words to be said.

Specified in `docs/format/emergency.md`.
"""

from __future__ import annotations

from defenderdesk.bundle.emergency.letters import (
    MAX_LETTER,
    RELEASE_SUFFIX,
    Letter,
    letter_name,
    open_letter,
    pack_letters,
    read_letter,
    seal_letter,
    unpack_letters,
)
from defenderdesk.bundle.emergency.package import (
    MAX_FILE,
    MAX_FILES,
    SUFFIX,
    Content,
    File,
    Package,
    Sealed,
    enough,
    fits,
    open_content,
    open_drill,
    open_package,
    read_content,
    seal,
)
from defenderdesk.bundle.emergency.pieces import (
    Lock,
    cut,
    drill_words,
    joined,
    piece_hash,
)
from defenderdesk.bundle.emergency.shapes import (
    MAX_HOLDERS,
    MAX_TEXT,
)

__all__ = [
    "MAX_FILE",
    "MAX_FILES",
    "MAX_HOLDERS",
    "MAX_LETTER",
    "MAX_TEXT",
    "RELEASE_SUFFIX",
    "SUFFIX",
    "Content",
    "File",
    "Letter",
    "Lock",
    "Package",
    "Sealed",
    "cut",
    "drill_words",
    "enough",
    "fits",
    "joined",
    "letter_name",
    "open_content",
    "open_drill",
    "open_letter",
    "open_package",
    "pack_letters",
    "piece_hash",
    "read_content",
    "read_letter",
    "seal",
    "seal_letter",
    "unpack_letters",
]
