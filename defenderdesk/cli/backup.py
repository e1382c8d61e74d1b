"""Backups: one sealed file of the whole vault, and getting it back."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, progress_bar, show
from defenderdesk.errors import BackupDamagedError, VaultDamagedError
from defenderdesk.vault.recovery import restore

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("backup")
@click.argument("out", type=_FILE)
@_JSON
@click.pass_obj
def backup_command(face: Face, out: Path, as_json: bool) -> None:
    """Back the whole vault up as one sealed file, while it is used.

    It opens with the passphrase or the recovery code that the vault has now.
    """
    with face.vault() as vault:
        made = vault.recovery.write(out, progress_bar(i18n.text("Backup"), as_json))
    show(
        dataclasses.asdict(made),
        as_json,
        lambda: i18n.text("The backup is written and was read back: {name}", name=str(out)),
    )


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option(
    "--profile",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The folder of the new vault (the same as before the command).",
)
@click.option("--recovery-code", "by_code", is_flag=True, help="Open it with the recovery code.")
@click.option("--rehearse", is_flag=True, help="Only try it: verify, say what is in it, remove it.")
@_JSON
@click.pass_obj
def restore_command(
    face: Face, file: Path, target: Path | None, by_code: bool, rehearse: bool, as_json: bool
) -> None:
    """Restore a backup into a new profile; the passphrase is the one of when it was made."""
    profile = target or face.profile
    secret = face.passphrase()
    unlock = restore.by_code(secret) if by_code else restore.by_passphrase(secret)
    bar = progress_bar(i18n.text("Restoring"), as_json)
    work = restore.rehearse if rehearse else restore.restore
    found = work(file, profile, unlock, bar)
    made = datetime.fromtimestamp(found.created / 1000, UTC)

    def lines() -> str:
        out = [
            f"{found.workspace} · {found.member}",
            i18n.text("Backup of {day}", day=made.strftime("%Y-%m-%d %H:%M UTC")),
            i18n.plural("{n} record", "{n} records", found.records),
            i18n.plural("{n} attachment", "{n} attachments", found.attachments),
            *found.problems,
        ]
        if not rehearse:
            out.append(i18n.text("The vault is restored in {where}.", where=str(profile)))
        return "\n".join(out)

    result = dataclasses.asdict(found) | {"created": made.isoformat(), "ok": not found.problems}
    show(result, as_json, lines)
    if found.problems:
        error = BackupDamagedError if rehearse else VaultDamagedError
        raise error(what=found.problems[0])


COMMANDS: tuple[click.Command, ...] = (backup_command, restore_command)
