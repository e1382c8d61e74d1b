"""Packs as records of kind `pack`, and back. A record holds one list of one version of a pack.

The id of such a record comes from `pack_key`, which names the version: two versions are other
records, so no merge can mix them, and loading the same version twice, or on two devices, writes
the same record. `from_records` takes the newest version of each pack whole. What a vault holds
was checked when it was loaded, or came from a newer program: a row that makes no sense is left
out, never refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from defenderdesk.domain.values import Value
from defenderdesk.domain.vocabulary.pack import MAX_ORDER, MAX_TERMS, MAX_VERSION, Pack, clean
from defenderdesk.domain.vocabulary.term import CODE, KEY, LANGUAGE, MAX_LABEL, NOTHING, Term


def pack_key(pack: Pack, list_name: str) -> str:
    """A text that names one list of one version of a pack; the same on every device."""
    return f"pack:{pack.name}:{pack.version}:{list_name}"


def as_records(pack: Pack) -> list[dict[str, Value]]:
    """The fields of the records of a pack, one for each list that has terms."""
    rows: dict[str, list[Value]] = {}
    for term in pack.terms:
        row: list[Value] = [
            term.code,
            term.parent,
            term.order,
            " ".join(term.huridocs),
            dict(term.labels),
        ]
        if term.extra:
            row.append(dict(term.extra))
        rows.setdefault(term.list_name, []).append(row)
    return [
        {"name": pack.name, "version": pack.version, "list": name, "terms": terms}
        for name, terms in rows.items()
    ]


def from_records(records: Iterable[Mapping[str, object]]) -> tuple[Pack, ...]:
    """The packs of records of kind `pack` (their fields): the newest version of each, whole, in
    the order of their names. The order of `records` means nothing."""
    found: dict[str, dict[int, dict[str, list[list[Any]]]]] = {}
    for fields in records:
        name, version = fields.get("name"), fields.get("version")
        list_name, rows = fields.get("list"), fields.get("terms")
        if (
            _is(CODE, name)
            and _is(CODE, list_name)
            and type(version) is int
            and 0 < version <= MAX_VERSION
            and isinstance(rows, list)
        ):
            lists = found.setdefault(str(name), {}).setdefault(version, {})
            lists.setdefault(str(list_name), []).append(rows)
    return tuple(_pack(name, found[name]) for name in sorted(found))


def _pack(name: str, versions: dict[int, dict[str, list[list[Any]]]]) -> Pack:
    version = max(versions)
    terms: list[Term] = []
    for list_name in sorted(versions[version]):
        copies = versions[version][list_name]
        # Several records of one list are the same list, or someone's mistake: any one, but the
        # same one everywhere.
        rows = copies[0] if len(copies) == 1 else min(copies, key=_text_of)
        terms.extend(_terms(list_name, rows, MAX_TERMS - len(terms)))
    languages = tuple(dict.fromkeys(code for term in terms for code in term.labels))
    lists = tuple(dict.fromkeys(term.list_name for term in terms))
    return Pack(name, version, {"en": name}, languages, lists, tuple(terms))


def _text_of(rows: list[Any]) -> str:
    return json.dumps(rows, sort_keys=True, default=repr)


def _terms(list_name: str, rows: list[Any], most: int) -> list[Term]:
    found: dict[str, Term] = {}
    languages: dict[Any, bool] = {}
    for row in rows:
        term = _term(list_name, row, languages)
        if term and len(found) < most:
            found.setdefault(term.code, term)
    return list(found.values())


def _term(list_name: str, row: Any, languages: dict[Any, bool]) -> Term | None:
    """The term of one row; None for one that makes no sense. `languages` remembers which keys of
    labels are languages."""
    if not isinstance(row, list) or len(row) < 5:
        return None
    code, parent, order, keys, labels = row[:5]
    if not _is(CODE, code) or not isinstance(labels, dict):
        return None
    extra = row[5] if len(row) > 5 and isinstance(row[5], dict) else {}
    found = {}
    for language, label in labels.items():
        if language not in languages:
            languages[language] = _is(LANGUAGE, language)
        if languages[language] and isinstance(label, str) and (label := clean(label)):
            found[language] = label[:MAX_LABEL]
    return Term(
        list_name,
        code,
        found,
        parent if _is(CODE, parent) else "",
        order if type(order) is int and abs(order) <= MAX_ORDER else 0,
        tuple(filter(KEY.match, keys.split())) if isinstance(keys, str) else (),
        {k: v for k, v in extra.items() if isinstance(k, str) and isinstance(v, str)} or NOTHING,
    )


def _is(pattern: Any, value: object) -> bool:
    return isinstance(value, str) and bool(pattern.match(value))
