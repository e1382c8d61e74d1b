"""Two records of one person (or organisation) made one, without losing anything.

One change set: every link to the one that goes points to the one that stays; fields that the one
that stays lacks are taken over; its name stays findable as another name; and the one that goes
keeps every value it has, hidden behind `merged_into`. Undoing that change set takes all of it
back. Values in which the two differ are not mixed: they stay on the record that goes, which can
be opened from the one that stays.
"""

from __future__ import annotations

from defenderdesk.domain import kinds
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.errors import UsageError
from defenderdesk.vault import types
from defenderdesk.vault.lookup.queries import Views
from defenderdesk.vault.records import query
from defenderdesk.vault.records.writing import save
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Edit, Record

MERGED = "merged_into"


def merge(store: Store, views: Views, stays: str, goes: str) -> types.Change:
    """Merges `goes` into `stays`. Raises `UsageError` where they cannot be one."""
    if stays == goes:
        raise UsageError(what="A record cannot be merged with itself")
    views.refresh()
    with store.writing() as conn:
        keep, gone = query.get(conn, stays), query.get(conn, goes)
        if keep.kind != gone.kind or kind_of(keep.kind).field(MERGED) is None:
            raise UsageError(what="Only two persons, or two organisations, can be merged")
        if keep.desk != gone.desk:
            raise UsageError(what="These records belong to different desks")
        if keep.fields.get(MERGED) or gone.fields.get(MERGED):
            raise UsageError(what="One of these records was merged already")
        edits = [*_taken_over(keep, gone), *_links(views, keep, gone)]
        edits.append(Edit(gone.id, MERGED, keep.id))
        return save(store, edits)


def _taken_over(keep: Record, gone: Record) -> list[Edit]:
    """The edits by which the one that stays gets what the other has."""
    out = []
    for name, value in gone.fields.items():
        if name in (kinds.KIND, kinds.DELETED, MERGED):
            continue
        if keep.fields.get(name) in (None, ""):
            out.append(Edit(keep.id, name, value))
    for name, values in gone.sets.items():
        out += [Edit(keep.id, name, one, "add") for one in values if one not in keep.sets.get(name, [])]
    other = gone.text("name")
    if other and other not in (keep.text("name"), *keep.sets.get("other_names", [])):
        out.append(Edit(keep.id, "other_names", other, "add"))
    return out


def _links(views: Views, keep: Record, gone: Record) -> list[Edit]:
    """Every link to the one that goes, made a link to the one that stays."""
    out = []
    for field, placed in views.linked(gone.id, limit=1_000_000):
        record = placed.record
        if record.desk != gone.desk:  # nobody writes into another desk by merging in this one
            continue
        spec = kind_of(record.kind).field(field)
        if spec is not None and spec.many:
            out.append(Edit(record.id, field, gone.id, "remove"))
            out.append(Edit(record.id, field, keep.id, "add"))
        elif field != MERGED:
            out.append(Edit(record.id, field, keep.id))
    for kind in kinds.KINDS.values():
        field = kind.parent
        spec = kind.field(field) if field else None
        if spec is not None and spec.type is Type.LINK and gone.kind in spec.links:
            for child in query.children(views.conn, gone.id, kind.name):
                out.append(Edit(child.id, field, keep.id))
    return out
