"""Moving a case to another desk, or giving that desk a copy of it.

Desks are compartments: what is carried is the case as it stands, with what belongs to it and the
persons and organisations that it names; under new ids, written by whoever carries it. Its history
stays in the desk it comes from, where a moved case is hidden and says where it went. A copy lives
on by itself. Both desks' writes are one: after a crash both are there, or none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.errors import UsageError
from defenderdesk.ledger.changes import ADD, SET, Change
from defenderdesk.ledger.merge import State
from defenderdesk.vault import types
from defenderdesk.vault.casework import descendants
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.records import deletion, located, query, writing
from defenderdesk.vault.storage import chunks
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Record

_NAMED = frozenset({kinds.PERSON.name, kinds.ORGANISATION.name})
_NOT_CARRIED = frozenset(
    {
        kinds.DELETED,
        kinds.DELETED_KNOWING,
        kinds.MOVED_TO,
        kinds.NOT_SAME,
        kinds.ERASED,
        kinds.ERASURE_CONFIRMED,
    }
)
_STAYS = frozenset({kinds.EMERGENCY.name, kinds.EMERGENCY_STEP.name})
"""Kinds that are not copied: who did what in them is said by who signed them; a copy would be
signed by whoever carries it."""
MAX_RECORDS = 5_000


def carry(
    store: Store, case: str, desk: str, *, move: bool, only: Iterable[str] | None = None
) -> tuple[str, types.Change]:
    """Carries a case to another desk that this device holds: (its id there, the change). `only`:
    the kinds of record to carry beside the case; None: all. Raises `UsageError`."""
    chosen = None if only is None else frozenset(only)
    with store.writing() as conn:
        target = writing.desk_number(store, conn, desk)
        where = located.place(conn, case)
        source, record = where.desk, query.at(conn, where)
        if record.kind != kinds.CASE.name or record.deleted:
            raise UsageError(what="Only a case can be carried to another desk")
        if target == source:
            raise UsageError(what="The case is in this desk already")
        found = [record, *_belonging(conn, source, record.id)]
        packages = [r.id for r in found if r.kind == kinds.EMERGENCY.name]
        if move and any(_live(store, one) for one in packages):
            raise UsageError(what="It has an emergency package, which cannot move along: end that first")
        found = [r for r in found if r.kind not in _STAYS]
        if chosen is not None:
            found = [r for r in found if r is record or r.kind in chosen]
        found += _named_by(conn, source, found)
        if len(found) > MAX_RECORDS:
            raise UsageError(what="This case is too large to be carried in one piece")
        ids = {r.id: signing.id_text(os.urandom(16)) for r in found}
        change = writing.write(store, conn, target, list(_copies(found, ids)))
        _keep_chunks(store, conn, target, found)
        if move:
            hide = [r for r in found if r.kind not in _NAMED]
            change = _joined(
                change, writing.write(store, conn, source, list(_hidden(store, conn, source, hide, ids)))
            )
    return ids[record.id], change


def _live(store: Store, package: str) -> bool:
    found = packages.read(store, package)
    return found is not None and found.live


def _belonging(conn: Connection, desk: int, case: str) -> Iterator[Record]:
    """Everything below a case that stands, in the same desk."""
    return (one for one in descendants.below(conn, located.place(conn, case, desk)) if not one.deleted)


def _named_by(conn: Connection, desk: int, records: Iterable[Record]) -> list[Record]:
    """The persons and organisations that records name, with what belongs to them."""
    here = {r.id for r in records}
    out: dict[str, Record] = {}
    for record in records:
        for field in kind_of(record.kind).fields:
            if field.type is not Type.LINK or not _NAMED & set(field.links):
                continue
            values = [record.fields.get(field.name), *record.sets.get(field.name, [])]
            for value in values:
                if not isinstance(value, str) or value in here or value in out:
                    continue
                if (where := located.within(conn, desk, value)) is None:
                    continue
                named = query.at(conn, where)
                if named.kind in _NAMED and not named.deleted:
                    out[named.id] = named
                    for one in _belonging(conn, desk, named.id):
                        if one.kind in _OF_PERSONS:
                            out.setdefault(one.id, one)
    return list(out.values())


_OF_PERSONS = frozenset({kinds.BIOGRAPHY.name, kinds.ADDRESS.name})


def _copies(records: Iterable[Record], ids: dict[str, str]) -> Iterator[Change]:
    """The records as they stand, under their new ids; links to what does not come along go."""
    for record in records:
        rid = signing.id_bytes(ids[record.id])
        links = {f.name for f in kind_of(record.kind).fields if f.type is Type.LINK}
        yield Change(rid, kinds.KIND, SET, record.kind)
        for name, value in record.fields.items():
            if name in _NOT_CARRIED or name == kinds.KIND:
                continue
            carried = _linked(value, ids) if name in links else value
            if carried is not None:
                yield Change(rid, name, SET, carried)
        for name, values in record.sets.items():
            if name in _NOT_CARRIED:
                continue
            for value in values:
                carried = _linked(value, ids) if name in links else value
                if carried is not None:
                    yield Change(rid, name, ADD, carried)


def _linked(value: Value, ids: dict[str, str]) -> Value:
    return ids.get(value) if isinstance(value, str) else None


def _hidden(
    store: Store, conn: Connection, desk: int, records: Iterable[Record], ids: dict[str, str]
) -> Iterator[Change]:
    own = writing.next_set(store, conn, desk)
    for record in records:
        rid = signing.id_bytes(record.id)
        state = State.unpack(
            conn.execute("SELECT state FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()[0]
        )
        if record.kind == kinds.CASE.name:
            yield Change(rid, kinds.MOVED_TO, SET, ids[record.id], state.dots(kinds.MOVED_TO, SET))
        yield from deletion.hidden(conn, desk, rid, state, own)


def _keep_chunks(store: Store, conn: Connection, desk: int, records: Iterable[Record]) -> None:
    """The attachments' chunks are here already: they are the other desk's from now on as well."""
    for record in records:
        for chunk in chunks.chunks_of(record.fields.get("chunks")) or ():
            if store.chunks.has(chunk.hash):
                conn.execute("UPDATE chunks SET present = 1 WHERE hash = ? AND desk = ?", (chunk.hash, desk))


def _joined(one: types.Change, two: types.Change) -> types.Change:
    return types.Change(
        one.kinds | two.kinds,
        one.records | two.records,
        two.change_set,
        one.conflicts + two.conflicts,
    )
