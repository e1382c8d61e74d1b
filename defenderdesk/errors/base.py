"""The two roots, what an error carries, and the exit codes."""

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


class Message:
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
    partial: object | None = None
    """The report of what was done before it failed, where that stays (an exchange)."""

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
