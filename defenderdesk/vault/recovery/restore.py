"""Restoring a backup into a new profile, and rehearsing it: the same into a temporary one that
is verified and removed.

Everything is unpacked into a folder of the profile that is no vault yet; only when the file's
authenticated end was read and the database opened does it get its place, the key file last. Until
then there is no vault, and whatever goes wrong leaves nothing. The restored vault is the same
device as the one before: it takes a new identity as soon as it meets somebody who knows the
other's history (`vault.identity.rekey`), and what both wrote is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from defenderdesk import files
from defenderdesk.crypto.age import Opener
from defenderdesk.errors import (
    BackupDamagedError,
    DamagedError,
    LimitError,
    Message,
    NewerError,
    NotForUsError,
    NotFoundError,
    StorageError,
    VaultDamagedError,
    VaultExistsError,
)
from defenderdesk.vault.keys import attempt_log, creation, slots
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.recovery.sealed_backup import Parts, Slots
from defenderdesk.vault.storage import lock
from defenderdesk.vault.storage.chunks import ChunkStore
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress

Unlock = Callable[[Path], bytes]
"""Gives the data key of the key file in a folder, or raises."""
MAX_MEMORY_KIB = 1024 * 1024
"""No slot of ours asks for more than half of this; a file from outside does not get more."""
_STAGING = "restore"


@dataclass(frozen=True)
class Restored:
    """The outcome of a restored backup. `created`: milliseconds since 1970. `problems`: what its
    verification found wrong, each in a sentence; empty: all is sound."""

    created: int
    workspace: str
    member: str
    records: int
    attachments: int
    missing: int
    problems: tuple[str, ...]


def by_passphrase(passphrase: str) -> Unlock:
    """Opens with the passphrase that the vault had at the time. A wrong one is not counted here:
    a backup can be tried anywhere, and what it is tried on destroys nothing."""
    return lambda folder: slots.unlock(folder, passphrase)


def by_code(code: str) -> Unlock:
    """Opens with the recovery code that the vault had at the time."""
    return lambda folder: slots.unlock_with_code(folder, code)


def restore(source: Path, profile: Path, unlock: Unlock, progress: Progress | None = None) -> Restored:
    """Makes the vault of a backup in `profile`, where none may be. Raises `VaultExistsError`,
    `WrongPassphraseError`, `WrongCodeError`, `BackupDamagedError`, `NewerError`, `StorageError`."""
    if (profile / slots.NAME).exists():
        raise VaultExistsError(where=profile)
    creation.require_no_database(profile)
    with _folder(profile):
        held = lock.take(profile, 0)
        try:
            if (profile / slots.NAME).exists():
                raise VaultExistsError(where=profile)
            files.remove_partials(profile)
            with _staging(profile) as staging:
                found = _unpack(source, staging, unlock, progress)
                _move(staging, profile)
        finally:
            held.release()
    return found


def rehearse(source: Path, near: Path, unlock: Unlock, progress: Progress | None = None) -> Restored:
    """Restores into a temporary encrypted profile in the folder `near`, verifies it, removes it."""
    with _folder(near, keep=False), _staging(near) as staging:
        return _unpack(source, staging, unlock, progress)


@contextmanager
def _folder(folder: Path, keep: bool = True) -> Iterator[None]:
    """Makes the folder; one that was not there goes again if the block raises, or is not kept."""
    new = not folder.exists()
    files.make_folder(folder)
    try:
        yield
    except BaseException:
        keep = False
        raise
    finally:
        if new and not keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder to unpack into, removed at the end; what a crash leaves of it is removed when the
    vault beside it is next opened, or its keys are destroyed."""
    made = folder / f".{_STAGING}.{secrets.token_hex(4)}{files.PARTIAL}"
    files.make_folder(made)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _unpack(source: Path, staging: Path, unlock: Unlock, progress: Progress | None) -> Restored:
    try:
        with open(source, "rb", opener=files.regular) as sealed:
            key, created = _parts(sealed, staging, unlock, progress)
        return _look(staging, key, created, progress)
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=source.name)) from error
    except OSError as error:
        raise StorageError(what=error.strerror or "the system refused") from error
    except (NewerError, BackupDamagedError):
        raise
    except DamagedError as error:
        raise BackupDamagedError(what=error.facts["what"]) from error
    except NotForUsError as error:
        raise BackupDamagedError(what="it is not a backup of a vault") from error


def _parts(sealed: BinaryIO, staging: Path, unlock: Unlock, progress: Progress | None) -> tuple[bytes, int]:
    """Unpacks the file; (the data key, when it was made)."""

    def open_slots(content: bytes) -> bytes:
        files.write(staging / slots.NAME, content)
        try:
            for slot in slots.load(staging):
                if slot.cost.memory_kib > MAX_MEMORY_KIB:
                    raise LimitError(what="the key slot names a cost out of bounds")
            return unlock(staging)
        except VaultDamagedError as error:
            raise DamagedError(what=error.facts["what"]) from error

    way = Slots(open_slots)
    parts = Parts(Opener(sealed, [way]))
    total, done = max(parts.description.total, 1), 0

    def step(size: int) -> None:
        nonlocal done
        done += size
        if progress:
            progress(min(done, total), total)

    with files.whole(staging / "vault.db") as out:
        for piece in parts.database():
            out.write(piece)
            step(len(piece))
    kept = ChunkStore(staging / "chunks")
    for data in parts.chunks():
        kept.put(hashlib.sha256(data).digest(), data)
        step(len(data))
    return way.data_key, parts.description.created


def _look(staging: Path, key: bytes, created: int, progress: Progress | None) -> Restored:
    """Opens what was unpacked, and verifies every chain, signature, record and chunk of it."""
    store = Store(staging, key)
    try:
        found = verification.vault(store, progress)
        attachments = store.reader.execute(
            "SELECT count(*) FROM records WHERE kind = 'attachment' AND deleted = 0"
        ).fetchone()[0]
        own = store.roster.devices.get(store.device)
        return Restored(
            created,
            str(store.meta("workspace_name", "")),
            own.member if own else "",
            found.records,
            int(attachments),
            found.chunks_missing,
            tuple(found.problems),
        )
    finally:
        store.close()


def _move(staging: Path, profile: Path) -> None:
    """Gives the unpacked vault its place, the key file last."""
    creation.begin(profile)
    shutil.rmtree(profile / "chunks", ignore_errors=True)
    if slots.load_limit(staging):
        attempt_log.begin(profile)
    for name in ("vault.db", "vault.db-wal", "chunks", slots.NAME):
        with contextlib.suppress(FileNotFoundError):
            os.replace(staging / name, profile / name)
        files.sync_folder(profile)
    creation.done(profile)
