"""The chain of custody of a record: what was done with it, as notes in its signed history.

An act is a note (`ledger.changes.NOTE`) in the field `FIELD`: who did it and when is said by the
change set that carries it, so nobody can write one in another's name. Every act names the change
sets of the record that came before and that no earlier act names: from the last act, everything
before it can be reached, and what was taken out is missed. Whom something was given to, and why,
stands in a note of its own (`DETAIL`), which can be left out of what a stranger is shown.

Specified in `docs/format/custody.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from defenderdesk.crypto import canonical
from defenderdesk.domain.values import Value

FIELD = "custody"
DETAIL = "custody.detail"
VERSION = 1

INGESTED = "ingested"
MEASURED = "measured"
SEEN = "seen"
OPENED = "opened"
COPIED = "copied"
SHARED = "shared"
PRINTED = "printed"
EVIDENCE = "evidence"

ACTS = {
    INGESTED: "Taken in",
    MEASURED: "Hashed later",
    SEEN: "Details or history looked at",
    OPENED: "Content looked at",
    COPIED: "Copied out of the vault",
    SHARED: "Shared with a partner",
    PRINTED: "History written out",
    EVIDENCE: "Given out as evidence",
}
"""Every act, as it is called on a screen."""

VIEW_SPAN_MS = 10 * 60 * 1000
"""Looks at the details by one device within so many milliseconds are one."""

MAX_FOLLOWS = 2000
MAX_TEXT = 2000
_NAMES = frozenset({"sha256", "sha512", "size", "package", "to", "purpose", "name", "way"})


class Before(NamedTuple):
    """A change set of the record that an act comes after: its device (26 characters), sequence
    number, the first 128 bits of its header's SHA-256 (hexadecimal), and the act it carried,
    empty where it carried none."""

    device: str
    seq: int
    header: str
    act: str


@dataclass(frozen=True)
class Act:
    """One act as read. `facts`: digests and size where it has them, the package's id."""

    name: str
    follows: tuple[Before, ...] = ()
    facts: Mapping[str, str | int] = field(default_factory=dict)


def value(name: str, follows: Sequence[Before], facts: Mapping[str, str | int]) -> Value:
    """The note's value. At most `MAX_FOLLOWS` are named; the next act names the others."""
    return [VERSION, name, [list(one) for one in follows[:MAX_FOLLOWS]], dict(facts)]


def read(found: Value) -> Act | None:
    """The act that a note's value says; None where it says none that this program knows."""
    if not isinstance(found, list) or len(found) != 4 or not canonical.is_version(found[0], VERSION):
        return None
    _, name, follows, facts = found
    if name not in ACTS or not isinstance(follows, list) or len(follows) > MAX_FOLLOWS:
        return None
    before = []
    for one in follows:
        if not isinstance(one, list) or len(one) != 4:
            return None
        device, seq, header, act = one
        if not (isinstance(device, str) and isinstance(header, str) and isinstance(act, str)):
            return None
        if max(len(device), len(header), len(act)) > 64:
            return None
        if type(seq) is not int or not 0 < seq < 2**48:
            return None
        before.append(Before(device, seq, header, act))
    told = read_facts(facts)
    return None if told is None else Act(name, tuple(before), told)


def read_facts(found: Value) -> dict[str, str | int] | None:
    """The facts of an act or of its detail: short texts and numbers under known names."""
    if not isinstance(found, dict):
        return None
    out: dict[str, str | int] = {}
    for name, fact in found.items():
        if name not in _NAMES:
            continue
        if type(fact) is int or (isinstance(fact, str) and len(fact) <= MAX_TEXT):
            out[name] = fact
        else:
            return None
    return out
