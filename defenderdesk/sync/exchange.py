"""Export and receive: bundles on a stick, in a folder, in a file.

An export into a folder is made of several bundles: first the changes, then attachments in
bundles of at most 32 MiB. Each appears whole or not at all, and is named so that the next
attempt knows what is there already: a stick can be pulled at any moment.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from defenderdesk.bundle import manifest, writer
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.bundle.reader import Reader
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import (
    DeskKey,
    HybridRecipient,
    Identity,
    Recipient,
    parse_recipient,
)
from defenderdesk.errors import (
    DamagedError,
    DefenderDeskError,
    NoSpaceError,
    NotForUsError,
    NotFoundError,
    Says,
    UsageError,
)
from defenderdesk.vault import Vault, files, incoming, members, outgoing, writing
from defenderdesk.vault.incoming import Received
from defenderdesk.vault.members import DeskKeys

SUFFIX = ".ddbundle"
ATTACHMENTS_PER_BUNDLE = 32 * 1024 * 1024
MAX_FILES = 10_000
Progress = Callable[[int, int], None]


@dataclass
class ExportReport:
    """What an export wrote. `bundles`: the files, in the order to receive them; `reused`: how
    many of them an earlier attempt had finished."""

    bundles: list[Path] = field(default_factory=list)
    desk: str = ""
    change_sets: int = 0
    changes: int = 0
    attachments: int = 0
    bytes: int = 0
    reused: int = 0
    nothing_new: bool = False


@dataclass
class ReceiveReport:
    """What was received. `already`: bundles in which nothing was new. `refused`: files that
    could not be taken, with the error of each."""

    bundles: int = 0
    already: int = 0
    change_sets: int = 0
    changes: int = 0
    conflicts: int = 0
    attachments: int = 0
    devices: int = 0
    desks: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    refused: list[tuple[str, DefenderDeskError]] = field(default_factory=list)
    suspect_clock: bool = False
    joined: bool = False
    kinds: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)


@dataclass
class Audience:
    """Whom a bundle is for: what they hold, how it is sealed, whom the manifest names."""

    receipts: list[manifest.Receipt | None]
    seal: list[Recipient]
    named: tuple[bytes, ...] = ()


def resolve_device(vault: Vault, text: str) -> bytes | None:
    """A device by id, by a unique beginning of it, by member's name or device's name."""
    store = vault.store
    by_id = [d for d in store.members if signing.id_text(d).startswith(text.lower())]
    if len(text) >= 4 and len(by_id) == 1:
        return by_id[0]
    folded = text.casefold()
    named = [
        device
        for device, cert in store.members.items()
        if folded in (cert.member.casefold(), f"{cert.member} ({cert.name})".casefold())
    ]
    others = [device for device in named if device != store.device]
    found = others or named
    if len(found) > 1:
        raise UsageError(
            what=Says("Several devices are called {name}; name one by its id", name=text)
        )
    return found[0] if found else None


def audience(
    vault: Vault, conn: Any, desk: DeskKeys, to: Sequence[str], everything: bool
) -> Audience:
    """Whom an export is for. Raises `NotFoundError` for an unknown recipient."""
    store = vault.store
    devices: list[bytes] = []
    outside: list[Recipient] = []
    for text in to:
        if text.startswith("age1"):
            try:
                outside.append(parse_recipient(text))
            except DamagedError as error:
                raise UsageError(
                    what=Says("{name}… is not an age recipient", name=text[:24])
                ) from error
            continue
        device = resolve_device(vault, text)
        if device is None:
            raise NotFoundError(what=Says("device or member {name}", name=text))
        devices.append(device)
    if outside:
        sealed = [*outside, *(HybridRecipient(store.members[d].recipient) for d in devices)]
        if len({r.postquantum for r in sealed}) > 1:
            raise UsageError(
                what="A classic age recipient cannot share a bundle with post-quantum ones; "
                "export to each by itself"
            )
        return Audience([None], sealed)
    if devices:
        receipts = [outgoing.receipt_of(conn, d, desk.num) for d in devices]
        return Audience([None] if everything else receipts, [desk.current], tuple(devices))
    others = [
        device
        for device, cert in store.members.items()
        if device != store.device and desk.id in cert.desks
    ]
    others += [
        bytes(row[0])
        for row in conn.execute("SELECT device FROM receipts WHERE desk = ?", (desk.num,))
        if bytes(row[0]) not in others and bytes(row[0]) in store.members
    ]
    receipts = [outgoing.receipt_of(conn, d, desk.num) for d in others]
    return Audience([None] if everything or not others else receipts, [desk.current])


def export(
    vault: Vault,
    out: Path,
    *,
    desk: str | None = None,
    to: Sequence[str] = (),
    everything: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Writes bundles of one desk. `out`: a folder (made of a path without suffix, or there
    already), or a file's path for one bundle. `to`: devices, or age recipients."""
    store = vault.store
    store.need_workspace()
    files.outside(vault.profile, out)
    with store.snapshot() as conn:
        num = writing.desk_number(store, conn, desk)
        keys = next(d for d in members.desk_keys(conn) if d.num == num)
        whom = audience(vault, conn, keys, to, everything)
        plan = outgoing.plan(conn, num, whom.receipts)
        report = ExportReport(
            desk=keys.name,
            change_sets=plan.change_sets,
            changes=plan.changes,
            attachments=len(plan.chunks),
            nothing_new=not plan.wanted and not plan.chunks,
        )
        batches = Batches(vault, conn, keys, whom, plan)
        if out.is_dir() or (not out.suffix and not out.exists()):
            files.make_folder(out)
            files.remove_partials(out)
            _to_folder(batches, out, report, progress)
        else:
            path = out
            contents, sources = batches.everything()
            with files.whole(path) as target:
                writer.write(
                    target, contents, sources, store.need_signing_key(), whom.seal, progress
                )
            report.bundles.append(path)
        report.bytes = sum(path.stat().st_size for path in report.bundles)
    return report


class Batches:
    """An export cut into bundles; shared by the folder, the file and the server."""

    def __init__(
        self, vault: Vault, conn: Any, desk: DeskKeys, whom: Audience, plan: outgoing.Plan
    ) -> None:
        self.vault, self.conn, self.desk, self.whom, self.plan = vault, conn, desk, whom, plan
        self.receipt = outgoing.own_receipt(conn, desk.num)

    def manifest(self, parts: Sequence[manifest.Part], purpose: str = "exchange") -> Manifest:
        """The manifest of a bundle that holds these parts."""
        store = self.vault.store
        certificates = members.certificates(self.conn) if self.plan.with_certificates else []
        return Manifest(
            store.need_workspace(), self.desk.id, store.device, store.now_ms(), self.whom.named,
            self.receipt, tuple(parts), tuple(certificates), purpose,
        )  # fmt: skip

    def everything(
        self, extra: Sequence[Source] = (), purpose: str = "exchange"
    ) -> tuple[Manifest, list[Source]]:
        """All of it as one bundle."""
        sources = [*extra, *outgoing.feed_sources(self.conn, self.plan.wanted)]
        sources += [
            outgoing.chunk_source(self.vault.store, name, size) for name, size in self.plan.chunks
        ]
        parts, sources = writer.measure(sources)
        return self.manifest(parts, purpose), sources

    def changes(self) -> tuple[Manifest, list[Source]]:
        """The bundle of changes."""
        parts, sources = writer.measure(outgoing.feed_sources(self.conn, self.plan.wanted))
        return self.manifest(parts), sources

    def attachments(self) -> Iterator[list[tuple[bytes, int]]]:
        """The chunks, in batches of one bundle each."""
        batch: list[tuple[bytes, int]] = []
        size = 0
        for name, length in self.plan.chunks:
            if batch and size + length > ATTACHMENTS_PER_BUNDLE:
                yield batch
                batch, size = [], 0
            batch.append((name, length))
            size += length
        if batch:
            yield batch

    def attachment_bundle(
        self, batch: Sequence[tuple[bytes, int]]
    ) -> tuple[Manifest, list[Source]]:
        """The bundle of one batch of chunks."""
        parts, sources = writer.measure(
            outgoing.chunk_source(self.vault.store, name, size) for name, size in batch
        )
        return self.manifest(parts), sources

    def label(self, content: str) -> str:
        """A short name of one bundle's content for one audience, that says nothing outside."""
        secret = hashlib.sha256(b"defenderdesk.org/v1/file-name\x00" + self.desk.keys[0][1])
        for recipient in sorted(str(r) for r in self.whom.seal if not hasattr(r, "key")):
            secret.update(recipient.encode())
        for device in self.whom.named:
            secret.update(device)
        secret.update(self.vault.store.device + content.encode())
        return secret.hexdigest()[:20]


def _to_folder(
    batches: Batches, out: Path, report: ExportReport, progress: Progress | None
) -> None:
    store = batches.vault.store
    key, seal = store.need_signing_key(), batches.whom.seal
    total = sum(size for _, size in batches.plan.chunks) + 1
    done = 0

    def put(path: Path, made: Callable[[], tuple[Manifest, list[Source]]]) -> None:
        report.bundles.append(path)
        if path.exists():
            report.reused += 1
            return
        contents, sources = made()
        with files.whole(path) as target:
            writer.write(
                target, contents, sources, key, seal,
                (lambda d, t: progress(done + d, max(total, done + t))) if progress else None,
            )  # fmt: skip

    ranges = ";".join(f"{d.hex()}:{a}-{b}" for _, d, a, b in batches.plan.wanted)
    receipt = ";".join(f"{d.hex()}:{n}" for d, n in sorted(batches.receipt.holds.items()))
    roster = batches.receipt.roster.hex()
    label = batches.label(f"changes|{ranges}|{receipt}|{roster}|{batches.plan.with_certificates}")
    put(out / f"1-{label}{SUFFIX}", batches.changes)
    for batch in batches.attachments():
        label = batches.label("chunks|" + ";".join(name.hex() for name, _ in batch))
        put(out / f"2-{label}{SUFFIX}", lambda batch=batch: batches.attachment_bundle(batch))  # type: ignore[misc]
        done += sum(size for _, size in batch)
        if progress:
            progress(done, max(total, done))


def receive(vault: Vault, path: Path, progress: Progress | None = None) -> ReceiveReport:
    """Takes in a bundle, or every bundle of a folder. One file: its error is raised. A folder:
    what can be taken is taken, what cannot is listed; if nothing could, the first error is
    raised."""
    report = ReceiveReport()
    if path.is_dir():
        found = sorted(
            (p for p in path.rglob(f"*{SUFFIX}") if p.is_file() and not p.name.startswith(".")),
            key=lambda p: (p.name, str(p)),
        )
        if not found:
            raise NotFoundError(what=Says("bundle in {name}", name=path.name or path))
        if len(found) > MAX_FILES:
            raise UsageError(what=Says("More than {most} bundles in one folder", most=MAX_FILES))
        waiting = found
        while waiting:
            again = _receive_each(vault, waiting, report, progress)
            if len(again) == len(waiting):
                report.refused += again
                break
            waiting = [found_path for found_path in waiting if any(
                found_path.name == name for name, _ in again
            )]  # fmt: skip
        if report.refused and report.bundles == 0:
            damage = [e for _, e in report.refused if not isinstance(e, NotForUsError)]
            raise damage[0] if damage else report.refused[0][1]
        return report
    _add(report, receive_file(vault, path, progress))
    return report


def _receive_each(
    vault: Vault, paths: Sequence[Path], report: ReceiveReport, progress: Progress | None
) -> list[tuple[str, DefenderDeskError]]:
    """Takes what can be taken; what could not may be able to after the others (a grant among
    them opens a desk), so the caller tries those again."""
    refused: list[tuple[str, DefenderDeskError]] = []
    for number, path in enumerate(paths):
        try:
            _add(report, receive_file(vault, path, None))
        except (DamagedError, NotForUsError) as error:
            refused.append((path.name, error))
        if progress:
            progress(number + 1, len(paths))
    return refused


def receive_file(vault: Vault, path: Path, progress: Progress | None = None) -> Received:
    """Takes in one bundle file, whole or not at all."""
    try:
        with open(path, "rb") as source:
            return incoming.receive(vault.store, source, progress)
    except IsADirectoryError as error:
        raise UsageError(what=Says("{name} is a folder", name=path.name)) from error
    except FileNotFoundError as error:
        raise NotFoundError(what=Says("file {name}", name=path.name)) from error
    except OSError as error:
        raise NoSpaceError(what=f"{path.name}: {os.strerror(error.errno or 5)}") from error


def peek(vault: Vault, source: BinaryIO) -> manifest.Manifest:
    """The manifest of a bundle, its signature checked; nothing is taken in."""
    store = vault.store
    identities: list[Identity] = []
    with store.snapshot() as conn:
        for desk in members.desk_keys(conn):
            identities += [DeskKey(key) for _, key in desk.keys]
    if store.identity is not None:
        identities.append(store.identity)
    reader = Reader(source, identities)
    return reader.trust(store.need_workspace(), store.device, store.members).manifest


def _add(report: ReceiveReport, one: Received) -> None:
    report.bundles += 1
    report.already += one.nothing_new
    report.change_sets += one.change_sets
    report.changes += one.changes
    report.conflicts += one.conflicts
    report.attachments += one.chunks
    report.devices += one.devices
    report.suspect_clock |= one.suspect_clock
    report.joined |= one.joined
    report.kinds |= one.kinds
    report.records |= one.records
    if one.desk and one.desk not in report.desks:
        report.desks.append(one.desk)
    if one.sender and one.sender not in report.senders:
        report.senders.append(one.sender)
    report.skipped += one.skipped
    report.missing = [f"{member}: {last - first + 1}" for member, first, last in one.missing]
