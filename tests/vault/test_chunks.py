"""Chunks of attachments: what names one, how a file is cut, and what is kept of it."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path

import pytest

from defenderdesk import files
from defenderdesk.errors import StorageError, VaultDamagedError
from defenderdesk.vault.storage import chunks
from defenderdesk.vault.storage.chunks import MAX_CHUNK, TAG, Chunk, ChunkStore, chunks_of, chunks_value

NAME, KEY = base64.b64encode(b"n" * 32).decode(), base64.b64encode(b"k" * 32).decode()
RIGHT = Chunk(b"n" * 32, b"k" * 32, 5)


def of(size: int) -> str:
    return base64.b64encode(b"x" * size).decode()


@pytest.fixture
def store(tmp_path: Path) -> ChunkStore:
    return ChunkStore(tmp_path / "chunks")


def test_a_register_names_its_chunks() -> None:
    assert chunks_of([[NAME, KEY, 5]]) == [RIGHT]
    assert chunks_of([]) == [] and chunks_of(chunks_value([RIGHT, RIGHT])) == [RIGHT, RIGHT]
    for size in (0, 1, MAX_CHUNK):
        assert chunks_of([[NAME, KEY, size]]) == [RIGHT._replace(size=size)]


@pytest.mark.parametrize(
    "wrong",
    [
        "abc",
        {"0": NAME, "1": KEY, "2": 5},
        [NAME, KEY],
        [NAME, KEY, 5, 5],
        [5, KEY, 5],
        [NAME, 5, 5],
        [5, 5, 5],
        [5, 5, "5"],
        [5, KEY, "5"],
        [NAME, KEY, "5"],
        [NAME, KEY, True],
        [NAME, KEY, -1],
        [NAME, KEY, MAX_CHUNK + 1],
        [of(31), KEY, 5],
        [of(33), KEY, 5],
        [NAME, of(31), 5],
        [NAME, of(33), 5],
        [f"!{NAME}", KEY, 5],
        [NAME, f"!{KEY}", 5],
        [NAME[:-1], KEY, 5],
        ["é", KEY, 5],
    ],
    ids=str,
)
def test_a_register_of_another_shape_names_none(wrong: object) -> None:
    """Anybody of the desk can write it: it is looked at before it is believed, also the last of many."""
    assert chunks_of([[NAME, KEY, 5], wrong]) is None  # type: ignore[list-item]
    assert chunks_of(wrong) is None or wrong == []  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, 19, 20, 21, 40, 45])
def test_a_file_is_cut_into_chunks_and_put_together_again(
    store: ChunkStore, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(chunks, "MAX_CHUNK", 20)
    content, told = bytes(range(size)), list[tuple[int, int]]()
    made, digests, total = store.seal(io.BytesIO(content), 30, lambda *at: told.append(at))
    assert [one.size for one in made] == [20] * (size // 20) + [size % 20] * (size % 20 > 0 or not size)
    assert b"".join(store.open(one) for one in made) == content and total == size
    assert digests.sha256 == hashlib.sha256(content).hexdigest()
    at = [min(20 * number, size) for number in range(1, len(made) + 1)]
    assert told == [(one, max(30, one)) for one in at]
    assert len({one.key for one in made}) == len({one.hash for one in made}) == len(made)
    assert store.seal(io.BytesIO(content), 30, None)[2] == size, "nobody has to listen"


def test_a_file_is_read_to_its_end_and_no_further(store: ChunkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short piece is the last: a pipe that goes on later is not waited for."""
    monkeypatch.setattr(chunks, "MAX_CHUNK", 20)

    class Pipe(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            self.reads += 1
            return super().read(size)

    source = Pipe(b"x" * 25)
    store.seal(source, 0, None)
    assert source.reads == 2


def test_what_cannot_be_read_is_told(store: ChunkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "the disk is broken")

    with pytest.raises(StorageError, match="the disk is broken"):
        store.seal(Broken(), 0, None)
    store.path(b"n" * 32).mkdir(parents=True)
    with pytest.raises(StorageError):
        store.get(b"n" * 32)


def test_the_largest_chunk_is_read_whole(store: ChunkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    [chunk], _, _ = store.seal(io.BytesIO(b"x" * MAX_CHUNK), MAX_CHUNK, None)
    assert len(store.get(chunk.hash)) == MAX_CHUNK + TAG and store.has(chunk.hash)
    with open(store.path(chunk.hash), "ab") as more:
        more.write(b"x" * 1000)
    with pytest.raises(VaultDamagedError, match="altered"):
        store.get(chunk.hash)


def test_a_chunk_that_is_there_is_not_written_again(
    store: ChunkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(b"n" * 32, b"content")
    monkeypatch.setattr(files, "write", lambda *_: pytest.fail("it is there already"))
    store.put(b"n" * 32, b"content")
    assert store.path(b"n" * 32).read_bytes() == b"content"
    store.remove(b"n" * 32)
    store.remove(b"n" * 32)
    assert not store.has(b"n" * 32)


def test_chunks_are_spread_over_folders_of_two_digits(store: ChunkStore) -> None:
    """Where every earlier version of the program put them."""
    assert store.path(bytes.fromhex("abcdef" * 10 + "0123")).parent == store.folder / "ab"
