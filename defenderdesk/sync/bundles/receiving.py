"""Receiving: a bundle, or every bundle of a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from defenderdesk import files
from defenderdesk.bundle import manifest
from defenderdesk.bundle.membership import Member
from defenderdesk.bundle.reader import Reader
from defenderdesk.crypto.age import (
    DeskKey,
    Identity,
)
from defenderdesk.errors import (
    DamagedError,
    DefenderDeskError,
    Message,
    NotForUsError,
    NotFoundError,
    RemovedError,
    RevokedError,
    StorageError,
    UsageError,
)
from defenderdesk.sync import after, alerts
from defenderdesk.sync.bundles.names import FOR_SOME, SUFFIX
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.receiving.receive import Received
from defenderdesk.vault.types import Progress

MAX_FILES = 10_000


@dataclass
class ReceiveReport(alerts.Seen):
    """The report of what was received. `already`: bundles in which nothing was new. `refused`:
    files that could not be taken, with the error of each."""

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


def receive(vault: Vault, path: Path, progress: Progress | None = None) -> ReceiveReport:
    """Takes in a bundle, or every bundle of a folder. One file: its error is raised. A folder:
    what can be taken is taken, what cannot is listed; if nothing could, the first error is
    raised. Raises `RemovedError`, `RevokedError` where it brought word of that: once everything was
    looked at, for the same stick may say that the removal does not count."""
    before = _removed(vault)
    report = ReceiveReport()
    with after.exchange(vault, report):
        try:
            _receive(vault, path, report, progress)
        finally:
            _obey(vault)
    if _removed(vault) and not before:
        raise RemovedError
    return report


def _removed(vault: Vault) -> Member | None:
    """This device, if an administrator ended its membership."""
    own = vault.identity.roster.devices.get(vault.identity.device)
    return own if own is not None and own.removed else None


def _receive(vault: Vault, path: Path, report: ReceiveReport, progress: Progress | None) -> None:
    """As `receive`, into `report`."""
    if path.is_dir():
        found = sorted(
            (p for p in path.rglob(f"*{SUFFIX}") if p.is_file() and not p.name.startswith(".")),
            key=lambda p: (p.name, str(p)),
        )
        if not found:
            raise NotFoundError(what=Message("bundle in {name}", name=path.name or path))
        if len(found) > MAX_FILES:
            raise UsageError(what=Message("More than {most} bundles in one folder", most=MAX_FILES))
        waiting = found
        while waiting:
            again = _receive_each(vault, waiting, report, progress)
            if len(again) == len(waiting):
                report.refused += [one for one in again if not (report.bundles and _others(*one))]
                break
            waiting = [
                found_path for found_path in waiting if any(found_path.name == name for name, _ in again)
            ]
        if report.refused and report.bundles == 0:
            damage = [e for _, e in report.refused if not isinstance(e, NotForUsError)]
            raise damage[0] if damage else report.refused[0][1]
        return
    _add(report, _take(vault, path, progress))


def _others(name: str, error: DefenderDeskError) -> bool:
    """Tells whether a file of a stick is what only certain colleagues open (a key, a farewell).
    Where it was for this device and is damaged, the bundles after it do not open and are named."""
    return name.startswith(FOR_SOME) and isinstance(error, NotForUsError)


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
            return vault.receiving.receive(source, progress, partial(alerts.keep_of, vault))
    except IsADirectoryError as error:
        raise UsageError(what=Message("{name} is a folder", name=path.name)) from error
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except OSError as error:
        raise StorageError(what=f"{path.name}: {os.strerror(error.errno or 5)}") from error


def _obey(vault: Vault) -> None:
    """Destroys the keys where an administrator wished so. Raises `RevokedError` then."""
    if (own := _removed(vault)) and own.destroy:
        vault.destroy()
        raise RevokedError


def peek(vault: Vault, source: BinaryIO) -> manifest.Manifest:
    """The manifest of a bundle, its signature checked; nothing is taken in."""
    identities: list[Identity] = []
    with vault.snapshot() as conn:
        for desk in members.desk_keys(conn, vault.identity.roster):
            identities += [DeskKey(key.key) for key in desk.keys]
    if vault.identity.age_identity is not None:
        identities.append(vault.identity.age_identity)
    reader = Reader(source, identities)
    return reader.trust(
        vault.identity.require_workspace(), vault.identity.names(), vault.identity.log
    ).manifest


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
    alerts.add_seen(report, one)
    report.skipped += one.skipped
    report.missing = [f"{member}: {last - first + 1}" for member, first, last in one.missing]
