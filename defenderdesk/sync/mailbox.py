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

from defenderdesk.bundle import manifest, writer
from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import HybridRecipient, Recipient
from defenderdesk.errors import (
    DamagedError,
    NoSafeLinkError,
    NotForUsError,
    UnknownDeviceError,
)
from defenderdesk.sync import again, exchange, policy
from defenderdesk.sync.batches import Audience, Batches
from defenderdesk.sync.client import Client, ServerError, disk
from defenderdesk.sync.transfer import PAGE, Progress, listed, upload
from defenderdesk.vault import Vault, erasure, erasures, files, outgoing
from defenderdesk.vault.members import DeskKeys

if TYPE_CHECKING:
    from defenderdesk.sync.link import SyncReport

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
        self.vault, self.store, self.client = vault, vault.store, client
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
        """Whether the desk is still here: a bundle that came may have taken it away."""
        found = self.store.reader.execute("SELECT 1 FROM desks WHERE id = ?", (self.desk.id,))
        return found.fetchone() is not None

    # -- what the server holds, as far as this device knows -----------------------------------

    def _sweep(self) -> None:
        """After an erasure, what lies on the server holds it still: one administrator's device has
        it deleted, and sends everything anew."""
        names = erasures.to_sweep(self.store, self.desk.id)
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
        self.store.set_meta(self.name, fresh)
        erasures.swept(self.store, names)

    def _state(self) -> dict[str, Any]:
        value: dict[str, Any] = self.store.meta(self.name, _nothing())
        return {**_nothing(), **value}

    def _receipt(self, state: dict[str, Any]) -> Receipt:
        """The server as if it were a device. Chunks it lacks are told apart in `_plan`."""
        return Receipt({bytes(d): int(n) for d, n in state["holds"]}, roster=bytes(16))

    def _note(self, state: dict[str, Any], contents: Manifest) -> None:
        """What a bundle holds is now known to be on the server."""
        holds = {bytes(d): int(n) for d, n in state["holds"]}
        chunks = {bytes(c) for c in state["chunks"]}
        if contents.purpose == manifest.KEYS:
            name = contents.receipt.key.hex()
            state["keys"] = {name: [*state["keys"].get(name, ()), *contents.recipients]}
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
        state, anew = self._state(), False
        while True:
            page = self.client.json(
                "GET", f"/v1/mailboxes/{self.box}?after={state['cursor']}&limit={PAGE}"
            )
            found, last = page.get("bundles"), page.get("last")
            if not isinstance(found, list) or not isinstance(last, int):
                raise NoSafeLinkError(reason=policy.MISBEHAVES)
            if last < state["cursor"]:  # rolled back: offer and read everything again, once
                if anew or last < 0:
                    raise NoSafeLinkError(reason=policy.MISBEHAVES)
                anew = True
                state = _nothing()
                self.report.rolled_back = True
                self.store.set_meta(self.name, state)
                continue
            if not found:
                break
            for item in found:
                seq, size, sha256 = listed(item, state["cursor"])
                if sha256 not in state["sent"]:
                    self._take(state, seq, size, sha256)
                if not self._holds():  # given back, it is read from the beginning
                    return
                state["cursor"] = seq
                self.store.set_meta(self.name, state)
        self._read_again(state)

    def _read_again(self, state: dict[str, Any]) -> None:
        """What could not be opened or kept when it came, and may be by now."""
        for entry in list(state["again"]):
            if not again.ready(self.store, self.desk, entry):
                continue
            state["again"].remove(entry)
            seq, size, sha256 = entry[:3]
            if not self._take(state, seq, size, sha256):
                state["again"].append(entry)
            if not self._holds():
                return
            self.store.set_meta(self.name, state)

    def _later(self, state: dict[str, Any], *entry: Any) -> None:
        state["again"] = [*state["again"], list(entry)][-again.MOST :]

    def _take(self, state: dict[str, Any], seq: int, size: int, sha256: str) -> bool:
        """Takes in one bundle; False where the server does not send what it listed."""
        path = self._download(seq, size, sha256)
        if path is None:
            self.report.refused.append(f"{seq}: {policy.MISBEHAVES}")
            return False
        try:
            received = exchange.receive_file(self.vault, path)
        except (DamagedError, NotForUsError) as error:
            own = self.store.members.get(self.store.device)
            early = isinstance(error, NotForUsError) and own is not None and own.since
            if not early:  # whose history begins later cannot open what came before
                self.report.refused.append(f"{seq}: {error.describe()}")
                if isinstance(error, (NotForUsError, UnknownDeviceError)):
                    self._later(state, seq, size, sha256, again.means(self.store, self.desk), [])
            return True
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
        contents = received.manifest
        self._note(state, contents)
        if unnamed := again.unnamed(self.store, self.desk, contents):
            self._later(state, seq, size, sha256, b"", unnamed)
        report = self.report
        report.received_bundles += 1
        report.received_changes += received.changes
        report.attachments_received += received.chunks
        report.conflicts += received.conflicts
        exchange.add_seen(report, received)
        if contents.sender != self.store.device:
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
        with self.store.snapshot() as conn:
            held = dict(
                conn.execute(
                    "SELECT device, held FROM feeds WHERE desk = ?", (self.desk.num,)
                ).fetchall()
            )
            branched = {
                bytes(row[0])
                for row in conn.execute("SELECT parent FROM feeds WHERE parent IS NOT NULL")
            }
        for feed, seq in told.items():
            author = self.store.authors.get(feed)
            cut = author and not self.store.roster.may_write(author.device, self.desk.id)
            if feed in branched or cut or seq <= held.get(feed, 0):
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
                raise NoSafeLinkError(reason=policy.NOT_REACHED)
            digest = hashlib.sha256()
            with open(path, "rb") as source:
                while block := source.read(1 << 20):
                    digest.update(block)
        except ServerError:
            return None
        except OSError as error:
            raise disk(error) from error
        if have != size or digest.hexdigest() != sha256:
            path.unlink(missing_ok=True)
            return None
        return path

    # -- out ------------------------------------------------------------------------------------

    def _push(self) -> bool:
        """Sends what the server lacks; whether anything was sent."""
        store, state = self.store, self._state()
        with store.snapshot() as conn:
            mine = outgoing.own_receipt(conn, self.desk, store.log.digest)
            plan = outgoing.plan(conn, self.desk, mine, [self._receipt(state)])
            there = {bytes(c) for c in state["chunks"]}
            plan.chunks = [
                (bytes(name), size)
                for name, size in conn.execute(
                    "SELECT hash, size FROM chunks WHERE desk = ? AND present = 1 "
                    "ORDER BY feed, seq, hash",
                    (self.desk.num,),
                )
                if bytes(name) not in there
            ]
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
            store.set_meta(self.name, state)
        self._confirm(state)
        return bool(plan.wanted or plan.chunks)

    def _send_keys(self, state: dict[str, Any], batches: Batches) -> None:
        """The desk's new key, to those for whom it does not lie in the mailbox yet."""
        name = batches.receipt.key.hex()
        there = {bytes(d) for d in state["keys"].get(name, ())}
        lacking = {d: r for d, r in batches.lacking().items() if d not in there}
        if not lacking:
            return
        with_acts = batches.plan.with_acts
        contents, sources = batches.key_bundle(lacking)
        seal: list[Recipient] = [HybridRecipient(r) for r in lacking.values()]
        self._send(state, contents, sources, Audience([None], seal))
        state["keys"] = {name: [*there, *lacking]}
        self.store.set_meta(self.name, state)
        batches.plan.with_acts = with_acts

    def _said(self, receipt: Receipt) -> bytes:
        """A digest of what this device holds of the others' work. When it changes, a receipt
        goes out even if nothing else does; receipts change it for nobody, so two idle devices
        fall silent."""
        digest = hashlib.sha256()
        for device, seq in sorted(receipt.holds.items()):
            if device != self.store.device:
                digest.update(device + seq.to_bytes(8, "big"))
        digest.update(b"".join(receipt.missing) + receipt.roster + receipt.key)
        return digest.digest()[:16]

    @property
    def _outgoing(self) -> Path:
        return self.folder / f"{self.box}{files.UNSENT}"

    def _go_on(self) -> None:
        """Finishes the upload that was cut last time, from where it stands."""
        if erasure.unclean(self.store):
            files.remove_unsent(self.vault.profile)
        if not self._outgoing.exists():
            return
        state = self._state()
        try:
            with open(self._outgoing, "rb") as source:
                contents = exchange.peek(self.vault, source)
        except (DamagedError, NotForUsError):
            self._outgoing.unlink(missing_ok=True)
            return
        self._deliver(state, contents)
        self._confirm(state)

    def _deliver(self, state: dict[str, Any], contents: Manifest) -> None:
        self._upload(state, self._outgoing)
        self._note(state, contents)
        self.store.set_meta(self.name, state)
        with contextlib.suppress(OSError):
            self._outgoing.unlink()
        self.report.sent_bundles += 1

    def _send(
        self, state: dict[str, Any], contents: Manifest, sources: list[Source],
        whom: Audience,
    ) -> None:  # fmt: skip
        key = self.store.need_signing_key()
        with files.whole(self._outgoing) as target:
            writer.write(target, contents, sources, key, whom.seal, None)
        self._deliver(state, contents)

    def _upload(self, state: dict[str, Any], path: Path) -> None:
        digest = hashlib.sha256()
        with open(path, "rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
            size, sha256 = source.tell(), digest.hexdigest()
            upload(self.client, self.box, source, size, sha256, self.progress)
        state["sent"] = [*state["sent"], sha256][-500:]

    def _confirm(self, state: dict[str, Any]) -> None:
        """What the server acknowledged is no longer on this device alone."""
        receipt = self._receipt(state)
        there = {bytes(c) for c in state["chunks"]}
        with self.store.writing() as conn:
            outgoing.confirm_feeds(conn, self.desk.num, receipt)
            conn.executemany(
                "UPDATE chunks SET confirmed = 1 WHERE hash = ? AND desk = ?",
                [(name, self.desk.num) for name in there],
            )


def _nothing() -> dict[str, Any]:
    """What is known of a mailbox at first."""
    return {
        "cursor": 0, "holds": [], "chunks": [], "sent": [], "said": b"", "roster": b"", "keys": {},
        "told": [], "again": [],
    }  # fmt: skip
