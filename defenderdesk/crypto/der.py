"""Just enough of DER for the answers of timestamp authorities: elements read, a set put in order.

Signatures are verified by `rfc3161-client`; what it does not take, although authorities send it, is
put right here, in parts of an answer that no signature covers.
"""

from __future__ import annotations

from typing import NamedTuple

from defenderdesk.errors import DamagedError

SEQUENCE, INTEGER, OCTETS, TIME, TAG_0 = 0x30, 0x02, 0x04, 0x18, 0xA0
_BAD = "a timestamp is malformed"


class Element(NamedTuple):
    """One element: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


def elements(data: bytes, most: int = 1000) -> list[Element]:
    """The elements that `data` is made of, with nothing behind them. Raises `DamagedError`."""
    out: list[Element] = []
    at = 0
    while at < len(data):
        if len(out) == most or len(data) - at < 2:
            raise DamagedError(what=_BAD)
        tag, size, start = data[at], data[at + 1], at + 2
        if tag & 0x1F == 0x1F or size == 0x80:  # long tags and open ends are not of these answers
            raise DamagedError(what=_BAD)
        if size > 0x80:
            count = size - 0x80
            if count > 4 or start + count > len(data):
                raise DamagedError(what=_BAD)
            size = int.from_bytes(data[start : start + count], "big")
            start += count
        if start + size > len(data):
            raise DamagedError(what=_BAD)
        out.append(Element(tag, data[start : start + size], data[at : start + size]))
        at = start + size
    return out


def element(data: bytes, tag: int) -> Element:
    """The one element of this tag that `data` is. Raises `DamagedError`."""
    found = elements(data, 1)
    if len(found) != 1 or found[0].tag != tag:
        raise DamagedError(what=_BAD)
    return found[0]


def made(tag: int, content: bytes) -> bytes:
    """An element of this tag."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def in_order(content: bytes) -> bytes:
    """The members of a SET OF in the order that DER asks for."""
    return b"".join(sorted(one.whole for one in elements(content)))
