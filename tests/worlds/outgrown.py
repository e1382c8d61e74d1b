"""An office whose only administrator appointed another."""

from __future__ import annotations

from defenderdesk.bundle.membership import ADMINISTRATOR, acts
from tests.bundle.people import Person


def appoint(by: Person, who: Person, *behind: Person) -> None:
    """Makes somebody an administrator, with the voices that it takes."""
    made = by.admit(who, ADMINISTRATOR)
    for other in behind:
        other.log.add(a.data for a in by.log.acts)
        other.act(acts.ENDORSE, made.id)
        by.log.add(a.data for a in other.log.acts)
    who.log.add(a.data for a in by.log.acts)
