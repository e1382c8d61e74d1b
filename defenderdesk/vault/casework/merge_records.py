"""Two records of one person, organisation or case made one, without losing anything.

One change set: every link to the one that goes points to the one that stays, what belongs to it
belongs to the one that stays, and fields that this one lacks are taken over. Undoing that change set
takes all of it back.

A person (or organisation) that goes keeps every value it has, hidden behind `merged_into`; its name
stays findable as another name. Values in which the two differ are not mixed: they stay on the record
that goes, which can be opened from the one that stays.

A case that goes is deleted, and says where it went. Values in which the two differ stand beside each
other in the one that stays, as if two people had written them at the same time: a person decides.
Whoever wrote in the case that goes without knowing of it brings it back into sight (`deletion`);
merging again takes over what they wrote.
"""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.domain import kinds
from defenderdesk.domain.kinds import MERGED_INTO, kind_of
from defenderdesk.errors import UsageError
from defenderdesk.ledger.changes import Change
from defenderdesk.ledger.merge import State, identity
from defenderdesk.vault import types
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.lookup.queries import Views
from defenderdesk.vault.records import deletion, located, query
from defenderdesk.vault.records.writing import next_set, save
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Edit, Record

_OWN = frozenset(
    {
        kinds.KIND,
        kinds.DELETED,
        kinds.DELETED_KNOWING,
        kinds.ERASED,
        kinds.ERASURE_CONFIRMED,
        kinds.MOVED_TO,
        kinds.MERGED_INTO,
    }
)
"""Fields that are about one record alone."""
_STAYS = frozenset({kinds.EMERGENCY.name, kinds.EMERGENCY_STEP.name, kinds.APPROVAL.name})
"""Kinds that stay with the case that goes: who prepared a package signed for which case it is, and an
approval is for one case."""


def merge(store: Store, views: Views, stays: str, goes: str) -> types.Change:
    """Merges `goes` into `stays`; again, where that was done and it was written in since. Raises
    `UsageError` where they cannot be one."""
    views.catch_up()  # a link that is not looked up would go on pointing to the one that goes
    with store.writing() as conn:
        keep, gone = query.get(conn, stays), query.get(conn, goes)
        case = gone.kind == kinds.CASE.name
        again = _require_one(store, conn, keep, gone)
        new = _news(conn, gone) if again else None
        edits = [*_cleared(keep, gone), *_taken_over(keep, gone, new), *_links(views, conn, keep, gone)]
        if again and not case and not edits:
            raise UsageError(what="One of these records was merged already")
        edits.append(Edit(gone.id, MERGED_INTO, keep.id))
        return save(store, edits, notes={gone.id: _hidden(store, conn, gone)} if case else None)


def _require_one(store: Store, conn: Connection, keep: Record, gone: Record) -> bool:
    """Tells whether they were merged before. Raises `UsageError` where they cannot be one."""
    if keep.id == gone.id:
        raise UsageError(what="A record cannot be merged with itself")
    if keep.kind != gone.kind or kind_of(keep.kind).field(MERGED_INTO) is None:
        raise UsageError(what="Only two cases, two persons, or two organisations, can be merged")
    if keep.desk != gone.desk:
        raise UsageError(what="These records belong to different desks")
    again, crossed = gone.text(MERGED_INTO) == keep.id, keep.text(MERGED_INTO) == gone.id
    if (keep.text(MERGED_INTO) and not crossed) or (gone.text(MERGED_INTO) and not again):
        raise UsageError(what="One of these records was merged already")
    if gone.deleted and again:
        raise UsageError(what="One of these records was merged already")
    if gone.deleted or (keep.deleted and not crossed):
        raise UsageError(what="One of these records was deleted; bring it back first")
    if gone.kind == kinds.CASE.name:
        for one in query.children(conn, gone.id, kinds.EMERGENCY.name):
            package = packages.read(store, one.id)
            if package is not None and package.live:
                raise UsageError(
                    what="The case that goes has an emergency package: let that case stay, or end it first"
                )
    return again


def _news(conn: Connection, gone: Record) -> frozenset[str]:
    """The fields of a merged case that were written in since: what was settled after the first merging
    is not asked again."""
    where = located.place(conn, gone.id)
    return deletion.fields_meanwhile(State.unpack(located.row(conn, where, "state")[0]))


def _hidden(store: Store, conn: Connection, gone: Record) -> list[Change]:
    where = located.place(conn, gone.id)
    state = State.unpack(located.row(conn, where, "state")[0])
    return deletion.hidden(conn, where.desk, where.id, state, next_set(store, conn, where.desk))


def _cleared(keep: Record, gone: Record) -> Iterator[Edit]:
    """The edits by which the one that stays is no longer behind the other: two people merged them at
    the same time, each the other way."""
    if keep.text(MERGED_INTO) == gone.id:
        yield Edit(keep.id, MERGED_INTO, None)
        yield Edit(keep.id, kinds.DELETED, None)


def _taken_over(keep: Record, gone: Record, new: frozenset[str] | None) -> Iterator[Edit]:
    """The edits by which the one that stays gets what the other has; of these fields, if any are
    given."""
    case = keep.kind == kinds.CASE.name
    for name, value in gone.fields.items():
        if name in _OWN or value in (None, "") or (new is not None and name not in new):
            continue
        there = keep.fields.get(name)
        if name == "legal_hold" and there is not True:
            if value is True:
                yield Edit(keep.id, name, value)
        elif there in (None, ""):
            yield Edit(keep.id, name, value)
        elif case and identity(there) != identity(value):
            yield Edit(keep.id, name, value, "beside")
    for name, values in gone.sets.items():
        if name in _OWN or (new is not None and name not in new):
            continue
        present = keep.sets.get(name, [])
        yield from (
            Edit(keep.id, name, one, "add") for one in values if one not in present and one != keep.id
        )
    other = gone.text("name")
    if new is None and other and other not in (keep.text("name"), *keep.sets.get("other_names", [])):
        yield Edit(keep.id, "other_names", other, "add")


def _links(views: Views, conn: Connection, keep: Record, gone: Record) -> Iterator[Edit]:
    """Every link to the one that goes, made a link to the one that stays."""
    for field, placed in views.linked(gone.id, limit=1_000_000):
        record = placed.record
        if record.desk != gone.desk:  # nobody writes into another desk by merging in this one
            continue
        spec = kind_of(record.kind).field(field)
        if spec is not None and spec.many:
            yield Edit(record.id, field, gone.id, "remove")
            yield Edit(record.id, field, keep.id, "add")
        elif field != MERGED_INTO:
            yield Edit(record.id, field, keep.id)
    for child in query.children(conn, gone.id):
        field = kind_of(child.kind).parent or "case"
        if child.kind not in _STAYS and child.text(field) == gone.id:
            yield Edit(child.id, field, keep.id)
