"""A case with all that belongs to it, as plain values: what the rules of the field reason over.

The vault reads one (`Views.casefile`); tests build one by hand. A field is a register (one value)
or a set (a list); a name that is not there reads as empty, so a rule never asks whether a form
was filled in before it asks what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Fields = Mapping[str, Any]
"""The fields of one record by name; `id` and `kind` among them."""


def texts(fields: Fields, name: str) -> list[str]:
    """The values of a set, or the one of a register, as texts; nothing for what is empty."""
    value = fields.get(name)
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str) and one]
    return [value] if isinstance(value, str) and value else []


def one(fields: Fields, name: str) -> str:
    """A register as text; empty where it is not set."""
    value = fields.get(name)
    return "" if value is None or isinstance(value, list | dict) else str(value)


@dataclass(frozen=True)
class CaseFile:
    """`case`: the case's own fields. `records`: what belongs to it, by kind, in its order; the
    persons and organisations that it links to are among them, under their own kinds."""

    case: Fields
    records: Mapping[str, list[Fields]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Fields]:
        """The records of one kind."""
        return list(self.records.get(kind, ()))

    def all(self) -> Iterator[Fields]:
        """The case and everything in it."""
        yield self.case
        for records in self.records.values():
            yield from records

    def find(self, kind: str, record: str) -> Fields | None:
        """One record of a kind by id."""
        return next((r for r in self.of(kind) if r.get("id") == record), None)

    def codes(self, name: str, kinds: Iterable[str] = ()) -> list[str]:
        """Every code that stands under a field's name, in the case or in records of `kinds`
        (none given: in all), each once, in order."""
        wanted = set(kinds)
        found: dict[str, None] = {}
        for record in self.all():
            if not wanted or record.get("kind") in wanted:
                found.update(dict.fromkeys(texts(record, name)))
        return list(found)

    def defenders(self) -> list[Fields]:
        """The involvements of those at risk. One without a part counts: a name typed in a hurry
        is the defender's more often than not."""
        return [i for i in self.of("involvement") if one(i, "part") in ("", "defender", "victim")]
