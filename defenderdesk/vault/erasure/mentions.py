"""Mentions in other records of somebody who is erased: found in all desks that this device holds.

Every value that the ledger still holds is looked at, of deleted records as well, and earlier ones:
the index of the search knows only what stands now, and what is left in the history is not erased.
Not looked at: the content of attached files, and notes of the chain of custody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from defenderdesk.domain import kinds
from defenderdesk.domain.kinds import Type
from defenderdesk.domain.names import Matcher
from defenderdesk.ledger.changes import ADD, SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault.erasure import full_history, name_match
from defenderdesk.vault.erasure.erase import CONFIRMED, ERASED
from defenderdesk.vault.erasure.name_match import Told
from defenderdesk.vault.records import located, past, projection, query
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import Progress

MOST = 200
"""Findings in one answer."""
MOST_NAMES = 20
_COUNTED = 100_000
"""More findings than that are not counted one by one."""
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
Spot = tuple[tuple[int, bytes], str]
"""((desk, record), field)"""


@dataclass(frozen=True)
class Mention:
    """A field of another record that names somebody. `whole`: by the whole name. `case`: the
    title of the case that it belongs to. `earlier`: not as it stands now, but as it stood once."""

    record: str
    kind: str
    title: str
    case: str
    desk: str
    field: str
    sentence: str
    whole: bool
    deleted: bool
    earlier: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """The selection that `erasure.erase` takes."""
        return self.record, self.field


@dataclass(frozen=True)
class Found:
    """Whole names first. `more`: fields with one of the words, at least, that are not shown."""

    mentions: tuple[Mention, ...]
    more: int


def names_of(store: Store, leaving: Leaving) -> list[str]:
    """The names of those, now and earlier, who are erased: the records by their naming fields; a
    case by its reference and by who is in it."""
    out: dict[str, None] = {}
    for record, fields in leaving.items():
        found = query.get(store.reader, record)
        naming = _NAMING.get(found.kind, ())
        wanted = {f for f in naming if not fields or f in fields}
        for entry in past.history(store, record) if wanted else ():
            if entry.field in wanted and entry.op in ("set", "add"):
                out.update(dict.fromkeys(full_history.texts_of(entry.value)))
        if found.kind == kinds.CASE.name and not fields:
            for child in query.children(store.reader, record):
                if child.kind in _OF_A_CASE and child.fields.get("part") != "perpetrator":
                    out.update(dict.fromkeys(full_history.texts_of(child.fields.get("name"))))
    known = [name for name in out if name_match.searchable(name)]
    return list({" ".join(name.split()).casefold(): name for name in known}.values())[:MOST_NAMES]


def find(store: Store, names: Sequence[str], leaving: Leaving, progress: Progress | None = None) -> Found:
    """The fields of other records that hold, or held, one of these names or a word of one."""
    wanted = name_match.matcher(names[:MOST_NAMES])
    if not wanted.people:
        return Found((), 0)
    with store.snapshot() as conn:
        told, beyond = _told(conn, wanted, leaving, progress)
        out = [m for spot, t in told.items() if (m := _mention(conn, spot, t, wanted))]
    out.sort(key=lambda mention: (not mention.whole, mention.earlier))
    return Found(tuple(out), beyond)


def _told(
    conn: Connection, wanted: Matcher, leaving: Leaving, progress: Progress | None
) -> tuple[dict[Spot, Told], int]:
    """Places with the sentence that names them, whole names before parts; how many more."""
    whole: dict[Spot, Told] = {}
    part: dict[Spot, Told] = {}
    beyond: set[Spot] = set()
    goes = {
        (place.desk, place.id): fields
        for record, fields in leaving.items()
        if (place := located.find(conn, record)) is not None
    }
    for where, field, text in full_history.texts(conn, progress):
        spot = where, field
        if field in _NEVER or spot in whole or _goes(goes.get(where), field):
            continue
        found = name_match.sentence_in(text, wanted)
        if found is None or (spot in part and not found.whole) or not _in_words(conn, where, field):
            continue
        kept = whole if found.whole else part
        if len(kept) < MOST:
            kept[spot] = found
            if found.whole:
                part.pop(spot, None)
                beyond.discard(spot)
        elif len(beyond) < _COUNTED:
            beyond.add(spot)
    parts = list(part.items())
    room = MOST - len(whole)
    return whole | dict(parts[:room]), len(beyond) + max(len(parts) - room, 0)


def _mention(conn: Connection, spot: Spot, told: Told, wanted: Matcher) -> Mention | None:
    """The finding, in the words of now where they name as much as those of before."""
    (desk_row, rid), field = spot
    row = conn.execute(
        "SELECT r.kind, r.state, r.deleted, d.name, c.title, d.id FROM records r "
        "JOIN desks d ON d.num = r.desk LEFT JOIN cases c ON c.num = coalesce("
        "(SELECT p.num FROM records p WHERE p.id = r.parent AND p.desk = r.desk), r.num) "
        "WHERE r.id = ? AND r.desk = ?",
        (rid, desk_row),
    ).fetchone()
    if row is None:
        return None
    kind, packed, deleted, desk, case, desk_id = row
    state = State.unpack(packed)
    entries = state.entries.get(field, ())
    stands = [t for e in entries if e.op in (SET, ADD) for t in full_history.texts_of(e.value)]
    now = [t for text in stands if (t := name_match.sentence_in(text, wanted))]
    best = next((t for t in now if t.whole or not told.whole), None)
    return Mention(
        located.key(rid, desk_id),
        kind,
        projection.title(state.registers(), kind),
        case or "",
        desk,
        field,
        (best or told).sentence,
        told.whole,
        bool(deleted),
        best is None,
    )


def _in_words(conn: Connection, where: tuple[int, bytes], field: str) -> bool:
    """Tells whether a person writes words there, rather than choosing a code or a link."""
    row = conn.execute("SELECT kind FROM records WHERE desk = ? AND id = ?", where).fetchone()
    described = kinds.kind_of(row[0]).field(field) if row else None
    return described is None or described.type in _WORDS


def _goes(fields: Sequence[str] | None, field: str) -> bool:
    """Tells whether a field is erased anyway, of a record of which these are (none: all)."""
    return fields is not None and (not fields or field in fields)
