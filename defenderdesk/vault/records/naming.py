"""The record that a person names: by id, the beginning of one, a reference, a digest; and its desk."""

from __future__ import annotations

from defenderdesk.crypto import signing
from defenderdesk.errors import Message, NotFoundError, UsageError
from defenderdesk.ledger.merge import State
from defenderdesk.vault.records import located
from defenderdesk.vault.records.located import AT, Place
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.types import (
    RecordKey,
)


def resolve(conn: Connection, text: str) -> RecordKey:
    """The key of the record that `text` names: an id, a unique beginning of one (at least four
    characters), a case's reference, or an attachment's SHA-256; where several desks have it, with
    the desk's name behind `@`. Raises `NotFoundError`, `SameIdError`, `UsageError`."""
    plain = text.strip()
    whole = text if isinstance(text, RecordKey) else plain.lower()
    if (where := located.find(conn, whole)) is not None:
        return _key(conn, where)
    found = _named(conn, plain)
    name, at, home = plain.rpartition(AT)
    if not found and at:
        found = [one for one in _named(conn, name) if _is_called(conn, one.desk, home)]
    if len({one.id for one in found}) < len(found):
        located.place(conn, signing.id_text(found[0].id))  # says which desks there are
    if len(found) > 1:
        raise UsageError(what=Message("Several records are named {plain}; give more of the id", plain=plain))
    if not found:
        raise NotFoundError(what=Message("record {record}", record=plain))
    return _key(conn, found[0])


def _key(conn: Connection, where: Place) -> RecordKey:
    return RecordKey(signing.id_text(where.id), located.desk_text(conn, where.desk))


def _is_called(conn: Connection, desk: int, name: str) -> bool:
    rid, called = conn.execute("SELECT id, name FROM desks WHERE num = ?", (desk,)).fetchone()
    return name in (signing.id_text(rid), called)


_MANY = 50


def _named(conn: Connection, plain: str) -> list[Place]:
    """The records that a reference, the beginning of an id, or a SHA-256 may mean."""
    with guard():
        rows = conn.execute(
            "SELECT desk, id, num FROM cases WHERE reference = ? LIMIT ?", (plain, _MANY)
        ).fetchall()
        if not rows and 4 <= len(plain) <= 26:
            rows = conn.execute(
                "SELECT desk, id, num FROM records WHERE id >= ? AND id <= ? LIMIT ?",
                (*_id_range(plain.lower()), _MANY),
            ).fetchall()
        if not rows and len(plain) == 64:
            rows = [
                row[1:]
                for row in conn.execute("SELECT state, desk, id, num FROM records WHERE kind = 'attachment'")
                if State.unpack(row[0]).registers().get("sha256") == plain.lower()
            ][:1]
    return [Place(desk, bytes(rid), num) for desk, rid, num in rows]


def _id_range(prefix: str) -> tuple[bytes, bytes]:
    """The lowest and highest 16 bytes whose base32 text begins with `prefix`."""
    digits = "abcdefghijklmnopqrstuvwxyz234567"
    try:
        low = [digits.index(c) for c in prefix]
    except ValueError:
        return b"\xff", b""
    bits = 5 * len(low)
    number = 0
    for digit in low:
        number = number << 5 | digit
    rest = 130 - bits
    return (
        (number << rest >> 2).to_bytes(17, "big")[1:],
        (((number + 1 << rest) - 1) >> 2).to_bytes(17, "big")[1:],
    )
