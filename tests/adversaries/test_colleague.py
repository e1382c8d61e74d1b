"""A colleague with valid keys and bad intentions, against the program as a person runs it: what is
refused is refused with a word and a next step, and what cannot be refused is bounded and named.
(Single forgeries, bit by bit: `tests/sync/test_hostile_bundles.py`.)"""

from __future__ import annotations

import hashlib
import io
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner

from defenderdesk.bundle import manifest, writer
from defenderdesk.cli import main as command_line
from defenderdesk.crypto import signing
from defenderdesk.errors import NotFoundError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import Change
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.forge import Forge, take
from tests.worlds.records import new_case

pytestmark = pytest.mark.alone

MANY = 3_000
MOST_SECONDS = 60.0


@pytest.fixture
def forge(pair: Pair) -> Forge:
    """The office's device is the mole's; the laptop is who receives."""
    return Forge(pair)


def chunk(forge: Forge, content: bytes, named: bytes = b"") -> bytes:
    sources = [writer.Source(manifest.CHUNK, {}, lambda: content)]
    parts, _ = writer.measure(sources)
    parts = [replace(part, sha256=named or part.sha256) for part in parts]
    return forge.seal(replace(forge.manifest, parts=tuple(parts)).encode(), content)


def feed(forge: Forge, sets: list[tuple[int, list[Change]]]) -> bytes:
    """A bundle with the mole's own feed: (clock, changes) of each change set."""
    device = forge.store.device
    return forge.feed(
        [
            feeds.ChangeSet(*changes.make(items, device, seq, hlc, bytes(16)))
            for seq, (hlc, items) in enumerate(sets, 1)
        ],
        device,
    )


def test_the_program_says_what_is_wrong_and_what_to_do(forge: Forge, pair: Pair) -> None:
    """Through the command line, as a person receives a stick: exit code, words, nothing taken."""
    victim = pair.laptop.store.device
    header, body = changes.make([Change(bytes(16), "f", 0, 1)], victim, 1, 1, bytes(16))
    head = forge.manifest
    stranger = replace(head, sender=bytes(16))
    tricks = {
        "another’s feed": (forge.feed([feeds.ChangeSet(header, body)], victim), 4),
        "a swapped chunk": (chunk(forge, b"other bytes", bytes(32)), 4),
        "readdressed": (forge.seal(replace(head, recipients=(bytes(16),)).encode()), 5),
        "another workspace": (forge.seal(replace(head, workspace=bytes(16)).encode()), 5),
        "another desk": (forge.seal(replace(head, desk=bytes(16)).encode()), 4),
        "another’s name": (forge.seal(stranger.encode()), 4),
        "torn": (forge.seal(head.encode())[:-5], 4),
    }
    before, profile = pair.dumps()[1], pair.laptop.profile
    pair.laptop.close()
    for trick, (data, code) in tricks.items():
        path = pair.folder / "trick.ddbundle"
        path.write_bytes(data)
        done = CliRunner().invoke(
            command_line.command,
            ["--profile", str(profile), "receive", str(path)],
            env={"DEFENDERDESK_PASSPHRASE": PASSPHRASE},
            standalone_mode=False,
        )
        error = done.exception
        assert getattr(error, "exit", None) == code, (trick, done.output, error)
        assert getattr(error, "next_step", ""), trick
    with Vault.open(profile, PASSPHRASE) as again:
        assert exchange_json.dump_text(again) == before
        assert verification.vault(again.store).problems == []


def test_a_swapped_chunk_never_becomes_the_attachment(forge: Forge, pair: Pair) -> None:
    """Chunks are named by their own hash: other bytes are another chunk, which nothing asks for."""
    case = new_case(pair.office, "Evidence")
    (pair.folder / "photo").write_bytes(b"the photograph" * 100)
    pair.office.attach(case, pair.folder / "photo")
    [attachment] = pair.office.children(case, "attachment")
    stick = pair.folder / "changes only.ddbundle"
    from defenderdesk.sync.bundles import exporting, receiving

    exporting.export(pair.office, stick)
    [stored] = [p for p in (pair.office.profile / "chunks").rglob("*") if p.is_file()]
    wrong = bytes(len(stored.read_bytes()))
    forge.manifest = replace(forge.manifest, parts=())
    take(pair, chunk(forge, wrong))
    assert not pair.laptop.children(case, "attachment"), "it names nothing by itself"
    assert hashlib.sha256(wrong).hexdigest() not in stored.name
    receiving.receive(pair.laptop, stick)
    out = io.BytesIO()
    try:
        pair.laptop.fetch(attachment.id, out)
    except NotFoundError:
        return
    assert out.getvalue() == b"the photograph" * 100


def test_clocks_years_off_order_the_list_and_decide_no_value(forge: Forge, pair: Pair) -> None:
    """Ages ago and far ahead: both values stand beside ours, and a person decides."""
    record = b"r" * 16
    text = signing.id_text(record)
    pair.laptop.save([Edit(text, "kind", "case"), Edit(text, "title", "Ours")])
    take(
        pair,
        feed(
            forge,
            [
                (0, [Change(record, "title", 0, "Ages ago")]),
                (2**64 - 1, [Change(record, "title", 0, "Far ahead")]),
            ],
        ),
    )
    [conflict] = pair.laptop.conflicts()
    assert {"Ours", "Ages ago", "Far ahead"} <= {v.value for v in conflict.values}
    pair.laptop.settle(conflict.id, "Ours")
    assert pair.laptop.get(text).fields["title"] == "Ours"
    assert pair.laptop.conflict_count() == 0
    told = {(e.value, e.author.member) for e in pair.laptop.history(text) if e.field == "title"}
    assert {("Ages ago", "Office"), ("Far ahead", "Office"), ("Ours", "Amina")} <= told
    new_case(pair.laptop, "work goes on")


def test_thousands_of_conflicts_are_one_thing_to_settle(forge: Forge, pair: Pair) -> None:
    """One field with thousands of concurrent values: taken in
    in bounded time, counted once each, settled by one save."""
    record = b"r" * 16
    text = signing.id_text(record)
    pair.laptop.save([Edit(text, "kind", "case"), Edit(text, "title", "Ours")])
    now = pair.laptop.store.now_ms() << 16
    began = time.monotonic()
    take(pair, feed(forge, [(now + n, [Change(record, "title", 0, f"No {n}")]) for n in range(MANY)]))
    assert time.monotonic() - began < MOST_SECONDS
    assert pair.laptop.conflict_count() == 1
    [conflict] = pair.laptop.conflicts()
    began = time.monotonic()
    pair.laptop.settle(conflict.id, "Ours")
    assert time.monotonic() - began < MOST_SECONDS
    assert pair.laptop.conflict_count() == 0
    assert verification.vault(pair.laptop.store).problems == []
