"""Reading the chain of custody of a record: every change and act, in order, and what is wrong
with it: entries that are missing, devices nobody certified, clocks that cannot be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from defenderdesk.crypto import signing
from defenderdesk.domain import custody
from defenderdesk.domain.values import Value
from defenderdesk.errors import Message
from defenderdesk.ledger import branches, changes
from defenderdesk.ledger.branches import Branches, Fork, Seen
from defenderdesk.ledger.changes import NOTE, OPS
from defenderdesk.vault.custody import entries as written
from defenderdesk.vault.custody import signers, timestamps
from defenderdesk.vault.custody.timestamps import Stamp
from defenderdesk.vault.records import forks, past
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Author, Record

LATE_MS = 24 * 3600 * 1000
"""A clock that is so far behind what its device had seen already is called suspect."""


class Changed(NamedTuple):
    """One field that a step changed."""

    field: str
    op: str
    value: Value


@dataclass(frozen=True)
class Step:
    """One change set of a record. `act`: what was done, empty for a plain change of fields.
    `seq`: its number in its device's feed. `known`: the device is of the workspace. `erased`: how
    many of its changes have no content any more. `history`: of a device of which several
    histories exist, the number of the one it lies in; empty in what they share, and else."""

    author: Author
    seq: int
    act: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)
    detail: Mapping[str, str | int] = field(default_factory=dict)
    changed: tuple[Changed, ...] = ()
    known: bool = True
    late: bool = False
    erased: int = 0
    history: str = ""


@dataclass(frozen=True)
class Chain:
    """A record's history from its first change, the oldest first. `marks`: what is wrong or
    lacking, in sentences. `stamps`: timestamps over what this record's first device signed.
    `forks`: where histories part in which its entries lie."""

    record: Record
    steps: list[Step]
    marks: list[Message]
    stamps: list[Stamp]
    forks: list[Fork] = field(default_factory=list)

    @property
    def origin(self) -> Step | None:
        """The step that took it in, or made it."""
        named = [s for s in self.steps if s.act == custody.INGESTED]
        return (named or self.steps or [None])[0]  # type: ignore[list-item]


def read(store: Store, record: Record, kept: Iterable[Stamp] = ()) -> Chain:
    """The chain of custody of a record; `kept`: the timestamps that this vault holds. Reads every
    change set that touched it."""
    with store.snapshot() as conn, guard():
        found = written.all_of(conn, record.id)
        gaps = _gaps(store, conn, record.desk)
        desk = written.desk_row(conn, record.id)
        seen = written.seen_in(conn, desk, found)
        parted = branches.around(forks.tree(conn, desk), [one.feed for one in found])
        found.sort(key=lambda one: (one.head.hlc, one.feed, one.head.seq))
        stamped: list[Stamp] = []
        if found:
            first = signing.id_text(found[0].feed)
            seq = found[0].head.seq
            stamped = timestamps.covering(store, conn, kept, record.desk, first, seq)
    present = {(f.feed, f.head.seq): f for f in found}
    marks: list[Message] = []
    steps = []
    for one in found:
        step = _step(store, one, present, seen, parted, marks)
        steps.append(step)
        if not step.known:
            marks.append(
                Message(
                    "An entry is by a device that is not known here: {device}.", device=step.author.device[:8]
                )
            )
        if step.author.clock_suspect:
            marks.append(
                Message(
                    "The clock of {member} was ahead when an entry was written.", member=step.author.member
                )
            )
        if step.late:
            marks.append(
                Message(
                    "The clock of {member} was behind when an entry was written.", member=step.author.member
                )
            )
        if step.erased:
            marks.append(
                Message("Of an entry by {member} the content was erased.", member=step.author.member)
            )
    if record.kind == "attachment" and not record.text("sha512"):
        marks.append(Message("The SHA-512 was not recorded when it was taken in."))
    unique = {(m.text, *sorted((k, str(v)) for k, v in m.facts.items())): m for m in marks}
    told = branches.told(parted, present)
    return Chain(record, steps, [*unique.values(), *gaps], stamped, told)


def _step(
    store: Store,
    one: written.Found,
    present: dict[tuple[bytes, int], written.Found],
    seen: Seen,
    parted: Branches,
    marks: list[Message],
) -> Step:
    """One step; adds to `marks` what its act names and is not here as it was."""
    kept = [data for _, data in one.items if data is not None]
    act, detail, changed = None, {}, []
    for name, op, value, _ in changes.read_changes(kept, one.feed):
        if op == NOTE and name == custody.FIELD:
            act = custody.read(value)
        elif op == NOTE and name == custody.DETAIL:
            detail = custody.read_facts(value) or {}
        elif name != "chunks":
            changed.append(Changed(name, OPS[op], value))
    late = False
    for before in act.follows if act else ():
        named = branches.named(before.device)
        where = seen.find(named, before.seq, before.header)
        who = signers.member(store, named) or before.device[:8]
        if where is None and not seen.differs(named, before.seq):
            marks.append(
                Message("An entry of {member} (number {seq}) is not here.", member=who, seq=before.seq)
            )
        elif where is None:
            marks.append(
                Message(
                    "An entry of {member} (number {seq}) is not the one that others saw.",
                    member=who,
                    seq=before.seq,
                )
            )
        else:
            other = present[(where, before.seq)]
            late |= (other.head.hlc >> 16) > (one.head.hlc >> 16) + LATE_MS
    device = branches.origin(parted, one.feed)
    return Step(
        past.author(store, device, one.head.hlc),
        one.head.seq,
        act.name if act else "",
        act.facts if act else {},
        detail,
        tuple(changed),
        signers.signing_key(store, device) is not None,
        late,
        len(one.items) - len(kept),
        branches.labels(parted).get(one.feed, ""),
    )


def _gaps(store: Store, conn: Connection, desk: str) -> list[Message]:
    """Ranges of the desk's feeds that have not arrived, though later ones have."""
    out = []
    for device, held, first in conn.execute(
        "SELECT f.device, f.held, min(h.first) FROM held_ranges h JOIN feeds f ON f.num = h.feed "
        "JOIN desks d ON d.num = f.desk WHERE d.id = ? GROUP BY f.num ORDER BY f.num",
        (signing.id_bytes(desk),),
    ).fetchall():
        who = signers.member(store, bytes(device)) or signing.id_text(device)[:8]
        out.append(
            Message(
                "Changes {first} to {last} of {member} are not here; entries may be among them.",
                first=held + 1,
                last=first - 1,
                member=who,
            )
        )
    return out
