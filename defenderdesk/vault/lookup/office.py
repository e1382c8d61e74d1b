"""An office's own settings, as the rest of the program uses it: corrected mechanisms, the
composed vocabulary, and the rules of the office. Kept until a record of it changes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from defenderdesk.domain import agenda
from defenderdesk.domain.casefile import Fields
from defenderdesk.vault.lookup import days
from defenderdesk.vault.records import query
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Change

if TYPE_CHECKING:
    from defenderdesk.domain.mechanisms import Corrected, Terms
    from defenderdesk.domain.vocabulary import Vocabulary
    from defenderdesk.vault.lookup.queries import Views

KINDS = frozenset({"term", "pack", "mechanism", "policy", "*"})
"""Kinds of record whose change makes anything here old; `*`: everything may have changed."""


class Office:
    """`Vault.office`."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store, self._views = store, views
        self._mechanisms: Corrected | None = None
        self._vocabulary: Vocabulary | None = None
        self._policy: Fields | None = None
        self._told = ""
        self._keep_years = 0
        self._terms: Terms | None = None
        views.rules, views.check_rules = self._rules, self._check_rules

    def news(self, change: Change) -> bool:
        """Forget what a change made old; whether anything was."""
        if not KINDS & change.kinds:
            return False
        self._mechanisms = self._vocabulary = self._policy = None
        return True

    def corrected(self) -> Corrected:
        """The mechanisms with the office's corrections, and what in these made no sense."""
        from defenderdesk.domain import mechanisms

        if self._mechanisms is None:
            records = self._fields("mechanism")
            self._mechanisms = mechanisms.corrected(mechanisms.load(), records)
        return self._mechanisms

    def vocabulary(self) -> Vocabulary:
        """The shipped terms, the loaded packs and the office's own terms, in one."""
        from defenderdesk.domain.vocabulary import Vocabulary, from_records

        if self._vocabulary is None:
            made = Vocabulary.shipped()
            if packs := from_records(self._fields("pack")):
                leads = str(self.policy().get("pack") or "")
                made = made.with_packs(packs, leads if leads in {p.name for p in packs} else "")
            if terms := self._fields("term"):
                made = made.with_terms(terms)
            self._vocabulary = made
        return self._vocabulary

    def policy(self) -> Fields:
        """The rules of the office: of several records the values of the last one made count."""
        if self._policy is None:
            merged: dict[str, object] = {}
            for fields in self._fields("policy"):
                merged |= {name: value for name, value in fields.items() if value is not None}
            self._policy = merged
        return self._policy

    def terms(self) -> Terms:
        """The terms that the office keeps for every mechanism."""
        from defenderdesk.domain import mechanisms

        return mechanisms.terms_of(self.policy())

    def _fields(self, kind: str) -> list[Fields]:
        from defenderdesk.vault.types import fields_of

        return [fields_of(record) for record in self._views.of_kind(kind)]

    def _rules(self) -> agenda.Rules:
        """The rules that make days, as they were read last. They are not read from here: this runs
        while the tables that would be asked are being written."""
        from defenderdesk.domain import mechanisms

        known = self._mechanisms.mechanisms if self._mechanisms else mechanisms.load()
        return agenda.Rules(known, self._keep_years, self._terms)

    def _check_rules(self) -> bool:
        """Tells whether the deadlines of submissions rest on other rules than the present ones;
        they are then marked to be worked out anew. One small question where nothing changed."""
        rows = query.rules(self._store.reader)
        told = hashlib.sha256(repr((agenda.VERSION, rows)).encode()).hexdigest()
        if told == self._told:
            return False
        self._told, self._mechanisms, self._policy = told, None, None
        self._keep_years, self._terms = 0, None
        if rows:
            self.corrected()
            years = str(self.policy().get("keep_years") or "").strip()
            self._keep_years = int(years) if years.isdecimal() and len(years) < 4 else 0
            self._terms = self.terms()
        if told == self._store.meta("derived_rules", ""):
            return False
        with self._store.writing() as conn:
            days.rules_changed(conn)
            self._store.set_meta("derived_rules", told)
        return True
