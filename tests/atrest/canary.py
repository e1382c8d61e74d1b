"""Canaries: strings that stand in for what must never be written in the clear, and the search for
them in whatever was written: plain, in other encodings, and inside compressed parts.

All canaries of a run begin with one stem, made anew for the run (so that neither this source nor
its bytecode holds it) and handed to every process in its environment. Searching for the stem is
searching for all of them; what follows it says which one was found.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

STEM = "ATREST_STEM"
"""The environment's name for the stem."""
MOST_UNPACKED = 64 * 1024 * 1024
_DEPTH = 3
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd|PK\x03\x04")


class Found(NamedTuple):
    """A canary in `where` (a path, or a path with what it was packed in), as `form`; `text`:
    the bytes there, as far as they tell which canary it is."""

    where: str
    form: str
    text: str


def new_stem() -> str:
    """A stem for one run: letters of lower case, long enough not to stand anywhere by chance."""
    return "q" + "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(12))


def canary(label: str, stem: str = "") -> str:
    """The canary of a label (a field's name, say): one word, letters and digits."""
    stem = stem or os.environ[STEM]
    return stem + hashlib.sha256(label.encode()).hexdigest()[:8]


def forms(secret: str) -> dict[str, bytes]:
    """How a secret might be written: encoding -> the bytes that give it away. The ends of Base64
    that depend on what stands beside are left out."""
    out = {
        "UTF-8": secret.encode(),
        "UTF-16LE": secret.encode("utf-16-le"),
        "UTF-16BE": secret.encode("utf-16-be"),
        "hex": secret.encode().hex().encode(),
    }
    for name in ("UTF-8", "UTF-16LE", "UTF-16BE"):
        for shift in range(3):
            plain = bytes(shift) + out[name]
            whole = base64.b64encode(plain).rstrip(b"=")
            first = -(-shift * 8 // 6)
            out[f"Base64 of {name}, shifted by {shift}"] = whole[first : len(plain) * 8 // 6]
    return out


class Search:
    """The search for a stem and for further secrets (name -> text)."""

    def __init__(self, stem: str, secrets: Mapping[str, str] | None = None) -> None:
        self._needles: list[tuple[str, str, bytes]] = []
        for name, secret in {"": stem, **(secrets or {})}.items():
            self._needles += [(name, form, needle) for form, needle in forms(secret).items()]

    def data(self, data: bytes, where: str, depth: int = 0) -> Iterator[Found]:
        """Every form of a secret in `data`, each once, and in what is packed in it."""
        lower = data.lower()  # search folds case, and so does many a cache
        for name, form, needle in self._needles:
            by_case = form.startswith("Base64")
            at = data.find(needle) if by_case else lower.find(needle.lower())
            if at >= 0:
                around = data[at : at + len(needle) + 18]
                yield Found(where, form, name or repr(around)[2:-1])
        if depth < _DEPTH:
            for kind, content in unpacked(data):
                yield from self.data(content, f"{where} ({kind})", depth + 1)

    def tree(self, folder: Path, spare: Iterable[Path] = ()) -> Iterator[Found]:
        """In every file below `folder` but those below `spare`, and in the names of all."""
        spared = [path.resolve() for path in spare]
        for path in sorted(folder.rglob("*")):
            if any(path.resolve().is_relative_to(one) for one in spared):
                continue
            yield from self.data(path.name.encode(), f"the name of {path}", _DEPTH)
            if path.is_file() and not path.is_symlink():
                yield from self.data(path.read_bytes(), str(path))


def unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What is packed anywhere in `data` by zlib, gzip, zstd or in a ZIP archive, as far as it can
    be unpacked (a torn end does not hide what stands before it)."""
    for match in _PACKED.finditer(data):
        at, mark = match.start(), match.group()
        if mark == b"\x28\xb5\x2f\xfd":
            kind, content = "zstd", _zstd(data, at)
        elif mark == b"PK\x03\x04":
            if data[at + 8 : at + 10] != b"\x08\x00":  # stored: it lies open
                continue
            sizes = data[at + 26 : at + 30]
            begin = at + 30 + int.from_bytes(sizes[:2], "little")
            begin += int.from_bytes(sizes[2:], "little")
            kind, content = "zip", _inflate(data, begin, -15)
        elif mark[0] == 0x1F:
            kind, content = "gzip", _inflate(data, at, 31)
        else:
            kind, content = "zlib", _inflate(data, at, 15)
        if len(content) > 12:
            yield f"{kind} at {at}", content


def _inflate(data: bytes, at: int, bits: int) -> bytes:
    engine, out = zlib.decompressobj(bits), bytearray()
    try:
        while at < len(data) and not engine.eof and len(out) < MOST_UNPACKED:
            left = engine.unconsumed_tail
            piece = left or data[at : at + 512]
            at += 0 if left else 512
            out += engine.decompress(piece, MOST_UNPACKED)
    except zlib.error:
        pass
    return bytes(out)


def _zstd(data: bytes, at: int) -> bytes:
    engine, out = zstd.ZstdDecompressor(), bytearray()
    try:
        while at < len(data) and not engine.eof and len(out) < MOST_UNPACKED:
            out += engine.decompress(data[at : at + 512], MOST_UNPACKED)
            at += 512
    except zstd.ZstdError:
        pass
    return bytes(out)
