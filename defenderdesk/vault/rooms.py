"""`Rooms`: the rooms behind the vault's door, each loaded when it is first entered (`status`
starts in half the time)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from defenderdesk.vault.identity.door import DeviceIdentity
from defenderdesk.vault.records.undo_log import UndoLog
from defenderdesk.vault.storage.settings import Settings
from defenderdesk.vault.storage.store import Store

if TYPE_CHECKING:
    from defenderdesk.vault.casework.door import Approvals, Casework
    from defenderdesk.vault.coercion.door import Coercion, Travel
    from defenderdesk.vault.custody.door import Custody
    from defenderdesk.vault.emergency.door import Emergencies
    from defenderdesk.vault.erasure.door import Erasure
    from defenderdesk.vault.identity.door import Partners
    from defenderdesk.vault.lookup.office import Office
    from defenderdesk.vault.lookup.queries import Views
    from defenderdesk.vault.membership.door import Members
    from defenderdesk.vault.receiving.door import Receiving
    from defenderdesk.vault.recovery.door import Recovery
    from defenderdesk.vault.replication.door import ErasureStatus, Replication


class Rooms:
    """The rooms over one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.identity = DeviceIdentity(store)
        self.settings = Settings(store)
        self.undoing = UndoLog(store)

    @cached_property
    def _looking(self) -> tuple[Views, Office]:
        """Both at once: what is derived follows the rules of the office."""
        from defenderdesk.vault.lookup.office import Office
        from defenderdesk.vault.lookup.queries import Views

        views = Views(self.store)
        return views, Office(self.store, views)

    @property
    def views(self) -> Views:
        """Looking things up across records."""
        return self._looking[0]

    @property
    def office(self) -> Office:
        """The settings of an office."""
        return self._looking[1]

    @cached_property
    def custody(self) -> Custody:
        """The chain of custody, timestamps, attachments."""
        from defenderdesk.vault.custody.door import Custody

        return Custody(self.store)

    @cached_property
    def erasure(self) -> Erasure:
        """Erasing content for good, and who is named in what is left."""
        from defenderdesk.vault.erasure.door import Erasure

        return Erasure(self.store)

    @cached_property
    def erasure_status(self) -> ErasureStatus:
        """The status of erasures: where they were carried out, and where not yet."""
        from defenderdesk.vault.replication.door import ErasureStatus

        return ErasureStatus(self.store)

    @cached_property
    def replication(self) -> Replication:
        """Plans of what goes into a bundle."""
        from defenderdesk.vault.replication.door import Replication

        return Replication(self.store)

    @cached_property
    def receiving(self) -> Receiving:
        """Bundles taken in; everything held, verified."""
        from defenderdesk.vault.receiving.door import Receiving

        return Receiving(self.store)

    @cached_property
    def members(self) -> Members:
        """Administering the workspace."""
        from defenderdesk.vault.membership.door import Members

        return Members(self.store)

    @cached_property
    def partners(self) -> Partners:
        """The keys that partners know a desk by."""
        from defenderdesk.vault.identity.door import Partners

        return Partners(self.store)

    @cached_property
    def coercion(self) -> Coercion:
        """The keyring, and what wrong passphrases lead to."""
        from defenderdesk.vault.coercion.door import Coercion

        return Coercion(self.store)

    @cached_property
    def travel(self) -> Travel:
        """Before a border, and back."""
        from defenderdesk.vault.coercion.door import Travel

        return Travel(self.store)

    @cached_property
    def recovery(self) -> Recovery:
        """Backups, and trustees who help."""
        from defenderdesk.vault.recovery.door import Recovery

        return Recovery(self.store)

    @cached_property
    def emergency(self) -> Emergencies:
        """Emergency packages of this office."""
        from defenderdesk.vault.emergency.door import Emergencies

        return Emergencies(self.store)

    @cached_property
    def casework(self) -> Casework:
        """Work on whole cases."""
        from defenderdesk.vault.casework.door import Casework

        return Casework(self.store, self.views)

    @cached_property
    def approvals(self) -> Approvals:
        """Two persons for what an office wants two persons for."""
        from defenderdesk.vault.casework.door import Approvals

        return Approvals(self.store, self.office)
