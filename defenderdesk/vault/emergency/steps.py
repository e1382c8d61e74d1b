"""Steps of an emergency package: check-ins, pauses, releasing, drills, ending.

Each person who may release holds a piece, sealed to their own laptops. Releasing opens it and
seals it to the partner: no piece ever lies open in the ledger.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from defenderdesk.bundle import emergency as sealing
from defenderdesk.bundle.emergency import Letter
from defenderdesk.bundle.membership import Member
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import HybridRecipient, open_bytes, parse_recipient, seal_bytes
from defenderdesk.domain import checkins, custody
from defenderdesk.domain.kinds import EMERGENCY_STEP, KIND
from defenderdesk.domain.values import Value
from defenderdesk.errors import EmergencyError, Message, UsageError, WorldError
from defenderdesk.vault.custody import entries
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.emergency.packages import (
    CHECK_IN,
    DRILL,
    DRILL_DONE,
    DRILL_RELEASE,
    HANDED,
    PIECE,
    RELEASE,
    SERVER_RELEASE,
    WAIT,
    Emergency,
    Step,
)
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.records import query, writing
from defenderdesk.vault.records.writing import new_id
from defenderdesk.vault.storage.store import Store
from defenderdesk.vault.types import EPOCH, Change, Edit

_VERSION = 1
MAX_REASON = 2000
"""Characters of why somebody releases it: it travels in a letter of at most 64 KiB."""


def step_edits(record: str, emergency: str, fields: Mapping[str, str]) -> list[Edit]:
    """The edits that make a step."""
    edits = [Edit(record, KIND, EMERGENCY_STEP.name), Edit(record, "emergency", emergency)]
    return edits + [Edit(record, name, value) for name, value in fields.items() if value]


def _take(store: Store, found: Emergency, fields: Mapping[str, str]) -> Change:
    at = checkins.written(now(store))
    return writing.save(store, step_edits(new_id(), found.id, {"at": at, **fields}), found.desk or None)


def now(store: Store) -> datetime:
    """This machine's time."""
    return EPOCH + timedelta(milliseconds=store.now_ms())


def check_in(store: Store, record: str, note: str = "") -> Change:
    """They were heard from: the next check-in is counted from now. It stops every alarm."""
    return _take(store, packages.need(store, record), {"what": CHECK_IN, "note": note})


def wait(store: Store, record: str, until: datetime, note: str = "") -> Change:
    """Nothing is released by itself before `until`, at most seven days ahead."""
    found = packages.need(store, record)
    ahead = until - now(store)
    if not checkins.NOTHING < ahead <= checkins.MOST_WAIT:
        raise EmergencyError(what="one can wait for at most seven days at a time")
    return _take(store, found, {"what": WAIT, "until": checkins.written(until), "note": note})


def handed(store: Store, record: str, note: str = "") -> Change:
    """The partner has the file."""
    return _take(store, packages.need(store, record), {"what": HANDED, "note": note})


# -- pieces -------------------------------------------------------------------------------------


def devices_of(store: Store, desk: str, member: str) -> list[Member]:
    """A person's laptops that hold a desk; nothing is sealed for one that travels."""
    desk_id = signing.id_bytes(desk)
    return [
        one
        for one in store.members.values()
        if one.member == member and one.present and not one.travelling and desk_id in one.desks
    ]


def persons(store: Store, desk: str) -> list[str]:
    """Those who could hold a piece: the members of a desk, each once."""
    desk_id = signing.id_bytes(desk)
    return sorted(
        {
            one.member
            for one in store.members.values()
            if one.present and not one.travelling and desk_id in one.desks
        }
    )


def piece_step(
    store: Store, desk: str, member: str, terms: bytes, index: int, piece: str, drill: str
) -> dict[str, str]:
    """A person's pieces, sealed to their laptops, as a step holds them: of a package of these
    `terms` and no other. Its note says to which laptops."""
    content = canonical.encode([_VERSION, terms, index, piece, drill])
    to = devices_of(store, desk, member)
    if not to:
        raise EmergencyError(what=Message("{member} has no laptop with this desk", member=member))
    sealed = seal_bytes(content, [HybridRecipient(one.recipient) for one in to])
    return {
        "what": PIECE,
        "holder": member,
        "piece": base64.b64encode(sealed).decode(),
        "note": " ".join(signing.id_text(one.device) for one in to),
    }


@dataclass(frozen=True)
class _Piece:
    index: int
    piece: str
    drill: str


def _mine(store: Store, found: Emergency) -> _Piece | None:
    """This person's pieces, if this laptop opens them and they are the right ones."""
    own = store.members.get(store.device)
    if own is None or own.member not in found.holders:
        return None
    index, openers = found.holders.index(own.member), rekey.openers(store)
    for step in reversed(found.of(PIECE)):
        if not _for(step, found, own.member):
            continue
        try:
            value = canonical.decode(open_bytes(packages.data(step.piece), openers))
            version, terms, at, piece, drill = value
        except (WorldError, ValueError, TypeError):
            continue
        if (
            canonical.is_version(version, _VERSION)
            and (terms, at) == (found.terms, index)
            and sealing.piece_hash(found.number, False, str(piece)) == found.hashes[index]
            and sealing.piece_hash(found.number, True, str(drill)) == found.drill_hashes[index]
        ):
            return _Piece(index, str(piece), str(drill))
    return None


def _for(step: Step, found: Emergency, member: str) -> bool:
    """Tells whether a step holds this person's pieces, as the maker sealed them or they
    themselves."""
    return step.holder == member and step.member in (found.maker, member) and bool(step.piece)


def can_release(store: Store, found: Emergency) -> bool:
    """Tells whether this laptop holds a piece that opens."""
    return found.live and _mine(store, found) is not None


def maintain(store: Store) -> int:
    """Seals this person's pieces to a laptop of theirs that has come since, and erases what came of
    a package that had ended; how many."""
    done = 0
    own = store.members.get(store.device)
    for found in packages.all_of(store) if own is not None and own.present else ():
        if found.ended:
            with contextlib.suppress(UsageError):  # a colleague's record stops no exchange
                done += _shut(store, found, found.ended_why)
        if own is None or not found.live or own.member not in found.holders:
            continue
        there = {signing.id_text(d.device) for d in devices_of(store, found.desk, own.member)}
        if there <= _sealed_to(found, own.member) or (piece := _mine(store, found)) is None:
            continue
        step = piece_step(store, found.desk, own.member, found.terms, piece.index, piece.piece, piece.drill)
        _take(store, found, step)
        done += 1
    return done


def _sealed_to(found: Emergency, member: str) -> set[str]:
    """The laptops that a person's pieces were sealed to."""
    return {device for step in found.of(PIECE) if _for(step, found, member) for device in step.note.split()}


def lost(store: Store, found: Emergency) -> list[str]:
    """Persons who can no longer release it: no laptop that got their piece is there any more."""
    return [one for one in found.holders if not _able(store, found, one)]


def away(store: Store, found: Emergency) -> list[str]:
    """Persons who cannot release it until they are back: their laptops travel."""
    out = []
    for member in found.holders:
        able = _able(store, found, member)
        if able and all(one.travelling for one in able):
            out.append(member)
    return out


def _able(store: Store, found: Emergency, member: str) -> list[Member]:
    """The laptops of a person that got their piece, or took the place of one that did."""
    desk, sealed, roster = signing.id_bytes(found.desk), _sealed_to(found, member), store.roster
    got = {
        latest.device: latest
        for device in roster.devices
        if signing.id_text(device) in sealed and (latest := roster.latest(device)) is not None
    }
    return [m for m in got.values() if m.present and m.member == member and desk in m.desks]


# -- releasing ----------------------------------------------------------------------------------


def release(store: Store, record: str, reason: str = "", drill: str = "") -> Change:
    """This person's release: their piece, sealed to the partner. Of a drill, the drill's piece.
    Raises `EmergencyError` where this laptop holds no piece."""
    found = packages.need(store, record)
    if len(reason) > MAX_REASON:
        raise EmergencyError(what="the reason is too long; say it in a few sentences")
    if drill and drill not in {step.id for step in found.of(DRILL)}:
        raise EmergencyError(what="there is no such drill")
    piece = _mine(store, found)
    own = store.members.get(store.device)
    if piece is None or own is None:
        raise EmergencyError(what="no piece of it is for this laptop")
    letter = Letter(
        found.number,
        signing.id_bytes(drill) if drill else b"",
        piece.index,
        piece.drill if drill else piece.piece,
        own.member,
        reason,
    )
    sealed = sealing.seal_letter(letter, parse_recipient(found.key))
    return _take(
        store,
        found,
        {
            "what": DRILL_RELEASE if drill else RELEASE,
            "holder": own.member,
            "drill": drill,
            "piece": base64.b64encode(sealed).decode(),
            "note": reason,
        },
    )


def by_server(store: Store, found: Emergency) -> Change:
    """The server handed out what it kept for missed check-ins."""
    return _take(store, found, {"what": SERVER_RELEASE, "note": BY_ITSELF})


def letters(found: Emergency, drill: str = "") -> list[tuple[int, bytes]]:
    """The pieces for the partner: (which holder's, sealed), one for each who released it."""
    what = DRILL_RELEASE if drill else RELEASE
    out: dict[int, bytes] = {}
    for step in found.of(what):
        sealed = packages.data(step.piece)
        whole = 0 < len(sealed) <= sealing.MAX_LETTER  # what is no letter would spoil the others
        if whole and step.drill == drill and step.member in found.holders:
            out[found.holders.index(step.member)] = sealed
    return sorted(out.items())


def note_share(store: Store, found: Emergency) -> Change | None:
    """Once it is released, what the partner got is a share like any other: it stands in the case's
    shares, and can be asked back. None where it is written down already, or held no share."""
    if not found.released() or not found.share_id:
        return None
    for share in query.children(store.reader, found.case, "share"):
        if share.text("share_id") == found.share_id:
            return None
    record = new_id()
    told: dict[str, Value] = {
        KIND: "share",
        "case": found.case,
        "organisation": found.organisation,
        "date": date.today().isoformat(),
        "direction": "given",
        "share_id": found.share_id,
        "key": found.key,
        "sha256": found.sha256,
        "records": len(found.content),
        "purpose": found.agreed[: custody.MAX_TEXT],
        "content": dict(found.content),
    }
    edits = [Edit(record, name, value) for name, value in told.items()]
    act = Act(found.case, custody.SHARED, {}, {"purpose": found.agreed[: custody.MAX_TEXT]})
    return entries.save(store, edits, found.desk or None, act=act)


BY_ITSELF = "missed-check-in"
"""The reason of a release that no person gave: check-ins were missed, as was agreed."""


# -- drills -------------------------------------------------------------------------------------


def begin_drill(store: Store, record: str) -> str:
    """Begins a drill: everybody is asked as if it were real, and told that it is not. Its id."""
    found = packages.need(store, record)
    step = new_id()
    fields = {"what": DRILL, "at": checkins.written(now(store))}
    writing.save(store, step_edits(step, found.id, fields), found.desk or None)
    return step


def end_drill(store: Store, record: str, said: str) -> Change:
    """The partner said the drill's words. Raises `EmergencyError` for other words."""
    found = packages.need(store, record)
    drill = found.drill
    if drill is None:
        raise EmergencyError(what="no drill is going on")
    if tuple(said.lower().split()) != tuple(words_of(found, drill.id)):
        raise EmergencyError(what="these are not the words of this drill")
    return _take(store, found, {"what": DRILL_DONE, "drill": drill.id})


def stop_drill(store: Store, record: str) -> Change:
    """The drill is broken off; it does not count as done."""
    found = packages.need(store, record)
    if found.drill is None:
        raise EmergencyError(what="no drill is going on")
    return writing.save(store, [Edit(found.drill.id, "deleted", True)])


def words_of(found: Emergency, drill: str) -> list[str]:
    """The words that the partner has to say."""
    return sealing.drill_words(found.drill_seed, signing.id_bytes(drill))


# -- ending -------------------------------------------------------------------------------------


def end(store: Store, record: str, reason: str) -> Change:
    """It is never to be released (any more): the pieces are erased on every laptop, so that the
    partner's file stays shut for good once all have heard of it."""
    found = packages.read(store, record)
    if found is None or found.ended:
        raise EmergencyError(what="it has ended, or somebody altered it; prepare a new one")
    change = writing.save(
        store, [Edit(record, "ended", date.today().isoformat()), Edit(record, "ended_why", reason)]
    )
    if _shut(store, found, reason):
        erase.clean(store)
    return change


def _shut(store: Store, found: Emergency, reason: str) -> int:
    """Erases what could open it, or be brought to the partner: pieces, letters, what lies ready for
    the server; how many. Of a release that the partner has this changes nothing."""
    parts = [(step.id, "piece") for step in found.of(PIECE, RELEASE, DRILL_RELEASE) if step.piece]
    parts += [(found.id, "timed")] if found.timed else []
    if parts:
        why = " ".join(reason.split())[: erase.MAX_REASON] or "ended"
        erase.erase(store, [], why, also=parts)
    return len(parts)
