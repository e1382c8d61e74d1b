"""Travel mode on the command line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, say, show
from defenderdesk.crypto import signing
from defenderdesk.errors import Message, NotFoundError
from defenderdesk.sync import departure
from defenderdesk.sync.bundles.plan import resolve_device

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.group("travel")
def travel_group() -> None:
    """Before a border everything leaves the laptop; after it, it comes back."""


@travel_group.command("check")
@_JSON
@click.pass_obj
def check_command(face: Face, as_json: bool) -> None:
    """Show what no office has confirmed yet: it would be lost."""
    with face.vault() as vault:
        left = vault.travel.unconfirmed()

    def lines() -> str:
        return "\n".join(f"{x.desk}: {x.change_sets}, {x.attachments}" for x in left) or i18n.text(
            "The office has confirmed everything."
        )

    show([dataclasses.asdict(one) for one in left], as_json, lines)


@travel_group.command("depart")
@click.option("--anyway", is_flag=True, help="Go even if something is on no office's laptop.")
@click.option(
    "--tell",
    "stick",
    type=click.Path(path_type=Path),
    default=None,
    help="Write the bundles that tell colleagues to this folder (a stick).",
)
@click.pass_obj
def depart_command(face: Face, anyway: bool, stick: Path | None) -> None:
    """Empty this vault. Colleagues are told over the server, or by the stick of --tell: who was not
    told may go on giving this laptop new keys."""
    passphrase = face.passphrase()
    told = False
    with face.vault() as vault:
        if anyway or not vault.travel.unconfirmed():
            vault.travel.check_ready(passphrase)
            vault.travel.tell()
            told = departure.tell(vault, stick)
        vault.depart(passphrase, anyway=anyway)
    if not told:
        say(
            i18n.text(
                "No colleague was told that this laptop travels. Until a coordinator says that it "
                "is back, it should receive nothing."
            ),
            err=True,
        )
    say(i18n.text("The vault is empty. A coordinator must say that you are back."))


@travel_group.command("back")
@click.argument("device")
@_JSON
@click.pass_obj
def back_command(face: Face, device: str, as_json: bool) -> None:
    """Say that a colleague is back: their laptop gets its desks again. Speak with them before: if
    somebody made them unlock it on the way, remove it instead, and let it in anew."""
    with face.vault() as vault:
        found = resolve_device(vault, device)
        if found is None:
            raise NotFoundError(what=Message("device or member {name}", name=device))
        vault.travel.welcome(signing.id_text(found))
    show({"device": signing.id_text(found)}, as_json, lambda: i18n.text("Done."))


COMMANDS: tuple[click.Command, ...] = (travel_group,)
