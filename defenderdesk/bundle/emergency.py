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

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from defenderdesk.bundle.padme import padded
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import HybridIdentity, Identity, Recipient, open_bytes, seal_bytes
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, LimitError, NewerError, NotForUsError

SUFFIX, RELEASE_SUFFIX = ".ddemergency", ".ddrelease"
MAX_FILE = 64 * 1024 * 1024
MAX_LETTER = 64 * 1024
MAX_HOLDERS = 16
MAX_TEXT = 20_000
MAX_FILES = 200
_MAGIC = b"DDEMERG\x01"
_RELEASE = b"DDRELEA\x01"
_SIGN = b"defenderdesk.org/v1/emergency\x00"
_PIECE = b"defenderdesk.org/v1/emergency-piece\x00"
_LETTER = b"defenderdesk.org/v1/emergency-letter\x00"
_WORDS = b"defenderdesk.org/v1/emergency-drill\x00"
_VERSION = 1
_SEED = 32


@dataclass(frozen=True)
class File:
    """A file within a package."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Content:
    """What the partner gets when it is released. `share`: a signed share (`format/share.md`), or
    empty; `letter`: what the person, or the office, wants to say to them."""

    letter: str = ""
    share: bytes = b""
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Lock:
    """A key that was cut in pieces: the hash of each, and how many are needed."""

    need: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True)
class Package:
    """What the partner sees before it is released. `number`, `token`: 16 and 32 bytes; `server`:
    where letters about it lie, empty for nowhere; `person`: for whom, as the office calls them."""

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
class Letter:
    """One person's release, as the partner opens it. `drill`: 16 bytes, empty for the real one."""

    package: bytes
    drill: bytes
    index: int
    piece: str
    member: str
    reason: str


# -- pieces -------------------------------------------------------------------------------------


def cut(seed: bytes, need: int, count: int) -> list[str]:
    """`count` pieces of a 32-byte secret, of which `need` give it back."""
    if need == 1:
        return [seed.hex()] * count
    from shamir_mnemonic import generate_mnemonics

    return list(generate_mnemonics(1, [(need, count)], seed, iteration_exponent=0)[0])


def joined(pieces: Sequence[str], need: int) -> bytes:
    """The secret. The pieces were checked by their hashes. Raises `DamagedError`."""
    from shamir_mnemonic import combine_mnemonics
    from shamir_mnemonic.share import Share
    from shamir_mnemonic.utils import MnemonicError

    try:
        if need == 1:
            seed = bytes.fromhex(pieces[0])
        else:
            used = sorted(set(pieces))[:need]
            if any(Share.from_mnemonic(one).iteration_exponent for one in used):
                raise ValueError("slow")  # ours have none; with 15 it takes minutes
            seed = bytes(combine_mnemonics(used))
        if len(seed) != _SEED:
            raise ValueError("size")
        return seed
    except (MnemonicError, ValueError, IndexError) as error:
        raise DamagedError(what="the pieces do not fit together") from error


def piece_hash(number: bytes, drill: bool, piece: str) -> bytes:
    """32 bytes that tell a piece from any other, and nothing of it."""
    return hashlib.sha256(_PIECE + number + bytes([drill]) + piece.encode()).digest()


def drill_words(seed: bytes, drill: bytes) -> list[str]:
    """Three words that only somebody can say who opened this drill (or made the package)."""
    from mnemonic import Mnemonic

    digest = hmac.digest(seed, _WORDS + drill, "sha256")
    book = Mnemonic("english").wordlist
    number = int.from_bytes(digest[:5], "big") >> 7
    return [book[number >> (11 * i) & 2047] for i in reversed(range(3))]


def letter_name(token: bytes, drill: bool, index: int) -> str:
    """Under which name (32 hexadecimal digits) a letter lies on a server; it is asked for by that
    name, and found by nobody else."""
    return hmac.digest(token, _LETTER + bytes([drill, index]), "sha256")[:16].hex()


# -- the package --------------------------------------------------------------------------------


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
    number, token, seed = os.urandom(16), os.urandom(32), os.urandom(32)
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
            "version": _VERSION,
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
            "sealed": seal_bytes(_framed(told), [inner.recipient]),
            "drill": seal_bytes(_framed(seed), [drill.recipient]),
        }
    )
    body = _MAGIC + key.sign(_SIGN, outer) + _framed(outer)
    file = seal_bytes(body, [recipient])
    if len(file) > MAX_FILE:
        raise LimitError(what="an emergency package of more than 64 MiB")
    return Sealed(
        file, number, token, seed, lock, drill_lock, tuple(pieces), tuple(drill_pieces)
    )  # fmt: skip


def _framed(data: bytes) -> bytes:
    """Padded (Padmé), with its true length in front."""
    whole = len(data).to_bytes(8, "big") + data
    return whole.ljust(padded(len(whole)), b"\x00")


def _unframed(data: bytes, what: str) -> bytes:
    length = int.from_bytes(data[:8], "big")
    if len(data) < 8 or length > len(data) - 8 or any(data[8 + length :]):
        raise DamagedError(what=what)
    return data[8 : 8 + length]


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
    content = _unframed(rest, "it is not an emergency package")
    package = _package(canonical.decode(content))
    signing.verify(package.signer, _SIGN, content, signature, "the emergency package")
    return package


def _package(value: Any) -> Package:
    try:
        if value["format"] != "defenderdesk-emergency":
            raise DamagedError(what="it is not an emergency package")
        if value["version"] != _VERSION:
            raise NewerError(what="this emergency package")
        organisation, member, signer, recipient = value["from"]
        return Package(
            _bytes(value["number"], 16), _text(organisation, 500), _text(member, 500),
            _bytes(signer, 32), _text(recipient, 5000), _text(value["created"], 40),
            _text(value["person"], 500), _text(value["agreed"], MAX_TEXT),
            _lock(value["need"], value["hashes"]), _lock(value["need"], value["drill_hashes"]),
            _bytes(value["token"], 32), _text(value["server"], 500),
            _any_bytes(value["sealed"]), _any_bytes(value["drill"]), _pairs(value["earlier"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DamagedError(what="the emergency package is malformed") from error


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if type(value) is not list or len(value) > 8:
        raise ValueError("earlier")
    return tuple((_text(old, 64), _text(signature, 128)) for old, signature in value)


def _text(value: Any, most: int) -> str:
    if type(value) is not str or len(value) > most:
        raise ValueError("text")
    return value


def _bytes(value: Any, size: int) -> bytes:
    if type(value) is not bytes or len(value) != size:
        raise ValueError("bytes")
    return value


def _any_bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise ValueError("bytes")
    return value


def _lock(need: Any, hashes: Any) -> Lock:
    if type(need) is not int or type(hashes) is not list:
        raise ValueError("lock")
    if not 1 <= need <= 2 or not need <= len(hashes) <= MAX_HOLDERS:
        raise ValueError("lock")
    return Lock(need, tuple(_bytes(h, 32) for h in hashes))


# -- releasing ----------------------------------------------------------------------------------


def seal_letter(letter: Letter, recipient: Recipient) -> bytes:
    """One person's release, sealed to the partner; always of one of a few sizes."""
    value = [
        _VERSION, letter.package, letter.drill, letter.index, letter.piece, letter.member,
        letter.reason,
    ]  # fmt: skip
    return seal_bytes(_framed(canonical.encode(value)), [recipient])


def open_letter(sealed: bytes, identities: Sequence[Identity]) -> Letter:
    """Raises `DamagedError`, `NotForUsError`."""
    if len(sealed) > MAX_LETTER:
        raise LimitError(what="a letter of more than 64 KiB")
    return read_letter(_unframed(open_bytes(sealed, identities), "the letter is malformed"))


def read_letter(data: bytes) -> Letter:
    """A letter, from its CBOR. Raises `DamagedError`."""
    value = canonical.decode(data)
    try:
        version, package, drill, index, piece, member, reason = value
        if version != _VERSION:
            raise NewerError(what="this letter")
        if type(index) is not int or not 0 <= index < MAX_HOLDERS:
            raise ValueError("index")
        if type(drill) is not bytes or len(drill) not in (0, 16):
            raise ValueError("drill")
        return Letter(
            _bytes(package, 16), drill, index, _text(piece, 1000), _text(member, 500),
            _text(reason, MAX_TEXT),
        )  # fmt: skip
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


def fits(package: Package, letter: Letter) -> bool:
    """Whether a letter holds a piece of this package."""
    lock = package.drill_lock if letter.drill else package.lock
    return (
        letter.package == package.number
        and letter.index < len(lock.hashes)
        and hmac.compare_digest(
            piece_hash(package.number, bool(letter.drill), letter.piece), lock.hashes[letter.index]
        )
    )


def enough(package: Package, letters: Sequence[Letter], drill: bytes = b"") -> bool:
    """Whether these letters open it (or this drill)."""
    right = {one.index for one in letters if one.drill == drill and fits(package, one)}
    return len(right) >= package.lock.need


def open_content(package: Package, letters: Sequence[Letter]) -> Content:
    """What the package holds. Raises `DamagedError`, and `NotForUsError` where the pieces do not
    open it."""
    return read_content(_inner(package, letters, b"", package.sealed))


def read_content(data: bytes) -> Content:
    """The content of a package, from its CBOR. Raises `DamagedError`."""
    value = canonical.decode(data)
    try:
        files = value["files"]
        if len(files) > MAX_FILES:
            raise LimitError(what="an emergency package of too many files")
        return Content(
            _text(value["letter"], MAX_TEXT),
            _any_bytes(value["share"]),
            tuple(
                File(_text(name, 200), _text(media, 200), _any_bytes(data))
                for name, media, data in files
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(what="the emergency package is malformed") from error


def open_drill(package: Package, letters: Sequence[Letter], drill: bytes) -> list[str]:
    """The words of a drill. Raises as `open_content`."""
    seed = _inner(package, letters, drill, package.drill)
    return drill_words(seed, drill)


def _inner(
    package: Package, letters: Sequence[Letter], drill: bytes, sealed: bytes
) -> bytes:  # fmt: skip
    if not enough(package, letters, drill):
        raise NotForUsError()
    pieces = [one.piece for one in letters if one.drill == drill and fits(package, one)]
    seed = joined(pieces, package.lock.need)
    opened = open_bytes(sealed, [HybridIdentity.from_seed(seed)])
    return _unframed(opened, "the emergency package is malformed")
