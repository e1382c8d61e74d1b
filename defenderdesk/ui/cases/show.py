"""Values as words: what a list, a history line or a conflict card shows of a field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from defenderdesk import words
from defenderdesk.domain import vocabulary
from defenderdesk.domain.kinds import Field, Type, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.vault.types import Record
from defenderdesk.words import text

Labeller = Callable[[str], str]
Options = Callable[[], Sequence[tuple[str, str]]]


def labeller(field: Field) -> Labeller:
    """Code -> words, for the fields that hold codes."""
    if field.type is Type.TERM:
        return lambda code: vocabulary.label(field.terms, code, words.language())
    if field.type is Type.COUNTRY:
        return words.country
    if field.type is Type.LANGUAGE:
        return words.language_name
    return str


@cache
def _terms(list_name: str, language: str) -> tuple[tuple[str, str], ...]:
    found = vocabulary.terms(list_name)
    return tuple((code, term.label(language)) for code, term in found.items())


def options(field: Field) -> Options | None:
    """The choices of a field that has a closed list."""
    if field.type is Type.TERM:
        return lambda: _terms(field.terms, words.language())
    if field.type is Type.COUNTRY:
        return words.countries
    if field.type is Type.LANGUAGE:
        return words.languages
    return None


def shown(field: Field | None, value: Value) -> str:
    """One value in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(shown(field, one) for one in value)
    if isinstance(value, bool):
        return text("yes") if value else text("no")
    if field is None or not isinstance(value, str):
        return str(value)
    if field.type is Type.DATE:
        return words.date(value)
    return labeller(field)(value)


def title_of(record: Record) -> str:
    """What a record is called in a list."""
    kind = kind_of(record.kind)
    title = record.text(kind.title).strip()
    if record.kind == "intervention" and not title:
        mechanism = kind.field("mechanism")
        title = shown(mechanism, record.fields.get("mechanism"))
    if record.kind == "event" and not title:
        title = shown(kind.field("acts"), list(record.sets.get("acts", [])))
    first = title.splitlines()[0] if title else ""
    return first or text("Untitled")


def line_of(record: Record) -> str:
    """The second line of a record in a list."""
    kind = kind_of(record.kind)
    names = {
        "involvement": ("role", "organisation"),
        "event": ("date", "place"),
        "intervention": ("mechanism", "date"),
        "source": ("source_type", "reliability"),
    }.get(record.kind, ())
    parts = [shown(kind.field(name), record.fields.get(name)) for name in names]
    if record.kind == "attachment":
        size = record.fields.get("size")
        parts = [words.size(size) if isinstance(size, int) else ""]
    if record.kind == "note":
        parts = [words.day_and_time(record.updated)]
    return " · ".join(part for part in parts if part)
