"""Ends of removed devices that are not where somebody says, and branches that are not what they
are called: signed validly, by a colleague with a program of their own."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from defenderdesk.bundle import manifest, ranges, writer
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.branches import branch_id
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import receive as receiving
from defenderdesk.vault.receiving import verification
from tests.conftest import Pair
from tests.worlds.forge import Forge, forge

__all__ = ["forge"]


def case_in(vault: Vault, title: str) -> str:
    made = vault.new_id()
    vault.save([Edit(made, "kind", "case"), Edit(made, "title", title)])
    return made


def titles(vault: Vault) -> list[str]:
    return sorted(row.title for row in vault.cases(CaseFilter(), 0, 99))


def hashes(vault: Vault, device: bytes) -> list[bytes]:
    """The chain's hashes of a device's feed, the one before the first among them."""
    conn = vault.store.reader
    [num, desk] = conn.execute(
        "SELECT f.num, d.id FROM feeds f JOIN desks d ON d.num = f.desk WHERE f.device = ?",
        (device,),
    ).fetchone()
    start = feeds.genesis(vault.store.workspace, bytes(desk), device)
    rows = conn.execute("SELECT hash FROM change_sets WHERE id >> 40 = ? ORDER BY id", (num,))
    return [start, *(bytes(row[0]) for row in rows)]


# -- where the work of a removed device ends ------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", ["", "hash", "number"], ids=["as it is", "another hash", "the hash of another number"]
)
def test_work_that_does_not_end_as_it_was_stated_is_refused(pair: Pair, third: Vault, wrong: str) -> None:
    """The key of a removed laptop signs what whoever has it wants, also an end that its feed does
    not have: then nothing of it counts, rather than anything."""
    for number in (1, 2, 3):
        case_in(pair.laptop, f"Laptop {number}")
    office, device = pair.office.store, pair.laptop.store.device
    administer.remove(office, signing.id_text(device))
    real = hashes(pair.laptop, device)
    end = {"": real[2], "hash": b"x" * 32, "number": real[1]}[wrong]
    signed = pair.laptop.store.require_signing_key().sign(feeds.SIGNATURE, end)
    [desk] = office.reader.execute("SELECT id FROM desks").fetchone()
    administer.act(office, acts.ACCEPT, bytes(desk), [device, 2, end, signed])
    pair.carry(pair.office, third)
    if not wrong:
        report = pair.carry(pair.laptop, third, everything=True)
        assert titles(third) == ["Laptop 1", "Laptop 2"] and report.aside == {"Amina": 1}
        assert report.missing == [], "what is set aside is here"
        assert verification.vault(third.store).problems == []
        return
    with pytest.raises(DamagedError, match="ends elsewhere than was stated"):
        pair.carry(pair.laptop, third, everything=True)
    assert titles(third) == []


def test_an_end_of_another_hash_signs_nothing_that_is_passed_on(pair: Pair, third: Vault) -> None:
    """Who holds more than the end keeps its signature only where the end is in what it holds."""
    for number in (1, 2, 3):
        case_in(pair.laptop, f"Laptop {number}")
    pair.carry(pair.laptop, third)
    device, office = pair.laptop.store.device, pair.office.store
    administer.remove(office, signing.id_text(device))
    [desk] = office.reader.execute("SELECT id FROM desks").fetchone()
    signed = pair.laptop.store.require_signing_key().sign(feeds.SIGNATURE, b"x" * 32)
    administer.act(office, acts.ACCEPT, bytes(desk), [device, 2, b"x" * 32, signed])
    pair.carry(pair.office, third)
    [num] = third.store.reader.execute("SELECT num FROM feeds WHERE device = ?", (device,)).fetchone()
    kept = third.store.reader.execute(
        "SELECT signature FROM change_sets WHERE id >> 40 = ? ORDER BY id", (num,)
    ).fetchall()
    assert [row[0] for row in kept] == [None, None]


# -- branches ----------------------------------------------------------------------------------------


class Branching:
    """The office's feed of three change sets, which the laptop holds, and others of its key."""

    def __init__(self, forge: Forge) -> None:
        self.forge, self.pair = forge, forge.pair
        for number in (1, 2, 3):
            case_in(self.pair.office, f"Office {number}")
        self.pair.carry(self.pair.office, self.pair.laptop)
        self.device = forge.store.device
        self.chain = hashes(self.pair.office, self.device)

    def other(self, seq: int, title: str = "Of the copy") -> ChangeSet:
        """Another change set of that number."""
        record = title.encode().ljust(16, b".")[:16]
        items = [Change(record, "kind", SET, "case"), Change(record, "title", SET, title)]
        return ChangeSet(*changes.make(items, self.device, seq, seq << 16, b"s" * 16))

    def bundle(self, items: list[ChangeSet], previous: bytes, first: int, **detail: object) -> io.BytesIO:
        chain = previous
        for item in items:
            chain = feeds.link(chain, item.header)
        signature = self.forge.key.sign(feeds.SIGNATURE, chain)
        made = ranges.Range(self.device, first, previous, signature, items)
        data, carried = ranges.pack(made)
        source = writer.Source(manifest.FEED, {**carried, **detail}, lambda: data)
        parts, _ = writer.measure([source])
        head = replace(self.forge.manifest, parts=tuple(parts)).encode()
        return io.BytesIO(self.forge.seal(head, data))

    def branch(self, at: int, **wrong: object) -> io.BytesIO:
        """A branch that begins behind number `at`, but for what is said otherwise."""
        item = self.other(at + 1)
        first = feeds.link(self.chain[at], item.header)
        detail = {"feed": branch_id(self.device, first), "parent": self.device, "base": at}
        items, previous, begins = [item], self.chain[at], at + 1
        if wrong.pop("previous", False):
            previous = b"x" * 32
            first = feeds.link(previous, item.header)
            detail["feed"] = branch_id(self.device, first)
        if wrong.pop("later", False):
            items, previous, begins = [self.other(at + 2)], first, at + 2
        return self.bundle(items, previous, begins, **{**detail, **wrong})

    def receive(self, source: io.BytesIO) -> receiving.Received:
        return receiving.receive(self.pair.laptop.store, source)

    def suspects(self) -> int:
        [count] = self.pair.laptop.store.reader.execute("SELECT count(*) FROM suspects").fetchone()
        return int(count)


@pytest.fixture
def branching(forge: Forge) -> Branching:
    return Branching(forge)


@pytest.mark.parametrize("base", [1, 2])
def test_a_branch_that_begins_where_it_says_is_taken_beside_the_other(
    branching: Branching, base: int
) -> None:
    assert branching.receive(branching.branch(base)).forked == ["Office"]
    assert titles(branching.pair.laptop) == ["Of the copy", "Office 1", "Office 2", "Office 3"]
    rows = branching.pair.laptop.store.reader.execute(
        "SELECT base, held FROM feeds WHERE parent IS NOT NULL ORDER BY held"
    )
    assert [tuple(row) for row in rows] == [(base, base + 1), (base, 3)]
    assert branching.suspects() == 0
    assert verification.vault(branching.pair.laptop.store).problems == []


def test_a_branch_under_another_name_is_refused(branching: Branching) -> None:
    for wrong in (
        b"x" * 16,
        branch_id(branching.pair.laptop.store.device, branching.chain[2]),
        branch_id(branching.device, branching.chain[2]),
    ):
        with pytest.raises(DamagedError, match="not what its name says"):
            branching.receive(branching.branch(1, feed=wrong))
    assert titles(branching.pair.laptop) == ["Office 1", "Office 2", "Office 3"]


@pytest.mark.parametrize(
    "wrong",
    [{"base": 0}, {"previous": True}, {"later": True}, {"parent": b"p" * 16}],
    ids=["a base before", "another past", "behind its beginning", "of a feed that is not here"],
)
def test_a_branch_whose_beginning_does_not_fit_is_asked_for_and_not_taken(
    branching: Branching, wrong: dict[str, object]
) -> None:
    report = branching.receive(branching.branch(1, **wrong))
    assert report.forked == ["Office"] and report.changes == 0
    assert branching.suspects() == 1
    assert titles(branching.pair.laptop) == ["Office 1", "Office 2", "Office 3"]
    assert verification.vault(branching.pair.laptop.store).problems == []


def test_a_branch_behind_the_end_of_what_is_held_is_asked_for(branching: Branching) -> None:
    item = branching.other(5)
    name = branch_id(branching.device, feeds.link(b"y" * 32, item.header))
    made = branching.bundle([item], b"y" * 32, 5, feed=name, parent=branching.device, base=4)
    assert branching.receive(made).changes == 0 and branching.suspects() == 1


def test_a_second_history_that_another_key_signed_is_refused(branching: Branching) -> None:
    branching.forge.key = branching.pair.laptop.store.require_signing_key()
    branching.forge.manifest = replace(branching.forge.manifest, sender=branching.pair.laptop.store.device)
    for made in (
        branching.branch(1),
        branching.bundle([branching.other(2)], branching.chain[1], 2),
        branching.bundle([branching.other(4)], branching.chain[3], 4),
        branching.bundle([branching.other(6)], b"y" * 32, 6),
    ):
        with pytest.raises(DamagedError, match="the signature of"):
            branching.receive(made)
    assert titles(branching.pair.laptop) == ["Office 1", "Office 2", "Office 3"]
    assert branching.suspects() == 0


def test_a_range_of_another_number_than_its_change_sets_have_is_refused(
    branching: Branching,
) -> None:
    for item, first in ((branching.other(5), 4), (branching.other(3), 4)):
        with pytest.raises(DamagedError, match="skips a change set"):
            branching.receive(branching.bundle([item], branching.chain[3], first))
    assert branching.receive(branching.bundle([branching.other(4)], branching.chain[3], 4)).changes
