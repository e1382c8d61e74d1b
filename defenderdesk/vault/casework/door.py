"""The door to this room: what is asked of it from outside `vault`, with the store behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

from defenderdesk.domain.together import Year
from defenderdesk.domain.visit_consent import Check
from defenderdesk.vault import types
from defenderdesk.vault.casework import (
    approvals,
    descendants,
    duplicates,
    giving,
    joint_work,
    transfer,
    visit_checks,
)
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.lookup.office import Office
from defenderdesk.vault.lookup.queries import Views
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Duplicate, Edit, Record


class Casework:
    """The door to `vault/casework`: see the functions that it names."""

    def __init__(self, store: Store, views: Views) -> None:
        self._store = store
        self._views = views

    def require_no_package(self, record: str) -> None:
        """Raises `UsageError` while an emergency package lives below a record: what is erased would
        still leave with it."""
        descendants.require_no_package(self._store, record)

    def to_erase(self, record: str) -> list[Record]:
        """The records that go with a record that is erased whole."""
        return descendants.to_erase(self._store, record)

    def duplicates(self) -> list[Duplicate]:
        """The pairs of records that are likely the same, and that nobody has decided."""
        return duplicates.likely(self._store, self._views)

    def point_out_duplicates(self) -> tuple[int, int]:
        """(new, waiting): the number of those that were not pointed out on this device yet, which now
        they are; and of all."""
        return duplicates.point_out(self._store, self._views)

    def not_same(self, one: str, other: str) -> types.Change:
        """Writes down that two records are of two persons or cases; nobody is asked again."""
        return duplicates.not_same(self._store, one, other)

    def matrix(self, country: str, today: date, limit: int = 200) -> joint_work.Matrix:
        """The newest open cases (of a country), and who has them."""
        return joint_work.matrix(self._views, country, today, limit)

    def year(self, number: int, today: date) -> Year:
        """The picture of a year, of all that this device holds."""
        return joint_work.year(self._views, number, today)

    def visit_checks(self, visit: str, today: date) -> list[visit_checks.Checked]:
        """Every case to be raised and every meeting of a visit, with who agreed to it and who did
        not. Raises `NotFoundError`."""
        return visit_checks.checks(self._views, visit, today)

    def may_raise(self, visit: Record, cases: Sequence[str], today: date) -> dict[str, Check]:
        """The answers of those at risk in cases to having them raised on a visit."""
        return visit_checks.of_cases(self._views, visit, cases, today)

    def carry(
        self, case: str, desk: str, *, move: bool, only: Iterable[str] | None = None
    ) -> tuple[str, types.Change]:
        """Carries a case to another desk that this device holds: (its id there, the change). `only`:
        the kinds of record to carry beside the case; None: all. Raises `UsageError`."""
        return transfer.carry(self._store, case, desk, move=move, only=only)


class Approvals:
    """The door to `vault/casework`: see the functions that it names."""

    def __init__(self, store: Store, office: Office) -> None:
        self._store = store
        self._office = office

    def giving(
        self,
        out: Path,
        case: str,
        *,
        act: Act | None = None,
        edits: Sequence[Edit] = (),
        desk: str | None = None,
        also: Callable[[], object] | None = None,
    ) -> AbstractContextManager[giving.Given]:
        """The file for something that is given out (see `casework.giving`)."""
        return giving.giving(self._store, self._office, out, case, act=act, edits=edits, desk=desk, also=also)

    def need(self, action: str, case: str) -> list[Edit]:
        """The edits that mark the approval as used, to be saved with what was done; nothing where
        the office wants one person only. Raises `NotGrantedError` where a second person has not
        agreed."""
        return approvals.need(self._store, self._office, action, case)

    def require_deletable(self, record: str) -> list[Edit]:
        """As `need`, for a deletion. Raises `NotGrantedError` where a case may not be deleted now: a
        legal hold, or a second person who has not agreed. Everything else is one person's to hide
        and to bring back."""
        return approvals.require_deletable(self._store, self._office, record)

    def standing(self, action: str, case: str) -> approvals.Standing:
        """The state of approval for an action on a case (empty: on everything), of the latest
        request that was not used yet."""
        return approvals.standing(self._store, self._office, action, case)
