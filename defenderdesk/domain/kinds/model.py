"""The model of a kind of record and of a field. The tables beside this module are made of them."""

from __future__ import annotations

from enum import Enum

import msgspec


class Type(Enum):
    """The type of what a field holds; decides its editor, its check and how it is shown."""

    TEXT = "text"
    PARAGRAPH = "paragraph"
    DATE = "date"
    TIME = "time"
    INTEGER = "integer"
    FLAG = "flag"
    URL = "url"
    COUNTRY = "country"
    LANGUAGE = "language"
    TERM = "term"
    LINK = "link"
    DATA = "data"
    """Anything the program itself manages; never edited in a form."""


class Field(msgspec.Struct, frozen=True):
    """One field of a kind.

    `many`: an observed-remove set of values rather than one value.
    `terms`: the vocabulary list, for `Type.TERM`. `link`: the kinds linked to, for `Type.LINK`,
    separated by spaces. `quick`: part of quick entry. `group`: the heading it stands under in a
    form; without one it stands on top. `esf`: its number in the HURIDOCS Events Standard Formats.
    `fixed`: set when the record is made, not edited in its form. `least`, `most`: of a whole number.
    """

    name: str
    type: Type
    label: str
    many: bool = False
    terms: str = ""
    link: str = ""
    quick: bool = False
    hint: str = ""
    group: str = ""
    esf: str = ""
    fixed: bool = False
    least: int | None = None
    most: int | None = None

    @property
    def links(self) -> tuple[str, ...]:
        """The kinds it may link to."""
        return tuple(self.link.split())


class Kind(msgspec.Struct, frozen=True):
    """One kind of record. `title` names the field shown as its title; `parents` the fields that
    link it to what it belongs to, of which the first that is set counts (a case, mostly).
    `plural` is its section's heading. `line`: the fields of its second line in a list."""

    name: str
    label: str
    plural: str
    title: str
    fields: tuple[Field, ...]
    parents: tuple[str, ...] = ()
    line: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((f for f in self.fields if f.name == name), None)

    @property
    def parent(self) -> str:
        """The field that links it to what it belongs to, mostly; empty when it stands alone."""
        return self.parents[0] if self.parents else ""

    @property
    def groups(self) -> tuple[str, ...]:
        """The headings of its form, in order; "" is the top."""
        return tuple(dict.fromkeys(f.group for f in self.fields))


def text(name: str, label: str, **more: object) -> Field:
    """A line of text."""
    return Field(name, Type.TEXT, label, **more)  # type: ignore[arg-type]


def paragraph(name: str, label: str, **more: object) -> Field:
    """Longer text."""
    return Field(name, Type.PARAGRAPH, label, **more)  # type: ignore[arg-type]


def date(name: str, label: str, **more: object) -> Field:
    """A date, certain or not."""
    return Field(name, Type.DATE, label, **more)  # type: ignore[arg-type]


def integer(name: str, label: str, **more: object) -> Field:
    """A whole number."""
    return Field(name, Type.INTEGER, label, **more)  # type: ignore[arg-type]


def flag(name: str, label: str, **more: object) -> Field:
    """Yes, no, or not said."""
    return Field(name, Type.FLAG, label, **more)  # type: ignore[arg-type]


def term(name: str, label: str, terms: str, **more: object) -> Field:
    """A code of a list."""
    return Field(name, Type.TERM, label, terms=terms, **more)  # type: ignore[arg-type]


def codes(name: str, label: str, terms: str, **more: object) -> Field:
    """Several codes of a list."""
    return Field(name, Type.TERM, label, True, terms, **more)  # type: ignore[arg-type]


def words(name: str, label: str, **more: object) -> Field:
    """Several lines of text."""
    return Field(name, Type.TEXT, label, True, **more)  # type: ignore[arg-type]


def country(name: str, label: str, **more: object) -> Field:
    """A country by its ISO 3166 code."""
    return Field(name, Type.COUNTRY, label, **more)  # type: ignore[arg-type]


def countries(name: str, label: str, **more: object) -> Field:
    """Several countries."""
    return Field(name, Type.COUNTRY, label, True, **more)  # type: ignore[arg-type]


def language(name: str, label: str, **more: object) -> Field:
    """A language by its code."""
    return Field(name, Type.LANGUAGE, label, **more)  # type: ignore[arg-type]


def languages(name: str, label: str, **more: object) -> Field:
    """Several languages."""
    return Field(name, Type.LANGUAGE, label, True, **more)  # type: ignore[arg-type]


def link(name: str, label: str, kinds: str, **more: object) -> Field:
    """Another record, of one of these kinds."""
    return Field(name, Type.LINK, label, link=kinds, **more)  # type: ignore[arg-type]


def links(name: str, label: str, kinds: str, **more: object) -> Field:
    """Several other records."""
    return Field(name, Type.LINK, label, True, link=kinds, **more)  # type: ignore[arg-type]


CASE_LINK = Field("case", Type.LINK, "Case", link="case", fixed=True)
POSITION = Field("position", Type.INTEGER, "Order", fixed=True)
"""The place among its siblings, for material whose order means something."""
