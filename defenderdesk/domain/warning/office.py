"""An office's own rules and its changes of shipped ones. Nonsense is left out and reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from defenderdesk.domain.casefile import one
from defenderdesk.domain.kinds import RULE
from defenderdesk.domain.warning.rule import (
    ACTS,
    CASES,
    COUNTRY,
    FEWEST_SPELLS,
    LOOKS,
    MEASURES,
    NEW_LAWS,
    NONE,
    PROFILE,
    REGION,
    SPLITS,
    Rule,
)
from defenderdesk.errors import Message


def _range(name: str) -> tuple[int, int]:
    field = RULE.field(name)
    assert field is not None
    assert field.least is not None
    assert field.most is not None
    return field.least, field.most


WINDOW = _range("window_days")
"""Days a window can have."""
BASELINE = _range("baseline_days")
"""Days it can be compared with."""
LEAST = _range("least")
RATE = (Decimal("0.01"), Decimal(LOOKS))
"""False alarms a year that can be accepted; more than one in every window is no alarm."""


@dataclass(frozen=True)
class Ruled:
    """The rules as the office has them, shipped ones first; what was not understood; and the
    records behind each rule (their ids, by the rule's code, the one to change last)."""

    rules: tuple[Rule, ...]
    problems: tuple[Message, ...]
    records: Mapping[str, tuple[str, ...]]

    def rule(self, code: str) -> Rule | None:
        """The rule of that code."""
        return next((rule for rule in self.rules if rule.code == code), None)


class _Nonsense(Exception):
    """A value that cannot be what its field asks for."""


def _count(value: object, bounds: tuple[int, int]) -> int:
    if type(value) is not int or not bounds[0] <= value <= bounds[1]:
        raise _Nonsense
    return value


def _code(value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise _Nonsense
    return str(value)


def _codes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(o, str) and o for o in value):
        raise _Nonsense
    return tuple(dict.fromkeys(value))


def _countries(value: object) -> tuple[str, ...]:
    codes = tuple(code.upper() for code in _codes(value))
    if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in codes):
        raise _Nonsense
    return codes


def _rate(value: object) -> float:
    try:
        rate = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        raise _Nonsense from None
    if not rate.is_finite() or not RATE[0] <= rate <= RATE[1]:
        raise _Nonsense
    return float(rate)


def _words(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Nonsense
    return value.strip()


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Nonsense
    return value


_FIELDS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "name": ("name", _words),
    "measures": ("measure", lambda v: _code(v, MEASURES)),
    "acts": ("acts", _codes),
    "countries": ("countries", _countries),
    "profiles": ("profiles", _codes),
    "perpetrators": ("perpetrators", _codes),
    "by": ("by", lambda v: _code(v, SPLITS)),
    "window_days": ("window_days", lambda v: _count(v, WINDOW)),
    "baseline_days": ("baseline_days", lambda v: _count(v, BASELINE)),
    "least": ("least", lambda v: _count(v, LEAST)),
    "false_alarms": ("false_alarms", _rate),
    "off": ("off", _flag),
    "note": ("note", _words),
}
"""Each field of a record: the field of the rule that it sets, and how it is read. A field that is
not here (from a newer version) changes nothing."""


def ruled(shipped: Iterable[Rule], records: Iterable[Mapping[str, Any]]) -> Ruled:
    """`shipped` with an office's `records` of kind `rule` (their fields with `id`). One with the
    code of a shipped rule changes it, of several the one with the greater id last, so that every
    device has the same; any other is a rule of the office's own. Never raises."""
    found = {rule.code: rule for rule in shipped}
    behind: dict[str, list[str]] = {}
    problems: list[Message] = []
    for fields in sorted(records, key=lambda r: one(r, "id")):
        record = one(fields, "id")
        code = one(fields, "code").strip()
        before = found.get(code)
        if before is None:
            code = f"own-{record}"
            before = Rule(code, "", note="")
        after = _checked(_applied(before, fields, problems), before, problems)
        if not after.name:
            says = Message("A warning rule of the office has no name: it was left out.")
            problems.append(says)
            continue
        found[code] = after
        behind.setdefault(code, []).append(record)
    rules = tuple(found.values())
    return Ruled(rules, tuple(problems), {code: tuple(ids) for code, ids in behind.items()})


def _applied(rule: Rule, fields: Mapping[str, Any], problems: list[Message]) -> Rule:
    shipped = rule.shipped or (None if rule.code.startswith("own-") else rule)
    values: dict[str, Any] = {}
    for name, (target, read) in _FIELDS.items():
        value = fields.get(name)
        if value is None or value in ("", []):
            continue
        try:
            values[target] = read(value)
        except _Nonsense:
            problems.append(_odd(values.get("name") or rule.name or one(fields, "name"), name))
    # A name repeated on the record of a change is how the office finds it again, not a change.
    changed = rule.changed | {n for n in values if values[n] != getattr(rule, n) and n != "note"}
    return replace(rule, **values, changed=frozenset(changed), shipped=shipped)


def _checked(rule: Rule, before: Rule, problems: list[Message]) -> Rule:
    """With what does not go together put right, and said."""
    if rule.spells < FEWEST_SPELLS:
        problems.append(
            Message(
                "{rule}: the days compared with are fewer than {fewest} times the days looked "
                "at; both stay as they were.",
                rule=rule.name,
                fewest=FEWEST_SPELLS,
            )
        )
        rule = replace(rule, window_days=before.window_days, baseline_days=before.baseline_days)
    allowed = _splits_of(rule.measure)
    if rule.by not in allowed:
        problems.append(
            Message(
                "{rule}: what it counts cannot be watched apart in that way; it is watched by country.",
                rule=rule.name,
            )
        )
        rule = replace(rule, by=COUNTRY)
    return rule


def _splits_of(measure: str) -> tuple[str, ...]:
    if measure in (ACTS, CASES):
        return SPLITS
    return (COUNTRY,) if measure == NEW_LAWS else (NONE, COUNTRY, REGION, PROFILE)


def _odd(name: object, field: str) -> Message:
    return Message("{rule}: the field {field} was not understood and left out.", rule=name, field=field)
