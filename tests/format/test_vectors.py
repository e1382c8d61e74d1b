"""The committed vectors are what the program makes, and what it reads back."""

from __future__ import annotations

import json

import pytest

from defenderdesk.bundle import manifest, membership
from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import feeds
from tests.format import vectors


def committed() -> dict:
    return json.loads(vectors.PATH.read_text("utf-8"))


def test_the_program_still_writes_what_the_formats_say() -> None:
    assert committed() == json.loads(json.dumps(vectors.plain(vectors.make())))


def test_the_program_reads_the_vectors() -> None:
    data = committed()
    for text in data["refused_cbor"]:
        with pytest.raises(DamagedError):
            canonical.decode(bytes.fromhex(text))
    feed = data["feed"]
    items = [
        feeds.ChangeSet(bytes.fromhex(c["header"]), bytes.fromhex(c["body"])) for c in feed["change_sets"]
    ]
    verified = feeds.verify_range(bytes.fromhex(feed["genesis"]), 1, items)
    last = feed["change_sets"][-1]
    assert verified.hashes[-1].hex() == last["hash"]
    key = bytes.fromhex(data["keys"]["office_signing_key"])
    signing.verify(key, feeds.SIGNATURE, verified.hashes[-1], bytes.fromhex(last["signature"]), "x")
    redacted = feeds.ChangeSet(items[0].header, bytes.fromhex(feed["first_body_without_the_title"]))
    again = feeds.verify_range(bytes.fromhex(feed["genesis"]), 1, [redacted])
    assert [data for _, data in again.bodies[0].items].count(None) == 1
    head = bytes.fromhex(data["manifest"]["bytes"])
    manifest.verify_signature(key, head, bytes.fromhex(data["manifest"]["signature"]))
    assert manifest.read(head).encode() == head
    told = [bytes.fromhex(act) for act in reversed(data["membership"]["acts"])]
    log = membership.Log(bytes.fromhex(data["ids"]["workspace"]), told)
    assert log.digest.hex() == data["membership"]["roster"]
    assert [act.id.hex() for act in log.acts] == data["membership"]["ids"]
    standing = {m.member: (m.role, m.present) for m in log.roster.devices.values()}
    assert standing == {"Olga": ("administrator", True), "Amina": ("desk officer", False)}
