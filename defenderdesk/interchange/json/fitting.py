"""Values of a foreign file as a form would take them: read, or kept as they are and told.

Nothing is lost: what cannot be read stands in its field, and whoever imports hears of it by field
and value.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from defenderdesk.domain import checking, countries, dates
from defenderdesk.domain.folding import fold
from defenderdesk.domain.kinds import Field, Type
from defenderdesk.domain.local_time import read_time
from defenderdesk.domain.values import Value
from defenderdesk.errors import Message

_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SHOWN = 60


def fitted(spec: Field | None, value: Value, today: date) -> tuple[Value, Message | None]:
    """A value as its field holds it, and what to tell where it does not fit."""
    if spec is None or value is None or isinstance(value, dict | list):
        return value, None
    if spec.type is Type.DATE:
        return _date(spec, value, today)
    if spec.type is Type.COUNTRY and isinstance(value, str):
        return _country(spec, value)
    if spec.type is Type.INTEGER and isinstance(value, str):
        digits = dates.ascii_digits(value).strip()
        return (
            _checked(spec, int(digits)) if digits.isdecimal() and len(digits) < 19 else _unread(spec, value)
        )
    if spec.type is Type.FLAG and not isinstance(value, bool):
        said = _YES.get(str(value).strip().casefold())
        return (said, None) if said is not None else _unread(spec, value)
    if spec.type is Type.TIME:
        return _checked(spec, read_time(value) or value if isinstance(value, str) else value)
    return _checked(spec, value)


def _checked(spec: Field, value: Value) -> tuple[Value, Message | None]:
    """A value that was read, and what `checking` says of it."""
    return value, checking.flaw(spec, value)


def _date(spec: Field, value: Value, today: date) -> tuple[Value, Message | None]:
    stored = dates.read(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if stored is None:
        return _unread(spec, value)
    if dates.strange_year(stored, today):
        return value, Message(
            "{field}: {value} is of a year of another calendar, it seems. It is kept as it is: look at it",
            field=Message(spec.label),
            value=str(value)[:_SHOWN],
        )
    if dates.ambiguous(str(value)):
        return stored, Message(
            "{field}: {value} was read with the day first, as {date}",
            field=Message(spec.label),
            value=str(value)[:_SHOWN],
            date=stored,
        )
    return stored or None, None


def _country(spec: Field, value: str) -> tuple[Value, Message | None]:
    plain = value.strip()
    if countries.known(plain) and len(plain) == 2:
        return plain.upper(), None
    code = _by_name().get(" ".join(fold(plain).split()))
    return (code, None) if code else _unread(spec, value)


def _unread(spec: Field, value: Value) -> tuple[Value, Message | None]:
    return value, Message(
        "{field}: {value} cannot be read. It is kept as it is: look at it",
        field=Message(spec.label),
        value=str(value)[:_SHOWN],
    )


@cache
def _by_name() -> dict[str, str]:
    """Names of States, folded, in six languages → their codes."""
    found: dict[str, str] = {}
    for code in countries.codes():
        for name in countries.names(code):
            found.setdefault(" ".join(fold(name).split()), code)
    return found
