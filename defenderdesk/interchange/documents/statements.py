"""The statements of a draft: what a case holds of a kind, in words, each with its records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from defenderdesk import i18n
from defenderdesk.domain import vocabulary
from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.domain.mechanisms import Mechanism, consent
from defenderdesk.domain.mechanisms.namable import Somebody
from defenderdesk.domain.values import date_sort_key

_SUBMITTER = ("name", "status", "address", "phone", "email", "web", "signer", "signer_role")


@dataclass(frozen=True)
class Statement:
    """A paragraph of a draft. `sources`: the records that it comes from."""

    text: str
    sources: tuple[str, ...] = ()


class Statements:
    """Tells what one case says, in one language, for one submission. `people`: the involvements
    that it is for."""

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

    def _t(self, message: str, **facts: object) -> str:
        return i18n.text_in(self.language, message, **facts)

    def about(self, kind: str, name: str) -> Iterator[Statement]:
        """The statements that fill a need."""
        if kind == "event":
            yield from self._events()
        elif kind == "involvement":
            yield from self._people()
        elif kind == "submitter":
            yield from self._submitter()
        elif kind in ("case", "submission"):
            record = self.case.case if kind == "case" else self.submission
            if name == "for_whom":
                yield from self._people()
            else:
                yield from self._values(kind, name, record)
        elif kind == "person":
            linked = {one(p, "person") for p in self.people}
            for record in self.case.of("person"):
                if record.get("id") in linked:
                    yield from self._values(kind, name, record, one(record, "name"))
        elif kind == "source":
            ticked = texts(self.submission, "sources")
            for record in self.case.of(kind):
                if record.get("id") in ticked:
                    yield from self._values(kind, name, record)
        else:
            for record in self.case.of(kind):
                yield from self._values(kind, name, record)

    def _values(self, kind: str, name: str, record: Fields, whose: str = "") -> Iterator[Statement]:
        shown = self.shown(kind, name, record.get(name))
        if shown:
            spec = kind_of(kind).field(name)
            long = spec is not None and spec.type is Type.PARAGRAPH
            label = self._t(spec.label) if spec else name
            lead = f"{label} ({whose})" if whose else label
            text = shown if long and not whose else f"{lead}: {shown}"
            yield Statement(text, (one(record, "id"),))

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
            return i18n.country(text, self.language)
        if spec.type is Type.LANGUAGE:
            return i18n.language_name(text, self.language)
        if spec.type is Type.DATE:
            return i18n.date(text, self.language)
        if spec.type is Type.FLAG:
            return self._t("yes") if value is True else self._t("no")
        if spec.type is Type.LINK:
            return self._named(text)
        return text

    def _named(self, record: str) -> str:
        return next((self.called(r) or one(r, "title") for r in self.case.all() if r.get("id") == record), "")

    def called(self, record: Fields) -> str:
        """The name of somebody, the person's own where a record links to one."""
        somebody = self._known.get(one(record, "id"))
        return somebody.name if somebody else one(record, "name")

    def _people(self) -> Iterator[Statement]:
        for person in self.people:
            parts = [
                self.called(person),
                one(person, "role"),
                one(person, "organisation"),
                self.shown("involvement", "gender", person.get("gender")),
            ]
            if line := ", ".join(part for part in parts if part):
                yield Statement(line, (one(person, "id"),))

    def _submitter(self) -> Iterator[Statement]:
        if (office := self.submitter()) is None:
            return
        lines = [self.shown("submitter", name, office.get(name)) for name in _SUBMITTER]
        lines[6:] = [", ".join(filter(None, lines[6:]))]
        yield from (Statement(line, (one(office, "id"),)) for line in lines if line)

    def submitter(self) -> Fields | None:
        """The submitter: as the submission says, else the first that the office has."""
        known = [s for s in self.case.of("submitter") if one(s, "name")]
        chosen = one(self.submission, "submitter")
        return next((s for s in known if one(s, "id") == chosen), known[0] if known else None)

    def _events(self) -> Iterator[Statement]:
        events = sorted(self.case.of("event"), key=lambda e: date_sort_key(one(e, "date")))
        for event in events:
            when = self.shown("event", "date", event.get("date"))
            until = self.shown("event", "date_end", event.get("date_end"))
            if when and until:
                when = self._t("{first} to {last}", first=when, last=until)
            head = ", ".join(part for part in (when, one(event, "place")) if part)
            acts = self.shown("event", "acts", event.get("acts"))
            by = self.shown("event", "perpetrators", event.get("perpetrators"))
            details = one(event, "perpetrator_details")
            who = " – ".join(part for part in (by, details) if part)
            tail = [
                f"{self._t('Acts')}: {acts}" if acts else "",
                f"{self._t('Who did it')}: {who}" if who else "",
            ]
            body = " ".join(filter(None, (one(event, "description"), *(f"({t})" for t in tail if t))))
            if head or body:
                text = f"{head}: {body}" if head and body else head or body
                yield Statement(text, (one(event, "id"),))

    def elsewhere(self) -> Iterator[Statement]:
        """The other mechanisms that have the matter, and since when."""
        for kind, name in (("submission", "sent"), ("intervention", "date")):
            for record in self.case.of(kind):
                body = one(record, "mechanism")
                when = self.shown(kind, name, record.get(name))
                if body and body != self.mechanism.id and (when or kind == "intervention"):
                    known = vocabulary.label("mechanism", body, self.language)
                    parts = (known, when, one(record, "reference"))
                    yield Statement(", ".join(part for part in parts if part), (one(record, "id"),))

    def consents(self, on: date) -> Iterator[Statement]:
        """The answer of each person to each question of consent."""
        answers = {
            consent.GIVEN: self._t("yes"),
            consent.REFUSED: self._t("no"),
            consent.JUSTIFIED: self._t("not asked, for the reason given"),
        }
        for use in self.mechanism.uses:
            yield Statement(self._t(use.label))
            for person in self.people:
                ids = frozenset({one(person, "id"), one(person, "person")} - {""})
                found = consent.status(self.case.of("consent"), ids, self.mechanism.id, use.code, on)
                answer = answers.get(found) or self._t("[no answer recorded]")
                yield Statement(f"– {self.called(person) or '?'}: {answer}", (one(person, "id"),))
            for record in self.case.of("consent"):
                if one(record, "reason") and use.may_justify:
                    yield Statement(one(record, "reason"), (one(record, "id"),))
