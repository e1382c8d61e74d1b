"""The state of an emergency package, in sentences, for both faces."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from defenderdesk import i18n
from defenderdesk.domain.checkins import Phase, Standing
from defenderdesk.errors import NotFoundError
from defenderdesk.i18n import text
from defenderdesk.vault import Vault
from defenderdesk.vault.emergency.packages import SERVER, Emergency
from defenderdesk.vault.emergency.steps import BY_ITSELF


class Told(NamedTuple):
    """A sentence, and how pressing it is: danger, warning, success, info."""

    words: str
    kind: str


def partner(vault: Vault, record: str, else_: str = "") -> str:
    """The name of a partner; `else_` where their record was erased, is another desk's, or says
    nothing: no alarm may hang on it."""
    try:
        found = vault.get(record)
    except (NotFoundError, ValueError):
        return else_
    return found.text("name") or found.text("acronym") or else_


def member(name: str) -> str:
    """A person who released, by name; the server where it did."""
    return text("the server") if name == SERVER else name


def reason(note: str) -> str:
    """The reason why somebody released it."""
    return text("Check-ins were missed, as was agreed.") if note == BY_ITSELF else note


def check_ins(standing: Standing) -> Told:
    """The state of the check-ins."""
    due, missed = i18n.day_and_time(standing.due), i18n.day_and_time(standing.missed)
    last = i18n.day_and_time(standing.last) if standing.last else ""
    if standing.phase is Phase.AHEAD:
        return Told(text("The agreed check-ins have not begun yet."), "info")
    if standing.phase is Phase.OVER:
        return Told(text("The agreed time has ended well."), "success")
    if standing.phase is Phase.FINE:
        return Told(text("All is well. The next check-in is due on {time}.", time=due), "success")
    if standing.phase is Phase.LATE:
        said = text("A check-in is due since {time}; it is missed on {missed}.", time=due, missed=missed)
        return Told(said, "warning")
    heard = text("Last heard from on {time}.", time=last) if last else text("Never heard from so far.")
    if standing.phase is Phase.RELEASE:
        said = text("A check-in was missed on {time}, and the time to stop it is over.", time=missed)
    else:
        said = text("A check-in was missed on {time}.", time=missed)
    if standing.phase is Phase.WAITING:
        return Told(f"{said} {heard} " + text("Somebody asked to wait."), "warning")
    return Told(f"{said} {heard}", "danger")


def by_itself(standing: Standing) -> str:
    """The time when it goes by itself; empty where that was not agreed, or is over."""
    if standing.release is None or standing.phase in (Phase.OVER, Phase.AHEAD):
        return ""
    when = i18n.day_and_time(standing.release)
    return text("Without a word from them it is released on {time}.", time=when)


def state(found: Emergency, now: datetime) -> Told:
    """The one line that matters most."""
    if found.ended:
        return Told(text("Ended on {date}.", date=i18n.date(found.ended)), "info")
    if found.altered:
        return Told(text("Somebody altered it. Prepare a new one."), "danger")
    by = ", ".join(member(one) for one in found.released_by())
    if found.released():
        return Told(text("Released by {who}.", who=by), "danger")
    if by:
        said = text("Released by {who}. One more person is needed.", who=by)
        return Told(said, "danger")
    standing = found.standing(now)
    if standing is not None:
        return check_ins(standing)
    return Told(text("Ready. Only a person releases it."), "success")


def too_few(found: Emergency, lost: Collection[str], away: Collection[str]) -> str:
    """The sentence where fewer persons than are needed can release it now (`steps.lost`,
    `away`); empty else."""
    if not found.live or found.released():
        return ""
    if len(found.holders) - len(lost) < found.need:
        return text("Too few can release it now: prepare a new one.")
    if len(found.holders) - len(lost) - len(away) < found.need:
        return text("Too few can release it until their laptops are back.")
    return ""
