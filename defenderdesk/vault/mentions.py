"""What other records say of somebody who is erased: found in all desks that this device holds.

Search looks at what stands now, values in conflict as well; deleted records are read besides, for
they still hold their content. Not looked at: earlier values of other records, the content of
attached files, and notes of the chain of custody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.domain.kinds import Type
from defenderdesk.domain.values import Value
from defenderdesk.ledger.changes import ADD, SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault import named, project, queries
from defenderdesk.vault.database import Connection
from defenderdesk.vault.erasure import CONFIRMED, ERASED
from defenderdesk.vault.named import Name
from defenderdesk.vault.store import Store

MOST = 200
"""Findings in one answer."""
MOST_NAMES = 20
_READ = 2000
"""Records that are read for one answer, and as many deleted ones."""
_NAMING = {
    kinds.PERSON.name: ("name", "other_names", "phone", "email"),
    kinds.ORGANISATION.name: ("name", "other_names", "phone", "email"),
    kinds.INVOLVEMENT.name: ("name",),
    kinds.SOURCE.name: ("name",),
    kinds.CASE.name: ("reference",),
}
"""The fields that name somebody or something."""
_OF_A_CASE = (kinds.INVOLVEMENT.name, kinds.SOURCE.name)
_WORDS = (Type.TEXT, Type.PARAGRAPH, Type.URL)
_NEVER = frozenset({kinds.KIND, kinds.DELETED, kinds.WITHHELD, ERASED, CONFIRMED})

Leaving = Mapping[str, Sequence[str]]
"""Records that are erased → the fields, none for all."""


@dataclass(frozen=True)
class Mention:
    """A field of another record that names somebody. `whole`: by the whole name. `case`: the
    title of the case that it belongs to."""

    record: str
    kind: str
    title: str
    case: str
    desk: str
    field: str
    sentence: str
    whole: bool
    deleted: bool

    @property
    def place(self) -> tuple[str, str]:
        """What `erasure.erase` takes: (record, field)."""
        return self.record, self.field


@dataclass(frozen=True)
class Found:
    """Whole names first, then the newest. `more`: records with one of the words that are not
    shown."""

    mentions: tuple[Mention, ...]
    more: int


def names_of(store: Store, leaving: Leaving) -> list[str]:
    """How those are named, now and earlier, who are erased: the records by their naming fields; a
    case by its reference and by who is in it."""
    out: dict[str, None] = {}
    for record, fields in leaving.items():
        found = queries.get(store.reader, record)
        naming = _NAMING.get(found.kind, ())
        wanted = {f for f in naming if not fields or f in fields}
        for entry in queries.history(store, record) if wanted else ():
            if entry.field in wanted and entry.op in ("set", "add"):
                out.update(dict.fromkeys(_texts(entry.value)))
        if found.kind == kinds.CASE.name and not fields:
            for child in queries.children(store.reader, record):
                if child.kind in _OF_A_CASE and child.fields.get("part") != "perpetrator":
                    out.update(dict.fromkeys(_texts(child.fields.get("name"))))
    known = [name for name in out if named.name_of(name)]
    return list({" ".join(name.split()).casefold(): name for name in known}.values())[:MOST_NAMES]


def find(store: Store, names: Sequence[str], leaving: Leaving) -> Found:
    """The fields of other records that hold one of these names, or a word of one."""
    wanted = [name for text in names[:MOST_NAMES] if (name := named.name_of(text))]
    if not wanted:
        return Found((), 0)
    with store.snapshot() as conn:
        nums, total = _candidates(conn, wanted)
        out: list[Mention] = []
        read = 0
        for num in nums:
            if len(out) >= MOST:
                break
            read += 1
            out += _in_record(conn, num, wanted, leaving)
        for (num,) in conn.execute(
            "SELECT num FROM records WHERE deleted = 1 ORDER BY num DESC LIMIT ?", (_READ,)
        ).fetchall():
            if len(out) >= MOST:
                break
            out += _in_record(conn, num, wanted, leaving)
    out.sort(key=lambda mention: not mention.whole)
    return Found(tuple(out[:MOST]), total - read)


def _candidates(conn: Connection, wanted: list[Name]) -> tuple[list[int], int]:
    """Records that may name them, those with whole names first; how many there are in all."""
    nums: dict[int, None] = {}
    for match in (named.whole(wanted), named.part(wanted)):
        rows = conn.execute(
            "SELECT rowid FROM found WHERE found MATCH ? ORDER BY rowid DESC LIMIT ?",
            (match, _READ),
        ).fetchall()
        nums.update(dict.fromkeys(row[0] for row in rows))
    [total] = conn.execute(
        "SELECT count(*) FROM found WHERE found MATCH ?", (named.part(wanted),)
    ).fetchone()
    return list(nums), max(int(total), len(nums))


def _in_record(conn: Connection, num: int, wanted: list[Name], leaving: Leaving) -> list[Mention]:
    row = conn.execute(
        "SELECT r.id, r.kind, r.state, r.deleted, d.name, c.title FROM records r "
        "JOIN desks d ON d.num = r.desk LEFT JOIN cases c ON c.num = coalesce("
        "(SELECT p.num FROM records p WHERE p.id = r.parent AND p.desk = r.desk), r.num) "
        "WHERE r.num = ?",
        (num,),
    ).fetchone()
    if row is None:
        return []
    rid, kind, packed, deleted, desk, case = row
    record, state = signing.id_text(rid), State.unpack(packed)
    gone = leaving.get(record)
    if gone is not None and not gone:
        return []
    title = project.title(state.registers(), kind)
    out = []
    for field, texts in _fields(state, kind):
        if gone and field in gone:
            continue
        told = [t for text in texts if (t := named.sentence_in(text, wanted))]
        if told:
            best = next((t for t in told if t.whole), told[0])
            out.append(
                Mention(
                    record, kind, title, case or "", desk, field, best.sentence, best.whole,
                    bool(deleted),
                )
            )  # fmt: skip
    return out


def _fields(state: State, kind: str) -> Iterator[tuple[str, list[str]]]:
    """Fields that a person wrote, with every text that stands in them."""
    known = kinds.kind_of(kind)
    for field, entries in state.entries.items():
        described = known.field(field)
        if field in _NEVER or (described is not None and described.type not in _WORDS):
            continue
        texts = [t for e in entries if e.op in (SET, ADD) for t in _texts(e.value)]
        if texts:
            yield field, texts


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
