"""The draft of a submission: what the case holds, in the order of the mechanism's own sections.

A fact that stands in the case is typed once and goes into every draft that asks for it. What is
not to be shared stays out; the name of a person without the consent that the mechanism asks for
is replaced. A section for which the case has nothing says what is missing, in brackets, so that
nobody sends it unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from defenderdesk import i18n
from defenderdesk.domain import vocabulary, withheld
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.domain.mechanisms import Mechanism, Section, consent
from defenderdesk.domain.mechanisms.needs import NEEDS, paths
from defenderdesk.domain.values import date_sort_key
from defenderdesk.errors import UsageError


@dataclass(frozen=True)
class Part:
    """One section of a draft: its heading, paragraphs, and whether it is confidential."""

    id: str
    heading: str
    paragraphs: tuple[str, ...]
    confidential: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """A draft in one language. `withheld_names`: how many persons stay unnamed for lack of
    consent."""

    title: str
    language: str
    parts: tuple[Part, ...]
    withheld_names: int

    def text(self) -> str:
        """All of it as plain text."""
        pieces = [self.title, ""]
        for number, part in enumerate(self.parts, 1):
            pieces += [f"{number}. {part.heading}", *part.paragraphs, ""]
        return "\n".join(pieces).rstrip() + "\n"


def draft(mechanism: Mechanism, case: CaseFile, submission: Fields, on: date, language: str = "") -> Draft:
    """A draft to that mechanism. `language`: of the submission, else the one it names, else the
    first that the mechanism reads. Raises `UsageError` for a case that may not leave."""
    spoken = language or one(submission, "language") or next(iter(mechanism.languages), "en")
    shareable = withheld.open_case(case)
    own = withheld.open_part(submission)
    if shareable is None or own is None:
        raise UsageError(what="This case is marked as not to be shared")
    writer = _Writer(mechanism, shareable, own, on, spoken)
    sections = mechanism.contents or (Section("facts", "Facts", needs=("event.description",)),)
    parts = tuple(writer.part(section) for section in sections)
    title = f"{mechanism.name(spoken)}: {one(shareable.case, 'title')}"
    return Draft(writer.masked(title), spoken, parts, writer.unnamed)


class _Writer:
    def __init__(
        self, mechanism: Mechanism, case: CaseFile, submission: Fields, on: date, language: str
    ) -> None:
        self.mechanism, self.case, self.submission = mechanism, case, submission
        self.language = language
        self.people = consent.whose(case, submission)
        self.masks: dict[str, str] = {}
        for number, person in enumerate(self.people, 1):
            name = one(person, "name")
            if name and not self._may_name(person, on):
                mask = i18n.text_in(language, "[person {n}, name withheld]", n=number)
                self.masks[name] = mask
                if one(person, "gender"):  # of a human being, the names by themselves as well
                    self.masks |= dict.fromkeys((w for w in name.split() if len(w) > 3), mask)
        self.unnamed = len(set(self.masks.values()))

    def _may_name(self, person: Fields, on: date) -> bool:
        """Tells whether every use that the mechanism requires and cannot do without a name is
        given."""
        ids = frozenset({one(person, "id"), one(person, "person")} - {""})
        fine = (consent.GIVEN, consent.JUSTIFIED)
        for use in self.mechanism.uses:
            if not use.required or use.refusable:
                continue
            found = consent.status(self.case.of("consent"), ids, self.mechanism.id, use.code, on)
            if found not in fine:
                return False
        return True

    def masked(self, text: str) -> str:
        """Text without the names that may not be given, longer names first."""
        for name in sorted(self.masks, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", self.masks[name], text)
        return text

    def _t(self, message: str, **facts: object) -> str:
        return i18n.text_in(self.language, message, **facts)

    # -- one section ---------------------------------------------------------------------------

    def part(self, section: Section) -> Part:
        """One section with what the case has for it."""
        found: list[str] = []
        missing: list[str] = []
        told: set[str] = set()
        for need in section.needs:
            for path in paths(need):
                kind, name = path.split(".")
                if kind in told:
                    break
                paragraphs = list(self._about(kind, name))
                if paragraphs:
                    if kind in ("event", "involvement", "proceeding", "charge"):
                        told.add(kind)  # told whole, once
                    found += [p for p in paragraphs if p not in found]
                    break
            else:
                missing.append(self._t(NEEDS[paths(need)[0]]))
        if section.id == "consent" or (self.mechanism.uses and "consent" in section.label.lower()):
            found += self._consents()
        if section.id in _ELSEWHERE:
            found += self._elsewhere()
        if section.id in ("closing",):
            found.append(self._t("[place and date, signature]"))
        if missing and section.required:
            found.append(self._t("[still lacking: {what}]", what=", ".join(missing)))
        elif not found and not section.needs:
            hint = self._t(section.hint) if section.hint else self._t("to be written")
            found.append(f"[{hint}]")
        paragraphs_masked = tuple(self.masked(p) for p in found)
        return Part(
            section.id,
            self._t(section.label),
            paragraphs_masked,
            section.confidential,
            tuple(missing),
        )

    def _about(self, kind: str, name: str) -> Iterator[str]:
        if kind == "event":
            yield from self._events()
        elif kind == "involvement":
            yield from self._people()
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
        else:
            for record in self.case.of(kind):
                yield from self._values(kind, name, record)

    def _values(self, kind: str, name: str, record: Fields, whose: str = "") -> Iterator[str]:
        shown = self.shown(kind, name, record.get(name))
        if shown:
            spec = kind_of(kind).field(name)
            long = spec is not None and spec.type is Type.PARAGRAPH
            label = self._t(spec.label) if spec else name
            lead = f"{label} ({whose})" if whose else label
            yield shown if long and not whose else f"{lead}: {shown}"

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
        return next(
            (one(r, "name") or one(r, "title") for r in self.case.all() if r.get("id") == record),
            "",
        )

    def _people(self) -> Iterator[str]:
        for person in self.people:
            parts = [
                one(person, "name"),
                one(person, "role"),
                one(person, "organisation"),
                self.shown("involvement", "gender", person.get("gender")),
            ]
            if line := ", ".join(part for part in parts if part):
                yield line

    def _events(self) -> Iterator[str]:
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
                yield f"{head}: {body}" if head and body else head or body

    def _elsewhere(self) -> Iterator[str]:
        """The other mechanisms that have the matter, and since when."""
        for kind, name in (("submission", "sent"), ("intervention", "date")):
            for record in self.case.of(kind):
                body = one(record, "mechanism")
                when = self.shown(kind, name, record.get(name))
                if body and body != self.mechanism.id and (when or kind == "intervention"):
                    known = vocabulary.label("mechanism", body, self.language)
                    parts = (known, when, one(record, "reference"))
                    yield ", ".join(part for part in parts if part)

    def _consents(self) -> Iterator[str]:
        answers = {
            consent.GIVEN: self._t("yes"),
            consent.REFUSED: self._t("no"),
            consent.JUSTIFIED: self._t("not asked, for the reason given"),
        }
        for use in self.mechanism.uses:
            yield self._t(use.label)
            for person in self.people:
                ids = frozenset({one(person, "id"), one(person, "person")} - {""})
                found = consent.status(self.case.of("consent"), ids, self.mechanism.id, use.code, date.max)
                answer = answers.get(found) or self._t("[no answer recorded]")
                name = one(person, "name") or "?"
                yield f"– {name}: {answer}"
            for record in self.case.of("consent"):
                if one(record, "reason") and use.may_justify:
                    yield one(record, "reason")


_ELSEWHERE = frozenset({"elsewhere", "others", "petition"})
"""Sections that ask which other mechanisms have the matter."""


def languages(mechanism: Mechanism) -> list[str]:
    """The languages that a draft to it can be written in, its own order."""
    return list(mechanism.languages) or ["en"]


def lacking(draft_made: Draft) -> int:
    """The number of needs of the draft that the case has nothing for."""
    return sum(len(part.missing) for part in draft_made.parts)
