"""A share that was opened and whose signature is right, before it is taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Received:
    """A share that was opened and whose signature is right, before it is taken in."""

    share: str
    reply_to: str
    organisation: str
    member: str
    signer: str
    recipient: str
    words: list[str]
    purpose: str
    case: str
    records: list[dict[str, Any]]
    sha256: str
    updates: str = ""
    """An earlier share of theirs that this one takes the place of."""
    recalls: str = ""
    """An earlier share of theirs that they ask back; it holds no records then."""
    also: tuple[str, ...] = ()
    """With `recalls`: the shares before it that it took the place of, asked back as well."""
    earlier: tuple[str, ...] = ()
    """Keys that theirs took the place of, as those signed it."""
