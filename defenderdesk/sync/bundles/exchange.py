"""Export and receive: bundles on a stick, in a folder, in a file.

An export into a folder is made of several bundles: first the changes, then attachments in
bundles of at most 32 MiB. Each appears whole or not at all, and is named so that the next
attempt knows what is there already: a stick can be pulled at any moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from defenderdesk.bundle import manifest, writer
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.bundle.membership import Member
from defenderdesk.bundle.reader import Reader
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto.age import (
    DeskKey,
    HybridRecipient,
    Identity,
    Recipient,
)
from defenderdesk.errors import (
    DamagedError,
    DefenderDeskError,
    NoSpaceError,
    NotForUsError,
    NotFoundError,
    RemovedError,
    RevokedError,
    Says,
    UsageError,
)
from defenderdesk.sync import alerts
from defenderdesk.sync.bundles.notices import Word
from defenderdesk.sync.bundles.plan import Batches, audience
from defenderdesk.vault import Vault
from defenderdesk.vault.casework import approvals
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.emergency import steps
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import members, rekey
from defenderdesk.vault.membership import revoke_desk
from defenderdesk.vault.receiving import receive as receiving
from defenderdesk.vault.receiving.receive import Received
from defenderdesk.vault.records import writing
from defenderdesk.vault.recovery import trustees
from defenderdesk.vault.replication import planning
from defenderdesk.vault.storage import files

SUFFIX = ".ddbundle"
MAX_FILES = 10_000
_FOR_SOME = "0-"
"""How the names of bundles begin that only certain devices open; they come first."""
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
class ReceiveReport(alerts.Seen):
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
    joined: bool = False
    kinds: set[str] = field(default_factory=set)
    records: set[str] = field(default_factory=set)


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
    rekey.outgrow(store)
    with store.snapshot() as conn:
        num = writing.desk_number(store, conn, desk)
        keys = next(d for d in members.desk_keys(conn, store.roster) if d.num == num)
        whom = audience(vault, conn, keys, to, everything)
        outside = not all(isinstance(key, DeskKey) for key in whom.seal)
        if outside and (used := approvals.need(vault, approvals.EXPORT, "")):
            vault.save(used)
        mine = planning.own_receipt(conn, keys, store.log.digest)
        plan = planning.plan(conn, keys, mine, whom.receipts)
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
            contents, sources = batches.everything(batches.grants())
            with files.whole(path) as target:
                writer.write(
                    target, contents, sources, store.need_signing_key(), whom.seal, progress
                )
            report.bundles.append(path)
        report.bytes = sum(path.stat().st_size for path in report.bundles)
    return report


def _to_folder(
    batches: Batches, out: Path, report: ExportReport, progress: Progress | None
) -> None:
    store = batches.vault.store
    key, seal = store.need_signing_key(), batches.whom.seal
    total = sum(size for _, size in batches.plan.chunks) + 1
    done = 0

    def put(
        path: Path,
        made: Callable[[], tuple[Manifest, list[Source]]],
        to: Sequence[Recipient] = (),
    ) -> None:
        report.bundles.append(path)
        if path.exists():
            report.reused += 1
            return
        contents, sources = made()
        with files.whole(path) as target:
            writer.write(
                target, contents, sources, key, to or seal,
                (lambda d, t: progress(done + d, max(total, done + t))) if progress else None,
            )  # fmt: skip

    keys = batches.lacking()
    if keys:
        label = batches.label("keys|" + ";".join(d.hex() for d in keys) + batches.receipt.key.hex())
        path = out / f"{_FOR_SOME}{label}{SUFFIX}"
        put(path, lambda: batches.key_bundle(keys), [HybridRecipient(r) for r in keys.values()])
    for label, device, made in Word(batches).on_stick():
        recipient = HybridRecipient(store.roster.devices[device].recipient)
        put(out / f"{_FOR_SOME}{batches.label(label)}{SUFFIX}", made, [recipient])
    ranges = ";".join(f"{w.feed.hex()}:{w.first}-{w.last}" for w in batches.plan.wanted)
    receipt = ";".join(f"{d.hex()}:{n}" for d, n in sorted(batches.receipt.holds.items()))
    roster = batches.receipt.roster.hex()
    label = batches.label(f"changes|{ranges}|{receipt}|{roster}|{batches.plan.with_acts}")
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
    raised. Raises `RemovedError`, `RevokedError` where it brought word of that: once everything was
    looked at, for the same stick may say that the removal does not count."""
    before = _removed(vault)
    try:
        report = _receive(vault, path, progress)
    finally:
        _obey(vault)
    alerts.keep(vault, alerts.worries(report))
    revoke_desk.leave_now(vault.store)
    rekey.outgrow(vault.store)
    erase.clean(vault.store)
    travel.home(vault.store)
    trustees.keep_up(vault.store)
    steps.keep_up(vault)
    rekey.let_go(vault.store)
    if _removed(vault) and not before:
        raise RemovedError
    return report


def _removed(vault: Vault) -> Member | None:
    """This device, if an administrator ended its membership."""
    own = vault.store.roster.devices.get(vault.store.device)
    return own if own is not None and own.removed else None


def _receive(vault: Vault, path: Path, progress: Progress | None) -> ReceiveReport:
    """As `receive`."""
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
                report.refused += [one for one in again if not (report.bundles and _others(*one))]
                break
            waiting = [found_path for found_path in waiting if any(
                found_path.name == name for name, _ in again
            )]  # fmt: skip
        if report.refused and report.bundles == 0:
            damage = [e for _, e in report.refused if not isinstance(e, NotForUsError)]
            raise damage[0] if damage else report.refused[0][1]
        return report
    _add(report, _take(vault, path, progress))
    return report


def _others(name: str, error: DefenderDeskError) -> bool:
    """Whether a file of a stick is what only certain colleagues open (a key, a farewell). Where it
    was for this device and is damaged, the bundles after it do not open and are named."""
    return name.startswith(_FOR_SOME) and isinstance(error, NotForUsError)


def _receive_each(
    vault: Vault, paths: Sequence[Path], report: ReceiveReport, progress: Progress | None
) -> list[tuple[str, DefenderDeskError]]:
    """Takes what can be taken; what could not may be able to after the others (a grant among
    them opens a desk), so the caller tries those again."""
    refused: list[tuple[str, DefenderDeskError]] = []
    for number, path in enumerate(paths):
        try:
            _add(report, _take(vault, path, None))
        except (DamagedError, NotForUsError) as error:
            refused.append((path.name, error))
        if progress:
            progress(number + 1, len(paths))
    return refused


def receive_file(vault: Vault, path: Path, progress: Progress | None = None) -> Received:
    """Takes in one bundle file, whole or not at all. Raises `RevokedError` where an administrator
    wished that this device destroy its keys; it did then."""
    received = _take(vault, path, progress)
    _obey(vault)
    return received


def _take(vault: Vault, path: Path, progress: Progress | None) -> Received:
    """As `receive_file`, without doing what it may have brought the wish for."""
    try:
        with open(path, "rb", opener=files.regular) as source:
            return receiving.receive(vault.store, source, progress)
    except IsADirectoryError as error:
        raise UsageError(what=Says("{name} is a folder", name=path.name)) from error
    except FileNotFoundError as error:
        raise NotFoundError(what=Says("file {name}", name=path.name)) from error
    except OSError as error:
        raise NoSpaceError(what=f"{path.name}: {os.strerror(error.errno or 5)}") from error


def _obey(vault: Vault) -> None:
    """Destroys the keys where an administrator wished so. Raises `RevokedError` then."""
    if (own := _removed(vault)) and own.destroy:
        vault.destroy()
        raise RevokedError


def peek(vault: Vault, source: BinaryIO) -> manifest.Manifest:
    """The manifest of a bundle, its signature checked; nothing is taken in."""
    store = vault.store
    identities: list[Identity] = []
    with store.snapshot() as conn:
        for desk in members.desk_keys(conn, store.roster):
            identities += [DeskKey(key.key) for key in desk.keys]
    if store.identity is not None:
        identities.append(store.identity)
    reader = Reader(source, identities)
    return reader.trust(store.need_workspace(), rekey.names(store), store.log).manifest


def add_seen(report: alerts.Seen, one: Received) -> None:
    """Adds what one bundle gave reason to worry about."""
    if one.removed_sender and one.sender not in report.removed_senders:
        report.removed_senders.append(one.sender)
    for member, count in one.aside.items():
        report.aside[member] = report.aside.get(member, 0) + count
    report.forked += [member for member in one.forked if member not in report.forked]
    report.parted += [member for member in one.parted if member not in report.parted]
    report.renewed |= one.renewed
    report.suspect_clock |= one.suspect_clock
    report.taken += [item for item in one.taken if item not in report.taken]


def _add(report: ReceiveReport, one: Received) -> None:
    report.bundles += 1
    report.already += one.nothing_new
    report.change_sets += one.change_sets
    report.changes += one.changes
    report.conflicts += one.conflicts
    report.attachments += one.chunks
    report.devices += one.devices
    report.joined |= one.joined
    report.kinds |= one.kinds
    report.records |= one.records
    if one.desk and one.desk not in report.desks:
        report.desks.append(one.desk)
    if one.sender and one.sender not in report.senders:
        report.senders.append(one.sender)
    add_seen(report, one)
    report.skipped += one.skipped
    report.missing = [f"{member}: {last - first + 1}" for member, first, last in one.missing]
