"""The answer of an office to an alert, and whether that silences it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from defenderdesk.domain.casefile import one
from defenderdesk.domain.values import span
from defenderdesk.domain.warning.alert import Alert


def answered(alert: Alert, answers: Iterable[Mapping[str, Any]], today: date) -> Mapping[str, Any] | None:
    """The answer (fields of a record of kind `alert`) that silences it; None where none does.

    With a day in `until`, an answer silences the rule in that series before that day, also the
    alerts of later spells. Without one it silences this alert, for good. Of several the one that
    lasts longest, then the greatest id: the same on every device.
    """
    found: list[tuple[date, str, Mapping[str, Any]]] = []
    for answer in answers:
        key, until = one(answer, "key"), _until(answer)
        if until is None:
            if key == alert.key:
                found.append((date.max, one(answer, "id"), answer))
        elif until > today and key.rpartition("|")[0] == alert.stem:
            found.append((until, one(answer, "id"), answer))
    return max(found, key=lambda entry: entry[:2])[2] if found else None


def _until(answer: Mapping[str, Any]) -> date | None:
    bounds = span(one(answer, "until"))
    return None if bounds is None else bounds[0] or bounds[1]
