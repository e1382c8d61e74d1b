"""One desk's mailbox on a server: everything in, everything out, piece by piece.

What comes in is downloaded to a file of the profile (it is sealed), taken in as from a stick, and
only then passed in the mailbox. What goes out is sealed once, kept, and uploaded piece by piece.
So both go on after a cut where they stood.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from defenderdesk import files
from defenderdesk.bundle import writer
from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridRecipient, Recipient
from defenderdesk.crypto.digests import sha256_of
from defenderdesk.errors import (
    DamagedError,
    NoSafeLinkError,
    NotForUsError,
    UnknownDeviceError,
)
from defenderdesk.sync import alerts, link_policy
from defenderdesk.sync.bundles import receiving
from defenderdesk.sync.bundles.plan import Audience, Batches
from defenderdesk.sync.server import paging, retry_queue
from defenderdesk.sync.server.client import Client, ServerError
from defenderdesk.sync.server.mailbox_state import State
from defenderdesk.sync.server.paging import Listed
from defenderdesk.sync.server.transfer import download, upload
from defenderdesk.vault import Vault
from defenderdesk.vault.identity.members import DeskKeys
from defenderdesk.vault.replication import held, planning
from defenderdesk.vault.types import Progress

if TYPE_CHECKING:
    from defenderdesk.sync.server.report import SyncReport

MAX_ROUNDS = 20


class Mailbox:
    """One desk's mailbox on one server."""

    def __init__(
        self,
        vault: Vault,
        client: Client,
        epoch: str,
        desk: DeskKeys,
        report: SyncReport,
        progress: Progress | None,
    ) -> None:
        self.vault, self.client = vault, client
        self.desk, self.report, self.progress = desk, report, progress
        self.box = desk.box.hex()
        self.name = f"mailbox.{epoch}.{self.box}"
        self.server = hashlib.sha256(self.name.encode()).digest()[:16]
        self.folder = vault.profile / files.SYNC
        self._last_sender = b""
        self._named: set[str] = set()

    def run(self) -> None:
        """Everything in, everything out; until nothing more waits."""
        files.make_folder(self.folder)
        files.remove_partials(self.folder)  # a killed sealing; nothing goes on from there
        self._pull()  # first: what it brings may erase what is sealed and waits to be sent
        self._go_on()
        self._sweep()
        for _ in range(MAX_ROUNDS):
            if not self._holds() or not self._push():
                break
        if self._holds():
            self._pull()
            self._compare()
        for left in self.folder.glob(f"{self.box}-*.part"):  # of a mailbox that was rolled back
            left.unlink(missing_ok=True)

    def _holds(self) -> bool:
        """Tells whether the desk is still here: a bundle that came may have taken it away."""
        with self.vault.snapshot() as conn:
            return held.holds_desk(conn, self.desk.id)

    # -- what the server holds, as far as this device knows -----------------------------------

    def _sweep(self) -> None:
        """After an erasure, what lies on the server holds it still: one administrator's device has
        it deleted, and sends everything anew."""
        names = self.vault.erasure_status.to_sweep(self.desk.id)
        if not names:
            return
        state = self._state()
        if state.place.cursor:
            try:
                self.client.json("DELETE", f"/v1/mailboxes/{self.box}?through={state.place.cursor}")
            except ServerError as error:
                if error.code != "not-administrator":
                    raise
                return  # the administration ended: another has it deleted
        self._keep(State(state.place, claims=state.claims, unseen=state.unseen))
        self.vault.erasure_status.swept(names)

    def _state(self) -> State:
        return State.of(self.vault.settings.get(self.name, {}))

    def _keep(self, state: State) -> None:
        self.vault.settings.put(self.name, state.value())

    def _note(self, state: State, contents: Manifest, seq: int) -> None:
        state.note(contents, seq, [self._mark(device) for device in contents.recipients])

    # -- in -------------------------------------------------------------------------------------

    def _pull(self, *, again: bool = False) -> None:
        state, receipts = self._state(), dict[bytes, tuple[int, Receipt]]()
        before, lost = state.place.cursor, False
        lacked = set(state.place.lacks)
        authors = self.vault.identity.authors
        self._named |= {authors[feed].member for feed in state.named if feed in authors}

        def take(one: Listed) -> bool | None:
            nonlocal lost
            mine = one.sha256 in state.sent
            lost |= not state.seen(one.seq, one.sha256)
            if not one.size:  # its bytes were deleted; who holds what was in it sends it again
                state.gone += not mine
                return True
            taken = mine or self._take(state, one, receipts, anew=again and one.seq <= before)
            # given back, a desk is read from the beginning
            return taken if self._holds() else None

        def set_back() -> None:
            """It forgot, or shows another list: everything is offered and read again."""
            nonlocal state, again
            state, again = state.anew(state.place), True
            self.report.rolled_back = True

        last = state.place.read(
            self.client, self.box, take, lambda: self._keep(state), set_back, self._healed
        )
        if last is None:
            return
        new = set(state.place.lacks) - lacked
        self.report.left_out += len(new)
        self.report.unsure |= bool(new)
        if (lost or state.forgotten(last)) and not again:  # what was acknowledged is not there
            self.report.rolled_back = True
            own = self.vault.identity.members.get(self.vault.identity.device)
            if own is not None and own.member not in self.report.withheld:
                self.report.withheld.append(own.member)
            self._keep(state.anew())
            self._pull(again=True)
            return
        self._read_again(state)
        if self._holds():
            self._answer(state, receipts)

    def _healed(self) -> None:
        """A bundle that the server had held back came: its sender is named, once."""
        self._late(self._last_sender)

    def _late(self, sender: bytes) -> None:
        member = self.vault.identity.roster.devices.get(sender)
        if member is not None and member.member not in {*self.report.late, *self._named}:
            self.report.late.append(member.member)

    def _answer(self, state: State, receipts: dict[bytes, tuple[int, Receipt]]) -> None:
        """Compares what colleagues say they hold with what this device believes to lie there."""
        roster = self.vault.identity.roster
        with self.vault.snapshot() as conn:
            branched = held.branched_feeds(conn)
        feeds = {
            feed
            for feed in state.holds
            if feed not in branched
            and (author := self.vault.identity.authors.get(feed)) is not None
            and roster.may_write(author.device, self.desk.id)
        }
        lacking = False
        for sender, (seq, receipt) in receipts.items():
            member = roster.devices.get(sender)
            there = member is not None and member.present and self.desk.id in member.desks
            if member is not None and there and not member.since and not member.travelling:
                own = {f for f in feeds if f in member.line}
                lacking |= state.lacking(sender, seq, receipt, feeds - own)
        if lacking:
            self._keep(state)

    def _read_again(self, state: State) -> None:
        """Reads again what could not be opened or kept when it came, and may be by now."""
        for entry in list(state.again):
            if not retry_queue.ready(self.vault, self.desk, entry):
                continue
            state.again.remove(entry)
            seq, size, sha256 = entry[:3]
            if not self._take(state, Listed(seq, size, sha256, b""), {}):
                state.again.append(entry)
            if not self._holds():
                return
            self._keep(state)

    def _later(self, state: State, *entry: Any) -> None:
        state.again = [*state.again, list(entry)][-retry_queue.MOST :]

    def _take(
        self, state: State, one: Listed, receipts: dict[bytes, tuple[int, Receipt]], *, anew: bool = False
    ) -> bool:
        """Takes in one bundle; False where the server does not send what it listed. `anew`: it
        lies where something else was read before."""
        seq, size, sha256, _ = one
        self._last_sender = b""
        path = download(self.client, self.folder, self.box, one, self.progress)
        if path is None:
            self.report.refused.append(f"{seq}: {link_policy.MISBEHAVES}")
            return False
        try:
            received = receiving.receive_file(self.vault, path)
        except (DamagedError, NotForUsError) as error:
            own = self.vault.identity.members.get(self.vault.identity.device)
            early = isinstance(error, NotForUsError) and own is not None and own.since
            if not early:  # whose history begins later cannot open what came before
                self.report.refused.append(f"{seq}: {error.describe()}")
                if isinstance(error, (NotForUsError, UnknownDeviceError)):
                    self._later(state, seq, size, sha256, retry_queue.means(self.vault, self.desk), [])
            return True
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
        contents = received.manifest
        self._last_sender = contents.sender
        self._note(state, contents, seq)
        if unnamed := retry_queue.unnamed(self.vault, self.desk, contents):
            self._later(state, seq, size, sha256, b"", unnamed)
        report = self.report
        report.received_bundles += 1
        report.received_changes += received.changes
        report.attachments_received += received.chunks
        report.conflicts += received.conflicts
        alerts.add_seen(report, received)
        if contents.sender != self.vault.identity.device:
            state.claims.hear(contents.sender, seq, contents.receipt, self._is_of)
            receipts[contents.sender] = (seq, contents.receipt)
            if anew and (received.changes or received.chunks):
                self._late(contents.sender)
        if received.changes or received.chunks:
            self.client.patience.earn(size)
        report.kinds |= received.kinds
        report.missing = [f"{who}: {last - first + 1}" for who, first, last in received.missing]
        return True

    def _compare(self) -> None:
        """Compares what colleagues say they hold (`claims`) with what came. What is claimed, is not
        here and is not refuted was held back. Each hole is said once."""
        state = self._state()
        here = self._weigh(state)
        missing: dict[bytes, int] = {}
        for feed, claimant in state.claims.open():
            missing[feed] = here.get(feed, 0)
            who, by = self._who(feed), self._who(claimant)
            if state.named.get(feed, -1) < missing[feed]:
                self.report.withheld += [who] if who not in self.report.withheld else []
                self.report.claimed_by += [by] if by not in self.report.claimed_by else []
        self.report.unsure |= bool(missing)
        state.named = missing
        self._keep(state)

    def _weigh(self, state: State) -> dict[bytes, int]:
        """Lets go of claims that are fulfilled or refuted, and says the latter, once. What is held here,
        by feed."""
        with self.vault.snapshot() as conn:
            here = held.held_of_feeds(conn, self.desk.num)
            branched = held.branched_feeds(conn)
        authors, roster = self.vault.identity.authors, self.vault.identity.roster

        def counts(claimant: bytes, feed: bytes) -> bool:
            author, member = authors.get(feed), roster.devices.get(claimant)
            cut = author is not None and not roster.may_write(author.device, self.desk.id)
            there = member is not None and not member.removed and self.desk.id in member.desks
            return there and not cut and feed not in branched

        refuted = list(state.claims.check(here, counts, whole=not state.place.lacks))
        own = self.vault.identity.device
        for feed in {feed for feed, _ in state.claims.open() if self._is_of(feed, own)}:
            refuted += state.claims.refute(feed)
        for one in refuted:
            about = "" if self._is_of(one.feed, own) else self._who(one.feed)
            said = (self._who(one.claimant), about, one.why)
            if said not in self.report.refuted:
                self.report.refuted.append(said)
        return here

    def _is_of(self, feed: bytes, device: bytes) -> bool:
        """Tells whether a feed is a laptop's, under whatever keys."""
        author, roster = self.vault.identity.authors.get(feed), self.vault.identity.roster
        return author is not None and roster.heir(author.device) == roster.heir(device)

    def _who(self, feed: bytes) -> str:
        """The member whose feed it is, or the beginning of its id."""
        author = self.vault.identity.authors.get(feed)
        return author.member if author else signing.id_text(feed)[:8]

    # -- out ------------------------------------------------------------------------------------

    def _push(self) -> bool:
        """Sends what the server lacks; whether anything was sent."""
        state = self._state()
        self._weigh(state)
        with self.vault.snapshot() as conn:
            mine = planning.own_receipt(conn, self.desk, self.vault.identity.log.digest)
            plan = planning.plan(conn, self.desk, mine, [state.receipt()])
            plan.chunks = [
                one for one in held.chunks_present(conn, self.desk.num) if one[0] not in state.chunks
            ]
            whom = Audience([None], [self.desk.current])
            batches = Batches(self.vault, conn, self.desk, whom, plan)
            said, roster = self._said(batches.receipt, state), batches.receipt.roster
            plan.with_acts = state.roster != roster
            self._send_keys(state, batches)
            if not plan.wanted and not plan.chunks and state.said == said:
                return False
            if plan.wanted or not plan.chunks:
                contents, sources = batches.changes()
                self._send(state, contents, sources, whom)
                self.report.sent_changes += plan.changes
            for batch in batches.attachments():
                contents, sources = batches.attachment_bundle(batch)
                self._send(state, contents, sources, whom)
                self.report.attachments_sent += len(batch)
            state.said, state.roster = said, roster
            self._keep(state)
        self._confirm(state)
        return bool(plan.wanted or plan.chunks)

    def _send_keys(self, state: State, batches: Batches) -> None:
        """The desk's new key, to those for whom it does not lie in the mailbox yet."""
        name = batches.receipt.key.hex()
        there = {bytes(mark) for mark in state.keys.get(name, ())}
        lacking = {d: r for d, r in batches.lacking().items() if self._mark(d) not in there}
        if not lacking:
            return
        with_acts = batches.plan.with_acts
        contents, sources = batches.key_bundle(lacking)
        seal: list[Recipient] = [HybridRecipient(r) for r in lacking.values()]
        self._send(state, contents, sources, Audience([None], seal))
        state.keys = {name: [*there, *map(self._mark, lacking)]}
        self._keep(state)
        batches.plan.with_acts = with_acts

    def _mark(self, device: bytes) -> bytes:
        """The mark that a device was sent a key, for as long as it has not lost what it held: who
        comes back from a journey, or is given the desk again, is sent it again."""
        begun = self.vault.identity.log.beginnings(device, self.desk.id)
        return hashlib.sha256(device + b"".join(begun)).digest()[:16]

    def _said(self, receipt: Receipt, state: State) -> bytes:
        """A digest of what this device holds of the others' work, and of what did not come. When it
        changes, a receipt goes out even if nothing else does; receipts change it for nobody, so two
        idle devices fall silent."""
        digest = hashlib.sha256()
        for device, seq in sorted(receipt.holds.items()):
            if device != self.vault.identity.device:
                digest.update(device + seq.to_bytes(8, "big"))
        digest.update(b"".join(receipt.missing) + receipt.roster + receipt.key)
        digest.update(state.claims.digest())
        if state.gone or state.place.lacks:
            digest.update(repr((state.gone, sorted(state.place.lacks))).encode())
        return digest.digest()[:16]

    @property
    def _outgoing(self) -> Path:
        return self.folder / f"{self.box}{files.UNSENT}"

    def _go_on(self) -> None:
        """Finishes the upload that was cut last time, from where it stands."""
        if self.vault.erasure.unclean():
            files.remove_unsent(self.vault.profile)
        if not self._outgoing.exists():
            return
        state = self._state()
        try:
            with open(self._outgoing, "rb") as source:
                contents = receiving.peek(self.vault, source)
        except (DamagedError, NotForUsError):
            self._outgoing.unlink(missing_ok=True)
            return
        self._deliver(state, contents)
        self._confirm(state)

    def _deliver(self, state: State, contents: Manifest) -> None:
        seq = self._upload(state, self._outgoing)
        self._note(state, contents, seq)
        self._keep(state)
        with contextlib.suppress(OSError):
            self._outgoing.unlink()
        self.report.sent_bundles += 1

    def _send(
        self,
        state: State,
        contents: Manifest,
        sources: list[Source],
        whom: Audience,
    ) -> None:
        key = self.vault.identity.require_signing_key()
        with files.whole(self._outgoing) as target:
            writer.write(target, contents, sources, key, whom.seal, None)
        self._deliver(state, contents)

    def _upload(self, state: State, path: Path) -> int:
        with open(path, "rb") as source:
            sha256 = sha256_of(source)
            size = source.tell()
            seq = upload(self.client, self.box, source, size, sha256, self.progress)
        if seq <= state.place.cursor:  # it came before; the list was read past it
            one = paging.entry(self.client, self.box, seq)
            if one is None or one.sha256 != sha256:
                raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
        state.uploaded(seq, sha256)
        return seq

    def _confirm(self, state: State) -> None:
        """Notes that what the server acknowledged is no longer on this device alone."""
        with self.vault.transaction() as conn:
            planning.confirm_feeds(conn, self.desk.num, state.receipt())
            held.confirm_chunks(conn, self.desk.num, set(state.chunks))
