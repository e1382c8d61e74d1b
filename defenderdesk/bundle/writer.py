"""Sealing a bundle, in constant memory and in two passes: the first measures and hashes the
parts (the manifest stands in front of them and names both), the second writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from defenderdesk.bundle import manifest, padme
from defenderdesk.bundle.manifest import Manifest, Part
from defenderdesk.crypto.age import Recipient, Sealer
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import OurError

Progress = Callable[[int, int], None]
_KEEP = 16 * 1024 * 1024
"""Bytes of parts kept from the first pass for the second."""


@dataclass
class Source:
    """A part to be: `make` gives its bytes, the same each time. `first`: its bytes, where they
    are at hand for the first pass. `known` (length, SHA-256) spares the first pass of a chunk,
    whose name says both."""

    kind: str
    detail: dict[str, Any]
    make: Callable[[], bytes]
    known: tuple[int, bytes] | None = None
    first: bytes | None = None
    kept: bytes | None = None


def measure(sources: Iterable[Source]) -> tuple[list[Part], list[Source]]:
    """The first pass: (parts for the manifest, the sources in the same order)."""
    parts, out, kept = [], [], 0
    for source in sources:
        if source.known is None:
            data = source.make() if source.first is None else source.first
            source.first = None
            length, digest = len(data), hashlib.sha256(data).digest()
            if kept + length <= _KEEP:
                kept += length
                source.kept = data
        else:
            length, digest = source.known
        parts.append(Part(source.kind, length, digest, source.detail))
        out.append(source)
    return parts, out


def write(
    out: BinaryIO,
    contents: Manifest,
    sources: Sequence[Source],
    key: SigningKey,
    recipients: Sequence[Recipient],
    progress: Progress | None = None,
) -> None:
    """The second pass: seals the bundle into `out`. `sources` stand in the manifest's order."""
    head = contents.encode()
    signature = key.sign(manifest.SIGNATURE, head)
    total = len(manifest.MAGIC) + 4 + len(head) + 64 + sum(p.length for p in contents.parts)
    done = 0
    with Sealer(out, recipients) as sealer:
        sealer.write(manifest.MAGIC + len(head).to_bytes(4, "big") + head + signature)
        for part, source in zip(contents.parts, sources, strict=True):
            data = source.kept if source.kept is not None else source.make()
            if len(data) != part.length:
                raise OurError(what="a part changed while its bundle was written")
            sealer.write(data)
            source.kept = None
            done += part.length
            if progress:
                progress(done, total)
        padding = padme.padded(total) - total
        while padding > 0:
            step = min(padding, 1 << 20)
            sealer.write(bytes(step))
            padding -= step
