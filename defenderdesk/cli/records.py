"""Commands on records: import, dump, new, set, undo, show, list, search, attach, fetch."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from defenderdesk import files, i18n
from defenderdesk.cli import likely
from defenderdesk.cli.face import Face, progress_bar, say, show
from defenderdesk.cli.typed import edits_for, in_order, linked
from defenderdesk.domain import kinds
from defenderdesk.errors import Message, NotFoundError, UsageError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault import CaseFilter, Edit, Record, Vault
from defenderdesk.vault.casework import approvals

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_FILE = click.Path(path_type=Path)


@click.command("import")
@click.argument("path", type=_FILE)
@click.option("--desk", default=None, help="The desk to take it into (default: the first).")
@_JSON
@click.pass_obj
def import_command(face: Face, path: Path, desk: str | None, as_json: bool) -> None:
    """Take in exchange JSON, or a file in the shape of published cases, whole or not at all."""
    with face.vault() as vault:
        report = exchange_json.load(vault, path, desk, progress_bar(path.name, as_json))
        pairs = likely.point_out(vault)
    show(
        {**dataclasses.asdict(report), "duplicates": pairs},
        as_json,
        lambda: "\n".join(
            [
                i18n.text(
                    "{cases} new cases, {records} new records, {known} known, {conflicts} conflicts.",
                    cases=report.cases,
                    records=report.records,
                    known=report.known,
                    conflicts=report.conflicts,
                ),
                *report.warnings,
            ]
        ),
    )


@click.command()
@click.option("--desk", default=None, help="Only this desk.")
@click.option("--json", "as_json", is_flag=True, help="(It is always JSON.)")
@click.pass_obj
def dump(face: Face, desk: str | None, as_json: bool) -> None:
    """Print the current state as exchange JSON; attachments by hash. Where the office wants two
    persons for an export, an approval without a case is used up."""
    with face.vault() as vault:
        if used := vault.approvals.need(approvals.EXPORT, ""):
            vault.save(used)
        say(exchange_json.dump_text(vault, desk), nl=False)


@click.command("new")
@click.argument("kind")
@click.argument("fields", nargs=-1, metavar="[FIELD=VALUE]…")
@click.option("--case", default=None, help="What it belongs to.")
@click.option("--desk", default=None, help="The desk of a new case (default: the first).")
@_JSON
@click.pass_obj
def new(
    face: Face,
    kind: str,
    fields: tuple[str, ...],
    case: str | None,
    desk: str | None,
    as_json: bool,
) -> None:
    """Record something new: `new case title=… country=UG`, `new event --case ID date=2024-05`."""
    spec = kinds.KINDS.get(kind)
    if spec is None:
        raise UsageError(
            what=Message(
                "There is no kind of record {kind}: {known}",
                kind=kind,
                known=", ".join(kinds.KINDS),
            )
        )
    with face.vault() as vault:
        record = vault.new_id()
        edits = [Edit(record, kinds.KIND, kind)]
        if case:
            edits.append(Edit(record, spec.parent or "case", vault.resolve(case)))
        for item in fields:
            name, equals, value = item.partition("=")
            if not equals:
                raise UsageError(what=Message("{item} is not FIELD=VALUE", item=item))
            edits += linked(vault, kind, edits_for(Record(record, kind, ""), name, value))
        in_order(kind, Record(record, kind, ""), edits)
        home = desk
        if home is not None:
            home = next((d.id for d in vault.info().desks if home in (d.id, d.name)), home)
        vault.save(edits, home)
    show({"id": record}, as_json, lambda: record)


@click.command("set")
@click.argument("record")
@click.argument("field")
@click.argument("value")
@_JSON
@click.pass_obj
def set_command(face: Face, record: str, field: str, value: str, as_json: bool) -> None:
    """Change one field. RECORD: an id, a unique beginning of one, or a case's reference."""
    if field == kinds.KIND:
        raise UsageError(what="The kind of a record does not change")
    with face.vault() as vault:
        present = vault.get(vault.resolve(record))
        edits = linked(vault, present.kind, edits_for(present, field, value))
        in_order(present.kind, present, edits)
        if any(edit.field == kinds.DELETED and edit.value is True for edit in edits):
            edits += vault.approvals.require_deletable(present.id)
        change = vault.save(edits)
    show(
        {
            "record": present.id,
            "field": field,
            "changed": change.change_set is not None,
            "change_set": change.change_set,
        },
        as_json,
        lambda: i18n.text("Saved.") if change.change_set else i18n.text("Nothing changed."),
    )


@click.command()
@click.argument("change_set")
@_JSON
@click.pass_obj
def undo(face: Face, change_set: str, as_json: bool) -> None:
    """Take back a change set."""
    if not change_set.isdecimal() or len(change_set) > 18:
        raise NotFoundError(what="change to undo")
    with face.vault() as vault:
        change = vault.undo(change_set)
    show({"change_set": change.change_set}, as_json, lambda: i18n.text("Taken back."))


@click.command()
@click.argument("record")
@click.argument("path", type=_FILE, metavar="FILE")
@_JSON
@click.pass_obj
def attach(face: Face, record: str, path: Path, as_json: bool) -> None:
    """Take a file into the vault, as an attachment of a record."""
    with face.vault() as vault:
        attachment = vault.new_id()
        vault.attach(vault.resolve(record), path, progress_bar(path.name, as_json), attachment=attachment)
        made = vault.get(attachment)
    result = {
        "attachment": attachment,
        "id": attachment,
        "sha256": made.fields.get("sha256"),
        "size": made.fields.get("size"),
        "name": made.fields.get("name"),
    }
    show(result, as_json, lambda: attachment)


@click.command()
@click.argument("attachment")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def fetch(face: Face, attachment: str, out: Path) -> None:
    """Write an attachment's content to a file (which is then outside the vault's protection)."""
    with face.vault() as vault, files.whole(files.outside(vault.profile, out)) as target:
        vault.fetch(vault.resolve(attachment), target, progress_bar(out.name, False))


@click.command()
@click.argument("query")
@click.option("--limit", default=50, show_default=True)
@_JSON
@click.pass_obj
def search(face: Face, query: str, limit: int, as_json: bool) -> None:
    """Full-text search over all fields."""
    with face.vault() as vault:
        vault.index_words(progress_bar(i18n.text("Indexing what came in"), as_json))
        hits = vault.search(query, max(1, min(limit, 10_000)))
    show(
        [structs.asdict(hit) for hit in hits],
        as_json,
        lambda: (
            "\n".join(f"{h.id}  {h.kind}: {h.title}  [{h.case_title}]" for h in hits)
            or i18n.text("Nothing found.")
        ),
    )


def _full(vault: Vault, record: Record) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": record.id,
        "kind": record.kind,
        "desk": record.desk,
        "updated": record.updated.isoformat(),
        "fields": {k: v for k, v in record.fields.items() if k not in ("kind", "chunks")},
        "sets": record.sets,
    }
    if record.conflicts:
        out["conflicts"] = vault.standing_in(record.id, record.conflicts)
    return out


_MOST_CHANGES = 1000
"""Changes that a history shows where no other number is asked for."""


@click.command("show")
@click.argument("record")
@click.option("--history", is_flag=True, help="With the changes it had, the newest first.")
@click.option("--most", default=_MOST_CHANGES, show_default=True, help="Of so many changes at most.")
@_JSON
@click.pass_obj
def show_command(face: Face, record: str, history: bool, most: int, as_json: bool) -> None:
    """Show a record whole, with what belongs to it."""
    with face.vault() as vault:
        found = vault.get(vault.resolve(record))
        below = vault.children(found.id)
        for one in (found, *below):
            if one.kind == kinds.ATTACHMENT.name:
                vault.saw(one.id)
        result = _full(vault, found)
        result["records"] = [_full(vault, child) for child in below]
        result["same_id_in"] = vault.elsewhere(found.id)
        if history:
            changed = vault.history(found.id, max(1, most) + 1)
            result["history_goes_on"] = len(changed) > max(1, most)
            result["history"] = [
                {
                    "change_set": h.change_set,
                    "field": h.field,
                    "op": h.op,
                    "value": h.value,
                    "member": h.author.member,
                    "device": h.author.device,
                    "time": h.author.time.isoformat(),
                }
                for h in changed[: max(1, most)]
            ]
    show(result, as_json, lambda: _readable(result))


def _readable(record: dict[str, Any], indent: str = "") -> str:
    lines = [f"{indent}{record['kind']} {record['id']}"]
    if others := record.get("same_id_in"):
        said = i18n.text("Another record of this id stands in: {desks}", desks=", ".join(others))
        lines.append(f"{indent}  ! {said}")
    for part in ("fields", "sets"):
        for name, value in record[part].items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            lines.append(f"{indent}  {name}: {text}")
    lines += [_readable(child, indent + "    ") for child in record.get("records", [])]
    return "\n".join(lines)


@click.command("list")
@click.option("--desk", default=None)
@click.option("--country", default="")
@click.option("--status", "case_status", default="")
@click.option("--text", default="", help="Only cases in which these words are found.")
@click.option(
    "--sort",
    type=click.Choice(["updated", "title", "country", "status", "priority", "reference"]),
    default="title",
)
@_JSON
@click.pass_obj
def list_command(
    face: Face,
    desk: str | None,
    country: str,
    case_status: str,
    text: str,
    sort: Any,
    as_json: bool,
) -> None:
    """The cases."""
    rows = []
    with face.vault() as vault:
        names = {d.id: d.name for d in vault.info().desks}
        desk_id = ""
        if desk:
            desk_id = next((i for i, name in names.items() if desk in (i, name)), "")
            if not desk_id:
                raise NotFoundError(what=Message("desk {desk}", desk=desk))
        wanted = CaseFilter(
            text=text,
            desk=desk_id,
            country=country,
            status=case_status,
            sort=sort,
            descending=sort == "updated",
        )
        if text:
            vault.index_words(progress_bar(i18n.text("Indexing what came in"), as_json))
        offset = 0
        while page := vault.cases(wanted, offset, 1000):
            rows += page
            offset += len(page)
    result = [
        {
            "id": r.id,
            "title": r.title,
            "country": r.country,
            "desk": names.get(r.desk, r.desk),
            "desk_id": r.desk,
            "reference": r.reference,
            "status": r.status,
            "priority": r.priority,
            "updated": r.updated.isoformat(),
            "conflicts": r.conflicts,
        }
        for r in rows
    ]
    show(
        result,
        as_json,
        lambda: (
            "\n".join(f"{r.id[:8]}  {r.country:2}  {r.title}" for r in rows) or i18n.text("No cases yet.")
        ),
    )


COMMANDS: tuple[click.Command, ...] = (
    import_command,
    dump,
    new,
    set_command,
    undo,
    attach,
    fetch,
    search,
    show_command,
    list_command,
)
