"""A custody package: what it holds and tells a stranger, and what it does not."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import bagit
import pytest

from defenderdesk.bundle.evidence import proof_format
from defenderdesk.crypto import canonical, signing, timestamp
from defenderdesk.domain import custody
from defenderdesk.errors import StorageError, UsageError
from defenderdesk.interchange.evidence import bags
from defenderdesk.interchange.evidence import check as stranger
from defenderdesk.interchange.evidence import package as packages
from defenderdesk.ledger import changes
from defenderdesk.ledger.changes import Change
from defenderdesk.ledger.merge import State
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.records import located, writing
from tests.interchange.evidence_world import (
    CANARIES,
    authority,
    made,
    proof_of,
    told,
)
from tests.worlds.photos import CONTENT, with_photo

__all__ = ["authority", "told"]


@pytest.mark.parametrize("name", ["package", "package.zip"])
def test_a_stranger_verifies_it_and_reads_the_whole_history(told, name, authority) -> None:
    out = made(told, name)
    for gone in ("office", "laptop"):  # nothing but the package is left
        shutil.move(told[0].folder / gone, told[0].folder / f"{gone}-away")
    root = timestamp.read_root(authority[0].root)
    checked = stranger.verify(out, [root])
    assert checked.problems == []
    assert checked.sha512 == hashlib.sha512(CONTENT).hexdigest()
    found = checked.verdict
    assert [(e.name, found.who(e.device)) for e in found.entries] == [
        ("ingested", "Amina"),
        ("", "Amina"),
        ("copied", "Amina"),
        ("", "Amina"),
        ("opened", "Office"),
        ("seen", "Office"),
        ("evidence", "Office"),
    ]
    assert [(t.authority, t.pinned) for t in found.times] == [("CN=One timestamps", True)]
    assert found.closing.detail == {"to": "The court", "purpose": "Hearing"}
    assert stranger.verify(out).verdict.times[0].pinned is False


def test_it_is_a_bag_for_everybody_else(told) -> None:
    out = made(told)
    bagit.Bag(str(out)).validate()
    [original] = (out / "data/original").iterdir()
    assert original.name == "photo.jpg" and original.read_bytes() == CONTENT
    page = (out / bags.STATEMENT).read_text()
    assert "<script" not in page and hashlib.sha256(CONTENT).hexdigest() in page
    assert json.loads((out / bags.DATA).read_text())["not_proven"]


def test_nothing_else_of_the_case_is_in_it(told, make_vault, tmp_path) -> None:
    pair, photo = told
    from tests.conftest import enrol_by_file

    third = make_vault("third", found=False)
    (tmp_path / "third-files").mkdir()
    enrol_by_file(pair.office, third, tmp_path / "third-files", CANARIES[5])
    out = made(told)
    everything = b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())
    for canary in CANARIES:
        assert canary.encode() not in everything, canary
    case = pair.office.get(photo).text("of")
    assert case.encode() not in everything, "not even the case's id"
    proof = proof_of(out)
    for segment in proof.segments:
        for body in segment.bodies.values():
            for owner, _ in canonical.decode(body)[1]:
                assert owner in (proof.record, proof_format.NOBODY)
    assert b"The gate" not in everything, "the description is not disclosed unasked"


def test_more_is_disclosed_only_when_asked(told) -> None:
    out = made(told, fields=frozenset({"title", "chunks"}), details=True)
    everything = (out / bags.PROOF).read_bytes()
    assert b"The gate" in everything and CANARIES[4].encode() in everything
    assert CANARIES[2].encode() not in everything
    [chunk] = told[0].office.get(told[1]).fields["chunks"]
    assert chunk[1].encode() not in everything, "keys never leave"
    assert stranger.verify(out).sound
    whole = made(told, "whole", whole=True)
    assert all(s.first == 1 for s in proof_of(whole).segments)
    assert stranger.verify(whole).sound
    few = sum(len(s.headers) for s in proof_of(out).segments)
    assert few < sum(len(s.headers) for s in proof_of(whole).segments)


def test_what_is_marked_stays(told) -> None:
    pair, photo = told
    pair.office.save([Edit(photo, "withheld", "name", "add")])
    out = made(told)
    assert [p.name for p in (out / "data/original").iterdir()] == ["original.bin"]
    assert b"photo.jpg" not in (out / bags.PROOF).read_bytes()
    assert stranger.verify(out).sound
    pair.office.save([Edit(photo, "withheld", "*", "add")])
    with pytest.raises(UsageError):
        made(told, "second")


def test_each_package_is_in_the_next_and_none_leaves_unwritten(told, monkeypatch) -> None:
    made(told)
    names = [e.name for e in stranger.verify(made(told, "two")).verdict.entries]
    assert names.count("evidence") == 2

    def full(*_: object) -> None:
        raise StorageError(what="no space")

    monkeypatch.setattr(writing, "write", full)
    with pytest.raises(StorageError):
        made(told, "three")
    assert not (told[0].folder / "three").exists()


def test_two_persons_where_the_office_wants_two(told) -> None:
    pair, _ = told
    policy = pair.office.new_id()
    pair.office.save([Edit(policy, "kind", "policy"), Edit(policy, "two_for_export", True)])
    with pytest.raises(UsageError):
        made(told)


def test_one_from_before_the_digests_says_so(vault: Vault, tmp_path: Path) -> None:
    """As an attachment of an earlier version: no act, no SHA-512."""
    _, photo = with_photo(vault, tmp_path)
    old = vault.new_id()
    before = vault.get(photo)
    vault.save(
        [Edit(old, "kind", "attachment")]
        + [
            Edit(old, name, before.fields[name])
            for name in ("of", "name", "media_type", "size", "sha256", "chunks")
        ]
    )
    vault.measure(old)
    packages.export(vault, old, tmp_path / "old.zip")
    checked = stranger.verify(tmp_path / "old.zip")
    assert checked.problems == []
    assert [e.name for e in checked.verdict.entries] == ["", "measured", "evidence"]
    assert "sha512" not in checked.verdict.fixed


def test_a_colleagues_malformed_notes_and_false_tokens_do_not_stop_it(told) -> None:
    """What any member can write beside the history is left out, not fatal."""
    pair, photo = told
    office, rid = pair.office, signing.id_bytes(photo)
    with office.store.writing() as conn:
        desk = conn.execute("SELECT desk FROM records WHERE id = ?", (rid,)).fetchone()[0]
        for field, value in ((custody.FIELD, ["nonsense"]), (custody.DETAIL, 5), ("title", "x")):
            writing.write(office.store, conn, desk, [Change(rid, field, changes.NOTE, value)])
    [stamp] = office.timestamps()
    record = office.new_id()
    office.save(
        [
            Edit(record, "kind", "timestamp"),
            Edit(record, "device", stamp.device),
            Edit(record, "seq", stamp.seq),
            Edit(record, "authority", "False"),
            Edit(record, "time", stamp.time.isoformat()),
            Edit(record, "token", "AAAA"),
            Edit(record, "signature", "AAAA"),
            Edit(record, "root", "AAAA"),
        ]
    )
    checked = stranger.verify(made(told))
    assert checked.problems == [] and len(checked.verdict.times) == 1


SWAPPED = [
    ("name", "renamed.jpg"),
    ("sha512", "0" * 128),
    ("sha256", "0" * 64),
    ("size", 1),
    ("media_type", "x"),
]


@pytest.mark.parametrize(("field", "value"), SWAPPED)
def test_nobody_writes_over_what_was_fixed_when_it_was_taken_in(told, field, value) -> None:
    pair, photo = told
    before = pair.office.get(photo)
    with pytest.raises(UsageError, match="was fixed when the file was taken in"):
        pair.office.save([Edit(photo, field, value)])
    pair.office.save([Edit(photo, field, before.fields[field])])  # the same again is no change
    pair.office.save([Edit(photo, "title", "The gate on the morning after")])
    assert pair.office.get(photo).fields[field] == before.fields[field]


@pytest.mark.parametrize(("field", "value"), [*SWAPPED, ("chunks", [])])
def test_what_a_modified_program_wrote_over_it_is_told_and_ends_no_evidence(told, field, value) -> None:
    """Any member could end the evidence of every file for ever, by renaming it."""
    pair, photo = told
    with pair.office.store.writing() as conn:
        where = located.place(conn, photo)
        state = State.unpack(located.row(conn, where, "state")[0])
        over = Change(where.id, field, changes.SET, value, state.dots(field, changes.SET))
        writing.write(pair.office.store, conn, where.desk, [over])
    out = made(told)
    checked = stranger.verify(out)
    assert checked.problems == [] and checked.sha512 == hashlib.sha512(CONTENT).hexdigest()
    [original] = (out / "data/original").iterdir()
    assert original.name == "photo.jpg" and original.read_bytes() == CONTENT
    if field != "chunks":  # which no stranger is shown
        assert any("wrote later over what was fixed" in str(one) for one in checked.verdict.told)
        assert "wrote later over what was fixed" in (out / bags.STATEMENT).read_text()
