"""The meaning of a value typed on the command line, by the type of its field."""

from __future__ import annotations

import json
from datetime import date

from msgspec import structs

from defenderdesk import i18n
from defenderdesk.cli.face import say
from defenderdesk.domain import dates, kinds
from defenderdesk.domain.kinds import Type
from defenderdesk.domain.values import Value
from defenderdesk.errors import Message, UsageError
from defenderdesk.ledger.merge import identity
from defenderdesk.vault import Edit, Record, Vault


def edits_for(record: Record, name: str, text: str) -> list[Edit]:
    """The edits that typing `text` into a field means: a set becomes exactly the values given."""
    spec = kinds.kind_of(record.kind).field(name)
    many = spec.many if spec else name in record.sets or name in _SETS
    if spec is None and not many and record.kind in kinds.KINDS and name not in record.fields:
        known = name == kinds.DELETED
        if not known:
            say(
                i18n.text(
                    "Note: {kind} has no field {field}; it is kept as it is.",
                    kind=record.kind,
                    field=name,
                ),
                err=True,
            )
    if many:
        wanted = values_of(text)
        present = record.sets.get(name, [])
        keys = {identity(v) for v in wanted}
        return [Edit(record.id, name, v, "add") for v in wanted] + [
            Edit(record.id, name, v, "remove") for v in present if identity(v) not in keys
        ]
    return [Edit(record.id, name, value_of(text, spec.type if spec else None, name))]


def linked(vault: Vault, kind: str, edits: list[Edit]) -> list[Edit]:
    """Edits whose links are named as a person names a record: a beginning of an id, a reference."""

    def one(edit: Edit) -> Edit:
        spec = kinds.kind_of(kind).field(edit.field)
        if spec is None or spec.type is not Type.LINK or not isinstance(edit.value, str):
            return edit
        return edit if edit.op == "remove" else structs.replace(edit, value=vault.resolve(edit.value))

    return [one(edit) for edit in edits]


_SETS = frozenset({kinds.WITHHELD, kinds.ORIGIN})
"""Sets that records of every kind have."""


def values_of(text: str) -> list[Value]:
    """The values of a set: a JSON array, or words between commas."""
    if text.lstrip().startswith("["):
        try:
            values = json.loads(text)
        except ValueError as error:
            raise UsageError(what="This is not a JSON array") from error
        if isinstance(values, list):
            return values
    return [part.strip() for part in text.split(",") if part.strip()]


def value_of(text: str, kind: Type | None, name: str) -> Value:
    """A register's value as its type asks; empty text clears."""
    if text == "":
        return None
    if name == kinds.DELETED:
        return True if text.lower() in ("true", "yes", "1") else None
    if kind is Type.INTEGER:
        try:
            return int(dates.ascii_digits(text))
        except ValueError as error:
            raise UsageError(what=Message("{name} is a whole number", name=name)) from error
    if kind is Type.FLAG:
        if text.lower() not in _FLAGS:
            raise UsageError(what=Message("{name} is yes or no", name=name))
        return _FLAGS[text.lower()]
    if kind is Type.DATE:
        return _date(text)
    return text


def _date(text: str) -> str:
    stored = dates.read(text)
    if stored is None:
        raise UsageError(
            what=Message(
                "{value} is not a date: write 2024, 2024-05 or 2024-05-31, "
                "with ~ (about), < (before) or > (after) in front where you are not sure",
                value=text,
            )
        )
    if dates.strange_year(stored, date.today()):
        raise UsageError(
            what=Message(
                "{value}: is this year of another calendar (Hijri, Persian, Ethiopian, Thai, Nepali)? Write "
                "the Gregorian date, and the words of the witness in the description",
                value=text,
            )
        )
    return stored


_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
