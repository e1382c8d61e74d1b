"""Commands for partners: this device's key, sharing a case, taking a share in; merging records."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from defenderdesk import i18n
from defenderdesk.cli import likely
from defenderdesk.cli.face import Face, say, show
from defenderdesk.domain import partners
from defenderdesk.domain.kinds import KINDS
from defenderdesk.errors import Message, NotFoundError, UsageError
from defenderdesk.interchange.shares import exporting, importing, recall
from defenderdesk.vault import Vault

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("key")
@click.option("--desk", default=None, help="The desk (default: the first).")
@_JSON
@click.pass_obj
def key(face: Face, desk: str | None, as_json: bool) -> None:
    """Print a desk's key for partners, and the six words to compare by voice."""
    with face.vault() as vault:
        vault.identity.require_workspace()
        found = vault.partners.of_desk(desk)
    show(
        {"key": found.text, "recipient": found.recipient, "words": found.words, "desk": found.name},
        as_json,
        lambda: f"{found.text}\n{' '.join(found.words)}",
    )


def organisation_of(vault: Vault, name: str) -> str:
    """An organisation by id, beginning of one, or name."""
    for record in vault.views.of_kind("organisation"):
        if name in (record.id, record.text("name"), record.text("acronym")):
            return record.id
    found = vault.get(vault.resolve(name))
    if found.kind != "organisation":
        raise NotFoundError(what=Message("organisation {name}", name=name))
    return found.id


def chosen_of(wanted: tuple[str, ...]) -> exporting.Chosen:
    """The selection that KIND[:FIELD,FIELD] make."""
    chosen: exporting.Chosen = {}
    for item in wanted:
        kind, _, names = item.partition(":")
        spec = KINDS.get(kind)
        if spec is None:
            raise UsageError(
                what=Message("There is no kind of record {kind}: {known}", kind=kind, known=", ".join(KINDS))
            )
        chosen[kind] = frozenset(n for n in names.split(",") if n) or frozenset(
            field.name for field in spec.fields
        )
    return chosen


@click.command("share")
@click.argument("case")
@click.option("--to", "partner", default=None, help="The organisation, by name or id.")
@click.option("--out", type=_FILE, default=None, help="The sealed file to write.")
@click.option(
    "--take",
    "wanted",
    multiple=True,
    metavar="KIND[:FIELD,FIELD]",
    help="What leaves (default: the cautious choice). May be repeated.",
)
@click.option("--purpose", default="", help="Why it is shared.")
@click.option("--preview", is_flag=True, help="Only print exactly what would leave.")
@_JSON
@click.pass_obj
def share(
    face: Face,
    case: str,
    partner: str | None,
    out: Path | None,
    wanted: tuple[str, ...],
    purpose: str,
    preview: bool,
    as_json: bool,
) -> None:
    """Share a case with a partner organisation: chosen fields, sealed to its key."""
    with face.vault() as vault:
        rid = vault.resolve(case)
        file = vault.views.casefile(rid)
        chosen = chosen_of(wanted) if wanted else exporting.at_first(file)
        made = exporting.preview(file, chosen)
        if preview:
            say(made.text())
            return
        if partner is None or out is None:
            raise UsageError(what="Say to whom (--to) and into which file (--out)")
        organisation = organisation_of(vault, partner)
        unasked = partners.named(file, organisation, date.today(), made.text())
        if unasked:
            names = ", ".join(unasked)
            say(i18n.text("Not asked, or did not agree: {names}.", names=names), err=True)
        change = exporting.share(vault, rid, organisation, chosen, out, purpose)
    show(
        {
            "records": len(made.records),
            "withheld": made.withheld,
            "file": str(out),
            "unasked": unasked,
            "change_set": change.change_set,
        },
        as_json,
        lambda: i18n.plural("{n} record leaves.", "{n} records leave.", len(made.records)),
    )


@click.command("take")
@click.argument("path", type=_FILE, metavar="SHARE")
@click.option("--desk", default=None, help="The desk that takes it (default: the first).")
@click.option("--look", is_flag=True, help="Only say who it is from and what it holds.")
@click.option("--honour", is_flag=True, help="They ask a share back: erase what it brought.")
@_JSON
@click.pass_obj
def take(face: Face, path: Path, desk: str | None, look: bool, honour: bool, as_json: bool) -> None:
    """Take in a share of a partner. Compare its six words by voice first (--look)."""
    with face.vault() as vault:
        found = importing.open_share(vault, path)
        about: dict[str, Any] = {
            "organisation": found.organisation,
            "member": found.member,
            "words": found.words,
            "purpose": found.purpose,
            "case": found.case,
            "records": len(found.records),
        }
        if found.recalls:
            would = recall.honour(vault, found) if honour else recall.asked(vault, found)
            about |= {
                "recalls": found.recalls,
                "honoured": honour,
                "erased": len(would.whole),
                "stays": would.stays,
            }
        elif not look:
            taken = importing.take(vault, found, desk)
            about |= {
                "new": taken.records,
                "conflicts": taken.conflicts,
                "stays_erased": taken.erased,
                "partner": taken.organisation,
                "duplicates": likely.point_out(vault),
                "warnings": taken.warnings,
            }
    show(
        about,
        as_json,
        lambda: "\n".join(
            [f"{found.organisation} ({found.member}): {' '.join(found.words)}", *about.get("warnings", [])]
        ),
    )


@click.command("merge")
@click.argument("stays")
@click.argument("goes")
@_JSON
@click.pass_obj
def merge(face: Face, stays: str, goes: str, as_json: bool) -> None:
    """Make two records of one case, person or organisation one; `undo` takes it back."""
    with face.vault() as vault:
        change = vault.merge(vault.resolve(stays), vault.resolve(goes))
    show(
        {
            "change_set": change.change_set,
            "records": len(change.records),
            "conflicts": change.conflicts,
        },
        as_json,
        lambda: "\n".join(
            [
                i18n.text("Two records are one now."),
                *(
                    [
                        i18n.plural(
                            "They differ in {n} field: see conflicts.",
                            "They differ in {n} fields: see conflicts.",
                            change.conflicts,
                        )
                    ]
                    if change.conflicts
                    else []
                ),
            ]
        ),
    )


@click.command("recall")
@click.argument("given", metavar="SHARE")
@click.option("--out", type=_FILE, required=True, help="The request, for the partner.")
@click.option("--reason", default="", help="Why.")
@_JSON
@click.pass_obj
def recall_command(face: Face, given: str, out: Path, reason: str, as_json: bool) -> None:
    """Ask a partner to take a share back (the id of its record). They decide."""
    with face.vault() as vault:
        recall.ask_back(vault, vault.resolve(given), out, reason)
    show(
        {"file": str(out)},
        as_json,
        lambda: i18n.text("The request is written: {name}", name=out.name),
    )


COMMANDS: tuple[click.Command, ...] = (key, share, take, recall_command, merge)
