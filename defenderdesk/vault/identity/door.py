"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from defenderdesk.bundle.membership import Log, Member, Roster
from defenderdesk.bundle.membership.acts import Act
from defenderdesk.crypto.age import HybridIdentity, Identity
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.vault.identity import members, partner_keys, rekey
from defenderdesk.vault.storage.store import Store


class Partners:
    """The keys that partners know a desk by, and what opens what they sealed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def earlier(self, key: partner_keys.PartnerKey) -> list[list[str]]:
        """[earlier signing key, its signature of the present one], hexadecimal, the latest first."""
        return partner_keys.earlier(self._store, key)

    def identities(self) -> list[Identity]:
        """Everything that opens what partners sealed: every key of every desk that is held, the
        latest first, and this laptop's own."""
        return partner_keys.identities(self._store)

    def of_desk(self, desk: str | None = None) -> partner_keys.PartnerKey:
        """The keys of a desk (id or name; None: the first), of its current key. Raises
        `NotFoundError`."""
        return partner_keys.of_desk(self._store, desk)


class DeviceIdentity:
    """The identity of this device: its keys, and the membership as it knows it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def device(self) -> bytes:
        """This device's id; empty before it has keys."""
        return self._store.device

    @property
    def workspace(self) -> bytes:
        """The workspace's id; empty before it is founded or joined."""
        return self._store.workspace

    @property
    def members(self) -> Mapping[bytes, Member]:
        """The devices that are of the workspace now."""
        return self._store.members

    @property
    def authors(self) -> Mapping[bytes, Member]:
        """Whoever wrote or may have written a feed, branches of forked feeds by their own names."""
        return self._store.authors

    @property
    def roster(self) -> Roster:
        """The standing of the workspace, as far as this device knows."""
        return self._store.roster

    @property
    def log(self) -> Log:
        """The acts of membership that this device knows."""
        return self._store.log

    @property
    def age_identity(self) -> HybridIdentity | None:
        """The identity that opens what is sealed to this device; None before it has keys."""
        return self._store.identity

    def require_workspace(self) -> bytes:
        """The workspace's id. Raises `NoWorkspaceError` before it is founded or joined."""
        return self._store.require_workspace()

    def require_signing_key(self) -> SigningKey:
        """This device's signing key."""
        return self._store.require_signing_key()

    def require_identity(self) -> HybridIdentity:
        """This device's age identity."""
        return self._store.require_identity()

    def keep_acts(self, news: Sequence[Act]) -> None:
        """Keeps acts of membership that were checked, and knows them from then on."""
        with self._store.writing() as conn:
            members.keep_acts(conn, news)
            self._store.load_members(conn)

    def make_keys(self) -> tuple[SigningKey, HybridIdentity]:
        """This device's keys, made on first need."""
        return members.make_keys(self._store)

    def require_administrator(self) -> None:
        """Raises `NotGrantedError` unless this device is an administrator's."""
        members.require_administrator(self._store)

    def forget(self) -> None:
        """Forgets identities that were replaced long ago."""
        rekey.forget(self._store)

    def names(self) -> tuple[bytes, ...]:
        """The ids that this device has and had: who writes to it may not know yet of its new
        keys."""
        return rekey.names(self._store)

    def openers(self) -> list[HybridIdentity]:
        """The identities that open what was sealed to this device, or to one whose place it took of
        late."""
        return rekey.openers(self._store)

    def rekey_if_stale(self) -> bool:
        """Takes a new signing key where the one of now could decide what more must agree to today;
        whether it did. To be called before anything of the membership leaves this laptop."""
        return rekey.rekey_if_stale(self._store)
