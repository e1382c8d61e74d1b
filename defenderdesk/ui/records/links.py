"""Records that a field may link to: records of the case that is open, and persons and organisations
of the whole vault, found as one types. A person that does not exist yet is made from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QObject

from defenderdesk.domain.kinds import kind_of
from defenderdesk.errors import NotFoundError, SameIdError
from defenderdesk.i18n import sort_key, text
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session, new_record
from defenderdesk.vault.types import CaseFilter, Record


class Candidate(NamedTuple):
    """One record that could be linked: its id, name, and a line that tells it from others."""

    id: str
    name: str
    about: str
    kind: str


ELSEWHERE = ("person", "organisation", "case", "visit")
"""Kinds that are looked for in the whole vault; of the others, the case's own."""
MADE_HERE = ("person", "organisation")
"""Kinds of which one can be made in passing, out of its name."""


class Links(QObject):
    """The records around an open case."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.desk = ""
        self._known: dict[tuple[str, str], Candidate] = {}
        self._near: dict[str, list[Candidate]] = {}

    def show(self, records: Sequence[Record], desk: str) -> None:
        """The case's records as they are now."""
        self.desk = desk
        self._near = {}
        for record in records:
            one = candidate(record)
            self._known[self._meant(record.id)] = one
            self._near.setdefault(record.kind, []).append(one)

    def known(self, record: str) -> str:
        """The name of a record that was seen before; empty otherwise."""
        found = self._known.get(self._meant(record))
        return found.name if found else ""

    def _meant(self, record: str) -> tuple[str, str]:
        """The record that is meant, as what is known is kept by: a bare id means this desk's."""
        return str(record), getattr(record, "desk", self.desk)

    def near(self, kinds: Sequence[str], typed: str = "") -> list[Candidate]:
        """Records of the case, of these kinds, whose name holds what was typed."""
        wanted = sort_key(typed)
        return [
            one
            for kind in kinds
            for one in self._near.get(kind, ())
            if wanted in sort_key(f"{one.name} {one.about}")
        ]

    def find(
        self,
        receiver: QObject,
        kinds: Sequence[str],
        typed: str,
        done: Callable[[list[Candidate]], None],
    ) -> None:
        """Records of these kinds that fit what was typed: the case's at once, then the vault's."""
        near = self.near(kinds, typed)
        far = [kind for kind in kinds if kind in ELSEWHERE]
        if not far or len(typed.strip()) < 2:
            done(near)
            return
        vault = self.session.vault

        def work() -> list[Candidate]:
            found: list[Candidate] = []
            people = [kind for kind in far if kind in MADE_HERE]
            if people:
                found += [candidate(p.record) for p in vault.views.named(typed, people)]
            if "case" in far:
                rows = vault.cases(CaseFilter(text=typed, desk=self.desk), 0, 8)
                found += [Candidate(r.id, r.title, r.reference, "case") for r in rows]
            if "visit" in far:
                found += [
                    one
                    for one in map(candidate, vault.views.newest("visit", 500))
                    if sort_key(typed) in sort_key(one.name)
                ]
            return found

        def told(found: list[Candidate]) -> None:
            self._known.update({self._meant(one.id): one for one in found})
            seen = {one.id for one in near}
            done(near + [one for one in found if one.id not in seen])

        self.session.operations.read(receiver, work, told, key=f"links-{id(receiver)}")

    def name(self, receiver: QObject, record: str, done: Callable[[Candidate], None]) -> None:
        """The name of a linked record; asked of the vault where it is not known."""
        if known := self._known.get(self._meant(record)):
            done(known)
            return
        vault = self.session.vault

        def work() -> Candidate:
            try:
                return candidate(vault.get(record))
            except (NotFoundError, SameIdError):
                return Candidate(record, text("not on this device"), "", "")

        def told(found: Candidate) -> None:
            self._known[self._meant(record)] = found
            done(found)

        self.session.operations.read(receiver, work, told)

    def make(self, receiver: QObject, kind: str, name: str, done: Callable[[Candidate], None]) -> None:
        """A new person or organisation with that name."""
        record, edits = new_record(self.session.vault, kind, {"name": name.strip()})
        one = Candidate(record, name.strip(), text(kind_of(kind).label), kind)
        self._known[self._meant(record)] = one
        self.session.save(receiver, edits, lambda _: done(one), desk=self.desk or None)


def candidate(record: Record) -> Candidate:
    """A record as something to link to."""
    kind = kind_of(record.kind)
    about = " · ".join(p for p in (text(kind.label), formatting.line_of(record)) if p)
    return Candidate(record.id, formatting.title_of(record), about, record.kind)
