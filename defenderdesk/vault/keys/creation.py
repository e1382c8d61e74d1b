"""A vault that is being made. The key file is written last: a database without one is of a vault
that was never finished, or of one whose key file somebody moved away, which must not be lost."""

from __future__ import annotations

from pathlib import Path

from defenderdesk import files
from defenderdesk.errors import DatabaseMissingError, KeysMissingError, VaultExistsError
from defenderdesk.vault.keys import slots

_MARK = "vault.begun"
_DATABASE = ("vault.db", "vault.db-wal", "vault.db-shm")


def require_no_database(profile: Path) -> None:
    """Raises `KeysMissingError` where a database lies that was finished once."""
    if (profile / _DATABASE[0]).exists() and not (profile / _MARK).exists():
        raise KeysMissingError(where=profile)


def require_database(profile: Path) -> None:
    """Raises `DatabaseMissingError` where there is none: an empty one in its place would look as if
    everything were lost, and would have SQLite remove the log that lies beside it."""
    path = profile / _DATABASE[0]
    if not path.exists() or not path.stat().st_size:
        raise DatabaseMissingError(where=profile)


def begin(profile: Path) -> None:
    """Makes room for a new vault. The caller holds the profile's lock. Raises `VaultExistsError`,
    `KeysMissingError`."""
    if (profile / slots.NAME).exists():
        raise VaultExistsError(where=profile)
    require_no_database(profile)
    (profile / _MARK).touch(mode=0o600)
    files.sync_folder(profile)
    for name in _DATABASE:
        (profile / name).unlink(missing_ok=True)


def done(profile: Path) -> None:
    """The key file stands."""
    (profile / _MARK).unlink(missing_ok=True)
