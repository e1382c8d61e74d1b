"""Two persons for what an office wants two persons for: an export to others, a deletion.

Somebody asks (a record of kind `approval` in the case, or in none for an export of all), another
member answers, and the approval serves once. Who wrote what is known from the signed change sets,
not from a field: one person with two laptops is one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from defenderdesk.domain.kinds import APPROVAL, KIND
from defenderdesk.errors import Message, NotGrantedError
from defenderdesk.vault.lookup.office import Office
from defenderdesk.vault.records import authorship, query
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Edit, Record

EXPORT, DELETION = "export", "deletion"
_POLICY = {EXPORT: "two_for_export", DELETION: "two_for_deletion"}
APPROVED = "approved"
_ANSWERS = ("pending", APPROVED, "refused")


@dataclass(frozen=True)
class Standing:
    """The state of approval for an action on a case. `needed`: the office wants two persons.
    `approval`: the record that asks, empty where nobody has asked."""

    needed: bool
    approved: bool
    approval: str = ""
    asked_by: str = ""

    @property
    def free(self) -> bool:
        """True if it may be done now."""
        return not self.needed or self.approved


def standing(store: Store, office: Office, action: str, case: str) -> Standing:
    """The state of approval for an action on a case (empty: on everything), of the latest request
    that was not used yet."""
    if office.policy().get(_POLICY[action]) is not True:
        return Standing(False, False)
    latest = Standing(True, False)
    for record in _requests(store, case):
        if record.text("what") != action or record.text("used"):
            continue
        asker = authorship.author(store, record.id, KIND)
        answerer = authorship.author(store, record.id, "answer")
        approved = record.text("answer") == APPROVED and bool(answerer) and answerer != asker
        latest = Standing(True, approved, record.id, asker)
    return latest


def _requests(store: Store, case: str) -> list[Record]:
    """The requests about a case, the oldest first; of none, those about everything."""
    if case:
        return query.children(store.reader, case, APPROVAL.name)
    found = [
        record
        for record in query.few(store.reader, APPROVAL.name, alone=True)
        if record.text("answer") in _ANSWERS and not record.text("case")
    ]
    return sorted(found, key=lambda record: record.updated)


def need(store: Store, office: Office, action: str, case: str) -> list[Edit]:
    """The edits that mark the approval as used, to be saved with what was done; nothing where the
    office wants one person only. Raises `NotGrantedError` where a second person has not agreed."""
    found = standing(store, office, action, case)
    if not found.free:
        raise NotGrantedError(
            what=Message("the office wants a second person's approval for this, in the case")
        )
    return [Edit(found.approval, "used", date.today().isoformat())] if found.approved else []


def require_deletable(store: Store, office: Office, record: str) -> list[Edit]:
    """As `need`, for a deletion. Raises `NotGrantedError` where a case may not be deleted now: a
    legal hold, or a second person who has not agreed. Everything else is one person's to hide
    and to bring back."""
    found = query.get(store.reader, record)
    if found.kind != "case":
        return []
    if found.fields.get("legal_hold") is True:
        reason = found.text("hold_reason")
        raise NotGrantedError(
            what=Message("the case is on legal hold: {reason}", reason=reason)
            if reason
            else Message("the case is on legal hold")
        )
    return need(store, office, DELETION, record)
