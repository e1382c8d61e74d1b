"""Digests that shares keep of what is erased: of a value that a partner gave, the share's record
holds a digest (`interchange.shares.recall`), by which a name or a number could be guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from defenderdesk.crypto import signing
from defenderdesk.domain.values import Value
from defenderdesk.ledger.merge import State
from defenderdesk.vault.storage.database import Connection

CONTENT = "content"


def keeping(
    conn: Connection, by_desk: Mapping[int, Mapping[str, frozenset[str]]]
) -> Iterator[tuple[int, bytes, State, Value]]:
    """(desk, share, its state, what it may keep) of every share that notes something of the records
    of its own desk (desk → record → the fields that are erased, none for all). What another desk
    calls by the same id is nothing of it, and is not told that it went."""
    for desk, share, packed in conn.execute(
        "SELECT desk, id, state FROM records WHERE kind = 'share'"
    ).fetchall():
        leaving = by_desk.get(desk, {})
        if not leaving or signing.id_text(bytes(share)) in leaving:
            continue
        state = State.unpack(packed)
        content = state.registers().get(CONTENT)
        if not isinstance(content, dict) or not content.keys() & leaving.keys():
            continue
        kept: dict[str, Value] = {}
        for record, fields in content.items():
            gone = leaving.get(record)
            if gone is None or not isinstance(fields, dict):  # names of fields: a share we gave
                kept[record] = fields
            elif gone and (rest := {n: v for n, v in fields.items() if n not in gone}):
                kept[record] = rest
        if kept != content:
            yield int(desk), bytes(share), state, kept
