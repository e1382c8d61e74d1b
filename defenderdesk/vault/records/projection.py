"""The projection of a record's state: its kind, title, parent, list row and search text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.domain.folding import fold, indexed
from defenderdesk.domain.kinds import Type
from defenderdesk.domain.values import Value

_PARENTS = {name: kind.parents for name, kind in kinds.KINDS.items()}
_PARENT_FALLBACK = ("case",)
_SKIP_UNKNOWN = frozenset({kinds.KIND, kinds.DELETED, kinds.DELETED_KNOWING, kinds.NOT_SAME, kinds.WITHHELD})
_SKIP = {
    name: frozenset(f.name for f in kind.fields if f.type in (Type.LINK, Type.DATA)) | _SKIP_UNKNOWN
    for name, kind in kinds.KINDS.items()
}
_NOT_SEARCHED = frozenset(
    kind.name
    for kind in (
        kinds.TERM,
        kinds.PACK,
        kinds.MECHANISM,
        kinds.RULE,
        kinds.ALERT,
        kinds.RECOVERY_SHARE,
        kinds.TIMESTAMP,
        kinds.EMERGENCY_STEP,
    )
)
"""Kinds that an office sets up are found where they are set up, not among its cases."""
MAX_TITLE = 200


class CaseColumns(NamedTuple):
    """The row that the list of cases shows of a case."""

    title: str
    title_key: str
    reference: str
    country: str
    status: str
    priority: str


Registers = dict[str, Value]
"""The shown value of each register of a record."""
Sets = dict[str, list[Value]]
"""The values of each set of a record."""


def kind(registers: Registers) -> str:
    """The record's kind; empty while the change set that says it has not arrived."""
    value = registers.get(kinds.KIND)
    return value if isinstance(value, str) else ""


def parent(registers: Registers, kind_name: str) -> bytes | None:
    """The id of what the record belongs to."""
    for field in _PARENTS.get(kind_name, _PARENT_FALLBACK):
        value = registers.get(field)
        if isinstance(value, str):
            try:
                return signing.id_bytes(value)
            except ValueError:
                continue
    return None


def title(registers: Registers, kind_name: str) -> str:
    """One line that names the record; empty where it has nothing to say."""
    value = registers.get(kinds.kind_of(kind_name).title)
    if value is None and kind_name == kinds.EVENT.name:
        value = registers.get("date")
    return _short(value)


def _short(value: Value) -> str:
    if value is None:
        return ""
    if type(value) is str and len(value) <= MAX_TITLE:  # nearly all are
        return value
    text = str(value)
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"


def case_columns(registers: Registers) -> CaseColumns:
    """The list row of a case."""
    get = registers.get
    reference = _short(get("reference"))
    name = _short(get("title")) or reference
    return CaseColumns(
        name,
        fold(name),
        reference,
        _short(get("country")),
        _short(get("status")),
        _short(get("priority")),
    )


def search_text(registers: Registers, sets: Sets, kind_name: str, more: Iterable[Value]) -> str:
    """Everything a person may look for in the record, folded. `more`: values that stand beside
    the shown ones."""
    if kind_name in _NOT_SEARCHED:
        return ""
    skip = _SKIP.get(kind_name, _SKIP_UNKNOWN)
    pieces: list[str] = []
    for field, value in registers.items():
        if field not in skip:
            if type(value) is str:
                pieces.append(value)
            else:
                pieces.extend(_texts(value))
    for field, values in sets.items():
        if field not in skip:
            for value in values:
                if type(value) is str:
                    pieces.append(value)
                else:
                    pieces.extend(_texts(value))
    for value in more:
        pieces.extend(_texts(value))
    return indexed("\n".join(pieces))


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        for item in value.values():
            yield from _texts(item)
