"""Errors that keep a vault closed: passphrases, codes, the keyring, what is where it should not
be."""

from __future__ import annotations

from defenderdesk.errors.base import Exit, WorldError


class LockedError(WorldError):
    """The vault is locked, or the passphrase is not its own."""

    code = "locked"
    exit = Exit.LOCKED
    text = "The vault is locked."
    next_step = "Unlock it with its passphrase."


class WrongPassphraseError(LockedError):
    """No key slot opens with this passphrase."""

    code = "wrong-passphrase"
    text = "This passphrase does not open the vault."
    next_step = "Check the keyboard layout and capitals, or use the recovery code."


class WrongCodeError(LockedError):
    """The recovery code does not open the vault."""

    code = "wrong-recovery-code"
    text = "This recovery code does not open the vault."
    next_step = "Compare it with what you wrote down; spaces and capitals do not matter."


class KeyringError(LockedError):
    """The second secret of the passphrase slot cannot be had from the keyring."""

    code = "keyring"


class NoKeyringError(KeyringError):
    """There is no keyring that may be trusted."""

    code = "no-keyring"
    text = "The passphrase of this vault works only with the keyring of this computer: {why}."
    next_step = (
        "Log in to your desktop in the usual way, so that its keyring runs, then try again; or "
        "use the recovery code."
    )


class UnusableKeyringError(NoKeyringError):
    """A vault was to be tied to the keyring, and it may not be trusted, or is not there."""

    code = "keyring-unusable"
    text = "The keyring of this computer cannot be used: {why}."
    next_step = (
        "Nothing was changed. Log in to your desktop in the usual way, so that its keyring runs, "
        "then try again."
    )


class KeyringMissingError(KeyringError):
    """A new passphrase, tied to a keyring that does not give its secret, would open nothing."""

    code = "keyring-away"
    text = (
        "A new passphrase would work only with the keyring of this computer, which does not give "
        "the secret of this vault."
    )
    next_step = (
        "Nothing was changed. Stop using the keyring with the same recovery code: defenderdesk "
        "keyring clear --code; or log in so that the keyring runs, and try again."
    )


class KeyringLockedError(KeyringError):
    """The keyring is locked, and nobody unlocked it."""

    code = "keyring-locked"
    text = "The keyring of this computer is locked."
    next_step = (
        "Unlock it (as a rule with the password of your login), then try again; or use the recovery code."
    )


class KeyringLostError(KeyringError):
    """The keyring does not hold the vault's secret."""

    code = "keyring-lost"
    text = "The keyring of this computer does not hold the secret of this vault."
    next_step = (
        "If the vault was copied from another computer, open it there. Else use the recovery "
        "code, and stop using the keyring."
    )


class InUseError(LockedError):
    """Another process has the vault open."""

    code = "in-use"
    text = "This vault is open in another window of DefenderDesk."
    next_step = "Lock or close it there, then try again."


class NoVaultError(WorldError):
    """There is no vault in this profile."""

    code = "no-vault"
    exit = Exit.USAGE
    text = "There is no vault in {where}."
    next_step = "Create one: defenderdesk --profile DIR init --workspace NAME --member NAME"


class EarlyVaultError(WorldError):
    """Made by a development version from before membership was a log; it cannot be taken over."""

    code = "early-vault"
    exit = Exit.USAGE
    text = "This vault was made by an earlier development version of DefenderDesk."
    next_step = (
        "Nothing was changed. Open it with that version, write what it holds with dump, and import "
        "the file into a new vault."
    )


class KeysMissingError(WorldError):
    """A vault's database lies where its key file is missing."""

    code = "keys-away"
    exit = Exit.USAGE
    text = "The database of a vault lies in {where}, and its key file keys.json is not there."
    next_step = (
        "Put the key file back from where it was moved to, or from a copy; without it nobody opens "
        "the database. To begin anew, choose another folder, or move vault.db away first."
    )


class DatabaseMissingError(WorldError):
    """A vault's key file lies where its database is missing."""

    code = "database-away"
    exit = Exit.DAMAGED
    text = "The key file of a vault lies in {where}, and its database is not there, or not whole."
    next_step = (
        "Nothing was changed. Put vault.db and vault.db-wal back, both from the same place: a copy "
        "takes the whole folder. Or restore a backup into another folder."
    )


class VaultExistsError(WorldError):
    """A vault stands where a new one was to be made."""

    code = "vault-exists"
    exit = Exit.USAGE
    text = "There is already a vault in {where}."
    next_step = "Open it, or choose another profile."
