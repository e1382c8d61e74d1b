"""One open vault as the screens see it: save, undo, redo, and the news of what changed.

Every change of every screen goes through `save` (or `change`, for what is not a set of edits).
When it is committed, `changed` carries the `Change` to all views; each decides whether it
concerns it. The undo stack holds change sets of this session, newest last; undoing writes a new
change set (nothing is ever rewritten), and redoing undoes that one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from defenderdesk.domain import vocabulary
from defenderdesk.domain.kinds import DELETED, KIND
from defenderdesk.domain.values import Value
from defenderdesk.ui.work.operations import Operations, Progress, Task
from defenderdesk.vault.types import Change, Edit, Info

if TYPE_CHECKING:
    from defenderdesk.vault import Vault
    from defenderdesk.vault.records.undo_log import Undone

T = TypeVar("T")
Told = Callable[[], object]


class Session(QObject):
    """The vault, its lanes and its undo stack, from unlock to lock."""

    changed = Signal(object)
    """A `Change` was committed (saved, undone, received…)."""
    revoked = Signal()
    """The keys of this vault were destroyed on the office's wish; it is closed."""
    undo_changed = Signal()
    terms_changed = Signal()
    """Other terms are offered from now on."""
    keeping = Signal(int)
    """So many saves failed and are tried again; none of them was called saved."""

    def __init__(self, vault: Vault, info: Info, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.vault = vault
        self.operations = Operations(self)
        self.info = info
        self.last_desk = ""
        self.guard: QObject | None = None
        """The guard, which locks by itself; the window sets it."""
        self._undoable = False
        self._kept: list[tuple[list[Edit], str | None]] = []
        self._again = QTimer(self, singleShot=True, interval=RETRY)
        self._again.timeout.connect(self._try_again)
        self.changed.connect(self._office_news)
        vault.views.budget = LOOK
        self.read_office()
        self.catch_up()
        self.operations.read(self, vault.undoing.can_undo, self._may_undo, key="undo")

    def save(
        self,
        receiver: QObject,
        edits: Sequence[Edit],
        done: Callable[[Change], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        desk: str | None = None,
    ) -> Task[Change]:
        """Write `edits` as one change set. When that fails and the screen is gone that could say
        so, it is tried again until it works."""

        def orphaned() -> None:
            self.keep_trying(edits, desk)

        return self.change(receiver, lambda: self.vault.save(edits, desk), done, failed, orphaned)

    def change(
        self,
        receiver: QObject,
        work: Callable[[], Change],
        done: Callable[[Change], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        orphaned: Callable[[], None] | None = None,
    ) -> Task[Change]:
        """Run what writes one change set, and tell everyone. The news reaches all views even
        when the screen that asked is gone."""

        def work_and_remember() -> Change:
            change = work()
            self.vault.undoing.did(change)
            return change

        def work_and_tell(change: Change) -> None:
            if change.change_set:
                self._undoable = True
                self.undo_changed.emit()
            if done and _alive(receiver):
                done(change)
            self.changed.emit(change)

        def fail(exc: BaseException) -> None:
            if failed and _alive(receiver):
                failed(exc)
                return
            if orphaned and not _alive(receiver):
                orphaned()
            self.operations.trouble.emit(exc)

        return self.operations.write(self, work_and_remember, work_and_tell, fail)

    def look(self, record: str) -> None:
        """A person looks at a record's details: written down in the background (once in a while),
        told to no view, and nothing that undo takes back."""
        self.operations.write(self, lambda: self.vault.saw(record))

    def _office_news(self, change: Change) -> None:
        if "*" in change.kinds and change is not CAUGHT_UP:
            self.catch_up()
        if self.vault.office.news(change):
            self.read_office()

    def catch_up(self) -> None:
        """Have what is looked up across cases brought up to date, where a look by itself would
        take too long: after an upgrade, or a large import. The pages look again at its end."""
        vault = self.vault

        def work(progress: Progress) -> bool:
            waited = bool(vault.words_waiting())
            vault.index_words(progress)
            return vault.views.catch_up(progress) or waited

        def done(worked: bool) -> None:
            if worked:
                self.changed.emit(CAUGHT_UP)

        self.operations.errand(self, work, done, lambda _exc: None)

    def read_office(self) -> None:
        """Read the office's own terms and rules, and use them from now on."""
        office = self.vault.office

        def work() -> vocabulary.Vocabulary:
            office.corrected()
            return office.vocabulary()

        def done(made: vocabulary.Vocabulary) -> None:
            if made is not vocabulary.current():
                vocabulary.use(made)
                self.terms_changed.emit()

        self.operations.read(self, work, done, key="office")

    def keep_trying(self, edits: Sequence[Edit], desk: str | None = None) -> None:
        """Save edits whose form is gone, until it works."""
        self._kept.append((list(edits), desk))
        self.keeping.emit(len(self._kept))
        self._again.start()

    @property
    def kept(self) -> int:
        """The number of saves that are still tried again."""
        return len(self._kept)

    def _try_again(self) -> None:
        if not self._kept:
            return
        first = self._kept[0]

        def done(_change: Change) -> None:
            self._kept.remove(first)
            self.keeping.emit(len(self._kept))
            self._try_again()

        self.save(self, first[0], done, lambda _exc: self._again.start(), first[1])

    def undo(self, receiver: QObject, done: Told | None = None, none: Told | None = None) -> None:
        """Take back the newest change set of this device; `none` is told when there is none. Which
        it is the vault says when the writing lane comes to it: what was asked to be saved before
        is saved by then."""
        self._turn(receiver, self.vault.undoing.undo, done, none)

    def redo(self, receiver: QObject, done: Told | None = None, none: Told | None = None) -> None:
        """Take back the newest undo."""
        self._turn(receiver, self.vault.undoing.redo, done, none)

    def undo_one(self, receiver: QObject, change_set: str | None) -> None:
        """Take back one change set, whatever came after it."""
        if change_set is not None:
            undoing = self.vault.undoing
            self._turn(receiver, lambda: undoing.undo_one(change_set), None, None)

    def _may_undo(self, may: bool) -> None:
        """Notes that something can be undone: also what was done before a lock."""
        self._undoable = self._undoable or may
        self.undo_changed.emit()

    def can_undo(self) -> bool:
        """Tells whether something can be taken back, as far as was heard."""
        return self._undoable

    def _turn(
        self,
        receiver: QObject,
        work: Callable[[], Undone | None],
        done: Told | None,
        none: Told | None,
    ) -> None:
        undoing = self.vault.undoing

        def work_and_look() -> tuple[Undone | None, bool]:
            return work(), undoing.can_undo()

        def told(found: tuple[Undone | None, bool]) -> None:
            undone, self._undoable = found
            self.undo_changed.emit()
            say = none if undone is None else done
            if undone is not None:
                self.changed.emit(undone.change)
            if say and _alive(receiver):
                say()

        self.operations.write(self, work_and_look, told)

    def tell(self, change: Change) -> None:
        """Something else changed the vault (a bundle was received): all views look again."""
        if "*" in change.kinds:
            self.refresh_info(self, lambda _: self.changed.emit(change))
        else:
            self.changed.emit(change)

    def refresh_info(self, receiver: QObject, done: Callable[[Info], None]) -> None:
        """Read who and where we are again (a workspace was founded or joined)."""

        def told(info: Info) -> None:
            self.info = info
            done(info)

        self.operations.read(receiver, self.vault.info, told)

    def close(self) -> threading.Event:
        """Silence the lanes; when what was asked to be written is written, close the vault. The
        event says when that is done."""
        self._again.stop()
        return self.operations.close(self.vault.close)


RETRY = 5000
"""Milliseconds before a failed save is tried again."""

LOOK = 0.3
"""Seconds that a page may spend on bringing up to date what it looks up across cases."""

EVERYTHING = Change(frozenset({"*"}), frozenset(), None)
"""A change that concerns every view."""
CAUGHT_UP = Change(frozenset({"*"}), frozenset(), None)
"""The same, when only what is derived changed."""


def concerns(change: Change, *, kinds: Sequence[str] = (), records: Sequence[str] = ()) -> bool:
    """Tells whether a view of these kinds or records has to look again."""
    if "*" in change.kinds:
        return True
    return bool(change.kinds.intersection(kinds) or change.records.intersection(records))


def new_record(vault: Vault, kind: str, fields: dict[str, Value]) -> tuple[str, list[Edit]]:
    """(id, edits) of a new record; lists become sets."""
    record = vault.new_id()
    edits = [Edit(record, KIND, kind)]
    for name, value in fields.items():
        if isinstance(value, list):
            edits += [Edit(record, name, one, "add") for one in value]
        elif value not in (None, ""):
            edits.append(Edit(record, name, value))
    return record, edits


def deletion(record: str) -> list[Edit]:
    """The edits that hide a record; undoing them shows it again."""
    return [Edit(record, DELETED, True)]


def _alive(receiver: QObject) -> bool:
    return shiboken6.isValid(receiver)
