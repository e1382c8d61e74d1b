"""The operating system's keyring, for the second secret of the passphrase slot (decision 14).

Only the keyrings of Windows, macOS, and the Secret Service and KWallet of Linux are trusted:
they keep what is given to them encrypted, under the login. Anything else that the library
`keyring` knows, or was told to use (none, memory, a file in plain text, a chain of those), is
refused by name and never loaded.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import sys
import threading
from collections.abc import Callable
from configparser import Error as ConfigError
from configparser import RawConfigParser
from typing import Any, TypeVar

from defenderdesk.errors import (
    KeyringLockedError,
    KeyringLostError,
    Message,
    NoKeyringError,
    UnusableKeyringError,
)

T = TypeVar("T")
SERVICE = "DefenderDesk"
PATIENCE = 120.0
"""Seconds to wait for a keyring, which may be asking the person for its own password."""
BRIEF = 5.0
"""Seconds to wait where nobody is asked, and nothing depends on the answer."""

_TRUSTED = {
    "keyring.backends.Windows.WinVaultKeyring": "win32",
    "keyring.backends.macOS.Keyring": "darwin",
    "keyring.backends.SecretService.Keyring": "linux",
    "keyring.backends.kwallet.DBusKeyring": "linux",
    "keyring.backends.kwallet.DBusKeyringKWallet5": "linux",
}
_CHAINER = "keyring.backends.chainer.ChainerBackend"
_CONTEXT = b"defenderdesk.org/v1/keyring\x00"


def _configured() -> str:
    """The backend that the library was told to use by name; empty where nobody did."""
    name = os.environ.get("PYTHON_KEYRING_BACKEND", "")
    if not name:
        from keyring.util import platform_

        config = RawConfigParser()
        with contextlib.suppress(OSError, ConfigError, UnicodeDecodeError):
            config.read(os.path.join(platform_.config_root(), "keyringrc.cfg"), encoding="utf-8")
        with contextlib.suppress(ConfigError):
            name = config.get("backend", "default-keyring").strip()
    return name


def backend() -> Any:
    """The keyring of this machine. Raises `NoKeyringError`."""
    wanted = _configured()
    if wanted and wanted != _CHAINER and wanted not in _TRUSTED:
        raise NoKeyringError(why=Message("the one that is set here, {name}, is not safe", name=wanted))
    import importlib

    for name, platform in _TRUSTED.items():
        if platform != sys.platform or (wanted in _TRUSTED and name != wanted):
            continue
        module, _, kind = name.rpartition(".")
        try:
            found = getattr(importlib.import_module(module), kind)
            if found.viable:
                return found()
        except (ImportError, AttributeError, RuntimeError):
            continue
    raise NoKeyringError(why=Message("none answers here"))


def name() -> str:
    """The name of the keyring of this machine; empty where there is none."""
    try:
        return str(backend().name)
    except NoKeyringError:
        return ""


def entry_of(secret: bytes) -> bytes:
    """The name of a secret in the keyring, 16 bytes: of the secret itself, so that the key file,
    which holds the name, tells bytes that somebody put in its place from the secret."""
    return hashlib.sha256(_CONTEXT + secret).digest()[:16]


def put(secret: bytes) -> bytes:
    """Keeps `secret`, and reads it back; the entry. Raises `KeyringError`s."""
    entry = entry_of(secret)
    try:
        _put(entry, secret)
        if fetch(entry) != secret:
            raise NoKeyringError(why=Message("the one here does not keep what it is given"))
    except NoKeyringError as error:  # the vault does not need it yet: that must not be said
        raise UnusableKeyringError(**error.facts) from error
    return entry


def _put(entry: bytes, secret: bytes) -> None:
    plain = base64.b64encode(secret).decode()

    def work() -> None:
        ring = backend()
        if ring.__module__.endswith("SecretService"):
            collection = ring.get_preferred_collection()
            with contextlib.closing(collection.connection):
                if collection.collection_path.endswith("/session"):
                    raise NoKeyringError(why=Message("the one here forgets everything at the logout"))
        ring.set_password(SERVICE, entry.hex(), plain)

    _ask(work)


def fetch(entry: bytes) -> bytes:
    """The secret under `entry`. Raises `NoKeyringError`, `KeyringLockedError`,
    `KeyringLostError` (also where it is another one: a right passphrase must not count as a wrong
    one for that)."""
    plain = _ask(lambda: backend().get_password(SERVICE, entry.hex()))
    try:
        secret = base64.b64decode(plain or "", validate=True)
    except ValueError:
        secret = b""
    if len(secret) != 32 or entry_of(secret) != entry:
        raise KeyringLostError
    return secret


def forget(entry: bytes) -> bool:
    """Removes what is kept under `entry` if that can be done without asking anybody anything;
    whether it is gone."""

    def work() -> bool:
        ring = backend()
        if ring.__module__.endswith("SecretService") and _locked():
            return False
        ring.delete_password(SERVICE, entry.hex())
        return True

    try:
        return _ask(work, BRIEF)
    except Exception:  # it is best effort: whatever the keyring says, the vault goes on
        return False


def forget_soon(entry: bytes) -> None:
    """The same, beside what is going on; the end of the program waits for it, briefly."""
    threading.Thread(target=forget, args=(entry,), name="keyring", daemon=False).start()


def _locked() -> bool:
    """Tells whether the Secret Service would ask for its password."""
    import secretstorage

    with contextlib.closing(secretstorage.dbus_init()) as bus:
        return bool(secretstorage.get_any_collection(bus).is_locked())


def _ask(work: Callable[[], T], patience: float = 0) -> T:
    """The result of `work`, in a thread of its own: a keyring may wait for a person for ever."""
    ends: list[tuple[T | None, BaseException | None]] = []

    def run() -> None:
        try:
            ends.append((work(), None))
        except BaseException as error:
            ends.append((None, error))

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(patience or PATIENCE)
    if not ends:
        raise KeyringLockedError
    value, error = ends[0]
    if error is None:
        return value  # type: ignore[return-value]
    if isinstance(error, NoKeyringError):
        raise error
    from keyring import errors

    if isinstance(error, errors.KeyringLocked) or _dismissed(error):
        raise KeyringLockedError from error
    raise NoKeyringError(why=Message("the one here refuses")) from error


def _dismissed(error: BaseException | None) -> bool:
    """Tells whether a person (or nobody) did not give the keyring's password."""
    while error is not None:
        if type(error).__name__ in ("PromptDismissedException", "LockedException"):
            return True
        error = error.__cause__ or error.__context__
    return False
