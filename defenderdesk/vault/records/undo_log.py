"""The changes that can be undone on this device, the newest last: kept in the vault, so that a
lock forgets nothing of it.

Both lists name change sets. Taking one back is one write: the new change set, and what the lists
say then. Where that fails, nothing of it happened and the same is offered again; so no press of a
key ever takes back another change than the newest.
"""

from __future__ import annotations

from typing import NamedTuple

from defenderdesk.errors import NotFoundError
from defenderdesk.vault import types
from defenderdesk.vault.records import writing
from defenderdesk.vault.storage.store import Store

NAME = "undo"
MOST = 100
FOR = 12 * 3600 * 1000
"""Milliseconds after which nothing is offered any more: nobody remembers what a key would undo."""

Entry = list[str | int]
"""[change set, when it was written by this machine's clock in ms]"""


class Undone(NamedTuple):
    """The change set that was taken back (or done again), and the change set that did it."""

    change_set: str
    change: types.Change


class UndoLog:
    """The two lists of an open vault."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def did(self, change: types.Change) -> None:
        """Remembers what a person just did; what was undone before it cannot be done again."""
        if change.change_set is not None:
            done, _ = self._lists()
            self._keep([*done, [change.change_set, self._store.now_ms()]], [])

    def can_undo(self) -> bool:
        """Tell whether there is something to take back."""
        return bool(self._lists()[0])

    def undo(self) -> Undone | None:
        """Takes back the newest; None where there is nothing. Raises what writing raises, and the
        same is offered again; `NotFoundError` for one that is not here any more (it left with its
        desk), which is then forgotten."""
        return self._turn(None, again=False)

    def redo(self) -> Undone | None:
        """Does again what was undone last; otherwise as `undo`."""
        return self._turn(None, again=True)

    def undo_one(self, change_set: str) -> Undone | None:
        """Takes back one change set, whatever came after it."""
        return self._turn(change_set, again=False)

    def _turn(self, change_set: str | None, *, again: bool) -> Undone | None:
        """One write: `change_set` (the newest of its list) is taken back, and the lists say so."""
        try:
            with self._store.writing():
                source, target = self._of(again)
                if change_set is None:
                    if not source:
                        return None
                    change_set = str(source[-1][0])
                change = writing.undo(self._store, change_set)
                rest = [entry for entry in source if entry[0] != change_set]
                if change.change_set is not None:
                    target = [*target, [change.change_set, self._store.now_ms()]]
                self._keep_as(rest, target, again)
                return Undone(change_set, change)
        except NotFoundError:  # that write is rolled back: it is forgotten in one of its own
            with self._store.writing():
                source, target = self._of(again)
                self._keep_as([e for e in source if e[0] != change_set], target, again)
            raise

    def _of(self, again: bool) -> tuple[list[Entry], list[Entry]]:
        """(the list that is taken from, the one that is added to)."""
        done, undone = self._lists()
        return (undone, done) if again else (done, undone)

    def _keep_as(self, source: list[Entry], target: list[Entry], again: bool) -> None:
        self._keep(*((target, source) if again else (source, target)))

    def _lists(self) -> tuple[list[Entry], list[Entry]]:
        """(done, undone) as far as they are recent."""
        now = self._store.now_ms()
        done, undone = self._store.meta(NAME, [[], []])
        return (
            [entry for entry in done if abs(now - int(entry[1])) < FOR],
            [entry for entry in undone if abs(now - int(entry[1])) < FOR],
        )

    def _keep(self, done: list[Entry], undone: list[Entry]) -> None:
        self._store.set_meta(NAME, [done[-MOST:], undone[-MOST:]])
