"""The meaning of a value typed on the command line, by the type of its field."""

from __future__ import annotations

import json
from datetime import date

from msgspec import structs

from defenderdesk import i18n
from defenderdesk.cli.face import say
from defenderdesk.domain import checking, dates, kinds
from defenderdesk.domain.kinds import Field, Type
from defenderdesk.domain.local_time import read_time
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
    return [Edit(record.id, name, value_of(text, spec, name))]


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


def value_of(text: str, spec: Field | None, name: str) -> Value:
    """A register's value as its field asks; empty text clears. Raises `UsageError` for what cannot
    be one."""
    if text == "":
        return None
    if name == kinds.DELETED:
        return True if text.lower() in ("true", "yes", "1") else None
    if spec is None:
        return text
    value: Value = text
    if spec.type is Type.INTEGER:
        try:
            value = int(dates.ascii_digits(text))
        except ValueError as error:
            raise UsageError(what=Message("{name} is a whole number", name=name)) from error
    if spec.type is Type.FLAG:
        if text.lower() not in _FLAGS:
            raise UsageError(what=Message("{name} is yes or no", name=name))
        value = _FLAGS[text.lower()]
    if spec.type is Type.DATE:
        value = _date(text)
    if spec.type is Type.TIME:
        value = read_time(text) or text
    if wrong := checking.flaw(spec, value):
        raise UsageError(what=wrong)
    return value


def _date(text: str) -> str:
    stored = dates.read(text)
    if stored is None:
        return text  # `checking` says how to write it
    if dates.strange_year(stored, date.today()):
        raise UsageError(
            what=Message(
                "{value}: is this year of another calendar (Hijri, Persian, Ethiopian, Thai, Nepali)? Write "
                "the Gregorian date, and the words of the witness in the description",
                value=text,
            )
        )
    return stored


def in_order(kind: str, present: Record, edits: list[Edit]) -> None:
    """Refuses edits that put dates of a record into an order that cannot be. What stood so before
    keeps nobody from changing something else. Raises `UsageError`."""
    after = dict(present.fields)
    after |= {edit.field: edit.value for edit in edits if edit.op == "set"}
    changed = {edit.field for edit in edits}
    for wrong in checking.disorder(kind, after):
        if changed & {wrong.field, wrong.against}:
            raise UsageError(what=wrong.says)


_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
