"""`Vault`: the one door to an open vault, for both faces and for `sync`.

Reads may come from any thread; writes are serialised inside. Every write of records is one
change set and returns a `Change`, once it is safely on the disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from filelock import FileLock

from defenderdesk.crypto import signing
from defenderdesk.domain import custody as acts
from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.errors import UsageError
from defenderdesk.vault import opening
from defenderdesk.vault.coercion import attempt_limit, duress, travel
from defenderdesk.vault.custody import entries
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.identity import members
from defenderdesk.vault.keys import slots
from defenderdesk.vault.membership import revoke_desk
from defenderdesk.vault.records import located, naming, past, query, search_index, writing
from defenderdesk.vault.rooms import Rooms
from defenderdesk.vault.storage import database, lock
from defenderdesk.vault.storage.store import UNSET, Store
from defenderdesk.vault.types import (
    CaseFilter,
    CaseRow,
    Change,
    Conflict,
    Deleted,
    Desk,
    Device,
    Edit,
    HistoryEntry,
    Hit,
    Info,
    Progress,
    Record,
    RecordId,
    RecordKey,
    Snapshot,
    Waiting,
)

if TYPE_CHECKING:  # `status` starts in half the time
    from defenderdesk.vault.custody import chain, timestamps
    from defenderdesk.vault.lookup.early_warning import Watch


class Vault(Rooms):
    """An open vault. Make one with `create`, `open` or `open_with_recovery`."""

    def __init__(self, store: Store, held: FileLock) -> None:
        super().__init__(store)
        self.profile = store.profile
        self._lock = held

    # -- opening and closing -------------------------------------------------------------------

    @staticmethod
    def exists(profile: Path) -> bool:
        """Tells whether there is a vault in this profile."""
        return opening.exists(profile)

    @staticmethod
    def in_use(profile: Path) -> bool:
        """Tells whether a process has the vault of this profile open."""
        return lock.in_use(profile)

    @staticmethod
    def ask_to_lock(profile: Path) -> None:
        """Asks the process that has the vault open to lock it."""
        lock.request(profile)

    @staticmethod
    def asked_to_lock(profile: Path) -> bool:
        """Tells whether locking was asked for."""
        return lock.requested(profile)

    @classmethod
    def create(
        cls,
        profile: Path,
        passphrase: str,
        *,
        language: str = "en",
        unlock_seconds: float = 1.0,
    ) -> tuple[Vault, str]:
        """A new vault and its recovery code. The key slots are written last: until then there
        is no vault, and a crash leaves nothing to trip over."""
        store, held, code = opening.create(profile, passphrase, language, unlock_seconds)
        return cls(store, held), code

    @classmethod
    def open(cls, profile: Path, passphrase: str, *, wait: float = 0, last: bool = False) -> Vault:
        """Unlocks. `wait`: seconds to wait for another process to let go; `last`: also if it is
        the last try that the owner allowed (see `attempt_limit`)."""
        vault = cls._open(profile, wait, lambda: attempt_limit.unlock(profile, passphrase, last=last))
        duress.recognise(vault.store, passphrase)
        return vault

    @classmethod
    def open_with_recovery(cls, profile: Path, code: str, *, wait: float = 0) -> Vault:
        """Unlocks with the recovery code; the caller then asks for a new passphrase."""
        return cls._open(profile, wait, lambda: slots.unlock_with_code(profile, code))

    @classmethod
    def open_with_administrators(cls, profile: Path, secret: str, *, wait: float = 0) -> Vault:
        """Unlocks with the secret that administrators gave back (see `trustees`); the caller then
        asks for a new passphrase."""
        return cls._open(profile, wait, lambda: slots.unlock_with_administrators(profile, secret))

    @classmethod
    def _open(cls, profile: Path, wait: float, unlock: slots.Unlock) -> Vault:
        return cls(*opening.unlocked(profile, wait, unlock))

    def change_passphrase(self, new: str, *, keyring: bool = True) -> None:
        """Replaces the passphrase; the recovery code and a duress passphrase stay. `keyring`:
        False stops using the machine's keyring, where it was used."""
        from defenderdesk.vault.coercion import keyring_binding

        if not new:
            raise UsageError(what="A vault needs a passphrase")
        duress.change(self.store, new, keyring=keyring)
        if not keyring:
            keyring_binding.forget(self.store)

    def uses_keyring(self) -> bool:
        """Tells whether the passphrase works only with the machine's keyring."""
        return bool(slots.load_keyring(self.profile))

    def set_keyring(self, current: str) -> None:
        """From now on the passphrase works only together with the machine's keyring (see
        `os_keyring`). Raises `WrongPassphraseError`, `KeyringError`s."""
        from defenderdesk.vault.coercion import keyring_binding

        keyring_binding.turn_on(self.store, current)

    def clear_keyring(self, current: str) -> None:
        """The passphrase works alone from now on. Raises `WrongPassphraseError`."""
        from defenderdesk.vault.coercion import keyring_binding

        keyring_binding.turn_off(self.store, current)

    def set_duress(self, current: str, new: str, workspace: str, desk: str) -> None:
        """A passphrase that destroys this vault's keys and opens an empty workspace of that name
        (see `duress`). Raises `WrongPassphraseError`, `UsageError`."""
        info = self.info()
        front = duress.Front(workspace, info.member or "-", desk, info.language)
        duress.set_duress(self.store, current, new, front)

    def clear_duress(self, current: str) -> None:
        """No passphrase destroys anything from now on. Raises `WrongPassphraseError`."""
        duress.clear_duress(self.store, current)

    def new_recovery_code(self) -> str:
        """A new recovery code; the one before opens nothing from then on."""
        present = slots.load(self.profile)
        code, cost = slots.new_code(), duress.cost_of(present)
        made = slots.Slot.make(slots.RECOVERY, slots.normalise_code(code), self.store.data_key, cost)
        slots.save(self.profile, [*(s for s in present if s.kind != slots.RECOVERY), made])
        return code

    def destroy(self) -> None:
        """Destroys the keys and closes: what is left on the disk opens for nobody."""
        self.store.close()
        duress.destroy(self.profile)
        self._lock.release()

    def depart(self, passphrase: str, *, anyway: bool = False) -> None:
        """Travel mode (see `travel`): empties the vault and closes it; it opens with the same
        passphrase. Raises `UsageError` while something is unconfirmed, unless `anyway`."""
        travel.depart(self.store, passphrase, anyway=anyway)
        self._lock.release()

    def close(self) -> None:
        """Locks: connections are closed and keys let go. Closing twice does nothing."""
        self.store.close()
        self._lock.release()

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- workspace -----------------------------------------------------------------------------

    def info(self) -> Info:
        """The vault at a glance; `workspace` is empty before it is founded or joined."""
        store, conn = self.store, self.store.reader
        own = store.roster.devices.get(store.device)
        return Info(
            str(store.meta("workspace_name", "")) if store.workspace else "",
            signing.id_text(store.workspace) if store.workspace else "",
            own.member if own else str(store.meta("pending_member", "")),
            signing.id_text(store.device) if store.device else "",
            own.role if own else "",
            members.desks(conn),
            str(self.setting("language", "en")),
        )

    def found(self, workspace: str, member: str, desk: str) -> None:
        """Founds a workspace with its first desk; this device becomes its administrator's."""
        from defenderdesk.vault.membership import administer

        administer.found(self.store, workspace, member, desk)

    def add_desk(self, name: str) -> Desk:
        """A new desk."""
        from defenderdesk.vault.membership import administer

        return administer.add_desk(self.store, name)

    def devices(self) -> list[Device]:
        """The workspace's devices that this one knows, itself first."""
        return members.devices(self.store)

    # -- reading -------------------------------------------------------------------------------

    def get(self, record: RecordId) -> Record:
        """One record. Raises `NotFoundError`."""
        return query.get(self.store.reader, record)

    def resolve(self, text: str) -> RecordKey:
        """The id of the record that a person names by id, beginning of it, or reference."""
        return naming.resolve(self.store.reader, text)

    def elsewhere(self, record: RecordId) -> list[str]:
        """The other desks, by name, that hold a record of the same id: whoever knew it made one."""
        return located.elsewhere(self.store.reader, record)

    def deleted(self, limit: int = 500) -> list[Deleted]:
        """The records that were deleted and can be brought back, the latest first."""
        from defenderdesk.vault.lookup import deleted

        return deleted.deleted(self.store, limit)

    def restore(self, record: RecordId) -> Change:
        """Brings a deleted record back (see `lookup.deleted`). Raises `UsageError`."""
        from defenderdesk.vault.lookup import deleted

        return deleted.restore(self.store, record)

    def few(self, kind: str) -> list[Record]:
        """The records of a kind of which an office has few (`schema.FEW`), the oldest first."""
        return query.few(self.store.reader, kind)

    def children(self, record: RecordId, kind: str | None = None) -> list[Record]:
        """The records that belong to a record, in its order."""
        return query.children(self.store.reader, record, kind)

    def count_cases(self, wanted: CaseFilter) -> int:
        """The number of cases that the filter shows."""
        self._look_for(wanted)
        return query.count_cases(self.store.reader, wanted)

    def cases(self, wanted: CaseFilter, offset: int, limit: int) -> list[CaseRow]:
        """A page of the list of cases."""
        self._look_for(wanted)
        return query.cases(self.store.reader, wanted, offset, limit)

    def countries(self) -> list[str]:
        """The countries that cases name."""
        return query.countries(self.store.reader)

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Full-text search over all fields of all records; of what waits to be indexed, see
        `words_waiting`."""
        self._index(text)
        return query.search(self.store.reader, text, limit)

    def _look_for(self, wanted: CaseFilter) -> None:
        """Makes ready what a list with a text rests on: words, and who links to whom."""
        self._index(wanted.text)
        if wanted.text.strip():
            self.views.refresh()

    def _index(self, text: str) -> None:
        """Indexes the words that wait, for whoever looks for some; as long as a look may take."""
        if text.strip():
            search_index.catch_up(self.store, self.views.budget)

    def words_waiting(self) -> int:
        """The number of records whose words a search does not find yet: 0 after one that took all the
        time it needed (`views.budget`)."""
        return search_index.waiting(self.store.reader)

    def index_words(self, progress: Progress | None = None) -> None:
        """Indexes the words that wait, however long it takes; saves go on between slices."""
        search_index.catch_up(self.store, None, progress)

    def conflicts(self, offset: int = 0, limit: int = 200) -> list[Conflict]:
        """The conflict inbox."""
        return past.conflicts(self.store, offset, limit)

    def standing(self, record: RecordId, field: str) -> list[Value]:
        """Every value that stands in a register, the shown one first."""
        return past.standing(self.store.reader, record, (field,))[field]

    def standing_in(self, record: RecordId, fields: Sequence[str]) -> dict[str, list[Value]]:
        """`standing` of several registers."""
        return past.standing(self.store.reader, record, fields)

    def conflict_count(self) -> int:
        """The number of conflicts that wait for a person."""
        return past.conflict_count(self.store.reader)

    def history(self, record: RecordId, most: int | None = None) -> list[HistoryEntry]:
        """Every change of a record, newest first; of more than `most` the newest."""
        return past.history(self.store, record, most=most)

    def history_within(self, record: RecordId) -> list[HistoryEntry]:
        """`history`, as the running write of this thread sees it."""
        return past.history(self.store, record, self.store.writer)

    def waiting(self) -> Waiting:
        """Work of this device that no other device and no server has confirmed yet, also
        of before it took a new key."""
        return revoke_desk.waiting(self.store)

    def desk_number(self, conn: Snapshot, desk: str | None) -> int:
        """The row of a desk by id or name; None: the first that this device holds."""
        return writing.desk_number(self.store, conn, desk)

    def early_warning(self) -> Watch:
        """Early warning over what this vault holds."""
        from defenderdesk.vault.lookup.early_warning import Watch

        return Watch(self.store, self.views)

    # -- several at once ------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[Snapshot]:
        """Makes what is saved within one write, all of it or nothing; what is read through it
        sees what was written."""
        with self.store.writing() as conn:
            yield conn

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One unchanging view for several reads."""
        with self.store.snapshot() as conn:
            yield conn

    def interrupt(self, spare: int = 0) -> None:
        """Stops what is read and written at this moment (see `Store.interrupt`)."""
        self.store.interrupt(spare)

    @staticmethod
    def now_ms() -> int:
        """The machine's clock in milliseconds since 1970."""
        return Store.now_ms()

    # -- settings of this device ------------------------------------------------------------------

    def setting(self, name: str, default: Value = UNSET) -> Value:
        """A setting of this device, else `default`, else the registry's; kept encrypted, never
        exchanged."""
        value: Value = self.store.meta(f"setting.{name}", default)
        return value

    def set_setting(self, name: str, value: Value) -> None:
        """Changes a setting of this device."""
        self.store.set_meta(f"setting.{name}", value)

    def cipher_info(self) -> dict[str, str]:
        """Versions of what encrypts the vault."""
        return database.cipher_info(self.store.reader)

    # -- writing ---------------------------------------------------------------------------------

    def new_id(self) -> RecordId:
        """An id for a record to be."""
        return writing.new_id()

    def save(
        self,
        edits: Sequence[Edit],
        desk: str | None = None,
        *,
        concurrent: bool = False,
        act: Act | None = None,
    ) -> Change:
        """Writes `edits` as one change set (see `writing.save`). `act`: what is done with a
        record by it, written down in the same change set."""
        return entries.save(self.store, edits, desk, concurrent=concurrent, act=act)

    def undo(self, change_set: str) -> Change:
        """Takes back a change set, as a new one."""
        return writing.undo(self.store, change_set)

    def settle(self, conflict: str, value: Value) -> Change:
        """Settles a conflict with `value`. A case that was merged, and written in since, is merged
        again where it is to go: what was written goes along."""
        record, _, field = conflict.partition(".")
        if field == kinds.DELETED and value is True:
            present = self.get(record)
            if present.kind == kinds.CASE.name and (into := present.text(kinds.MERGED_INTO)):
                return self.merge(RecordKey(into, present.desk), present.id)
        return writing.settle(self.store, conflict, value)

    def merge(self, stays: RecordId, goes: RecordId) -> Change:
        """Makes two records of one person, organisation or case one (see `merge_records`)."""
        from defenderdesk.vault.casework import merge_records

        return merge_records.merge(self.store, self.views, stays, goes)

    def attach(
        self,
        record: RecordId,
        path: Path,
        progress: Progress | None = None,
        attachment: RecordId | None = None,
    ) -> Change:
        """Takes a file in, as an attachment of `record` (under a new id, or the one given)."""
        from defenderdesk.vault.custody import attachments

        return attachments.attach(self.store, record, path, attachment or writing.new_id(), progress)

    def fetch(
        self,
        attachment: RecordId,
        out: BinaryIO,
        progress: Progress | None = None,
        act: str = acts.COPIED,
        to: str = "",
    ) -> None:
        """Give an attachment's content out, checked; that this is done (`act`, and to whom) is written
        down with it: one is not there without the other."""
        from defenderdesk.vault.custody import attachments

        record = self.get(attachment)
        attachments.require_content(self.store, record)
        with self.store.writing():
            entries.write(self.store, record.id, act, {}, {"to": to} if to else {})
            attachments.fetch(self.store, record, out, progress)

    # -- the chain of custody -------------------------------------------------------------------

    def saw(self, record: RecordId) -> Change:
        """Somebody looked at a record's details (looks within ten minutes are one)."""
        return entries.seen(self.store, record)

    def note(self, record: RecordId, act: str, detail: entries.Facts = entries.NOTHING) -> Change:
        """Writes down what is done with a record; do it only when this has returned."""
        return entries.write(self.store, record, act, {}, detail)

    def measure(self, attachment: RecordId, progress: Progress | None = None) -> Change:
        """Hashes an attachment that was taken in before both digests were recorded."""
        from defenderdesk.vault.custody import attachments

        return attachments.measure(self.store, self.get(attachment), progress)

    def chain(self, record: RecordId) -> chain.Chain:
        """The chain of custody of a record."""
        from defenderdesk.vault.custody import chain

        return chain.read(self.store, self.get(record), self.timestamps())

    def timestamps(self) -> list[timestamps.Stamp]:
        """The trusted timestamps that this vault holds, the earliest first."""
        from defenderdesk.vault.custody import timestamps

        return timestamps.read(self.views.of_kind("timestamp"))
