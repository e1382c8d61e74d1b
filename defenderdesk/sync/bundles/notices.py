"""Word for single devices that can open nothing else any more: a desk was taken from them, a copy
took their place, they were removed. Sealed to each of them, for sticks and the server.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator

from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.bundle.membership import Act, Log, Member
from defenderdesk.bundle.membership.acts import ADMIT, FOUND, REMOVE, ROTATE, SUCCEED, device_id
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto.age import DeskKey
from defenderdesk.sync.bundles.plan import MAX_GRANTS, Batches
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.membership import remove_device
from defenderdesk.vault.replication import held

MOST_REMOVED = 50
"""Removed devices that a stick brings word to, those removed last."""
MOST_TOLD = 4 * 1024 * 1024
"""Bytes of acts in all such word of one export, at the most: the last removed come first. Years are
no bound: a laptop that was seized may come back after years."""
Made = Callable[[], tuple[Manifest, list[Source]]]


def of_removal(log: Log, member: Member) -> list[Act]:
    """The notice to a removed device: the acts that removed it, also before it took its last keys,
    with all that they rest on, and nothing that came later; causes first. Those alone that count:
    what says of another that it does not would have to be told as well."""
    told: dict[bytes, Act] = {}
    for act in (act for one in member.line for act in log.removals(one)):
        told |= {one.id: one for one in log.with_past(act.id)}
    return list(told.values())


def _brings_in(act: Act, device: bytes) -> bool:
    """Tells whether a device is one of the workspace's by this act."""
    return act.kind in (FOUND, ADMIT, SUCCEED) and device_id(act.detail[0]) == device


class Word:
    """The notices of an export of one desk to single devices."""

    def __init__(self, batches: Batches) -> None:
        self.batches, self.vault, self.desk = batches, batches.vault, batches.desk
        self.conn, self.receipt = batches.conn, batches.receipt

    def on_stick(self) -> Iterator[tuple[str, bytes, Made]]:
        """(a label that stays while nothing new is to be said, the device, the bundle). Nothing on
        a stick for a partner; on one for certain colleagues what is for them."""
        whom = self.batches.whom
        if not all(isinstance(key, DeskKey) for key in whom.seal):
            return
        if not whom.named:
            for device, taken in self.overtaken().items():
                yield f"word|{taken.hex()}", device, self._later(self.word_to, device, taken)
        lost = set(self.left().values()) - {self.vault.identity.device}
        for device in sorted(lost & set(whom.named) if whom.named else lost)[:MAX_GRANTS]:
            held = sorted((d.hex(), n) for d, n in self._receipt_for(device).holds.items())
            label = f"farewell|{device.hex()}|{held}|{self.receipt.roster.hex()}"
            yield label, device, self._later(self.farewell, device)
        if not whom.named:
            for device, told in self.removed().items():
                label = f"removed|{device.hex()}|{';'.join(act.id.hex() for act in told)}"
                yield label, device, self._later(self.dismissal, device, told)

    @staticmethod
    def _later(made: Callable[..., tuple[Manifest, list[Source]]], *about: object) -> Made:
        return lambda: made(*about)

    # -- who lost the desk ---------------------------------------------------------------------

    def left(self) -> dict[bytes, bytes]:
        """Those whom the desk was taken from, also before they took a new identity, and who are
        still of the workspace: a mark of the act that took it → their device."""
        renewed = {}
        for act in self.vault.identity.log.acts:
            if act.kind == SUCCEED:
                renewed[device_id(act.detail[0])] = act.author
        out = {}
        for device, member in self.vault.identity.roster.devices.items():
            if not member.present or self.desk.id in member.desks:
                continue
            been = {device}
            while (before := renewed.get(device)) and before not in been:
                been.add(device := before)
            for act in self.batches.withdrawals():
                if act.detail[0] in been:
                    mark = hashlib.sha256(act.id + member.device).digest()[:16]
                    out[mark] = member.device
        return out

    def farewell(self, device: bytes) -> tuple[Manifest, list[Source]]:
        """A bundle with the membership alone, for a device that lost the desk, and what is held
        here of its own work: once that is all of it, the desk leaves the device."""
        plan = self.batches.plan
        with_acts, plan.with_acts = plan.with_acts, True
        made = self.batches.manifest(())
        plan.with_acts = with_acts
        receipt = self._receipt_for(device)
        return dataclasses.replace(made, receipt=receipt, recipients=(device,)), []

    # -- whose place a copy took ---------------------------------------------------------------

    def overtaken(self) -> dict[bytes, bytes]:
        """Devices of which a copy took new keys of late → the act that says so. Nothing new is
        sealed to the other copy: without word it would wait for ever."""
        out = dict[bytes, bytes]()
        for act in self.vault.identity.log.acts:
            if act.kind != SUCCEED or not self._of_late(act, rekey.KEPT_FOR):
                continue
            before = self.vault.identity.roster.devices.get(act.author)
            if before is None or before.removed or act.detail[1] == before.recipient:
                continue
            latest = self.vault.identity.roster.latest(act.author)
            if latest is not None and latest.present and self.desk.id in latest.desks:
                out.setdefault(act.author, act.id)
        return out

    def word_to(self, device: bytes, taken: bytes) -> tuple[Manifest, list[Source]]:
        """A bundle for the other copy of a laptop that took new keys: those acts alone which say
        so, how who says it came in, and what they rest on. It takes new keys then, too, and is one
        of the desk's again. Nothing that came later is told: somebody else may have such a copy."""
        log = self.vault.identity.log
        acts = {one.id: one.data for one in log.with_past(taken)}
        for one in log.acts:
            if _brings_in(one, self.vault.identity.device):
                acts |= {each.id: each.data for each in log.with_past(one.id)}
        made = self.batches.manifest(())
        nothing = Receipt({}, (), False, made.receipt.roster)
        return dataclasses.replace(made, receipt=nothing, recipients=(device,), acts=tuple(acts.values())), []

    # -- who was removed ------------------------------------------------------------------------

    def removed(self) -> dict[bytes, list[Act]]:
        """Devices of the desk that were removed → what they are told. Not by who came in
        afterwards: to be believed, they would have to tell of what came later."""
        log = self.vault.identity.log
        order = {act.id: number for number, act in enumerate(log.acts)}
        found = []
        for device, member in self.vault.identity.roster.devices.items():
            if (
                not member.removed
                or self.desk.id not in member.desks | member.lost
                or self.vault.identity.device in member.line
            ):
                continue
            acts = [act for one in member.line for act in log.removals(one)]
            if acts:
                found.append((max(order[act.id] for act in acts), device, member))
        out, room = {}, MOST_TOLD
        for _, device, member in sorted(found, key=lambda one: -one[0])[:MOST_REMOVED]:
            told = of_removal(log, member)
            if not member.destroy and any(
                act.kind == REMOVE and act.detail[0] in member.line and act.detail[1] for act in told
            ):
                continue  # a wish that does not count, and what says why not is not told
            known = self._introduced(told)
            room -= sum(len(act.data) for act in known)
            if room < 0:
                break
            if known:
                out[device] = known
        return out

    def _introduced(self, told: list[Act]) -> list[Act]:
        """The acts that are told, with how this device came in under the key of now, as far as that
        tells of nothing else that came later; empty where it would."""
        if any(_brings_in(act, self.vault.identity.device) for act in told):
            return told
        there, log = {act.id for act in told}, self.vault.identity.log
        coming = next((act for act in log.acts if _brings_in(act, self.vault.identity.device)), None)
        if coming is None:
            return []
        more = [act for act in log.with_past(coming.id) if act.id not in there]
        own = self.vault.identity.roster.devices[self.vault.identity.device].line
        fresh = all(act.kind == ROTATE or (act.kind == SUCCEED and act.author in own) for act in more)
        return [*told, *more] if fresh else []

    def _of_late(self, act: Act, span: int) -> bool:
        """Tells whether an act is no older than `span` (ms). What a clock ahead says is no reason
        to be silent, nor what one behind does."""
        return self.vault.now_ms() - self.vault.identity.log.at_least(act.id) < span

    def dismissal(self, device: bytes, told: list[Act]) -> tuple[Manifest, list[Source]]:
        """A bundle for a removed device: with these acts, and nothing else."""
        made = self.batches.manifest(())
        acts = tuple(act.data for act in told)
        nothing = Receipt({}, (), False, Log(made.workspace, acts, trusted=True).digest)
        return dataclasses.replace(made, receipt=nothing, recipients=(device,), acts=acts), []

    # -- what is held of theirs -----------------------------------------------------------------

    def _receipt_for(self, device: bytes) -> Receipt:
        """The receipt for one device's own work that is held here, and of nobody else's."""
        been = self.vault.identity.roster.devices[device].line
        aside = any(remove_device.count_quarantined(self.conn, one) for one in been)
        return held.receipt_of_own(self.conn, self.desk, set(been), self.receipt, aside)
