"""The records that somebody deleted, and bringing one back."""

from __future__ import annotations

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.errors import UsageError
from defenderdesk.ledger.changes import SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault import types
from defenderdesk.vault.records import deletion, located, past, projection, query, writing
from defenderdesk.vault.records.located import Place
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Deleted, Edit

_NOT_SHOWN = frozenset(
    kind.name
    for kind in (kinds.RECOVERY_SHARE, kinds.TIMESTAMP, kinds.ALERT, kinds.EMERGENCY, kinds.EMERGENCY_STEP)
)
"""Kinds that are not a person's to bring back from here."""


def deleted(store: Store, limit: int = 500) -> list[Deleted]:
    """The records that were deleted and can be brought back, the latest first: not what was erased,
    nor what was moved to another desk, nor a case that went into another one."""
    found = []
    with store.snapshot() as conn, guard():
        for rid, kind, packed, desk_id, parent, above, above_kind in conn.execute(
            "SELECT r.id, r.kind, r.state, d.id, p.id, p.state, p.kind FROM records r "
            "JOIN desks d ON d.num = r.desk LEFT JOIN records p ON p.id = r.parent AND p.desk = r.desk "
            "WHERE r.deleted = 1"
        ):
            if kind in _NOT_SHOWN:
                continue
            state = State.unpack(packed)
            fields = state.registers()
            around = State.unpack(above).registers() if above else {}
            if fields.get(kinds.ERASED) or _elsewhere(fields) or _elsewhere(around):
                continue
            entries = [e for e in state.entries[kinds.DELETED] if e.op == SET and e.value is True]
            if entries:
                stamp = entries[-1].stamp
                of = located.key(parent, desk_id) if parent else None
                title = projection.title(around, above_kind) if above else ""
                name = projection.title(fields, kind)
                key = located.key(rid, desk_id)
                found.append((stamp, (key, kind, name, key.desk, of, title)))
    found.sort(key=lambda one: one[0], reverse=True)
    return [Deleted(*said, past.author(store, stamp[1], stamp[0])) for stamp, said in found[:limit]]


def restore(store: Store, record: str) -> types.Change:
    """Brings a record back, with those it belongs to where they were deleted too. Raises
    `UsageError` for one that was erased or moved, or is not deleted."""
    with store.writing() as conn:
        where = located.place(conn, record)
        fields = _fields(conn, where)
        if fields.get(kinds.MERGED_INTO) and fields.get(kinds.KIND) == kinds.CASE.name:
            raise UsageError(what="This case went into another one: undo the merging, or look for it there")
        if fields.get(kinds.MOVED_TO):
            raise UsageError(what="This case was moved to another desk; look for it there")
        if fields.get(kinds.ERASED):
            raise UsageError(what="What was erased cannot be brought back")
        edits = []
        for place in _and_above(conn, where):
            if deletion.hides(State.unpack(located.row(conn, place, "state")[0])):
                edits.append(Edit(query.at(conn, place).id, kinds.DELETED, None))
        if not edits:
            raise UsageError(what="This record is not deleted")
        return writing.save(store, edits)


def _elsewhere(fields: projection.Registers) -> bool:
    """Tells whether another record stands for a deleted one."""
    return bool(fields.get(kinds.MOVED_TO) or fields.get(kinds.MERGED_INTO))


def _fields(conn: Connection, where: Place) -> projection.Registers:
    return State.unpack(located.row(conn, where, "state")[0]).registers()


def _and_above(conn: Connection, where: Place) -> list[Place]:
    out = [where]
    while len(out) < 8:
        [parent] = located.row(conn, out[-1], "parent")
        above = located.within(conn, where.desk, signing.id_text(parent)) if parent else None
        if above is None or above in out:
            break
        out.append(above)
    return out
