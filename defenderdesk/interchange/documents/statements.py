"""The statements of a draft: what a case holds for a section, in words, each with its records.

A value is told once in a draft: a section of which everything was told before says where.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from defenderdesk.domain import vocabulary
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.concerns import same_person
from defenderdesk.domain.mechanisms import Mechanism, Section, consent, duplication, needs
from defenderdesk.domain.mechanisms.model import CONSENTS, ELSEWHERE, SIGNATURE
from defenderdesk.domain.mechanisms.namable import Somebody
from defenderdesk.interchange.documents.incidents import Incidents
from defenderdesk.interchange.documents.teller import Statement, Teller, joined

_SUBMITTER = ("name", "status", "address", "phone", "email", "web", "signer", "signer_role")
_OF_PERSON = frozenset({"involvement", "person", "address"})
_LINES = {"step": "before", "proceeding": "stage", "charge": "law"}
"""Kinds that are told as one line a record, by the field that asks for it."""


class Statements:
    """Tells what one case says, section by section, in one language, for one submission.
    `people`: the involvements that it is for."""

    def __init__(
        self,
        mechanism: Mechanism,
        case: CaseFile,
        submission: Fields,
        people: list[Fields],
        named: list[Somebody],
        language: str,
    ) -> None:
        self._tell = Teller(mechanism, case, submission, people, named, language)
        self._incidents = Incidents(self._tell)
        self._told: dict[tuple[str, str], int] = {}

    def of(self, section: Section, number: int, on: date) -> tuple[list[Statement], list[str]]:
        """The statements of a section, and the needs of it that nothing fills. `number`: of the
        section in the draft."""
        wanted = [path for need in (*section.needs, *section.asks) for path in needs.paths(need)]
        before = set(self._told.values())
        found: list[Statement] = []
        again: set[int] = set()
        for group, some in groupby(wanted, key=_group):
            for statement, keys in self._group(group, list(some), len(wanted) == 1):
                known = {self._told[key] for key in keys if key in self._told}
                if keys and len(known) and all(key in self._told for key in keys):
                    again |= known - {number}
                    continue
                self._told.update(dict.fromkeys(keys, number))
                found.append(statement)
        found += self._derived(section, on)
        if not found and again & before:
            told = ", ".join(str(n) for n in sorted(again))
            found.append(Statement(self._tell.t("See section {n}.", n=told)))
        missing = [need for need in section.needs if not self._filled(need)]
        if not found and wanted and not missing and any(map(self._filled, section.needs)):
            found.append(Statement(self._tell.t("[left out: the person is not named]")))
        return found, missing

    def _filled(self, need: str) -> bool:
        tell = self._tell
        return any(needs.is_filled(tell.case, tell.submission, path) for path in needs.paths(need))

    # -- groups of paths -------------------------------------------------------------------

    def _group(
        self, group: str, paths: list[str], alone: bool
    ) -> Iterator[tuple[Statement, list[tuple[str, str]]]]:
        names = [path.split(".")[1] for path in paths]
        if group == "people":
            yield from self._people(paths)
        elif group == "submitter" and "name" in names:
            yield from self._submitter()
        elif group == "event" and "description" in names:
            for statement in self._incidents.told():
                yield statement, [(id, "told") for id in statement.sources[:1]]
            rest = [n for n in names if n not in ("date", "place", "description", "acts", "perpetrators")]
            yield from self._values("event", rest, self._incidents.events(), False)
        elif group == "event":
            for name, some in groupby(names, key=lambda n: n == "perpetrators"):
                if name:
                    for who in self._incidents.who_did_it():
                        label = "" if alone else self._tell.label("event", "perpetrators")
                        told = Statement(self._tell.headed(label, who.text), who.sources)
                        yield told, [(who.text, "who")]
                else:
                    yield from self._values("event", list(some), self._incidents.fitting(), alone)
        elif group == "organisation" and not any(map(self._tell.may_name, self._tell.people)):
            return  # what somebody's office does would tell who they are
        elif group in _LINES and _LINES[group] in names:
            yield from self._lines(group)
        else:
            tell = self._tell
            records = tell.in_time(needs.records(tell.case, tell.submission, group))
            yield from self._values(group, names, records, alone)

    def _values(
        self, kind: str, names: list[str], records: list[Fields], alone: bool
    ) -> Iterator[tuple[Statement, list[tuple[str, str]]]]:
        """The values of these fields, record by record, behind their labels; one long text that a
        section is for stands by itself."""
        for record in records:
            whose = self._tell.whose(record)
            for name in names:
                shown = self._tell.field(record, kind, name)
                if shown:
                    text = shown if alone and not whose else self._tell.labelled(kind, name, shown, whose)
                    yield Statement(text, (one(record, "id"),)), [(one(record, "id") or kind, name)]

    def _people(self, paths: list[str]) -> Iterator[tuple[Statement, list[tuple[str, str]]]]:
        """Each person as a block of lines. Of somebody who is not named stands nothing that would
        tell who they are."""
        for person in self._tell.people:
            may = self._tell.may_name(person)
            several = len(self._tell.people) > 1 and "involvement.name" not in paths
            whose = self._tell.called(person) if several else ""
            for path in paths:
                kind, name = path.split(".")
                if not may and path not in _OF_UNNAMED:
                    continue
                for record in self._records_of(person, kind):
                    shown = self._of_person(person, record, kind, name)
                    if shown:
                        text = self._tell.labelled(kind, name, shown, whose)
                        sources = tuple(dict.fromkeys((one(person, "id"), one(record, "id"))))
                        yield Statement(text, sources), [(one(record, "id"), name)]

    def _records_of(self, person: Fields, kind: str) -> list[Fields]:
        if kind == "involvement":
            return [person]
        linked = one(person, "person")
        name = "id" if kind == "person" else "person"
        return [r for r in self._tell.case.of(kind) if linked and one(r, name) == linked]

    def _of_person(self, person: Fields, record: Fields, kind: str, name: str) -> str:
        if (kind, name) == ("involvement", "name"):
            return self._tell.called(person)
        if (kind, name) == ("involvement", "gender") and not one(person, "gender"):
            known = self._records_of(person, "person")
            return next((self._tell.field(r, "person", "gender") for r in known), "")
        if (kind, name) == ("address", "address"):
            return joined((one(record, "address"), self._tell.field(record, "address", "country")))
        return self._tell.field(record, kind, name)

    def _submitter(self) -> Iterator[tuple[Statement, list[tuple[str, str]]]]:
        tell = self._tell
        for office in needs.chosen_submitter(tell.case, tell.submission):
            lines = [tell.field(office, "submitter", name) for name in _SUBMITTER]
            lines[6:] = [joined(lines[6:])]
            for name, line in zip(_SUBMITTER, lines, strict=False):
                if line:
                    yield Statement(line, (one(office, "id"),)), [(one(office, "id"), name)]

    # -- records that are told as a line ---------------------------------------------------

    def _lines(self, kind: str) -> Iterator[tuple[Statement, list[tuple[str, str]]]]:
        tell = self._tell
        told = {"step": self._step, "proceeding": self._proceeding, "charge": self._charge}[kind]
        for record in tell.in_time(tell.case.of(kind)):
            line = told(record)
            if line:
                whose = tell.whose(record)
                text = f"{whose} – {line}" if whose else line
                yield Statement(text, (one(record, "id"),)), [(one(record, "id"), "line")]

    def _step(self, step: Fields) -> str:
        tell = self._tell
        head = joined((tell.when(step, "step"), tell.field(step, "step", "step_type")))
        parts = [head]
        for name in ("by", "before", "reference", "what", "answered", "result"):
            if shown := tell.field(step, "step", name):
                parts.append(tell.labelled("step", name, shown))
        return joined(parts, "; ")

    def _proceeding(self, proceeding: Fields) -> str:
        tell, kind = self._tell, "proceeding"
        head = joined((one(proceeding, "title"), tell.field(proceeding, kind, "proceeding_type")))
        parts = [head]
        for name in (
            "court",
            "file_number",
            "judge",
            "prosecutor",
            "accuser",
            "date",
            "stage",
            "lawyers",
            "verdict_date",
            "verdict",
            "sentence",
            "appealed",
            "final_decision_date",
            "ended",
        ):
            if shown := tell.field(proceeding, kind, name):
                parts.append(tell.labelled(kind, name, shown))
        return joined(parts, "; ")

    def _charge(self, charge: Fields) -> str:
        tell = self._tell
        parts = [tell.field(charge, "charge", "offence")]
        for name in ("law", "article", "date", "penalty", "status"):
            if shown := tell.field(charge, "charge", name):
                parts.append(tell.labelled("charge", name, shown))
        return joined(parts, "; ")

    # -- what no field holds ---------------------------------------------------------------

    def _derived(self, section: Section, on: date) -> Iterator[Statement]:
        for name in section.prints:
            if name == CONSENTS:
                yield from self._consents(on)
            elif name == ELSEWHERE:
                yield from self._elsewhere()
            elif name == SIGNATURE:
                yield from self._signature()

    def _elsewhere(self) -> Iterator[Statement]:
        """The other mechanisms that have the matter, each document once, and since when."""
        told: set[str] = set()
        sent = [s for s in self._tell.case.of("submission") if duplication.was_sent(s)]
        for kind, name, records in (
            ("submission", "sent", sent),
            ("intervention", "date", self._tell.case.of("intervention")),
        ):
            for record in self._tell.in_time(records, name):
                body = one(record, "mechanism")
                if not body or body == self._tell.mechanism.id:
                    continue
                known = vocabulary.label("mechanism", body, self._tell.language)
                outcome = self._tell.field(record, kind, "outcome") if kind == "submission" else ""
                when = self._tell.field(record, kind, name)
                line = joined((known, when, one(record, "reference"), outcome))
                if line not in told:
                    told.add(line)
                    yield Statement(line, (one(record, "id"),))

    def _consents(self, on: date) -> Iterator[Statement]:
        """The answer of each person to each question of consent."""
        tell = self._tell
        answers = {
            consent.GIVEN: tell.t("yes"),
            consent.REFUSED: tell.t("no"),
            consent.JUSTIFIED: tell.t("not asked, for the reason given"),
        }
        for use in tell.mechanism.uses:
            yield Statement(tell.t(use.label))
            for person in tell.people:
                ids = same_person(tell.case, [one(person, "id"), one(person, "person")])
                records = [c for c in tell.case.of("consent") if one(c, "person") in ids]
                found = consent.status(records, ids, tell.mechanism.id, use.code, on)
                answer = answers.get(found) or tell.t("[no answer recorded]")
                said = tell.headed(f"– {tell.called(person) or '?'}", answer)
                yield Statement(said, (one(person, "id"),))
                if use.may_justify and found == consent.JUSTIFIED:
                    for record in records:
                        if one(record, "reason"):
                            yield Statement(one(record, "reason"), (one(record, "id"),))

    def _signature(self) -> Iterator[Statement]:
        tell, own = self._tell, self._tell.submission
        place, day = one(own, "place"), tell.field(own, "submission", "signed")
        if not (place and day):
            yield Statement(tell.t("[place and date, signature]"))
            return
        yield Statement(joined((place, day)), (one(own, "id"),))
        for office in needs.chosen_submitter(tell.case, own):
            if line := joined((one(office, "signer"), one(office, "signer_role"))):
                yield Statement(line, (one(office, "id"),))


_OF_UNNAMED = frozenset(
    {"involvement.name", "involvement.role", "involvement.organisation", "involvement.gender"}
)
"""Told of somebody who is not named too."""


def _group(path: str) -> str:
    kind = path.split(".")[0]
    return "people" if kind in _OF_PERSON else kind
