"""The tree of errors, with two roots.

`WorldError`: something outside the program (a wrong passphrase, a damaged bundle, a full
disk, no safe link). The person is told what happened and what to do next.
`OurError`: a mistake of the program. It is told apart, and its report holds no case data.

An error carries facts, not finished sentences: `text` and `next_step` are message ids in
English with `{placeholders}`; the faces (ui, cli, server) translate them and fill in `facts`.
Facts never hold passphrases, keys or the text of a record.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit codes of the command line; part of its contract."""

    DONE = 0
    BUG = 1
    USAGE = 2
    LOCKED = 3
    DAMAGED = 4
    NOT_FOR_US = 5
    NO_SAFE_LINK = 6
    NO_SPACE = 7


class Says:
    """A fact that is a sentence or a part of one: a message id with facts of its own, translated
    with the error that it belongs to."""

    def __init__(self, text: str, **facts: object) -> None:
        self.text, self.facts = text, facts

    def __str__(self) -> str:
        return self.text.format(**self.facts)


class DefenderDeskError(Exception):
    """Root of both trees. Subclasses set the class attributes; callers pass the facts."""

    code: ClassVar[str] = "error"
    exit: ClassVar[Exit] = Exit.BUG
    text: ClassVar[str] = "Something went wrong."
    next_step: ClassVar[str] = ""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.describe())

    def describe(self) -> str:
        """The English sentence, for logs of tests and as the last resort of a face."""
        try:
            return self.text.format(**self.facts)
        except (KeyError, IndexError):
            return self.text


class OurError(DefenderDeskError):
    """A bug: an assumption of the program does not hold."""

    code = "bug"
    text = "DefenderDesk made a mistake: {what}."
    next_step = "Nothing saved is lost. Please report this with the code shown."


class WorldError(DefenderDeskError):
    """Something outside the program; the person can act on it."""

    code = "world"


# -- damaged or hostile input -------------------------------------------------------------


class DamagedError(WorldError):
    """Bytes that are not what they claim to be: torn, altered, or made to do harm."""

    code = "damaged"
    exit = Exit.DAMAGED
    text = "This file is damaged or was altered: {what}."
    next_step = "Nothing was taken from it. Ask the sender for a new copy."


class TruncatedError(DamagedError):
    """The input ends before its own end mark."""

    code = "truncated"
    text = "This file is incomplete: {what}."
    next_step = "Nothing was taken from it. Copy it again, or ask the sender for a new copy."


class LimitError(DamagedError):
    """A size or cost from outside is larger than this program accepts."""

    code = "limit"
    text = "This file asks for more than DefenderDesk accepts: {what}."
    next_step = "Nothing was taken from it. It may be hostile; ask the sender how it was made."


# -- not for this device ------------------------------------------------------------------


class NotForUsError(WorldError):
    """No identity of this device opens it."""

    code = "not-for-us"
    exit = Exit.NOT_FOR_US
    text = "This file is not sealed for this device, or its first lines are damaged."
    next_step = "Ask the sender to export it again for this device, or to grant it the desk."


class OtherWorkspaceError(NotForUsError):
    """Sealed for us, but of another workspace."""

    code = "other-workspace"
    text = "This file belongs to another workspace."
    next_step = "Open the profile of that workspace, then receive it there."


class NewerError(DamagedError):
    """Written by a newer version of the program, in a way this one cannot read."""

    code = "newer"
    text = "This was written by a newer DefenderDesk: {what}."
    next_step = "Update DefenderDesk, then try again. Nothing was changed."


class UnknownDeviceError(DamagedError):
    """Signed by a device that no administrator of the workspace has admitted."""

    code = "unknown-device"
    text = "This was written by a device that is not of this workspace: {what}."
    next_step = (
        "Nothing was taken from it. If the device is a colleague's, receive a bundle from the "
        "office first: it introduces new devices."
    )


# -- the vault ----------------------------------------------------------------------------


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


class KeyringAwayError(KeyringError):
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
        "Unlock it (as a rule with the password of your login), then try again; or use the "
        "recovery code."
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


class KeysAwayError(WorldError):
    """A vault's database lies where its key file is missing."""

    code = "keys-away"
    exit = Exit.USAGE
    text = "The database of a vault lies in {where}, and its key file keys.json is not there."
    next_step = (
        "Put the key file back from where it was moved to, or from a copy; without it nobody opens "
        "the database. To begin anew, choose another folder, or move vault.db away first."
    )


class DatabaseAwayError(WorldError):
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


class UsageError(WorldError):
    """The request does not fit what is there (an unknown record, an empty value…)."""

    code = "usage"
    exit = Exit.USAGE
    text = "{what}."
    next_step = "Nothing was changed."


class NotFoundError(UsageError):
    """What was named is not in this vault."""

    code = "not-found"
    text = "There is no {what} here."
    next_step = "Check the name, or receive a newer bundle."


class NotOpenYetError(NotFoundError):
    """The office has not told the server of this invitation yet."""

    code = "not-open-yet"
    text = "The office has not opened this invitation on the server yet."
    next_step = "Ask the office to synchronise once, then try again; or answer it by file."


class NotGrantedError(UsageError):
    """This device does not hold the desk, or may not do this."""

    code = "not-granted"
    text = "This device may not do that: {what}."
    next_step = "Ask an administrator of the workspace."


class MoreMustAgreeError(UsageError):
    """An act waits for more administrators."""

    code = "more-must-agree"
    text = "{what} comes in once more administrators agree."
    next_step = (
        "Exchange with them; they agree under Workspace, Members. Then approve this request again."
    )


class RemovedError(NotGrantedError):
    """An administrator ended this device's membership."""

    code = "removed"
    exit = Exit.NOT_FOR_US
    text = "This laptop was removed from the workspace."
    next_step = (
        "What is recorded here can still be read and exported. Ask the office; to come back, "
        "join anew with a new profile."
    )


class RevokedError(RemovedError):
    """An administrator ended it and wished that it destroy its keys; it did."""

    code = "revoked"
    text = "This laptop was removed from the workspace, and the keys of its vault were destroyed."
    next_step = "Ask the office. Nothing that was on it can be read any more."


class NoWorkspaceError(UsageError):
    """The vault belongs to no workspace yet."""

    code = "no-workspace"
    text = "This vault belongs to no workspace yet."
    next_step = "Create a workspace, or receive the first bundle from your office."


# -- the machine and the link ---------------------------------------------------------------


class NoSpaceError(WorldError):
    """The disk or stick is full, was pulled, or refuses."""

    code = "no-space"
    exit = Exit.NO_SPACE
    text = "Writing or reading failed: {what}."
    next_step = (
        "Free some space or put the stick back, then try again: it goes on where it stopped."
    )


class ReadOnlyError(NoSpaceError):
    """The profile's folder may only be read."""

    code = "read-only"
    text = "The folder of the vault cannot be written to: {what}."
    next_step = (
        "Nothing was changed. Make the folder writable for yourself, or copy it to a place that "
        "is, then try again."
    )


class NoSafeLinkError(WorldError):
    """No safe link to the coordinating server. What was changed waits in the queue."""

    code = "no-safe-link"
    exit = Exit.NO_SAFE_LINK
    text = "No safe link: {reason}."
    next_step = "Your changes wait on this device and go out when the link is safe."


class Cancelled(WorldError):
    """The person stopped an operation. What was finished stays; nothing is torn."""

    code = "cancelled"
    text = "Stopped."
    next_step = "It can be started again at any time and goes on where it stopped."


class VaultDamagedError(DamagedError):
    """The vault's own files are not what they were."""

    code = "vault-damaged"
    text = "The vault is damaged: {what}."
    next_step = (
        "Copy the whole profile folder to a safe place before anything else. What other devices "
        "or the office hold comes back with their next bundle."
    )


class BackupDamagedError(DamagedError):
    """A backup that is torn, altered, or none."""

    code = "backup-damaged"
    text = "This backup is damaged or incomplete: {what}."
    next_step = "Nothing was changed. Try another copy, and make a new backup soon."


# -- help by administrators -----------------------------------------------------------------


class NoHelpError(UsageError):
    """Nobody can help, or may."""

    code = "no-help"
    text = "Nobody can help here: {what}."
    next_step = "Use the recovery code, or a backup whose passphrase you remember."


class AnswerError(DamagedError):
    """An administrator's answer that does not help this laptop."""

    code = "answer"
    text = "This answer does not help: {what}."
    next_step = "The others still count. Ask for an answer to the request that is shown now."


class EmergencyError(UsageError):
    """Something that cannot be done with an emergency package."""

    code = "emergency"
    text = "This cannot be done with the emergency package: {what}."
    next_step = "Nothing was released. Look at the package in its case."


class NotHelpedError(NotGrantedError):
    """A request for help that this administrator must not answer."""

    code = "not-helped"
    text = "This request must not be answered: {what}."
    next_step = "Speak with the person, by voice, before anything else."
