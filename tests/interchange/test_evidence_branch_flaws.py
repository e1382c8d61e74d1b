"""Every flaw of the branches in a package is found, and named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from defenderdesk.bundle.evidence import check, proof_format
from defenderdesk.bundle.evidence.proof_format import Proof, Segment
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import feeds
from defenderdesk.ledger.branches import Branch
from tests.interchange.evidence_world import altered, problems
from tests.worlds.branched import World, forked, world

__all__ = ["forked", "world"]


def _names(proof: Proof) -> tuple[bytes, bytes, bytes]:
    """The feed that parts, and its two branches."""
    one, two = sorted(proof.branches)
    return proof.branches[one].parent, one, two


def _at(proof: Proof, feed: bytes) -> int:
    [at] = [at for at, s in enumerate(proof.segments) if s.device == feed]
    return at


def _sorted(proof: Proof, segments: list[Segment], parted: dict[bytes, Branch]) -> Proof:
    ordered = sorted(segments, key=lambda s: (s.device, s.first))
    return dataclasses.replace(proof, segments=ordered, branches=parted)


def _base(by: int) -> Callable[[Proof], Proof]:
    """Every branch is said to begin elsewhere."""

    def change(proof: Proof) -> Proof:
        moved = {n: Branch(b.parent, b.base + by) for n, b in proof.branches.items()}
        return dataclasses.replace(proof, branches=moved)

    return change


def _one_base(proof: Proof) -> Proof:
    _, one, _ = _names(proof)
    moved = Branch(proof.branches[one].parent, proof.branches[one].base - 1)
    return dataclasses.replace(proof, branches={**proof.branches, one: moved})


def _base_hash(proof: Proof) -> Proof:
    """A branch follows another past than the one that is shown."""
    _, one, _ = _names(proof)
    return altered(proof, _at(proof, one), previous=bytes(32))


def _other_past(proof: Proof) -> Proof:
    """The shared past is shown with another beginning, so that it ends in another hash."""
    trunk, _, _ = _names(proof)
    at = _at(proof, trunk)
    return altered(proof, at, previous=b"\1" * 32)


def _no_past(proof: Proof) -> Proof:
    trunk, _, _ = _names(proof)
    kept = [s for s in proof.segments if s.device != trunk]
    return dataclasses.replace(proof, segments=kept)


def _short_past(proof: Proof) -> Proof:
    """The shared past stops one before the histories part."""
    trunk, _, _ = _names(proof)
    at = _at(proof, trunk)
    assert len(proof.segments[at].headers) > 1
    return altered(proof, at, headers=proof.segments[at].headers[:-1], signatures={})


def _gap(proof: Proof) -> Proof:
    """A branch in two stretches with nothing between: what is beyond could lie anywhere."""
    _, one, _ = _names(proof)
    at = _at(proof, one)
    whole = proof.segments[at]
    chain = feeds.link(feeds.link(whole.previous, whole.headers[0]), whole.headers[1])
    first = Segment(
        one,
        whole.first,
        whole.previous,
        whole.headers[:1],
        {n: b for n, b in whole.bodies.items() if n == whole.first},
        {n: s for n, s in whole.signatures.items() if n == whole.first},
    )
    second = Segment(
        one,
        whole.first + 2,
        chain,
        whole.headers[2:],
        {n: b for n, b in whole.bodies.items() if n > whole.first + 1},
        {n: s for n, s in whole.signatures.items() if n > whole.first + 1},
    )
    segments = [*proof.segments[:at], first, second, *proof.segments[at + 1 :]]
    return dataclasses.replace(proof, segments=segments)


def _swapped(proof: Proof) -> Proof:
    """Each history under the name of the other."""
    _, one, two = _names(proof)
    other = {one: two, two: one}
    moved = [dataclasses.replace(s, device=other.get(s.device, s.device)) for s in proof.segments]
    return _sorted(proof, moved, proof.branches)


def _bodies_swapped(proof: Proof) -> Proof:
    _, one, two = _names(proof)
    a, b = _at(proof, one), _at(proof, two)
    mine, theirs = proof.segments[a].bodies, proof.segments[b].bodies
    return altered(altered(proof, a, bodies=theirs), b, bodies=mine)


def _reordered(proof: Proof) -> Proof:
    _, one, _ = _names(proof)
    at = _at(proof, one)
    headers = list(proof.segments[at].headers)
    headers[0], headers[1] = headers[1], headers[0]
    return altered(proof, at, headers=headers)


def _other_key(proof: Proof) -> Proof:
    """A branch made up by somebody else, or signed anew."""
    _, one, _ = _names(proof)
    at, key = _at(proof, one), SigningKey.generate()
    segment, chain, made = proof.segments[at], proof.segments[at].previous, {}
    for seq, header in enumerate(segment.headers, segment.first):
        chain = feeds.link(chain, header)
        if seq in segment.signatures:
            made[seq] = key.sign(feeds.SIGNATURE, chain)
    return altered(proof, at, signatures=made)


def _unsigned(proof: Proof) -> Proof:
    _, _, two = _names(proof)
    return altered(proof, _at(proof, two), signatures={})


def _other_parent(proof: Proof) -> Proof:
    """Both histories are said to be of the office's device."""
    trunk, _, _ = _names(proof)
    office = next(s.device for s in proof.segments if s.device not in {trunk, *proof.branches})
    moved = {n: Branch(office, b.base) for n, b in proof.branches.items()}
    return dataclasses.replace(proof, branches=moved)


def _nobodys(proof: Proof) -> Proof:
    moved = {n: Branch(b"\1" * 16, b.base) for n, b in proof.branches.items()}
    return dataclasses.replace(proof, branches=moved)


def _hidden(proof: Proof) -> Proof:
    """One of the two histories is left out, with its name."""
    _, one, two = _names(proof)
    kept = [s for s in proof.segments if s.device != two]
    return dataclasses.replace(proof, segments=kept, branches={one: proof.branches[one]})


def _hidden_by_its_place(proof: Proof) -> Proof:
    """The same, though it is still named."""
    _, _, two = _names(proof)
    return dataclasses.replace(proof, segments=[s for s in proof.segments if s.device != two])


def _told_as_one(proof: Proof) -> Proof:
    """One history goes on as if there were no other: a package without branches."""
    trunk, one, two = _names(proof)
    past, mine = (proof.segments[_at(proof, name)] for name in (trunk, one))
    joined = Segment(
        trunk,
        past.first,
        past.previous,
        [*past.headers, *mine.headers],
        {**past.bodies, **mine.bodies},
        {**past.signatures, **mine.signatures},
    )
    others = [s for s in proof.segments if s.device not in (trunk, one, two)]
    return _sorted(proof, [*others, joined], {})


def _longer_past(proof: Proof) -> Proof:
    """One history is told as the feed's own, beside the other as a branch of it."""
    _, _, two = _names(proof)
    joined = _told_as_one(proof)
    other = proof.segments[_at(proof, two)]
    return _sorted(joined, [*joined.segments, other], {two: proof.branches[two]})


def _beside_itself(proof: Proof) -> Proof:
    """The beginning of one history, under a made-up name, in place of the other."""
    _, one, two = _names(proof)
    mine = proof.segments[_at(proof, one)]
    kept = [s for s in proof.segments if s.device != two]
    false = b"\xff" * 16
    parted = {one: proof.branches[one], false: proof.branches[two]}
    return _sorted(proof, [*kept, dataclasses.replace(mine, device=false, bodies={})], parted)


FLAWS: dict[str, tuple[Callable[[Proof], Proof], str]] = {
    "the base too late": (_base(1), "does not hold what the histories of Amina share"),
    "the base too early": (_base(-1), "does not hold what the histories of Amina share"),
    "one base elsewhere": (_one_base, "said to part at several places"),
    "another hash at the base": (_base_hash, "does not begin where it parts"),
    "another past": (_other_past, "does not begin where it parts"),
    "the past left out": (_no_past, "does not hold what the histories of Amina share"),
    "the past cut short": (_short_past, "does not hold what the histories of Amina share"),
    "a gap in a branch": (_gap, "is named, and is not in the package"),
    "branches swapped": (_swapped, "not the one that its name says"),
    "contents swapped": (_bodies_swapped, "not what its author signed"),
    "a branch reordered": (_reordered, "skips a change set"),
    "a branch of another key": (_other_key, "chain of Amina does not hold"),
    "a branch not signed": (_unsigned, "not signed"),
    "branches of another device": (_other_parent, "chain of Office does not hold"),
    "branches of nobody": (_nobodys, "not shown to be of the workspace"),
    "a history left out": (_hidden, "is said to exist, and is not shown"),
    "a history left out, its name kept": (_hidden_by_its_place, "is named, and is not in the"),
    "two told as one": (_told_as_one, "was taken out"),
    "one told as the past": (_longer_past, "does not hold what the histories of Amina share"),
    "a history shown twice": (_beside_itself, "not the one that its name says"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_every_flaw_of_a_branch_is_found(forked: World, flaw: str) -> None:
    proof = forked.proof(whole=True)
    assert problems(proof) == []
    change, said = FLAWS[flaw]
    found = problems(change(proof))
    assert said in " | ".join(found), found


def test_entries_that_lie_in_a_history_that_was_left_out_are_missed(forked: World) -> None:
    """By those that follow them, whatever name they knew the history by."""
    found = " | ".join(problems(_hidden(forked.proof())))
    assert "was taken out" in found  # the closing act names the branch
    proof = forked.proof(name="again")
    _, one, _ = _names(proof)
    cut = proof.segments[_at(proof, one)]
    kept = {seq: body for seq, body in cut.bodies.items() if seq != cut.first}
    found = " | ".join(problems(altered(proof, _at(proof, one), bodies=kept)))
    # What comes next in that history names the feed, of before the fork was known.
    assert "lies in a history that is not in the package" in found


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [[b"\1" * 16, b"\2" * 16]],
        [[b"\1" * 16, b"\2" * 16, -1]],
        [[b"\1" * 16, b"\2" * 16, 2**48]],
        [[b"\1" * 16, b"\2" * 16, True]],
        [[b"\1" * 15, b"\2" * 16, 1]],
        [[b"\1" * 16, b"\2" * 16, 1], [b"\1" * 16, b"\2" * 16, 1]],
        [[b"\2" * 16, b"\3" * 16, 1], [b"\1" * 16, b"\3" * 16, 1]],
        [[b"\1" * 16, b"\1" * 16, 1]],
        [[b"\1" * 16, b"\2" * 16, 1], [b"\2" * 16, b"\1" * 16, 1]],
        [[b"\1" * 16, b"\2" * 16, 1], [b"\2" * 16, b"\1" * 16, 2], [b"\1" * 16, b"\2" * 16, 3]],
        [[n.to_bytes(16, "big"), b"\xff" * 16, 1] for n in range(1001)],
        None,
    ],
)
def test_malformed_branches_are_refused(forked: World, wrong: object) -> None:
    """Among them such as come of themselves."""
    value = canonical.decode(proof_format.encode(forked.proof()))
    value[9] = wrong
    with pytest.raises(DamagedError):
        proof_format.decode(canonical.encode(value))


def test_stretches_without_an_entry_stand_only_where_histories_part(forked: World) -> None:
    proof = forked.proof()
    trunk, _, _ = _names(proof)
    at = next(i for i, s in enumerate(proof.segments) if s.device not in {trunk, *proof.branches})
    with pytest.raises(DamagedError):
        problems(altered(proof, at, bodies={}))


def test_hostile_proofs_with_branches_are_refused_whole(forked: World) -> None:
    data = proof_format.encode(forked.proof())
    true = check.verify(proof_format.decode(data))
    for at in range(0, len(data), max(1, len(data) // 400)):
        bad = bytearray(data)
        bad[at] ^= 1 << at % 8
        for form in (bytes(bad), data[:at]):
            try:
                found = check.verify(proof_format.decode(form))
            except DamagedError:
                continue
            # Where what is shared begins in the middle, a desk's id is bound by the seal alone.
            assert not found.sound or (
                (found.entries, found.fixed, found.signers, found.forks)
                == (true.entries, true.fixed, true.signers, true.forks)
            )


def test_signatures_of_both_histories_are_checked(forked: World) -> None:
    proof = forked.proof()
    _, one, two = _names(proof)
    for name in (one, two):
        at = _at(proof, name)
        false = {n: bytes(64) for n in proof.segments[at].signatures}
        assert "signature" in " | ".join(problems(altered(proof, at, signatures=false)))
    assert signing.id_bytes(forked.device) not in (one, two)
