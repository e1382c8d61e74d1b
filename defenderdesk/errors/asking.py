"""Errors of what was asked: wrong words, nothing there, not granted."""

from __future__ import annotations

from defenderdesk.errors.base import Exit, WorldError


class UsageError(WorldError):
    """The request does not fit what is there (an unknown record, an empty value…)."""

    code = "usage"
    exit = Exit.USAGE
    text = "{what}."
    next_step = "Nothing was changed."


class SameIdError(UsageError):
    """Several desks hold a record of the id that was given. Facts: record, desks (how to name each)."""

    code = "same-id"
    text = "Several desks hold a record with the id {record}."
    next_step = "Nothing was changed. Say which one you mean: {desks}."


class NotFoundError(UsageError):
    """The thing that was named is not in this vault."""

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
    next_step = "Exchange with them; they agree under Workspace, Members. Then approve this request again."


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


class NoHelpError(UsageError):
    """Nobody can help, or may."""

    code = "no-help"
    text = "Nobody can help here: {what}."
    next_step = "Use the recovery code, or a backup whose passphrase you remember."


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
