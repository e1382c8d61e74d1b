"""The server's answers when it does not do what was asked."""

from __future__ import annotations


class Refused(Exception):
    """An HTTP status, a stable code and a sentence, and facts for the program; sent as JSON."""

    def __init__(self, status: int, code: str, message: str, **facts: int | str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.facts = status, code, message, facts
