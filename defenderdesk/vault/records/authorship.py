"""Authorship: known from the signed change sets, never from a field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from defenderdesk.domain import kinds
from defenderdesk.domain.values import Value
from defenderdesk.ledger import clock
from defenderdesk.ledger.changes import SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import located
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import EPOCH


def author(store: Store, record: str, field: str) -> str:
    """The member who wrote the shown value of a register; empty where nobody is known."""
    where = located.find(store.reader, record)
    state = State.unpack(located.row(store.reader, where, "state")[0]) if where else State()
    entries = [e for e in state.entries.get(field, ()) if e.op == SET]
    if not entries:
        return ""
    who = store.authors.get(entries[-1].stamp[1])
    return who.member if who else ""


@dataclass(frozen=True)
class Made:
    """A record as the device that made it wrote it: its registers, and when (by its clock)."""

    device: bytes
    member: str
    time: datetime
    fields: dict[str, Value]


def as_made(store: Store, state: State, names: Iterable[str], *, hidden: bool = False) -> Made | None:
    """A record's registers as the device that made it signed them last: what somebody else wrote
    into it, or hid, does not count. None where it is not known, or that device hid it (unless
    `hidden`: then hiding it ends nothing)."""

    def value(field: str, by: bytes | None) -> tuple[Value, bytes, str, datetime]:
        for entry in reversed(state.entries.get(field, [])):
            who = store.authors.get(entry.stamp[1])
            if entry.op == SET and who is not None and by in (None, who.device):
                return entry.value, who.device, who.member, clock.moment(entry.stamp[0])
        return None, b"", "", EPOCH

    _, device, member, time = value(kinds.KIND, None)
    if not device or (not hidden and value(kinds.DELETED, device)[0] is True):
        return None
    return Made(device, member, time, {name: value(name, device)[0] for name in names})
