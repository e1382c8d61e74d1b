"""States and what they belong to, with dates: which mechanism can look at whom.

Read from the tables `countries` (the README says where the lists come from and of which day they
are). A membership is a state at a day, not a flag: a State that left is told apart from one that
never belonged. What the lists do not hold (parties to a treaty, say) is `unknown`, never "no".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from defenderdesk.domain import tables
from defenderdesk.domain.values import span

MEMBER = "member"
WITHDRAWN = "withdrawn"
SUSPENDED = "suspended"
DISPUTED = "disputed"
NEVER = "never"
"""In none of the lists, and no note says that it ever was. The lists are of one month
(`lists_as_of`): a membership that ended before it without a note reads as this too."""
UNKNOWN = "unknown"
"""The lists cannot tell: a body or a treaty that they do not hold, a code that is no State of
theirs, or a day before what they know."""

BODIES = {
    "un": "un_member",
    "oas": "oas_charter_35",
    "iachr_coverage": "iachr_coverage",
    "au": "au_member",
    "achpr_charter": "achpr_charter_party",
    "osce": "osce_participating",
    "eu": "eu_member",
    "coe": "coe_member",
    "oif": "oif_member",
    "asean": "asean_member",
}
"""Each body and its column. Of the OAS the column of the Charter States, from which those that
left are taken by `changes.csv`."""

_UNSURE = {
    "au": "Suspensions from the African Union are not in the list. They do not end duties under "
    "the African Charter (unverified).",
    "oif": "A summit of the Francophonie was due in 2026: check the list.",
}
_LOOSER = (
    ("un", "un_observer_state", "Observer State of the United Nations, not a member."),
    ("oif", "oif_associate", "Associate member of the Francophonie."),
    ("oif", "oif_observer", "Observer of the Francophonie."),
)


@dataclass(frozen=True)
class Membership:
    """`body`; the `state` at the day asked for; `since` when, if that is known (the earliest day
    that an uncertain date can mean); `verified` V, P or U; `note` and `caveat`, message ids or
    empty; `as_of` the month of the list."""

    body: str
    state: str
    since: date | None
    verified: str
    note: str
    caveat: str
    as_of: str


@dataclass(frozen=True)
class _Change:
    state: str
    since: date | None
    verified: str
    note: str


@cache
def _rows() -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(tables.text("countries", "countries.csv"), newline=""))
    return {row["alpha2"]: row for row in rows}


@cache
def _changes() -> dict[tuple[str, str], tuple[_Change, ...]]:
    found: dict[tuple[str, str], list[_Change]] = {}
    for row in csv.DictReader(io.StringIO(tables.text("countries", "changes.csv"), newline="")):
        days = span(row["since"])
        change = _Change(row["state"], days[0] if days else None, row["verified"], row["note"])
        found.setdefault((row["alpha2"], row["body"]), []).append(change)
    for changes in found.values():
        changes.sort(key=lambda change: change.since or date.min)
    return {key: tuple(changes) for key, changes in found.items()}


@cache
def _names() -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO(tables.text("countries", "state_names.csv"), newline=""))
    return {row["alpha2"]: row for row in rows}


def state_name(alpha2: str, language: str) -> str:
    """The name of a State as the United Nations write it (`fr_CA` as `fr`); empty for another
    language than their six with Portuguese for Chinese, and for what the list does not hold."""
    return _names().get(alpha2.upper(), {}).get(f"name_{_short(language)}", "")


def within_state(alpha2: str, language: str) -> str:
    """A State as the place of something, with the article that the language asks for ("in the
    Gambia", "en Gambie"); the bare name where the language declines it otherwise."""
    row = _names().get(alpha2.upper(), {})
    return row.get(f"in_{_short(language)}", "") or state_name(alpha2, language)


def _short(language: str) -> str:
    return language.replace("-", "_").split("_")[0]


def lists_as_of(alpha2: str = "") -> str:
    """The month (`2025-12`) of which the lists are, for one State or for all."""
    row = _rows().get(alpha2.upper()) or next(iter(_rows().values()))
    return row["lists_as_of"]


def known(alpha2: str) -> bool:
    """Tells whether the lists hold this code."""
    return alpha2.upper() in _rows()


def names(alpha2: str) -> tuple[str, ...]:
    """The names of a State in the six languages of the lists, and its three-letter code."""
    row = _rows().get(alpha2.upper(), {})
    found = (row.get(f"name_{language}", "") for language in ("en", "fr", "es", "ar", "ru", "pt"))
    return tuple(name for name in (*found, row.get("alpha3", "")) if name)


def codes() -> tuple[str, ...]:
    """The two-letter code of every State and territory in the lists."""
    return tuple(_rows())


def membership(alpha2: str, body: str, on: date | None = None) -> Membership:
    """The relation of a State to a body on a day (without one: as far as the lists know). `unknown`
    for what they do not hold; no error."""
    code = alpha2.upper()
    row, column = _rows().get(code), BODIES.get(body)
    if row is None or column is None:
        return Membership(body, UNKNOWN, None, "U", "", "", lists_as_of())
    changes = _changes().get((code, body), ())
    note = next((text for of, flag, text in _LOOSER if of == body and row[flag] == "true"), "")
    state, verified = (MEMBER if row[column] == "true" else NEVER), "V"
    since: date | None = None
    for change in changes:
        if change.since is None or on is None or change.since <= on:
            state, since = change.state, change.since
            verified, note = change.verified, change.note
    return Membership(
        body,
        state,
        since,
        verified,
        note,
        _UNSURE.get(body, "") if state == MEMBER else "",
        row["lists_as_of"],
    )


def state(alpha2: str, body: str, on: date | None = None) -> str:
    """`member`, `withdrawn`, `suspended`, `disputed`, `never` or `unknown`."""
    return membership(alpha2, body, on).state


def messages() -> Iterator[str]:
    """Every sentence of this module and its files that a face shows, for the translators."""
    yield from _UNSURE.values()
    yield from (text for _, _, text in _LOOSER)
    for changes in _changes().values():
        yield from (change.note for change in changes if change.note)
