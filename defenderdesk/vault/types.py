"""Types in which the vault speaks to the layers above: plain values, no SQL, no keys.

Structs, not dataclasses: each dataclass is compiled anew at every start (together a tenth of what
`status` takes), and a page of records is made in half the time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from defenderdesk.domain.casefile import Fields
from defenderdesk.domain.values import Value
from defenderdesk.errors import Message

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Progress = Callable[[int, int], None]
"""Told how much of how much is done; may raise to stop it."""

Snapshot = Any
"""One unchanging view of the vault for several reads; what it is, is `vault.storage`'s."""

RecordId = str
"""26 lower-case base32 characters (16 bytes). Alone it names a record only as long as one desk holds
that id: a colleague's program may write any id into a desk of theirs (see `RecordKey`)."""


class RecordKey(str):
    """The identity of a record: its desk and its id. As text, and compared with text, it is the id;
    two keys are equal where both desk and id are. What the vault gives out it names so, and what it
    is given back so it finds where it was, whatever stands in another desk under the same id."""

    __slots__ = ("desk",)
    desk: str

    def __new__(cls, record: str, desk: str) -> RecordKey:
        """The key of a record by the ids of both, as text."""
        made = str.__new__(cls, record)
        made.desk = desk
        return made

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True and (
            not isinstance(other, RecordKey) or other.desk == self.desk
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__

    def __reduce__(self) -> tuple[type[RecordKey], tuple[str, str]]:
        """The way a copy is made."""
        return RecordKey, (str(self), self.desk)

    @property
    def full(self) -> str:
        """Both, as one text that `resolve` takes."""
        return f"{self!s}@{self.desk}"


class LinkedId(str):
    """The id of a record as another record names it: that one's own desk comes first where several
    hold a record of the id. To everybody else it is text."""

    __slots__ = ("desk",)
    desk: str

    def __new__(cls, record: str, desk: str) -> LinkedId:
        """The id as a record of that desk names it."""
        made = str.__new__(cls, record)
        made.desk = desk
        return made

    def __reduce__(self) -> tuple[type[LinkedId], tuple[str, str]]:
        """The way a copy is made."""
        return LinkedId, (str(self), self.desk)


class Desk(msgspec.Struct, frozen=True):
    """A compartment of the workspace that this device holds."""

    id: str
    name: str


class Device(msgspec.Struct, frozen=True):
    """A device of the workspace, as its membership has it. `removed`: an administrator ended it;
    `successor`: the device that took its place."""

    id: str
    member: str
    name: str
    role: str
    is_self: bool
    desks: tuple[str, ...] = ()
    removed: bool = False
    successor: str = ""
    travelling: bool = False

    @property
    def present(self) -> bool:
        """True if it is still of the workspace."""
        return not self.removed and not self.successor

    @property
    def label(self) -> str:
        """The name that a person would give it: the member, and the laptop where it has a name."""
        return f"{self.member} ({self.name})" if self.name else self.member


class Proposed(msgspec.Struct, frozen=True):
    """A dangerous act that waits for more administrators. `what`: a sentence; `mine`: this
    member stands behind it already."""

    id: str
    what: Message
    behind: tuple[str, ...]
    need: int
    mine: bool


class Author(msgspec.Struct, frozen=True):
    """The author of a value and the time (by their device's clock)."""

    device: str
    member: str
    time: datetime
    clock_suspect: bool = False
    """The writing device's clock was more than a day ahead of this one's at receipt."""


class Edit(msgspec.Struct, frozen=True):
    """One intended change of a record.

    op "set": the register takes `value` (None clears it). "beside": it takes the place of none; where
    another value stands, both do, and a person decides. "add"/"remove": of a set.
    """

    record: RecordId
    field: str
    value: Value
    op: Literal["set", "beside", "add", "remove"] = "set"


class Record(msgspec.Struct, frozen=True):
    """A record as it stands: `fields` hold the shown value of each register, `sets` the values
    of each set in a stable order. `conflicts` names registers with several standing values."""

    id: RecordId
    kind: str
    desk: str
    fields: dict[str, Value] = msgspec.field(default_factory=dict)
    sets: dict[str, list[Value]] = msgspec.field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    updated: datetime = EPOCH

    @property
    def deleted(self) -> bool:
        """Hidden by a person; nothing of it is lost."""
        return self.fields.get("deleted") is True

    def text(self, name: str) -> str:
        """A register as text; empty when unset."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else "" if value is None else str(value)


class Standing(msgspec.Struct, frozen=True):
    """One of the values that stand in a conflict."""

    value: Value
    author: Author
    shown: bool


class Conflict(msgspec.Struct, frozen=True):
    """A register that several people changed at the same time. `id` is stable: record.field. `into`: of
    a case that was merged into another one and written on since, the title of that."""

    id: str
    record: RecordId
    kind: str
    field: str
    title: str
    case: RecordId | None
    values: tuple[Standing, ...]
    into: str = ""


class Duplicate(msgspec.Struct, frozen=True):
    """Two records of one desk that are likely of the same person or case, the one that was here first
    in front. `why`: of `reference`, `person` (name and date of birth), `event` (a defender and a day),
    `crossed` (each was merged into the other)."""

    kind: str
    one: Record
    other: Record
    why: tuple[str, ...]


class Deleted(msgspec.Struct, frozen=True):
    """A record that somebody deleted: by whom and when, and the case that it belongs to."""

    id: RecordId
    kind: str
    title: str
    desk: str
    case: RecordId | None
    case_title: str
    author: Author


class HistoryEntry(msgspec.Struct, frozen=True):
    """One change of a record, newest first. `erased`: its content was removed, its place stays."""

    change_set: str
    field: str
    op: str
    value: Value
    author: Author
    erased: bool = False


class Change(msgspec.Struct, frozen=True):
    """The result of one write; views subscribe to it. `change_set` undoes it (`Vault.undo`)."""

    kinds: frozenset[str]
    records: frozenset[RecordId]
    change_set: str | None
    conflicts: int = 0


class CaseRow(msgspec.Struct, frozen=True):
    """One line of the case list."""

    id: RecordId
    title: str
    reference: str
    country: str
    status: str
    priority: str
    desk: str
    updated: datetime
    conflicts: int


class CaseFilter(msgspec.Struct, frozen=True):
    """The filter of the case list. Empty = all. `text` is a full-text search (prefix of each word)
    over a case and everything that belongs to it. `sort` names a column of `CaseRow`."""

    text: str = ""
    desk: str = ""
    country: str = ""
    status: str = ""
    priority: str = ""
    sort: Literal["updated", "title", "country", "status", "priority", "reference"] = "updated"
    descending: bool = True


class Hit(msgspec.Struct, frozen=True):
    """One record that a search found, with the case it belongs to."""

    id: RecordId
    kind: str
    title: str
    case: RecordId | None
    case_title: str
    snippet: str


class Info(msgspec.Struct, frozen=True):
    """The vault at a glance."""

    workspace: str
    workspace_id: str
    member: str
    device: str
    role: str
    desks: tuple[Desk, ...]
    language: str


class Waiting(msgspec.Struct, frozen=True):
    """The work that the coordinating server does not hold yet, as far as this device knows."""

    changes: int
    attachments: int
    oldest: datetime | None


def fields_of(record: Record) -> Fields:
    """A record as `CaseFile` holds it."""
    return {**record.fields, **record.sets, "id": record.id, "kind": record.kind}


class Belongs(msgspec.Struct, frozen=True):
    """The case (or visit, person) that a record belongs to, in one line."""

    id: RecordId
    kind: str
    title: str
    country: str = ""
    withheld: bool = False
    """True if it is marked as a whole as not to be shared."""


class Day(msgspec.Struct, frozen=True):
    """One line of the calendar. `day` and `latest`: ISO dates (`domain.agenda.Entry`).

    Of something that takes place, as far as they are known: the `country` of the place, its public
    `holiday` on that day, the `time` of day there, the time `zone`, and the `moment` in UTC."""

    day: str
    latest: str
    what: str
    record: Record
    of: Belongs | None
    country: str = ""
    holiday: str = ""
    time: str = ""
    zone: str = ""
    moment: datetime | None = None

    @property
    def certain(self) -> bool:
        """True if it is one day."""
        return self.day == self.latest


class Mark(msgspec.Struct, frozen=True):
    """The number of entries of one reason on a day. `day` and `latest` as in `Day`."""

    day: str
    latest: str
    what: str
    count: int


class Placed(msgspec.Struct, frozen=True):
    """A record with what it belongs to, and the next day that matters for it."""

    record: Record
    of: Belongs | None
    next_day: str = ""


class Pattern(msgspec.Struct, frozen=True):
    """The same value of a field in several cases."""

    field: str
    value: str
    shown: str
    cases: int
