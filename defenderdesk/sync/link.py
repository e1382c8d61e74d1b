"""Synchronising with the coordinating server: first everything in, then everything out.

What comes in is downloaded to a file of the profile (it is sealed), taken in as from a stick, and
only then passed in the mailbox. What goes out is sealed once, kept, and uploaded piece by piece.
So both go on after a cut where they stood.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from defenderdesk.bundle import manifest, membership, writer
from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError, NoSafeLinkError, NotForUsError, OurError
from defenderdesk.sync import exchange, policy
from defenderdesk.sync.client import Client, ServerError, disk
from defenderdesk.vault import Vault, files, members, outgoing
from defenderdesk.vault.members import DeskKeys

PIECE = 4 * 1024 * 1024
PAGE = 200
MAX_ROUNDS = 20
MAX_BUNDLE = 4 * 1024**3
Progress = Callable[[int, int], None]


@dataclass
class SyncReport:
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
    decision = policy.decide(
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
    client, epoch = connect(vault, server)
    report = SyncReport()
    try:
        _introduce(vault, client, epoch)
        with vault.store.snapshot() as conn:
            desks = members.desk_keys(conn)
        for desk in desks:
            _Desk(vault, client, epoch, desk, report, progress).run()
        from defenderdesk.sync import letterbox, stamping

        stamped = stamping.stamp(vault)
        report.timestamps, report.no_timestamp = stamped.kept, stamped.failed
        if not _may_not_administer(vault):
            report.joins = [r.member for r, _ in letterbox.pending(vault, client)]
    finally:
        client.close()
    report.waiting = vault.waiting().changes
    return report


def _may_not_administer(vault: Vault) -> bool:
    return vault.info().role != membership.ADMINISTRATOR


def _introduce(vault: Vault, client: Client, epoch: str) -> None:
    """An administrator's device registers itself with the server's token, and lets the
    workspace's devices in."""
    if _may_not_administer(vault):
        return
    store = vault.store
    key = base64.b64encode(store.need_signing_key().public).decode()
    known: list[str] = store.meta(f"introduced.{epoch}", [])
    mine = signing.id_text(store.device)
    if client.address.token and mine not in known:
        client.json(
            "POST",
            "/v1/register",
            {
                "workspace": signing.id_text(store.need_workspace()),
                "signing_key": key,
                "token": client.address.token,
            },
        )
        known = [*known, mine]
    new = [d for d in store.members if signing.id_text(d) not in known]
    if new:
        keys = [base64.b64encode(store.members[d].signing_key).decode() for d in new]
        client.json("PUT", "/v1/devices", keys)
        known = [*known, *(signing.id_text(d) for d in new)]
    store.set_meta(f"introduced.{epoch}", known)


class _Desk:
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
        secret = min(desk.keys)[1]
        self.box = hmac.digest(secret, b"defenderdesk.org/v1/mailbox", "sha256")[:16].hex()
        self.name = f"mailbox.{epoch}.{self.box}"
        self.server = hashlib.sha256(self.name.encode()).digest()[:16]
        self.folder = vault.profile / "sync"

    def run(self) -> None:
        """Everything in, everything out; until nothing more waits."""
        files.make_folder(self.folder)
        files.remove_partials(self.folder)  # a killed sealing; nothing goes on from there
        self._go_on()
        self._pull()
        for _ in range(MAX_ROUNDS):
            if not self._push():
                break
        self._pull()
        for left in self.folder.glob(f"{self.box}-*.part"):  # of a mailbox that was rolled back
            left.unlink(missing_ok=True)

    # -- what the server holds, as far as this device knows -----------------------------------

    def _state(self) -> dict[str, Any]:
        value: dict[str, Any] = self.store.meta(self.name, _nothing())
        return value

    def _receipt(self, state: dict[str, Any]) -> Receipt:
        """The server as if it were a device. Chunks it lacks are told apart in `_plan`."""
        return Receipt({bytes(d): int(n) for d, n in state["holds"]}, roster=bytes(16))

    def _note(self, state: dict[str, Any], contents: Manifest) -> None:
        """What a bundle holds is now known to be on the server."""
        holds = {bytes(d): int(n) for d, n in state["holds"]}
        chunks = {bytes(c) for c in state["chunks"]}
        for part in contents.parts:
            if part.kind == manifest.FEED:
                device, first = part.detail["device"], part.detail["first"]
                if first <= holds.get(device, 0) + 1:
                    last = first + part.detail["count"] - 1
                    holds[device] = max(holds.get(device, 0), last)
            elif part.kind == manifest.CHUNK:
                chunks.add(part.sha256)
        state["holds"] = sorted(holds.items())
        state["chunks"] = sorted(chunks)

    # -- in -------------------------------------------------------------------------------------

    def _pull(self) -> None:
        state = self._state()
        while True:
            page = self.client.json(
                "GET", f"/v1/mailboxes/{self.box}?after={state['cursor']}&limit={PAGE}"
            )
            found, last = page.get("bundles"), page.get("last")
            if not isinstance(found, list) or not isinstance(last, int):
                raise NoSafeLinkError(reason=policy.MISBEHAVES)
            if last < state["cursor"]:  # rolled back: offer and read everything again
                state = _nothing()
                self.store.set_meta(self.name, state)
                continue
            if not found:
                return
            for item in found:
                seq, size, sha256 = _item(item, state["cursor"])
                if sha256 not in state["sent"]:
                    self._take(state, seq, size, sha256)
                state["cursor"] = seq
                self.store.set_meta(self.name, state)

    def _take(self, state: dict[str, Any], seq: int, size: int, sha256: str) -> None:
        path = self._download(seq, size, sha256)
        if path is None:
            self.report.refused.append(f"{seq}: {policy.MISBEHAVES}")
            return
        try:
            with open(path, "rb") as source:
                contents = exchange.peek(self.vault, source)
            received = exchange.receive_file(self.vault, path)
        except (DamagedError, NotForUsError) as error:
            self.report.refused.append(f"{seq}: {error.describe()}")
            return
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
        self._note(state, contents)
        report = self.report
        report.received_bundles += 1
        report.received_changes += received.changes
        report.attachments_received += received.chunks
        report.conflicts += received.conflicts
        report.kinds |= received.kinds
        report.missing = [f"{who}: {last - first + 1}" for who, first, last in received.missing]

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
            plan = outgoing.plan(conn, self.desk.num, [self._receipt(state)])
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
            whom = exchange.Audience([None], [self.desk.current])
            batches = exchange.Batches(self.vault, conn, self.desk, whom, plan)
            said, roster = self._said(batches.receipt), batches.receipt.roster
            plan.with_certificates = state["roster"] != roster
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

    def _said(self, receipt: Receipt) -> bytes:
        """A digest of what this device holds of the others' work. When it changes, a receipt
        goes out even if nothing else does; receipts change it for nobody, so two idle devices
        fall silent."""
        digest = hashlib.sha256()
        for device, seq in sorted(receipt.holds.items()):
            if device != self.store.device:
                digest.update(device + seq.to_bytes(8, "big"))
        digest.update(b"".join(receipt.missing) + receipt.roster)
        return digest.digest()[:16]

    @property
    def _outgoing(self) -> Path:
        return self.folder / f"{self.box}-out.ddbundle"

    def _go_on(self) -> None:
        """Finishes the upload that was cut last time, from where it stands."""
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
        whom: exchange.Audience,
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


def upload(
    client: Client, box: str, source: Any, size: int, sha256: str, progress: Progress | None
) -> int:
    """Uploads a file into a mailbox from where it stands; the bundle's number there."""
    begun = client.json("POST", f"/v1/mailboxes/{box}/uploads", {"size": size, "sha256": sha256})
    if isinstance(begun.get("seq"), int):
        return int(begun["seq"])
    name, offset = begun.get("upload"), begun.get("offset")
    if not isinstance(name, str) or not isinstance(offset, int) or not 0 <= offset <= size:
        raise NoSafeLinkError(reason=policy.MISBEHAVES)
    source.seek(offset)
    while offset < size:
        data = source.read(PIECE)
        if not data:
            raise OurError(what="a bundle became shorter while it was sent")
        answer = client_append(client, name, offset, data)
        if answer != offset + len(data):
            raise NoSafeLinkError(reason=policy.MISBEHAVES)
        offset = answer
        if progress:
            progress(offset, size)
    try:
        done = client.json("POST", f"/v1/uploads/{name}/finish")
    except ServerError as error:
        raise NoSafeLinkError(reason=policy.MISBEHAVES) from error
    if not isinstance(done.get("seq"), int):
        raise NoSafeLinkError(reason=policy.MISBEHAVES)
    return int(done["seq"])


def client_append(client: Client, name: str, offset: int, data: bytes) -> int:
    """Sends one piece; where the upload stands then."""
    try:
        answer = client.request("PATCH", f"/v1/uploads/{name}?offset={offset}", data)
        value = msgspec.json.decode(answer)
        return int(value["offset"])
    except (ServerError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise NoSafeLinkError(reason=policy.MISBEHAVES) from error


def _nothing() -> dict[str, Any]:
    """What is known of a mailbox at first."""
    return {"cursor": 0, "holds": [], "chunks": [], "sent": [], "said": b"", "roster": b""}


def _item(item: Any, cursor: int) -> tuple[int, int, str]:
    if isinstance(item, dict):
        seq, size, sha256 = item.get("seq"), item.get("size"), item.get("sha256")
        if (
            isinstance(seq, int)
            and cursor < seq < 2**53
            and isinstance(size, int)
            and 0 < size <= MAX_BUNDLE
            and isinstance(sha256, str)
            and len(sha256) == 64
            and sha256.isalnum()
        ):
            return seq, size, sha256
    raise NoSafeLinkError(reason=policy.MISBEHAVES)
