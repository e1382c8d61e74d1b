"""Checks of what comes in, by whatever way: times, ranges, and the order of dates.

A value that cannot be one (25:00, a window of no days) has a flaw of its own. Two dates that
contradict each other (replied before it was sent) have one where they surely do: an uncertain date is
given the benefit of what it can mean. A face refuses or marks; what is in a file is taken and told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from defenderdesk.domain.casefile import Fields, one
from defenderdesk.domain.kinds import Field, Type, kind_of
from defenderdesk.domain.local_time import clock_time, is_zone
from defenderdesk.domain.values import Value, is_date, span
from defenderdesk.errors import Message

ORDERS: dict[str, tuple[tuple[str, str], ...]] = {
    "submission": (
        *(
            ("sent", later)
            for later in (
                *("acknowledged", "letter", "reply_due", "replied", "followed_up"),
                *("decided", "published", "closed", "reported"),
            )
        ),
        ("letter", "replied"),
        ("letter", "published"),
        ("decided", "published"),
        ("replied", "comments_due"),
        ("replied", "comments_sent"),
        ("decided", "report_due"),
    ),
    "proceeding": (
        ("date", "verdict_date"),
        ("date", "ended"),
        ("verdict_date", "appeal_due"),
        ("verdict_date", "appealed"),
        ("verdict_date", "final_decision_date"),
    ),
    "charge": (("date", "date_end"),),
    "hearing": (("date", "adjourned_to"),),
    "measure": (("asked", "granted"), ("granted", "ended"), ("date", "date_end"), ("date", "ended")),
    "assessment": (("date", "review"),),
    "plan": (("agreed_on", "review"),),
    "obligation": (("date", "due"), ("date", "checked")),
    "consent": (("date", "until"), ("date", "withdrawn")),
    "referral": (("date", "due"), ("date", "answered"), ("date", "revoked")),
    "signatory": (("asked", "date"),),
    "engagement": (("date", "date_end"),),
    "visit": (("date", "date_end"), ("date", "report_due"), ("date", "reported")),
    "event": (("date", "date_end"),),
    "act": (("date", "date_end"),),
    "case": (("opened", "closed"),),
    "person": (("born", "died"),),
}
"""By kind, pairs of dates of which the second does not come before the first. Somebody may be taken
again after a release, or a joint letter signed before it is dated: such pairs are not here."""

_ZONE = "time_zone"


@dataclass(frozen=True)
class Flaw:
    """Something that cannot be so, and the field that shows it. `against`: of two dates the other."""

    field: str
    says: Message
    against: str = ""


def flaw(field: Field, value: Value) -> Message | None:
    """The reason why a value cannot be one of this field; None where it can, or where nothing of
    the kind is checked. An empty value is none."""
    if value in (None, "", []):
        return None
    if field.many:
        return None
    if field.type is Type.DATE and not (isinstance(value, str) and is_date(value)):
        return Message(
            "{value} is not a date: write 2024, 2024-05 or 2024-05-31, "
            "with ~ (about), < (before) or > (after) in front where you are not sure",
            value=str(value),
        )
    if field.type is Type.TIME and not (isinstance(value, str) and clock_time(value)):
        return Message("{value} is not a time of day: write 09:30 or 14:30", value=str(value))
    if field.name == _ZONE and not is_zone(str(value)):
        return Message("{value} is no time zone: write it as Africa/Khartoum", value=str(value))
    if field.type is Type.INTEGER:
        return _number(field, value)
    return None


def _number(field: Field, value: Value) -> Message | None:
    name = Message(field.label)
    if isinstance(value, bool) or not isinstance(value, int):
        return Message("{name}: write a whole number", name=name)
    least, most = field.least, field.most
    if least is not None and most is not None and not least <= value <= most:
        return Message(
            "{name}: write a whole number from {least} to {most}", name=name, least=least, most=most
        )
    if least is not None and value < least:
        return Message("{name}: write a whole number of at least {least}", name=name, least=least)
    return None


def disorder(kind: str, fields: Fields) -> Iterator[Flaw]:
    """The dates of a record that surely contradict another one of it."""
    spec = kind_of(kind)
    for earlier, later in ORDERS.get(kind, ()):
        first, second = span(one(fields, earlier)), span(one(fields, later))
        if first is None or second is None or first[0] is None or second[1] is None:
            continue
        if second[1] < first[0]:
            names = (spec.field(later), spec.field(earlier))
            yield Flaw(
                later,
                Message(
                    "“{later}” ({day}) lies before “{earlier}” ({other})",
                    later=Message(names[0].label if names[0] else later),
                    earlier=Message(names[1].label if names[1] else earlier),
                    day=one(fields, later),
                    other=one(fields, earlier),
                ),
                earlier,
            )


def flaws(kind: str, fields: Mapping[str, Any]) -> Iterator[Flaw]:
    """Everything about a record that cannot be so."""
    spec = kind_of(kind)
    for field in spec.fields:
        if field.name in fields and (says := flaw(field, fields[field.name])):
            yield Flaw(field.name, says)
    yield from disorder(kind, fields)
