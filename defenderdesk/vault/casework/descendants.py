"""The descendants of a record: its children, theirs, and so on, in the same desk; and to be erased
also what is hidden behind it, in whichever desk."""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.errors import UsageError
from defenderdesk.ledger.merge import State
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.records import located, query
from defenderdesk.vault.records.located import Place
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Record

_TOLD = frozenset({"share", kinds.EMERGENCY.name, kinds.EMERGENCY_STEP.name})
"""Kinds that stay: what was given to whom, and who did what, stays told when the content goes."""
_BEHIND = frozenset({kinds.CASE.name, kinds.PERSON.name, kinds.ORGANISATION.name})
"""Kinds of which a record can say which one stands for it now."""


def below(conn: Connection, where: Place) -> Iterator[Record]:
    """Everything below a record in its desk, deleted records as well."""
    left, seen = [where], {where.id}
    while left:
        for child in query.below(conn, left.pop(), deleted=True):
            found = located.place(conn, child.id)
            if found.id not in seen:
                seen.add(found.id)
                left.append(found)
                yield child


def to_erase(store: Store, record: str) -> list[Record]:
    """The records that go with a record that is erased whole."""
    return [one for one in _all(store, record) if one.kind not in _TOLD]


def require_no_package(store: Store, record: str) -> None:
    """Raises `UsageError` while an emergency package lives below a record: what is erased would
    still leave with it."""
    for one in _all(store, record):
        if one.kind == kinds.EMERGENCY.name:
            package = packages.read(store, one.id)
            if package is not None and package.live:
                raise UsageError(what="It has an emergency package; end that first")


def _all(store: Store, record: str) -> list[Record]:
    """The records below a record, and below every other record of the same person or case."""
    with store.snapshot() as conn:
        start = located.find(conn, record)
        if start is None:
            return []
        out: dict[Place, Record] = {}
        todo, seen = [start], {start}
        while todo:
            where = todo.pop()
            for one in below(conn, where):
                out.setdefault(located.place(conn, one.id), one)
            for place, other in _same(conn, where):
                if place not in seen:
                    seen.add(place)
                    todo.append(place)
                    out.setdefault(place, other)
        out.pop(start, None)
        return list(out.values())


def _same(conn: Connection, where: Place) -> Iterator[tuple[Place, Record]]:
    """The records that are hidden behind this one with all that they ever held: a case that was
    moved here, in the desk that it came from; one of the same person or case, in its own."""
    [kind] = located.row(conn, where, "kind")
    if kind not in _BEHIND:
        return
    name = signing.id_text(where.id)
    rows = conn.execute(
        f"SELECT desk, id, num, state FROM records WHERE kind = ? "  # noqa: S608
        f"{'AND deleted = 1' if kind == kinds.CASE.name else ''}",
        (kind,),
    ).fetchall()
    for desk, rid, num, state in rows:
        fields = State.unpack(state).registers()
        if fields.get(kinds.MERGED_INTO if desk == where.desk else kinds.MOVED_TO) == name:
            place = Place(desk, bytes(rid), num)
            yield place, query.at(conn, place)
