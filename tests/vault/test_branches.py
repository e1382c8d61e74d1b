"""A feed that ends where two histories part, and the branch that goes on: what moves and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from defenderdesk.crypto import signing
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.branches import branch_id
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.vault import Vault
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import apply, fork_split, forks
from defenderdesk.vault.storage.database import Connection
from tests.worlds.feeds import DESK, six_titles, split, the_feed
from tests.worlds.records import new_case


@pytest.fixture
def case(vault: Vault) -> str:
    return six_titles(vault)


@contextmanager
def writing(vault: Vault) -> Iterator[Connection]:
    with vault.store.writing() as conn:
        yield conn


def test_what_lies_behind_the_base_goes_on_under_the_branchs_name(vault: Vault, case: str) -> None:
    store, device = vault.store, vault.store.device
    with writing(vault) as conn:
        before = the_feed(conn, device)
        links = [forks.chain_at(conn, before.num, seq) for seq in range(7)]
        conn.execute("UPDATE feeds SET confirmed = 5")
        branch = split(conn, device, 2)
        trunk = the_feed(conn, device)
        confirmed = conn.execute("SELECT confirmed FROM feeds ORDER BY num").fetchall()
        counts = dict(conn.execute("SELECT id >> 40, count(*) FROM change_sets GROUP BY 1").fetchall())
    assert links[0] == feeds.genesis(store.workspace, signing.id_bytes(vault.info().desks[0].id), device)
    assert (trunk.held, trunk.hash, trunk.parent) == (2, links[2], None)
    assert branch.device == branch_id(device, links[3]) and branch.origin == device
    assert (branch.base, branch.held, branch.hash, branch.parent) == (2, 6, links[6], device)
    assert [row[0] for row in confirmed] == [2, 5] and counts == {trunk.num: 2, branch.num: 4}
    assert vault.get(case).text("title") == "Title 6" and not vault.conflicts()
    assert verification.vault(store).problems == []


def test_chains_are_read_through_to_what_a_branch_comes_of(vault: Vault, case: str) -> None:
    device = vault.store.device
    with writing(vault) as conn:
        num = the_feed(conn, device).num
        links = [forks.chain_at(conn, num, seq) for seq in range(7)]
        first = split(conn, device, 2)
        second = split(conn, first.device, 4)
        for feed, behind in ((num, range(3)), (first.num, range(2, 5)), (second.num, range(4, 7))):
            for seq in behind:
                assert forks.chain_at(conn, feed, seq) == links[seq]
        trunk = the_feed(conn, device)
        assert forks.within(conn, trunk) == [trunk, the_feed(conn, first.device), second]
        other = fork_split.begin(conn, trunk, b"another link")
        found = forks.within(conn, trunk)
        assert found[0] == trunk and set(found[1:]) == {other, the_feed(conn, first.device), second}
        assert set(forks.branches(conn, DESK, device)) == {other, the_feed(conn, first.device)}


def test_branches_of_what_moved_hang_on_the_branch_and_the_others_stay(vault: Vault, case: str) -> None:
    device = vault.store.device
    with writing(vault) as conn:
        bases = {
            base: fork_split.begin(conn, the_feed(conn, device)._replace(held=base), bytes([base]) * 32)
            for base in (1, 3, 4)
        }
        branch = split(conn, device, 3)
        parents = {base: the_feed(conn, one.device).parent for base, one in bases.items()}
    assert parents == {1: device, 3: device, 4: branch.device}


def test_chunks_erasures_and_waiting_ranges_follow(vault: Vault) -> None:
    store = vault.store
    cases = []
    for number in range(4):
        made = new_case(vault, f"Case {number}")
        (vault.profile.parent / "photo").write_bytes(b"photo %d" % number)
        vault.attach(made, vault.profile.parent / "photo")
        cases.append(made)
    erase.erase(store, [cases[0]], "Asked for", ["title"])
    erase.erase(store, [cases[1]], "Asked for", ["title"])
    with writing(vault) as conn:
        trunk = the_feed(conn, store.device)
        before = sorted(row[0] for row in conn.execute("SELECT seq FROM chunks WHERE feed = ?", (trunk.num,)))
        base = before[1]
        erased = sorted(apply.feed_and_seq(row[0])[1] for row in conn.execute("SELECT id FROM erasures"))
        for feed in (trunk.num, 99):
            conn.execute("INSERT INTO held_ranges VALUES (?, 90, 91, x'00', x'00')", (feed,))
        branch = split(conn, store.device, base)
        chunks = dict.fromkeys(row[0:2] for row in conn.execute("SELECT seq, feed FROM chunks"))
        rows = [apply.feed_and_seq(row[0]) for row in conn.execute("SELECT id FROM erasures ORDER BY id")]
        waits = [row[0] for row in conn.execute("SELECT feed FROM held_ranges")]
        conn.execute("DELETE FROM held_ranges")
    assert len(before) == 4 and len(erased) == 2
    assert sorted(chunks) == [(seq, trunk.num if seq <= base else branch.num) for seq in before]
    assert rows == [(branch.num, seq) for seq in erased]
    assert waits == [99], "what waited for the feed may be of either branch now"
    assert verification.vault(store).problems == []


def test_a_branch_is_begun_once(vault: Vault, case: str) -> None:
    with writing(vault) as conn:
        trunk = the_feed(conn, vault.store.device)
        one = fork_split.begin(conn, trunk, b"l" * 32)
        assert fork_split.begin(conn, trunk, b"l" * 32) == one
    assert (one.base, one.held, one.hash, one.parent) == (6, 6, trunk.hash, trunk.device)


def test_what_a_branch_says_of_its_own_past_lies_in_what_it_comes_of(vault: Vault, case: str) -> None:
    device, other = vault.store.device, b"o" * 16
    with writing(vault) as conn:
        first = split(conn, device, 2)
        second = split(conn, first.device, 4)
        third = split(conn, second.device, 5)

        def meant(name: bytes) -> list[tuple[bytes, int]]:
            dots = tuple(sorted([*((device, seq, 1) for seq in range(1, 8)), (other, 1, 0)]))
            header, body = changes.make(
                [Change(b"r" * 16, "title", SET, "x", dots)], device, 9, 1 << 16, b"s" * 16
            )
            [read] = changes.read_bodies([body], changes.read_headers([header]))
            data = [one for _, one in read.items if one is not None]
            [(field, op, value, found)] = forks.decoder(conn, DESK, name)(data)
            assert (field, op, value) == ("title", SET, "x")
            assert {index for feed, _, index in found if feed != other} == {1}
            return sorted((seq, feed) for feed, seq, _ in found if feed != other)  # type: ignore[misc]

        past = [(1, device), (2, device)]
        assert meant(device) == [(seq, device) for seq in range(1, 8)]
        assert meant(b"not here at all ") == [(seq, b"not here at all ") for seq in range(1, 8)]
        assert meant(first.device) == past + [(seq, first.device) for seq in range(3, 8)]
        middle = [*past, (3, first.device), (4, first.device)]
        assert meant(second.device) == middle + [(seq, second.device) for seq in range(5, 8)]
        last = [*middle, (5, second.device), (6, third.device), (7, third.device)]
        assert meant(third.device) == last
