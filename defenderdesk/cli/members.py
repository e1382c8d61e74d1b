"""Commands on the members of a workspace: who is of it, with which role and desks, and removal."""

from __future__ import annotations

from typing import Any

import click
from msgspec import structs, to_builtins

from defenderdesk import i18n
from defenderdesk.bundle.membership import ROLES
from defenderdesk.cli.face import Face, show
from defenderdesk.crypto import signing
from defenderdesk.errors import Message, NotFoundError, UsageError
from defenderdesk.interchange.documents import lost_laptop
from defenderdesk.sync.bundles.plan import resolve_device
from defenderdesk.vault import Vault

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.group("member")
def member_group() -> None:
    """Members of the workspace and their laptops."""


def _device(vault: Vault, text: str) -> str:
    """A device's id by what a person calls it."""
    found = resolve_device(vault, text)
    if found is None:
        raise NotFoundError(what=Message("device or member {name}", name=text))
    return signing.id_text(found)


def _done(as_json: bool, holds: bool) -> None:
    line = i18n.text("Done.") if holds else i18n.text("It waits for another administrator.")
    show({"holds": holds}, as_json, lambda: line)


@member_group.command("list")
@_JSON
@click.pass_obj
def list_command(face: Face, as_json: bool) -> None:
    """Everybody, what waits for another administrator, and what was set aside."""
    with face.vault() as vault:
        devices = vault.devices()
        waiting = vault.members.proposals()
        aside = vault.members.quarantined()
        roster = vault.identity.roster
    result: dict[str, Any] = {
        "devices": [
            {**structs.asdict(d), "present": d.present, "aside": aside.get(d.id, 0)} for d in devices
        ],
        "quorum": roster.quorum,
        "admissions": roster.admissions,
        "proposals": [
            {"id": p.id, "what": str(p.what), "behind": list(p.behind), "need": p.need} for p in waiting
        ],
    }

    def lines() -> str:
        out = []
        for device in devices:
            if device.successor:
                continue  # former keys of a laptop are no device
            state = "" if device.present else i18n.text("removed")
            if device.present and device.travelling:
                state = i18n.text("travelling: holds nothing")
            late = aside.get(device.id, 0)
            wrote = late and i18n.plural(
                "{n} save was written after the desk was taken, and set aside.",
                "{n} saves were written after the desk was taken, and set aside.",
                late,
            )
            said = (device.id[:8], device.label, device.role, state, wrote)
            out.append("  ".join(x for x in said if x))
        for one in waiting:
            out.append(f"{one.id[:12]}  {i18n.translate(one.what)} ({len(one.behind)}/{one.need})")
        return "\n".join(out)

    show(result, as_json, lines)


@member_group.command("role")
@click.argument("device")
@click.argument("role", type=click.Choice(ROLES))
@_JSON
@click.pass_obj
def role_command(face: Face, device: str, role: str, as_json: bool) -> None:
    """Give a device another role."""
    with face.vault() as vault:
        holds = vault.members.set_role(_device(vault, device), role)
    _done(as_json, holds)


@member_group.command("remove")
@click.argument("device")
@click.option("--destroy", is_flag=True, help="It shall destroy its keys at the next contact.")
@_JSON
@click.pass_obj
def remove_command(face: Face, device: str, destroy: bool, as_json: bool) -> None:
    """End a device's membership; its desks get new keys."""
    with face.vault() as vault:
        holds = vault.members.remove(_device(vault, device), destroy=destroy)
    _done(as_json, holds)


@member_group.command("held")
@click.argument("device")
@_JSON
@click.pass_obj
def held_command(face: Face, device: str, as_json: bool) -> None:
    """Show what a lost laptop held: desks, cases, since when, and whether its keys are gone."""
    with face.vault() as vault:
        found = vault.members.seizure(_anyone(vault, device))
    result = {**to_builtins(found, enc_hook=str), "renewable": found.renewable}
    show(result, as_json, lambda: "\n".join(lost_laptop.lines(found)))


@member_group.command("renew-keys")
@click.argument("device")
@_JSON
@click.pass_obj
def renew_command(face: Face, device: str, as_json: bool) -> None:
    """Give the desks of a removed laptop new keys, where one still goes by a key that it has."""
    with face.vault() as vault:
        count = vault.members.renew_keys(_anyone(vault, device))
    show(
        {"desks": count},
        as_json,
        lambda: i18n.plural("{n} desk has a new key.", "{n} desks have new keys.", count),
    )


def _anyone(vault: Vault, text: str) -> str:
    """The laptop (its id) that somebody calls so, removed or not; of several the one that is there."""
    roster = vault.identity.roster
    meant = [d for d in vault.devices() if text.casefold() in (d.member.casefold(), d.label.casefold())] or [
        d for d in vault.devices() if len(text) >= 4 and d.id.startswith(text.lower())
    ]
    last = {signing.id_text(roster.heir(signing.id_bytes(d.id))) for d in meant}
    if len(last) > 1:
        last = {d.id for d in vault.devices() if d.present} & last or last
    if len(last) > 1:
        raise UsageError(what=Message("Several devices are called {name}; name one by its id", name=text))
    if not last:
        raise NotFoundError(what=Message("device or member {name}", name=text))
    return last.pop()


@member_group.command("endorse")
@click.argument("proposal")
@_JSON
@click.pass_obj
def endorse_command(face: Face, proposal: str, as_json: bool) -> None:
    """Stand behind what another administrator proposed (see `member list`)."""
    with face.vault() as vault:
        found = [p.id for p in vault.members.proposals() if p.id.startswith(proposal)]
        if len(found) != 1 or len(proposal) < 4:
            raise NotFoundError(what=Message("proposal {proposal}", proposal=proposal))
        holds = vault.members.endorse(found[0])
    _done(as_json, holds)


@member_group.command("quorum")
@click.argument("number", type=click.IntRange(1, 99))
@_JSON
@click.pass_obj
def quorum_command(face: Face, number: int, as_json: bool) -> None:
    """Set how many administrators dangerous acts ask for."""
    with face.vault() as vault:
        holds = vault.members.set_quorum(number)
    _done(as_json, holds)


@member_group.command("admissions")
@click.argument("number", type=click.IntRange(1, 99))
@_JSON
@click.pass_obj
def admissions_command(face: Face, number: int, as_json: bool) -> None:
    """Set how many administrators it takes to let anybody in."""
    with face.vault() as vault:
        holds = vault.members.set_admissions(number)
    _done(as_json, holds)


@member_group.command("accept")
@click.argument("device")
@_JSON
@click.pass_obj
def accept_command(face: Face, device: str, as_json: bool) -> None:
    """Take in what a removed device wrote on (its member's name, or its id from `member list`)."""
    with face.vault() as vault:
        count = vault.members.accept(_wrote_on(vault, device))
    show(
        {"change_sets": count},
        as_json,
        lambda: i18n.plural("{n} save taken in.", "{n} saves taken in.", count),
    )


def _wrote_on(vault: Vault, text: str) -> str:
    """The device (its id) that somebody calls so: of several the one that wrote on."""
    meant = [d.id for d in vault.devices() if d.member.casefold() == text.casefold()] or [
        d.id for d in vault.devices() if len(text) >= 4 and d.id.startswith(text.lower())
    ]
    known = vault.identity.roster
    last = {signing.id_text(known.heir(signing.id_bytes(one))) for one in meant}
    late = last & vault.members.quarantined().keys() or last
    if len(late) > 1:
        raise UsageError(what=Message("Several devices are called {name}; name one by its id", name=text))
    if not late:
        raise NotFoundError(what=Message("device {device}", device=text))
    return late.pop()


@member_group.command("grant")
@click.argument("device")
@click.argument("desk")
@_JSON
@click.pass_obj
def grant_command(face: Face, device: str, desk: str, as_json: bool) -> None:
    """Give a device a desk more."""
    with face.vault() as vault:
        vault.members.grant(_device(vault, device), _desk(vault, desk))
    _done(as_json, True)


@member_group.command("withdraw")
@click.argument("device")
@click.argument("desk")
@_JSON
@click.pass_obj
def withdraw_command(face: Face, device: str, desk: str, as_json: bool) -> None:
    """Take a desk from a device; the desk gets a new key."""
    with face.vault() as vault:
        vault.members.withdraw(_device(vault, device), _desk(vault, desk))
    _done(as_json, True)


@click.command("carry")
@click.argument("case")
@click.argument("desk")
@click.option("--move", is_flag=True, help="Hide it in the desk where it is.")
@click.option("--only", multiple=True, help="Only records of this kind beside the case.")
@_JSON
@click.pass_obj
def carry_command(face: Face, case: str, desk: str, move: bool, only: tuple[str, ...], as_json: bool) -> None:
    """Give another desk a copy of a case, or move it there."""
    with face.vault() as vault:
        record, _ = vault.casework.carry(vault.resolve(case), desk, move=move, only=only or None)
    show({"id": record}, as_json, lambda: record)


def _desk(vault: Vault, name: str) -> bytes:
    found = [d for d in vault.info().desks if name.casefold() in (d.name.casefold(), d.id)]
    if len(found) != 1:
        raise NotFoundError(what=Message("desk {desk}", desk=name))
    return signing.id_bytes(found[0].id)


COMMANDS: tuple[click.Command, ...] = (member_group, carry_command)
