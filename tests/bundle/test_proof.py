"""The proof of a custody package without a vault: sound as it is made, and one flaw for each thing
that can be wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from defenderdesk.bundle.evidence import check, proof_branches, signers
from defenderdesk.bundle.evidence.proof_format import Proof, Segment, Stamped
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import signing, timestamp
from defenderdesk.domain import custody
from defenderdesk.domain.custody import Before
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.branches import Branch, branch_id
from defenderdesk.ledger.changes import ADD, NOTE, SET, Change
from tests.bundle.people import DESK, Person, founder
from tests.tsa import Tsa

RECORD, OTHER, PACKAGE = b"r" * 16, b"x" * 16, b"p" * 16
NAME = signing.id_text(PACKAGE)
SUMS: dict[str, Any] = {"sha256": "a" * 64, "sha512": "b" * 128, "size": 5}


def text(name: str, value: object, op: int = SET, record: bytes = RECORD) -> Change:
    return Change(record, name, op, value)  # type: ignore[arg-type]


def act(name: str, follows: list[Before], **facts: object) -> Change:
    return text(custody.FIELD, custody.value(name, follows, facts), NOTE)  # type: ignore[arg-type]


TAKEN_IN = [
    text("kind", "attachment"),
    text("name", "photo"),
    text("sha256", "a" * 64),
    text("sha512", "b" * 128),
    text("size", 5),
]


class World:
    """A founder and a researcher; the researcher takes a photograph in, both look at it, the
    founder gives it out."""

    def __init__(self) -> None:
        self.one, self.four = founder(), Person("Field")
        self.one.admit(self.four)
        self.log = self.one.log
        assert self.log is not None
        self.feeds: dict[bytes, list[tuple[bytes, bytes, bool]]] = {
            self.one.id: [],
            self.four.id: [],
        }

    def write(self, who: Person, *items: Change, shown: bool = True) -> Before:
        """One change set; how others will name it."""
        feed = self.feeds[who.id]
        seq = len(feed) + 1
        stamp = sum(map(len, self.feeds.values())) + 1
        header, body = changes.make(items, who.id, seq, stamp << 16, b"s" * 16)
        feed.append((header, body, shown))
        name = next((c.value[1] for c in items if c.field == custody.FIELD), "")  # type: ignore[index]
        digest = hashlib.sha256(header).hexdigest()[:32]
        return Before(signing.id_text(who.id), seq, digest, str(name))

    def story(self) -> None:
        taken = self.write(self.four, *TAKEN_IN, act(custody.INGESTED, [], **SUMS))
        titled = self.write(self.four, text("title", "The gate"))
        self.write(self.one, text("title", "Not of it", record=OTHER), shown=False)
        seen = self.write(
            self.one, act(custody.OPENED, [taken, titled]), text(custody.DETAIL, {"to": "Somebody"}, NOTE)
        )
        self.write(self.one, act(custody.EVIDENCE, [seen], package=NAME))

    def segment(self, who: Person, first: int = 1, last: int = 99) -> Segment:
        feed = self.feeds[who.id]
        chain = feeds.genesis(self.log.workspace, DESK, who.id)
        for header, _, _ in feed[: first - 1]:
            chain = feeds.link(chain, header)
        made = feed[first - 1 : last]
        end = chain
        for header, _, _ in made:
            end = feeds.link(end, header)
        return Segment(
            who.id,
            first,
            chain,
            [header for header, _, _ in made],
            {n: body for n, (_, body, shown) in enumerate(made, first) if shown},
            {first + len(made) - 1: who.key.sign(feeds.SIGNATURE, end)},
        )

    def proof(self, **other: Any) -> Proof:
        people = sorted((self.one, self.four), key=lambda p: p.id)
        members = signers.carry(self.log, [p.id for p in people])
        made = Proof(
            self.log.workspace,
            DESK,
            RECORD,
            PACKAGE,
            members,
            [self.segment(p) for p in people],
            [],
        )
        return replace(made, **other)


@pytest.fixture
def world() -> World:
    made = World()
    made.story()
    return made


def problems(proof: Proof) -> list[str]:
    found = check.verify(proof)
    return [str(said) for said in (*found.problems, *found.told)]


def at(proof: Proof, who: Person) -> int:
    return next(n for n, s in enumerate(proof.segments) if s.device == who.id)


def with_segment(proof: Proof, who: Person, **other: Any) -> Proof:
    number = at(proof, who)
    changed = list(proof.segments)
    changed[number] = replace(changed[number], **other)
    return replace(proof, segments=changed)


def test_a_sound_proof_says_who_did_what_in_its_order(world: World) -> None:
    found = check.verify(world.proof())
    assert found.problems == [] and found.sound
    assert [(e.name, found.who(e.device), e.seq) for e in found.entries] == [
        ("ingested", "Field", 1),
        ("", "Field", 2),
        ("opened", "Founder", 2),
        ("evidence", "Founder", 3),
    ]
    assert found.origin == found.entries[0] and found.closing == found.entries[-1]
    assert found.fixed == {"kind": "attachment", "name": "photo", **SUMS}
    assert found.workspace_name == "Workspace" and found.forks == [] and found.times == []
    assert found.founder == hashlib.sha256(world.one.key.public).hexdigest()
    assert found.entries[2].detail == {"to": "Somebody"} and found.entries[2].hidden == 0
    assert found.entries[1].changes == (("title", "set", "The gate"),)
    assert found.entries[0].feed == found.entries[0].device == world.four.id
    assert found.who("a" * 26) == "aaaaaaaa" and found.who(b"\x00" * 16) == "aaaaaaaa"


def test_what_is_hidden_is_counted(world: World) -> None:
    proof = world.proof()
    segment = proof.segments[at(proof, world.four)]
    body = changes.redact(segment.bodies[1], [1])
    made = with_segment(proof, world.four, bodies={**segment.bodies, 1: body})
    found = check.verify(made)
    assert found.problems == [] and found.entries[0].hidden == 1 and "name" not in found.fixed


NOT_IN = "The act that closes this package is not in it."
CHAIN = "The chain of {who} does not hold: {why}"
DAMAGED = "This file is damaged or was altered: "
Spoil = Callable[[World], Proof]


def _members(world: World) -> Proof:
    members = [data for data in world.proof().members if acts.read(data).kind != acts.FOUND]
    return world.proof(members=members)


def _unknown(world: World) -> Proof:
    return world.proof(members=signers.carry(world.log, [world.one.id]))


def _reordered(world: World) -> Proof:
    return world.proof(segments=world.proof().segments[::-1])


def _skipped(world: World) -> Proof:
    proof = world.proof()
    segment = proof.segments[at(proof, world.one)]
    return with_segment(
        proof,
        world.one,
        headers=[*segment.headers[:1], *segment.headers[2:]],
        bodies={},
        signatures={2: bytes(64)},
    )


def _other_start(world: World) -> Proof:
    return with_segment(world.proof(), world.one, previous=bytes(32))


def _overlap(world: World) -> Proof:
    segments = [
        world.segment(world.four),
        world.segment(world.one, 1, 2),
        world.segment(world.one, 2),
    ]
    return world.proof(segments=sorted(segments, key=lambda s: (s.device, s.first)))


def _torn(world: World) -> Proof:
    """The second stretch follows the first by number, and not by its hash."""
    second = replace(world.segment(world.one, 3), previous=bytes(32))
    segments = [world.segment(world.four), world.segment(world.one, 1, 2), second]
    return world.proof(segments=sorted(segments, key=lambda s: (s.device, s.first)))


def _signature(world: World) -> Proof:
    return with_segment(world.proof(), world.one, signatures={3: bytes(64)})


def _unsigned(world: World) -> Proof:
    return with_segment(world.proof(), world.one, signatures={})


def _signed_before(world: World) -> Proof:
    """Signed in the middle, and not at its end."""
    middle = world.segment(world.one, 1, 2).signatures
    return with_segment(world.proof(), world.one, signatures=middle)


def _wrong_before(world: World) -> Proof:
    proof = world.proof()
    signatures = {2: bytes(64), **proof.segments[at(proof, world.one)].signatures}
    return with_segment(proof, world.one, signatures=signatures)


def _other_record(world: World) -> Proof:
    proof = world.proof()
    body = world.feeds[world.one.id][0][1]
    bodies = {1: body, **proof.segments[at(proof, world.one)].bodies}
    return with_segment(proof, world.one, bodies=bodies)


def _bodies_swapped(world: World) -> Proof:
    bodies = world.proof().segments[at(world.proof(), world.one)].bodies
    return with_segment(world.proof(), world.one, bodies={2: bodies[3], 3: bodies[2]})


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (_members, "The membership does not hold"),
        (_unknown, "is not shown to be of the workspace"),
        (_reordered, "The stretches of the chains are out of order."),
        (_skipped, "skips a change set"),
        (_other_start, "does not follow what it should"),
        (_overlap, "stretches are out of order"),
        (_torn, "does not follow what it should"),
        (_signature, "the signature of number 3 is wrong"),
        (_unsigned, "its last change set is not signed"),
        (_signed_before, "its last change set is not signed"),
        (_wrong_before, "the signature of number 2 is wrong"),
        (_other_record, "it holds something of another record"),
        (_bodies_swapped, "is not what its author signed"),
    ],
)
def test_what_is_wrong_with_a_chain_is_said(world: World, spoil: Spoil, wanted: str) -> None:
    assert any(wanted in flaw for flaw in problems(spoil(world))), problems(spoil(world))


def test_two_stretches_of_one_chain_hold(world: World) -> None:
    segments = [
        world.segment(world.four),
        world.segment(world.one, 1, 2),
        world.segment(world.one, 3),
    ]
    proof = world.proof(segments=sorted(segments, key=lambda s: (s.device, s.first)))
    assert problems(proof) == []
    later = [world.segment(world.four), world.segment(world.one, 2)]
    assert problems(world.proof(segments=sorted(later, key=lambda s: (s.device, s.first)))) == []


def story_of(*steps: Callable[[World, list[Before]], Before]) -> Proof:
    made = World()
    told: list[Before] = []
    for step in steps:
        told.append(step(made, told))
    return made.proof()


def _take(world: World, _: list[Before]) -> Before:
    return world.write(world.four, *TAKEN_IN, act(custody.INGESTED, [], **SUMS))


def _close(world: World, told: list[Before]) -> Before:
    return world.write(world.one, act(custody.EVIDENCE, told, package=NAME))


def _see(world: World, told: list[Before]) -> Before:
    return world.write(world.one, act(custody.OPENED, told))


def _take_wrong(name: str, value: object) -> Callable[[World, list[Before]], Before]:
    sums = {**SUMS, name: value}
    return lambda world, _: world.write(world.four, *TAKEN_IN, act(custody.INGESTED, [], **sums))


def _set(*items: Change) -> Callable[[World, list[Before]], Before]:
    return lambda world, _: world.write(world.four, *items)


CHANGED = "Field wrote later over what was fixed when the file was taken in. What was fixed counts."


@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ((_take, _close), []),
        ((_take, _see, _close), []),
        ((_set(*TAKEN_IN), _close), []),
        ((_set(*TAKEN_IN, act(custody.MEASURED, [], **{**SUMS, "size": 9})), _close), []),
        ((_take,), [NOT_IN]),
        ((_take, _see), [NOT_IN]),
        ((_take, _close, _close), [NOT_IN]),
        ((_take, lambda w, told: w.write(w.one, act(custody.EVIDENCE, told, package="x"))), [NOT_IN]),
        ((_take, lambda w, told: w.write(w.one, act(custody.SHARED, told, package=NAME))), [NOT_IN]),
        ((_set(text("title", "x")), _close), ["It is not shown how the file was taken in."]),
        ((_set(text("kind", "note")), _close), ["It is not shown how the file was taken in."]),
        ((_set(text("kind", "attachment", ADD)), _close), ["It is not shown how the file was taken in."]),
        ((_take, _take, _close), ["It is not shown how the file was taken in."]),
        *(
            (
                (_take_wrong(name, value), _close),
                ["What was recorded when the file was taken in contradicts itself."],
            )
            for name, value in (("sha256", "c" * 64), ("sha512", "c" * 128), ("size", 6))
        ),
        *(((_take, _set(text(name, "x")), _close), [CHANGED]) for name in ("name", "media_type", "size")),
        ((_take, _set(text("title", "x"), text("sha256", "c")), _close), [CHANGED]),
        ((_take, _set(text("title", "x")), _close), []),
        (
            (_take, _set(act(custody.INGESTED, [], **SUMS)), _close),
            ["It is said twice how the file was taken in."],
        ),
    ],
)
def test_what_is_wrong_with_a_history_is_said(steps, wanted: list[str]) -> None:
    assert problems(story_of(*steps)) == wanted


def changed(one: Before, **other: Any) -> Before:
    return one._replace(**other)


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        ({"header": "f" * 32}, "(number 1) is not the one that others saw."),
        ({"act": "opened"}, "(number 1) is not the one that others saw."),
        ({"seq": 7}, "(number 7) was taken out."),
        ({"device": "a" * 26}, "(number 1) was taken out."),
    ],
)
def test_an_entry_that_is_not_as_it_was_seen_is_said(other: dict[str, Any], wanted: str) -> None:
    def close(world: World, told: list[Before]) -> Before:
        said = [changed(told[0], **other)]
        return world.write(world.one, act(custody.EVIDENCE, said, package=NAME))

    found = problems(story_of(_take, close))
    assert found[0].endswith(wanted)
    assert found[1:] == ["An entry of Field (number 1) is not part of the history."]


def test_one_entry_that_is_wrong_does_not_hide_another() -> None:
    def close(world: World, told: list[Before]) -> Before:
        said = [told[0], told[0], told[1]._replace(seq=8), told[0]._replace(seq=9)]
        return world.write(world.one, act(custody.EVIDENCE, said, package=NAME))

    assert sorted(problems(story_of(_take, _see, close))) == [
        "An entry of Field (number 9) was taken out.",
        "An entry of Founder (number 1) is not part of the history.",
        "An entry of Founder (number 8) was taken out.",
    ]


def test_an_entry_that_is_named_twice_is_looked_at_once() -> None:
    def close(world: World, told: list[Before]) -> Before:
        said = [told[1], told[0], told[0]]
        return world.write(world.one, act(custody.EVIDENCE, said, package=NAME))

    assert problems(story_of(_take, _see, close)) == []


def test_an_entry_of_a_history_that_is_left_out_is_told_from_one_taken_out() -> None:
    made = World()
    taken = made.write(made.four, *TAKEN_IN, act(custody.INGESTED, [], **SUMS))
    said = [taken, taken._replace(seq=5)]
    made.write(made.one, act(custody.EVIDENCE, said, package=NAME))
    branches = {b"z" * 16: Branch(made.four.id, 1)}
    found = problems(made.proof(branches=branches))
    assert "An entry of Field (number 5) lies in a history that is not in the package." in found
    branches = {b"z" * 16: Branch(made.four.id, 5)}
    assert "An entry of Field (number 5) was taken out." in problems(made.proof(branches=branches))


def test_an_entry_that_nothing_leads_to_is_said() -> None:
    def close(world: World, told: list[Before]) -> Before:
        return world.write(world.one, act(custody.EVIDENCE, [told[0], told[0]], package=NAME))

    found = problems(story_of(_take, _see, _set(text("title", "x")), close))
    assert sorted(found) == [
        "An entry of Field (number 2) is not part of the history.",
        "An entry of Founder (number 1) is not part of the history.",
    ]


def test_an_act_in_it_that_is_malformed_is_said() -> None:
    wrong = text(custody.FIELD, [1, "nothing known", [], {}], NOTE)
    found = problems(story_of(_take, _set(wrong), _close))
    assert any("an act in it is malformed" in flaw for flaw in found)


def test_timestamps_hold_over_what_is_in_the_proof_alone(world: World, tmp_path) -> None:
    tsa, other = Tsa(tmp_path / "tsa"), Tsa(tmp_path / "other", "Two")
    proof = world.proof()
    signature = proof.segments[at(proof, world.one)].signatures[3]
    token = tsa.answer(timestamp.request(signature).data)
    root, foreign = (timestamp.read_root(one.root) for one in (tsa, other))
    right = Stamped(world.one.id, 3, "One", token, root.der)
    found = check.verify(replace(proof, stamps=[right]), [root])
    assert found.problems == []
    [time] = found.times
    assert (time.device, time.seq, time.pinned, time.root) == (
        world.one.id,
        3,
        True,
        root.fingerprint,
    )
    assert not check.verify(replace(proof, stamps=[right])).times[0].pinned
    pinned = check.verify(replace(proof, stamps=[right]), [foreign])
    assert list(map(str, pinned.problems)) == ["No timestamp holds under a root certificate that was given."]
    for wrong in (
        replace(right, seq=2),
        replace(right, seq=1),
        replace(right, device=world.four.id),
        replace(right, token=b"x"),
        replace(right, root=b"x"),
        replace(right, root=foreign.der),
    ):
        found = check.verify(replace(proof, stamps=[wrong]), [root])
        assert found.times == [] and len(found.problems) == 2
        assert "The timestamp of One does not hold" in str(found.problems[0])


def test_a_gap_between_two_stretches_is_no_flaw_where_nothing_of_the_record_lies_in_it() -> None:
    made = World()
    taken = made.write(made.four, *TAKEN_IN, act(custody.INGESTED, [], **SUMS))
    seen = made.write(made.one, act(custody.OPENED, [taken]))
    made.write(made.one, text("title", "Not of it", record=OTHER), shown=False)
    made.write(made.one, act(custody.EVIDENCE, [seen], package=NAME))
    parts = [made.segment(made.four), made.segment(made.one, 1, 1), made.segment(made.one, 3)]
    proof = made.proof(segments=sorted(parts, key=lambda s: (s.device, s.first)))
    assert problems(proof) == []


def test_only_a_note_is_an_act_and_other_notes_are_shown_as_they_are() -> None:
    said = custody.value(custody.SHARED, [], {})
    items = [
        text(custody.FIELD, said),
        text(custody.DETAIL, {"to": "x"}),
        text("remark", "y", NOTE),
        text(custody.DETAIL, {"to": ["no text"]}, NOTE),
    ]

    def close(world: World, told: list[Before]) -> Before:
        before = [told[0], told[1]._replace(act="")]
        return world.write(world.one, act(custody.EVIDENCE, before, package=NAME))

    found = check.verify(story_of(_take, _set(*items), close))
    assert found.problems == []
    [entry] = [e for e in found.entries if e.seq == 2]
    assert entry.act is None and entry.name == "" and entry.detail == {}
    assert [(name, op) for name, op, _ in entry.changes] == [
        (custody.FIELD, "set"),
        (custody.DETAIL, "set"),
        ("remark", "note"),
    ]


def test_what_was_taken_in_fixes_the_file_and_nothing_else() -> None:
    more = lambda w, _: w.write(  # noqa: E731
        w.four, *TAKEN_IN, text("title", "x"), act(custody.INGESTED, [], **SUMS)
    )
    found = check.verify(story_of(more, _close))
    assert "title" not in found.fixed and found.problems == []
    later = check.verify(story_of(_take, _set(text("name", "x")), _close))
    assert later.sound and later.fixed["name"] != "x", "what was written over it ends nothing"
    both = problems(story_of(_take_wrong("size", 6), _set(text("name", "x")), _close))
    assert both == ["What was recorded when the file was taken in contradicts itself.", CHANGED]


def test_flaws_of_branches_are_flaws_of_the_proof(world: World) -> None:
    name = b"z" * 16
    proof = world.proof(branches={name: Branch(world.four.id, 2)})
    found = check.verify(proof)
    assert [ANOTHER.replace("X", "Field"), NAMED.replace("X", "Field")] == list(map(str, found.problems))
    [fork] = found.forks
    assert (fork.device, fork.base, fork.entries) == (world.four.id, 2, (1, 2))
    assert found.who(signing.id_text(name)) == "Field" == found.who(name)


def test_only_a_stretch_that_parts_may_be_signed_by_what_follows_it(world: World) -> None:
    proof = world.proof(branches={b"z" * 16: Branch(world.four.id, 2)})
    unsigned = "its last change set is not signed"
    found = problems(with_segment(proof, world.one, signatures={}))
    assert [unsigned in flaw for flaw in found].count(True) == 1
    found = problems(with_segment(proof, world.four, signatures={}))
    assert not any(unsigned in flaw for flaw in found)


# -- branches ------------------------------------------------------------------------------------------


def forked(base: int = 2) -> tuple[Proof, bytes, list[bytes]]:
    """A feed that parts behind `base`: the proof, the device, the names of its branches."""
    device, workspace = b"d" * 16, b"w" * 16
    start = feeds.genesis(workspace, DESK, device)
    heads = [changes.make([text("title", n)], device, n, n << 16, b"s" * 16)[0] for n in range(1, base + 1)]
    end = start
    for header in heads:
        end = feeds.link(end, header)
    parts, branches = [], {}
    for word in ("a", "b"):
        own = [
            changes.make([text("title", word)], device, n, n << 16, b"s" * 16)[0]
            for n in (base + 1, base + 2)
        ]
        name = branch_id(device, feeds.link(end, own[0]))
        branches[name] = Branch(device, base)
        parts.append(Segment(name, base + 1, end, own))
    shared = [Segment(device, 1, start, heads)] if base else []
    proof = Proof(workspace, DESK, RECORD, PACKAGE, [], [*shared, *parts], [], branches)
    return proof, device, list(branches)


def flaws(proof: Proof) -> list[str]:
    return [str(flaw) for flaw in proof_branches.flaws(proof, lambda _: "X")]


@pytest.mark.parametrize("base", [0, 1, 2])
def test_branches_that_begin_where_they_say_hold(base: int) -> None:
    assert flaws(forked(base)[0]) == []


SHARED = "The package does not hold what the histories of X share, up to where they part."
NAMED = "A history of X is named, and is not in the package."
BEGINS = "A history of X does not begin where it parts from the other."
CALLED = "A history of X is not the one that its name says."
ANOTHER = "Another history of X is said to exist, and is not shown."
PLACES = "The histories of X are said to part at several places."


def test_what_is_wrong_with_a_branch_is_said() -> None:
    proof, device, (one, two) = forked()
    trunk, first, second = proof.segments

    def of(*segments: Segment, **branches: Branch) -> list[str]:
        return flaws(replace(proof, segments=list(segments)))

    assert of(first, second) == [SHARED]
    assert of(replace(trunk, headers=trunk.headers[:1]), first, second) == [SHARED]
    assert of(trunk, replace(trunk, first=2), first, second) == [SHARED]
    assert of(trunk, first) == [NAMED] and of(trunk) == [NAMED, NAMED]
    assert of(trunk, first, first, second) == [NAMED]
    assert of(trunk, replace(first, first=4), second) == [BEGINS]
    assert of(trunk, replace(first, previous=bytes(32)), second) == [BEGINS]
    assert of(trunk, replace(first, headers=second.headers), second) == [CALLED]
    assert of(trunk, replace(first, headers=first.headers[1:]), second) == [CALLED]
    assert sorted(of(trunk, replace(first, first=4), replace(second, headers=first.headers))) == sorted(
        [BEGINS, CALLED]
    )
    alone = replace(proof, branches={one: Branch(device, 2)}, segments=[trunk, first])
    assert flaws(alone) == [ANOTHER]
    places = {one: Branch(device, 2), two: Branch(device, 1)}
    assert flaws(replace(proof, branches=places)) == [PLACES]


def test_histories_that_share_nothing_have_no_shared_stretch() -> None:
    proof, device, _ = forked(0)
    start = feeds.genesis(proof.workspace, DESK, device)
    more = Segment(device, 1, start, proof.segments[0].headers)
    assert flaws(replace(proof, segments=[more, *proof.segments])) == [SHARED]
    assert flaws(replace(proof, desk=b"other desk 16 b.")) == [BEGINS, BEGINS]


def test_each_fork_is_looked_at_by_itself() -> None:
    proof, _, _ = forked()
    other, second, names = forked(1)
    moved = {name: Branch(b"e" * 16, 1) for name in names}
    both = replace(
        proof,
        branches={**moved, **proof.branches},
        segments=[*proof.segments, replace(other.segments[0], device=b"e" * 16, headers=[])],
    )
    assert flaws(both) == [SHARED]
    assert second == b"d" * 16


@pytest.mark.parametrize("first", ["places", "shared"])
def test_a_flaw_of_one_fork_does_not_hide_that_of_another(first: str) -> None:
    proof, device, (one, two) = forked()
    bases = (2, 1) if first == "places" else (2, 2)
    branches = {
        one: Branch(device, bases[0]),
        two: Branch(device, bases[1]),
        b"\xff" * 16: Branch(b"e" * 16, 0),
        b"\xfe" * 16: Branch(b"f" * 16, 0),
    }
    kept = proof.segments if first == "places" else proof.segments[1:]
    found = flaws(replace(proof, branches=branches, segments=kept))
    assert sorted(found) == sorted([PLACES if first == "places" else SHARED, ANOTHER, NAMED, ANOTHER, NAMED])
