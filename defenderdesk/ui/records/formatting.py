"""Values as words: what a list, a history line or a conflict card shows of a field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from defenderdesk import i18n
from defenderdesk.domain import vocabulary
from defenderdesk.domain.kinds import KINDS, Field, Kind, Type, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.domain.vocabulary import Vocabulary
from defenderdesk.i18n import text
from defenderdesk.vault.types import Record

LISTS = "vocabulary_list"
"""The list of the lists: what an office's own term belongs to."""
Labeller = Callable[[str], str]
Options = Callable[[], Sequence[tuple[str, str]]]


def labeller(field: Field) -> Labeller:
    """Code -> words, for the fields that hold codes."""
    if field.terms == LISTS:
        return list_name
    if field.type is Type.TERM:
        return lambda code: vocabulary.label(field.terms, code, i18n.language())
    if field.type is Type.COUNTRY:
        return lambda code: i18n.country(_own_code("country", code))
    if field.type is Type.LANGUAGE:
        return lambda code: i18n.language_name(_own_code("language", code))
    return str


def _own_code(list_name: str, code: str) -> str:
    """A country's or language's code of the CLDR, where a record holds that of another pack."""
    if len(code) < 4:
        return code
    return next((c for c in vocabulary.current().same(list_name, code) if len(c) < 4), code)


@lru_cache(maxsize=400)
def _terms(list_name: str, language: str, book: Vocabulary) -> tuple[tuple[str, str], ...]:
    """(code, label) of the terms that are offered, those of a group indented below it."""
    offered = {code: term for code, term in book.terms(list_name).items() if not term.hidden}
    made: list[tuple[str, str]] = []

    def add(code: str, depth: int) -> None:
        made.append((code, "\u2003" * depth + offered.pop(code).label(language)))
        for below in book.children(list_name, code):
            if below.code in offered:
                add(below.code, depth + 1)

    for code in list(offered):
        if code in offered and not (offered[code].parent and offered[code].parent in offered):
            add(code, 0)
    for code in list(offered):  # below something that is not offered
        add(code, 0)
    return tuple(made)


def list_name(name: str) -> str:
    """A vocabulary list in words: the field that uses it, and whose field that is."""
    for kind in KINDS.values():
        for field in kind.fields:
            if field.terms == name:
                return f"{text(field.label)} ({text(kind.label)})"
    return name


def lists() -> list[tuple[str, str]]:
    """Every list that a field uses, in the order of the alphabet."""
    names = {f.terms for kind in KINDS.values() for f in kind.fields if f.terms} - {LISTS}
    return sorted(((n, list_name(n)) for n in names), key=lambda pair: i18n.sort_key(pair[1]))


def found_by(field: Field) -> Labeller | None:
    """Code -> everything a term is found by: its labels in every language."""
    if field.type is not Type.TERM:
        return None

    def words_of(code: str) -> str:
        term = vocabulary.current().get(field.terms, code)
        return " ".join(term.labels.values()) if term else code

    return words_of


def options(field: Field) -> Options | None:
    """The choices of a field that has a closed list."""
    if field.terms == LISTS:
        return lists
    if field.type is Type.TERM:
        return lambda: _terms(field.terms, i18n.language(), vocabulary.current())
    if field.type is Type.COUNTRY:
        return i18n.countries
    if field.type is Type.LANGUAGE:
        return i18n.languages
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
        return i18n.date(value)
    return labeller(field)(value)


def title_of(record: Record, names: Labeller | None = None) -> str:
    """The name of a record in a list. `names`: the names of linked records by id, where they
    are known; empty for those that are not."""
    kind = kind_of(record.kind)
    for name in (kind.title, *_INSTEAD.get(record.kind, ())):
        field = kind.field(name)
        value = record.sets.get(name) if field and field.many else _plain(kind, name, record)
        if names and field and field.type is Type.LINK and not field.many:
            value = names(record.text(name)) if record.text(name) else None
            if value:
                return str(value)
        said = shown(field, value).strip() if value else ""
        if said:
            return said.splitlines()[0]
    return text("Untitled")


_INSTEAD = {
    "intervention": ("mechanism",),
    "event": ("title", "acts"),
    "submission": ("document",),
    "consent": ("uses", "how"),
    "hearing": ("court", "date"),
    "charge": ("law", "article"),
    "step": ("step_type", "what"),
    "factor": ("indicator",),
    "assessment": ("reasons", "date"),
    "proceeding": ("proceeding_type", "court"),
    "engagement": ("mechanism",),
    "signatory": ("mechanism", "signed_by"),
    "referral": ("mechanism", "referral_type"),
    "share": ("purpose", "date"),
    "raised": ("with_whom",),
    "meeting": ("meeting_type", "place"),
    "act": ("description",),
    "biography": ("position_held", "affiliation", "employment"),
    "address": ("phone", "email", "address_type"),
    "visit": ("country",),
    "organisation": ("acronym",),
    "mechanism": ("acronym", "code"),
    "person": ("group_description", "naming"),
}
"""Fields that name a record that has no title, in this order."""


def line_of(record: Record) -> str:
    """The second line of a record in a list: the fields that its kind names."""
    kind = kind_of(record.kind)
    parts = [shown(kind.field(name), _plain(kind, name, record)) for name in kind.line]
    if record.kind == "attachment":
        size = record.fields.get("size")
        parts = [i18n.size(size) if isinstance(size, int) else ""]
    if record.kind == "note":
        parts = [i18n.day_and_time(record.updated)]
    return " · ".join(part for part in parts if part)


def _plain(kind: Kind, name: str, record: Record) -> Value:
    """A field's value; nothing for a link, whose id says nothing to a person."""
    field = kind.field(name)
    return None if field and field.type is Type.LINK else record.fields.get(name)
