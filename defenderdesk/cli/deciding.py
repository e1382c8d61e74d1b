"""Commands where a person decides: conflicts, settle, deleted, duplicates."""

from __future__ import annotations

import json
from typing import Any

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, show
from defenderdesk.cli.typed import value_of
from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.vault import Conflict, Record, Standing, Vault

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


def _conflict(conflict: Conflict) -> dict[str, Any]:
    return {
        "id": conflict.id,
        "record": conflict.record,
        "kind": conflict.kind,
        "field": conflict.field,
        "title": conflict.title,
        "case": conflict.case,
        "into": conflict.into,
        "values": [
            {
                "value": s.value,
                "member": s.author.member,
                "device": s.author.device,
                "time": s.author.time.isoformat(),
                "clock_suspect": s.author.clock_suspect,
                "shown": s.shown,
            }
            for s in conflict.values
        ],
    }


@click.command()
@_JSON
@click.pass_obj
def conflicts(face: Face, as_json: bool) -> None:
    """The conflict inbox: what several people changed at the same time."""
    found: list[Conflict] = []
    with face.vault() as vault:
        offset = 0
        while page := vault.conflicts(offset, 500):
            found += page
            offset += 500
    show(
        [_conflict(c) for c in found],
        as_json,
        lambda: (
            "\n".join(
                f"{c.id}  {c.title}\n"
                + "\n".join(
                    f"    {'*' if s.shown else ' '} {_said(c, s)}  ({s.author.member}, "
                    f"{s.author.time:%Y-%m-%d %H:%M})"
                    for s in c.values
                )
                for c in found
            )
            or i18n.text("No conflicts.")
        ),
    )


def _said(conflict: Conflict, one: Standing) -> object:
    """A standing value in words."""
    if conflict.field == kinds.DELETED:
        if conflict.into and one.value:
            return i18n.text("merged it into {title}", title=conflict.into)
        return i18n.text("deleted it") if one.value else i18n.text("wrote in it meanwhile")
    return one.value


@click.command("deleted")
@click.option("--restore", default=None, metavar="RECORD", help="Bring this one back.")
@_JSON
@click.pass_obj
def deleted_command(face: Face, restore: str | None, as_json: bool) -> None:
    """List what was deleted, by whom and when, or bring a record back."""
    with face.vault() as vault:
        if restore is not None:
            change = vault.restore(vault.resolve(restore))
            result = {"restored": sorted(change.records), "change_set": change.change_set}
            show(result, as_json, lambda: i18n.text("It is back."))
            return
        found = vault.deleted()
    show(
        [
            {
                "id": one.id,
                "kind": one.kind,
                "title": one.title,
                "desk": one.desk,
                "case": one.case,
                "case_title": one.case_title,
                "member": one.author.member,
                "device": one.author.device,
                "time": one.author.time.isoformat(),
            }
            for one in found
        ],
        as_json,
        lambda: (
            "\n".join(
                f"{one.id}  {one.kind}  {one.title or one.case_title}  "
                f"({one.author.member}, {one.author.time:%Y-%m-%d %H:%M})"
                for one in found
            )
            or i18n.text("Nothing is deleted.")
        ),
    )


@click.command("duplicates")
@click.option("--not-same", nargs=2, default=None, metavar="RECORD RECORD", help="These are two.")
@_JSON
@click.pass_obj
def duplicates_command(face: Face, not_same: tuple[str, str] | None, as_json: bool) -> None:
    """List records that are likely of the same person or case (`merge` makes them one), or say that
    two are not."""
    from defenderdesk.vault.casework.duplicates import WHY

    with face.vault() as vault:
        if not_same is not None:
            one, other = (vault.resolve(name) for name in not_same)
            change = vault.casework.not_same(one, other)
            result = {"not_same": [one, other], "change_set": change.change_set}
            show(result, as_json, lambda: i18n.text("Nobody will be asked again."))
            return
        found = vault.casework.duplicates()
        vault.casework.point_out_duplicates()  # whoever reads this has been told
    show(
        [
            {
                "kind": pair.kind,
                "why": list(pair.why),
                "records": [
                    {"id": r.id, "title": title(r), "reference": r.text("reference"), "born": r.text("born")}
                    for r in (pair.one, pair.other)
                ],
            }
            for pair in found
        ],
        as_json,
        lambda: (
            "\n".join(
                f"{', '.join(i18n.translate(WHY[reason]) for reason in pair.why)}\n"
                + "\n".join(f"    {r.id}  {r.kind}: {title(r)}" for r in (pair.one, pair.other))
                for pair in found
            )
            or i18n.text("No likely duplicates.")
        ),
    )


def title(record: Record) -> str:
    """The name of a person, the title or reference of a case."""
    return record.text(kinds.kind_of(record.kind).title) or record.text("reference")


@click.command()
@click.argument("conflict")
@click.argument("value")
@_JSON
@click.pass_obj
def settle(face: Face, conflict: str, value: str, as_json: bool) -> None:
    """Settle a conflict with one of its values, or with another."""
    with face.vault() as vault:
        record_text, _, field = conflict.partition(".")
        record = vault.get(vault.resolve(record_text))
        full = f"{vault.resolve(record_text).full}.{field}"
        chosen = _standing(vault, full, value)
        if chosen is None:
            spec = kinds.kind_of(record.kind).field(field)
            final = value_of(value, spec, field)
        else:
            final = chosen[0]
        change = vault.settle(full, final)
    show(
        {"conflict": f"{record.id}.{field}", "value": final, "change_set": change.change_set},
        as_json,
        lambda: i18n.text("Settled."),
    )


def _standing(vault: Vault, conflict: str, text: str) -> tuple[Value] | None:
    """The standing value that `text` spells, with its own type."""
    record, _, field = conflict.partition(".")
    for entry in vault.standing(record, field):
        spelled = entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)
        if spelled == text:
            return (entry,)
    return None


COMMANDS: tuple[click.Command, ...] = (conflicts, settle, deleted_command, duplicates_command)
