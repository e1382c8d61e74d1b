"""What belongs to a record: its children, theirs, and so on, in the same desk."""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.errors import UsageError
from defenderdesk.vault import emergencies, queries
from defenderdesk.vault.database import Connection
from defenderdesk.vault.store import Store
from defenderdesk.vault.types import Record

_TOLD = frozenset({"share", kinds.EMERGENCY.name, kinds.EMERGENCY_STEP.name})
"""What was given to whom, and who did what, stays told when the content goes."""


def below(conn: Connection, desk: int, record: str) -> Iterator[Record]:
    """Everything below a record in its desk, deleted records as well."""
    left, seen = [record], {record}
    while left:
        for child in queries.children(conn, left.pop()):
            if child.id not in seen and in_desk(conn, desk, child.id):
                seen.add(child.id)
                left.append(child.id)
                yield child


def in_desk(conn: Connection, desk: int, record: str) -> bool:
    """Whether a record is one of this desk."""
    try:
        rid = signing.id_bytes(record)
    except ValueError:
        return False
    return bool(
        conn.execute("SELECT 1 FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()
    )


def to_erase(store: Store, record: str) -> list[Record]:
    """What goes with a record that is erased whole."""
    return [one for one in _all(store, record) if one.kind not in _TOLD]


def need_no_package(store: Store, record: str) -> None:
    """Raises `UsageError` while an emergency package lives below a record: what is erased would
    still leave with it."""
    for one in _all(store, record):
        if one.kind == kinds.EMERGENCY.name:
            package = emergencies.read(store, one.id)
            if package is not None and package.live:
                raise UsageError(what="It has an emergency package; end that first")


def _all(store: Store, record: str) -> list[Record]:
    with store.snapshot() as conn:
        row = conn.execute(
            "SELECT desk FROM records WHERE id = ?", (signing.id_bytes(record),)
        ).fetchone()
        return list(below(conn, row[0], record)) if row else []
