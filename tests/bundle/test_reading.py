"""One bundle without a vault: sealed, opened, trusted or not, and read to its authenticated end."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from defenderdesk.bundle import manifest, padme, ranges, writer
from defenderdesk.bundle.evidence import proof_format, signers
from defenderdesk.bundle.manifest import Manifest, Part, Receipt
from defenderdesk.bundle.membership import (
    ADMINISTRATOR,
    COORDINATOR,
    DESK_OFFICER,
    RESEARCHER,
    acts,
    workspace_id,
)
from defenderdesk.bundle.reader import Reader
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import DeskKey, Sealer
from defenderdesk.errors import (
    DamagedError,
    LimitError,
    NotForUsError,
    OtherWorkspaceError,
    OurError,
    TruncatedError,
    UnknownDeviceError,
)
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.ledger.feeds import ChangeSet
from tests.bundle.people import DESK, RECIPIENT, Person, admission, founder, office
from tests.format import refused_bundle

KEY, OTHER_KEY = DeskKey(bytes(32)), DeskKey(b"o" * 32)
PARTS = [b"first part", b"", b"x" * 5000]


def contents(of: Person, **other: object) -> Manifest:
    made = Manifest(of.log.workspace, DESK, of.id, 1, (), Receipt({}, roster=bytes(16)), ())
    return replace(made, **other)  # type: ignore[arg-type]


def sealed(of: Person, *, parts: list[bytes] = PARTS, **other: object) -> bytes:
    """A bundle as the writer makes it."""
    sources = [writer.Source("later", {}, lambda data=data: data) for data in parts]
    measured, sources = writer.measure(sources)
    out = io.BytesIO()
    made = contents(of, parts=tuple(measured), **other)
    writer.write(out, made, sources, of.key, [KEY])
    return out.getvalue()


def raw(plain: bytes) -> io.BytesIO:
    """Whatever is sealed to the desk."""
    out = io.BytesIO()
    with Sealer(out, [KEY]) as sealer:
        sealer.write(plain)
    return io.BytesIO(out.getvalue())


def plain_of(of: Person, parts: list[bytes] = PARTS) -> bytes:
    from defenderdesk.crypto.age import open_bytes

    return open_bytes(sealed(of, parts=parts), [KEY])


def everything(source: io.BytesIO, of: Person) -> list[bytes]:
    reader = Reader(source, [KEY])
    reader.trust(of.log.workspace, (), of.log)
    found = [data for _, data in reader.parts()]
    reader.finish()
    return found


def test_a_bundle_is_read_as_it_was_written_and_tells_how_far_it_is() -> None:
    one = founder()
    data = sealed(one)
    steps: list[tuple[int, int]] = []
    reader = Reader(io.BytesIO(data), [OTHER_KEY, KEY])
    assert reader.opened_by is KEY
    opened = reader.trust(one.log.workspace, (), one.log)
    assert opened.sender == one.of(one) and opened.news == [] and opened.manifest == reader.manifest
    found = [data for _, data in reader.parts(lambda *step: steps.append(step))]
    reader.finish()
    assert found == PARTS and steps == [(10, 5010), (10, 5010), (5010, 5010)]
    assert everything(io.BytesIO(sealed(one, parts=[])), one) == []


def test_its_size_says_little_of_what_is_in_it() -> None:
    one = founder()
    for size in (0, 1, 100, 1000, 70_000):
        plain = plain_of(one, [bytes(size)])
        assert len(plain) == padme.padded(len(plain)), "padding leads to where no more is needed"
    assert [padme.padded(n) for n in (0, 1, 2, 9, 1000, 1025, 10**6)] == [
        0,
        1,
        2,
        10,
        1024,
        1088,
        1_015_808,
    ]


def test_the_end_of_a_bundle_is_where_it_says() -> None:
    one = founder()
    plain = plain_of(one)
    assert everything(raw(plain), one) == PARTS
    stripped = plain.rstrip(b"\x00")
    for wrong in (
        plain + b"\x00",
        plain + bytes(2**20 + 5),
        stripped + b"\x01" + plain[len(stripped) + 1 :],
    ):
        with pytest.raises(DamagedError, match="larger than its list of contents says"):
            everything(raw(wrong), one)
    with pytest.raises(TruncatedError, match="the end is missing"):
        everything(raw(plain[:-1]), one)
    for length in (0, 7, 8, 11, 12, 40, len(stripped) - 1):
        with pytest.raises(TruncatedError):
            everything(raw(plain[:length]), one)


def test_what_is_no_bundle_is_refused_before_anything_is_read() -> None:
    one = founder()
    plain = plain_of(one)
    with pytest.raises(DamagedError, match="not a bundle"):
        Reader(raw(b"DDBUNDL\x02" + plain[8:]), [KEY])
    for size in (manifest.MAX_MANIFEST + 1, 2**32 - 1):
        with pytest.raises(LimitError, match="list of contents"):
            Reader(raw(plain[:8] + size.to_bytes(4, "big") + plain[12:]), [KEY])
    with pytest.raises(TruncatedError):
        Reader(raw(plain[:8] + manifest.MAX_MANIFEST.to_bytes(4, "big")), [KEY])


def test_a_part_that_is_another_than_the_manifest_says_is_refused() -> None:
    one = founder()
    plain = bytearray(plain_of(one))
    plain[plain.index(b"first part")] ^= 1
    with pytest.raises(DamagedError, match="a part is not what"):
        everything(raw(bytes(plain)), one)


def test_who_it_is_for_and_of_which_workspace() -> None:
    one, other = founder(), founder("Other")
    two = b"t" * 16
    data = sealed(one, recipients=(one.id, two))

    def trust(workspace: bytes | None, devices: tuple[bytes, ...], log: object) -> object:
        return Reader(io.BytesIO(data), [KEY]).trust(workspace, devices, log)  # type: ignore[arg-type]

    for mine in ((one.id,), (b"x" * 16, two), ()):
        trust(one.log.workspace, mine, one.log)
    with pytest.raises(NotForUsError) as raised:
        trust(one.log.workspace, (b"x" * 16,), one.log)
    assert type(raised.value) is NotForUsError
    with pytest.raises(OtherWorkspaceError):
        trust(other.log.workspace, (one.id,), other.log)
    to_all = Reader(io.BytesIO(sealed(one)), [KEY])
    to_all.trust(one.log.workspace, (b"x" * 16,), one.log)


def test_the_sender_is_known_from_the_log_or_from_what_comes_with_it() -> None:
    one, two, _, _ = office()
    known = [act.data for act in one.log.acts]
    with pytest.raises(UnknownDeviceError):
        Reader(io.BytesIO(sealed(one)), [KEY]).trust(one.log.workspace, (), None)
    opened = Reader(io.BytesIO(sealed(one, acts=tuple(known))), [KEY]).trust(None, (), None)
    assert len(opened.news) == len(known) and opened.log.digest == one.log.digest
    late = one.act(acts.QUORUM, 1)
    opened = Reader(io.BytesIO(sealed(one, acts=(*known, late.data))), [KEY]).trust(
        one.log.workspace, (), two.log
    )
    assert [act.id for act in opened.news] == [late.id]
    assert late.id not in two.log, "it is added to a copy, until the bundle was read to its end"
    stranger = Person("Stranger")
    stranger.log = one.log
    with pytest.raises(UnknownDeviceError):
        Reader(io.BytesIO(sealed(stranger)), [KEY]).trust(one.log.workspace, (), one.log)


def test_a_manifest_that_another_device_signed_is_refused() -> None:
    one, two, _, _ = office()
    measured, sources = writer.measure([])
    out = io.BytesIO()
    writer.write(out, contents(one, parts=tuple(measured)), sources, two.key, [KEY])
    with pytest.raises(DamagedError, match="the signature of the bundle"):
        Reader(io.BytesIO(out.getvalue()), [KEY]).trust(one.log.workspace, (), one.log)


def test_a_log_of_another_workspace_proves_nothing_here() -> None:
    one, other = founder(), founder("Other")
    data = sealed(one, acts=tuple(act.data for act in one.log.acts))
    opened = Reader(io.BytesIO(data), [KEY]).trust(None, (), other.log)
    assert opened.log.workspace == one.log.workspace and len(opened.news) == len(one.log)


# -- writing -----------------------------------------------------------------------------------------


def test_a_part_is_made_once_where_it_may_be_kept_and_is_the_same_each_time() -> None:
    one = founder()
    count = [0]

    def make() -> bytes:
        count[0] += 1
        return b"made"

    known = (4, b"h" * 32)
    parts, sources = writer.measure(
        [
            writer.Source("later", {"a": 1}, make),
            writer.Source("later", {}, make, known),
            writer.Source("later", {}, make, first=b"first"),
        ]
    )
    assert [p.length for p in parts] == [4, 4, 5] and parts[1].sha256 == b"h" * 32
    assert parts[0].detail == {"a": 1} and count == [1], "what is known is not read to be measured"
    steps: list[tuple[int, int]] = []
    out = io.BytesIO()
    made = contents(one, parts=tuple(parts))
    writer.write(out, made, sources, one.key, [KEY], lambda *step: steps.append(step))
    assert count == [2] and [done for done, _ in steps] == [4, 8, 13]
    assert len({total for _, total in steps}) == 1
    for sizes, kept in (((9, 9), [1, 0]), ((7, 7, 7), [1, 1, 0]), ((16,), [1]), ((17, 1), [0, 1])):
        large = [writer.Source("later", {}, lambda n=n: bytes(n * 2**20)) for n in sizes]
        _, held = writer.measure(large)
        assert [one.kept is not None for one in held] == kept, "16 MiB are kept, no more"


def test_a_part_that_changed_meanwhile_is_not_written() -> None:
    one = founder()
    sizes = iter([4, 5])
    sources = [writer.Source("later", {}, lambda: bytes(next(sizes)))]
    parts, sources = writer.measure(sources)
    sources[0].kept = None
    with pytest.raises(OurError, match="changed while"):
        writer.write(io.BytesIO(), contents(one, parts=tuple(parts)), sources, one.key, [KEY])


# -- ranges ------------------------------------------------------------------------------------------


def test_a_range_is_signed_behind_its_tail() -> None:
    start = feeds.genesis(b"w" * 16, DESK, b"d" * 16)
    items = [
        ChangeSet(*changes.make([Change(b"r" * 16, "f", SET, n)], b"d" * 16, n, n, b"s" * 16))
        for n in (1, 2, 3)
    ]
    whole = ranges.Range(b"d" * 16, 1, start, b"s" * 64, items)
    part = ranges.Range(b"d" * 16, 1, start, b"s" * 64, items[:1], [i.header for i in items[1:]])
    assert ranges.links(whole)[0] == ranges.links(part)[0] == feeds.link(start, items[0].header)
    assert ranges.signed_link(whole) == ranges.signed_link(part) == ranges.links(whole)[2]
    for made in (whole, part):
        data, detail = ranges.pack(made)
        carried = Part(manifest.FEED, len(data), b"", detail)
        assert ranges.unpack(data, carried) == replace(made, tail=list(made.tail))
        assert detail["count"] == len(made.items) and detail["first"] == 1
        items = canonical.decode(ranges.inflate(data, detail["raw"]))  # type: ignore[arg-type]
        assert len(items) == (5 if made.tail else 4)


def test_no_more_is_unpacked_than_was_said() -> None:
    data, detail = ranges.pack(
        ranges.Range(b"d" * 16, 1, bytes(32), bytes(64), [ChangeSet(b"", bytes(10**6))])
    )
    assert len(ranges.inflate(data, detail["raw"])) == detail["raw"]  # type: ignore[arg-type, call-overload]
    for wrong in (0, 10, int(detail["raw"]) - 1, int(detail["raw"]) + 1):  # type: ignore[call-overload]
        with pytest.raises(DamagedError):
            ranges.inflate(data, wrong)


# -- members in a custody package --------------------------------------------------------------------


def people() -> tuple[Person, Person, Person, Person]:
    """A founder; an administrator she made; one whom that one let in; an officer made one later."""
    one, two, three, four = founder(), Person("Second"), Person("Third"), Person("Fourth")
    one.act(acts.QUORUM, 1)
    one.admit(two, ADMINISTRATOR)
    two.admit(three)
    one.log.add(a.data for a in two.log.acts)
    one.admit(four, DESK_OFFICER)
    return one, two, three, four


def test_members_are_shown_up_to_the_founder_and_nobody_else() -> None:
    one, _, three, four = people()
    found = signers.check(signers.carry(one.log, [three.id]), one.log.workspace)
    assert sorted((s.member, s.founder) for s in found.values()) == [
        ("Founder", True),
        ("Second", False),
        ("Third", False),
    ]
    assert found[three.id].signing_key == three.key.public
    every = signers.carry(one.log, [three.id, four.id])
    assert signers.workspace_name(every) == "Workspace" and every == sorted(
        every, key=lambda data: acts.read(data).id
    )
    assert signers.workspace_name(every[:0]) == ""


def test_members_who_are_not_vouched_for_are_refused() -> None:
    one, two, three, _ = people()
    items = signers.carry(one.log, [three.id])
    own = [acts.read(item).detail[0] for item in items].index(three.key.public)
    for left_out in set(range(len(items))) - {own}:
        with pytest.raises(DamagedError, match="founder"):
            signers.check(items[:left_out] + items[left_out + 1 :], one.log.workspace)
    with pytest.raises(DamagedError, match="founder"):
        signers.check([], one.log.workspace)
    with pytest.raises(DamagedError, match="another workspace"):
        signers.check(items, b"x" * 16)
    for at, item in enumerate(items):
        torn = [*items[:at], bytes([item[0] ^ 1]) + item[1:], *items[at + 1 :]]
        with pytest.raises(DamagedError, match="signature"):
            signers.check(torn, one.log.workspace)
    guest = Person("Guest")
    by_three = acts.make(
        three.key,
        one.log.workspace,
        acts.ADMIT,
        [bytes(32)],
        1,
        admission(one.log.workspace, guest.key, "Guest"),
    )
    with pytest.raises(DamagedError, match="founder"):
        signers.check([*items, by_three], one.log.workspace)
    unasked = [*admission(one.log.workspace, guest.key, "Guest")[:7], bytes(64)]
    by_two = acts.make(two.key, one.log.workspace, acts.ADMIT, [bytes(32)], 1, unasked)
    with pytest.raises(DamagedError, match="signature"):
        signers.check([*items, by_two], one.log.workspace)


def test_a_founding_act_counts_for_its_own_key_alone() -> None:
    one, other = founder(), Person("Other")
    detail = list(one.log.acts[0].detail)
    for key, wrong in (
        (other.key, detail),
        (one.key, [*detail[:4], bytes(16), detail[5]]),
        (other.key, [other.key.public, *detail[1:]]),
    ):
        made = acts.make(key, one.log.workspace, acts.FOUND, (), 1, wrong)
        with pytest.raises(DamagedError, match="found a workspace"):
            signers.check([made], one.log.workspace)
    mine = workspace_id(other.key.public, bytes(16))
    right = acts.make(
        other.key, mine, acts.FOUND, (), 1, [other.key.public, RECIPIENT, "O", "", bytes(16), "W"]
    )
    assert signers.check([right], mine)[other.id].founder


def test_who_took_a_place_or_was_made_an_administrator_vouches_as_well() -> None:
    one, _, three, four = people()
    fresh, guest = Person("Fresh"), Person("Guest")
    one.succeed(fresh)
    fresh.act(acts.ROLE, four.id, ADMINISTRATOR)
    four.log.add(a.data for a in fresh.log.acts)
    four.admit(guest)
    items = signers.carry(four.log, [guest.id])
    found = signers.check(items, one.log.workspace)
    assert found[guest.id].member == "Guest" and found[fresh.id].member == "Founder"
    assert not found[fresh.id].founder
    heir = Person("Heir")
    three.log.add(a.data for a in four.log.acts)
    three.succeed(heir)
    found = signers.check(signers.carry(three.log, [heir.id]), one.log.workspace)
    assert found[heir.id].member == "Third"
    unsaid = acts.make(
        three.key, one.log.workspace, acts.SUCCEED, [bytes(32)], 1, [heir.key.public, RECIPIENT, bytes(64)]
    )
    kept = signers.carry(three.log, [three.id])
    with pytest.raises(DamagedError, match="signature"):
        signers.check([*kept, unsaid], one.log.workspace)


def test_a_package_of_too_many_acts_is_refused_before_any_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, _, three, _ = people()
    items = signers.carry(one.log, [three.id])
    monkeypatch.setattr(signers, "MAX_ITEMS", len(items))
    signers.check(items, one.log.workspace)
    monkeypatch.setattr(signers, "MAX_ITEMS", len(items) - 1)
    with pytest.raises(LimitError):
        signers.check(items, one.log.workspace)


@pytest.mark.parametrize("role", [COORDINATOR, DESK_OFFICER, RESEARCHER])
def test_who_is_shown_and_does_not_administer_vouches_for_nobody(role: str) -> None:
    """Neither by the role they were given, nor under new keys."""
    one, _, _, four = people()
    fresh, guest = Person("Fresh"), Person("Guest")
    given = one.act(acts.ROLE, four.id, role)
    four.log.add(a.data for a in one.log.acts)
    four.succeed(fresh)
    items = [*signers.carry(four.log, [fresh.id]), given.data]
    assert signers.check(items, one.log.workspace)[fresh.id].member == "Fourth"
    asked = admission(one.log.workspace, guest.key, "Guest")
    for key in (four.key, fresh.key):
        by_them = acts.make(key, one.log.workspace, acts.ADMIT, [bytes(32)], 1, asked)
        with pytest.raises(DamagedError, match="founder"):
            signers.check([*items, by_them], one.log.workspace)
    no_role = acts.make(one.key, one.log.workspace, acts.GRANT, [bytes(32)], 1, [four.id, DESK])
    asked = acts.make(four.key, one.log.workspace, acts.ADMIT, [bytes(32)], 1, asked)
    with pytest.raises(DamagedError, match="founder"):
        signers.check([*items, no_role, asked], one.log.workspace)


def test_a_signer_is_shown_with_the_name_of_the_laptop() -> None:
    one, guest = founder(), Person("Guest")
    asked = admission(one.log.workspace, guest.key, "Guest")
    one.act(acts.ADMIT, *asked[:3], "Old laptop", *asked[4:])
    found = signers.check(signers.carry(one.log, [guest.id]), one.log.workspace)
    assert (found[guest.id].name, found[one.id].name) == ("Old laptop", "")


# -- bounds of a proof ------------------------------------------------------------------------------


def test_a_proof_is_bounded_in_bytes_and_in_change_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    data = canonical.encode(refused_bundle.PROOF)
    monkeypatch.setattr(proof_format, "MAX_PROOF", len(data))
    assert len(proof_format.decode(data).segments[0].headers) == 2
    monkeypatch.setattr(proof_format, "MAX_PROOF", len(data) - 1)
    with pytest.raises(LimitError, match="64 MiB"):
        proof_format.decode(data)
    monkeypatch.undo()
    monkeypatch.setattr(proof_format, "MAX_HEADERS", 2)
    proof_format.decode(data)
    second = [b"B" * 16, *refused_bundle.SEGMENT[1:]]
    both = [*refused_bundle.PROOF[:7], [refused_bundle.SEGMENT, second], refused_bundle.PROOF[8]]
    with pytest.raises(LimitError, match="too many change sets"):
        proof_format.decode(canonical.encode(both))


def test_a_proof_comes_back_as_it_was_and_in_the_version_that_it_needs() -> None:
    for whole, version in ((refused_bundle.PROOF, 1), (refused_bundle.FORKED, 2)):
        data = canonical.encode(whole)
        proof = proof_format.decode(data)
        assert proof_format.encode(proof) == data and canonical.decode(data)[1] == version
    assert proof.segments[0].last == 2


def test_what_is_redacted_for_a_stranger_shows_one_record_and_no_other_id() -> None:
    mine, other = b"m" * 16, b"o" * 16
    items = [Change(mine, "f", SET, 1), Change(mine, "g", SET, 2), Change(other, "h", SET, 3)]
    header, body = changes.make(items, b"d" * 16, 1, 1, b"s" * 16)
    cut = proof_format.redacted(body, mine, [0])
    [read] = changes.read_bodies([cut], changes.read_headers([header]))
    assert [(rid, data is None) for rid, data in read.items] == [
        (mine, False),
        (mine, True),
        (proof_format.NOBODY, True),
    ]
    assert other not in cut
