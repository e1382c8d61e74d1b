"""The needs of a section of a submission from the case, and how to say that it is not there yet.

A need is a path `kind.field`, or several of the same meaning between which `|` stands; whatever
of them the case has is printed. What a section needs, a submission lacks without; what it asks
besides is printed where the case has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.concerns import same_person
from defenderdesk.domain.kinds import KINDS, Type, kind_of

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
    "act.warrant": "whether a warrant was shown",
    "act.ordered_by": "the authority that ordered the detention",
    "act.arbitrary_why": "why it is arbitrary",
    "event.work_link": "the link with the human rights work",
    "step.before": "the steps taken in the country, and their results",
    "source.name": "the source",
    "source.contact": "a safe way to reach the source",
    "submission.urgency": "why it cannot wait",
    "submission.remedies": "the steps taken in the country, and their results",
    "submission.asked": "what is asked of the mechanism",
    "submission.not_asked": "what the person does not want",
    "submission.articles": "the articles that were broken, and how",
    "submission.relation": "the relationship of who submits to the person",
    "submission.destination": "where the person is to be removed to",
    "submission.removal": "the day of the removal",
    "submitter.name": "who submits it",
    "submitter.follow_up": "whether who submits can follow up the case",
    "submitter.address": "how to reach who submits it",
    "submitter.email": "the e-mail address of who submits it",
    "submission.language": "the language of the submission",
    "proceeding.detained_since": "since when the person is detained",
    "proceeding.detained_at": "where the person is detained",
    "act.held_at": "where the person is detained",
    "proceeding.court": "the court or authority in charge",
    "proceeding.stage": "the stage of the proceeding",
    "proceeding.final_decision_date": "the date of the final decision in the country",
    "charge.law": "the law that is applied",
    "assessment.reasons": "why the risk is judged as it is",
    "assessment.worst": "what is most feared",
    "measure.description": "what the help consists of",
    "measure.cost": "the amount",
}
"""The words that follow "still lacking: " for a path (message ids); the field's label for others."""


def paths(need: str) -> tuple[str, ...]:
    """The paths of which any one fills a need."""
    return tuple(need.split("|"))


def is_path(path: str) -> bool:
    """Tells whether a path names a field that a form has."""
    kind, _, name = path.partition(".")
    field = KINDS[kind].field(name) if kind in KINDS else None
    return field is not None and field.type is not Type.DATA


def words(need: str) -> str:
    """The words for what is lacking where nothing fills a need (message id)."""
    path = paths(need)[0]
    kind, _, name = path.partition(".")
    field = kind_of(kind).field(name)
    return NEEDS.get(path) or (field.label if field else name)


def is_there(value: object) -> bool:
    """Tells whether a field holds something: a No and a nought do."""
    return value is not None and value not in ("", [], {})


def records(case: CaseFile, submission: Fields | None, kind: str) -> list[Fields]:
    """The records of a case in which a submission looks for a field of that kind. Of involvements,
    persons, organisations and addresses only those of whom it is for; of sources only the ones
    that may be named; of who submits only the one chosen, else the first."""
    own = submission or {}
    if kind == "case":
        return [case.case]
    if kind == "submission":
        return [own] if own else []
    if kind == "submitter":
        return chosen_submitter(case, own)
    if kind == "source":
        return [s for s in case.of(kind) if one(s, "id") in texts(own, "sources")]
    if kind in ("involvement", "person", "organisation", "address"):
        return _of_people(case, own, kind)
    return case.of(kind)


def chosen_submitter(case: CaseFile, submission: Fields) -> list[Fields]:
    """The one who submits: as the submission says, else the first that the office has."""
    known = [s for s in case.of("submitter") if one(s, "name")]
    chosen = one(submission, "submitter")
    return [s for s in known if one(s, "id") == chosen][:1] or known[:1]


def _of_people(case: CaseFile, submission: Fields, kind: str) -> list[Fields]:
    ids = same_person(case, texts(submission, "for_whom"))
    people = [d for d in case.defenders() if not ids or one(d, "id") in ids]
    if kind == "involvement":
        return people
    linked = {one(p, "person") for p in people} - {""}
    if kind == "address":
        return [a for a in case.of(kind) if one(a, "person") in linked]
    if kind == "organisation":
        linked |= {one(b, "related") for b in case.of("biography") if one(b, "person") in linked} - {""}
    named = {one(p, "organisation") for p in people} - {""}
    return [r for r in case.of(kind) if one(r, "id") in linked or one(r, "name") in named]


def is_filled(case: CaseFile, submission: Fields | None, path: str) -> bool:
    """Tells whether a case has what a path names."""
    kind, _, name = path.partition(".")
    if any(is_there(record.get(name)) for record in records(case, submission, kind)):
        return True
    # An act on its own says what an event's list of acts does.
    return path == "event.acts" and any(is_there(act.get("act_type")) for act in case.of("act"))


def messages() -> Iterator[str]:
    """The words for the translators."""
    yield from NEEDS.values()
