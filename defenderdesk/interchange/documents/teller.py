"""Ways of every part of a draft to tell what a case holds: values in words, names, who is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from defenderdesk import i18n
from defenderdesk.domain import countries, vocabulary
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.concerns import whom
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.domain.mechanisms.namable import Somebody
from defenderdesk.domain.values import date_sort_key


@dataclass(frozen=True)
class Statement:
    """A paragraph of a draft. `sources`: the records that it comes from."""

    text: str
    sources: tuple[str, ...] = ()


class Teller:
    """One case told in one language for one submission. `people`: the involvements that it is
    for."""

    def __init__(
        self,
        mechanism: Mechanism,
        case: CaseFile,
        submission: Fields,
        people: list[Fields],
        named: list[Somebody],
        language: str,
    ) -> None:
        self.mechanism, self.case, self.submission = mechanism, case, submission
        self.people, self.language = people, language
        self._known = {id: somebody for somebody in named for id in somebody.ids}

    def t(self, message: str, **facts: object) -> str:
        """A message in the draft's language."""
        return i18n.text_in(self.language, message, **facts)

    def shown(self, kind: str, name: str, value: object) -> str:
        """A value as words of the draft's language."""
        if isinstance(value, list):
            return ", ".join(filter(None, (self.shown(kind, name, v) for v in value)))
        if value in (None, "") or isinstance(value, dict):
            return ""
        spec = kind_of(kind).field(name)
        text = str(value)
        if spec is None:
            return text
        if spec.type is Type.TERM:
            return vocabulary.label(spec.terms, text, self.language)
        if spec.type is Type.COUNTRY:
            return countries.state_name(text, self.language) or i18n.country(text, self.language)
        if spec.type is Type.LANGUAGE:
            return i18n.language_name(text, self.language)
        if spec.type is Type.DATE:
            return i18n.date(text, self.language, "long")
        if spec.type is Type.FLAG:
            return self.t("yes") if value is True else self.t("no")
        if spec.type is Type.LINK:
            return self.named(text)
        return text

    def field(self, record: Fields, kind: str, name: str) -> str:
        """A field of a record in words; empty where it holds nothing."""
        return self.shown(kind, name, record.get(name))

    def label(self, kind: str, name: str) -> str:
        """The label of a field."""
        spec = kind_of(kind).field(name)
        return self.t(spec.label) if spec else name

    def labelled(self, kind: str, name: str, shown: str, whose: str = "") -> str:
        """A value behind the label of its field and, where given, the name of whom it is about."""
        label = self.label(kind, name)
        return self.headed(f"{label} ({whose})" if whose else label, shown)

    def headed(self, head: str, body: str) -> str:
        """A text behind what it is about, with the colon of the language; either may be empty."""
        return self.t("{head}: {body}", head=head, body=body) if head and body else head or body

    def named(self, record: str) -> str:
        """The name or title of a linked record."""
        return next((self.called(r) or one(r, "title") for r in self.case.all() if r.get("id") == record), "")

    def called(self, record: Fields) -> str:
        """The name of somebody, the person's own where a record links to one."""
        somebody = self._known.get(one(record, "id"))
        return somebody.name if somebody else one(record, "name")

    def may_name(self, record: Fields) -> bool:
        """Tells whether somebody agreed to be named to this mechanism."""
        somebody = self._known.get(one(record, "id"))
        return somebody is not None and somebody.may

    def whose(self, record: Fields) -> str:
        """The names of those whom a record concerns, where the draft is for several and the record
        not for all of them."""
        if len(self.people) < 2:
            return ""
        ids = whom(self.case, record)
        meant = [p for p in self.people if ids & {one(p, "id"), one(p, "person")} - {""}]
        return "" if len(meant) == len(self.people) else ", ".join(filter(None, map(self.called, meant)))

    def in_time(self, records: Iterable[Fields], name: str = "date") -> list[Fields]:
        """Records in the order of a date of theirs; those without one stand last."""
        return sorted(records, key=lambda r: (not one(r, name), date_sort_key(one(r, name))))

    def when(self, record: Fields, kind: str) -> str:
        """The day or days of a record, with the time of day where it is known."""
        first, last = self.field(record, kind, "date"), self.field(record, kind, "date_end")
        days = self.t("{first} to {last}", first=first, last=last) if first and last else first or last
        return ", ".join(part for part in (days, one(record, "time")) if part)


def joined(parts: Iterable[str], between: str = ", ") -> str:
    """The parts that hold something, with what stands between them."""
    return between.join(part for part in parts if part)
