"""History from a date: what a new member is given of a desk."""

from __future__ import annotations

from defenderdesk.crypto import signing
from defenderdesk.domain import kinds
from defenderdesk.ledger.merge import State
from defenderdesk.vault.storage import chunks
from defenderdesk.vault.storage.database import Connection

_ALWAYS = frozenset(
    kind.name
    for kind in (
        kinds.TERM,
        kinds.PACK,
        kinds.MECHANISM,
        kinds.RULE,
        kinds.SUBMITTER,
        kinds.ALERT,
        kinds.TEMPLATE,
        kinds.POLICY,
        kinds.RECOVERY_SHARE,
    )
)
"""Kinds that always go along: what an office sets up counts for whoever works there."""
_NAMED = frozenset({kinds.PERSON.name, kinds.ORGANISATION.name})


def records_since(conn: Connection, desk: int, since: int) -> frozenset[bytes]:
    """The records of a desk that belong to cases worked on since then (ms), those that stand alone
    and were, and the persons and organisations that they name, each whole."""
    stamp = since << 16
    parents: dict[bytes, bytes | None] = {}
    kept: set[bytes] = set()
    named: dict[bytes, bytes | None] = {}
    for rid, kind, parent, updated in conn.execute(
        "SELECT r.id, r.kind, r.parent, coalesce(c.updated, r.updated) FROM records r "
        "LEFT JOIN cases c ON c.num = r.num WHERE r.desk = ?",
        (desk,),
    ):
        rid = bytes(rid)
        parents[rid] = bytes(parent) if parent else None
        if kind in _NAMED:
            named[rid] = None
        elif kind in _ALWAYS or (parents[rid] is None and updated >= stamp):
            kept.add(rid)
    for rid in parents:
        if rid not in named and _top(rid, parents) in kept:
            kept.add(rid)
    wanted: set[bytes] = set()
    for rid in list(kept):
        wanted |= _links(conn, desk, rid) & named.keys()
    kept |= wanted
    kept |= {rid for rid, parent in parents.items() if parent in wanted}
    return frozenset(kept)


def _top(rid: bytes, parents: dict[bytes, bytes | None]) -> bytes:
    for _ in range(8):
        parent = parents.get(rid)
        if parent is None:
            break
        rid = parent
    return rid


def _links(conn: Connection, desk: int, rid: bytes) -> set[bytes]:
    """Whatever in a record may be the id of another."""
    [packed] = conn.execute("SELECT state FROM records WHERE id = ? AND desk = ?", (rid, desk)).fetchone()
    out = set()
    for entries in State.unpack(packed).entries.values():
        for entry in entries:
            for value in entry.value if isinstance(entry.value, list) else [entry.value]:
                if isinstance(value, str) and len(value) == 26:
                    try:
                        out.add(signing.id_bytes(value))
                    except ValueError:
                        continue
    return out


def chunks_of(conn: Connection, desk: int, records: frozenset[bytes]) -> set[bytes]:
    """The attachment chunks that these records name."""
    out: set[bytes] = set()
    for rid, packed in conn.execute(
        "SELECT id, state FROM records WHERE desk = ? AND kind = ?", (desk, kinds.ATTACHMENT.name)
    ):
        if bytes(rid) in records:
            for entry in State.unpack(packed).entries.get("chunks", ()):
                out.update(chunk.hash for chunk in chunks.chunks_of(entry.value) or ())
    return out
