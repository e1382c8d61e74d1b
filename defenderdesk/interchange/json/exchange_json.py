"""Exchange JSON: the current state of a desk as one documented file, out and in.

The same records give the same bytes on every replica. Specified in
`docs/format/exchange-json.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import structs

from defenderdesk import files, i18n
from defenderdesk.crypto import canonical, plain_json, signing
from defenderdesk.domain import kinds, withheld
from defenderdesk.domain.values import MAX_TEXT, Value, is_value
from defenderdesk.errors import (
    DamagedError,
    LimitError,
    Message,
    NewerError,
    NotFoundError,
    StorageError,
)
from defenderdesk.interchange import flaws
from defenderdesk.interchange.json import editions, fitting, public_cases
from defenderdesk.ledger.changes import MAX_FIELD, SET
from defenderdesk.ledger.merge import State, identity
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.records import bulk, located
from defenderdesk.vault.records.apply import load as load_records
from defenderdesk.vault.types import Progress, RecordKey, Snapshot

FORMAT, VERSION = "defenderdesk-exchange", 1
MAX_FILE = 1024 * 1024 * 1024
_BYTES_A_VALUE = 8
"""A file may hold a million values, and one more for so many bytes: an honest one holds one for twenty."""
_LOCAL = frozenset({kinds.KIND, "chunks", kinds.DELETED_KNOWING, kinds.NOT_SAME})
"""Fields that are not carried as fields: the kind stands by itself, chunks name keys."""
_MARK = kinds.WITHHELD.encode()


@dataclass
class ImportReport:
    """The report of what an import wrote. `records`: new ones; `known`: records that were here
    already; `conflicts`: fields where another value stands."""

    cases: int = 0
    records: int = 0
    known: int = 0
    changes: int = 0
    change_sets: int = 0
    conflicts: int = 0
    warnings: list[str] = field(default_factory=list)


# -- out -------------------------------------------------------------------------------------


def dump(vault: Vault, desk: str | None = None) -> dict[str, Any]:
    """The exchange structure of a desk, or of all that this device holds."""
    with vault.snapshot() as conn:
        desks = bulk.desks(conn)
        if desk is not None:
            num = vault.desk_number(conn, desk)
            desks = [row for row in desks if row[0] == num]
        records = [record for num, raw, _ in desks for record in _records(conn, num, signing.id_text(raw))]
    return {
        "format": FORMAT,
        "version": VERSION,
        "desks": [{"id": signing.id_text(raw), "name": name} for _, raw, name in desks],
        "records": records,
    }


def dump_text(vault: Vault, desk: str | None = None) -> str:
    """`dump` as text: sorted keys, two spaces, one last line feed."""
    written = json.dumps(dump(vault, desk), ensure_ascii=False, indent=2, sort_keys=True)
    return i18n.harmless_json(written) + "\n"


def _records(conn: Snapshot, desk: int, desk_id: str) -> Iterator[dict[str, Any]]:
    hidden = _hidden(conn, desk)
    for rid, kind, packed in bulk.states(conn, desk):
        if rid not in hidden:
            yield as_json(signing.id_text(rid), kind, desk_id, State.unpack(packed))


def _hidden(conn: Snapshot, desk: int) -> set[bytes]:
    """The records of a desk that are not to be shared at all."""
    parents: dict[bytes, bytes] = {}
    whole: list[bytes] = []
    for rid, parent, packed in bulk.parents(conn, desk):
        if parent is not None:
            parents[rid] = parent
        if _MARK in packed and kinds.WHOLE in _marked(State.unpack(packed)):
            whole.append(rid)
    return withheld.hidden_with(parents, whole) if whole else set()


def _marked(state: State) -> frozenset[str]:
    """The fields that are not to be shared, as a set or as a plain value."""
    values: list[Value] = list(state.sets().get(kinds.WITHHELD, []))
    marked = withheld.names({kinds.WITHHELD: values})
    return marked | withheld.names({kinds.WITHHELD: state.registers().get(kinds.WITHHELD)})


def as_json(record: str, kind: str, desk: str, state: State) -> dict[str, Any]:
    """One record of the exchange structure, without the fields that are not to be shared."""
    hidden = _LOCAL | _marked(state) | {kinds.WITHHELD}
    out: dict[str, Any] = {
        "id": record,
        "kind": kind,
        "desk": desk,
        "fields": {k: v for k, v in state.registers().items() if k not in hidden},
    }
    sets = {name: values for name, values in state.sets().items() if name not in hidden}
    if sets:
        out["sets"] = {name: sorted(values, key=identity) for name, values in sets.items()}
    conflicts = {
        name: sorted(
            {identity(e.value): e.value for e in state.entries[name] if e.op == SET}.values(),
            key=identity,
        )
        for name in state.conflicts()
        if name not in hidden
    }
    if conflicts:
        out["conflicts"] = conflicts
    return out


# -- in --------------------------------------------------------------------------------------


def read(path: Path) -> Any:
    """The JSON in a file, strictly: no duplicate keys (one would be lost), no NaN; numbers with
    a fraction become text, digit for digit. Raises `DamagedError`, `LimitError`."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise LimitError(what="a JSON file of more than 1 GiB")
        data = files.read(path)
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except OSError as error:
        raise StorageError(what=f"{path.name}: {error.strerror or error}") from error
    return plain_json.loads(data, plain_json.MOST + len(data) // _BYTES_A_VALUE)


def load(vault: Vault, path: Path, desk: str | None = None, progress: Progress | None = None) -> ImportReport:
    """Takes in a file, whole or not at all: exchange JSON, or the shape of published cases.

    What is here already is left alone; where another value stands, both do, and a person
    decides; a value that somebody has replaced before is not brought up again.
    """
    content = read(path)
    report = ImportReport()
    if isinstance(content, dict) and content.get("format") == FORMAT:
        batches = list(_exchange(content))
        with vault.transaction() as conn:
            for number, batch in enumerate(batches):
                _write(vault, conn, batch, desk, report)
                if progress:
                    progress(number + 1, len(batches))
        report.warnings = flaws.cut(report.warnings)
        return report
    cases = list(public_cases.read(content))
    with vault.transaction() as conn:
        target = vault.desk_number(conn, desk)
        for number, case in enumerate(cases):
            made = editions.edition(vault, conn, target, case)
            report.warnings += [i18n.translate(one) for one in made.told]
            _write(vault, conn, made.edits, located.desk_text(conn, target), report)
            if progress:
                progress(number + 1, len(cases))
    report.warnings = flaws.cut(report.warnings)
    return report


def _exchange(content: dict[str, Any]) -> Iterator[list[Edit]]:
    version = content.get("version")
    if type(version) is int and version > VERSION:
        raise NewerError(what="this exchange file")
    records = content.get("records")
    if not canonical.is_version(version, VERSION) or not isinstance(records, list):
        raise DamagedError(what="it is not an exchange file")
    batch: list[Edit] = []
    for item in records:
        batch += _record(item)
        if len(batch) >= 2000:
            yield batch
            batch = []
    if batch:
        yield batch


def _record(item: Any) -> Iterator[Edit]:
    if not isinstance(item, dict):
        raise DamagedError(what="a record in it is not one")
    rid, kind = item.get("id"), item.get("kind")
    fields, sets, conflicts = (item.get(k, {}) for k in ("fields", "sets", "conflicts"))
    try:
        signing.id_bytes(rid if isinstance(rid, str) else "")
    except ValueError as error:
        raise DamagedError(what="a record in it has no id") from error
    assert isinstance(rid, str)
    if not isinstance(kind, str) or not all(isinstance(d, dict) for d in (fields, sets, conflicts)):
        raise DamagedError(what=Message("the record {rid} in it is malformed", rid=rid))
    if kind:
        yield Edit(rid, kinds.KIND, kind)
    for name, value in fields.items():
        yield Edit(rid, name, value)
    for values, op in ((sets, "add"), (conflicts, "set")):
        for name, many in values.items():
            if not isinstance(many, list):
                raise DamagedError(what=Message("the record {rid} in it is malformed", rid=rid))
            for value in many:
                if op == "add":
                    yield Edit(rid, name, value, "add")
                elif identity_safe(value) != identity_safe(fields.get(name)):
                    yield Edit(rid, f"{name}", value, "set")


def identity_safe(value: Any) -> bytes:
    """`identity` for what may be no value at all."""
    return identity(value) if is_value(value) else b""


def _write(vault: Vault, conn: Snapshot, batch: list[Edit], desk: str | None, report: ImportReport) -> None:
    for edit in batch:
        if not edit.field or len(edit.field) > MAX_FIELD:
            raise DamagedError(
                what=Message("a field in it cannot be named {field}", field=repr(edit.field[:40]))
            )
        if isinstance(edit.value, str) and len(edit.value) > MAX_TEXT:
            raise LimitError(what="a text of more than a million characters")
        if not is_value(edit.value):
            raise DamagedError(
                what=Message("the value of {field} in it cannot be recorded", field=edit.field)
            )
    ids = list(dict.fromkeys(located.record_bytes(e.record) for e in batch))
    home = bulk.homes(conn, ids)
    target = vault.desk_number(conn, desk)
    where = {rid: target if target in held else min(held) for rid, held in home.items()}
    for num in {*where.values(), target}:
        mine = [e for e in batch if where.get(located.record_bytes(e.record), target) == num]
        present = load_records(conn, num, [rid for rid in ids if where.get(rid) == num])
        called = located.desk_text(conn, num)
        past = _Past(vault, called)
        # What the record holds as it stands in the file is known, however a form would write it.
        mine = [e for e in mine if not _known(past, present, e)]
        said = [(e, t) for e, t in _fitted(mine, batch) if not _known(past, present, e)]
        report.warnings += [i18n.translate(told) for _, told in said if told]
        fresh = [edit for edit, _ in said]
        report.warnings += flaws.disorder(fresh)
        first, later = _once_each(fresh)
        for part in (first, *later):
            _save(vault, conn, num, part, report)
    new = [rid for rid in ids if rid not in home]
    made = {e.record for e in batch if e.field == kinds.KIND and e.value == kinds.CASE.name}
    report.records += len(new)
    report.known += len(ids) - len(new)
    report.cases += sum(located.record_bytes(r) not in home for r in made)


def _fitted(edits: list[Edit], batch: list[Edit]) -> Iterator[tuple[Edit, Message | None]]:
    """Edits with the value that a form would take, and what to tell where it does not fit, with whose
    it is."""
    sorts = {e.record: e.value for e in batch if e.field == kinds.KIND and isinstance(e.value, str)}
    names = {e.record: e.value for e in batch if e.field in ("reference", "title", "name") and e.value}
    owners = {e.record: e.value for e in batch if e.field in ("case", "person", "of")}
    for edit in edits:
        kind = sorts.get(edit.record)
        spec = kinds.kind_of(kind).field(edit.field) if isinstance(kind, str) else None
        value, problem = fitting.fitted(spec, edit.value, date.today())
        told = None
        if problem:
            whose = names.get(edit.record) or names.get(str(owners.get(edit.record))) or edit.record
            told = Message("{case}: {what}", case=str(whose)[:60], what=problem)
        yield (structs.replace(edit, value=value) if value is not edit.value else edit), told


def _once_each(edits: list[Edit]) -> tuple[list[Edit], list[list[Edit]]]:
    """Edits so that each register is set once per save; further values of a conflict follow."""
    first: list[Edit] = []
    later: list[list[Edit]] = []
    times: dict[tuple[str, str], int] = {}
    for edit in edits:
        if edit.op != "set":
            first.append(edit)
            continue
        count = times.get((edit.record, edit.field), 0)
        times[edit.record, edit.field] = count + 1
        if count == 0:
            first.append(edit)
        else:
            while len(later) < count:
                later.append([])
            later[count - 1].append(edit)
    return first, later


def _save(vault: Vault, conn: Snapshot, desk: int, edits: list[Edit], report: ImportReport) -> None:
    if not edits:
        return
    raw = bulk.desk_id(conn, desk)
    for start in range(0, len(edits), 5000):
        part = edits[start : start + 5000]
        change = vault.save(part, signing.id_text(raw), concurrent=True)
        if change.change_set:
            report.change_sets += 1
            report.conflicts += change.conflicts
            report.changes += bulk.change_count(conn, int(change.change_set))


class _Past:
    """The past values of records; each read once."""

    def __init__(self, vault: Vault, desk: str) -> None:
        self._vault, self._desk = vault, desk
        self._read: dict[str, set[tuple[str, bytes]]] = {}

    def held(self, edit: Edit) -> bool:
        """Tells whether the record held the value before somebody replaced it."""
        found = self._read.get(edit.record)
        if found is None:
            found = self._read[edit.record] = {
                (h.field, identity(h.value))
                for h in self._vault.history_within(RecordKey(edit.record, self._desk))
                if h.op in ("set", "add")
            }
        return (edit.field, identity(edit.value)) in found


def _known(past: _Past, present: dict[bytes, Any], edit: Edit) -> bool:
    """Tells whether the record already holds the value, or held it before somebody replaced it."""
    row = present.get(located.record_bytes(edit.record))
    if row is None:
        return False
    entries = row.state.entries.get(edit.field, ())
    return any(identity(e.value) == identity(edit.value) for e in entries) or past.held(edit)
