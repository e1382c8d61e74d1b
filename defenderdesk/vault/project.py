"""What a record's state looks like outside: its kind, title, parent, list row and search text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.domain.kinds import Type
from defenderdesk.domain.values import Value
from defenderdesk.ledger.changes import ADD, SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault.fold import fold

_PARENTS = {name: kind.parent for name, kind in kinds.KINDS.items()}
_PARENT_FALLBACK = "case"
_SKIP = {
    name: frozenset(f.name for f in kind.fields if f.type in (Type.LINK, Type.DATA))
    | {kinds.KIND, kinds.DELETED}
    for name, kind in kinds.KINDS.items()
}
_SKIP_UNKNOWN = frozenset({kinds.KIND, kinds.DELETED})
MAX_TITLE = 200


class CaseColumns(NamedTuple):
    """What the list of cases shows of a case."""

    title: str
    title_key: str
    reference: str
    country: str
    status: str
    priority: str


def register(state: State, field: str) -> Value:
    """The shown value of one register (null when unset)."""
    for entry in reversed(state.entries.get(field, ())):
        if entry.op == SET:
            return entry.value
    return None


def kind(state: State) -> str:
    """The record's kind; empty while the change set that says it has not arrived."""
    value = register(state, kinds.KIND)
    return value if isinstance(value, str) else ""


def parent(state: State, kind_name: str) -> bytes | None:
    """The id of what the record belongs to."""
    field = _PARENTS.get(kind_name, _PARENT_FALLBACK)
    if not field:
        return None
    value = register(state, field)
    if isinstance(value, str):
        try:
            return signing.id_bytes(value)
        except ValueError:
            return None
    return None


def title(state: State, kind_name: str) -> str:
    """One line that names the record; empty where it has nothing to say."""
    spec = kinds.kind_of(kind_name)
    value = register(state, spec.title)
    if value is None and kind_name == kinds.EVENT.name:
        value = register(state, "date")
    text = "" if value is None else str(value)
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1] + "…"


def case_columns(state: State) -> CaseColumns:
    """The list row of a case."""

    def text(field: str) -> str:
        value = register(state, field)
        return "" if value is None else str(value)[:MAX_TITLE]

    name = text("title") or text("reference")
    return CaseColumns(
        name, fold(name), text("reference"), text("country"), text("status"), text("priority")
    )


def search_text(state: State, kind_name: str) -> str:
    """Everything a person may look for in the record, folded."""
    skip = _SKIP.get(kind_name, _SKIP_UNKNOWN)
    pieces: list[str] = []
    for field, entries in state.entries.items():
        if field in skip:
            continue
        for entry in entries:
            if entry.op == SET or entry.op == ADD:
                value = entry.value
                if type(value) is str:
                    pieces.append(value)
                elif value is not None:
                    pieces.extend(_texts(value))
    return fold("\n".join(pieces))


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
