"""Files that go on behind their end, or say something else than they hold: backups and custody
packages. (Frames behind a frame are among the vectors: `tests/format`.)"""

from __future__ import annotations

import io

import pytest

from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import Opener, Sealer, Stanza
from defenderdesk.errors import DamagedError, LimitError, NewerError, TruncatedError, UsageError
from defenderdesk.vault.recovery import sealed_backup
from defenderdesk.vault.recovery.sealed_backup import (
    CHUNK,
    DATABASE,
    DESCRIPTION,
    Description,
    Parts,
    head,
)
from defenderdesk.vault.storage import schema
from defenderdesk.vault.storage.chunks import MAX_CHUNK
from tests.interchange.evidence_world import authority, made, problems, proof_of, told

__all__ = ["authority", "told"]

DATA = b"d" * 100
CHUNKS = (b"c" * 50, b"e" * 60)


def payload(
    description: bytes | None = None,
    database: bytes = DATA,
    chunks: tuple[bytes, ...] = CHUNKS,
    behind: bytes = b"",
) -> bytes:
    said = description or Description(1, 1, len(DATA), len(CHUNKS), sum(map(len, CHUNKS))).pack()
    return b"".join(
        [
            head(DESCRIPTION, len(said)),
            said,
            head(DATABASE, len(database)),
            database,
            *(head(CHUNK, len(one)) + one for one in chunks),
            behind,
        ]
    )


def read(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    parts = Parts(io.BytesIO(data))  # type: ignore[arg-type]
    return b"".join(parts.database()), tuple(parts.chunks())


def test_a_backup_is_read_as_it_was_written() -> None:
    assert read(payload()) == (DATA, CHUNKS)
    said = Description(1, 1, 3 * 1024**2 + 1, 0, 0)
    large = b"x" * said.database
    parts = Parts(io.BytesIO(payload(said.pack(), large, ())))  # type: ignore[arg-type]
    pieces = list(parts.database())
    assert b"".join(pieces) == large and max(map(len, pieces)) == 1024**2
    assert list(parts.chunks()) == [] and said.total == said.database


@pytest.mark.parametrize(
    "behind", [b"\x00", head(CHUNK, 5) + b"x" * 5, bytes(1000)], ids=["a byte", "a part", "zeros"]
)
def test_bytes_behind_the_end_of_a_backup_are_refused(behind: bytes) -> None:
    with pytest.raises(DamagedError, match="behind its end"):
        read(payload(behind=behind))


def test_bytes_behind_the_end_are_seen_under_the_seal_too() -> None:
    keys = sealed_backup.VaultKeys(b"{}", bytes(32))
    for behind, right in ((b"", True), (b"x", False)):
        out = io.BytesIO()
        with Sealer(out, [keys]) as sealer:
            sealer.write(payload(behind=behind))
        parts = Parts(Opener(io.BytesIO(out.getvalue()), [keys]))
        assert b"".join(parts.database()) == DATA
        if right:
            assert tuple(parts.chunks()) == CHUNKS
        else:
            with pytest.raises(DamagedError, match="behind its end"):
                list(parts.chunks())


def test_what_carries_no_key_slots_is_no_backup() -> None:
    keys = sealed_backup.VaultKeys(b"{}", bytes(32))
    stanzas = keys.wrap(b"f" * 16)
    assert keys.unwrap(stanzas) == b"f" * 16
    with pytest.raises(DamagedError, match="not a backup"):
        keys.unwrap(stanzas[1:])
    slots = sealed_backup.Slots(lambda _: bytes(32))
    assert slots.data_key == b"" and slots.unwrap(stanzas) == b"f" * 16 and slots.data_key == bytes(32)


def test_a_file_begins_as_a_backup_does_or_not() -> None:
    out = io.BytesIO()
    with Sealer(out, [sealed_backup.VaultKeys(b"{}", bytes(32))]) as sealer:
        sealer.write(payload())
    assert sealed_backup.looks_like_one(io.BytesIO(out.getvalue()))
    for other in (b"", out.getvalue()[1:], out.getvalue()[:30], b"age-encryption.org/v1\n-> X25519 "):
        assert not sealed_backup.looks_like_one(io.BytesIO(other))


def test_a_backups_sizes_are_read_whole() -> None:
    assert Description(1, 1, 100, 2, 110).total == 210
    said = Description(1, 1, len(DATA), 0, 0).pack()
    begin = head(DESCRIPTION, len(said)) + said
    parts = Parts(io.BytesIO(begin + head(DATABASE, 2**56 + len(DATA)) + DATA))  # type: ignore[arg-type]
    with pytest.raises(DamagedError, match="not where it should be"):
        list(parts.database())
    for length, words in ((4096, "cannot be read"), (4097, "does not begin with a description")):
        with pytest.raises(DamagedError, match=words):
            Parts(io.BytesIO(head(DESCRIPTION, length) + bytes(length)))  # type: ignore[arg-type]


def test_a_backup_that_ends_early_is_cut_at_every_byte() -> None:
    whole = payload()
    for length in range(len(whole)):
        with pytest.raises(TruncatedError):
            read(whole[:length])


def said(**other: object) -> bytes:
    values = {"version": 1, "created": 1, "schema": 1, "database": 100, "chunks": 2, "bytes": 110}
    return canonical.encode(list({**values, **other}.values()))


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (payload(database=DATA[1:]), DamagedError, "not where it should be"),
        (payload(database=DATA + b"d"), DamagedError, "not where it should be"),
        (payload(chunks=CHUNKS[:1]), TruncatedError, "end is missing"),
        (payload(chunks=(CHUNKS[0], CHUNKS[1][1:])), DamagedError, "another size"),
        (payload(chunks=(CHUNKS[0], CHUNKS[1] + b"x")), DamagedError, "another size"),
        (payload(chunks=(CHUNKS[0], bytes(MAX_CHUNK + 17))), DamagedError, "not where it should"),
        (payload(said(chunks=1, bytes=50)), DamagedError, "behind its end"),
        (payload(said(chunks=3)), TruncatedError, "end is missing"),
        (payload(said(bytes=109)), DamagedError, "another size"),
        (payload(said(version=2)), NewerError, "backup"),
        (payload(said(version="1")), DamagedError, "description"),
        (payload(said(version=True)), DamagedError, "description"),
        (payload(said(schema=schema.VERSION + 1)), NewerError, "vault"),
        (payload(said(created=-1)), DamagedError, "description"),
        (payload(said(chunks=True)), DamagedError, "description"),
        (payload(said(more=1)), DamagedError, "description"),
        (payload(canonical.encode([1, 1, 1, 100, 2])), DamagedError, "description"),
        (payload(canonical.encode(b"\x01" * 6)), DamagedError, "description"),
        (payload(canonical.encode([])), DamagedError, "description"),
        (payload(canonical.encode({})), DamagedError, "description"),
        (payload(said() + b"\x00"), DamagedError, "description"),
        (head(DATABASE, 5) + b"x" * 5, DamagedError, "does not begin with"),
        (head(DESCRIPTION, 4097) + b"x" * 4097, DamagedError, "does not begin with"),
        (payload().replace(head(DATABASE, 100), head(CHUNK, 100)), DamagedError, "not where it"),
        (payload().replace(head(CHUNK, 60), head(DATABASE, 60)), DamagedError, "not where it"),
    ],
    ids=map(str, range(24)),
)
def test_a_backup_that_is_not_what_it_says_is_refused(
    data: bytes, error: type[DamagedError], words: str
) -> None:
    with pytest.raises(DamagedError) as raised:
        read(data)
    assert type(raised.value) is error and words in str(raised.value)


def test_a_backup_at_its_bounds_is_read() -> None:
    largest = bytes(MAX_CHUNK + 16)
    spoken = Description(0, schema.VERSION, len(DATA), 1, len(largest))
    assert read(payload(spoken.pack(), chunks=(largest,)))[1] == (largest,)


def stanza(*args: str, body: bytes = b"{}") -> Stanza:
    return Stanza(args, body)


def test_the_key_slots_of_a_backup_are_named_once_and_in_this_version() -> None:
    kind = sealed_backup.KIND
    right = stanza(kind, "1")
    assert sealed_backup.slots_of([stanza("X25519", "x"), right]) == b"{}"
    largest = stanza(kind, "1", body=bytes(sealed_backup.MAX_KEYS))
    assert sealed_backup.slots_of([largest]) == largest.body
    for wrong, error in (
        ([], DamagedError),
        ([right, right], DamagedError),
        ([stanza(kind)], DamagedError),
        ([stanza(kind, "1", "1")], DamagedError),
        ([stanza(kind, "2")], NewerError),
        ([stanza(kind, "01")], NewerError),
        ([stanza(kind, "1", body=bytes(sealed_backup.MAX_KEYS + 1))], LimitError),
    ):
        with pytest.raises(DamagedError) as raised:
            sealed_backup.slots_of(wrong)
        assert type(raised.value) is error


def test_slots_of_another_backup_are_told_from_a_wrong_key() -> None:
    keys = sealed_backup.VaultKeys(b"{}", bytes(32))
    stanzas = keys.wrap(b"f" * 16)
    assert keys.unwrap(stanzas) == b"f" * 16
    assert sealed_backup.VaultKeys(b"{}", b"o" * 32).unwrap(stanzas) is None
    opened = sealed_backup.Slots(lambda given: bytes(32) if given == b"{}" else b"")
    assert opened.unwrap(stanzas) == b"f" * 16 and opened.data_key == bytes(32)
    with pytest.raises(DamagedError, match="belong to another backup"):
        sealed_backup.Slots(lambda _: b"o" * 32).unwrap(stanzas)


# -- custody packages ------------------------------------------------------------------------------


def test_a_package_that_two_acts_close_is_closed_by_none(told, monkeypatch) -> None:
    pair, _ = told
    name = pair.office.new_id()
    with monkeypatch.context() as patch:
        patch.setattr(pair.office, "new_id", lambda: name)
        first = made(told, "first")
        assert problems(proof_of(first)) == []
        with pytest.raises(UsageError, match="The act that closes this package is not in it"):
            made(told, "second")
    assert problems(proof_of(made(told, "third"))) == [], "under a name of its own it is well"
