"""Ranges of feeds as parts of a bundle: encoded, compressed, and read back with bounds."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from defenderdesk.bundle import manifest
from defenderdesk.crypto import canonical
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import feeds
from defenderdesk.ledger.feeds import ChangeSet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TARGET = 4 * 1024 * 1024
"""A part is closed once it holds this many bytes, so that memory stays bounded."""
_BAD = "a range of changes is malformed"
_LEVEL = 3
_WINDOW_LOG = 25
"""The largest window that is made room for when unpacking: that of the largest part."""


@dataclass(frozen=True)
class Range:
    """Consecutive change sets of one feed. `previous`: the chain's hash before the first;
    `signature`: the device's, over the hash behind the last, or behind the `tail`: headers that
    lead on to the next signed one, where a feed was cut between two."""

    device: bytes
    first: int
    previous: bytes
    signature: bytes
    items: Sequence[ChangeSet]
    tail: Sequence[bytes] = ()


def links(part: Range) -> list[bytes]:
    """The chain's hash behind each change set; nothing is checked yet."""
    out, chain = [], part.previous
    for item in part.items:
        chain = feeds.link(chain, item.header)
        out.append(chain)
    return out


def signed_link(part: Range) -> bytes:
    """The chain's hash that the signature is over."""
    chain = links(part)[-1]
    for header in part.tail:
        chain = feeds.link(chain, header)
    return chain


def pack(part: Range) -> tuple[bytes, dict[str, object]]:
    """(bytes as carried, detail for the manifest)."""
    raw = canonical.encode(
        [
            part.previous,
            part.signature,
            [item.header for item in part.items],
            [item.body for item in part.items],
            *([list(part.tail)] if part.tail else []),
        ]
    )
    detail = {
        "device": part.device,
        "first": part.first,
        "count": len(part.items),
        "raw": len(raw),
    }
    return zstd.compress(raw, level=_LEVEL), detail


def unpack(data: bytes, part: manifest.Part) -> Range:
    """The range that a part carries. Its size was bounded in the manifest."""
    raw = inflate(data, part.detail["raw"])
    value = canonical.decode(raw, _BAD)
    if type(value) is not list or len(value) not in (4, 5):
        raise DamagedError(what=_BAD)
    previous, signature, headers, bodies = value[:4]
    tail = value[4] if len(value) == 5 else []
    if (
        type(previous) is not bytes
        or len(previous) != 32
        or type(signature) is not bytes
        or len(signature) != 64
        or type(headers) is not list
        or type(bodies) is not list
        or len(headers) != len(bodies)
        or len(headers) != part.detail["count"]
        or not all(type(item) is bytes for item in headers)
        or not all(type(item) is bytes for item in bodies)
        or type(tail) is not list
        or not all(type(item) is bytes and len(item) < 200 for item in tail)
    ):
        raise DamagedError(what=_BAD)
    items = [ChangeSet(h, b) for h, b in zip(headers, bodies, strict=True)]
    return Range(part.detail["device"], part.detail["first"], previous, signature, items, tail)


def inflate(data: bytes, size: int) -> bytes:
    """`data` unpacked, which must give exactly `size` bytes; never more are made."""
    try:
        if zstd.get_frame_info(data).decompressed_size not in (None, size):
            raise DamagedError(what=_BAD)
        decompressor = zstd.ZstdDecompressor(
            options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        )
        raw = decompressor.decompress(data, max_length=size + 1)
        if len(raw) != size or not decompressor.eof or decompressor.unused_data:
            raise DamagedError(what=_BAD)
    except zstd.ZstdError as error:
        raise DamagedError(what=_BAD) from error
    return raw
