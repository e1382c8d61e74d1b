"""Things to look at in what a file brought: taken in as it stands, and told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from defenderdesk import i18n
from defenderdesk.domain import checking
from defenderdesk.domain.kinds import KIND, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.vault import Edit

Look = Callable[[str, Mapping[str, Any]], Iterator[checking.Flaw]]
MOST = 100
"""Sentences that a report holds; more are counted."""


def told(edits: Iterable[Edit], kinds: dict[str, str] | None = None) -> list[str]:
    """A sentence for each value that cannot be so and each date that contradicts another, by record.
    `kinds`: of records that the edits themselves do not say the kind of."""
    return list(_said(edits, kinds or {}, checking.flaws))


def disorder(edits: Iterable[Edit]) -> list[str]:
    """The same for dates that contradict one another, where the values were looked at one by one."""
    return list(_said(edits, {}, checking.disorder))


def _said(edits: Iterable[Edit], kinds: dict[str, str], look: Look) -> Iterator[str]:
    of, fields = dict(kinds), dict[str, dict[str, Value]]()
    for edit in edits:
        if edit.field == KIND and isinstance(edit.value, str):
            of[edit.record] = edit.value
        elif edit.op == "set":
            fields.setdefault(edit.record, {})[edit.field] = edit.value
    for record, values in fields.items():
        kind = of.get(record, "")
        for flaw in look(kind, values):
            named = i18n.text(kind_of(kind).label)
            yield f"{named} {record[:8]}: {i18n.translate(flaw.says)}"


def cut(said: list[str]) -> list[str]:
    """Sentences, as many as a report holds."""
    if len(said) <= MOST:
        return said
    more = len(said) - MOST
    return [*said[:MOST], i18n.plural("{n} more like these", "{n} more like these", more)]
