"""JSON from outside: counted before it is made, and strict.

A byte of JSON becomes up to sixty of memory (`[[],[],…`). So the values are counted by the signs between
them first, and nothing is made of what holds more than its reader wants.
"""

from __future__ import annotations

import json
from typing import Any

from defenderdesk.errors import DamagedError, LimitError, Message

MOST = 1_000_000
"""Values that are made of one text, where its reader names no other number."""
_SIGNS = (b"[", b"{", b",", b":")


def loads(data: bytes, most: int = MOST) -> Any:
    """The value of a UTF-8 text. Numbers with a fraction, and integers of more than 64 bits, become
    text, digit for digit; a key that stands twice in one object is refused (one would be lost), and so
    is NaN. Raises `LimitError` where it holds more than `most` values, `DamagedError` where it is none."""
    if sum(map(data.count, _SIGNS)) > most:
        raise LimitError(what=Message("a structure of more than {most} values", most=most))
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            parse_float=str,
            parse_int=_integer,
            parse_constant=_refuse,
            object_pairs_hook=_unique,
        )
    except UnicodeDecodeError as error:
        raise DamagedError(what="it is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise DamagedError(
            what=Message("it is not the JSON it should be ({error})", error=str(error)[:80])
        ) from error


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= 20 and -(2**63) <= int(text) < 2**63 else text


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a value")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return out
