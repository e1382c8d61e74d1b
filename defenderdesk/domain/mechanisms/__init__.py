"""The protection mechanisms: who covers what, what they ask for, their clocks and their rules.

`load()` gives the rules that ship with the program, `corrected()` those of an office. Then
`coverage`, `check` (admissibility), `suggest` (who has not been seized) and `dues` (the deadlines of
a submission) answer what a person asks of them. Everything is pure; "today" comes
from outside. The format of the rules is `docs/format/mechanism.md`.
"""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.domain.mechanisms import corrections as _corrections
from defenderdesk.domain.mechanisms import reading as _reading
from defenderdesk.domain.mechanisms.admissibility import check, submission_to
from defenderdesk.domain.mechanisms.clocks import TERMS, Terms, counting, dues, is_done, starts, terms_of
from defenderdesk.domain.mechanisms.corrections import Corrected, corrected
from defenderdesk.domain.mechanisms.covering import Coverage, coverage
from defenderdesk.domain.mechanisms.findings import Finding
from defenderdesk.domain.mechanisms.model import (
    DOCUMENTS,
    USES,
    Channel,
    Exclusion,
    Mechanism,
    Region,
    Rule,
    Scope,
    Section,
    Use,
    Window,
)
from defenderdesk.domain.mechanisms.ongoing import urgency
from defenderdesk.domain.mechanisms.reading import load
from defenderdesk.domain.mechanisms.suggest import Suggestion, suggest

__all__ = [
    "DOCUMENTS",
    "TERMS",
    "USES",
    "Channel",
    "Corrected",
    "Coverage",
    "Exclusion",
    "Finding",
    "Mechanism",
    "Region",
    "Rule",
    "Scope",
    "Section",
    "Suggestion",
    "Terms",
    "Use",
    "Window",
    "check",
    "corrected",
    "counting",
    "coverage",
    "dues",
    "is_done",
    "load",
    "messages",
    "starts",
    "submission_to",
    "suggest",
    "terms_of",
    "urgency",
]


def messages() -> Iterator[str]:
    """Every translatable text of the shipped rules, each once. Sentences that the code itself
    writes as `Message("…")` are found by the extractor and are not among them."""
    yield from dict.fromkeys([*_reading.messages(), *_corrections.messages()])
