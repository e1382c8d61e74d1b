"""One list as it is used: the terms that several packs and the office have for it, made one.

One pack *leads* the list: its terms are offered, in its tree. The terms of the other packs are
known: they have labels, are found by filters, and stand in for an equal term. Two terms are equal
when they have the same code, or when one's code, or the first code in its column `huridocs`, is
the other's. The further codes of that column are narrower than the term: who asks for what is
within the term gets them, and they show as the term where nothing better is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from defenderdesk.domain.vocabulary.search import Index
from defenderdesk.domain.vocabulary.term import Term
from defenderdesk.domain.vocabulary.tree import walk, without_circles


class Composed:
    """One list. `packs`: the terms of each pack, the leading one first; `own`: what the office
    wrote, which stands over all; `added`: another pack's terms that are offered too where the
    leading pack has nothing equal."""

    def __init__(self, packs: Sequence[Sequence[Term]], own: Iterable[Term], added: Iterable[Term]) -> None:
        self.known: dict[str, Term] = {}
        others = {term.code for terms in packs[1:] for term in terms}
        for terms in packs:
            for term in terms:
                self.known.setdefault(term.code, term)
        leading = dict.fromkeys(term.code for term in packs[0]) if packs else {}
        keys = {key for code in leading for key in (code, self.known[code].equal)} - {""}
        for term in own:
            term = self.known[term.code] = _under(term, self.known.get(term.code))
            # A correction of another pack's term that a leading one equals stays a correction.
            if term.code not in others or not keys & {term.code, term.equal}:
                leading.setdefault(term.code)
        self._leading = leading
        self._added = tuple(term.code for term in added)

    # -- what is offered ----------------------------------------------------------------------

    @cached_property
    def _offering(self) -> tuple[dict[str, Term], dict[str, int], dict[str, list[str]]]:
        """(terms by code in the order of the tree, depths, children)."""
        offered = {code: self.known[code] for code in self._leading}
        for code in self._worth_adding():
            offered.setdefault(code, self.known[code])
        offered = {code: term for code, term in offered.items() if not term.hidden}
        places = {code: at for at, code in enumerate(offered)}

        def place(code: str) -> tuple[bool, int, int]:
            term = offered[code]
            return (code not in self._leading, term.order, places[code])

        parents = without_circles({code: self._above(code, offered) for code in offered})
        depths, children = walk(parents, sorted(offered, key=place))
        return {code: offered[code] for code in depths}, depths, children

    def _worth_adding(self) -> list[str]:
        """The added terms that nothing leading equals; a heading only with something below it."""
        new = {code for code in self._added if self.stand_in(code) == code}
        new -= self._leading.keys()
        headings = {self.known[code].parent for code in self._added}
        wanted = {code for code in new if code not in headings}
        for code in list(wanted):
            for above in self._up(code):
                if above in wanted:
                    break
                if above in new:
                    wanted.add(above)
        return [code for code in self._added if code in wanted]

    def _above(self, code: str, offered: Mapping[str, Term]) -> str:
        """The nearest term above that is offered, itself or by an equal one."""
        for above in self._up(code):
            if above in offered:
                return above
            if (other := self.stand_in(above)) in offered and other != code:
                return other
        return ""

    def _up(self, code: str) -> Iterable[str]:
        """The codes above in the term's own pack, nearest first; ends in a circle too."""
        seen = {code}
        term = self.known.get(code)
        while term and term.parent and term.parent not in seen:
            seen.add(term.parent)
            yield term.parent
            term = self.known.get(term.parent)

    @property
    def offered(self) -> dict[str, Term]:
        """The terms to choose from, by code, each before what is below it."""
        return self._offering[0]

    @property
    def depths(self) -> dict[str, int]:
        """The depth of each offered term; 0 on top."""
        return self._offering[1]

    def children(self, code: str) -> tuple[Term, ...]:
        """The offered terms right below; of "", those on top."""
        at = self.stand_in(code) if code else ""
        return tuple(self.offered[one] for one in self._offering[2].get(at, ()))

    @cached_property
    def _parents(self) -> dict[str, str]:
        return {below: code for code, some in self._offering[2].items() for below in some}

    def ancestors(self, code: str) -> tuple[Term, ...]:
        """The terms above the term, or above the one that stands in for it; nearest first."""
        at = self.stand_in(code)
        if at not in self.offered:
            return tuple(self.known[above] for above in self._up(at) if above in self.known)
        found = []
        while at := self._parents.get(at, ""):
            found.append(self.offered[at])
        return tuple(found)

    # -- what is equal ------------------------------------------------------------------------

    @cached_property
    def _equal(self) -> dict[str, list[str]]:
        """Code or key -> the codes of known terms that mean just that, leading ones first."""
        found: dict[str, list[str]] = {}
        for leads in (True, False):
            for code, term in self.known.items():
                if (code in self._leading) == leads:
                    for key in {code: 0, term.equal: 0}:
                        if key:
                            found.setdefault(key, []).append(code)
        return found

    @cached_property
    def _broader(self) -> dict[str, str]:
        """Key -> the code of a known term that is broader, leading ones first."""
        found: dict[str, str] = {}
        for leads in (True, False):
            for code, term in self.known.items():
                if (code in self._leading) == leads:
                    for key in term.huridocs[1:]:
                        found.setdefault(key, code)
        return found

    def _keys(self, code: str) -> tuple[str, ...]:
        term = self.known.get(code)
        return (code, term.equal) if term and term.equal else (code,)

    def stand_in(self, code: str) -> str:
        """The code of the term that shows `code`: a leading one where one is equal, else the
        code's own, else an equal or broader one of any pack; `code` itself when there is none."""
        if code in self._leading:
            return code
        equal = [one for key in self._keys(code) for one in self._equal.get(key, ())]
        for one in equal:
            if one in self._leading:
                return one
        if code in self.known:
            return code
        return equal[0] if equal else self._broader.get(code, code)

    def same(self, code: str) -> tuple[str, ...]:
        """The other codes that mean just what `code` means, the leading pack's first."""
        found: dict[str, None] = {}
        for key in self._keys(code):
            for one in self._equal.get(key, ()):
                found.update(dict.fromkeys(self._keys(one)))
        found.update(dict.fromkeys(self._keys(code)))
        found.pop(code, None)
        return tuple(sorted(found, key=lambda one: one not in self._leading))

    @cached_property
    def _below(self) -> dict[str, list[str]]:
        """Code -> the known terms right below it, in whatever pack."""
        found: dict[str, list[str]] = {}
        for code, term in self.known.items():
            if term.parent and term.parent != code:
                found.setdefault(term.parent, []).append(code)
        return found

    def within(self, code: str) -> frozenset[str]:
        """`code`, all that is below it, and every code that is equal to or narrower than one of
        these: what a filter on `code` has to find in records."""
        found: set[str] = set()
        left = [code]
        while left:
            one = left.pop()
            if one in found:
                continue
            found.add(one)
            left.extend(self._below.get(one, ()))
            left.extend(self.same(one))
            if term := self.known.get(one):
                left.extend(term.huridocs[1:])
        return frozenset(found)

    @cached_property
    def index(self) -> Index:
        """The offered terms for search."""
        return Index(self.offered.values())


def _under(own: Term, shipped: Term | None) -> Term:
    """The term that an office wrote, over the term that it corrects."""
    if shipped is None:
        return own
    return replace(
        own,
        labels={**shipped.labels, **own.labels},
        parent=own.parent or shipped.parent,
        order=own.order if own.order != LAST else shipped.order,
        huridocs=own.huridocs or shipped.huridocs,
        extra=shipped.extra,
    )


LAST = 10**9 + 1
"""The order of an office's term that says none: behind its siblings."""
