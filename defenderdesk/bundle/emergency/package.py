"""The package itself: made, opened by its outer seal, and by the pieces that letters bring."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from defenderdesk.bundle.emergency.letters import Letter
from defenderdesk.bundle.emergency.pieces import (
    Lock,
    cut,
    drill_words,
    joined,
    lock_of,
    piece_hash,
)
from defenderdesk.bundle.emergency.shapes import (
    MAX_HOLDERS,
    MAX_TEXT,
    VERSION,
    any_bytes,
    bytes_of,
    framed,
    text_of,
    unframed,
)
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import HybridIdentity, Identity, Recipient, open_bytes, seal_bytes
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, LimitError, NewerError, NotForUsError

SUFFIX = ".ddemergency"
MAX_FILE = 64 * 1024 * 1024
MAX_FILES = 200
_MAGIC = b"DDEMERG\x01"
_SIGN = b"defenderdesk.org/v1/emergency\x00"


@dataclass(frozen=True)
class File:
    """A file within a package."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Content:
    """The content that the partner gets when it is released. `share`: a signed share
    (`format/share.md`), or empty; `letter`: what the person, or the office, wants to say to
    them."""

    letter: str = ""
    share: bytes = b""
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Package:
    """The cover that the partner sees before it is released. `number`, `token`: 16 and 32 bytes;
    `server`: where letters about it lie, empty for nowhere; `person`: for whom, as the office calls
    them."""

    number: bytes
    organisation: str
    member: str
    signer: bytes
    recipient: str
    created: str
    person: str
    agreed: str
    lock: Lock
    drill_lock: Lock
    token: bytes
    server: str
    sealed: bytes = field(repr=False)
    drill: bytes = field(repr=False)
    earlier: tuple[tuple[str, str], ...] = ()
    """[key that the signer's took the place of, its signature], hexadecimal, not checked here."""


@dataclass(frozen=True)
class Sealed:
    """A package that was made: the file's bytes, and what the office keeps. `pieces` and
    `drill_pieces` go to the persons, one each, and are kept by nobody else."""

    file: bytes = field(repr=False)
    number: bytes
    token: bytes
    drill_seed: bytes = field(repr=False)
    lock: Lock
    drill_lock: Lock
    pieces: tuple[str, ...] = field(repr=False)
    drill_pieces: tuple[str, ...] = field(repr=False)


def seal(
    content: Content,
    about: Mapping[str, str],
    need: int,
    count: int,
    server: str,
    key: SigningKey,
    recipient: Recipient,
    earlier: Sequence[Sequence[str]] = (),
) -> Sealed:
    """Makes a package. `about`: organisation, member, recipient, created, person, agreed. Raises
    `LimitError` for one that is too large to be taken in."""
    if not 1 <= need <= 2 or not need <= count <= MAX_HOLDERS:
        raise ValueError("holders")
    number, token, seed = secrets.token_bytes(16), secrets.token_bytes(32), secrets.token_bytes(32)
    inner, drill = HybridIdentity.generate(), HybridIdentity.generate()
    pieces, drill_pieces = cut(inner.seed, need, count), cut(drill.seed, need, count)
    lock = Lock(need, tuple(piece_hash(number, False, p) for p in pieces))
    drill_lock = Lock(need, tuple(piece_hash(number, True, p) for p in drill_pieces))
    told = canonical.encode(
        {
            "letter": content.letter,
            "share": content.share,
            "files": [[f.name, f.media_type, f.data] for f in content.files],
        }
    )
    outer = canonical.encode(
        {
            "format": "defenderdesk-emergency",
            "version": VERSION,
            "number": number,
            "from": [about["organisation"], about["member"], key.public, about["recipient"]],
            "earlier": [list(one) for one in earlier],
            "created": about["created"],
            "person": about["person"],
            "agreed": about["agreed"],
            "need": need,
            "hashes": list(lock.hashes),
            "drill_hashes": list(drill_lock.hashes),
            "token": token,
            "server": server,
            "sealed": seal_bytes(framed(told), [inner.recipient]),
            "drill": seal_bytes(framed(seed), [drill.recipient]),
        }
    )
    body = _MAGIC + key.sign(_SIGN, outer) + framed(outer)
    file = seal_bytes(body, [recipient])
    if len(file) > MAX_FILE:
        raise LimitError(what="an emergency package of more than 64 MiB")
    return Sealed(file, number, token, seed, lock, drill_lock, tuple(pieces), tuple(drill_pieces))


def open_package(file: bytes, identities: Sequence[Identity]) -> Package:
    """Opens the outer seal and checks the signature. Raises `DamagedError`, `NotForUsError`."""
    if len(file) > MAX_FILE:
        raise LimitError(what="an emergency package of more than 64 MiB")
    opened = open_bytes(file, identities)
    if opened[: len(_MAGIC) - 1] != _MAGIC[:-1]:
        raise DamagedError(what="it is not an emergency package")
    if opened[: len(_MAGIC)] != _MAGIC:
        raise NewerError(what="this emergency package")
    signature, rest = opened[len(_MAGIC) :][:64], opened[len(_MAGIC) + 64 :]
    content = unframed(rest, "it is not an emergency package")
    package = _package(canonical.decode(content))
    signing.verify(package.signer, _SIGN, content, signature, "the emergency package")
    return package


def _package(value: Any) -> Package:
    try:
        if value["format"] != "defenderdesk-emergency":
            raise DamagedError(what="it is not an emergency package")
        if not canonical.is_version(value["version"], VERSION):
            raise NewerError(what="this emergency package")
        organisation, member, signer, recipient = value["from"]
        return Package(
            bytes_of(value["number"], 16),
            text_of(organisation, 500),
            text_of(member, 500),
            bytes_of(signer, 32),
            text_of(recipient, 5000),
            text_of(value["created"], 40),
            text_of(value["person"], 500),
            text_of(value["agreed"], MAX_TEXT),
            lock_of(value["need"], value["hashes"]),
            lock_of(value["need"], value["drill_hashes"]),
            bytes_of(value["token"], 32),
            text_of(value["server"], 500),
            any_bytes(value["sealed"]),
            any_bytes(value["drill"]),
            _pairs(value["earlier"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DamagedError(what="the emergency package is malformed") from error


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if type(value) is not list or len(value) > 8:
        raise ValueError("earlier")
    return tuple((text_of(old, 64), text_of(signature, 128)) for old, signature in value)


def fits(package: Package, letter: Letter) -> bool:
    """Tells whether a letter holds a piece of this package."""
    lock = package.drill_lock if letter.drill else package.lock
    return (
        letter.package == package.number
        and letter.index < len(lock.hashes)
        and hmac.compare_digest(
            piece_hash(package.number, bool(letter.drill), letter.piece), lock.hashes[letter.index]
        )
    )


def enough(package: Package, letters: Sequence[Letter], drill: bytes = b"") -> bool:
    """Tells whether these letters open it (or this drill)."""
    right = {one.index for one in letters if one.drill == drill and fits(package, one)}
    return len(right) >= package.lock.need


def open_content(package: Package, letters: Sequence[Letter]) -> Content:
    """The content of the package. Raises `DamagedError`, and `NotForUsError` where the pieces do
    not open it."""
    return read_content(_inner(package, letters, b"", package.sealed))


def read_content(data: bytes) -> Content:
    """The content of a package, from its CBOR. Raises `DamagedError`."""
    value = canonical.decode(data)
    try:
        files = value["files"]
        if len(files) > MAX_FILES:
            raise LimitError(what="an emergency package of too many files")
        return Content(
            text_of(value["letter"], MAX_TEXT),
            any_bytes(value["share"]),
            tuple(
                File(text_of(name, 200), text_of(media, 200), any_bytes(data)) for name, media, data in files
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(what="the emergency package is malformed") from error


def open_drill(package: Package, letters: Sequence[Letter], drill: bytes) -> list[str]:
    """The words of a drill. Raises as `open_content`."""
    seed = _inner(package, letters, drill, package.drill)
    return drill_words(seed, drill)


def _inner(package: Package, letters: Sequence[Letter], drill: bytes, sealed: bytes) -> bytes:
    if not enough(package, letters, drill):
        raise NotForUsError()
    pieces = [one.piece for one in letters if one.drill == drill and fits(package, one)]
    seed = joined(pieces, package.lock.need)
    opened = open_bytes(sealed, [HybridIdentity.from_seed(seed)])
    return unframed(opened, "the emergency package is malformed")
