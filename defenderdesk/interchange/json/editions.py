"""The records that a published case is: new ones, or those that an earlier edition of it made.

The ids of what is new are made of the desk, the case's own id and what tells the part from others,
so that reading the same file twice, or on two devices of a desk, makes nothing twice, and the same
file in another desk makes a case of its own. What an earlier program made (ids by place, the same
in every desk) is found again in its desk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from defenderdesk.domain import kinds
from defenderdesk.domain.kinds import Kind, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.errors import Message
from defenderdesk.interchange.json import public_cases
from defenderdesk.interchange.json.public_cases import PARTS, Part, Published
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.records import located, query
from defenderdesk.vault.records.located import Place
from defenderdesk.vault.types import Record, Snapshot

_KINDS = tuple(kind.name for kind, _ in PARTS.values())


@dataclass
class Edition:
    """A published case as it is to be written: `edits`, and what a person should look at."""

    edits: list[Edit] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)


def edition(vault: Vault, conn: Snapshot, desk: int, case: Published) -> Edition:
    """The edits of a published case for this desk (its row)."""
    made = Edition()
    called = located.desk_text(conn, desk)
    old = public_cases.record_id("case", case.name, "")
    new = public_cases.record_id("case", case.name, "", called)
    where = located.within(conn, desk, old) or located.within(conn, desk, new)
    rid = old if where and located.within(conn, desk, old) else new
    if where is None:
        _say_elsewhere(vault, conn, case, called, made)
    made.edits += [replace(edit, record=rid) for edit in case.edits]
    known, left = _matched(case.parts, _before(vault, conn, where) if where else [])
    times: dict[tuple[str, str], int] = {}
    fresh = 0
    for at, part in enumerate(case.parts):
        count = times.get((part.kind.name, part.key), 0)
        times[part.kind.name, part.key] = count + 1
        if at in known:
            made.edits += _of(str(known[at].id), rid, part, None)
            continue
        fresh += 1
        text = f"{part.key}/{count}" if count else part.key
        made.edits += _of(
            public_cases.record_id(part.kind.name, case.name, text, called), rid, part, part.position
        )
    if left and fresh:
        names = ", ".join(sorted(_named(record) for record in left))
        made.told.append(
            Message(
                "{case}: what an earlier edition said is not in this one ({names}), and {count} entries are "
                "new. If some of them are the same, merge or delete them by hand.",
                case=case.name[:40],
                names=names[:300],
                count=fresh,
            )
        )
    return made


class _Known(NamedTuple):
    """A record that an earlier edition made, and what it said of it then."""

    record: Record
    kind: Kind
    said: dict[str, list[Value]]


def _matched(parts: list[Part], before: list[_Known]) -> tuple[dict[int, Record], list[Record]]:
    """(place among `parts` → the record that it is, records that no part is): first those of which
    all that tells them apart is the same, then those of which nearly all is, one on each side."""
    found: dict[int, Record] = {}
    left = list(before)
    for at, part in enumerate(parts):
        for one in left:
            if one.kind is part.kind and public_cases.key_of(one.kind, one.said) == part.key:
                found[at] = one.record
                left.remove(one)
                break
    near_parts: dict[tuple[str, str], list[int]] = {}
    near_known: dict[tuple[str, str], list[_Known]] = {}
    for at, part in enumerate(parts):
        nearly = public_cases.nearly(part.kind, public_cases.values_of(part.edits))
        if at not in found and nearly:
            near_parts.setdefault((part.kind.name, nearly), []).append(at)
    for one in left:
        if nearly := public_cases.nearly(one.kind, one.said):
            near_known.setdefault((one.kind.name, nearly), []).append(one)
    for key, places in near_parts.items():
        candidates = near_known.get(key, [])
        if len(places) == len(candidates) == 1:
            found[places[0]] = candidates[0].record
            left.remove(candidates[0])
    return found, [one.record for one in left if not one.record.deleted]


def _of(record: str, case: str, part: Part, position: int | None) -> Iterator[Edit]:
    yield replace(part.edits[0], record=record)  # its kind
    yield Edit(record, "case", case)
    if position is not None:  # of what is known, a new edition moves nothing
        yield Edit(record, "position", position)
    yield from (replace(edit, record=record) for edit in part.edits[1:])


def _before(vault: Vault, conn: Snapshot, case: Place) -> list[_Known]:
    """The records that an edition before this one made."""
    found: list[_Known] = []
    for record in query.below(conn, case, deleted=True):
        if record.kind not in _KINDS or "position" not in record.fields:
            continue
        first: dict[str, list[Value]] = {}
        sets: dict[str, str] = {}
        for entry in reversed(vault.history_within(record.id)):
            if entry.op not in ("set", "add") or entry.value is None:
                continue
            if entry.op == "set" and entry.field in first:
                continue
            if entry.op == "add" and sets.setdefault(entry.field, entry.change_set) != entry.change_set:
                continue  # somebody added it later
            first.setdefault(entry.field, []).append(entry.value)
        found.append(_Known(record, kind_of(record.kind), first))
    return found


def _named(record: Record) -> str:
    return record.text(kind_of(record.kind).title) or record.text("date") or str(record.id)[:8]


def _say_elsewhere(vault: Vault, conn: Snapshot, case: Published, called: str, made: Edition) -> None:
    names = {desk.id: desk.name for desk in vault.info().desks}
    others = [
        name
        for desk, name in names.items()
        if desk != called
        and (row := located.find_desk(conn, desk)) is not None
        and any(
            located.within(conn, row, public_cases.record_id(kinds.CASE.name, case.name, "", salt))
            for salt in ("", desk)
        )
    ]
    if others:
        made.told.append(
            Message(
                "{case} stands in {others} already. In {desk} it is a case of its own from now on.",
                case=case.name[:40],
                others=", ".join(others),
                desk=names.get(called, called),
            )
        )
