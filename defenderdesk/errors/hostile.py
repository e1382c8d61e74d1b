"""Damaged or hostile input, and what is for somebody else."""

from __future__ import annotations

from defenderdesk.errors.base import Exit, WorldError


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


class AnswerError(DamagedError):
    """An administrator's answer that does not help this laptop."""

    code = "answer"
    text = "This answer does not help: {what}."
    next_step = "The others still count. Ask for an answer to the request that is shown now."
