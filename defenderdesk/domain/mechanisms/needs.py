"""The needs of a section of a submission from the case, and how to say that it is not there yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from defenderdesk.domain.casefile import CaseFile, Fields, one

NEEDS = {
    "case.country": "the country",
    "case.summary": "a summary of the case",
    "case.profiles": "what kind of defender this is",
    "case.requests": "the actions requested",
    "case.authorities": "the authorities to address",
    "case.context": "the context",
    "involvement.name": "the name of the defender",
    "involvement.role": "the defender's human rights work",
    "involvement.organisation": "the defender's organisation",
    "person.born": "the defender's date of birth",
    "person.contact": "a safe way to reach the defender",
    "person.country": "the defender's country",
    "event.date": "the date of what happened",
    "event.place": "the place where it happened",
    "event.description": "what happened",
    "event.acts": "the type of act",
    "event.perpetrators": "who is held responsible",
    "act.stated_reason": "the reason that was given",
    "source.name": "the source",
    "source.contact": "a safe way to reach the source",
    "submission.urgency": "why it cannot wait",
    "submission.remedies": "the steps taken in the country, and their results",
    "submission.asked": "what is asked of the mechanism",
    "submission.not_asked": "what the person does not want",
    "submitter.name": "who submits it",
    "submission.responsible": "who prepares it",
    "submission.for_whom": "for whom it is",
    "submission.language": "the language of the submission",
    "proceeding.detained_since": "since when the person is detained",
    "proceeding.detained_at": "where the person is detained",
    "proceeding.court": "the court or authority in charge",
    "proceeding.stage": "the stage of the proceeding",
    "proceeding.final_decision_date": "the date of the final decision in the country",
    "charge.law": "the law that is applied",
    "assessment.reasons": "why the risk is judged as it is",
    "assessment.worst": "what is most feared",
    "measure.description": "what the help consists of",
    "measure.cost": "the amount",
}
"""A path of a case (`kind.field`) and the words that follow "still lacking: " (message id)."""


def paths(need: str) -> tuple[str, ...]:
    """The paths of which any one fills a need."""
    return tuple(need.split("|"))


def is_there(value: object) -> bool:
    """Tells whether a field holds something: a No and a nought do."""
    return value is not None and value not in ("", [], {})


def filled(case: CaseFile, submission: Fields | None) -> Mapping[str, bool]:
    """For each path of `NEEDS` whether the case has it. Of involvements and persons only the
    defenders count; of submissions only the one at hand (None: none of its fields is there)."""
    defenders = case.defenders()
    persons = {one(defender, "person") for defender in defenders}
    groups: dict[str, list[Fields]] = {
        "case": [case.case],
        "involvement": defenders,
        "person": [person for person in case.of("person") if person.get("id") in persons],
        "submission": [submission] if submission else [],
    }
    found = {}
    for path in NEEDS:
        kind, name = path.split(".")
        records = groups.get(kind)
        if records is None:
            records = groups[kind] = case.of(kind)
        found[path] = any(is_there(record.get(name)) for record in records)
    if not found["event.acts"]:
        # An act on its own says what an event's list of acts does.
        found["event.acts"] = any(is_there(act.get("act_type")) for act in case.of("act"))
    return found


def messages() -> Iterator[str]:
    """The words for the translators."""
    yield from NEEDS.values()
