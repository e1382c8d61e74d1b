"""Letters: one person's release each, sealed to the partner, and the file that carries them."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from defenderdesk.bundle.emergency.shapes import (
    MAX_HOLDERS,
    MAX_TEXT,
    VERSION,
    bytes_of,
    framed,
    text_of,
    unframed,
)
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import Identity, Recipient, open_bytes, seal_bytes
from defenderdesk.errors import DamagedError, LimitError, NewerError

RELEASE_SUFFIX = ".ddrelease"
MAX_LETTER = 64 * 1024
_RELEASE = b"DDRELEA\x01"
_LETTER = b"defenderdesk.org/v1/emergency-letter\x00"


@dataclass(frozen=True)
class Letter:
    """One person's release, as the partner opens it. `drill`: 16 bytes, empty for the real one."""

    package: bytes
    drill: bytes
    index: int
    piece: str
    member: str
    reason: str


def letter_name(token: bytes, drill: bool, index: int) -> str:
    """Under which name (32 hexadecimal digits) a letter lies on a server; it is asked for by that
    name, and found by nobody else."""
    return hmac.digest(token, _LETTER + bytes([drill, index]), "sha256")[:16].hex()


def seal_letter(letter: Letter, recipient: Recipient) -> bytes:
    """One person's release, sealed to the partner; always of one of a few sizes."""
    value = [
        VERSION,
        letter.package,
        letter.drill,
        letter.index,
        letter.piece,
        letter.member,
        letter.reason,
    ]
    return seal_bytes(framed(canonical.encode(value)), [recipient])


def open_letter(sealed: bytes, identities: Sequence[Identity]) -> Letter:
    """Raises `DamagedError`, `NotForUsError`."""
    if len(sealed) > MAX_LETTER:
        raise LimitError(what="a letter of more than 64 KiB")
    return read_letter(unframed(open_bytes(sealed, identities), "the letter is malformed"))


def read_letter(data: bytes) -> Letter:
    """A letter, from its CBOR. Raises `DamagedError`."""
    value = canonical.decode(data)
    try:
        version, package, drill, index, piece, member, reason = value
        if not canonical.is_version(version, VERSION):
            raise NewerError(what="this letter")
        if type(index) is not int or not 0 <= index < MAX_HOLDERS:
            raise ValueError("index")
        if type(drill) is not bytes or len(drill) not in (0, 16):
            raise ValueError("drill")
        return Letter(
            bytes_of(package, 16),
            drill,
            index,
            text_of(piece, 1000),
            text_of(member, 500),
            text_of(reason, MAX_TEXT),
        )
    except (TypeError, ValueError) as error:
        raise DamagedError(what="the letter is malformed") from error


def pack_letters(letters: Sequence[bytes]) -> bytes:
    """A release file: sealed letters one behind the other."""
    return _RELEASE + canonical.encode(list(letters))


def unpack_letters(data: bytes) -> list[bytes]:
    """Raises `DamagedError`."""
    if len(data) > MAX_LETTER * MAX_HOLDERS * 2:
        raise LimitError(what="a release of more than 2 MiB")
    if data[: len(_RELEASE) - 1] != _RELEASE[:-1]:
        raise DamagedError(what="it is not a release")
    if data[: len(_RELEASE)] != _RELEASE:
        raise NewerError(what="this release")
    value = canonical.decode(data[len(_RELEASE) :])
    if (
        type(value) is not list
        or not 1 <= len(value) <= 2 * MAX_HOLDERS
        or not all(type(one) is bytes and len(one) <= MAX_LETTER for one in value)
    ):
        raise DamagedError(what="the release is malformed")
    return value
