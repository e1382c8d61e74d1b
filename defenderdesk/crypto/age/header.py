"""The textual header of an age file: a version line, stanzas that wrap the file key, a MAC.

Source: C2SP age.md, "Header". Reading is strict, since the MAC covers the bytes as written and
two readings of one header must not differ. It takes at most 1 MiB and 1 024 stanzas.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from defenderdesk.crypto.age import base64
from defenderdesk.crypto.age.derive import hkdf
from defenderdesk.crypto.age.feed import Feed
from defenderdesk.errors import DamagedError, LimitError, Message, TruncatedError

VERSION_LINE = b"age-encryption.org/v1\n"
MAX_HEADER = 1 << 20
MAX_STANZAS = 1024
COLUMNS = 64
MAC_SIZE = 32

_ARGUMENT = re.compile(r"[\x21-\x7e]+")
_ARGUMENTS = re.compile(rb"-> ([\x21-\x7e]+(?: [\x21-\x7e]+)*)\n")


@dataclass(frozen=True, slots=True)
class Stanza:
    """One wrapping of the file key: `args` (the first names the type) and the body."""

    args: tuple[str, ...]
    body: bytes

    @property
    def kind(self) -> str:
        """The first argument, the type of the stanza."""
        return self.args[0]


@dataclass(frozen=True, slots=True)
class Header:
    """A header as read; `signed` are its bytes through the mark `---`, which `mac` covers."""

    stanzas: tuple[Stanza, ...]
    signed: bytes
    mac: bytes

    def verify(self, file_key: bytes) -> None:
        """Raises DamagedError unless the MAC is right under `file_key`."""
        if not hmac.compare_digest(_mac(file_key, self.signed), self.mac):
            raise DamagedError(what="the seal of its header is wrong")


def encode_header(stanzas: Sequence[Stanza], file_key: bytes) -> bytes:
    """The header, LF-terminated. Raises ValueError if a reader would refuse it."""
    lines = [VERSION_LINE]
    for stanza in stanzas:
        if not stanza.args or not all(_ARGUMENT.fullmatch(arg) for arg in stanza.args):
            raise ValueError("the arguments of a stanza are not visible ASCII")
        body = base64.encode(stanza.body)
        lines.append(b"-> " + " ".join(stanza.args).encode() + b"\n")
        lines.extend(body[i : i + COLUMNS] + b"\n" for i in range(0, len(body) + 1, COLUMNS))
    signed = b"".join(lines) + b"---"
    header = signed + b" " + base64.encode(_mac(file_key, signed)) + b"\n"
    if not stanzas or len(stanzas) > MAX_STANZAS or len(header) > MAX_HEADER:
        raise ValueError(f"a header of {len(stanzas)} stanzas, {len(header)} bytes")
    return header


def read_header(feed: Feed) -> Header:
    """Reads through the MAC line. Raises DamagedError, TruncatedError or LimitError."""
    first = feed.take(len(VERSION_LINE))
    if first != VERSION_LINE:
        if first and VERSION_LINE.startswith(first):
            raise TruncatedError(what="it ends within its first line")
        raise DamagedError(what="it does not start as a sealed file does")
    signed = bytearray(first)
    stanzas: list[Stanza] = []
    while True:
        line = _line(feed, signed)
        if line.startswith(b"---"):
            signed += b"---"
            return _finish(stanzas, signed, line)
        signed += line
        if len(stanzas) == MAX_STANZAS:
            raise LimitError(what=Message("more than {most} stanzas", most=MAX_STANZAS))
        arguments = _ARGUMENTS.fullmatch(line)
        if not arguments:
            raise DamagedError(what="a line of its header is not written as it should be")
        args = tuple(arguments[1].decode("ascii").split(" "))
        stanzas.append(Stanza(args, _read_body(feed, signed)))


def _finish(stanzas: list[Stanza], signed: bytearray, line: bytes) -> Header:
    if not stanzas:
        raise DamagedError(what="its header names nobody who could open it")
    if not line.startswith(b"--- "):
        raise DamagedError(what="the last line of its header is not written as it should be")
    mac = base64.decode(line[4:-1], "the seal of its header")
    if len(mac) != MAC_SIZE:
        raise DamagedError(what="the seal of its header has a wrong size")
    return Header(tuple(stanzas), bytes(signed), mac)


def _read_body(feed: Feed, signed: bytearray) -> bytes:
    """Full lines of 64 columns, then a shorter one, which may be empty."""
    body = bytearray()
    while True:
        line = _line(feed, signed)
        signed += line
        text = line[:-1]
        if len(text) > COLUMNS:
            raise DamagedError(what="a line of its header is too long")
        body += text
        if len(text) < COLUMNS:
            return base64.decode(bytes(body), "a stanza of its header")


def _line(feed: Feed, signed: bytearray) -> bytes:
    line = feed.line(MAX_HEADER - len(signed))
    if line is None:
        raise LimitError(what="its header is larger than 1 MiB")
    if not line.endswith(b"\n"):
        raise TruncatedError(what="it ends within its header")
    return line


def _mac(file_key: bytes, signed: bytes) -> bytes:
    return hmac.digest(hkdf(file_key, b"", b"header"), signed, hashlib.sha256)
