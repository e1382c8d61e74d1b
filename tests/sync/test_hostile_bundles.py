"""Bundles that are torn, altered or made to do harm: refused with a clear word, nothing taken."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from defenderdesk.bundle import manifest, membership, writer
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import DeskKey, HybridIdentity, Sealer, seal_bytes
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, NotForUsError, WorldError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import Change
from defenderdesk.sync.bundles import exporting
from defenderdesk.vault.receiving import receive as receiving
from tests.bundle.people import admission
from tests.conftest import Pair
from tests.worlds.forge import Forge, forge, take
from tests.worlds.records import new_case

__all__ = ["forge"]


def small_bundle(pair: Pair) -> bytes:
    new_case(pair.office, "Small")
    path = pair.folder / "small.ddbundle"
    exporting.export(pair.office, path, to=["Amina"])
    return path.read_bytes()


def test_cut_at_any_byte(pair: Pair) -> None:
    data = small_bundle(pair)
    before = pair.dumps()[1]
    for length in range(len(data)):
        with pytest.raises((DamagedError, NotForUsError)) as caught:
            take(pair, data[:length])
        assert caught.value.exit in (4, 5)
    assert pair.dumps()[1] == before
    take(pair, data)
    assert pair.dumps()[1] != before


def test_a_flipped_bit_at_any_byte(pair: Pair) -> None:
    data = small_bundle(pair)
    before = pair.dumps()[1]
    for position in range(len(data)):
        torn = bytearray(data)
        torn[position] ^= 1 << (position % 8)
        with pytest.raises(WorldError) as caught:
            take(pair, bytes(torn))
        # A stanza whose name or salt is altered looks like one for somebody else.
        allowed = (4, 5) if position < data.index(b"\n---") else (4,)
        assert caught.value.exit in allowed, (position, caught.value)
    for extra in (b"\0", b"x" * 100, data):
        with pytest.raises(DamagedError):
            take(pair, data + extra)
    assert pair.dumps()[1] == before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_rubbish(pair: Pair, data: bytes) -> None:
    for content in (data, b"age-encryption.org/v1\n" + data):
        with pytest.raises(WorldError):
            take(pair, content)


def refused(pair: Pair, data: bytes, words: str, code: str = "", exit_code: int = 4) -> None:
    before = pair.dumps()[1]
    with pytest.raises(WorldError) as caught:
        take(pair, data)
    assert caught.value.exit == exit_code, caught.value
    assert words in str(caught.value)
    assert not code or caught.value.code == code
    assert caught.value.next_step
    assert pair.dumps()[1] == before


def test_the_forge_itself_is_right(forge: Forge) -> None:
    take(forge.pair, forge.seal(forge.manifest.encode()))


def test_larger_or_smaller_than_the_manifest_says(forge: Forge) -> None:
    head = forge.manifest.encode()
    refused(forge.pair, forge.seal(head, b"hidden"), "larger than")
    refused(forge.pair, forge.seal(head, b"\0" * 5000), "larger than")
    refused(forge.pair, forge.seal(head, pad=False), "end is missing")
    part = manifest.Part(manifest.CHUNK, 100, bytes(32))
    refused(forge.pair, forge.seal(replace(forge.manifest, parts=(part,)).encode()), "incomplete")


def test_sizes_are_bounded_before_anything_is_made(forge: Forge) -> None:
    part = manifest.Part(manifest.CHUNK, 2**40, bytes(32))
    refused(
        forge.pair,
        forge.seal(replace(forge.manifest, parts=(part,)).encode()),
        "more than",
        "limit",
    )
    bomb = manifest.Part(
        manifest.FEED,
        10,
        bytes(32),
        {"device": bytes(16), "first": 1, "count": 1, "raw": 2**40},
    )
    refused(
        forge.pair,
        forge.seal(replace(forge.manifest, parts=(bomb,)).encode()),
        "more than",
        "limit",
    )
    out = io.BytesIO()
    with Sealer(out, [forge.desk.current]) as sealer:
        sealer.write(manifest.MAGIC + b"\xff\xff\xff\xff" + b"x" * 100)
    refused(forge.pair, out.getvalue(), "more than", "limit")


def test_a_decompression_bomb(forge: Forge) -> None:
    from defenderdesk.bundle.ranges import zstd

    data = zstd.compress(bytes(200 * 1024 * 1024), level=19)
    detail = {"device": forge.store.device, "first": 1, "count": 1, "raw": 1000}
    parts, _ = writer.measure([writer.Source(manifest.FEED, detail, lambda: data)])
    refused(
        forge.pair,
        forge.seal(replace(forge.manifest, parts=tuple(parts)).encode(), data),
        "malformed",
    )


def test_versions_from_the_future(forge: Forge) -> None:
    value = canonical.decode(forge.manifest.encode())
    value["version"] = 2
    refused(forge.pair, forge.seal(canonical.encode(value)), "newer", "newer")
    value["version"], value["mood"] = 1, "hopeful"
    take(forge.pair, forge.seal(canonical.encode(value)))
    device = forge.store.device
    header, body = changes.make([Change(bytes(16), "f", 0, 1)], device, 1, 1, bytes(16))
    newer = canonical.encode([2, *canonical.decode(header)[1:]])
    refused(forge.pair, forge.feed([feeds.ChangeSet(newer, body)], device), "newer", "newer")


def test_an_unknown_device(forge: Forge, pair: Pair) -> None:
    stranger = SigningKey.generate()
    forge.key = stranger
    forge.manifest = replace(forge.manifest, sender=membership.device_id(stranger.public))
    refused(pair, forge.seal(forge.manifest.encode()), "not of this workspace", "unknown-device")
    workspace = forge.store.workspace
    recipient = HybridIdentity.generate().recipient.public
    heads = forge.store.log.heads
    admitted = acts.make(
        stranger,
        workspace,
        acts.ADMIT,
        heads,
        1,
        admission(workspace, stranger, "Mole", "administrator", [forge.desk.id], 0, recipient),
    )
    forge.manifest = replace(forge.manifest, acts=(admitted,))
    refused(pair, forge.seal(forge.manifest.encode()), "not from an administrator")
    founded = [stranger.public, recipient, "Mole", "", bytes(16), "Workspace"]
    founder = acts.make(stranger, workspace, acts.FOUND, [], 1, founded)
    forge.manifest = replace(forge.manifest, acts=(founder,))
    refused(pair, forge.seal(forge.manifest.encode()), "not from an administrator")


def test_a_researcher_cannot_admit_or_grant(forge: Forge, pair: Pair) -> None:
    laptop = pair.laptop.store
    mole = SigningKey.generate()
    recipient = HybridIdentity.generate().recipient.public
    for kind, detail in (
        (acts.ADMIT, admission(laptop.workspace, mole, "Mole", recipient=recipient)),
        (acts.ROLE, [laptop.device, "administrator"]),
        (acts.REMOVE, [pair.office.store.device, True]),
    ):
        made = acts.make(laptop.require_signing_key(), laptop.workspace, kind, laptop.log.heads, 1, detail)
        forge.manifest = replace(forge.manifest, acts=(made,))
        data = forge.seal(forge.manifest.encode())
        with pytest.raises(DamagedError, match="not from an administrator"):
            receiving.receive(pair.laptop.store, io.BytesIO(data))
    assert pair.laptop.store.log.digest == pair.office.store.log.digest


def test_a_grant_of_a_key_that_is_not_the_desks(forge: Forge, pair: Pair) -> None:
    """Whoever grants cannot slip in a key of their own: the membership names the right ones."""
    laptop = pair.laptop.store
    recipient = laptop.require_identity().recipient
    for desk, keys in ((forge.desk.id, [[1, bytes(32)]]), (bytes(16), [[0, bytes(32)]])):
        told = canonical.encode([1, laptop.workspace, desk, "Desk", bytes(16), keys])
        sealed = seal_bytes(told, [recipient])
        source = writer.Source(manifest.GRANT, {"device": laptop.device}, lambda s=sealed: s)
        parts, _ = writer.measure([source])
        head = replace(forge.manifest, parts=tuple(parts)).encode()
        refused(pair, forge.seal(head, sealed), "not its own")


def test_readdressed_or_resealed(forge: Forge, pair: Pair) -> None:
    head = replace(forge.manifest, recipients=(bytes(16),)).encode()
    refused(pair, forge.seal(head), "not sealed", exit_code=5)
    refused(
        pair,
        forge.seal(replace(forge.manifest, workspace=bytes(16)).encode()),
        "another workspace",
        exit_code=5,
    )
    refused(pair, forge.seal(replace(forge.manifest, desk=bytes(16)).encode()), "another desk")
    refused(
        pair,
        forge.seal(forge.manifest.encode(), seal=[DeskKey(bytes(32))]),
        "not sealed",
        exit_code=5,
    )
    signed_by_other = SigningKey.generate()
    forge.key = signed_by_other
    refused(pair, forge.seal(forge.manifest.encode()), "signature")


def test_changes_that_their_author_did_not_sign(forge: Forge, pair: Pair) -> None:
    victim = pair.laptop.store.device
    header, body = changes.make([Change(bytes(16), "f", 0, 1)], victim, 1, 1, bytes(16))
    refused(pair, forge.feed([feeds.ChangeSet(header, body)], victim), "signature of the changes")
    refused(pair, forge.feed([feeds.ChangeSet(header, body)], bytes(16)), "never introduced")


@pytest.mark.parametrize("wrong", [{"first": 2}, {"count": 7}, {"first": 0}, {"raw": 5}, {"device": b""}])
def test_details_that_do_not_fit(forge: Forge, pair: Pair, wrong: dict[str, object]) -> None:
    device = forge.store.device
    header, body = changes.make([Change(bytes(16), "f", 0, 1)], device, 1, 1, bytes(16))
    refused(pair, forge.feed([feeds.ChangeSet(header, body)], device, wrong), "")


def test_a_clock_from_the_future_is_marked_and_does_not_drag(forge: Forge, pair: Pair) -> None:
    device = forge.store.device
    far = (pair.laptop.store.now_ms() + 10**12) << 16
    record = b"r" * 16
    header, body = changes.make(
        [Change(record, "kind", 0, "case"), Change(record, "title", 0, "x")],
        device,
        1,
        far,
        bytes(16),
    )
    report = receiving.receive(
        pair.laptop.store, io.BytesIO(forge.feed([feeds.ChangeSet(header, body)], device))
    )
    assert report.suspect_clock
    case = new_case(pair.laptop, "now")
    assert pair.laptop.get(case).updated.year < 2040
    extreme = changes.make([Change(record, "note", 0, "y")], device, 1, 2**64 - 1, bytes(16))
    assert Path(pair.laptop.profile).exists() and extreme


def test_hostile_values_do_not_break_the_screen(forge: Forge, pair: Pair) -> None:
    device = forge.store.device
    record, child = b"r" * 16, b"c" * 16
    items = [
        Change(child, "kind", 0, "attachment"),
        Change(child, "of", 0, ["not an id"]),
        Change(child, "chunks", 0, [["a", "b", "c"], 7]),
        Change(child, "name", 0, "../../etc/x"),
        Change(child, "position", 0, {"a": 1}),
        Change(child, "deleted", 0, "yes"),
        Change(record, "kind", 0, ["case"]),
        Change(record, "title", 0, {"deep": [[[1]]]}),
        Change(record, "case", 0, "a" * 26),
        Change(record, "title", 1, "a set too"),
    ]
    header, body = changes.make(items, device, 1, 2**64 - 1, bytes(16))
    take(pair, forge.feed([feeds.ChangeSet(header, body)], device))
    pair.laptop.search("deep")
    pair.laptop.conflicts()
    from defenderdesk.crypto import signing
    from defenderdesk.interchange.json import exchange_json

    for rid in (record, child):
        text = signing.id_text(rid)
        pair.laptop.get(text)
        pair.laptop.children(text)
        pair.laptop.history(text)
    exchange_json.dump_text(pair.laptop)
    new_case(pair.laptop, "work goes on")
