"""Alarms that cannot wait, said on standard error by the commands that people run daily: missed
check-ins, releases (an exchange can make one by itself), and what a partner released to us.

Nobody is named: what a job says there goes into logs, in clear text. `emergency show` says whom it
is about."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from defenderdesk import i18n
from defenderdesk.cli.face import say as words
from defenderdesk.domain.kinds import EMERGENCY, HELD_EMERGENCY
from defenderdesk.errors import DefenderDeskError

if TYPE_CHECKING:  # what reads packages is loaded where there are some
    from defenderdesk.domain.checkins import Standing
    from defenderdesk.vault import Vault
    from defenderdesk.vault.emergency.packages import Emergency
    from defenderdesk.vault.types import Record


def say(vault: Vault) -> None:
    """Every alarm, a line each."""
    if vault.few(EMERGENCY.name):
        _say_ours(vault)
    if vault.few(HELD_EMERGENCY.name):
        from defenderdesk.interchange.emergency import escrow

        for record in escrow.all_of(vault):
            with contextlib.suppress(DefenderDeskError):  # of a desk that is not here
                _line(_held(vault, record))


def _say_ours(vault: Vault) -> None:
    """The alarms of this office's own packages."""
    from defenderdesk.domain.checkins import Phase

    alarming = (Phase.LATE, Phase.MISSED, Phase.WAITING, Phase.RELEASE)
    now = vault.emergency.now()
    for one in vault.emergency.all_of():
        if not one.live:
            continue
        standing = one.standing(now)
        if one.released_by():
            _line(_released(one))
        elif standing is not None and standing.phase in alarming:
            _line([f"{one.id[:8]}:", *_missed(one, standing)])
        if one.drill is not None:
            drill = i18n.text("Drill: the emergency package of {person}", person=one.id[:8])
            command = f"defenderdesk emergency release {one.id[:8]} --drill"
            if one.released(one.drill.id):
                command = f'defenderdesk emergency drill {one.id[:8]} --words "…"'
            _line([f"{drill}.", command])


def _held(vault: Vault, record: Record) -> list[str]:
    """Packages that a partner released to us and nobody opened, or a drill of theirs."""
    from defenderdesk.interchange.emergency import escrow

    state, name = escrow.state(vault, record.id), record.id[:8]
    if state.released and not record.text("opened"):
        said = i18n.text("A partner released an emergency package to you: {name}.", name=name)
        return [said, f"defenderdesk emergency open {name}"]
    if state.drills and not state.by and not escrow.drill_said(record, state.drills[-1]):
        said = i18n.text("A partner’s drill of an emergency package: {name}.", name=name)
        return [said, f"defenderdesk emergency words {name}"]
    return []


def _line(sentences: list[str]) -> None:
    if sentences:
        words(" ".join(sentences), err=True)


def _released(one: Emergency) -> list[str]:
    """Empty once the partner has it."""
    from defenderdesk.vault.emergency import packages, steps

    given = one.of(packages.RELEASE, packages.SERVER_RELEASE)
    after = max(step.at for step in given)
    if one.released() and any(step.at >= after for step in one.of(packages.HANDED)):
        return []
    out = [i18n.text("The emergency package {name} was released.", name=one.id[:8])]
    if any(step.note == steps.BY_ITSELF for step in given):
        out.append(i18n.text("Check-ins were missed, as was agreed."))
    if not one.released():
        out.append(i18n.text("One more person is needed."))
        out.append(f"defenderdesk emergency release {one.id[:8]}")
    elif not one.server:
        out.append(i18n.text("Write the release, and bring it to the partner now."))
        out.append(f"defenderdesk emergency file {one.id[:8]} --out …")
    else:
        out.append(f"defenderdesk emergency handed {one.id[:8]}")
    return out


def _missed(one: Emergency, standing: Standing) -> list[str]:
    from defenderdesk.domain.checkins import Phase

    missed = i18n.day_and_time(standing.missed)
    if standing.phase is Phase.LATE:
        due = i18n.day_and_time(standing.due)
        said = i18n.text("A check-in is due since {time}; it is missed on {missed}.", time=due, missed=missed)
    else:
        said = i18n.text("A check-in was missed on {time}.", time=missed)
    out = [said]
    if standing.release is not None:
        when = i18n.day_and_time(standing.release)
        out.append(i18n.text("Without a word from them it is released on {time}.", time=when))
    out.append(f"defenderdesk emergency heard {one.id[:8]} | wait {one.id[:8]} …")
    return out
