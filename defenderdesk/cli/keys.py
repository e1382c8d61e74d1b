"""Commands for what opens the vault: passphrase, recovery code, duress passphrase, the computer's
keyring."""

from __future__ import annotations

import click

from defenderdesk import i18n
from defenderdesk.cli.face import WAIT_SECONDS, Face, say, show
from defenderdesk.vault import Vault

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.command("passphrase")
@click.option("--code", is_flag=True, help="The recovery code is given: the passphrase is lost.")
@click.option("--new-fd", type=int, help="Read the new passphrase from this descriptor.")
@click.pass_obj
def passphrase(face: Face, code: bool, new_fd: int | None) -> None:
    """Change the passphrase. With --code, the recovery code is asked for in place of the one
    before; it stays as it is."""
    if code:
        opened = Vault.open_with_recovery(face.profile, face.code(), wait=WAIT_SECONDS)
        with opened as vault:
            i18n.use(vault.info().language)
            vault.coercion.require_at_hand()  # else it would open nothing, and say "changed"
            _change(face, vault, new_fd)
    else:
        with face.vault() as vault:
            _change(face, vault, new_fd)
    say(i18n.text("The passphrase is changed."))


def _change(face: Face, vault: Vault, new_fd: int | None) -> None:
    vault.change_passphrase(Face(face.profile, new_fd).ask(i18n.text("New passphrase")))


@click.command("recovery-code")
@_JSON
@click.pass_obj
def recovery_code(face: Face, as_json: bool) -> None:
    """Make a new recovery code; the one before opens nothing from then on."""
    with face.vault() as vault:
        code = vault.new_recovery_code()
    show(
        {"recovery_code": code},
        as_json,
        lambda: i18n.text("Recovery code (write it down, keep it away from the laptop):") + f"\n  {code}",
    )


@click.group("duress")
def duress_group() -> None:
    """A passphrase that destroys the keys of this vault and opens an empty workspace."""


@duress_group.command("set")
@click.option("--new-fd", type=int, help="Read the duress passphrase from this descriptor.")
@click.pass_obj
def duress_set(face: Face, new_fd: int | None) -> None:
    """Set it, in place of one before. What nobody else has received is lost when it is used."""
    current = face.passphrase()
    with face.vault() as vault:
        new = Face(face.profile, new_fd).ask(i18n.text("The duress passphrase"))
        vault.set_duress(current, new, i18n.text("My work"), i18n.text("Notes"))
    say(i18n.text("The duress passphrase is set."))


@duress_group.command("clear")
@click.pass_obj
def duress_clear(face: Face) -> None:
    """Remove it."""
    current = face.passphrase()
    with face.vault() as vault:
        vault.clear_duress(current)
    say(i18n.text("There is no duress passphrase."))


@click.group("keyring")
def keyring_group() -> None:
    """The keyring of this computer as a second secret beside the passphrase."""


@keyring_group.command("set")
@click.pass_obj
def keyring_set(face: Face) -> None:
    """Make the passphrase work only together with this computer's keyring."""
    current = face.passphrase()
    with face.vault() as vault:
        vault.set_keyring(current)
    say(i18n.text("The passphrase now works only with the keyring of this computer."))


@keyring_group.command("clear")
@click.option("--code", is_flag=True, help="The recovery code is given: the keyring is lost.")
@click.option("--new-fd", type=int, help="Read the new passphrase from this descriptor.")
@click.pass_obj
def keyring_clear(face: Face, code: bool, new_fd: int | None) -> None:
    """Make the passphrase work alone. With --code, the recovery code is asked for in place of the
    passphrase, and then a new passphrase."""
    current = face.code() if code else face.passphrase()
    if code:
        with Vault.open_with_recovery(face.profile, current, wait=WAIT_SECONDS) as vault:
            i18n.use(vault.info().language)
            new = Face(face.profile, new_fd).ask(i18n.text("New passphrase"))
            vault.change_passphrase(new, keyring=False)
    else:
        with face.vault() as vault:
            vault.clear_keyring(current)
    say(i18n.text("The passphrase works without the keyring."))


COMMANDS: tuple[click.Command, ...] = (passphrase, recovery_code, duress_group, keyring_group)
