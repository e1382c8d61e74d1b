"""Writing: a save becomes one signed change set in this device's feed, and is applied at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from defenderdesk.crypto import canonical, signing
from defenderdesk.domain import kinds, orders
from defenderdesk.domain.values import Value, is_value, nodes
from defenderdesk.errors import Message, NotFoundError, UsageError
from defenderdesk.ledger import changes, clock, feeds
from defenderdesk.ledger.allowance import VALUE_NODES
from defenderdesk.ledger.changes import ADD, ERASE, NOTE, REMOVE, SET, Change
from defenderdesk.ledger.merge import Entry, State, identity
from defenderdesk.vault import types
from defenderdesk.vault.records import apply, deletion, located
from defenderdesk.vault.records.apply import Applied
from defenderdesk.vault.records.located import AT, record_bytes
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Edit, LinkedId, RecordKey

_OPS = {"set": SET, "beside": SET, "add": ADD, "remove": REMOVE}
NOTHING = types.Change(frozenset(), frozenset(), None)


def save(
    store: Store,
    edits: Sequence[Edit],
    desk: str | None = None,
    *,
    concurrent: bool = False,
    notes: Mapping[str, Sequence[Change]] | None = None,
) -> types.Change:
    """Writes `edits` as one change set. What already stands is left out; when nothing is left,
    nothing is written. `notes`: by record, what is noted in its history with it.

    `concurrent`: the values take the place of none (an import of what somebody else recorded):
    where another value stands, both do, and a person decides.
    """
    store.require_workspace()
    with store.writing() as conn:
        desk_num = _desk_of(store, conn, edits, desk)
        wanted = _group(edits)
        left = {record_bytes(record): list(more) for record, more in (notes or {}).items()}
        present = apply.load(conn, desk_num, list(wanted))
        out: list[Change] = []
        for rid, items in wanted.items():
            row = present.get(rid)
            state = row.state if row else State()
            if row is None and not any(e.field == kinds.KIND for e in items):
                raise NotFoundError(what=Message("record {record}", record=signing.id_text(rid)))
            meant = items if concurrent else _in_order(state, items)
            made = _changes(rid, state, _unfixed(state, meant, concurrent), concurrent)
            if made and not concurrent:
                made += _deletion(store, conn, desk_num, rid, state, made)
            out.extend(made)
            out.extend(left.pop(rid, ()))
        for more in left.values():
            out.extend(more)
        if not out:
            return NOTHING
        return write(store, conn, desk_num, out, {rid: present.get(rid) for rid in wanted})


_FIXED = {kinds.ATTACHMENT.name: frozenset(kinds.EXHIBIT)}
"""Kind → the registers that evidence fixes once they are written."""


def _unfixed(state: State, items: Sequence[Edit], concurrent: bool) -> Sequence[Edit]:
    """The edits without those that would write over what evidence fixed. Raises `UsageError`; an
    import (`concurrent`) leaves it as it is."""
    kind = state.registers().get(kinds.KIND)
    fixed = _FIXED.get(kind, frozenset()) if isinstance(kind, str) else frozenset()
    if not fixed:
        return items
    kept = []
    for edit in items:
        standing = [e for e in state.entries.get(edit.field, ()) if e.op == SET]
        if edit.field not in fixed or not standing:
            kept.append(edit)
        elif not concurrent and any(identity(e.value) != identity(edit.value) for e in standing):
            raise UsageError(
                what=Message(
                    "{field} was fixed when the file was taken in, as evidence of it; what you know "
                    "better is its title or description",
                    field=edit.field,
                )
            )
    return kept


def _in_order(state: State, items: Sequence[Edit]) -> Sequence[Edit]:
    """The edits with those that follow from them (`domain.orders`). Raises `UsageError` for what
    contradicts what stands; what others recorded is not asked."""
    before = state.registers()
    after = {**before, **{e.field: e.value for e in items if e.op == "set"}}
    kind = after.get(kinds.KIND)
    written = [e.field for e in items if e.op == "set" and before.get(e.field) != e.value]
    more = orders.followed(kind, after, written) if isinstance(kind, str) else {}
    return [*items, *(Edit(items[0].record, name, value) for name, value in more.items())]


def _deletion(
    store: Store, conn: Connection, desk: int, rid: bytes, state: State, made: Sequence[Change]
) -> list[Change]:
    """The changes that go with `made` where it deletes a record, brings it back, or writes in one
    that this device knows to be deleted."""
    decided = [change for change in made if change.field == kinds.DELETED and change.op == SET]
    if decided and decided[-1].value is not True:
        return deletion.forgotten(rid, state)
    unknown = deletion.hides(state) and (
        deletion.covered(state) is None or deletion.written_meanwhile(conn, desk, rid, state) is not None
    )
    if decided or (deletion.hides(state) and not unknown):
        return deletion.changes_of(conn, desk, rid, state, next_set(store, conn, desk))
    return []


def next_set(store: Store, conn: Connection, desk: int) -> deletion.Own:
    """(feed, number) of the change set that this device writes next in a desk."""
    row = conn.execute(
        "SELECT held FROM feeds WHERE desk = ? AND device = ?", (desk, store.device)
    ).fetchone()
    return store.device, (row[0] if row else 0) + 1


def _group(edits: Sequence[Edit]) -> dict[bytes, list[Edit]]:
    grouped: dict[bytes, list[Edit]] = {}
    for edit in edits:
        if not edit.field or len(edit.field) > changes.MAX_FIELD:
            raise UsageError(what=Message("A field cannot be named {field}", field=repr(edit.field[:40])))
        if not is_value(edit.value):
            raise UsageError(what=Message("The value of {field} cannot be recorded", field=edit.field))
        if isinstance(edit.value, list | dict):
            if nodes(edit.value) > VALUE_NODES:  # nobody would take it in
                raise UsageError(what=Message("The value of {field} cannot be recorded", field=edit.field))
            edit = replace(edit, value=_as_read(edit.value))
        elif isinstance(edit.value, RecordKey | LinkedId):  # a record names others by their ids
            edit = replace(edit, value=str(edit.value))
        grouped.setdefault(record_bytes(edit.record), []).append(edit)
    return grouped


def _as_read(value: Value) -> Value:
    """A value as every other replica will read it: the keys of its maps in the order of the
    encoding. The record's state holds it as it stands, and must be the same bytes everywhere."""
    read: Value = canonical.decode(canonical.encode(value))
    return read


def _changes(rid: bytes, state: State, items: Sequence[Edit], concurrent: bool) -> list[Change]:
    """The changes that `items` come down to: the last of each register, each set value once."""
    final: dict[tuple[str, str, bytes], Edit] = {}
    for edit in items:
        alone = b"" if edit.op == "set" else identity(edit.value)
        key = (edit.op if _OPS[edit.op] == SET else "member", edit.field, alone)
        final.pop(key, None)
        final[key] = edit
    out = []
    for edit in final.values():
        op = _OPS[edit.op]
        if op == SET:
            beside = concurrent or edit.op == "beside"
            standing = [e for e in state.entries.get(edit.field, ()) if e.op == SET]
            same = [e for e in standing if identity(e.value) == identity(edit.value)]
            if same and (beside or len(same) == len(standing)):
                continue
            if not standing and edit.value is None:
                continue
            replaces = () if beside else state.dots(edit.field, SET)
            out.append(Change(rid, edit.field, SET, edit.value, replaces))
        else:
            dots = state.dots(edit.field, ADD, edit.value)
            if op == ADD and not dots:
                out.append(Change(rid, edit.field, ADD, edit.value))
            elif op == REMOVE and dots:
                out.append(Change(rid, edit.field, REMOVE, None, dots))
    return out


def _desk_of(store: Store, conn: Connection, edits: Sequence[Edit], desk: str | None) -> int:
    """The desk a save is for: where its records are, else what was asked, else where the record
    they belong to is, else the only desk. One save stays within one desk."""
    asked = desk_number(store, conn, desk) if desk else None
    found = _desks_of(conn, (edit.record for edit in edits), asked, strict=True)
    for fields in (_BELONGS, None):  # else where what it belongs to is, else where it links to
        if not found:
            named = (
                edit.value
                for edit in edits
                if isinstance(edit.value, str)
                and len(edit.value) == 26
                and edit.op == "set"
                and (fields is None or edit.field in fields)
            )
            found = _desks_of(conn, named, asked)
    if asked is not None:
        if found - {asked}:
            raise UsageError(what="These records belong to different desks")
        return asked
    if len(found) > 1:
        raise UsageError(what="These records belong to different desks")
    if found:
        return int(found.pop())
    return desk_number(store, conn, None)


_BELONGS = frozenset(field for kind in kinds.KINDS.values() for field in kind.parents)


def _desks_of(
    conn: Connection, records: Iterable[str], asked: int | None, *, strict: bool = False
) -> set[int]:
    """The desks in which these records are; what is no record is in none. Raises `SameIdError` for
    a bare id that several desks hold, unless the desk that is asked for is one of them; with
    `strict`, `NotFoundError` for the key of a record that is here no more."""
    found = set()
    for record in dict.fromkeys(records):
        where = located.find(conn, record, asked)
        if where is not None:
            found.add(where.desk)
        elif strict and (isinstance(record, RecordKey) or AT in record):
            raise NotFoundError(what=Message("record {record}", record=record))
    return found


def desk_number(store: Store, conn: Connection, desk: str | None) -> int:
    """The row of a desk by id or name; None: the first that this device holds."""
    rows = conn.execute("SELECT num, id, name FROM desks ORDER BY num").fetchall()
    if not rows:
        store.require_workspace()
        raise NotFoundError(what="desk")
    if desk is None:
        return int(rows[0][0])
    for num, raw, name in rows:
        if desk in (signing.id_text(raw), name):
            return int(num)
    folded = [num for num, _, name in rows if name.casefold() == desk.casefold()]
    if len(folded) == 1:
        return int(folded[0])
    raise NotFoundError(what=Message("desk {desk}", desk=desk))


def write(
    store: Store,
    conn: Connection,
    desk: int,
    items: Sequence[Change],
    known: Mapping[bytes, apply.Row | None] | None = None,
) -> types.Change:
    """Makes, signs, stores and applies one change set in this device's feed of `desk`. `known`: the
    records that the caller read in the same write, which are not read again."""
    device, workspace = store.device, store.require_workspace()
    desk_id = conn.execute("SELECT id FROM desks WHERE num = ?", (desk,)).fetchone()[0]
    num, held, previous = feed_row(conn, workspace, desk, desk_id, device)
    seq = held + 1
    stamp = clock.tick(store.meta("clock", 0, conn), store.now_ms())
    store.set_meta("clock", stamp)
    header, body = changes.make(items, device, seq, stamp, os.urandom(16))
    chain = feeds.link(previous, header)
    signature = store.require_signing_key().sign(feeds.SIGNATURE, chain)
    row = apply.set_id(num, seq)
    counted = sum(change.op != NOTE for change in items)  # a look is no work that waits
    conn.execute(
        "INSERT INTO change_sets VALUES (?, ?, ?, ?, ?, ?)",
        (row, counted, header, chain, signature, body),
    )
    conn.execute("UPDATE feeds SET held = ?, hash = ? WHERE num = ?", (seq, chain, num))
    grouped: dict[bytes, list[Applied]] = {}
    for index, change in enumerate(items):
        grouped.setdefault(change.record, []).append((row, (stamp, device, seq), index, [change[1:]]))
    outcome = apply.apply(conn, desk, grouped, lambda _device, _seq: True, known)
    return types.Change(
        outcome.kinds,
        frozenset(signing.id_text(rid) for rid in outcome.records),
        str(row),
        outcome.conflicts,
    )


def feed_row(
    conn: Connection, workspace: bytes, desk: int, desk_id: bytes, device: bytes
) -> tuple[int, int, bytes]:
    """(row, held, chain hash) of a device's feed in a desk; made at its first change set."""
    row = conn.execute(
        "SELECT num, held, hash FROM feeds WHERE desk = ? AND device = ?", (desk, device)
    ).fetchone()
    if row:
        return int(row[0]), int(row[1]), bytes(row[2])
    start = feeds.genesis(workspace, desk_id, device)
    num = conn.execute(
        "INSERT INTO feeds (desk, device, held, hash) VALUES (?, ?, 0, ?)", (desk, device, start)
    ).lastrowid
    return int(num), 0, start


def undo(store: Store, change_set: str) -> types.Change:
    """Takes back what a change set of this device wrote, as a new change set: registers get the
    value they had, set members come and go back, a record it created is hidden. What somebody
    changed since stays as they left it."""
    with store.writing() as conn:
        row = conn.execute(
            "SELECT c.body, c.header, f.desk, f.device FROM change_sets c JOIN feeds f "
            "ON f.num = c.id >> 40 WHERE c.id = ?",
            (int(change_set),),
        ).fetchone()
        if row is None:
            raise NotFoundError(what="change to undo")
        body, header, desk, device = row
        [head] = changes.read_headers([header])
        [read] = changes.read_bodies([body], [head])
        kept = [(at, rid, data) for at, (rid, data) in enumerate(read.items) if data is not None]
        decoded = changes.read_changes([data for _, _, data in kept], device)
        present = apply.load(conn, desk, [rid for _, rid, _ in kept])
        created = {rid for (_, rid, _), d in zip(kept, decoded, strict=True) if d[0] == kinds.KIND}
        out: list[Change] = []
        for (at, rid, _), (field, op, value, replaced) in zip(kept, decoded, strict=True):
            state = present[rid].state
            mine = (device, head.seq, at)
            if rid in created:
                continue
            if op == SET:
                standing = [e for e in state.entries.get(field, ()) if e.op == SET]
                if stands := _stands(standing, mine, value):
                    beside = [e for e in standing if e.dot != stands]
                    if beside and not replaced:  # it took the place of none: what stood beside it is left
                        left = beside[-1]
                        out.append(Change(rid, field, SET, left.value, (stands, left.dot)))
                        continue
                    before = _value_before(conn, desk, replaced)
                    out.append(Change(rid, field, SET, before, (stands,)))
            elif op == ADD:
                if mine in state.dots(field, ADD, value):
                    out.append(Change(rid, field, REMOVE, None, (mine,)))
            elif op == REMOVE:
                back = _value_before(conn, desk, replaced)
                if not state.dots(field, ADD, back):
                    out.append(Change(rid, field, ADD, back))
        own = next_set(store, conn, desk)
        for rid in sorted(created):
            out.extend(deletion.hidden(conn, desk, rid, present[rid].state, own))
        out.sort(key=lambda change: change.record)
        return write(store, conn, desk, out, present) if out else NOTHING


def _stands(standing: Sequence[Entry], mine: changes.Dot, value: Value) -> changes.Dot | None:
    """The change under which what `mine` wrote still stands: `mine` itself, or the undo of what
    came after it, which put the same value back from the same device."""
    if any(entry.dot == mine for entry in standing):
        return mine
    again = [e for e in standing if e.stamp[1] == mine[0] and identity(e.value) == identity(value)]
    return again[0].dot if again and len(standing) == 1 else None


def _value_before(conn: Connection, desk: int, dots: Sequence[changes.Dot]) -> Value:
    """The value among the replaced ones that was shown: of the highest stamp."""
    best: tuple[tuple[int, bytes], Value] | None = None
    for device, seq, index in dots:
        found = change_at(conn, desk, device, seq, index)
        if found and found[1] != ERASE:
            stamp = (found[0], device)
            if best is None or stamp > best[0]:
                best = (stamp, found[2])
    return best[1] if best else None


def change_at(
    conn: Connection, desk: int, device: bytes, seq: int, index: int
) -> tuple[int, int, Value] | None:
    """(stamp, op, value) of one stored change; None where it is not held or was erased."""
    row = conn.execute(
        "SELECT c.header, c.body FROM change_sets c JOIN feeds f ON f.num = c.id >> 40 "
        "WHERE f.desk = ? AND f.device = ? AND c.id = (f.num << 40 | ?)",
        (desk, device, seq),
    ).fetchone()
    if row is None:
        return None
    [head] = changes.read_headers([row[0]])
    [body] = changes.read_bodies([row[1]], [head])
    if index >= len(body.items) or body.items[index][1] is None:
        return None
    data = body.items[index][1]
    assert data is not None
    [(_, op, value, _)] = changes.read_changes([data], device)
    return head.hlc, op, value


def settle(store: Store, conflict: str, value: Value) -> types.Change:
    """Settles a conflict: `value` takes the place of every value that stands."""
    record, _, field = conflict.partition(".")
    if not is_value(value):
        raise UsageError(what="This value cannot be recorded")
    with store.writing() as conn:
        where = located.find(conn, record)
        state = State.unpack(located.row(conn, where, "state")[0]) if where else State()
        if where is not None and field == kinds.DELETED:
            return _settle_deletion(store, conn, where, state, value)
        if where is None or field not in state.conflicts():
            raise NotFoundError(what=Message("conflict {conflict}", conflict=conflict))
        change = Change(where.id, field, SET, _as_read(value), state.dots(field, SET))
        return write(store, conn, where.desk, [change])


def _settle_deletion(
    store: Store, conn: Connection, where: located.Place, state: State, value: Value
) -> types.Change:
    """Deletes a record knowing what was written in it meanwhile (`value` true), or keeps it."""
    meanwhile = deletion.written_meanwhile(conn, where.desk, where.id, state)
    if meanwhile is None and kinds.DELETED not in state.conflicts():
        raise NotFoundError(
            what=Message("conflict {conflict}", conflict=f"{signing.id_text(where.id)}.deleted")
        )
    if value is True:
        own = next_set(store, conn, where.desk)
        return write(store, conn, where.desk, deletion.hidden(conn, where.desk, where.id, state, own))
    kept = [
        Change(where.id, field, SET, None, dots)
        for field in (kinds.DELETED, kinds.MERGED_INTO)  # it is a case of its own again
        if (dots := state.dots(field, SET))
    ]
    return write(store, conn, where.desk, [*kept, *deletion.forgotten(where.id, state)])


def new_id() -> str:
    """A new record's id: 16 random bytes, as text."""
    return signing.id_text(os.urandom(16))
