"""Giving something out: approved, written whole, outside the vault's folder, and recorded: one
operation below both faces.

The order is the promise. A file has its name only once it is whole; before it gets it, the record
and the entry in the chain of custody are written. What cannot be written down does not leave, and
what did not leave is not written down, nor is a second person's approval used up for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from defenderdesk import files
from defenderdesk.vault.casework import approvals
from defenderdesk.vault.custody import entries
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.lookup.office import Office
from defenderdesk.vault.records.writing import NOTHING
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Change, Edit


@dataclass
class Given:
    """Something that is given out: the file to write to, and afterwards what was recorded."""

    file: BinaryIO
    change: Change = NOTHING


@contextmanager
def giving(
    store: Store,
    office: Office,
    out: Path,
    case: str,
    *,
    act: Act | None = None,
    edits: Sequence[Edit] = (),
    desk: str | None = None,
    also: Callable[[], object] | None = None,
) -> Iterator[Given]:
    """The file to write to, and what was recorded. `also`: what else is saved with it, in the same
    write.

    `case`: of which case it is (empty: of everything), for the approval. `act` and `edits`: what is
    recorded with it. Raises `NotGrantedError` without a needed approval, `UsageError` for a place
    within the vault's folder, `StorageError`.
    """
    used = approvals.need(store, office, approvals.EXPORT, case)
    with files.whole(files.outside(store.profile, out)) as target:
        given = Given(target)
        yield given
        with store.writing():
            if also is not None:
                also()
            if used or edits or act is not None:
                given.change = entries.save(store, [*used, *edits], desk, act=act)
