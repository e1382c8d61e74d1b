"""The draft of a submission: what the case holds, in the order of the mechanism's own sections.

A fact that stands in the case is typed once and goes into every draft that asks for it. What is
not to be shared stays out; so does what concerns other persons than the submission is for, and the
name of whoever did not agree to be named. A section for which the case has nothing says what is
missing, in brackets, so that nobody sends it unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from defenderdesk import i18n
from defenderdesk.domain import concerns, withheld
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.mechanisms import Mechanism, Section, consent, namable, needs
from defenderdesk.errors import UsageError
from defenderdesk.interchange.documents.hiding import Hiding, Unsure
from defenderdesk.interchange.documents.statements import Statements
from defenderdesk.interchange.documents.teller import Statement


@dataclass(frozen=True)
class Part:
    """One section of a draft: its heading, paragraphs, and whether it is confidential. `sources`:
    of each paragraph the records that it comes from."""

    id: str
    heading: str
    paragraphs: tuple[str, ...]
    confidential: bool
    missing: tuple[str, ...]
    sources: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Draft:
    """A draft in one language. `withheld_names`: how many persons it leaves unnamed. `unsure`:
    words that may name one of them; a person decides before it leaves."""

    title: str
    language: str
    parts: tuple[Part, ...]
    withheld_names: int
    unsure: tuple[Unsure, ...] = ()

    def text(self) -> str:
        """All of it as plain text."""
        pieces = [self.title, ""]
        for number, part in enumerate(self.parts, 1):
            pieces += [f"{number}. {part.heading}", *part.paragraphs, ""]
        return "\n".join(pieces).rstrip() + "\n"


def draft(
    mechanism: Mechanism,
    case: CaseFile,
    submission: Fields,
    on: date,
    language: str = "",
    persons: Sequence[str] = (),
) -> Draft:
    """A draft to that mechanism. `language`: of the submission, else the one it names, else the
    first that the mechanism reads. `persons`: for whom, by the ids of involvements or persons, in
    place of those that the submission names. Raises `UsageError` for a case that may not leave."""
    spoken = spoken_in(mechanism, submission, language)
    shareable = withheld.open_case(case)
    own = withheld.open_part(submission)
    if shareable is None or own is None:
        raise UsageError(what="This case is marked as not to be shared")
    people = _for_whom(shareable, own, persons)
    # Of the whole case: whoever is not to be shared is named in texts that are.
    everybody = namable.named(mechanism, case, own, people, on)
    hiding = Hiding(everybody, own, spoken)
    asked = persons or consent.chosen(own)
    told = concerns.only(shareable, [one(p, "id") for p in people] if asked else ())
    meant = {**own, "for_whom": [one(p, "id") for p in people]}
    statements = Statements(mechanism, told, meant, people, everybody, spoken)
    writer = _Writer(mechanism, statements, hiding, spoken, on)
    sections = mechanism.contents or (Section("facts", "Facts", needs=("event.description",)),)
    parts = tuple(writer.part(section, number) for number, section in enumerate(sections, 1))
    title = hiding.without(f"{mechanism.name(spoken)}: {one(shareable.case, 'title')}")
    return Draft(title, spoken, parts, len(hiding.hidden), tuple(hiding.unsure.values()))


def forms(
    mechanism: Mechanism,
    case: CaseFile,
    submission: Fields,
    on: date,
    language: str = "",
    persons: Sequence[str] = (),
) -> list[Draft]:
    """The drafts of a submission: one, or one a person where the mechanism takes no other."""
    if not mechanism.one_person:
        return [draft(mechanism, case, submission, on, language, persons)]
    people = [one(p, "id") for p in _for_whom(withheld.open_case(case) or case, submission, persons)]
    each = [[person] for person in people if person] or [list(persons)]
    return [draft(mechanism, case, submission, on, language, one_of_them) for one_of_them in each]


def spoken_in(mechanism: Mechanism, submission: Fields, language: str = "") -> str:
    """The language of a draft: the one asked for, else the submission's, else the first that the
    mechanism reads."""
    return language or one(submission, "language") or next(iter(mechanism.languages), "en")


def hiding_of(
    mechanism: Mechanism,
    case: CaseFile,
    submission: Fields,
    on: date,
    language: str,
    persons: Sequence[str] = (),
) -> Hiding:
    """The names that a document of a submission is looked through for."""
    people = _for_whom(case, submission, persons)
    return Hiding(namable.named(mechanism, case, submission, people, on), submission, language)


def named_in(
    made: Draft,
    mechanism: Mechanism,
    case: CaseFile,
    submission: Fields,
    on: date,
    persons: Sequence[str] = (),
) -> tuple[list[str], list[Unsure]]:
    """The words by which a draft that a person worked on still names somebody who is to stay
    unnamed, and the words that may. Nothing of it may leave while there are any."""
    hiding = hiding_of(mechanism, case, submission, on, made.language, persons)
    for text in (made.title, *(p for part in made.parts for p in part.paragraphs)):
        hiding.without(text)
    return list(hiding.words), list(hiding.unsure.values())


def _for_whom(case: CaseFile, submission: Fields, persons: Sequence[str]) -> list[Fields]:
    if not persons:
        return consent.whose(case, submission)
    wanted = concerns.same_person(case, persons)
    found = [i for i in case.of("involvement") if one(i, "id") in wanted]
    if not found:
        raise UsageError(what="There is nobody of that record in this case")
    return found


class _Writer:
    """Fills the sections of one draft."""

    def __init__(
        self, mechanism: Mechanism, statements: Statements, hiding: Hiding, language: str, on: date
    ) -> None:
        self.mechanism, self.statements, self.hiding = mechanism, statements, hiding
        self.language, self.on = language, on

    def _t(self, message: str, **facts: object) -> str:
        return i18n.text_in(self.language, message, **facts)

    def part(self, section: Section, number: int) -> Part:
        """One section with what the case has for it. `number`: of the section in the draft."""
        found, lacking = self.statements.of(section, number, self.on)
        missing = [self._t(needs.words(need)) for need in lacking]
        if missing and section.required:
            found.append(Statement(self._t("[still lacking: {what}]", what=", ".join(missing))))
        elif not found:
            hint = self._t(section.hint) if section.hint else self._t("to be written")
            found.append(Statement(f"[{hint}]"))
        return Part(
            section.id,
            self._t(section.label),
            tuple(self.hiding.without(s.text) for s in found),
            section.confidential,
            tuple(missing),
            tuple(s.sources for s in found),
        )


def languages(mechanism: Mechanism) -> list[str]:
    """The languages that a draft to it can be written in, its own order."""
    return list(mechanism.languages) or ["en"]


def lacking(draft_made: Draft) -> int:
    """The number of needs of the draft that the case has nothing for."""
    return sum(len(part.missing) for part in draft_made.parts)
