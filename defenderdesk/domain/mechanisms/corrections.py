"""Settings of an office: corrections of shipped mechanisms, and mechanisms of its own.

A correction is a record of kind `mechanism`. Its `code` is the mechanism's id, its other fields say
only what differs. What the office set carries the mark O and the shipped mechanism stays at
hand. Nonsense is left out and reported: a mistake in one record never takes the rules away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from defenderdesk.domain.deadlines import Clock
from defenderdesk.domain.mechanisms.model import (
    ANY,
    LISTED,
    REMEDIES_SAY,
    Channel,
    Mechanism,
    Region,
    Rule,
    Scope,
    Section,
)
from defenderdesk.domain.values import is_date
from defenderdesk.errors import Message

OFFICE = "O"
MOST = 36_500
"""Days, or other units of a clock, that a correction may set: a hundred years."""

REPLY_EXPECTED = "Reply expected"
ASK_AGAIN = "Ask again or send an update if nothing is heard"
BECOMES_PUBLIC = "It may be made public"


@dataclass(frozen=True)
class Corrected:
    """The mechanisms as the office has them, by id, its own ones last; and what of its records was
    not understood."""

    mechanisms: Mapping[str, Mechanism]
    problems: tuple[Message, ...]


class _Nonsense(Exception):
    """A value that cannot be what its field asks for."""


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise _Nonsense
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Nonsense
    return value.strip()


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Nonsense
    return value


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(_text(one) for one in listed))


def _timed(m: Mechanism, kind: str, after: str, who: str, label: str, count: int) -> Mechanism:
    """With `count` days on its first clock of a kind, or on a new one where it has none."""
    first = next(iter(m.of_kind(kind)), None)
    if first is None:
        new = Clock(kind, label, after, count, "days", kind, who, seat=m.seat, verified=OFFICE)
        return replace(m, clocks=(*m.clocks, new))
    changed = replace(first, count=count, unit="days", verified=OFFICE, source="")
    return replace(m, clocks=tuple(changed if c is first else c for c in m.clocks))


def _reply_days(m: Mechanism, value: object) -> Mechanism:
    return _timed(m, "state_reply_due", "sent", "state", REPLY_EXPECTED, _count(value))


def _nudge_days(m: Mechanism, value: object) -> Mechanism:
    return _timed(m, "nudge", "sent", "us", ASK_AGAIN, _count(value))


def _confidential_days(m: Mechanism, value: object) -> Mechanism:
    days = _count(value)
    timed = _timed(m, "public_on", "letter", "mechanism", BECOMES_PUBLIC, days)
    return replace(timed, publication_days=days)


def _channel(m: Mechanism, value: object) -> Mechanism:
    address = _text(value)
    kind = "portal" if "://" in address else "email" if "@" in address else "post"
    return replace(m, channels=(Channel(kind, address, OFFICE),))


def _countries(m: Mechanism, value: object) -> Mechanism:
    codes = [code.upper() for code in _texts(value)]
    if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in codes):
        raise _Nonsense
    return replace(m, region=Region(LISTED, countries=frozenset(codes)))


def _names(m: Mechanism, value: object) -> Mechanism:
    if not isinstance(value, Mapping) or not value:
        raise _Nonsense
    names = {_text(code): _text(name) for code, name in value.items()}
    return replace(m, names=MappingProxyType({**m.names, **names}))


def _remedies(m: Mechanism, value: object) -> Mechanism:
    code = "required" if _flag(value) else "not_required"
    return replace(m, remedies=Rule(REMEDIES_SAY[code], OFFICE, code))


def _contents(m: Mechanism, value: object) -> Mechanism:
    labels = enumerate(_texts(value), start=1)
    sections = tuple(Section(f"own-{n}", label, verified=OFFICE) for n, label in labels)
    return replace(m, contents=sections)


def _checked(m: Mechanism, value: object) -> Mechanism:
    if not is_date(_text(value)):
        raise _Nonsense
    return replace(m, checked=_text(value))


def _closing(m: Mechanism, value: object) -> Mechanism:
    if not is_date(_text(value)):
        raise _Nonsense
    return replace(m, closing=_text(value))


_FIELDS: dict[str, Callable[[Mechanism, Any], Mechanism]] = {
    "name": lambda m, v: replace(m, names=MappingProxyType({"en": _text(v)})),
    "names": _names,
    "acronym": lambda m, v: replace(m, acronym=_text(v)),
    "closing": _closing,
    "body": lambda m, v: replace(m, body=_text(v)),
    "countries": _countries,
    "acts": lambda m, v: replace(m, scope=Scope(frozenset(_texts(v)), verified=OFFICE)),
    "reply_days": _reply_days,
    "nudge_days": _nudge_days,
    "confidential_days": _confidential_days,
    "channel": _channel,
    "languages": lambda m, v: replace(
        m, languages=tuple(code.lower() for code in _texts(v)), languages_open=False
    ),
    "remedies": _remedies,
    "contents": _contents,
    "active": lambda m, v: replace(m, active=_flag(v)),
    "inactive": lambda m, v: replace(m, active=not _flag(v)),
    "checked": _checked,
    "note": lambda m, v: replace(m, note=_text(v)),
    "notes": lambda m, v: replace(m, note=_text(v)),
}
"""Each field of a correction and how it changes a mechanism. A field that is not here (from a
newer version) changes nothing."""


def _clock(m: Mechanism, name: str, value: object) -> Mechanism:
    count = _count(value)
    if m.clock(name) is None:
        raise _Nonsense
    clocks = (
        replace(clock, count=count, verified=OFFICE, source="") if clock.name == name else clock
        for clock in m.clocks
    )
    return replace(m, clocks=tuple(clocks))


def _own(code: str, order: int) -> Mechanism:
    """An empty mechanism of the office's own."""
    return Mechanism(
        id=code,
        names=MappingProxyType({}),
        acronym="",
        body="",
        seat="",
        class_="own",
        region=Region(ANY),
        accepts=(),
        scope=Scope(),
        who_can_submit=Rule("", OFFICE),
        remedies=Rule(REMEDIES_SAY["not_required"], OFFICE, "not_required"),
        languages=(),
        verified=OFFICE,
        order=order,
    )


def corrected(mechanisms: Mapping[str, Mechanism], corrections: Iterable[Mapping[str, Any]]) -> Corrected:
    """`mechanisms` with an office's `corrections`, the later one over the earlier. No error."""
    found, problems = dict(mechanisms), list[Message]()
    for fields in corrections:
        code = fields.get("code")
        if not isinstance(code, str) or not code.strip():
            problems.append(Message("A correction of a mechanism has no code: it was left out."))
            continue
        code = code.strip()
        before = found.get(code) or _own(code, 1000 + len(found))
        after = _applied(before, fields, problems)
        if not any(after.names.values()):
            says = Message(
                "{mechanism}: it has no name and is none of ours: it was left out.", mechanism=code
            )
            problems.append(says)
            continue
        found[code] = after
    return Corrected(MappingProxyType(found), tuple(problems))


def _applied(m: Mechanism, fields: Mapping[str, Any], problems: list[Message]) -> Mechanism:
    before, changed = m, set(m.corrected)
    for name, value in fields.items():
        if value is None or value in ("", [], {}):
            continue
        try:
            if name in _FIELDS:
                m = _FIELDS[name](m, value)
            elif name.startswith("clock_"):
                m = _clock(m, name.removeprefix("clock_"), value)
            else:
                continue
        except _Nonsense:
            says = Message(
                "{mechanism}: the field {field} was not understood and left out.",
                mechanism=m.id,
                field=name,
            )
            problems.append(says)
            continue
        changed.add(name)
    shipped = before.shipped or (None if before.class_ == "own" else before)
    return replace(m, corrected=frozenset(changed), shipped=shipped)


def messages() -> Iterator[str]:
    """The texts that stand in for those of a shipped rule, for the translators."""
    yield from (REPLY_EXPECTED, ASK_AGAIN, BECOMES_PUBLIC, *REMEDIES_SAY.values())
