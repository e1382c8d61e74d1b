"""The duties after every exchange: one list of duties, in one order, always carried out.

An exchange may end at any moment: a cut line, a pulled stick, a full disk. What came until then
stays, and so has to be followed by all that follows from it. The duties are therefore not the end
of an exchange that went well but what surrounds every exchange (`exchange`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from defenderdesk.errors import DefenderDeskError, RevokedError, WorldError
from defenderdesk.sync import alerts
from defenderdesk.vault import Vault

Duty = Callable[[Vault], object]

DUTIES: tuple[Duty, ...] = (
    # A desk that was taken leaves before anything is cleaned: its pages go with the same cleaning.
    lambda vault: vault.members.leave_now(),
    # Who is back from a journey takes new keys before anything is sealed by or for the old ones.
    lambda vault: vault.travel.home(),
    # The same for a key that could decide too much by what this exchange brought.
    lambda vault: vault.identity.rekey_if_stale(),
    # Then what was let go of, by an erasure or with a desk, leaves the free pages.
    lambda vault: vault.erasure.clean(),
    # Shares and pieces are sealed anew to the identities of now, which the steps above made.
    lambda vault: vault.recovery.maintain(),
    lambda vault: vault.emergency.maintain(),
    # Last: former identities opened what the two steps before sealed anew.
    lambda vault: vault.identity.forget(),
)


@contextlib.contextmanager
def exchange(vault: Vault, report: alerts.Seen) -> Iterator[None]:
    """Surrounds one exchange, whose report grows while it runs. Where it fails, what follows from
    what came is done all the same, and the error carries the report (`partial`): what has come is
    to be shown, what gave reason to worry to be said. The first error is the one that is raised."""
    try:
        yield
    except RevokedError:
        raise  # the keys are destroyed: there is no vault that anything could be done with
    except Exception as error:
        if isinstance(error, DefenderDeskError):
            error.partial = report
        with contextlib.suppress(WorldError):
            follow(vault, report)
        raise
    follow(vault, report)


def follow(vault: Vault, report: alerts.Seen) -> None:
    """Keeps what the server gave reason to worry about, then carries out every duty, also where an
    earlier one fails; the first failure is raised at the end."""
    failed: WorldError | None = None
    first: Duty = lambda vault: alerts.keep(vault, alerts.of_the_server(report))  # noqa: E731
    for duty in (first, *DUTIES):
        try:
            duty(vault)
        except WorldError as error:
            failed = failed or error
    if failed is not None:
        raise failed
