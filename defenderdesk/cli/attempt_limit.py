"""The rule about wrong passphrases: an owner's choice, and what it may cost."""

from __future__ import annotations

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, say, show
from defenderdesk.vault.keys import slots
from defenderdesk.vault.types import Waiting

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.group("tries")
def tries_group() -> None:
    """Let so many wrong passphrases in a row destroy the keys. By default nothing is counted."""


@tries_group.command("show")
@_JSON
@click.pass_obj
def tries_show(face: Face, as_json: bool) -> None:
    """Show what was chosen."""
    with face.vault() as vault:
        limit = vault.coercion.chosen()
    show({"limit": limit}, as_json, lambda: _rule(limit))


@tries_group.command("set")
@click.argument("number", type=click.IntRange(slots.FEWEST, slots.MOST))
@_JSON
@click.pass_obj
def tries_set(face: Face, number: int, as_json: bool) -> None:
    """Let NUMBER wrong passphrases in a row destroy the keys of this vault.

    A stranger at the laptop can cause it without knowing anything; who copies the disk first
    guesses at the copy, uncounted. A script that has the passphrase of yesterday counts as well;
    it never uses the last try unless --last-try is given. The recovery code is not counted.
    """
    with face.vault() as vault:
        waiting = vault.waiting()
        for line in (_warning(), _lost(waiting)):
            say(line, err=True)
        vault.coercion.choose(face.passphrase(), number)
    result = {
        "limit": number,
        "changes": waiting.changes,
        "attachments": waiting.attachments,
    }
    show(result, as_json, lambda: _rule(number))


@tries_group.command("clear")
@_JSON
@click.pass_obj
def tries_clear(face: Face, as_json: bool) -> None:
    """Count nothing and destroy nothing from now on."""
    with face.vault() as vault:
        vault.coercion.choose(face.passphrase(), 0)
    show({"limit": 0}, as_json, lambda: _rule(0))


def _warning() -> str:
    """The warning that an owner must know before choosing."""
    return i18n.text(
        "Anybody who can type at this laptop can cause it, without knowing anything. It does not "
        "stop who copies the disk first: they guess at the copy, uncounted."
    )


def _lost(waiting: Waiting) -> str:
    if not (waiting.changes or waiting.attachments):
        return i18n.text("Everything here is confirmed elsewhere at this moment.")
    saves = i18n.plural("{n} save", "{n} saves", waiting.changes)
    parts = i18n.plural("{n} part of an attachment", "{n} parts of attachments", waiting.attachments)
    return i18n.text(
        "Nobody else has this yet, it would be lost: {saves}, {parts}.", saves=saves, parts=parts
    )


def _rule(limit: int) -> str:
    if not limit:
        return i18n.text("Wrong passphrases are not counted, and destroy nothing.")
    return i18n.plural(
        "{n} wrong passphrase in a row destroys the keys.",
        "{n} wrong passphrases in a row destroy the keys.",
        limit,
    )


COMMANDS: tuple[click.Command, ...] = (tries_group,)
