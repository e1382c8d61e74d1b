"""Erased content taken out of what is held, waits, or arrives: exactly what was named, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import pytest

from defenderdesk.crypto import signing
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.erasure import redaction
from defenderdesk.vault.erasure.redaction import Mark
from defenderdesk.vault.records import fork_split, forks
from defenderdesk.vault.replication import planning
from defenderdesk.vault.storage.chunks import Chunk, chunks_value
from defenderdesk.vault.storage.database import Connection

DESK = 1


@pytest.fixture
def case(vault: Vault) -> bytes:
    """A case with change sets 1 to 6, each of a title and a summary (in that order, at 0 and 1)."""
    case = vault.new_id()
    vault.save(
        [Edit(case, "title", "Title 1"), Edit(case, "summary", "Summary 1"), Edit(case, "kind", "case")]
    )
    for number in range(2, 7):
        vault.save([Edit(case, "title", f"Title {number}"), Edit(case, "summary", f"Summary {number}")])
    return signing.id_bytes(case)


@contextmanager
def writing(vault: Vault) -> Iterator[Connection]:
    with vault.store.writing() as conn:
        yield conn


def sets(conn: Connection, first: int = 1, last: int = 99) -> list[ChangeSet]:
    rows = conn.execute("SELECT header, body FROM change_sets ORDER BY id & 0xffffffffff").fetchall()
    return [ChangeSet(bytes(header), bytes(body)) for header, body in rows][first - 1 : last]


def gone(items: Sequence[ChangeSet]) -> list[tuple[int, int]]:
    """(number, index) of every change without content."""
    out = []
    for item in items:
        [head] = changes.read_headers([item.header])
        [body] = changes.read_bodies([item.body], [head])
        out += [(head.seq, at) for at, (_, data) in enumerate(body.items) if data is None]
    return out


def erased(conn: Connection, *marks: Mark, desk: int = DESK) -> None:
    conn.executemany("INSERT INTO erased VALUES (?, ?, ?, ?, ?, ?)", [(desk, *mark) for mark in marks])


def test_what_was_erased_before_it_came_comes_without_it(vault: Vault, case: bytes) -> None:
    device, other = vault.store.device, b"o" * 16
    with writing(vault) as conn:
        every = sets(conn)
        erased(conn, *(Mark(device, seq, 0, case, "title") for seq in (1, 2, 4, 5, 6)))
        erased(conn, Mark(other, 3, 0, case, "title"), Mark(device, 3, 1, case, "title"))
        erased(conn, Mark(device, 3, 0, case, "title"), desk=2)

        def came(first: int, last: int) -> list[tuple[int, int]]:
            return gone(redaction.arriving(conn, DESK, device, first, every[first - 1 : last]))

        assert came(2, 4) == [(2, 0), (4, 0)] and came(4, 6) == [(4, 0), (5, 0), (6, 0)]
        assert came(1, 1) == [(1, 0)] and came(6, 6) == [(6, 0)]
        untouched = every[2:3]
        assert redaction.arriving(conn, DESK, device, 3, untouched)[0].body == untouched[0].body
        assert redaction.arriving(conn, DESK, other, 1, untouched) is untouched, "nothing is packed anew"


def test_only_the_change_that_was_named_is_meant(vault: Vault, case: bytes) -> None:
    """By number, index, record and field: nobody erases another's under the name of their own. A
    mark of before records were named means what it points at."""
    device = vault.store.device

    def meant(*marks: Mark) -> list[tuple[int, int]]:
        with writing(vault) as conn:
            item = sets(conn, 2, 2)
            return gone(redaction._redacted(item, 2, device, marks))

    right = Mark(device, 2, 0, case, "title")
    assert meant(right) == [(2, 0)]
    for wrong in (
        right._replace(record=b"r" * 16),
        right._replace(field="summary"),
        right._replace(at=1),
        right._replace(at=2),
        right._replace(at=99),
    ):
        assert meant(wrong) == []
        assert meant(wrong, right) == meant(right, wrong) == [(2, 0)]
    assert meant(right._replace(record=b"", field="")) == [(2, 0)]
    assert meant(right, Mark(device, 2, 1, case, "summary")) == [(2, 0), (2, 1)]


def test_what_is_held_loses_it_and_says_what_it_touched(vault: Vault, case: bytes) -> None:
    device = vault.store.device
    with writing(vault) as conn:
        before = sets(conn)
        own = {Mark(device, 2, 0, case, "title"), Mark(device, 2, 1, case, "summary")}
        beside = {Mark(b"o" * 16, 3, 0, case, "title"), Mark(device, 3, 0, b"r" * 16, "title")}
        assert redaction.held(conn, DESK, beside) == (set(), set())
        assert sets(conn) == before
        assert redaction.held(conn, DESK, own | beside) == ({case}, set())
        assert gone(sets(conn)) == [(2, 0), (2, 1)]
        assert redaction.held(conn, DESK, own) == (set(), set()), "once"


def test_in_every_branch_and_under_every_name(vault: Vault, case: bytes) -> None:
    """Who erased may call it by the feed that it is a branch of."""
    device = vault.store.device
    with writing(vault) as conn:
        trunk = forks.feed(conn, DESK, device)
        assert trunk is not None
        first = fork_split.split(conn, trunk, 2, forks.chain_at(conn, trunk.num, 3))
        second = fork_split.split(conn, first, 4, forks.chain_at(conn, first.num, 5))
        assert redaction._line(conn, DESK, second.device) == [second.device, first.device, device]
        assert redaction._line(conn, DESK, device) == [device]
        assert redaction._line(conn, DESK, b"not here at all ") == [b"not here at all "]
        every = sets(conn)
        for name in (device, first.device, second.device):
            conn.execute("DELETE FROM erased")
            erased(conn, Mark(name, 5, 0, case, "title"))
            assert gone(redaction.arriving(conn, DESK, second.device, 5, every[4:])) == [(5, 0)]
            assert gone(redaction.arriving(conn, DESK, device, 5, every[4:])) == (
                [(5, 0)] if name == device else []
            )
        records, _ = redaction.held(conn, DESK, {Mark(device, 5, 0, case, "title")})
        assert records == {case} and gone(sets(conn)) == [(5, 0)]
        records, _ = redaction.held(conn, DESK, {Mark(second.device, 4, 0, case, "title")})
        assert records == set(), "a branch's name means nothing before it begins"


def test_what_waits_loses_it_and_still_verifies(vault: Vault, case: bytes) -> None:
    device, store = vault.store.device, vault.store
    with writing(vault) as conn:
        trunk = forks.feed(conn, DESK, device)
        assert trunk is not None
        for first, last in ((2, 3), (4, 6)):
            data, detail = planning.packed(conn, trunk.num, device, first, last)
            kept = msgspec.msgpack.encode({k: v for k, v in detail.items() if k != "device"})
            conn.execute(
                "INSERT INTO held_ranges VALUES (?, ?, ?, ?, ?)", (trunk.num, first, last, data, kept)
            )

        def waits() -> list[tuple[int, bytes, bytes]]:
            rows = conn.execute("SELECT first, data, detail FROM held_ranges ORDER BY first").fetchall()
            return [(first, bytes(data), bytes(detail)) for first, data, detail in rows]

        before = waits()
        for mark in (
            Mark(device, 1, 0, case, "title"),
            Mark(device, 7, 0, case, "title"),
            Mark(b"o" * 16, 4, 0, case, "title"),
        ):
            redaction.redact_quarantined(conn, DESK, {mark})
            assert waits() == before
        redaction.redact_quarantined(conn, 2, {Mark(device, 4, 0, case, "title")})
        assert waits() == before, "another desk's"
        found = []
        for seq in (4, 6, 2, 3):
            redaction.redact_quarantined(
                conn, DESK, {Mark(device, seq, 0, case, "title"), Mark(device, 9, 0, case, "title")}
            )
            found.append(seq)
            ranges = [forks.held_range(device, data, detail) for _, data, detail in waits()]
            assert gone([one for brought in ranges for one in brought.items]) == [
                (seq, 0) for seq in sorted(found)
            ]
        for brought in ranges:
            chain = feeds.verify_range(brought.previous, brought.first, brought.items).hashes[-1]
            key = store.require_signing_key().public
            signing.verify(key, feeds.SIGNATURE, chain, brought.signature, "it")
        conn.execute("DELETE FROM held_ranges")


def test_a_files_chunks_go_where_no_record_names_them(vault: Vault) -> None:
    names = {number: bytes([number]) * 32 for number in (1, 2, 3)}
    values = {n: chunks_value([Chunk(name, b"k" * 32, 5)]) for n, name in names.items()}
    photo, other, odd = (vault.new_id() for _ in range(3))
    vault.save([Edit(photo, "kind", "attachment"), Edit(photo, "chunks", [*values[1], *values[2]])])
    vault.save([Edit(other, "kind", "attachment"), Edit(other, "chunks", values[2])])
    vault.save(
        [Edit(odd, "kind", "attachment"), Edit(odd, "chunks", "rubbish"), Edit(odd, "name", values[2])]
    )
    with writing(vault) as conn:
        marks = {Mark(vault.store.device, 1, 1, signing.id_bytes(photo), "chunks")}
        rubbish = {
            Mark(vault.store.device, 3, at, signing.id_bytes(odd), name)
            for at, name in ((1, "chunks"), (2, "name"))
        }
        assert redaction.held(conn, DESK, rubbish) == ({signing.id_bytes(odd)}, set())
        _, chunks = redaction.held(conn, DESK, marks)
        assert chunks == {names[1], names[2]}
        assert redaction.drop_chunks(conn, DESK, set()) == set()
        assert redaction.drop_chunks(conn, DESK, {names[3]}) == {names[3]}
        # the record still names what its change said, until it is built anew
        assert redaction.drop_chunks(conn, DESK, chunks) == set()
        conn.execute("DELETE FROM records WHERE id = ?", (signing.id_bytes(photo),))
        assert redaction.drop_chunks(conn, DESK, chunks) == {names[1]}
        left = [bytes(row[0]) for row in conn.execute("SELECT hash FROM chunks")]
    assert left == [names[2]]
