"""Findings of a check of a submission: a sentence, how serious it is, and how sure the rule is.

Nothing here forbids: a person may go on in spite of a warning and says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from defenderdesk.errors import Message

MISSING = "missing"
WARNING = "warning"
UNKNOWN = "unknown"
FINE = "fine"
LEVELS = (WARNING, MISSING, UNKNOWN, FINE)
"""From the gravest: a rule speaks against it; something is not there yet; we cannot tell; fine."""


@dataclass(frozen=True)
class Finding:
    """`code`: what was checked. `level`: of `LEVELS`. `says`: in words, to be translated.
    `verified`: the mark of the rule behind it (V, P, U; O: set by the office). `section`: the
    section of the submission, `field`: the path (`kind.field`), `record`: the id that it is
    about; each may be empty."""

    code: str
    level: str
    says: Message
    verified: str
    section: str = ""
    field: str = ""
    record: str = ""


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """In the order of `LEVELS`; within a level as they were found."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))
