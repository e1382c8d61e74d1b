"""Synchronising with the coordinating server: who may speak, then every desk's mailbox."""

from __future__ import annotations

from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync import after, link_policy
from defenderdesk.sync.server import device_mailbox, farewell, registration, travel_return
from defenderdesk.sync.server.client import ServerError
from defenderdesk.sync.server.connect import connect
from defenderdesk.sync.server.mailbox import Mailbox
from defenderdesk.sync.server.report import SyncReport
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.identity import members
from defenderdesk.vault.types import Progress


def sync(vault: Vault, server: str | None = None, progress: Progress | None = None) -> SyncReport:
    """Synchronises every desk. Raises `NoSafeLinkError` with the reason; what was exchanged
    until then stays exchanged, and stands in the error's `partial`."""
    vault.identity.require_workspace()
    vault.identity.rekey_if_stale()
    report = SyncReport()
    with after.exchange(vault, report):
        _sync(vault, server, progress, report)
    report.waiting = vault.waiting().changes
    return report


def _sync(
    vault: Vault,
    server: str | None,
    progress: Progress | None,
    report: SyncReport,
    *,
    again: bool = False,
) -> None:
    client, epoch = connect(vault, server)
    try:
        # Who may speak comes first: without it the server answers nothing else.
        registration.introduce(vault, client, epoch, report)
        # A traveller's keys, then what single devices are told: both may open desks for the rest.
        if vault.settings.get(travel.BOXES, []):
            travel_return.look(vault, client)
        device_mailbox.look(vault, client, epoch, report)
        vault.travel.home()
        with vault.snapshot() as conn:
            desks = members.desk_keys(conn, vault.identity.roster)

        def mailboxes() -> None:
            for desk in desks:
                Mailbox(vault, client, epoch, desk, report, progress).run()

        mailboxes()
        if report.rolled_back:
            registration.anew(vault, epoch)
            registration.introduce(vault, client, epoch, report)
        registration.confirm(vault, client, epoch, report)
        # Word for others follows the mailboxes: what came in them decides who is told what.
        device_mailbox.bring(vault, client, epoch)
        from defenderdesk.sync.enrolment import mailbox
        from defenderdesk.sync.server import release_drops, timestamping

        # Releases need all that colleagues have sent: a check-in among it stops one.
        waited = vault.waiting().changes
        sure = not (report.unsure or report.withheld or report.rolled_back)
        release_drops.tend(vault, client, epoch, sure=sure)
        if vault.waiting().changes > waited:
            mailboxes()  # a release is told to the colleagues at once
        # Last what can wait: authorities may be slow, and who asks to come in has not come yet.
        stamped = timestamping.stamp(vault)
        report.timestamps, report.no_timestamp = stamped.kept, stamped.failed
        if registration.may_administer(vault):
            with registration.unless_ended():
                farewell.hear(vault, client)
                report.joins = [r.member for r, _ in mailbox.pending(vault, client)]
    except ServerError as error:
        if error.code == "removed":
            registration.obey(vault, client)
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
    except NoSafeLinkError as error:
        unknown = error.facts.get("reason") == link_policy.UNKNOWN_DEVICE
        if again or not unknown or not registration.anew(vault, epoch):
            raise
        _sync(vault, server, progress, report, again=True)  # it may have forgotten
    finally:
        client.close()
