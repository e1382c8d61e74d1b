"""The proof of membership in a custody package: why a device's signature is the workspace's.

The one place where the package knows how membership is written. A stranger is not given the whole
log, which would name everybody: for each device that signed, the acts by which it came in, up to
the founder after whose key the workspace is named. That proves who vouched for whom, not that
nobody was removed since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from defenderdesk.bundle.membership import ADMINISTRATOR, Act, Log, acts, device_id, workspace_id
from defenderdesk.errors import DamagedError, LimitError

MAX_ITEMS = 2000


@dataclass(frozen=True)
class Signer:
    """A device that the workspace vouches for. `founder`: the workspace is named by its key."""

    signing_key: bytes
    member: str
    name: str
    founder: bool


def carry(log: Log, devices: Iterable[bytes]) -> list[bytes]:
    """The acts that vouch for `devices`, up to the founder: nobody else is named."""
    out: dict[bytes, bytes] = {}
    for device in devices:
        out |= {act.id: act.data for act in log.proof(device)}
    return [out[name] for name in sorted(out)]


def check(items: list[bytes], workspace: bytes) -> dict[bytes, Signer]:
    """The signers that `items` prove to be of `workspace`. Raises `DamagedError`."""
    if len(items) > MAX_ITEMS:
        raise LimitError(what="a package with too many acts of the membership")
    signers: dict[bytes, Signer] = {}
    able: set[bytes] = set()
    pending = [acts.read(item) for item in items]
    while pending:
        left = [act for act in pending if not _take(act, workspace, signers, able)]
        if len(left) == len(pending):
            raise DamagedError(what="the membership does not go up to the workspace's founder")
        pending = left
    if not any(signer.founder for signer in signers.values()):
        raise DamagedError(what="the membership does not go up to the workspace's founder")
    return signers


def _take(act: Act, workspace: bytes, signers: dict[bytes, Signer], able: set[bytes]) -> bool:
    """Believes an act whose author is vouched for; False while that is not so yet."""
    if act.workspace != workspace:
        raise DamagedError(what="an act of the membership is of another workspace")
    detail = act.detail
    if act.kind == acts.FOUND:
        if device_id(detail[0]) != act.author or workspace_id(detail[0], detail[4]) != workspace:
            raise DamagedError(what="an act claims to found a workspace that it did not")
        act.verify(detail[0])
        signers[act.author] = Signer(detail[0], detail[2], detail[3], True)
        able.add(act.author)
        return True
    author = signers.get(act.author)
    if author is None or (act.kind != acts.SUCCEED and act.author not in able):
        return False
    act.verify(author.signing_key)
    if act.kind == acts.ADMIT:
        acts.check_admission(act)
        device = device_id(detail[0])
        signers[device] = Signer(detail[0], detail[2], detail[3], False)
        if detail[4] == ADMINISTRATOR:
            able.add(device)
    elif act.kind == acts.SUCCEED:
        acts.check_succession(act)
        device = device_id(detail[0])
        signers[device] = Signer(detail[0], author.member, "", False)
        if act.author in able:
            able.add(device)
    elif act.kind == acts.ROLE and detail[1] == ADMINISTRATOR:
        able.add(detail[0])
    return True


def workspace_name(items: list[bytes]) -> str:
    """The name that the founder gave the workspace."""
    found = [act for act in map(acts.read, items) if act.kind == acts.FOUND]
    return str(found[0].detail[5]) if found else ""
