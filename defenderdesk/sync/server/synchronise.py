"""Synchronising with the coordinating server: who may speak, then every desk's mailbox."""

from __future__ import annotations

from dataclasses import dataclass, field

from defenderdesk.errors import NoSafeLinkError
from defenderdesk.sync import alerts, link_policy
from defenderdesk.sync.server import device_mailbox, registration, travel_return
from defenderdesk.sync.server.client import Client, ServerError
from defenderdesk.sync.server.mailbox import Mailbox
from defenderdesk.sync.server.transfer import Progress
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import members, rekey
from defenderdesk.vault.membership import revoke_desk
from defenderdesk.vault.recovery import trustees


@dataclass
class SyncReport(alerts.Seen):
    """What one synchronisation did. `waiting`: changes that still wait; `refused`: bundles of the
    server that were not taken, and why; `joins`: members who ask to be let in;
    `timestamps`: trusted timestamps got, `no_timestamp`: by authority why there is none."""

    sent_changes: int = 0
    sent_bundles: int = 0
    received_changes: int = 0
    received_bundles: int = 0
    attachments_sent: int = 0
    attachments_received: int = 0
    conflicts: int = 0
    waiting: int = 0
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    timestamps: int = 0
    no_timestamp: dict[str, str] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)


def connect(vault: Vault, server: str | None = None) -> tuple[Client, str]:
    """A greeted client, and the server's epoch. Remembers `server` once it answered rightly."""
    store = vault.store
    address = server or str(vault.setting("server") or "")
    decision = link_policy.decide(
        address, str(vault.setting("route") or ""), vault.setting("paused") is True
    )
    signed = bool(store.device)
    client = Client(
        decision, store.device if signed else None, store.need_signing_key() if signed else None
    )
    hello = client.hello()
    if server and server != vault.setting("server"):
        vault.set_setting("server", server)
    return client, hello.epoch


def sync(vault: Vault, server: str | None = None, progress: Progress | None = None) -> SyncReport:
    """Synchronises every desk. Raises `NoSafeLinkError` with the reason; what was exchanged
    until then stays exchanged."""
    vault.store.need_workspace()
    rekey.outgrow(vault.store)
    return _sync(vault, server, progress)


def _sync(
    vault: Vault, server: str | None, progress: Progress | None, *, again: bool = False
) -> SyncReport:
    client, epoch = connect(vault, server)
    report = SyncReport()
    try:
        registration.introduce(vault, client, epoch)
        if vault.store.meta(travel.BOXES, []):
            travel_return.look(vault, client)
        device_mailbox.look(vault, client, epoch, report)
        travel.home(vault.store)
        with vault.store.snapshot() as conn:
            desks = members.desk_keys(conn, vault.store.roster)

        def mailboxes() -> None:
            for desk in desks:
                Mailbox(vault, client, epoch, desk, report, progress).run()

        mailboxes()
        if report.rolled_back:
            registration.anew(vault, epoch)
            registration.introduce(vault, client, epoch)
        device_mailbox.bring(vault, client, epoch)
        from defenderdesk.sync.enrolment import mailbox
        from defenderdesk.sync.server import release_drops, timestamping

        waited = vault.waiting().changes
        release_drops.tend(
            vault, client, epoch, sure=not report.withheld and not report.rolled_back
        )
        if vault.waiting().changes > waited:
            mailboxes()  # a release is told to the colleagues at once
        stamped = timestamping.stamp(vault)
        report.timestamps, report.no_timestamp = stamped.kept, stamped.failed
        if registration.may_administer(vault):
            with registration.unless_ended():
                report.joins = [r.member for r, _ in mailbox.pending(vault, client)]
    except ServerError as error:
        if error.code == "removed":
            registration.obey(vault, client)
        raise NoSafeLinkError(reason=link_policy.MISBEHAVES) from error
    except NoSafeLinkError as error:
        unknown = error.facts.get("reason") == link_policy.UNKNOWN_DEVICE
        if again or not unknown or not registration.anew(vault, epoch):
            raise
        return _sync(vault, server, progress, again=True)  # it may have forgotten
    finally:
        client.close()
    report.waiting = vault.waiting().changes
    alerts.keep(vault, alerts.worries(report))
    revoke_desk.leave_now(vault.store)
    rekey.outgrow(vault.store)
    erase.clean(vault.store)
    trustees.keep_up(vault.store)
    rekey.let_go(vault.store)
    return report
