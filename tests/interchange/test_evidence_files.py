"""A package's files: swapped, cut, hostile, strange."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile

import pytest

from defenderdesk.bundle.evidence import check, proof_format
from defenderdesk.cli import custody as custody_cli
from defenderdesk.crypto import canonical
from defenderdesk.errors import DamagedError
from defenderdesk.interchange.evidence import bags
from defenderdesk.interchange.evidence import check as stranger
from defenderdesk.interchange.evidence import package as packages
from tests.interchange.evidence_world import (
    authority,
    made,
    proof_of,
    remanifest,
    told,
)
from tests.worlds.photos import CONTENT
from tests.worlds.records import new_case

__all__ = ["authority", "told"]


@pytest.mark.parametrize("name", ["data/original/photo.jpg", bags.STATEMENT, bags.DATA, bags.INFO])
def test_a_swapped_file_is_found_even_with_new_manifests(told, name) -> None:
    out = made(told)
    path = out / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b") + b"x")
    assert any("is not what the package says" in str(p) for p in stranger.verify(out).problems)
    remanifest(out)
    found = " | ".join(map(str, stranger.verify(out).problems))
    if name != bags.INFO:  # a note of counts that proves nothing and is sealed by nobody
        assert "The seal over the files does not hold" in found
    if "original" in name:
        assert "The file is not the one that was taken in." in found


@pytest.mark.parametrize(
    "spoil",
    [
        lambda out: (out / "extra.txt").write_text("x"),
        lambda out: (out / "data/original/second").write_text("x"),
        lambda out: (out / bags.PROOF).unlink(),
        lambda out: (out / "data/original/photo.jpg").unlink(),
        lambda out: (out / "data/sub").mkdir(),
        lambda out: shutil.rmtree(out / "data"),
        lambda out: os.mkfifo(out / "pipe"),
        lambda out: (
            (out / "data/original/photo.jpg").unlink(),
            (out / "data/original/photo.jpg").symlink_to(out / "bagit.txt"),
        ),
        lambda out: (out / "data/original/photo.jpg").rename(out / "data/original/other.jpg"),
        lambda out: (out / bags.SEALED).write_bytes(canonical.encode([bytes(16), bytes(64)])),
        lambda out: (out / bags.SEALED).write_bytes(b"\xff"),
        lambda out: (out / bags.MANIFESTS[0]).write_text("no manifest"),
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
    [
        "../../etc/passwd",
        "/etc/passwd",
        "data/original/..",
        "data/original/a\\..\\b",
        "data/original/../proof",
        "C:evil",
    ],
)
def test_a_zip_with_a_name_that_leads_out_is_refused(told, entry) -> None:
    path = made(told, "package.zip")
    with zipfile.ZipFile(path, "a") as target:
        target.writestr(entry, b"x")
    with pytest.raises(DamagedError):
        stranger.verify(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"#!/bin/sh\n" + whole,
        lambda whole: whole + b"x",
        lambda whole: whole[:-2] + b"\x01\x00x",
        lambda whole: whole[:-6] + b"\xf0\xff\xff\x00" + whole[-2:],
    ],
    ids=["before", "behind", "as a comment", "a list that begins before the file"],
)
def test_a_zip_with_something_beside_its_files_is_refused(told, spoil) -> None:
    path = made(told, "package.zip")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DamagedError):
        stranger.verify(path)


def test_a_file_between_those_that_a_zip_lists_is_refused(told) -> None:
    """A program that reads the zip from its beginning would show it."""
    path, hidden = made(told, "package.zip"), told[0].folder / "hidden.zip"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(hidden, "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
    assert stranger.verify(hidden).sound
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(hidden, "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
            if info.filename == bags.INFO:
                target.writestr("data/confession.txt", b"x")
                left = target.getinfo("data/confession.txt")
                target.filelist.remove(left)
                del target.NameToInfo[left.filename]
    with pytest.raises(DamagedError):
        stranger.verify(hidden)


def test_a_manifest_that_was_cut_is_found(told) -> None:
    out = made(told)
    for name in (*bags.MANIFESTS, *bags.TAG_MANIFESTS):
        whole = (out / name).read_bytes()
        (out / name).write_bytes(whole[:-1])
        with pytest.raises(DamagedError):
            stranger.verify(out)
        (out / name).write_bytes(whole)
    assert stranger.verify(out).sound


def test_a_package_without_one_of_its_files_is_still_called_a_package(told) -> None:
    """`verify` asks for no vault then, it says what is missing."""
    whole = made(told)
    for name in sorted(bags.NAMES):
        out = told[0].folder / "lacking"
        shutil.copytree(whole, out)
        (out / name).unlink()
        assert bags.is_package(out)
        with pytest.raises(DamagedError, match=name):
            stranger.verify(out)
        shutil.rmtree(out)
    assert not bags.is_package(told[0].folder)


def test_the_way_to_a_package_may_be_a_link(told) -> None:
    link = told[0].folder / "link"
    link.symlink_to(made(told))
    assert stranger.verify(link).sound


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
    data = proof_format.encode(proof_of(made(told)))
    true = check.verify(proof_format.decode(data))
    for at in range(0, len(data), max(1, len(data) // 400)):
        bad = bytearray(data)
        bad[at] ^= 1 << at % 8
        for form in (bytes(bad), data[:at]):
            try:
                found = check.verify(proof_format.decode(form))
            except DamagedError:
                continue
            # What the proof itself does not bind (a desk's id, how we call an authority, an
            # issuer's own signature under its root) is bound by the seal over the files.
            assert not found.sound or (
                (found.entries, found.fixed, found.signers) == (true.entries, true.fixed, true.signers)
                and [t[:3] for t in found.times] == [t[:3] for t in true.times]
            )
    value = canonical.decode(data)
    for place, wrong in (
        (1, 2),
        (1, -1),
        (2, b""),
        (6, None),
        (6, [b"x"] * 30_000),
        (7, [[]]),
        (8, [[b"", 0]]),
        (7, [[bytes(16), 2**60, bytes(32), [b"x"], [], []]]),
        (7, [[bytes(16), 1, bytes(32), [], [], []]]),
        (7, [[bytes(16), 1, bytes(32), [b"x"], [[5, b""]], [[1, bytes(64)]]]]),
    ):
        changed = list(value)
        changed[place] = wrong
        try:
            assert not check.verify(proof_format.decode(canonical.encode(changed))).sound
        except DamagedError:
            pass


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../x", "_.._x"),
        ("", "original.bin"),
        ("...", "original.bin"),
        ("a/b\\c:d\n.txt", "a_b_c_d_.txt"),
        ("شهادة.pdf", "شهادة.pdf"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("%2e%2e", "_2e_2e"),
        ("Testimony (final), no. 3 – “copy” & more.mp4", "Testimony (final), no. 3 – “copy” & more.mp4"),
        ("คำให้การของพยาน.pdf", "คำให้การของพยาน.pdf"),
        ("सुनिता की गवाही.docx", "सुनिता की गवाही.docx"),
        ("សក្ខីកម្ម.ogg", "សក្ខីកម្ម.ogg"),
        ("شَهَادَةُ.pdf", "شَهَادَةُ.pdf"),
        ("می\u200cخواهم.txt", "می\u200cخواهم.txt"),
        ("Cafe\u0301.txt", "Caf\u00e9.txt"),
        ("a\u202egpj.exe", "a_gpj.exe"),
        ("NUL.txt", "_NUL.txt"),
        ("name. ", "name"),
        ("é" * 150 + ".mp4", "é" * 98 + ".mp4"),
        ("क" + "\u0902" * 70 + ".mp4", "original.mp4"),
        ("x" + "กี" * 40 + ".mp4", "x" + "กี" * 32 + ".mp4"),
    ],
)
def test_names_can_only_name(name, safe) -> None:
    assert packages.safe_name(name) == safe


def test_a_name_cannot_pass_for_a_sentence_of_the_program(vault, tmp_path, capsys) -> None:
    """Whoever makes a file chooses its name: no line, colour or direction of theirs is printed."""
    strange = "a\n\nWhat is proven\n+ A court certified it\x1b[31m\x9b2J\u202egpj.exe"
    (tmp_path / "strange").mkdir()
    path = tmp_path / "strange" / strange
    path.write_bytes(b"x")
    photo = vault.new_id()
    vault.attach(new_case(vault, "Case"), path, attachment=photo)
    packages.export(vault, photo, tmp_path / "package", "The court\n+ says so", "", packages.Wanted())
    custody_cli.verify_package(tmp_path / "package", (), "", False)
    said = capsys.readouterr().out
    assert not {"\x1b", "\x9b", "\u202e"} & set(said)
    lines = [line for line in said.splitlines() if line.startswith("+")]
    assert len(lines) == 3 and not any("court" in line for line in lines)
    assert r"a\n\nWhat is proven" in said
    page = (tmp_path / "package" / "data" / "statement.html").read_text()
    assert "\u202e" not in page
