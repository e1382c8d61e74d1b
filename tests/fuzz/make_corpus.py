"""Makes the corpus anew: `python -m tests.fuzz.make_corpus`. From fixed seeds, so that the files
change only where a format does. Crashers that were found are kept beside them (`found-…`)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from unittest import mock

import msgspec

from defenderdesk.bundle import manifest, ranges, writer
from defenderdesk.bundle.manifest import Manifest, Receipt
from defenderdesk.bundle.membership import acts
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import Sealer
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import ADD, ERASE, SET, Change
from defenderdesk.sync.enrolment import invitation
from tests.fuzz import targets
from tests.fuzz.targets import (
    DESK,
    DESK_KEY,
    DEVICE,
    IDENTITY,
    KEY,
    OTHER,
    OTHER_DEVICE,
    PEER,
    WORKSPACE,
)

FOLDER = Path(__file__).parent / "corpus"
RID = bytes(range(16))


def seeds() -> Iterator[tuple[str, str, bytes]]:
    """(target, name, bytes) of well-formed inputs."""
    items = list(feed())
    genesis = feeds.genesis(WORKSPACE, DESK, DEVICE)
    chain = genesis
    for item in items:
        chain = feeds.link(chain, item.header)
    data, detail = ranges.pack(ranges.Range(DEVICE, 1, genesis, KEY.sign(feeds.SIGNATURE, chain), items))
    raw = ranges.inflate(data, int(str(detail["raw"])))
    yield "feed_range", "two", raw
    yield "packed_range", "two", data
    for number, item in enumerate(items):
        yield "header", f"{number}", item.header
        yield "change_set", f"{number}", item.body
    yield "change_set", "erased", changes.redact(items[0].body, [0])
    roll = rolls.make(KEY, WORKSPACE, 2, bytes(32), 3, [KEY.public], [OTHER.public])
    yield "signed_roll", "one", roll[64:]
    for number, change in enumerate(some_changes()):
        yield "one_change", f"{number}", changes.encode_change(change, DEVICE)
    parts, sources = writer.measure([writer.Source(manifest.FEED, detail, lambda: data)])
    contents = Manifest(
        WORKSPACE,
        DESK,
        DEVICE,
        1,
        (),
        Receipt({DEVICE: 2}, roster=bytes(16)),
        tuple(parts),
        targets.founding(),
    )
    yield "manifest_bytes", "with a feed", contents.encode()
    yield "sealed_bundle", "with a feed", contents.encode() + b"\x00\xff\x00" + data
    with mock.patch("secrets.token_bytes", random.Random(1).randbytes):
        out = BytesIO()
        writer.write(out, contents, sources, KEY, [DESK_KEY])
        yield "raw_bundle", "with a feed", out.getvalue()
        small = BytesIO()
        with Sealer(small, [DESK_KEY]) as sealer:
            sealer.write(b"hello")
        yield "age_file", "small", small.getvalue()
    for number, data in enumerate(targets.founding()):
        yield "act", f"{number}", data
    yield "removal_notice", "founding", msgspec.msgpack.encode(list(targets.founding()))
    cut = [DEVICE, 2, chain, KEY.sign(feeds.SIGNATURE, chain)]
    every = [
        [acts.DESK, [b"e" * 16, bytes(16)]],
        [acts.ROLE, [OTHER_DEVICE, "coordinator"]],
        [acts.QUORUM, [2]],
        [acts.GRANT, [OTHER_DEVICE, DESK]],
        [acts.WITHDRAW, [OTHER_DEVICE, DESK]],
        [acts.ROTATE, [DESK, 1, bytes(16), [cut]]],
        [acts.ACCEPT, [DESK, cut]],
        [acts.TRAVEL, []],
        [acts.RETURN, [OTHER_DEVICE]],
        [acts.ENDORSE, [hashlib.sha256(b"").digest()]],
        [acts.REMOVE, [OTHER_DEVICE, True]],
        [acts.SUCCEED, [bytes(32), PEER, bytes(64)]],
        [acts.ADMIT, [bytes(32), PEER, "B", "", "researcher", [DESK], 5, bytes(64)]],
        [acts.ADMISSIONS, [2]],
    ]
    yield "signed_act", "all", canonical.encode(every)
    for number, item in enumerate(every):
        yield "signed_act", f"{number}", canonical.encode([item])
    statement = canonical.encode([1, WORKSPACE, "W", DESK, "D", KEY.public, PEER, bytes(16), "en", ""])
    yield "signed_invitation", "one", statement
    yield (
        "invitation",
        "one",
        (invitation._INVITE_MAGIC + KEY.sign(invitation._INVITE, statement) + statement),
    )
    asks = [1, WORKSPACE, DESK, "Amina", KEY.public, PEER, bytes(16), bytes(32)]
    asks.append(acts.consent(WORKSPACE, KEY, PEER, "Amina"))
    yield "join_file", "one", canonical.encode(asks)
    yield from emergencies()
    yield from texts()


def emergencies() -> Iterator[tuple[str, str, bytes]]:
    hashes = [bytes([n]) * 32 for n in range(3)]
    outer = {
        "format": "defenderdesk-emergency",
        "version": 1,
        "number": RID,
        "from": ["W", "Olga", KEY.public, str(IDENTITY.recipient)],
        "earlier": [["ab" * 32, "cd" * 64]],
        "created": "2026-11-25T10:00:00+00:00",
        "person": "Nora Ali",
        "agreed": "When taken",
        "need": 2,
        "hashes": hashes,
        "drill_hashes": hashes,
        "token": bytes(32),
        "server": "",
        "sealed": b"inner",
        "drill": b"drill",
    }
    yield "emergency_package", "two", canonical.encode(outer)
    files = [["power.pdf", "application/pdf", b"%PDF"]]
    held = {"letter": "Call", "share": b"DDSHARE", "files": files}
    yield "emergency_content", "one", canonical.encode(held)
    yield (
        "emergency_content",
        "nothing",
        canonical.encode({"letter": "", "share": b"", "files": []}),
    )
    for name, drill in (("real", b""), ("drill", RID)):
        letter = [1, RID, drill, 1, "ab" * 32, "Amina", "Taken"]
        yield "emergency_letter", name, canonical.encode(letter)
    yield "release_file", "two", b"DDRELEA\x01" + canonical.encode([b"age", bytes(300)])


def texts() -> Iterator[tuple[str, str, bytes]]:
    rid = signing.id_text(RID)
    record = {"id": rid, "kind": "case", "fields": {"title": "T"}, "sets": {"acts": ["a"]}}
    exchange = {
        "format": "defenderdesk-exchange",
        "version": 1,
        "desks": [],
        "records": [{**record, "conflicts": {"title": ["U"]}}],
    }
    yield "exchange_file", "one", json.dumps(exchange).encode()
    yield (
        "exchange_file",
        "published",
        json.dumps(
            {
                "cases": [
                    {
                        "id": "A-1",
                        "title": "T",
                        "country": "UG",
                        "victims": [{"name": "N"}],
                        "documents": [],
                        "incidents": [{"date": "2024", "description": "d"}],
                    }
                ]
            }
        ).encode(),
    )
    share = {
        "format": "defenderdesk-share",
        "version": 1,
        "share": "s",
        "reply_to": "",
        "purpose": "p",
        "case": rid,
        "records": [record],
        "from": {
            "organisation": "O",
            "member": "M",
            "signing_key": KEY.public.hex(),
            "recipient": str(targets.IDENTITY.recipient),
        },
    }
    yield "signed_share", "one", json.dumps(share).encode()
    yield "share_body", "one", json.dumps(share).encode()
    slot = {
        "kind": "passphrase",
        "memory_kib": 65536,
        "passes": 3,
        "lanes": 1,
        "salt": base64.b64encode(bytes(16)).decode(),
        "wrapped": base64.b64encode(bytes(48)).decode(),
    }
    keys = {"version": 2, "slots": [slot, slot], "pad": "", "keyring": slot["salt"]}
    yield "key_file", "one", json.dumps(keys).encode()
    for target in ("server_answer", "server_request"):
        yield target, "one", b'{"error": "no-space", "device": ["a", 1]}'
        yield target, "found-no-utf-8", b'{"error": "\x92"}'
        yield target, "found-deep", b"[" * 60_000
    laugh = [b"\xd8\x1d" + canonical.encode(n) for n in range(38)]
    for target in ("manifest_bytes", "change_set", "emergency_letter", "signed_invitation"):
        # Maps as keys, encoded twice at each depth; references to what stood before, twice each.
        yield target, "found-maps-as-keys", b"\xa1" * 38 + bytes(39)
        yield (
            target,
            "found-references",
            b"\x98\x27\xd8\x1c\x80" + b"".join(b"\xd8\x1c\x82" + one + one for one in laugh),
        )
    # Found by reading or by fuzzing; each once escaped as something else than a WorldError.
    endless = {**slot, "memory_kib": 0}
    text = json.dumps({**keys, "slots": [endless]})
    yield (
        "key_file",
        "found-infinite",
        text.replace('"memory_kib": 0', '"memory_kib": 1e999').encode(),
    )
    yield "key_file", "found-deep", b"[" * 60_000
    yield (
        "share_body",
        "found-kind",
        json.dumps({**share, "records": [record, {**record, "kind": ["case"]}]}).encode(),
    )


def some_changes() -> list[Change]:
    return [
        Change(RID, "title", SET, "One"),
        Change(RID, "acts", ADD, "threat", ((DEVICE, 1, 0), (OTHER_DEVICE, 3, 1))),
        Change(RID, "summary", ERASE, None, ((DEVICE, 1, 0),)),
        Change(RID, "data", SET, {"a": [1, True, None, {"b": "c"}]}),
    ]


def feed() -> Iterator[feeds.ChangeSet]:
    for seq in (1, 2):
        yield feeds.ChangeSet(*changes.make(some_changes(), DEVICE, seq, seq << 16, bytes(16)))


def write() -> None:
    """Writes what is missing or differs."""
    assert OTHER.public
    for target, name, data in seeds():
        path = FOLDER / target / name.replace(" ", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    write()
    print(f"{sum(len(files) for _, _, files in os.walk(FOLDER))} files in {FOLDER.name}")
