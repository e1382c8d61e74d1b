"""Files in the shape of `resources/samples/public_cases.json`: published appeals and
communications. Every fact is taken in; what has no field of its own keeps its own name.

Records get ids made from the case's own id and the place in it, so that reading the same file
twice, or on two devices, makes nothing twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
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
_PARTS: dict[str, tuple[Kind, dict[str, str]]] = {
    "victims": (kinds.INVOLVEMENT, {}),
    "incidents": (
        kinds.EVENT,
        {"violation_ids": "acts", "alleged_perpetrators": "perpetrators"},
    ),
    "documents": (kinds.INTERVENTION, {"mechanism_id": "mechanism", "kind": "document_kind"}),
}


def record_id(kind: str, case: str, place: str) -> str:
    """The id of a record of that kind at that place of a case."""
    text = json.dumps([kind, case, place], ensure_ascii=False)
    return signing.id_text(hashlib.sha256(_ID + text.encode("utf-8", "replace")).digest()[:16])


def edits(content: Any) -> Iterator[list[Edit]]:
    """One batch of edits per case. Raises `DamagedError` if this is no such file."""
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
        yield list(_case(case, around))


def _case(case: dict[str, Any], around: Mapping[str, Any]) -> Iterator[Edit]:
    own = case.get("id")
    name = own if isinstance(own, str) and own else json.dumps(case, sort_keys=True)
    rid = record_id("case", name, "")
    yield Edit(rid, kinds.KIND, kinds.CASE.name)
    plain = {k: v for k, v in case.items() if k not in _PARTS or not _is_parts(v)}
    yield from _fields(rid, kinds.CASE, _CASE, {**around, **plain})
    for key, (kind, names) in _PARTS.items():
        items = case.get(key)
        if not _is_parts(items):
            continue
        assert isinstance(items, list)
        for position, item in enumerate(items):
            part = record_id(kind.name, name, f"{key}/{position}")
            yield Edit(part, kinds.KIND, kind.name)
            yield Edit(part, "case", rid)
            yield Edit(part, "position", position)
            if kind is kinds.INVOLVEMENT and "part" not in item:
                yield Edit(part, "part", "defender")
            yield from _fields(part, kind, names, item)


def _is_parts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _fields(rid: str, kind: Kind, names: Mapping[str, str], item: Mapping[str, Any]) -> Iterator[Edit]:
    for key, value in item.items():
        if value is None or value in ("", [], {}):
            continue
        name = names.get(key) or (f"source_{key}" if key in _RESERVED else key)
        spec = kind.field(name)
        if spec is not None and spec.many:
            for one in value if isinstance(value, list) else [value]:
                yield Edit(rid, name, one, "add")
        else:
            yield Edit(rid, name, _value(value))


def _value(value: Any) -> Value:
    result: Value = value
    return result
