"""The order in which things happen to a submission: its stage and its dates cannot contradict each
other, wherever they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from defenderdesk.domain.casefile import one
from defenderdesk.domain.kinds import SUBMISSION, kind_of
from defenderdesk.domain.values import span
from defenderdesk.errors import Message, UsageError

_UNSENT = ("", "draft", "ready")
_BEFORE = {
    "acknowledged": ("sent",),
    "letter": ("sent",),
    "replied": ("letter", "sent"),
    "followed_up": ("sent",),
    "comments_sent": ("replied", "sent"),
    "decided": ("sent",),
    "published": ("decided", "letter", "sent"),
    "closed": ("sent",),
}
"""By date of a submission the dates that cannot lie after it."""
_WATCHED = frozenset({"stage", "sent", *_BEFORE})


def followed(kind: str, fields: Mapping[str, Any], written: Collection[str]) -> dict[str, str]:
    """The fields that follow from what was `written` to a record (`fields`: as it is then): what
    has a day of sending was sent. Raises `UsageError` for what contradicts what stands."""
    if kind != SUBMISSION.name or _WATCHED.isdisjoint(written):
        return {}
    for later, earlier_ones in _BEFORE.items():
        for earlier in earlier_ones:
            if later in written or earlier in written:
                _in_order(fields, earlier, later)
    if one(fields, "sent") and one(fields, "stage") in _UNSENT:
        if "sent" in written:
            return {"stage": "sent"}
        raise UsageError(
            what=Message("It was sent on {date}: take that date away first", date=one(fields, "sent"))
        )
    return {}


def _in_order(fields: Mapping[str, Any], earlier: str, later: str) -> None:
    first, last = span(one(fields, earlier)), span(one(fields, later))
    begins, ends = (first or (None, None))[0], (last or (None, None))[1]
    if begins is not None and ends is not None and ends < begins:
        raise UsageError(
            what=Message(
                "{later} {late} lies before {earlier} {early}",
                later=Message(_label(later)),
                late=one(fields, later),
                earlier=Message(_label(earlier)),
                early=one(fields, earlier),
            )
        )


def _label(name: str) -> str:
    field = kind_of(SUBMISSION.name).field(name)
    return field.label if field else name
