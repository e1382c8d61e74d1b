"""The proof of membership in a custody package: why a device's signature is the workspace's.

The one place where the package knows how membership is written. `carry` chooses what a stranger
needs and no more; `check` gives the signing keys by device, or refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Certificate
from defenderdesk.errors import DamagedError, LimitError

MAX_ITEMS = 2000


@dataclass(frozen=True)
class Signer:
    """A device that the workspace vouches for. `founder`: the workspace is named by its key."""

    signing_key: bytes
    member: str
    name: str
    founder: bool


def carry(kept: Mapping[bytes, bytes], devices: Iterable[bytes]) -> list[bytes]:
    """Of the kept certificates (by device), those of `devices` and of who issued them, up to the
    founder: nobody else is named."""
    wanted, out = list(devices), dict[bytes, bytes]()
    while wanted:
        device = wanted.pop()
        if device in out or device not in kept:
            continue
        out[device] = kept[device]
        wanted.append(membership.read(kept[device]).issuer)
    return [out[device] for device in sorted(out)]


def check(items: list[bytes], workspace: bytes) -> dict[bytes, Signer]:
    """The signers that `items` prove to be of `workspace`. Raises `DamagedError`."""
    if len(items) > MAX_ITEMS:
        raise LimitError(what="a package with too many certificates")
    checked = membership.check_all(items, workspace, {})
    if not any(cert.nonce for cert, _ in checked.values()):
        raise DamagedError(what="the membership does not go up to the workspace's founder")
    return {device: _signer(cert) for device, (cert, _) in checked.items()}


def _signer(cert: Certificate) -> Signer:
    return Signer(cert.signing_key, cert.member, cert.name, bool(cert.nonce))


def workspace_name(items: list[bytes]) -> str:
    """What the founder called the workspace."""
    names = [cert.workspace_name for cert in map(membership.read, items) if cert.nonce]
    return names[0] if names else ""
