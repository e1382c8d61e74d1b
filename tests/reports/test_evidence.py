"""A custody package: what it holds, what it does not, and that every flaw is found by a stranger."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import bagit
import pytest

from defenderdesk.bundle import evidence, evidence_check
from defenderdesk.bundle.evidence import Proof
from defenderdesk.crypto import canonical, signing, timestamp
from defenderdesk.domain import custody
from defenderdesk.errors import DamagedError, NoSpaceError, UsageError
from defenderdesk.ledger import changes
from defenderdesk.ledger.changes import Change
from defenderdesk.reports import bag
from defenderdesk.reports import evidence as packages
from defenderdesk.reports import evidence_check as stranger
from defenderdesk.sync import stamping
from defenderdesk.sync.stamping import Authority
from defenderdesk.vault import Edit, Vault, writing
from tests.conftest import Pair
from tests.tsa import Server, Tsa
from tests.vault.test_custody import CONTENT, with_photo

CANARIES = (
    "CANARY-TITLE", "CANARY-SUMMARY", "CANARY-CREATOR", "CANARY-NOTE", "CANARY-LAWYER",
    "CANARY-BYSTANDER", "CANARY-CONTACT",
)  # fmt: skip


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[Tsa, Server]]:
    tsa = Tsa(tmp_path / "tsa")
    server = Server(tsa.answer)
    yield tsa, server
    server.close()


@pytest.fixture
def told(pair: Pair, authority) -> tuple[Pair, str]:
    """A photograph taken in by the laptop, stamped, seen by both; with canaries all around."""
    tsa, server = authority
    laptop, office = pair.laptop, pair.office
    case, photo = with_photo(laptop, pair.folder)
    other = laptop.new_id()
    laptop.save([Edit(case, "title", CANARIES[0]), Edit(case, "summary", CANARIES[1]),
                 Edit(photo, "creator", CANARIES[2]), Edit(other, "kind", "note"),
                 Edit(other, "case", case), Edit(other, "text", CANARIES[3])])  # fmt: skip
    stamping.add(laptop, Authority("One", server.address, tsa.root.decode()))
    assert stamping.stamp(laptop).kept == 1
    laptop.fetch(photo, io.BytesIO(), to=CANARIES[4])
    laptop.save([Edit(photo, "title", "The gate"), Edit(case, "reference", CANARIES[6])])
    pair.carry(laptop, office)
    office.fetch(photo, io.BytesIO(), act=custody.OPENED)
    office.saw(photo)
    return pair, photo


def made(told: tuple[Pair, str], name: str = "package", **wanted: object) -> Path:
    pair, photo = told
    out = pair.folder / name
    chosen = packages.Wanted(**wanted)  # type: ignore[arg-type]
    packages.export(pair.office, photo, out, "The court", "Hearing", chosen)
    return out


def proof_of(out: Path) -> Proof:
    return evidence.decode((out / bag.PROOF).read_bytes())


def problems(proof: Proof) -> list[str]:
    return [str(p) for p in evidence_check.verify(evidence.decode(evidence.encode(proof))).problems]


# -- what it holds -------------------------------------------------------------------------------


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
        ("ingested", "Amina"), ("", "Amina"), ("copied", "Amina"), ("", "Amina"),
        ("opened", "Office"), ("seen", "Office"), ("evidence", "Office"),
    ]  # fmt: skip
    assert [(t.authority, t.pinned) for t in found.times] == [("CN=One timestamps", True)]
    assert found.closing.detail == {"to": "The court", "purpose": "Hearing"}
    assert stranger.verify(out).verdict.times[0].pinned is False


def test_it_is_a_bag_for_everybody_else(told) -> None:
    out = made(told)
    bagit.Bag(str(out)).validate()
    [original] = (out / "data/original").iterdir()
    assert original.name == "photo.jpg" and original.read_bytes() == CONTENT
    page = (out / bag.STATEMENT).read_text()
    assert "<script" not in page and hashlib.sha256(CONTENT).hexdigest() in page
    assert json.loads((out / bag.DATA).read_text())["not_proven"]


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
                assert owner in (proof.record, evidence.NOBODY)
    assert b"The gate" not in everything, "the description is not disclosed unasked"


def test_more_is_disclosed_only_when_asked(told) -> None:
    out = made(told, fields=frozenset({"title", "chunks"}), details=True)
    everything = (out / bag.PROOF).read_bytes()
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
    assert b"photo.jpg" not in (out / bag.PROOF).read_bytes()
    assert stranger.verify(out).sound
    pair.office.save([Edit(photo, "withheld", "*", "add")])
    with pytest.raises(UsageError):
        made(told, "second")


def test_each_package_is_in_the_next_and_none_leaves_unwritten(told, monkeypatch) -> None:
    made(told)
    names = [e.name for e in stranger.verify(made(told, "two")).verdict.entries]
    assert names.count("evidence") == 2

    def full(*_: object) -> None:
        raise NoSpaceError(what="no space")

    monkeypatch.setattr(writing, "write", full)
    with pytest.raises(NoSpaceError):
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
    vault.save([Edit(old, "kind", "attachment")] + [
        Edit(old, name, before.fields[name])
        for name in ("of", "name", "media_type", "size", "sha256", "chunks")
    ])  # fmt: skip
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
    office.save([Edit(record, "kind", "timestamp"), Edit(record, "device", stamp.device),
                 Edit(record, "seq", stamp.seq), Edit(record, "authority", "False"),
                 Edit(record, "time", stamp.time.isoformat()), Edit(record, "token", "AAAA"),
                 Edit(record, "signature", "AAAA"), Edit(record, "root", "AAAA")])  # fmt: skip
    checked = stranger.verify(made(told))
    assert checked.problems == [] and len(checked.verdict.times) == 1


def test_an_attachment_whose_digest_was_swapped_is_not_given_out(told) -> None:
    pair, photo = told
    pair.office.save([Edit(photo, "sha512", "0" * 128)])
    with pytest.raises(UsageError, match="changed later what was fixed"):
        made(told)
    assert not (pair.folder / "package").exists()


# -- every flaw ----------------------------------------------------------------------------------


def altered(proof: Proof, at: int, **change: object) -> Proof:
    segments = list(proof.segments)
    segments[at] = dataclasses.replace(segments[at], **change)  # type: ignore[arg-type]
    return dataclasses.replace(proof, segments=segments)


def _longest(proof: Proof) -> int:
    return max(range(len(proof.segments)), key=lambda at: len(proof.segments[at].headers))


def _without_entry(proof: Proof) -> Proof:
    """All that the other device wrote; which of the two stands first is chance."""
    last = evidence_check.verify(proof).closing
    kept = [s for s in proof.segments if s.device == last.device]
    assert len(kept) < len(proof.segments)
    return dataclasses.replace(proof, segments=kept)


def _without_content(proof: Proof) -> Proof:
    """An act whose content was redacted away, which the chain allows."""
    for at, segment in enumerate(proof.segments):
        for seq, body in segment.bodies.items():
            [one] = changes.read_bodies([body], changes.read_headers(
                [segment.headers[seq - segment.first]]))  # fmt: skip
            kept = [d for _, d in one.items if d is not None]
            read = changes.read_changes(kept, segment.device)
            if any(v[1] == "opened" for n, _, v, _ in read if n == custody.FIELD):
                gone = range(len(one.items))
                return altered(
                    proof, at, bodies={**segment.bodies, seq: changes.redact(body, gone)}
                )
    raise AssertionError("there is such an act")


def _without_the_end(proof: Proof) -> Proof:
    found = evidence_check.verify(proof)
    last = found.closing
    return dataclasses.replace(
        proof,
        segments=[
            s for s in proof.segments if not (s.device == last.device and last.seq in s.bodies)
        ],
    )


def _swapped_metadata(proof: Proof) -> Proof:
    for at, segment in enumerate(proof.segments):
        for seq, body in segment.bodies.items():
            if b"photo.jpg" in body:
                other = body.replace(b"photo.jpg", b"other.jpg")
                return altered(proof, at, bodies={**segment.bodies, seq: other})
    raise AssertionError


def _cut(proof: Proof) -> Proof:
    at = _longest(proof)
    headers = proof.segments[at].headers
    return altered(proof, at, headers=[*headers[:1], *headers[2:]], signatures={
        n: s for n, s in proof.segments[at].signatures.items() if n < proof.segments[at].last},
        bodies={n: b for n, b in proof.segments[at].bodies.items()
                if n < proof.segments[at].last})  # fmt: skip


def _reordered(proof: Proof) -> Proof:
    at = _longest(proof)
    headers = list(proof.segments[at].headers)
    headers[0], headers[1] = headers[1], headers[0]
    return altered(proof, at, headers=headers)


def _bad_signature(proof: Proof) -> Proof:
    segment = proof.segments[0]
    return altered(proof, 0, signatures=dict.fromkeys(segment.signatures, bytes(64)))


def _unsigned(proof: Proof) -> Proof:
    return altered(proof, 0, signatures={})


def _no_founder(proof: Proof) -> Proof:
    keep = [m for m in proof.members if not _founder(m)]
    return dataclasses.replace(proof, members=keep)


def _founder(data: bytes) -> bool:
    from defenderdesk.bundle.membership import acts

    return acts.read(data).kind == acts.FOUND


def _other_device(proof: Proof) -> Proof:
    return altered(proof, 0, device=proof.segments[-1].device)


def _other_token(proof: Proof) -> Proof:
    [stamp] = proof.stamps
    seqs = [s for seg in proof.segments if seg.device == stamp.device for s in seg.signatures]
    return dataclasses.replace(
        proof, stamps=[dataclasses.replace(stamp, seq=next(n for n in seqs if n != stamp.seq))]
    )


FLAWS: dict[str, tuple[Callable[[Proof], Proof], str]] = {
    "an entry removed": (_without_entry, "was taken out"),
    "an act's content removed": (_without_content, "not the one that others saw"),
    "the end removed": (_without_the_end, "closes this package"),
    "metadata swapped": (_swapped_metadata, "not what its author signed"),
    "the chain cut": (_cut, "skips a change set"),
    "the chain reordered": (_reordered, "skips a change set"),
    "stretches reordered": (
        lambda p: dataclasses.replace(p, segments=p.segments[::-1]), "out of order",
    ),
    "a signature forged": (_bad_signature, "signature"),
    "a signature left out": (_unsigned, "not signed"),
    "the founder left out": (_no_founder, "membership does not hold"),
    "nobody is a member": (lambda p: dataclasses.replace(p, members=[]), "membership"),
    "another device": (_other_device, "does not hold"),
    "another workspace": (lambda p: dataclasses.replace(p, workspace=bytes(16)), "membership"),
    "another record": (
        lambda p: dataclasses.replace(p, record=bytes(15) + b"\1"), "something of another record",
    ),
    "another package": (lambda p: dataclasses.replace(p, package=bytes(16)), "closes this package"),
    "a token over something else": (_other_token, "timestamp"),
    "a token's root swapped": (
        lambda p: dataclasses.replace(p, stamps=[dataclasses.replace(
            p.stamps[0], root=b"no certificate")]), "timestamp",
    ),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_every_flaw_of_the_proof_is_found(told, flaw) -> None:
    proof = proof_of(made(told))
    assert problems(proof) == []
    change, said = FLAWS[flaw]
    found = problems(change(proof))
    assert said in " | ".join(found), found


def test_another_workspaces_members_do_not_vouch(told, make_vault) -> None:
    proof = proof_of(made(told))
    stranger_vault = make_vault("stranger")
    certs = [act.data for act in stranger_vault.store.log.acts]
    forged = dataclasses.replace(proof, members=certs, workspace=stranger_vault.store.workspace)
    assert problems(forged)
    assert problems(dataclasses.replace(proof, members=[*proof.members, *certs]))


def test_a_token_of_an_expired_authority_is_a_flaw(told, tmp_path) -> None:
    proof = proof_of(made(told))
    tsa = Tsa(tmp_path / "expired", begin=60, days=30)
    [stamp] = proof.stamps
    [signature] = [
        s.signatures[stamp.seq] for s in proof.segments
        if s.device == stamp.device and stamp.seq in s.signatures
    ]  # fmt: skip
    token = tsa.answer(timestamp.request(signature).data)
    root = timestamp.read_root(tsa.root).der
    forged = dataclasses.replace(proof, stamps=[dataclasses.replace(stamp, token=token, root=root)])
    assert "does not hold" in problems(forged)[0]


def test_a_root_that_was_not_given_is_not_counted(told, tmp_path) -> None:
    other = timestamp.read_root(Tsa(tmp_path / "other", "Two").root)
    checked = stranger.verify(made(told), [other])
    assert [str(p) for p in checked.problems] == [
        "No timestamp holds under a root certificate that was given."
    ]
    assert not stranger.verify(made(told, "again"), workspace="a" * 26).sound


# -- the files -----------------------------------------------------------------------------------


def _remanifest(out: Path) -> None:
    """As a forger would: every manifest made anew; only the seal cannot be."""
    for place, algorithm in enumerate(("sha256", "sha512")):
        for names, keep in ((bag.MANIFESTS, True), (bag.TAG_MANIFESTS, False)):
            sums = {}
            for path in out.rglob("*"):
                name = path.relative_to(out).as_posix()
                if (
                    path.is_file()
                    and name.startswith("data/") == keep
                    and "tagmanifest" not in name
                ):
                    sums[name] = hashlib.new(algorithm, path.read_bytes()).hexdigest()
            (out / names[place]).write_bytes(bag.manifest(sums))


@pytest.mark.parametrize("name", ["data/original/photo.jpg", bag.STATEMENT, bag.DATA, bag.INFO])
def test_a_swapped_file_is_found_even_with_new_manifests(told, name) -> None:
    out = made(told)
    path = out / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b") + b"x")
    assert any("is not what the package says" in str(p) for p in stranger.verify(out).problems)
    _remanifest(out)
    found = " | ".join(map(str, stranger.verify(out).problems))
    if name != bag.INFO:  # a note of counts that proves nothing and is sealed by nobody
        assert "The seal over the files does not hold" in found
    if "original" in name:
        assert "The file is not the one that was taken in." in found


@pytest.mark.parametrize(
    "spoil",
    [
        lambda out: (out / "extra.txt").write_text("x"),
        lambda out: (out / "data/original/second").write_text("x"),
        lambda out: (out / bag.PROOF).unlink(),
        lambda out: (out / "data/original/photo.jpg").unlink(),
        lambda out: (out / "data/sub").mkdir(),
        lambda out: shutil.rmtree(out / "data"),
        lambda out: os.mkfifo(out / "pipe"),
        lambda out: (
            (out / "data/original/photo.jpg").unlink(),
            (out / "data/original/photo.jpg").symlink_to(out / "bagit.txt"),
        ),
        lambda out: (out / "data/original/photo.jpg").rename(out / "data/original/other.jpg"),
        lambda out: (out / bag.SEALED).write_bytes(canonical.encode([bytes(16), bytes(64)])),
        lambda out: (out / bag.SEALED).write_bytes(b"\xff"),
        lambda out: (out / bag.MANIFESTS[0]).write_text("no manifest"),
        lambda out: (out / "bagit.txt").write_text("BagIt-Version: 9\n"),
    ],
)
def test_strange_folders_are_refused(told, spoil) -> None:
    out = made(told)
    spoil(out)
    try:
        assert not stranger.verify(out).sound
    except DamagedError:
        pass


def test_a_zip_cut_or_changed_anywhere_never_verifies(told) -> None:
    whole = made(told, "package.zip").read_bytes()
    path = told[0].folder / "bad.zip"
    for step in range(0, len(whole), max(1, len(whole) // 60)):
        bad = bytearray(whole)
        bad[step] ^= 0x41
        for form in (bytes(bad), whole[:step]):
            path.write_bytes(form)
            try:
                checked = stranger.verify(path)
            except DamagedError:
                continue
            # What a zip says twice, and its dates, are no content: then all of it must be sound.
            assert not checked.sound or checked.sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize(
    "entry",
    ["../../etc/passwd", "/etc/passwd", "data/original/..", "data/original/a\\..\\b",
     "data/original/../proof", "C:evil"],
)  # fmt: skip
def test_a_zip_with_a_name_that_leads_out_is_refused(told, entry) -> None:
    path = made(told, "package.zip")
    with zipfile.ZipFile(path, "a") as target:
        target.writestr(entry, b"x")
    with pytest.raises(DamagedError):
        stranger.verify(path)


def test_bombs_are_refused_before_they_are_read(told) -> None:
    folder = told[0].folder
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("data/original/a", bytes(50_000_000))
    with pytest.raises(DamagedError):
        stranger.verify(folder / "bomb.zip")
    with zipfile.ZipFile(folder / "many.zip", "w") as target:
        for at in range(40_000):
            target.writestr(f"data/original/{at}", b"")
    with pytest.raises(DamagedError):
        stranger.verify(folder / "many.zip")


def test_hostile_proofs_are_refused_whole(told) -> None:
    data = evidence.encode(proof_of(made(told)))
    true = evidence_check.verify(evidence.decode(data))
    for at in range(0, len(data), max(1, len(data) // 400)):
        bad = bytearray(data)
        bad[at] ^= 1 << at % 8
        for form in (bytes(bad), data[:at]):
            try:
                found = evidence_check.verify(evidence.decode(form))
            except DamagedError:
                continue
            # What the proof itself does not bind (a desk's id, how we call an authority, an
            # issuer's own signature under its root) is bound by the seal over the files.
            assert not found.sound or (
                (found.entries, found.fixed, found.signers)
                == (true.entries, true.fixed, true.signers)
                and [t[:3] for t in found.times] == [t[:3] for t in true.times]
            )
    value = canonical.decode(data)
    for place, wrong in (
        (1, 2), (1, -1), (2, b""), (6, None), (6, [b"x"] * 30_000), (7, [[]]), (8, [[b"", 0]]),
        (7, [[bytes(16), 2**60, bytes(32), [b"x"], [], []]]),
        (7, [[bytes(16), 1, bytes(32), [], [], []]]),
        (7, [[bytes(16), 1, bytes(32), [b"x"], [[5, b""]], [[1, bytes(64)]]]]),
    ):  # fmt: skip
        changed = list(value)
        changed[place] = wrong
        try:
            assert not evidence_check.verify(evidence.decode(canonical.encode(changed))).sound
        except DamagedError:
            pass


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"), ("../../x", "_.._x"), ("", "original.bin"),
        ("...", "original.bin"), ("a/b\\c:d\n.txt", "a_b_c_d_.txt"), ("شهادة.pdf", "شهادة.pdf"),
        ("x" * 300 + ".jpeg", "x" * 80 + ".jpeg"), ("%2e%2e", "_2e_2e"),
    ],
)  # fmt: skip
def test_names_can_only_name(name, safe) -> None:
    assert packages.safe_name(name) == safe
