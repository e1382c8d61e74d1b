"""The sections of a case: in which groups they stand, what they are drawn with, and what they
say when they are empty."""

from __future__ import annotations

from dataclasses import dataclass

from defenderdesk.i18n import text

ICONS = {
    "case": "cases",
    "involvement": "defender",
    "intervention": "communication",
    "person": "defender",
    "mechanism": "workspace",
    "emergency": "shield",
    "term": "overview",
    "rule": "bell",
    "step": "forward",
    **{
        kind: kind
        for kind in (
            "event",
            "act",
            "chain",
            "source",
            "submission",
            "consent",
            "proceeding",
            "charge",
            "hearing",
            "assessment",
            "factor",
            "measure",
            "obligation",
            "engagement",
            "joint",
            "signatory",
            "referral",
            "share",
            "task",
            "plan",
            "note",
            "attachment",
            "organisation",
            "biography",
            "address",
            "visit",
            "raised",
            "meeting",
            "approval",
        )
    },
}
"""The drawing of each kind of record."""


@dataclass(frozen=True)
class Group:
    """Sections that belong together. `always`: shown in every case; the others once they hold
    something, or when asked for."""

    name: str
    kinds: tuple[str, ...]
    always: tuple[str, ...]


def groups() -> tuple[Group, ...]:
    """The groups, in the order of the work."""
    return (
        Group(
            text("What happened"),
            ("involvement", "event", "act", "source", "chain"),
            ("involvement", "event", "source"),
        ),
        Group(
            text("Mechanisms"),
            (
                "consent",
                "submission",
                "intervention",
                "engagement",
                "joint",
                "signatory",
                "referral",
                "share",
            ),
            ("consent", "submission", "intervention"),
        ),
        Group(
            text("Courts"),
            ("proceeding", "charge", "hearing", "step"),
            ("proceeding", "hearing", "step"),
        ),
        Group(
            text("Protection"),
            ("assessment", "factor", "measure", "plan", "emergency", "obligation"),
            ("assessment", "measure"),
        ),
        Group(
            text("Papers"),
            ("task", "note", "attachment", "approval"),
            ("task", "note", "attachment"),
        ),
    )


def add_words(kind: str) -> str:
    """The words of the button that adds a record of a kind."""
    return {
        "involvement": text("Add a defender"),
        "event": text("Add an event"),
        "act": text("Add an act"),
        "source": text("Add a source"),
        "chain": text("Link two events"),
        "consent": text("Add a consent"),
        "submission": text("Prepare a submission"),
        "intervention": text("Add a communication"),
        "engagement": text("Add who does what"),
        "joint": text("Begin a joint action"),
        "signatory": text("Add a signatory"),
        "referral": text("Refer the case"),
        "share": text("Share with a partner"),
        "approval": text("Ask for approval"),
        "proceeding": text("Add a proceeding"),
        "charge": text("Add a charge"),
        "hearing": text("Add a hearing"),
        "step": text("Add a step"),
        "assessment": text("Assess the risk"),
        "factor": text("Add a threat, vulnerability or capacity"),
        "measure": text("Add a measure"),
        "plan": text("Agree an emergency plan"),
        "obligation": text("Add a commitment"),
        "task": text("Add a task"),
        "note": text("Add a note"),
        "raised": text("Add a case to raise"),
        "meeting": text("Add a meeting"),
        "address": text("Add an address"),
        "biography": text("Add a detail"),
        "submitter": text("Say who submits"),
        "mechanism": text("Add a mechanism"),
        "term": text("Add a term"),
        "template": text("Add a template"),
        "rule": text("Add a warning rule"),
        "policy": text("Set the rules"),
    }.get(kind, text("Add"))


def empty_words(kind: str) -> str:
    """The words of an empty section."""
    return {
        "involvement": text("Who is at risk, and who else is part of the case."),
        "event": text("What happened, when, where, and who did it."),
        "act": text("Who did what to whom, one act at a time: arrest, torture, destruction…"),
        "source": text("Who told us, and how sure we are."),
        "chain": text("Which event led to which."),
        "consent": text("Who agrees to what use, by which mechanism, until when."),
        "submission": text("What we send to a mechanism, from the draft to the outcome."),
        "intervention": text("What was sent to which mechanism, and when."),
        "engagement": text("Which mechanism or organisation does what, since when."),
        "joint": text("A statement, letter or mission with several signatories."),
        "signatory": text("Who was asked to sign, and what they answered."),
        "referral": text("Asked of another organisation, which accepts or declines."),
        "share": text("What was given to partners stands here."),
        "proceeding": text("Courts, charges, detention, lawyers, verdict and appeal."),
        "charge": text("Law and article of each charge, and what became of it."),
        "hearing": text("Dates in court, adjournments, observers and their reports."),
        "step": text("Complaints, appeals and letters to the State's own bodies, and their results."),
        "assessment": text("Threats, vulnerabilities and capacities, and a level with reasons."),
        "factor": text("One threat, vulnerability or capacity, with its evidence."),
        "measure": text("Asked, granted, in force, checked with the person, ended."),
        "plan": text("Whom to call and what was agreed, for the worst day. Ctrl+E opens it."),
        "obligation": text("What was promised, recommended or decided, and what came of it."),
        "task": text("What is to be done, by whom, until when."),
        "note": text("What you want to remember. Notes travel with the case."),
        "raised": text("Cases to raise with the authorities, with the person's consent."),
        "meeting": text("Whom one meets: consent and risk checked, questions, notes."),
        "address": text("Where and how a person can be reached."),
        "biography": text("Relations, work, education, positions held."),
        "submitter": text("The office as submissions name it: name, address, contact, and who signs."),
        "mechanism": text(
            "The shipped mechanisms need nothing here. Add one of your own, or "
            "correct a rule that has changed."
        ),
        "term": text("Words of your own, in every list. They reach the office's other laptops."),
        "template": text("Questions to ask for a kind of violation; they stand beside the entry."),
        "rule": text("Rules of your own for early warning, or shipped ones changed."),
        "policy": text("How long closed cases are kept, and what needs two persons."),
    }.get(kind, "")
