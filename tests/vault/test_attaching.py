"""A file is taken in as it stands still, under its own name."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from defenderdesk import files
from defenderdesk.errors import UsageError
from defenderdesk.vault import Vault
from defenderdesk.vault.custody import attachments
from defenderdesk.vault.storage.chunks import MAX_CHUNK, ChunkStore
from tests.worlds.records import new_case

A, B = b"A" * (2 * MAX_CHUNK + 1000), b"B" * (2 * MAX_CHUNK + 1000)


@pytest.fixture
def vault(make_vault) -> Vault:
    return make_vault("office")


def _changing(monkeypatch: pytest.MonkeyPatch, change) -> list[int]:
    """Has `change(nth)` happen behind the first part of the nth reading."""
    seal, seen = ChunkStore.seal, [0]

    def sealing(self, source, total, progress):
        seen[0] += 1
        told = [False]

        def after(done: int, of: int) -> None:
            if not told[0]:
                told[0] = True
                change(seen[0])
            if progress:
                progress(done, of)

        return seal(self, source, total, after)

    monkeypatch.setattr(ChunkStore, "seal", sealing)
    return seen


def chunk_files(vault: Vault) -> int:
    return sum(1 for path in (vault.profile / "chunks").rglob("*") if path.is_file())


def test_a_file_that_is_written_over_while_it_is_read_is_read_again(vault, tmp_path, monkeypatch) -> None:
    """Case 18 of the field's cases (ProofMode 85): what was taken in is a file that was there."""
    path = tmp_path / "recording.bin"
    path.write_bytes(A)
    seen = _changing(monkeypatch, lambda nth: path.write_bytes(B) if nth == 1 else None)
    made = vault.new_id()
    vault.attach(new_case(vault, "C"), path, attachment=made)
    assert seen[0] == 2 and vault.get(made).text("sha256") == hashlib.sha256(B).hexdigest()
    assert chunk_files(vault) == 3, "nothing is left of the first reading"


@pytest.mark.parametrize("how", ["written over", "grows", "shrinks", "put another in its place"])
def test_one_that_never_stands_still_is_refused_and_leaves_nothing(vault, tmp_path, monkeypatch, how) -> None:
    path = tmp_path / "recording.bin"
    path.write_bytes(A)

    def change(nth: int) -> None:
        if how == "written over":
            path.write_bytes(A[:-1] + bytes([nth]))
        elif how == "grows":
            with open(path, "ab") as more:
                more.write(b"more")
        elif how == "shrinks":
            os.truncate(path, len(A) - nth)
        else:
            other = tmp_path / "other"
            other.write_bytes(A)
            os.replace(other, path)

    seen = _changing(monkeypatch, change)
    case = new_case(vault, "C")
    with pytest.raises(UsageError) as caught:
        vault.attach(case, path)
    assert "changes while it is read" in caught.value.describe()
    assert seen[0] == attachments.TRIES
    assert vault.children(case) == [] and chunk_files(vault) == 0


def test_what_grows_for_ever_is_not_followed(vault, tmp_path, monkeypatch) -> None:
    path = tmp_path / "recording.bin"
    path.write_bytes(A)
    asked: list[int] = []
    read = attachments._UpTo.read

    def endless(self, size: int = -1) -> bytes:
        with open(path, "ab") as more:
            more.write(bytes(MAX_CHUNK))
        data = read(self, size)
        asked.append(len(data))
        return data

    monkeypatch.setattr(attachments._UpTo, "read", endless)
    with pytest.raises(UsageError):
        vault.attach(new_case(vault, "C"), path)
    assert len(asked) < 4 * attachments.TRIES * 4


def test_a_change_that_the_files_clock_does_not_tell_is_seen(vault, tmp_path, monkeypatch) -> None:
    """Of a file that was written a moment ago a coarse clock says the same time twice."""
    path = tmp_path / "recording.bin"
    path.write_bytes(A)
    monkeypatch.setattr(attachments, "_looks", lambda source, _: (len(A), 2**62, 1, 1))
    _changing(monkeypatch, lambda nth: path.write_bytes(B) if nth == 1 else None)
    made = vault.new_id()
    vault.attach(new_case(vault, "C"), path, attachment=made)
    assert vault.get(made).text("sha256") == hashlib.sha256(B).hexdigest()


def test_a_long_name_keeps_its_extension(vault, tmp_path) -> None:
    """Case 16 of the field's cases (kobocat 297)."""
    path = tmp_path / ("Testimony " + "x" * 200 + ".mp4")
    path.write_bytes(b"film")
    made = vault.new_id()
    vault.attach(new_case(vault, "C"), path, attachment=made)
    record = vault.get(made)
    assert record.text("name") == "Testimony " + "x" * 186 + ".mp4" and len(record.text("name")) == 200
    assert record.text("media_type") == "video/mp4"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("a.txt", "a.txt"),
        ("x" * 20 + ".tar.gz", "x" * 7 + ".gz"),
        ("x" * 20, "x" * 10),
        ("." + "x" * 20, "." + "x" * 9),
        ("x." + "y" * 30, "x." + "y" * 8),
    ],
)
def test_names_are_shortened_before_their_extension(name: str, short: str) -> None:
    assert files.shortened(name, 10) == short


def test_an_empty_file_is_one(vault, tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_bytes(b"")
    made = vault.new_id()
    vault.attach(new_case(vault, "C"), path, attachment=made)
    assert vault.get(made).fields["size"] == 0
