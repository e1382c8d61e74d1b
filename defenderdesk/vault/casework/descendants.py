"""The descendants of a record: its children, theirs, and so on, in the same desk; and to be erased
also what is hidden behind it, in whichever desk."""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.errors import UsageError
from defenderdesk.ledger.merge import State
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.records import query
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Record

_TOLD = frozenset({"share", kinds.EMERGENCY.name, kinds.EMERGENCY_STEP.name})
"""Kinds that stay: what was given to whom, and who did what, stays told when the content goes."""
_BEHIND = {
    kinds.CASE.name: "moved_to",
    kinds.PERSON.name: "merged_into",
    kinds.ORGANISATION.name: "merged_into",
}
"""The fields by which a record of this kind says which one stands for it now."""


def below(conn: Connection, desk: int, record: str) -> Iterator[Record]:
    """Everything below a record in its desk, deleted records as well."""
    left, seen = [record], {record}
    while left:
        for child in query.children(conn, left.pop(), deleted=True):
            if child.id not in seen and in_desk(conn, desk, child.id):
                seen.add(child.id)
                left.append(child.id)
                yield child


def in_desk(conn: Connection, desk: int, record: str) -> bool:
    """Tells whether a record is one of this desk."""
    try:
        rid = signing.id_bytes(record)
    except ValueError:
        return False
    return bool(conn.execute("SELECT 1 FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone())


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
        desk = _desk(conn, record)
        if desk is None:
            return []
        out = {one.id: one for one in below(conn, desk, record)}
        todo, seen = [record], {record}
        while todo:
            for other in _same(conn, todo.pop()):
                place = _desk(conn, other.id)
                if other.id in seen or place is None:
                    continue
                seen.add(other.id)
                todo.append(other.id)
                out[other.id] = other
                out.update((one.id, one) for one in below(conn, place, other.id))
        out.pop(record, None)
        return list(out.values())


def _desk(conn: Connection, record: str) -> int | None:
    row = conn.execute("SELECT desk FROM records WHERE id = ?", (signing.id_bytes(record),)).fetchone()
    return int(row[0]) if row else None


def _same(conn: Connection, record: str) -> Iterator[Record]:
    """The records that are hidden behind this one with all that they ever held: a case that was
    moved here, in the desk that it came from; a person who was found to be this one."""
    [kind] = conn.execute("SELECT kind FROM records WHERE id = ?", (signing.id_bytes(record),)).fetchone()
    name = _BEHIND.get(kind)
    if name is None:
        return
    hidden = "AND deleted = 1" if kind == kinds.CASE.name else ""
    for rid, state in conn.execute(
        f"SELECT id, state FROM records WHERE kind = ? {hidden}",  # noqa: S608
        (kind,),
    ).fetchall():
        if State.unpack(state).registers().get(name) == record:
            yield query.get(conn, signing.id_text(bytes(rid)))
