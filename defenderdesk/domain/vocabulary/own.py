"""An office's own terms and corrections, from records of kind `term`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from defenderdesk.domain.vocabulary.composed import LAST
from defenderdesk.domain.vocabulary.pack import MAX_ORDER, clean
from defenderdesk.domain.vocabulary.term import CODE, KEY, LANGUAGE, MAX_LABEL, Term


def own_terms(records: Iterable[Mapping[str, object]]) -> tuple[Term, ...]:
    """The terms that `records` (the fields of records of kind `term`) describe.

    A record without a list and a code that can be ones is left out. Two devices may have written
    two records of one term: their fields fill each other, where both have one the first in the
    order of its text counts, and hidden in one is hidden. So the order of `records` means nothing.
    """
    found: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for fields in records:
        list_name, code = fields.get("list"), fields.get("code")
        if isinstance(list_name, str) and isinstance(code, str):
            list_name, code = list_name.strip(), code.strip()
            if CODE.match(list_name) and CODE.match(code):
                found.setdefault((list_name, code), []).append(fields)
    return tuple(_term(*place, found[place]) for place in sorted(found))


def _term(list_name: str, code: str, records: list[Mapping[str, object]]) -> Term:
    texts: dict[str, str] = {}
    orders: list[int] = []
    hidden = False
    for fields in records:
        hidden = hidden or fields.get("hidden") is True
        order = fields.get("order")
        if type(order) is int and abs(order) <= MAX_ORDER:
            orders.append(order)
        for name, value in fields.items():
            if isinstance(value, str) and (text := clean(value)[:MAX_LABEL].strip()):
                texts[name] = min(text, texts.get(name, text))
    above = texts.get("above", "")
    return Term(
        list_name,
        code,
        {
            name.removeprefix("label_"): texts[name]
            for name in sorted(texts)
            if name.startswith("label_") and LANGUAGE.match(name.removeprefix("label_"))
        },
        above if CODE.match(above) else "",
        min(orders, default=LAST),
        tuple(filter(KEY.match, texts.get("huridocs", "").split())),
        hidden=hidden,
        own=True,
    )
