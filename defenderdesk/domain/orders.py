"""The order in which things happen to a submission: its stage and its dates cannot contradict each
other, wherever they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from defenderdesk.domain.casefile import one
from defenderdesk.domain.checking import ORDERS, disorder
from defenderdesk.domain.kinds import SUBMISSION
from defenderdesk.errors import Message, UsageError

_UNSENT = ("", "draft", "ready")
_WATCHED = frozenset({"stage", *(name for pair in ORDERS[SUBMISSION.name] for name in pair)})


def followed(kind: str, fields: Mapping[str, Any], written: Collection[str]) -> dict[str, str]:
    """The fields that follow from what was `written` to a record (`fields`: as it is then): what
    has a day of sending was sent. Raises `UsageError` for what contradicts what stands."""
    if kind != SUBMISSION.name or _WATCHED.isdisjoint(written):
        return {}
    for wrong in disorder(kind, fields):
        if wrong.field in written or wrong.against in written:
            raise UsageError(what=wrong.says)
    if one(fields, "sent") and one(fields, "stage") in _UNSENT:
        if "sent" in written:
            return {"stage": "sent"}
        raise UsageError(
            what=Message("It was sent on {date}: take that date away first", date=one(fields, "sent"))
        )
    return {}
