"""Emergency packages of this office: how each stands, check-ins, releasing, drills, ending.

A package (record `emergency`) counts as the device that made it signed it, a step as the device
that took it: nobody checks in, or releases, in another's name. What a colleague of the same desk
can do is to write a check-in that was none; it carries their name.

Each person who may release holds a piece, sealed to their own laptops. Releasing opens it and
seals it to the partner: no piece ever lies open in the ledger.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from defenderdesk.bundle.emergency import MAX_HOLDERS
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import parse_recipient
from defenderdesk.domain import checkins
from defenderdesk.domain.checkins import Agreement, Standing
from defenderdesk.domain.kinds import EMERGENCY, EMERGENCY_STEP
from defenderdesk.domain.values import Value
from defenderdesk.errors import DamagedError, EmergencyError
from defenderdesk.ledger.changes import SET
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import authorship, located, query
from defenderdesk.vault.records.located import Place
from defenderdesk.vault.storage.database import Connection
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import EPOCH

PIECE, HANDED, CHECK_IN, WAIT = "piece", "handed", "check_in", "wait"
SERVER_RELEASE = "server_release"
RELEASE, DRILL, DRILL_RELEASE, DRILL_DONE = "release", "drill", "drill_release", "drill_done"
_STEP = ("what", "at", "until", "holder", "drill", "piece", "note")
_MADE = (
    "case",
    "title",
    "person",
    "organisation",
    "agreed",
    "prepared",
    "need",
    "holders",
    "check_ins",
    "package",
    "hashes",
    "drill_hashes",
    "drill_seed",
    "token",
    "server",
    "timed",
    "key",
    "share_id",
    "content",
    "sha256",
)
_BINDING = (
    "package",
    "need",
    "holders",
    "check_ins",
    "hashes",
    "drill_hashes",
    "drill_seed",
    "token",
    "server",
    "timed",
    "key",
)
"""Fields that decide who releases it, when, and to whom: whoever else writes it spoils the
package."""
_TERMS = b"defenderdesk.org/v1/emergency-terms\x00"
_FAR = 9000
SERVER = ""
"""The server's name among those who released."""


@dataclass(frozen=True)
class Step:
    """One step of one person with a package. `at`: when, as their device says; `stamped`: not
    before what that device had seen of its colleagues."""

    id: str
    what: str
    at: datetime
    stamped: datetime
    member: str
    until: datetime | None = None
    holder: str = ""
    drill: str = ""
    piece: str = ""
    note: str = ""


@dataclass(frozen=True)
class Emergency:
    """A package as its maker signed it, and its steps, the oldest first. `altered`: somebody else
    wrote over what the maker signed; it has to be prepared anew."""

    id: str
    desk: str
    case: str
    title: str
    organisation: str
    agreed: str
    prepared: str
    maker: str
    need: int
    holders: tuple[str, ...]
    agreement: Agreement | None
    number: bytes
    hashes: tuple[bytes, ...]
    drill_hashes: tuple[bytes, ...]
    drill_seed: bytes
    token: bytes
    server: str
    timed: bytes
    key: str
    share_id: str
    content: Mapping[str, Value]
    sha256: str
    ended: str
    ended_why: str
    altered: bool
    terms: bytes
    steps: tuple[Step, ...]

    def of(self, *what: str) -> list[Step]:
        """Its steps of these kinds."""
        return [step for step in self.steps if step.what in what]

    @property
    def live(self) -> bool:
        """True if it can still be released."""
        return not self.ended and not self.altered

    def released_by(self, drill: str = "") -> list[str]:
        """The persons who released it (or this drill), each once; `SERVER` where the server did."""
        what = DRILL_RELEASE if drill else RELEASE
        found = [s.member for s in self.of(what) if s.drill == drill and s.piece]
        persons = [one for one in dict.fromkeys(found) if one in self.holders]
        by_server = not drill and self.timed and self.of(SERVER_RELEASE)
        return [*persons, SERVER] if by_server else persons

    def released(self, drill: str = "") -> bool:
        """Tells whether as many persons released it as are needed."""
        return len(self.released_by(drill)) >= self.need

    @property
    def drill(self) -> Step | None:
        """The drill that goes on, or None."""
        done = {step.drill for step in self.of(DRILL_DONE)}
        latest = self.of(DRILL)[-1:]
        return latest[0] if latest and latest[0].id not in done else None

    @property
    def drilled(self) -> datetime | None:
        """The time at which a drill last went through."""
        return max((step.at for step in self.of(DRILL_DONE)), default=None)

    def standing(self, now: datetime, believed_until: datetime | None = None) -> Standing | None:
        """The state of its check-ins; None where none were agreed. See `checkins.standing`."""
        if self.agreement is None:
            return None
        heard = [time for step in self.of(CHECK_IN) for time in (step.at, step.stamped)]
        waits = [
            (time, time + (step.until - step.at))
            for step in self.of(WAIT)
            if step.until and step.until - step.at <= checkins.MOST_WAIT
            for time in (step.at, step.stamped)
        ]
        return checkins.standing(self.agreement, heard, waits, now, believed_until)


def read(store: Store, record: str) -> Emergency | None:
    """A package by its record's id; None where there is none."""
    with store.snapshot() as conn:
        return _at(store, conn, located.find(conn, record))


def _at(store: Store, conn: Connection, where: Place | None) -> Emergency | None:
    if where is None:
        return None
    row = conn.execute(
        "SELECT r.id, r.state, d.id FROM records r JOIN desks d ON d.num = r.desk "
        "WHERE r.num = ? AND r.kind = ?",
        (where.num, EMERGENCY.name),
    ).fetchone()
    return _read(store, conn, row) if row else None


def need(store: Store, record: str) -> Emergency:
    """As `read`. Raises `EmergencyError` for a package that cannot be used."""
    found = read(store, record)
    if found is None or not found.live:
        raise EmergencyError(what="it has ended, or somebody altered it; prepare a new one")
    return found


def all_of(store: Store, case: str = "") -> list[Emergency]:
    """Every package (of a case) whose content was not erased, the newest first. Hiding the record
    ends nothing: who wants that says why."""
    with store.snapshot() as conn:
        if case:
            of = located.place(conn, case)
            rows = conn.execute(
                "SELECT desk, id, num FROM records WHERE parent = ? AND desk = ? AND kind = ? ORDER BY num",
                (of.id, of.desk, EMERGENCY.name),
            )
            places: list[Place | None] = [Place(*row) for row in rows.fetchall()]
        else:
            places = [located.find(conn, r.id) for r in query.few(conn, EMERGENCY.name)]
        found = [_at(store, conn, where) for where in reversed(places)]
    return [one for one in found if one is not None and one.number]


def _read(store: Store, conn: Connection, row: tuple[Any, ...]) -> Emergency:
    state = State.unpack(row[1])
    shown = state.registers()
    made = authorship.as_made(store, state, _MADE, hidden=True)
    fields: Mapping[str, Value] = made.fields if made else {}
    holders, content = fields.get("holders"), fields.get("content")
    names = tuple(str(h) for h in holders) if isinstance(holders, list) else ()
    number, hashes = data(fields.get("package")), _hashes(fields.get("hashes"))
    drill_hashes, wanted = _hashes(fields.get("drill_hashes")), fields.get("need")
    timed, key = data(fields.get("timed")), register(fields, "key")
    ended = str(shown.get("ended") or "")
    pieces = len(names) + bool(fields.get("timed"))
    sound = (
        made is not None
        and type(wanted) is int
        and 1 <= wanted <= min(2, len(names))
        and pieces <= MAX_HOLDERS
        and len(hashes) == len(drill_hashes) == pieces
        and len(number) == 16
        and _is_key(key)
    )
    return Emergency(
        id=located.key(row[0], row[2]),
        desk=signing.id_text(bytes(row[2])),
        case=register(fields, "case") or str(shown.get("case") or ""),
        title=register(fields, "title") or str(shown.get("title") or ""),
        organisation=str(shown.get("organisation") or ""),  # two may have been merged since
        agreed=register(fields, "agreed"),
        prepared=register(fields, "prepared"),
        maker=made.member if made else "",
        need=wanted if type(wanted) is int else 1,
        holders=names,
        agreement=Agreement.of(fields.get("check_ins")),
        number=number,
        hashes=hashes,
        drill_hashes=drill_hashes,
        drill_seed=data(fields.get("drill_seed")),
        token=data(fields.get("token")),
        server=register(fields, "server"),
        timed=timed,
        key=key,
        share_id=register(fields, "share_id"),
        content=content if isinstance(content, dict) else {},
        sha256=register(fields, "sha256"),
        ended=ended,
        ended_why=str(shown.get("ended_why") or ""),
        altered=not sound or _written_by_others(store, state, made.device if made else b""),
        terms=_terms(fields),
        steps=tuple(sorted(_steps(store, conn, row), key=lambda s: (s.at, s.stamped, s.id))),
    )


@lru_cache(maxsize=256)  # a hybrid key is long, and read for each package at each look
def _is_key(text: str) -> bool:
    try:
        parse_recipient(text)
    except DamagedError:
        return False
    return True


def _terms(fields: Mapping[str, Value]) -> bytes:
    """The agreement of the persons who may release it, in 32 bytes; each piece holds them."""
    told = {name: fields[name] for name in _BINDING if fields.get(name) not in (None, "")}
    return terms_of(told)


def terms_of(told: Mapping[str, Value]) -> bytes:
    """The same, of a record that is about to be written."""
    agreed = {name: told[name] for name in _BINDING if told.get(name) not in (None, "")}
    return hashlib.sha256(_TERMS + canonical.encode(agreed)).digest()


def _written_by_others(store: Store, state: State, maker: bytes) -> bool:
    """Tells whether another device wrote something of what the maker's decides."""
    for name in _BINDING:
        for entry in state.entries.get(name, ()):
            who = store.authors.get(entry.stamp[1])
            if entry.op == SET and (who is None or who.device != maker):
                return True
    return False


def _steps(store: Store, conn: Connection, row: tuple[Any, ...]) -> Iterator[Step]:
    """Its steps, of its own desk alone; a drill that anybody hid was broken off."""
    rows = conn.execute(
        "SELECT r.id, r.state, r.deleted FROM records r JOIN desks d ON d.num = r.desk "
        "WHERE r.parent = ? AND r.kind = ? AND d.id = ?",
        (row[0], EMERGENCY_STEP.name, row[2]),
    ).fetchall()
    for rid, packed, hidden in rows:
        made = authorship.as_made(store, State.unpack(packed), _STEP)
        if made is None or not made.fields["what"]:
            continue
        if hidden and made.fields["what"] == DRILL:
            continue
        at = checkins.read(made.fields["at"])
        yield Step(
            located.key(rid, row[2]),
            register(made.fields, "what"),
            at or made.time or EPOCH,
            made.time if made.time.year < _FAR else at or EPOCH,
            made.member,
            checkins.read(made.fields["until"]),
            register(made.fields, "holder"),
            register(made.fields, "drill"),
            register(made.fields, "piece"),
            register(made.fields, "note"),
        )


def register(fields: Mapping[str, Value], name: str) -> str:
    """A register as text; empty where it is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def data(value: Value) -> bytes:
    """The bytes that a value holds in base64; empty where it holds none."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (ValueError, binascii.Error):
        return b""


def _hashes(value: Value) -> tuple[bytes, ...]:
    return tuple(data(one) for one in value) if isinstance(value, list) else ()
