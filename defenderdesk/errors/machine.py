"""The machine and the link: disks, sticks, servers, and what a person stopped."""

from __future__ import annotations

from defenderdesk.errors.base import Exit, WorldError


class StorageError(WorldError):
    """The disk or stick is full, was pulled, or refuses."""

    code = "no-space"
    exit = Exit.NO_SPACE
    text = "Writing or reading failed: {what}."
    next_step = "Free some space or put the stick back, then try again: it goes on where it stopped."


class ReadOnlyError(StorageError):
    """The profile's folder may only be read."""

    code = "read-only"
    text = "The folder of the vault cannot be written to: {what}."
    next_step = (
        "Nothing was changed. Make the folder writable for yourself, or copy it to a place that "
        "is, then try again."
    )


class IncompleteInstallError(WorldError):
    """Files that ship with the program are not where it was installed."""

    code = "incomplete"
    exit = Exit.BUG
    text = "The program is not whole: its folder {what} is missing or empty."
    next_step = "Nothing of yours is lost. Install DefenderDesk again, from the whole package."


class ServerNotInstalledError(WorldError):
    """The libraries that only a coordinating server needs are not on this machine."""

    code = "no-server"
    exit = Exit.USAGE
    text = "The coordinating server is not installed on this machine: {what} is missing."
    next_step = "Install it with: pip install 'defenderdesk[server]' (in a checkout: make setup-server)."


class NoSafeLinkError(WorldError):
    """No safe link to the coordinating server. What was changed waits in the queue."""

    code = "no-safe-link"
    exit = Exit.NO_SAFE_LINK
    text = "No safe link: {reason}."
    next_step = "Your changes wait on this device and go out when the link is safe."


class ServerRunningError(WorldError):
    """Another process serves from the same folder."""

    code = "server-running"
    exit = Exit.LOCKED
    text = "A server already runs over {where}."
    next_step = "Stop that one first, or give this one a folder of its own with --data."


class NoServerYetError(WorldError):
    """A token was asked for where no server has run."""

    code = "no-server-yet"
    exit = Exit.USAGE
    text = "No server has run over {where} yet, so its address is not known."
    next_step = "Start it once with defenderdesk serve, then ask for the token."


class Cancelled(WorldError):
    """The person stopped an operation. What was finished stays; nothing is torn."""

    code = "cancelled"
    text = "Stopped."
    next_step = "It can be started again at any time and goes on where it stopped."
