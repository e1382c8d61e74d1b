"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Sequence

from defenderdesk.bundle import membership
from defenderdesk.vault.membership import administer, revoke_desk, seizure
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Proposed


class Members:
    """The door to `vault/membership`: see the functions that it names."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def accept(self, device: str) -> int:
        """Takes in what a removed device wrote beyond its end, also before it took new keys, as far as
        it has arrived; how many change sets. What it did was set aside, never lost."""
        return administer.accept(self._store, device)

    def admit(
        self,
        signing_key: bytes,
        recipient: bytes,
        member: str,
        consent: bytes,
        desks: Sequence[bytes],
        role: str = membership.RESEARCHER,
        since: int = 0,
    ) -> bool:
        """Admits a colleague's device, or grants more desks to one that is of the workspace; False
        while more administrators must agree.
        `consent`: what the device says of itself (`acts.consent`). `since`: its history begins then
        (ms); the desks get a new key, and it none of those before."""
        return administer.admit(self._store, signing_key, recipient, member, consent, desks, role, since)

    def quarantined(self) -> dict[str, int]:
        """Devices (ids) that wrote on after they lost a desk → saves that were set aside, also those
        of before they took new keys."""
        return administer.quarantined(self._store)

    def endorse(self, proposal: str) -> bool:
        """Stands behind a proposal of another administrator; whether it holds now."""
        return administer.endorse(self._store, proposal)

    def grant(self, device: str, desk: bytes) -> None:
        """Gives a device a desk more; its keys go out with the next export."""
        administer.grant(self._store, device, desk)

    def proposals(self) -> list[Proposed]:
        """The proposals that wait for more administrators, the oldest first."""
        return administer.proposals(self._store)

    def remove(self, device: str, *, destroy: bool = False) -> bool:
        """Ends a device's membership; False while more administrators must agree. `destroy`: it is
        asked to destroy its keys at the next contact. Every desk it held gets a new key."""
        return administer.remove(self._store, device, destroy=destroy)

    def renew_keys(self, device: str) -> int:
        """Makes new keys for the desks of a removed laptop that still go by one which it has; of how many.
        An act of removal is followed by one; this is for where whoever should have made it did not."""
        return seizure.renew_keys(self._store, device)

    def seizure(self, device: str) -> seizure.Seizure:
        """Tells what a laptop of the workspace held or holds, as far as this one knows. Raises
        `NotFoundError`."""
        return seizure.seizure(self._store, device)

    def set_admissions(self, number: int) -> bool:
        """Sets how many administrators it takes to let anybody in. False while more must agree."""
        return administer.set_admissions(self._store, number)

    def set_quorum(self, number: int) -> bool:
        """Sets how many administrators dangerous acts ask for; False while more must agree."""
        return administer.set_quorum(self._store, number)

    def set_role(self, device: str, role: str) -> bool:
        """Gives a device another role; False while more administrators must agree."""
        return administer.set_role(self._store, device, role)

    def withdraw(self, device: str, desk: bytes) -> None:
        """Takes a desk from a device; the desk gets a new key."""
        administer.withdraw(self._store, device, desk)

    def leave_now(self) -> None:
        """As `leave`, once what was here alone has been handed over."""
        revoke_desk.leave_now(self._store)
