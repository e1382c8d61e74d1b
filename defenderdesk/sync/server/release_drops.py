"""Releases of emergency packages by way of the server: brought to it, and asked for.

The server keeps sealed deposits under names that only the desk and the partner know. Here is also
where a missed check-in leads to a release, where that was agreed: only while synchronising, that
is with everything at hand that colleagues have sent, and only once both this laptop's clock and
the server's say so.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from defenderdesk.bundle import emergency as sealing
from defenderdesk.domain.checkins import Phase
from defenderdesk.errors import DamagedError, NoSafeLinkError, UsageError
from defenderdesk.sync import link_policy
from defenderdesk.sync.server.client import Client, ServerError
from defenderdesk.vault import Vault
from defenderdesk.vault.emergency import packages, steps
from defenderdesk.vault.emergency.packages import Emergency
from defenderdesk.vault.types import EPOCH, Progress

_STATE = "deposits."
_KNOWN = "deposits_known"
_ONE = ("too-large", "too-many", "malformed", "not-found", "other-workspace")
"""Refusals that are about one letter."""
Clocks = tuple[datetime, datetime]
"""The time by this laptop's clock, and by the server's. Nothing is late before both say so,
and what was said before either is believed: so one wrong clock releases nothing."""


def tend(vault: Vault, client: Client, epoch: str, *, sure: bool) -> None:
    """Brings what was released, moves what the server is to hand out by itself, takes back what
    has ended. `sure`: the server held nothing back, so that what is missed was missed. What it
    writes waits for the next exchange, like any save."""
    vault.emergency.maintain()
    clocks = (vault.emergency.now(), EPOCH + timedelta(seconds=client.time))
    known_packages = vault.emergency.all_of()
    known = _known(vault, known_packages, clocks)
    state: dict[str, Any] = vault.settings.get(_STATE + epoch, {})
    wanted: dict[str, tuple[bytes, int]] = {}
    for found in known_packages:
        here = bool(found.token) and found.server == client.address.public()
        if not found.live:
            if here and f"ended {found.id}" not in state:
                _forget(client, found)
                state[f"ended {found.id}"] = True
                vault.settings.put(_STATE + epoch, state)
            continue
        with contextlib.suppress(UsageError, DamagedError):  # one that a colleague spoiled
            if sure and _by_itself(vault, found, clocks, known[found.id]):
                found = vault.emergency.need(found.id)
            vault.emergency.note_share(found)
        if here:
            wanted |= _letters(found, clocks, known[found.id])
        if here and f"over {found.id}" not in state and _over(found, clocks):
            client.json("DELETE", f"/v1/deposits/{timed_name(found)}")  # whoever brought it there
            state[f"over {found.id}"] = True
            vault.settings.put(_STATE + epoch, state)
    for name in sorted(n for n in state.keys() - wanted.keys() if " " not in n):
        client.json("DELETE", f"/v1/deposits/{name}")
        del state[name]
        vault.settings.put(_STATE + epoch, state)
    for name, (data, not_before) in wanted.items():
        # each time, though it lies there: a colleague may have written over it, and of what is
        # timed the answer says whether it went out
        if not sure and name in state and not_before <= state[name][1]:
            continue  # who lacks a check-in does not pull it forward
        try:
            answer = client.json("PUT", f"/v1/deposits/{name}?not_before={not_before}", raw=data)
        except ServerError as error:
            if error.code not in _ONE:
                raise
            continue  # this one alone: the others, and the exchange, go on
        fetched = answer.get("fetched")
        if type(fetched) is not int or fetched < 0:
            raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        state[name] = [hashlib.sha256(data).hexdigest(), not_before]
        vault.settings.put(_STATE + epoch, state)
        if not_before and fetched:
            _handed_out(vault, name)


def _known(vault: Vault, known_packages: Sequence[Emergency], clocks: Clocks) -> dict[str, datetime]:
    """Since when this laptop knows each package. Whoever prepared it may have had a clock that was
    years behind: what was missed according to it is an alarm first, for as long as was agreed."""
    before: dict[str, int] = vault.settings.get(_KNOWN, {})
    now = int(max(clocks).timestamp())
    known = {one.id: min(now, before.get(one.id, now)) for one in known_packages}
    if known != before:
        vault.settings.put(_KNOWN, known)
    return {name: EPOCH + timedelta(seconds=seconds) for name, seconds in known.items()}


def _over(found: Emergency, clocks: Clocks) -> bool:
    standing = found.standing(min(clocks), max(clocks))
    return bool(found.timed) and standing is not None and standing.phase is Phase.OVER


def _forget(client: Client, found: Emergency) -> None:
    """An ended package leaves nothing on the server, whoever brought it there."""
    for drill in (False, True):
        for index in range(min(len(found.hashes), sealing.MAX_HOLDERS)):
            client.json("DELETE", f"/v1/deposits/{sealing.letter_name(found.token, drill, index)}")


def _by_itself(vault: Vault, found: Emergency, clocks: Clocks, known: datetime) -> bool:
    """This person's release, where check-ins were missed and that was agreed."""
    standing = found.standing(min(clocks), max(clocks))
    own = vault.identity.members.get(vault.identity.device)
    if standing is None or standing.phase is not Phase.RELEASE or own is None:
        return False
    if min(clocks) < known + _wait(found):
        return False
    persons = [one for one in found.released_by() if one != packages.SERVER]
    if len(persons) >= found.need or own.member in persons:
        return False  # that the server handed it out is only what it says
    if not vault.emergency.can_release(found):
        return False
    vault.emergency.release(found.id, steps.BY_ITSELF)
    return True


def _wait(found: Emergency) -> timedelta:
    return timedelta(hours=(found.agreement and found.agreement.wait) or 0)


def _letters(found: Emergency, clocks: Clocks, known: datetime) -> dict[str, tuple[bytes, int]]:
    """The letters that are to lie at the server: (sealed, from when on) by name."""
    out = {
        sealing.letter_name(found.token, False, index): (sealed, 0) for index, sealed in steps.letters(found)
    }
    if found.drill is not None:
        for index, sealed in steps.letters(found, found.drill.id):
            out[sealing.letter_name(found.token, True, index)] = (sealed, 0)
    standing = found.standing(min(clocks), max(clocks))
    if found.timed and standing and standing.release and standing.phase is not Phase.OVER:
        release = max(standing.release, known + _wait(found))
        out[timed_name(found)] = (found.timed, int(release.timestamp()))
    return out


def timed_name(found: Emergency) -> str:
    """The name of what the server hands out by itself."""
    return sealing.letter_name(found.token, False, len(found.holders))


def _handed_out(vault: Vault, name: str) -> None:
    """The server handed its letter out: it stands among those who released it."""
    for found in vault.emergency.all_of():
        mine = found.live and found.token and timed_name(found) == name
        if mine and not found.of(packages.SERVER_RELEASE):
            vault.emergency.by_server(found)


def fetch(vault: Vault, server: str, names: Sequence[str], progress: Progress | None = None) -> list[bytes]:
    """The letters under these names at a partner's server, over our own route; unsigned: it learns
    that somebody asks. Raises `NoSafeLinkError`."""
    decision = link_policy.decide(server, str(vault.setting("route") or ""), vault.setting("paused") is True)
    client = Client(decision)
    out = []
    try:
        client.hello()
        for number, name in enumerate(names):
            if progress:
                progress(number, len(names))
            try:
                out.append(client.request("GET", f"/v1/deposits/{name}", signed=False))
            except ServerError as error:
                if error.code != "not-found":
                    raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
    finally:
        client.close()
    return out
