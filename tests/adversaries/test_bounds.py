"""A few kilobytes that would become gigabytes: from a colleague with valid keys, and from a stranger
who holds only an invitation. Each is refused with a word, nothing of it is taken, and neither it nor
any command after it costs much. Measured in a process of its own."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import replace

import pytest

from defenderdesk.bundle import manifest, ranges, writer
from defenderdesk.bundle.ranges import zstd
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import HybridRecipient
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.ledger import allowance, changes, feeds
from defenderdesk.ledger.changes import ADD, SET, Change
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, Pair
from tests.worlds import measured
from tests.worlds.forge import Forge, take

pytestmark = pytest.mark.alone

MEGABYTES, SECONDS = 256, 20.0
long = pytest.mark.skipif("DEFENDERDESK_BOUNDS" not in os.environ, reason="in the long run (make torture)")
"""Attacks that take many seconds to be made, or are of a kind of which another one is tried here."""
RECORD = b"r" * 16
TEXT = signing.id_text(RECORD)


@pytest.fixture
def forge(pair: Pair) -> Forge:
    """The office's device is the mole's; the laptop is who receives."""
    pair.laptop.save([Edit(TEXT, "kind", "case"), Edit(TEXT, "title", "Ours")])
    return Forge(pair)


def refused(forge: Forge, data: bytes, words: str, code: str = "limit") -> None:
    """The laptop refuses it at little cost and holds what it held; later commands cost little too."""
    pair = forge.pair
    path = pair.folder / "attack.ddbundle"
    path.write_bytes(data)
    before, profile = pair.dumps()[1], pair.laptop.profile
    pair.laptop.close()
    taken = measured.run(profile, "receive", str(path))
    assert (taken.code, words in taken.said) == (code, True), taken
    assert taken.megabytes < MEGABYTES and taken.seconds < SECONDS, taken
    for later in measured.each(
        profile, ("show", TEXT, "--history"), ("conflicts",), ("verify", str(profile))
    ):
        assert not later.code, later
        assert later.megabytes < 32 and later.seconds < 5, later
    pair.laptop = Vault.open(profile, PASSPHRASE)
    assert pair.dumps()[1] == before
    pair.laptop.close()


def of(forge: Forge, *sets: Sequence[Change], first: int = 1) -> bytes:
    """A bundle with the mole's own feed: the changes of each change set."""
    now = forge.store.now_ms() << 16
    made = [
        changes.make(items, forge.store.device, seq, now + seq, bytes(16))
        for seq, items in enumerate(sets, first)
    ]
    return parts(forge, [made], first)


def parts(forge: Forge, of_each: Sequence[Sequence[tuple[bytes, bytes]]], first: int = 1) -> bytes:
    """A bundle of ranges that follow one another, as (header, body)."""
    device = forge.store.device
    chain = feeds.genesis(forge.store.workspace, forge.desk.id, device)
    sources = []
    for made in of_each:
        items = [feeds.ChangeSet(*one) for one in made]
        brought = ranges.Range(device, first, chain, b"", items)
        chain, first = ranges.links(brought)[-1], first + len(items)
        data, detail = ranges.pack(replace(brought, signature=forge.key.sign(feeds.SIGNATURE, chain)))
        sources.append(writer.Source(manifest.FEED, detail, lambda data=data: data))
    listed, sources = writer.measure(sources)
    rest = b"".join(source.make() for source in sources)
    return forge.seal(replace(forge.manifest, parts=tuple(listed)).encode(), rest)


def raw_change(*change: bytes) -> tuple[bytes, bytes]:
    """(header, body) of change set 1 with changes that no honest program encodes."""
    import hashlib

    salts = changes.salts_of(bytes(16), len(change))
    commitments = [
        changes.commitment(salts[16 * at : 16 * at + 16], RECORD, data) for at, data in enumerate(change)
    ]
    root = hashlib.sha256(b"defenderdesk.org/v1/changes\x00" + b"".join(commitments)).digest()
    body = canonical.encode([bytes(16), [[RECORD, list(change)]]])
    return canonical.encode([changes.VERSION, 1, forge_now(), root]), body


def forge_now() -> int:
    return 1 << 16


def array(count: int, item: bytes) -> bytes:
    """The bytes of a list of so many times the same."""
    return b"\x9a" + count.to_bytes(4, "big") + item * count


# -- before the signature is looked at --------------------------------------------------------------


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(b"\x80", id="lists"),
        pytest.param(b"\xa0", id="maps", marks=long),
        pytest.param(b"\xf6", id="nulls", marks=long),
        pytest.param(b"\x61a", id="texts", marks=long),
        pytest.param(b"\x81\x81\x81\x80", id="deep"),
    ],
)
def test_a_strangers_contents_list_is_counted_before_it_is_read(forge: Forge, item: bytes) -> None:
    """Who holds only an invitation can seal to the office, and sign with a key of their own."""
    forge.key = SigningKey.generate()
    recipient = HybridRecipient(forge.pair.laptop.identity.age_identity.recipient.public)
    head = array((manifest.MAX_MANIFEST - 5) // len(item), item)
    refused(forge, forge.seal(head, seal=[recipient]), "1000000 values")


def test_a_strangers_contents_list_is_no_larger_than_one(forge: Forge) -> None:
    recipient = HybridRecipient(forge.pair.laptop.identity.age_identity.recipient.public)
    head = bytes(manifest.MAX_MANIFEST + 1)
    refused(forge, forge.seal(head, seal=[recipient]), "list of contents of 25165825 bytes")


def test_a_strangers_acts_cost_little(forge: Forge) -> None:
    """As many acts as a list may hold, none of which follows anything."""
    key, kind = SigningKey.generate(), "travel"
    forge.key = key
    recipient = HybridRecipient(forge.pair.laptop.identity.age_identity.recipient.public)
    forged = []
    for when in range(50_000):
        act = canonical.encode([1, forge.store.workspace, kind, [], bytes(16), when, []])
        forged.append(bytes(64) + act)
    head = replace(forge.manifest, sender=bytes(16), acts=tuple(forged)).encode()
    refused(forge, forge.seal(head, seal=[recipient]), "not from an administrator", "damaged")


# -- unpacking --------------------------------------------------------------------------------------


def test_ranges_that_unpack_to_gigabytes_together(forge: Forge) -> None:
    data = zstd.compress(bytes(manifest.MAX_PART), level=19)
    detail = {"device": forge.store.device, "first": 1, "count": 1, "raw": manifest.MAX_PART}
    listed, _ = writer.measure([writer.Source(manifest.FEED, detail, lambda: data)] * 80)
    bundle = forge.seal(replace(forge.manifest, parts=tuple(listed)).encode(), data * 80)
    assert len(bundle) < 200_000
    refused(forge, bundle, "bytes that unpack to 2684354560")


def test_one_range_of_nothing_but_lists(forge: Forge) -> None:
    raw = array(manifest.MAX_PART - 5, b"\x80")
    data = zstd.compress(raw, level=3)
    detail = {"device": forge.store.device, "first": 1, "count": 1, "raw": len(raw)}
    listed, _ = writer.measure([writer.Source(manifest.FEED, detail, lambda: data)])
    bundle = forge.seal(replace(forge.manifest, parts=tuple(listed)).encode(), data)
    assert len(bundle) < 10_000
    refused(forge, bundle, "1000000 values")


def test_a_window_larger_than_any_range(forge: Forge) -> None:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    data = packer.compress(b"x" * 1000) + packer.flush()
    detail = {"device": forge.store.device, "first": 1, "count": 1, "raw": 1000}
    listed, _ = writer.measure([writer.Source(manifest.FEED, detail, lambda: data)])
    bundle = forge.seal(replace(forge.manifest, parts=tuple(listed)).encode(), data)
    refused(forge, bundle, "range of changes is malformed", "damaged")


# -- values and dots --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(b"\x80", id="lists"),
        pytest.param(b"\xf6", id="nulls", marks=long),
        pytest.param(b"\x61a", id="texts", marks=long),
    ],
)
@pytest.mark.parametrize("count", [allowance.VALUE_NODES, 5_000_000])
def test_a_value_that_is_one_wide_list(forge: Forge, item: bytes, count: int) -> None:
    wide = b"\x82\x65title" + array(count, item)
    bundle = parts(forge, [[raw_change(wide)]])
    assert len(bundle) < 5_000
    refused(forge, bundle, "values" if count > 1_000_000 else "a value of Office that holds more than 200000")


def test_a_wide_value_behind_a_gap_is_not_kept_for_later(forge: Forge) -> None:
    wide = [Change(RECORD, "title", SET, [None] * allowance.VALUE_NODES)]
    refused(forge, of(forge, wide, first=7), "a value of Office that holds more than 200000")


@long
def test_many_values_that_are_each_just_narrow_enough(forge: Forge) -> None:
    sets = [[Change(os.urandom(16), "f", SET, [None] * 190_000)] for _ in range(8)]
    refused(forge, of(forge, *sets), "values within values by Office")


def dots(forge: Forge, first: int, count: int) -> tuple[changes.Dot, ...]:
    return tuple((forge.store.device, seq, 0) for seq in range(first, first + count))


def test_one_change_that_replaces_what_never_was(forge: Forge) -> None:
    one = [Change(RECORD, "title", SET, "x", dots(forge, 2, allowance.CHANGE_DOTS + 1))]
    refused(forge, of(forge, one), "one change of Office that replaces more than 100000")


@long
def test_several_changes_that_replace_what_never_was(forge: Forge) -> None:
    several = [[Change(RECORD, "title", SET, "x", dots(forge, 100 + 90_000 * n, 90_000))] for n in range(3)]
    refused(forge, of(forge, *several), "replaced changes that are not there, by Office")


@long
def test_changes_of_many_records_that_replace_what_never_was(forge: Forge) -> None:
    elsewhere = [[Change(os.urandom(16), "title", SET, "x", dots(forge, 100, 90_000))] for _ in range(12)]
    refused(forge, of(forge, *elsewhere), "values within values by Office")


@long
def test_more_changes_of_one_record_than_anybody_makes(forge: Forge) -> None:
    sets = [[Change(RECORD, "title", SET, n) for n in range(20_000)] for _ in range(6)]
    refused(forge, of(forge, *sets), "more than 100000 changes of one record by Office")


@long
def test_more_records_than_an_office_has(forge: Forge) -> None:
    sets = [
        [Change((s << 32 | n).to_bytes(16, "big"), "f", SET, 1) for n in range(20_000)] for s in range(16)
    ]
    refused(forge, of(forge, *sets), "more than 200000 records by Office")


def test_one_record_of_long_texts(forge: Forge) -> None:
    """Added to a set, bundle after bundle: none replaces the one before."""
    texts = [[Change(RECORD, "notes", ADD, f"{n} " * 100_000)] for n in range(100)]
    refused(forge, of(forge, *texts), "one record with more than")


def test_changes_that_come_back_to_the_same_large_records(forge: Forge) -> None:
    """Twenty-four megabytes stand in three; each stretch of a megabyte has one change of each, and filler
    that takes no place anywhere."""
    device = forge.store.device
    filler = os.urandom(16)
    three = [os.urandom(16) for _ in range(3)]
    sets = [[Change(one, "notes", ADD, f"{n:03} " * 250_000)] for n in range(8) for one in three]
    for seq in range(25, 62):
        before = ((device, seq - 1, 0),) if seq > 25 else ()
        changed = [Change(one, f"n{seq}", SET, seq) for one in three]
        sets.append([Change(filler, "title", SET, f"{seq}" * 500_000, before), *changed])
    now = forge.store.now_ms() << 16
    made = [changes.make(items, device, seq, now + seq, bytes(16)) for seq, items in enumerate(sets, 1)]
    stretches = [made[at : at + 12] for at in range(0, len(made), 12)]
    refused(forge, parts(forge, stretches), "come back to the same records too often")


# -- what must pass ---------------------------------------------------------------------------------


def test_the_list_of_chunks_of_a_large_attachment_passes(forge: Forge) -> None:
    """Of 64 GiB."""
    chunk = ["a" * 44, "b" * 44, 4 * 1024 * 1024]
    take(forge.pair, of(forge, [Change(RECORD, "chunks", SET, [chunk] * 16_384)]))
    assert verification.vault(forge.pair.laptop.store).problems == []


def test_twenty_thousand_values_of_one_field_pass_and_are_settled_at_once(forge: Forge) -> None:
    take(forge.pair, of(forge, [Change(RECORD, "title", SET, f"No {n}") for n in range(20_000)]))
    [conflict] = forge.pair.laptop.conflicts()
    forge.pair.laptop.settle(conflict.id, "Ours")
    out = io.BytesIO()
    assert forge.pair.laptop.conflict_count() == 0 and not out.getvalue()
