"""A vocabulary: the shipped pack, packs that were loaded, and the office's own terms."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import cache

from defenderdesk.domain import tables
from defenderdesk.domain.vocabulary.composed import Composed
from defenderdesk.domain.vocabulary.own import own_terms
from defenderdesk.domain.vocabulary.pack import Pack, read_pack
from defenderdesk.domain.vocabulary.term import Term

SHIPPED = "defenderdesk"
"""The name of the pack that ships with the program."""


class Vocabulary:
    """Immutable; every method that changes something gives another one. Lists are put together
    when they are first asked for.

    `packs`: at most one of each name. `own`: the office's terms. `preferred`: the name of the
    pack that leads the lists it has; the shipped pack leads the others, and a list that only
    other packs have is led by the first of them by name.
    """

    def __init__(
        self, packs: Iterable[Pack] = (), own: Iterable[Term] = (), preferred: str = SHIPPED
    ) -> None:
        newest: dict[str, Pack] = {}
        for pack in packs:
            # The newer version wins whole; of the same version the one that was there stays.
            if pack.name not in newest or newest[pack.name].version < pack.version:
                newest[pack.name] = pack

        def rank(pack: Pack) -> tuple[bool, bool, str]:
            return (pack.name != preferred, pack.name != SHIPPED, pack.name)

        self.packs = tuple(sorted(newest.values(), key=rank))
        self.own = tuple(own)
        self.preferred = preferred
        self._by_list: dict[str, list[tuple[Pack, list[Term]]]] = {}
        for pack in self.packs:
            for name in pack.lists:
                self._by_list.setdefault(name, [])
            for term in pack.terms:
                lists = self._by_list.setdefault(term.list_name, [])
                if not lists or lists[-1][0] is not pack:
                    lists.append((pack, []))
                lists[-1][1].append(term)
        self._own: dict[str, list[Term]] = {}
        for term in self.own:
            self._own.setdefault(term.list_name, []).append(term)
        self._composed: dict[str, Composed] = {}
        self._lock = threading.Lock()

    @staticmethod
    def shipped() -> Vocabulary:
        """The vocabulary of the pack that ships with the program; read once."""
        return _shipped()

    def with_packs(self, packs: Iterable[Pack], preferred: str = "") -> Vocabulary:
        """This with `packs` loaded too; `preferred`: the name of the pack that shall lead. None of
        them takes the place of the shipped pack: the program relies on its codes."""
        loaded = [pack for pack in packs if pack.name != SHIPPED]
        return Vocabulary([*self.packs, *loaded], self.own, preferred or self.preferred)

    def with_terms(self, records: Iterable[Mapping[str, object]]) -> Vocabulary:
        """This with the office's own terms and corrections: the fields of *all* records of kind
        `term`, in any order. They take the place of those given before."""
        return Vocabulary(self.packs, own_terms(records), self.preferred)

    def _list(self, name: str) -> Composed:
        found = self._composed.get(name)
        if found is None:
            with self._lock:
                found = self._composed.setdefault(name, self._compose(name))
        return found

    def _compose(self, name: str) -> Composed:
        packs = self._by_list.get(name, [])
        added = next((terms for pack, terms in packs[1:] if pack.name == SHIPPED), [])
        return Composed([terms for _, terms in packs], self._own.get(name, ()), added)

    # -- look-ups -----------------------------------------------------------------------------

    @property
    def lists(self) -> tuple[str, ...]:
        """The names of all lists, also of those without a term."""
        return tuple(dict.fromkeys([*self._by_list, *self._own]))

    def terms(self, list_name: str) -> dict[str, Term]:
        """The terms to choose from, by code, each before what is below it; empty for an unknown
        list. Those of the pack that leads the list and the office's own, without hidden ones;
        and, where another pack leads, those of the shipped one that it has nothing equal to."""
        return self._list(list_name).offered

    def tree(self, list_name: str) -> tuple[tuple[int, Term], ...]:
        """(depth, term) of the terms to choose from, in the order of the tree."""
        found = self._list(list_name)
        return tuple((found.depths[code], term) for code, term in found.offered.items())

    def get(self, list_name: str, code: str) -> Term | None:
        """The term of that code in whatever pack, hidden or not; None for an unknown code."""
        return self._list(list_name).known.get(code)

    def shown(self, list_name: str, code: str) -> Term | None:
        """The term that a record holding `code` shows: an equal one of the leading pack, else
        its own, else an equal or broader one; None for an unknown code."""
        found = self._list(list_name)
        return found.known.get(found.stand_in(code))

    def label(self, list_name: str, code: str, language: str) -> str:
        """The label to show for `code`; an unknown code is shown as it is. Where the term that is
        shown has no label in `language`, an equal one of another pack lends its own."""
        found = self._list(list_name)
        shown = found.stand_in(code)
        term = found.known.get(shown)
        if term is None:
            return code
        if not term.speaks(language):
            for other in found.same(shown):
                if (equal := found.known.get(other)) and equal.speaks(language):
                    return equal.label(language)
        return term.label(language)

    def children(self, list_name: str, code: str = "") -> tuple[Term, ...]:
        """The terms right below `code`, or on top of the list."""
        return self._list(list_name).children(code)

    def ancestors(self, list_name: str, code: str) -> tuple[Term, ...]:
        """The terms above `code`, nearest first, in the tree of the leading pack."""
        return self._list(list_name).ancestors(code)

    def within(self, list_name: str, code: str) -> frozenset[str]:
        """`code` and every code that means it or something narrower, in any pack."""
        return self._list(list_name).within(code)

    def same(self, list_name: str, code: str) -> tuple[str, ...]:
        """The other codes that mean just what `code` means, in any pack; the leading one's
        first. HURIDOCS codes are among them whether that pack is loaded or not."""
        return self._list(list_name).same(code)

    def search(self, list_name: str, text: str, language: str) -> list[Term]:
        """The terms to choose from that `text` finds, best first (see `search.Index.find`)."""
        return self._list(list_name).index.find(text, language)


@cache
def _shipped() -> Vocabulary:
    found = dict(tables.texts("vocabulary"))
    head = tables.text("vocabulary", "pack.json")
    lists = {name: found[name] for name in sorted(found) if name.endswith(".csv")}
    return Vocabulary([read_pack(head, lists)])
