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
from defenderdesk.bundle import manifest, writer
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
from defenderdesk.sync.server.client import Client, ServerError, disk
from defenderdesk.sync.server.transfer import upload
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
        if state["cursor"]:
            try:
                self.client.json("DELETE", f"/v1/mailboxes/{self.box}?through={state['cursor']}")
            except ServerError as error:
                if error.code != "not-administrator":
                    raise
                return  # the administration ended: another has it deleted
        fresh = {**_nothing(), "cursor": state["cursor"], "told": state["told"]}
        self.vault.settings.put(self.name, fresh)
        self.vault.erasure_status.swept(names)

    def _state(self) -> dict[str, Any]:
        value: dict[str, Any] = self.vault.settings.get(self.name, _nothing())
        return {**_nothing(), **value}

    def _receipt(self, state: dict[str, Any]) -> Receipt:
        """The server as if it were a device. Chunks it lacks are told apart in `_plan`."""
        return Receipt({bytes(d): int(n) for d, n in state["holds"]}, roster=bytes(16))

    def _note(self, state: dict[str, Any], contents: Manifest) -> None:
        """Notes that what a bundle holds is now known to be on the server."""
        holds = {bytes(d): int(n) for d, n in state["holds"]}
        chunks = {bytes(c) for c in state["chunks"]}
        if contents.purpose == manifest.KEYS:
            name = contents.receipt.key.hex()
            marks = map(self._mark, contents.recipients)
            state["keys"] = {name: [*state["keys"].get(name, ()), *marks]}
        for part in contents.parts:
            if part.kind == manifest.FEED:
                detail = part.detail
                feed, first = detail.get("feed", detail["device"]), detail["first"]
                if first <= max(holds.get(feed, 0), detail.get("base", 0)) + 1:
                    holds[feed] = max(holds.get(feed, 0), first + detail["count"] - 1)
            elif part.kind == manifest.CHUNK:
                chunks.add(part.sha256)
        state["holds"] = sorted(holds.items())
        state["chunks"] = sorted(chunks)

    # -- in -------------------------------------------------------------------------------------

    def _pull(self) -> None:
        state = self._state()
        for page in paging.pages(self.client, self.box, state["cursor"]):
            if page.set_back:  # it forgot: everything is offered and read again
                state = _nothing()
                self.report.rolled_back = True
                self.vault.settings.put(self.name, state)
            for one in page.bundles:
                if one.size and one.sha256 not in state["sent"]:
                    self._take(state, *one)
                if not self._holds():  # given back, it is read from the beginning
                    return
                state["cursor"] = one.seq
                self.vault.settings.put(self.name, state)
        self._read_again(state)

    def _read_again(self, state: dict[str, Any]) -> None:
        """Reads again what could not be opened or kept when it came, and may be by now."""
        for entry in list(state["again"]):
            if not retry_queue.ready(self.vault, self.desk, entry):
                continue
            state["again"].remove(entry)
            seq, size, sha256 = entry[:3]
            if not self._take(state, seq, size, sha256):
                state["again"].append(entry)
            if not self._holds():
                return
            self.vault.settings.put(self.name, state)

    def _later(self, state: dict[str, Any], *entry: Any) -> None:
        state["again"] = [*state["again"], list(entry)][-retry_queue.MOST :]

    def _take(self, state: dict[str, Any], seq: int, size: int, sha256: str) -> bool:
        """Takes in one bundle; False where the server does not send what it listed."""
        path = self._download(seq, size, sha256)
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
        self._note(state, contents)
        if unnamed := retry_queue.unnamed(self.vault, self.desk, contents):
            self._later(state, seq, size, sha256, b"", unnamed)
        report = self.report
        report.received_bundles += 1
        report.received_changes += received.changes
        report.attachments_received += received.chunks
        report.conflicts += received.conflicts
        alerts.add_seen(report, received)
        if contents.sender != self.vault.identity.device:
            told = {bytes(f): int(n) for f, n in state["told"]}
            for feed, seq in contents.receipt.holds.items():
                told[feed] = max(told.get(feed, 0), seq)
            state["told"] = sorted(told.items())
        report.kinds |= received.kinds
        report.missing = [f"{who}: {last - first + 1}" for who, first, last in received.missing]
        return True

    def _compare(self) -> None:
        """Whoever sends through this mailbox sends what they hold with or before the receipt that
        says so: what a receipt names and the mailbox did not bring was held back."""
        told = {bytes(f): int(n) for f, n in self._state()["told"]}
        with self.vault.snapshot() as conn:
            here = held.held_of_feeds(conn, self.desk.num)
            branched = held.branched_feeds(conn)
        for feed, seq in told.items():
            author = self.vault.identity.authors.get(feed)
            cut = author and not self.vault.identity.roster.may_write(author.device, self.desk.id)
            if feed in branched or cut or seq <= here.get(feed, 0):
                continue
            who = author.member if author else signing.id_text(feed)[:8]
            if who not in self.report.withheld:
                self.report.withheld.append(who)

    def _download(self, seq: int, size: int, sha256: str) -> Path | None:
        """The bundle's file, complete and as listed; None if the server sends something else."""
        path = self.folder / f"{self.box}-{seq}-{sha256[:16]}.part"
        try:
            have = path.stat().st_size if path.exists() else 0
            if have > size:
                path.unlink()
                have = 0
            if have < size:
                with open(path, "ab") as out:
                    for data in self.client.download(f"/v1/mailboxes/{self.box}/{seq}", have):
                        have += len(data)
                        if have > size:
                            break
                        out.write(data)
                        if self.progress:
                            self.progress(have, size)
            if have < size:
                raise NoSafeLinkError(reason=link_policy.NOT_REACHED)
            with open(path, "rb") as source:
                digest = sha256_of(source)
        except ServerError:
            return None
        except OSError as error:
            raise disk(error) from error
        if have != size or digest != sha256:
            path.unlink(missing_ok=True)
            return None
        return path

    # -- out ------------------------------------------------------------------------------------

    def _push(self) -> bool:
        """Sends what the server lacks; whether anything was sent."""
        state = self._state()
        with self.vault.snapshot() as conn:
            mine = planning.own_receipt(conn, self.desk, self.vault.identity.log.digest)
            plan = planning.plan(conn, self.desk, mine, [self._receipt(state)])
            there = {bytes(c) for c in state["chunks"]}
            plan.chunks = [one for one in held.chunks_present(conn, self.desk.num) if one[0] not in there]
            whom = Audience([None], [self.desk.current])
            batches = Batches(self.vault, conn, self.desk, whom, plan)
            said, roster = self._said(batches.receipt), batches.receipt.roster
            plan.with_acts = state["roster"] != roster
            self._send_keys(state, batches)
            if not plan.wanted and not plan.chunks and state["said"] == said:
                return False
            if plan.wanted or not plan.chunks:
                contents, sources = batches.changes()
                self._send(state, contents, sources, whom)
                self.report.sent_changes += plan.changes
            for batch in batches.attachments():
                contents, sources = batches.attachment_bundle(batch)
                self._send(state, contents, sources, whom)
                self.report.attachments_sent += len(batch)
            state["said"], state["roster"] = said, roster
            self.vault.settings.put(self.name, state)
        self._confirm(state)
        return bool(plan.wanted or plan.chunks)

    def _send_keys(self, state: dict[str, Any], batches: Batches) -> None:
        """The desk's new key, to those for whom it does not lie in the mailbox yet."""
        name = batches.receipt.key.hex()
        there = {bytes(mark) for mark in state["keys"].get(name, ())}
        lacking = {d: r for d, r in batches.lacking().items() if self._mark(d) not in there}
        if not lacking:
            return
        with_acts = batches.plan.with_acts
        contents, sources = batches.key_bundle(lacking)
        seal: list[Recipient] = [HybridRecipient(r) for r in lacking.values()]
        self._send(state, contents, sources, Audience([None], seal))
        state["keys"] = {name: [*there, *map(self._mark, lacking)]}
        self.vault.settings.put(self.name, state)
        batches.plan.with_acts = with_acts

    def _mark(self, device: bytes) -> bytes:
        """The mark that a device was sent a key, for as long as it has not lost what it held: who
        comes back from a journey, or is given the desk again, is sent it again."""
        begun = self.vault.identity.log.beginnings(device, self.desk.id)
        return hashlib.sha256(device + b"".join(begun)).digest()[:16]

    def _said(self, receipt: Receipt) -> bytes:
        """A digest of what this device holds of the others' work. When it changes, a receipt
        goes out even if nothing else does; receipts change it for nobody, so two idle devices
        fall silent."""
        digest = hashlib.sha256()
        for device, seq in sorted(receipt.holds.items()):
            if device != self.vault.identity.device:
                digest.update(device + seq.to_bytes(8, "big"))
        digest.update(b"".join(receipt.missing) + receipt.roster + receipt.key)
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

    def _deliver(self, state: dict[str, Any], contents: Manifest) -> None:
        self._upload(state, self._outgoing)
        self._note(state, contents)
        self.vault.settings.put(self.name, state)
        with contextlib.suppress(OSError):
            self._outgoing.unlink()
        self.report.sent_bundles += 1

    def _send(
        self,
        state: dict[str, Any],
        contents: Manifest,
        sources: list[Source],
        whom: Audience,
    ) -> None:
        key = self.vault.identity.require_signing_key()
        with files.whole(self._outgoing) as target:
            writer.write(target, contents, sources, key, whom.seal, None)
        self._deliver(state, contents)

    def _upload(self, state: dict[str, Any], path: Path) -> None:
        with open(path, "rb") as source:
            sha256 = sha256_of(source)
            size = source.tell()
            upload(self.client, self.box, source, size, sha256, self.progress)
        state["sent"] = [*state["sent"], sha256][-500:]

    def _confirm(self, state: dict[str, Any]) -> None:
        """Notes that what the server acknowledged is no longer on this device alone."""
        receipt = self._receipt(state)
        there = {bytes(c) for c in state["chunks"]}
        with self.vault.transaction() as conn:
            planning.confirm_feeds(conn, self.desk.num, receipt)
            held.confirm_chunks(conn, self.desk.num, there)


def _nothing() -> dict[str, Any]:
    """The state of a mailbox at first."""
    return {
        "cursor": 0,
        "holds": [],
        "chunks": [],
        "sent": [],
        "said": b"",
        "roster": b"",
        "keys": {},
        "told": [],
        "again": [],
    }
