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
    text = "This file is not sealed for this device."
    next_step = "Ask the sender to export it for this device, or to grant it the desk."
