"""Erasing content for good, and where that has been carried out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, progress_bar, show
from defenderdesk.errors import Message, NotFoundError, UsageError
from defenderdesk.vault import Vault
from defenderdesk.vault.replication import erasure_status

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.command("erase")
@click.argument("record", nargs=-1, required=True)
@click.option("--field", "fields", multiple=True, help="Only this field (may be repeated).")
@click.option("--alone", is_flag=True, help="Leave what belongs to the record (events, files…).")
@click.option("--mentions", is_flag=True, help="Only say where other records name them.")
@click.option("--named", multiple=True, help="With --mentions: look for this name as well.")
@click.option(
    "--and",
    "also",
    multiple=True,
    metavar="RECORD:FIELD",
    help="Erase this field of another record with it (may be repeated).",
)
@click.option("--reason", default="", help="Why; it stays readable.")
@_JSON
@click.pass_obj
def erase_command(
    face: Face,
    record: tuple[str, ...],
    fields: tuple[str, ...],
    alone: bool,
    mentions: bool,
    named: tuple[str, ...],
    also: tuple[str, ...],
    reason: str,
    as_json: bool,
) -> None:
    """Erase the content of records, with every value it ever had, for good and everywhere: a whole
    record with all that belongs to it.

    With --mentions nothing is erased: it prints the fields of other records, in every desk of this
    laptop, that hold or held the names of what would be, each with its sentence, as --and takes it.
    """
    with face.vault() as vault:
        found: list[str] = [vault.resolve(one) for one in record]
        if mentions:
            _print_mentions(vault, dict.fromkeys(found, fields), named, as_json)
            return
        if not reason.strip():
            raise click.UsageError("Missing option '--reason'.")
        for one in found if not fields else ():
            vault.casework.require_no_package(one)
        if not fields and not alone:
            more = (child.id for one in found for child in vault.casework.to_erase(one))
            found = list(dict.fromkeys((*found, *more)))
        vault.erasure.erase(found, reason, fields, [_place(vault, one) for one in also])
        vault.erasure.clean()
        done = vault.erasure_status.erasures()[0].done
    line = (
        i18n.text("Erased here. It is carried out by others when they next exchange.")
        if done
        else i18n.text("It is hidden. A coordinator must confirm before it is destroyed.")
    )
    show({"done": done, "records": len(found)}, as_json, lambda: line)


def _place(vault: Vault, given: str) -> tuple[str, str]:
    """(record, field) of RECORD:FIELD."""
    record, _, field = given.rpartition(":")
    found = vault.resolve(record)
    if field not in {entry.field for entry in vault.history(found)}:
        raise NotFoundError(what=Message("field {field} in this record", field=field))
    return found, field


def _print_mentions(
    vault: Vault, leaving: dict[str, tuple[str, ...]], named: tuple[str, ...], as_json: bool
) -> None:
    names = [*vault.erasure.names_of(leaving), *named]
    if not names:
        raise UsageError(what="No name is recorded there; give one with --named")
    found = vault.erasure.find(
        names,
        leaving,
        progress_bar(i18n.text("Looking what other records say…"), as_json),
    )

    def lines() -> str:
        out = [i18n.text("Looked for: {names}", names="; ".join(names))]
        for one in found.mentions:
            where = [one.desk, one.case or one.title or one.kind]
            where.append(i18n.text("the whole name") if one.whole else i18n.text("a part of a name"))
            where += [i18n.text("deleted")] if one.deleted else []
            where += [i18n.text("as it stood earlier")] if one.earlier else []
            out.append(f"{one.record}:{one.field}  ({', '.join(where)})\n  {one.sentence}")
        if not found.mentions:
            out.append(i18n.text("No other record names them."))
        if found.more:
            out.append(
                i18n.plural(
                    "At least {n} more field holds one of these words.",
                    "At least {n} more fields hold one of these words.",
                    found.more,
                )
            )
        return "\n".join(out)

    result = {
        "names": names,
        "more": found.more,
        "mentions": [dataclasses.asdict(m) for m in found.mentions],
    }
    show(result, as_json, lines)


@click.command("erasures")
@click.option("--confirm", default=None, help="Stand behind this erasure (its name).")
@_JSON
@click.pass_obj
def erasures_command(face: Face, confirm: str | None, as_json: bool) -> None:
    """Every erasure, and where it has been carried out."""
    with face.vault() as vault:
        if confirm:
            names = [e.name for e in vault.erasure_status.erasures() if e.name.startswith(confirm)]
            if len(names) != 1:
                raise NotFoundError(what=Message("erasure {name}", name=confirm[:8]))
            vault.erasure_status.confirm(names[0])
            vault.erasure.clean()
        found = vault.erasure_status.erasures()
    result = [
        {
            "name": e.name,
            "records": list(e.records),
            "reason": e.reason,
            "by": e.author.member,
            "time": e.author.time.isoformat(),
            "done": e.done,
            "server": e.swept,
            "wanting": e.wanting,
            "written_since": list(e.written),
            "where": [dataclasses.asdict(w) for w in e.where],
        }
        for e in found
    ]
    show(result, as_json, lambda: "\n".join(line for one in found for line in _told(one)))


def _told(one: erasure_status.Erasure) -> Iterator[str]:
    """The progress of an erasure, line by line."""
    state = i18n.text("done here") if one.done else i18n.text("waits for a coordinator")
    yield f"{one.name}  {one.reason}  ({one.author.member})  {state}"
    for where in one.where:
        mark = i18n.text("confirmed") if where.confirmed else i18n.text("not yet")
        if not where.confirmed and not where.reachable:
            mark = i18n.text("not confirmed; a removed laptop, which cannot be reached")
        yield f"  {where.member}: {mark}"
    if one.swept:
        yield "  " + i18n.text("Deleted from the server.")
    if one.done and one.wanting:
        yield "! " + i18n.translate(erasure_status.UNBACKED)
    for record in one.written:
        yield "! " + i18n.translate(erasure_status.WRITTEN) + f" ({record})"


COMMANDS: tuple[click.Command, ...] = (erase_command, erasures_command)
