"""Recovery by administrators: choosing them, asking them, helping a colleague."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import click

from defenderdesk import i18n
from defenderdesk.cli.face import WAIT_SECONDS, Face, say, show
from defenderdesk.crypto import signing
from defenderdesk.errors import DefenderDeskError, Message, NotFoundError, UsageError
from defenderdesk.sync.bundles.plan import resolve_device
from defenderdesk.sync.enrolment import recovery_requests
from defenderdesk.vault import Vault
from defenderdesk.vault.recovery import trustees

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("helpers")
def helpers_group() -> None:
    """Administrators who together open this vault, when passphrase and code are lost."""


@helpers_group.command("show")
@_JSON
@click.pass_obj
def helpers_show(face: Face, as_json: bool) -> None:
    """Show who helps this laptop, and who could."""
    with face.vault() as vault:
        found, could = vault.recovery.standing(), vault.recovery.eligible()

    def lines() -> str:
        out = [_need(found)]
        for one in found.helpers:
            out.append(f"  {one.member}{_lacks(one)}")
        out += [f"  {one.device}  {one.member}" for one in could]
        return "\n".join([*out, *_exchange(found)])

    result = _told(found) | {
        "eligible": [dataclasses.asdict(one) for one in could],
    }
    show(result, as_json, lines)


def _told(found: trustees.Standing) -> dict[str, object]:
    return dataclasses.asdict(found) | {"enough": found.enough}


def _lacks(one: trustees.Helper) -> str:
    """The reason why one of the chosen cannot help now, in brackets; empty where they can."""
    if not one.fit:
        return f" ({i18n.text('not any more')})"
    return "" if one.arrived else f" ({i18n.text('their share has not arrived yet')})"


def _need(found: trustees.Standing) -> str:
    if not found.need:
        return i18n.text("No administrators were chosen to help this laptop.")
    return i18n.text("{need} of these {n} administrators open it:", need=found.need, n=len(found.helpers))


def _exchange(found: trustees.Standing) -> list[str]:
    """The next step where too few shares are known to have arrived."""
    if found.enough or not found.left:
        return []
    there = sum(one.fit and one.arrived for one in found.helpers)
    return [
        i18n.plural(
            "Nobody can help yet: {n} share is known to have arrived. Exchange, twice: they answer with "
            "the second.",
            "Nobody can help yet: {n} shares are known to have arrived. Exchange, twice: they answer with "
            "the second.",
            there,
        )
    ]


@helpers_group.command("set")
@click.argument("device", nargs=-1, required=True)
@click.option("--need", type=int, required=True, help="How many of them are needed (2 or more).")
@_JSON
@click.pass_obj
def helpers_set(face: Face, device: tuple[str, ...], need: int, as_json: bool) -> None:
    """Choose them (by name, or by id), or make their shares anew. Then exchange."""
    with face.vault() as vault:
        chosen = []
        for name in device:
            found = resolve_device(vault, name)
            if found is None:
                raise NotFoundError(what=Message("device or member {name}", name=name))
            chosen.append(signing.id_text(found))
        vault.recovery.arrange(need, chosen)
        made = vault.recovery.standing()
    show(_told(made), as_json, lambda: "\n".join([_need(made), *_exchange(made)]))


@helpers_group.command("stop")
@click.pass_obj
def helpers_stop(face: Face) -> None:
    """Nobody can help this laptop from now on."""
    with face.vault() as vault:
        vault.recovery.stop()
    say(i18n.text("No administrators were chosen to help this laptop."))


@click.command("recover")
@click.argument("request", type=_FILE)
@click.option("--language", default="en", help="Language of the six words.")
@click.pass_obj
def recover(face: Face, request: Path, language: str) -> None:
    """Ask the administrators to open this vault: writes REQUEST, then reads names of answer files.

    The key of the request lives in this run only: leave it open until enough have answered. At the
    end it takes a new passphrase (prompt, --passphrase-fd or DEFENDERDESK_PASSPHRASE), which works
    without the keyring of the computer.
    """
    if not Vault.exists(face.profile):
        Vault.open(face.profile, "")
    if not face.prompts() and not face.given():  # missing at the end, it would cost the answers
        raise UsageError(what="A vault needs a passphrase")
    locked = recovery_requests.Locked.begin(face.profile, language)
    locked.write(request)
    say(i18n.text("Give {name} to your administrators.", name=str(request)))
    say(i18n.text("Compare these words with the other side:"))
    say("  " + " ".join(locked.words))
    while locked.lacking:
        n = locked.lacking
        asked = i18n.plural("{n} more answer is needed.", "{n} more answers are needed.", n)
        say(asked + " " + i18n.text("Name of its file:"))
        line = sys.stdin.readline().replace("\0", "")
        if not line:
            raise UsageError(what=Message("{n} more must answer", n=n))
        if not line.strip():
            continue
        try:
            say(i18n.text("{member} helps.", member=locked.add(Path(line.strip()))))
        except DefenderDeskError as error:  # a slip must not cost the answers that are here
            say(" ".join(i18n.error(error)), err=True)
    with locked.open(wait=WAIT_SECONDS) as vault:
        tied = vault.uses_keyring()
        renewed = _finish(face, vault)
    say(i18n.text("The vault has a new passphrase."))
    if tied:
        say(i18n.text("The passphrase works without the keyring."))
    if not renewed:
        say(i18n.text("Choose anew who helps: defenderdesk helpers set"))


def _finish(face: Face, vault: Vault) -> bool:
    """The new passphrase; a person is asked again where it cannot be taken."""
    while True:
        try:
            return recovery_requests.finish(vault, face.passphrase(new=True), keyring=False)
        except UsageError as error:
            if not face.prompts():
                raise
            say(" ".join(i18n.error(error)), err=True)
            face.ask_again()


@click.command("help-colleague")
@click.argument("request", type=_FILE)
@click.option("--out", type=_FILE, default=None, help="Write the answer; compare the words first.")
@_JSON
@click.pass_obj
def help_colleague(face: Face, request: Path, out: Path | None, as_json: bool) -> None:
    """See whose laptop asks for help, and which six words it must show; with --out, answer."""
    with face.vault() as vault:
        asked = recovery_requests.read(vault, request)
        if out is not None:
            recovery_requests.answer(vault, asked, out)
    result = {
        "member": asked.member,
        "device": asked.device,
        "words": asked.words,
        "need": asked.need,
        "answer": str(out) if out else "",
    }
    said = i18n.text("{member} asks for help. Their laptop must show:", member=asked.member)
    show(result, as_json, lambda: said + "\n  " + " ".join(asked.words))


COMMANDS: tuple[click.Command, ...] = (helpers_group, recover, help_colleague)
