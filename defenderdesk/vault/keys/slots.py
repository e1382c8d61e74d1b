"""Key slots: the vault's random 256-bit data key, wrapped once per way in.

`keys.json` holds, per slot, an Argon2id cost and salt and the wrapped key. It says nothing of
what is in the vault. It is replaced as a whole file, so a crash leaves the old slots or the new.

Every file has two passphrase slots with one salt and cost, and a `pad`. One slot wraps the data
key; the other, and the pad, are random bytes, or belong to a duress passphrase
(`vault.coercion.duress`): whoever reads the file cannot tell which.

Where the passphrase works only together with the keyring of the machine (`vault.keys.os_keyring`,
decision 14), the file is of version 2 and names the keyring's entry by 16 random bytes. A duress
passphrase works without it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defenderdesk import files
from defenderdesk.crypto import canonical, passphrase
from defenderdesk.crypto.passphrase import Cost
from defenderdesk.errors import (
    LimitError,
    NewerError,
    VaultDamagedError,
    WrongCodeError,
    WrongPassphraseError,
)
from defenderdesk.vault.keys import os_keyring

NAME = "keys.json"
VERSION, KEYRING_VERSION = 1, 2
_CONTEXT = b"defenderdesk.org/v1/slot\x00"
_MAX_FILE = 64 * 1024
_MAX_SLOTS = 16
_MALFORMED = (ValueError, KeyError, TypeError, OverflowError, RecursionError)
"""Errors that a key file that is not one may raise: also by an infinite number, or deep nesting."""
Unlock = Callable[[], bytes]
"""Gives the data key, or raises."""
Second = Callable[[], bytes]
"""Gives the second secret of the passphrase slot (32 bytes), or raises."""
PASSPHRASE, RECOVERY = "passphrase", "recovery"
ADMINISTRATORS = "administrators"
"""A slot whose secret is shared among administrators (`vault.recovery.trustees`)."""
DURESS = "duress"
"""A passphrase slot may be one inside; the file calls it a passphrase slot like the
other."""
PAD = 272
"""Bytes of the pad."""
FEWEST, MOST = 5, 50
"""Bounds of the wrong passphrases in a row that an owner may let destroy the keys."""


@dataclass(frozen=True)
class Slot:
    """One way in: its kind, cost, 16-byte salt and the wrapped data key (48 bytes). `note`: what
    whoever wants to use it must know, in the clear."""

    kind: str
    cost: Cost
    salt: bytes
    wrapped: bytes
    note: bytes = b""

    @classmethod
    def make(
        cls,
        kind: str,
        secret: str,
        data_key: bytes,
        cost: Cost,
        salt: bytes = b"",
        inside: str = "",
        second: bytes = b"",
    ) -> Slot:
        """Wraps `data_key` under `secret`, and the `second` one if there is one. One pair of
        `secret` and `salt` wraps one key only."""
        salt = salt or os.urandom(16)
        key = passphrase.derive(secret, salt, cost)
        if second:
            key = passphrase.combined(key, second)
        context = _CONTEXT + (inside or kind).encode()
        return cls(kind, cost, salt, passphrase.wrap(key, data_key, context))

    def decoy(self) -> Slot:
        """A slot beside this one that nothing opens, and that looks like any other."""
        return Slot(self.kind, self.cost, self.salt, os.urandom(len(self.wrapped)))

    def open(self, secret: str) -> bytes | None:
        """The data key, or None if `secret` is not this slot's."""
        key = passphrase.derive(secret, self.salt, self.cost)
        return passphrase.unwrap(key, self.wrapped, _CONTEXT + self.kind.encode())


def shuffled(own: Slot, other: Slot) -> list[Slot]:
    """Both in an order that says nothing."""
    return [own, other] if secrets.randbelow(2) else [other, own]


def save(
    profile: Path,
    slots: list[Slot],
    pad: bytes = b"",
    keyring: bytes | None = None,
    limit: int | None = None,
) -> None:
    """Writes the slot file, whole or not at all. `pad`, `keyring`, `limit`: what stands there
    stays by default."""
    entry = load_keyring(profile) if keyring is None else keyring
    most = load_limit(profile) if limit is None else limit
    files.write(profile / NAME, encode(slots, pad or load_pad(profile), entry, most))


def encode(slots: list[Slot], pad: bytes, keyring: bytes = b"", limit: int = 0) -> bytes:
    """The slot file. `keyring`: the entry in the machine's keyring, 16 bytes or none. `limit`:
    wrong passphrases in a row that destroy it, 0 for none."""
    content: dict[str, object] = {
        "version": KEYRING_VERSION if keyring else VERSION,
        "slots": [
            {
                "kind": slot.kind,
                "memory_kib": slot.cost.memory_kib,
                "passes": slot.cost.passes,
                "lanes": slot.cost.lanes,
                "salt": base64.b64encode(slot.salt).decode(),
                "wrapped": base64.b64encode(slot.wrapped).decode(),
                **({"note": base64.b64encode(slot.note).decode()} if slot.note else {}),
            }
            for slot in slots
        ],
        "pad": base64.b64encode(pad).decode(),
    }
    if keyring:
        content["keyring"] = base64.b64encode(keyring).decode()
    if limit:
        content["limit"] = limit
    return json.dumps(content, indent=1).encode()


def load_pad(profile: Path) -> bytes:
    """The pad of a profile; random bytes where there is none."""
    try:
        with open(profile / NAME, "rb") as source:
            pad = base64.b64decode(json.loads(source.read(_MAX_FILE))["pad"], validate=True)
    except (OSError, *_MALFORMED):
        pad = b""
    return pad if len(pad) == PAD else os.urandom(PAD)


def load_keyring(profile: Path) -> bytes:
    """The entry in the machine's keyring that the passphrase slot needs; empty for none."""
    try:
        with open(profile / NAME, "rb") as source:
            content = json.loads(source.read(_MAX_FILE))
        if not canonical.is_version(content["version"], KEYRING_VERSION):
            return b""
        entry = base64.b64decode(content["keyring"], validate=True)
    except FileNotFoundError:
        return b""
    except (OSError, *_MALFORMED) as error:
        raise VaultDamagedError(what="its key slots cannot be read") from error
    if len(entry) != 16:
        raise VaultDamagedError(what="its key slots cannot be read")
    return entry


def load_limit(profile: Path) -> int:
    """Wrong passphrases in a row that destroy the keys; 0 where nothing is counted, or where the
    number is none that an owner can choose: damage must not destroy."""
    try:
        with open(profile / NAME, "rb") as source:
            limit = json.loads(source.read(_MAX_FILE)).get("limit", 0)
    except (OSError, AttributeError, *_MALFORMED):
        return 0
    return limit if type(limit) is int and FEWEST <= limit <= MOST else 0


def load(profile: Path) -> list[Slot]:
    """The slots of a profile. Costs are bounded before any memory is taken."""
    try:
        with open(profile / NAME, "rb") as source:
            data = source.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise VaultDamagedError(what="its key slots are too large")
        content = json.loads(data)
        version = content["version"]
        if type(version) is int and version > KEYRING_VERSION:
            raise NewerError(what="the vault's key slots")
        slots = [_slot(item) for item in content["slots"][:_MAX_SLOTS]]
    except (OSError, *_MALFORMED) as error:
        raise VaultDamagedError(what="its key slots cannot be read") from error
    except LimitError as error:
        raise VaultDamagedError(what="its key slots name a cost out of bounds") from error
    if not canonical.is_version(version, VERSION, KEYRING_VERSION) or not slots:
        raise VaultDamagedError(what="its key slots cannot be read")
    return slots


def _slot(item: dict[str, Any]) -> Slot:
    cost = Cost(int(item["memory_kib"]), int(item["passes"]), int(item["lanes"]))
    cost.check()
    salt = base64.b64decode(item["salt"], validate=True)
    wrapped = base64.b64decode(item["wrapped"], validate=True)
    if len(salt) != 16 or len(wrapped) != 48:
        raise ValueError("sizes")
    note = base64.b64decode(item.get("note", ""), validate=True)
    return Slot(str(item["kind"]), cost, salt, wrapped, note)


def opened(slots: list[Slot], secret: str, second: Second | None = None) -> tuple[str, Slot, bytes] | None:
    """(what the slot is inside, the slot, what it wraps) of the passphrase slot that `secret`
    opens. Slots with one salt cost one derivation: the clock does not tell them apart.
    `second` is asked for only when `secret` alone opens none."""
    derived: dict[tuple[bytes, Cost], bytes] = {}
    found = None
    for slot in slots:
        if slot.kind != PASSPHRASE:
            continue
        place = (slot.salt, slot.cost)
        if place not in derived:
            derived[place] = passphrase.derive(secret, slot.salt, slot.cost)
        for inside in (PASSPHRASE, DURESS):
            content = passphrase.unwrap(derived[place], slot.wrapped, _CONTEXT + inside.encode())
            if content is not None:
                found = found or (inside, slot, content)
    if found is None and second is not None and derived:
        both = second()
        for slot in slots:
            if slot.kind != PASSPHRASE:
                continue
            key = passphrase.combined(derived[slot.salt, slot.cost], both)
            content = passphrase.unwrap(key, slot.wrapped, _CONTEXT + PASSPHRASE.encode())
            if content is not None:
                found = found or (PASSPHRASE, slot, content)
    return found


def second_of(profile: Path) -> Second | None:
    """The source of the second secret from the machine's keyring, where one is needed."""
    entry = load_keyring(profile)
    return (lambda: os_keyring.fetch(entry)) if entry else None


def unlock(profile: Path, secret: str) -> bytes:
    """The data key, by passphrase. Raises `WrongPassphraseError`, `KeyringError`s."""
    found = opened(load(profile), secret, second_of(profile))
    if found is None or found[0] != PASSPHRASE:
        raise WrongPassphraseError
    return found[2]


def unlock_with_code(profile: Path, code: str) -> bytes:
    """The data key, by recovery code. Raises `WrongCodeError`."""
    plain = normalise_code(code)
    for slot in load(profile):
        if slot.kind == RECOVERY:
            key = slot.open(plain)
            if key is not None:
                return key
    raise WrongCodeError


def unlock_with_administrators(profile: Path, secret: str) -> bytes:
    """The data key, by the secret that administrators gave back. Raises `WrongCodeError`."""
    for slot in load(profile):
        if slot.kind == ADMINISTRATORS and (key := slot.open(secret)) is not None:
            return key
    raise WrongCodeError


def new_code() -> str:
    """A recovery code: 130 bits as 26 characters A-Z 2-7, in groups for reading aloud."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    plain = "".join(secrets.choice(alphabet) for _ in range(26))
    return "-".join(plain[i:j] for i, j in ((0, 5), (5, 10), (10, 15), (15, 20), (20, 26)))


def normalise_code(code: str) -> str:
    """A code as typed, without spaces, dashes and case; look-alikes that it never holds are
    read as what was meant (0 as O, 1 as I, 8 as B)."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    return plain.translate(str.maketrans("018", "OIB"))
