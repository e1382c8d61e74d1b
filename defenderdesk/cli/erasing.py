"""Erasing content for good, and where that has been carried out."""

from __future__ import annotations

import dataclasses

import click

from defenderdesk import words
from defenderdesk.cli.face import Face, show
from defenderdesk.errors import NotFoundError, Says
from defenderdesk.vault import erasure, erasures

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.command("erase")
@click.argument("record", nargs=-1, required=True)
@click.option("--field", "fields", multiple=True, help="Only this field (may be repeated).")
@click.option("--reason", required=True, help="Why; it stays readable.")
@_JSON
@click.pass_obj
def erase_command(
    face: Face, record: tuple[str, ...], fields: tuple[str, ...], reason: str, as_json: bool
) -> None:
    """Erase the content of records, with every value it ever had, for good and everywhere."""
    with face.vault() as vault:
        found = [vault.resolve(one) for one in record]
        erasure.erase(vault.store, found, reason, fields)
        erasure.clean(vault.store)
        done = erasures.erasures(vault.store)[0].done
    line = (
        words.text("Erased here. It is carried out by others when they next exchange.")
        if done
        else words.text("It is hidden. A coordinator must confirm before it is destroyed.")
    )
    show({"done": done}, as_json, lambda: line)


@click.command("erasures")
@click.option("--confirm", default=None, help="Stand behind this erasure (its name).")
@_JSON
@click.pass_obj
def erasures_command(face: Face, confirm: str | None, as_json: bool) -> None:
    """Every erasure, and where it has been carried out."""
    with face.vault() as vault:
        if confirm:
            names = [e.name for e in erasures.erasures(vault.store) if e.name.startswith(confirm)]
            if len(names) != 1:
                raise NotFoundError(what=Says("erasure {name}", name=confirm[:8]))
            erasures.confirm(vault.store, names[0])
            erasure.clean(vault.store)
        found = erasures.erasures(vault.store)
    result = [
        {
            "name": e.name, "records": list(e.records), "reason": e.reason,
            "by": e.author.member, "time": e.author.time.isoformat(), "done": e.done,
            "server": e.swept, "where": [dataclasses.asdict(w) for w in e.where],
        }
        for e in found
    ]  # fmt: skip

    def lines() -> str:
        out = []
        for one in found:
            state = words.text("done here") if one.done else words.text("waits for a coordinator")
            out.append(f"{one.name}  {one.reason}  ({one.author.member})  {state}")
            for where in one.where:
                mark = words.text("confirmed") if where.confirmed else words.text("not yet")
                out.append(f"  {where.member}: {mark}")
        return "\n".join(out)

    show(result, as_json, lines)


COMMANDS: tuple[click.Command, ...] = (erase_command, erasures_command)
