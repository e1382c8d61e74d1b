"""Commands on the vault and its workspace: init, status, invite, join, approve, lock, verify."""

from __future__ import annotations

import dataclasses
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from defenderdesk import files, i18n
from defenderdesk.cli import alarms
from defenderdesk.cli.face import Face, show
from defenderdesk.errors import DamagedError, InUseError, Message, NotFoundError, StorageError
from defenderdesk.vault import CaseFilter, Vault

if TYPE_CHECKING:  # `status` is run daily, by scripts too: each command loads what is its own
    from defenderdesk.vault.receiving import verification

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_OUT = click.Path(path_type=Path, dir_okay=False)
_IN = click.Path(path_type=Path)


@click.command()
@click.option("--workspace", default=None, help="Found a workspace of this name.")
@click.option("--member", default=None, help="Your name in it.")
@click.option("--desk", default=None, help="Name of its first desk.")
@click.option("--language", default="en", help="Language code: en, fr…")
@click.option("--unlock-seconds", default=1.0, help="How long unlocking shall take here.")
@_JSON
@click.pass_obj
def init(
    face: Face,
    workspace: str | None,
    member: str | None,
    desk: str | None,
    language: str,
    unlock_seconds: float,
    as_json: bool,
) -> None:
    """Create a vault; with --workspace, found a workspace. Without, join one later."""
    i18n.use(language)
    if workspace is not None and not member:
        raise click.UsageError(i18n.text("A workspace needs --member, your name in it."))
    vault, code = Vault.create(
        face.profile, face.passphrase(new=True), language=language, unlock_seconds=unlock_seconds
    )
    with vault:
        if workspace is not None:
            vault.found(workspace, member or "", desk or i18n.text("First desk"))
        elif member:
            vault.set_setting("member", member)
        info = vault.info()
        result = {**_info(vault), "recovery_code": code}
    show(
        result,
        as_json,
        lambda: "\n".join(
            [
                i18n.text("The vault is ready in {where}.", where=str(face.profile)),
                i18n.text("Workspace: {name}", name=info.workspace) if info.workspace else "",
                i18n.text("Recovery code (write it down, keep it away from the laptop):"),
                f"  {code}",
            ]
        ),
    )


def _info(vault: Vault) -> dict[str, Any]:
    info = vault.info()
    return {
        "workspace": info.workspace,
        "workspace_id": info.workspace_id,
        "member": info.member,
        "device": info.device,
        "role": info.role,
        "desks": [{"id": d.id, "name": d.name} for d in info.desks],
        "language": info.language,
    }


@click.command()
@_JSON
@click.pass_obj
def status(face: Face, as_json: bool) -> None:
    """Show what is here, what waits, and why."""
    with face.vault() as vault:
        waiting = vault.waiting()
        conflicts = vault.conflict_count()
        cases = vault.count_cases(CaseFilter())
        server = str(vault.setting("server") or "")
        reason = str(vault.setting("link_reason") or "") or (
            "not synchronised yet" if server else "no server is set"
        )
        line = i18n.text("Nothing waits.")
        if waiting.changes or waiting.attachments:
            line = i18n.plural(
                "{n} change waiting: {reason}",
                "{n} changes waiting: {reason}",
                waiting.changes,
                reason=i18n.text(reason),
            )
        result = {
            **_info(vault),
            "cases": cases,
            "conflicts": conflicts,
            "waiting": {
                "changes": waiting.changes,
                "attachments": waiting.attachments,
                "oldest": waiting.oldest.isoformat() if waiting.oldest else None,
            },
            "server": server.partition("#")[0],
            "status": line,
            "devices": [
                {"id": d.id, "member": d.member, "role": d.role, "self": d.is_self, "desks": list(d.desks)}
                for d in vault.devices()
                if d.present
            ],
            "cipher": vault.cipher_info(),
        }
        alarms.say(vault)
    show(
        result,
        as_json,
        lambda: "\n".join(
            [
                f"{result['workspace'] or i18n.text('No workspace yet')} · {result['member']}",
                i18n.plural("{n} case", "{n} cases", cases),
                i18n.plural("{n} conflict", "{n} conflicts", conflicts),
                line,
            ]
        ),
    )


@click.command()
@click.argument("out", type=_OUT)
@click.option("--desk", default=None, help="The desk to grant (default: the first).")
@_JSON
@click.pass_obj
def invite(face: Face, out: Path, desk: str | None, as_json: bool) -> None:
    """Write an invitation file for a colleague's laptop."""
    from defenderdesk.sync.enrolment import invitation as invitations

    with face.vault() as vault:
        invitations.invite(vault, out, desk)
    show(
        {"invitation": str(out)},
        as_json,
        lambda: i18n.text("Give {name} to your colleague.", name=str(out)),
    )


@click.command()
@click.argument("invitation", type=_IN)
@click.option("--member", required=True, help="Your name in the workspace.")
@click.option("--out", type=_OUT, required=True, help="The join file to give back.")
@_JSON
@click.pass_obj
def join(face: Face, invitation: Path, member: str, out: Path, as_json: bool) -> None:
    """Answer an invitation. Makes the vault where there is none yet."""
    from defenderdesk.sync.enrolment import invitation as invitations
    from defenderdesk.sync.enrolment import join_request

    code = None
    if not Vault.exists(face.profile):
        invitations.read_invitation(invitations.read_small(invitation))
        vault, code = Vault.create(face.profile, face.passphrase(new=True))
        vault.close()
    with face.vault() as vault:
        report = join_request.join(vault, invitation, member, out)
    result = {
        "words": report.words,
        "workspace": report.workspace,
        "desk": report.desk,
        "join_file": str(out),
    }
    if code:
        result["recovery_code"] = code
    show(result, as_json, lambda: _words(report.words) + (f"\n{code}" if code else ""))


@click.command()
@click.argument("join_file", type=_IN)
@click.option("--out", type=_OUT, required=True, help="The first bundle, for the new laptop.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Give it only cases worked on since this day.",
)
@_JSON
@click.pass_obj
def approve(face: Face, join_file: Path, out: Path, since: datetime | None, as_json: bool) -> None:
    """Let a colleague's laptop in, and write its first bundle. Compare the words first."""
    from defenderdesk.sync.enrolment import approval

    moment = int(since.replace(tzinfo=UTC).timestamp() * 1000) if since else 0
    with face.vault() as vault:
        report = approval.approve(vault, join_file, out, since_ms=moment)
    result = {**dataclasses.asdict(report), "bundle": str(report.bundle)}
    show(result, as_json, lambda: f"{report.member}\n{_words(report.words)}")


def _words(six: list[str]) -> str:
    return i18n.text("Compare these words with the other side:") + "\n  " + " ".join(six)


@click.command("lock")
@click.pass_obj
def lock_command(face: Face) -> None:
    """Lock the vault wherever it is open."""
    if not Vault.exists(face.profile):
        Vault.open(face.profile, "")
    if not Vault.in_use(face.profile):
        return
    Vault.ask_to_lock(face.profile)
    until = time.monotonic() + 5
    while Vault.in_use(face.profile):
        if time.monotonic() > until:
            raise InUseError
        time.sleep(0.05)


@click.command("panic")
@click.pass_obj
def panic_command(face: Face) -> None:
    """Hide the desktop of this profile at once, lock its vault, and end it."""
    from defenderdesk import panic_signal

    if not panic_signal.ask(face.profile) and Vault.in_use(face.profile):
        raise InUseError


@click.command()
@click.argument("path", type=_IN)
@click.option(
    "--root",
    "roots",
    type=_IN,
    multiple=True,
    help="Of a custody package: a root certificate (PEM) that you trust.",
)
@click.option("--workspace", default="", help="Of a custody package: the id it must be of.")
@_JSON
@click.pass_obj
def verify(face: Face, path: Path, roots: tuple[Path, ...], workspace: str, as_json: bool) -> None:
    """Check every chain, signature, commitment and chunk of a profile or of a bundle; or, as a
    stranger and without any vault, a custody package.

    A bundle is opened with the keys of --profile.
    """
    from defenderdesk.cli import custody
    from defenderdesk.interchange.evidence import bags

    if bags.is_package(path):
        custody.verify_package(path, roots, workspace, as_json)
        return
    if path.is_dir() and Vault.exists(path):
        with Face(path, face.passphrase_fd).vault() as vault:
            found = vault.receiving.verify()
    elif path.is_dir():
        raise NotFoundError(what=Message("vault in {name}", name=path))
    else:
        found = _verify_bundle(face, path)
    result = {**dataclasses.asdict(found), "ok": found.sound}
    show(
        result,
        as_json,
        lambda: "\n".join(
            [f"{name}: {value}" for name, value in result.items() if value not in ("", [], None)]
        ),
    )
    if not found.sound:
        raise DamagedError(what=found.problems[0])


def _verify_bundle(face: Face, path: Path) -> verification.Findings:
    from defenderdesk.vault.receiving import verification

    try:
        with open(path, "rb", opener=files.regular) as source:
            if not Vault.exists(face.profile):
                return verification.bundle(source, None)
            with face.vault() as vault:
                return vault.receiving.verify_bundle(source)
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except OSError as error:
        raise StorageError(what=os.strerror(error.errno or 5)) from error


@click.group()
def desk() -> None:
    """Desks of the workspace."""


@desk.command("add")
@click.argument("name")
@_JSON
@click.pass_obj
def desk_add(face: Face, name: str, as_json: bool) -> None:
    """Add a desk."""
    with face.vault() as vault:
        made = vault.add_desk(name)
    show({"id": made.id, "name": made.name}, as_json, lambda: made.name)


COMMANDS: tuple[click.Command, ...] = (
    init,
    status,
    invite,
    join,
    approve,
    lock_command,
    panic_command,
    verify,
    desk,
)
