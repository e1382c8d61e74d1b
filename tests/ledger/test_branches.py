"""Branches of forked feeds: their names, their order, and what lies in which."""

from __future__ import annotations

import hashlib

from defenderdesk.crypto import signing
from defenderdesk.ledger import branches
from defenderdesk.ledger.branches import Branch, Fork, Seen, Way

ONE, TWO = b"1" * 16, b"2" * 16
A, B, AA, AB, ABX = (bytes([n]) * 16 for n in (10, 11, 12, 13, 14))
TREE = {
    A: Branch(ONE, 3),
    B: Branch(ONE, 3),
    AA: Branch(A, 7),
    AB: Branch(A, 7),
    ABX: Branch(AB, 9),
}


def test_a_branch_is_named_by_its_device_and_its_first_link_alone() -> None:
    link = b"l" * 32
    wanted = hashlib.sha256(b"defenderdesk.org/v1/branch\x00" + ONE + link).digest()[:16]
    assert branches.branch_id(ONE, link) == wanted
    assert branches.branch_id(TWO, link) != wanted != branches.branch_id(ONE, b"m" * 32)


def test_what_is_no_name_names_nothing() -> None:
    assert branches.named(signing.id_text(ONE)) == ONE
    assert branches.named("no id") == b""


def test_a_feed_goes_back_to_its_device() -> None:
    assert branches.lineage(TREE, ABX) == [ABX, AB, A, ONE]
    assert branches.lineage(TREE, TWO) == [TWO] and branches.lineage({}, A) == [A]
    assert [branches.origin(TREE, feed) for feed in (ABX, B, ONE, TWO)] == [ONE, ONE, ONE, TWO]


def test_branches_by_where_they_begin_have_numbers_for_people() -> None:
    assert branches.parting(TREE) == {ONE: [A, B], A: [AA, AB], AB: [ABX]}
    assert branches.labels(TREE) == {A: "1", B: "2", AA: "1.1", AB: "1.2", ABX: "1.2.1"}
    two = {**TREE, b"z" * 16: Branch(TWO, 1)}
    assert branches.labels(two)[b"z" * 16] == "1", "each device's are counted by themselves"


def test_a_branch_is_numbered_below_what_it_comes_of_whatever_its_name() -> None:
    low = {A: Branch(ONE, 3), B: Branch(ONE, 3), bytes(16): Branch(A, 7), b"z" * 16: Branch(A, 7)}
    assert branches.labels(low) == {A: "1", B: "2", bytes(16): "1.1", b"z" * 16: "1.2"}


def test_the_branches_around_a_feed_are_those_it_lies_in_with_what_stands_beside() -> None:
    deep = {**TREE, b"z" * 16: Branch(TWO, 1)}
    assert branches.around(deep, [AA]) == {feed: TREE[feed] for feed in (A, B, AA, AB)}
    assert branches.around(deep, [ABX]) == TREE
    assert branches.around(deep, [ONE]) == {} == branches.around(deep, [TWO])
    assert branches.around(deep, [AA, b"z" * 16]).keys() == {A, B, AA, AB, b"z" * 16}


def test_a_fork_tells_what_lies_before_it_and_in_each_way() -> None:
    entries = [(ONE, 3), (ONE, 1), (A, 5), (AA, 8), (B, 4), (TWO, 1)]
    assert branches.told(TREE, entries) == [
        Fork(ONE, "", 3, (1, 3), (Way("1", A, (5,)), Way("2", B, (4,)))),
        Fork(ONE, "1", 7, (5,), (Way("1.1", AA, (8,)), Way("1.2", AB, ()))),
        Fork(ONE, "1.2", 9, (), (Way("1.2.1", ABX, ()),)),
    ]
    assert branches.told({}, entries) == []


def test_forks_of_one_device_stand_together() -> None:
    two = {**TREE, b"y" * 16: Branch(b"0" * 16, 1), b"z" * 16: Branch(TWO, 1)}
    assert [fork.device for fork in branches.told(two, [])] == [b"0" * 16, ONE, ONE, ONE, TWO]


def test_what_somebody_saw_is_found_under_the_name_that_it_had_for_them() -> None:
    held = [(ONE, 2, "x"), (A, 5, "y"), (AA, 8, "z"), (B, 5, "y"), (A, 6, "v")]
    seen = Seen(TREE, held)
    assert seen.find(ONE, 2, "x") == ONE
    assert seen.find(ONE, 8, "z") == seen.find(A, 8, "z") == seen.find(AA, 8, "z") == AA
    assert seen.find(A, 5, "y") == A and seen.find(B, 5, "y") == B
    assert seen.find(A, 6, "v") == A, "also the second of a feed"
    assert seen.find(B, 8, "z") is None, "that history went on without it"
    assert seen.find(ONE, 2, "another") is None and seen.find(TWO, 2, "x") is None
    assert seen.find(ONE, 3, "x") is None
    assert seen.differs(A, 5) and seen.differs(ONE, 2)
    assert not seen.differs(ONE, 5) and not seen.differs(A, 7)
