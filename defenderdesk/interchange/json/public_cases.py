"""Files in the shape of `resources/samples/public_cases.json`: published appeals and
communications. Every fact is taken in; what has no field of its own keeps its own name.

What a file says of one person, event or document is told from the rest by what it says (a name; a
day, a place, what was done), never by its place in a list: a second edition puts one in front.
Which records these are, is decided beside (`editions`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from defenderdesk.crypto import signing
from defenderdesk.domain import dates, kinds
from defenderdesk.domain.folding import fold
from defenderdesk.domain.kinds import Kind
from defenderdesk.domain.values import Value
from defenderdesk.errors import DamagedError
from defenderdesk.vault import Edit

_ID = b"defenderdesk.org/v1/published\x00"
_RESERVED = frozenset({kinds.KIND, kinds.DELETED, "case", "position", "chunks"})

_CASE = {
    "id": "reference",
    "actions_requested": "requests",
    "context_indicators": "context",
    "cross_mechanism": "coordination",
    "source_org": "source_organisation",
    "hrd_profile_ids": "profiles",
    "test_value": "editor_note",
}
PARTS: dict[str, tuple[Kind, dict[str, str]]] = {
    "victims": (kinds.INVOLVEMENT, {}),
    "incidents": (
        kinds.EVENT,
        {"violation_ids": "acts", "alleged_perpetrators": "perpetrators"},
    ),
    "documents": (kinds.INTERVENTION, {"mechanism_id": "mechanism", "kind": "document_kind"}),
}
"""Part of a case in the file → kind of record, and the fields that are called otherwise here."""
_TELLING: dict[str, tuple[str, ...]] = {
    kinds.INVOLVEMENT.name: ("name",),
    kinds.EVENT.name: ("date", "place", "acts"),
    kinds.INTERVENTION.name: ("mechanism", "date", "reference", "url"),
}
"""Fields that tell one person, event or document from another."""
_NEARLY: dict[str, tuple[str, ...]] = {
    kinds.EVENT.name: ("date", "place"),
    kinds.INTERVENTION.name: ("mechanism", "date"),
}
"""Fewer of them: enough where an earlier edition has one such entry, and this one too."""
_SAYS_NOTHING = frozenset({kinds.KIND, "position", "case"})


class Part(NamedTuple):
    """A person, an event or a document of a case. `key`: what tells it from the others of its kind;
    `position`: its place in the file."""

    kind: Kind
    key: str
    position: int
    edits: list[Edit]


class Published(NamedTuple):
    """A case of a file: `name` is its own id, or all that it says. Edits name no record yet."""

    name: str
    edits: list[Edit]
    parts: list[Part]


def record_id(kind: str, case: str, place: str, desk: str = "") -> str:
    """The id of a record of that kind in a case. `desk`: the id of the desk that it is made in; one
    desk's id is no other's. Without one: as programs before this one made it, by its place."""
    text = json.dumps([kind, case, place, desk] if desk else [kind, case, place], ensure_ascii=False)
    return signing.id_text(hashlib.sha256(_ID + text.encode("utf-8", "replace")).digest()[:16])


def read(content: Any) -> Iterator[Published]:
    """The cases of a file. Raises `DamagedError` if this is no such file."""
    if isinstance(content, list):
        around: dict[str, Any] = {}
        cases = content
    elif isinstance(content, dict) and isinstance(content.get("cases"), list):
        around = {k: v for k, v in content.items() if k != "cases"}
        cases = content["cases"]
    elif isinstance(content, dict) and "title" in content:
        around, cases = {}, [content]
    else:
        raise DamagedError(what="it is neither an exchange file nor a list of published cases")
    for case in cases:
        if not isinstance(case, dict):
            raise DamagedError(what="a case in it is not one")
        yield _case(case, around)


def _case(case: dict[str, Any], around: Mapping[str, Any]) -> Published:
    own = case.get("id")
    name = own if isinstance(own, str) and own else json.dumps(case, sort_keys=True)
    plain = {k: v for k, v in case.items() if k not in PARTS or not _is_parts(v)}
    edits = [Edit("", kinds.KIND, kinds.CASE.name), *_fields(kinds.CASE, _CASE, {**around, **plain})]
    parts: list[Part] = []
    for key, (kind, names) in PARTS.items():
        items = case.get(key)
        if not _is_parts(items):
            continue
        assert isinstance(items, list)
        for position, item in enumerate(items):
            said = [Edit("", kinds.KIND, kind.name)]
            if kind is kinds.INVOLVEMENT and "part" not in item:
                said.append(Edit("", "part", "defender"))
            said += _fields(kind, names, item)
            parts.append(Part(kind, key_of(kind, values_of(said)), position, said))
    return Published(name, edits, parts)


def key_of(kind: Kind, values: Mapping[str, list[Value]]) -> str:
    """The text that tells a part from the others of its kind, by the values that it was given first: the
    source's own id of it, else what is named here, else all that is said."""
    own = values.get("source_id") or values.get("id")
    if own:
        return json.dumps(["id", own], ensure_ascii=False)
    telling = {name: _folded(_alike(name, values)) for name in _TELLING[kind.name] if values.get(name)}
    if not telling:
        telling = {name: _folded(many) for name, many in values.items() if name not in _SAYS_NOTHING}
    return json.dumps(sorted(telling.items()), ensure_ascii=False)


def nearly(kind: Kind, values: Mapping[str, list[Value]]) -> str:
    """Less than `key_of`, all of which must be said; empty where it is not."""
    names = _NEARLY.get(kind.name, ())
    if not names or not all(values.get(name) for name in names):
        return ""
    return json.dumps([_folded(_alike(name, values)) for name in names], ensure_ascii=False)


def values_of(edits: list[Edit]) -> dict[str, list[Value]]:
    """Field → the values that edits give it."""
    found: dict[str, list[Value]] = {}
    for edit in edits:
        found.setdefault(edit.field, []).append(edit.value)
    return found


def _alike(name: str, values: Mapping[str, list[Value]]) -> list[Value]:
    """The values of a field as they tell one record from another: a day is one however it is written."""
    if name != "date":
        return values[name]
    return [(dates.read(str(v)) if isinstance(v, str | int) else None) or v for v in values[name]]


def _folded(values: list[Value]) -> list[str]:
    return sorted(" ".join(fold(str(value)).split()) for value in values)


def _is_parts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _fields(kind: Kind, names: Mapping[str, str], item: Mapping[str, Any]) -> Iterator[Edit]:
    for key, value in item.items():
        if value is None or value in ("", [], {}):
            continue
        name = names.get(key) or (f"source_{key}" if key in _RESERVED else key)
        spec = kind.field(name)
        if spec is not None and spec.many:
            for one in value if isinstance(value, list) else [value]:
                yield Edit("", name, one, "add")
        else:
            yield Edit("", name, value)
