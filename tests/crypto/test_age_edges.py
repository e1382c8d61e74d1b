"""The age container at its edges: what reads at any place, and each bound of its own stanzas."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from defenderdesk.crypto.age import (
    DeskKey,
    base64,
    derive,
    files,
    header,
    hybrid,
    scrypt,
    stream,
    x25519,
)
from defenderdesk.crypto.age.files import Opener, RandomOpener, open_bytes, seal_bytes
from defenderdesk.crypto.age.header import Stanza
from defenderdesk.errors import DamagedError, LimitError, NotForUsError, TruncatedError, WorldError

KEY = DeskKey(bytes(range(32)))
FILE_KEY = b"f" * 16


@pytest.mark.parametrize("size", [0, 1, stream.CHUNK, stream.CHUNK * (2 * stream.BATCH + 2) + 5])
def test_any_part_of_a_file_is_read_as_it_stands(size: int) -> None:
    plain = random.Random(size).randbytes(size)
    opened = RandomOpener(io.BytesIO(seal_bytes(plain, [KEY])), [KEY])
    assert opened.size == size
    edges = {0, 1, size // 2, size - 1, size, size + 1}
    for index in range(size // stream.CHUNK + 2):
        edges |= {index * stream.CHUNK + by for by in (-1, 0, 1)}
    places = sorted(edge for edge in edges if edge >= 0)
    for offset in places[::5] + places[-6:]:
        for end in places[::3] + places[-6:]:
            if end >= offset:
                assert opened.read_at(offset, end - offset) == plain[offset:end]
    assert opened.read_at(0, size + 10) == plain
    for wrong in ((-1, 1), (0, -1)):
        with pytest.raises(ValueError, match="negative"):
            opened.read_at(*wrong)


def test_reading_in_many_small_pieces_gives_the_same() -> None:
    plain = random.Random(1).randbytes(3 * stream.CHUNK + 7)
    sealed = seal_bytes(plain, [KEY])
    opened = Opener(io.BytesIO(sealed), [KEY])
    pieces = []
    while piece := opened.read(stream.CHUNK - 1):
        pieces.append(piece)
    assert b"".join(pieces) == plain and [len(p) for p in pieces[:-1]] == [stream.CHUNK - 1] * 3
    assert opened.read(5) == b"" and opened.readable()


def test_a_file_whose_end_is_cut_is_said_to_be_cut_at_any_place() -> None:
    sealed = seal_bytes(bytes(stream.CHUNK + 9), [KEY])
    for cut in range(1, len(sealed), 997):
        source = io.BytesIO(sealed[:-cut])
        with pytest.raises((TruncatedError, DamagedError)):
            open_bytes(source.getvalue(), [KEY])
        with pytest.raises((TruncatedError, DamagedError)):
            RandomOpener(source, [KEY])


def test_a_part_in_the_middle_that_was_altered_is_not_called_cut() -> None:
    sealed = bytearray(seal_bytes(bytes(3 * stream.CHUNK), [KEY]))
    opened = RandomOpener(io.BytesIO(bytes(sealed)), [KEY])
    at = opened._start + stream.SEALED_CHUNK + 5
    sealed[at] ^= 1
    again = RandomOpener(io.BytesIO(bytes(sealed)), [KEY])
    assert again.read_at(0, 9) == bytes(9)
    with pytest.raises(DamagedError) as raised:
        again.read_at(stream.CHUNK, 1)
    assert not isinstance(raised.value, TruncatedError)
    sealed[-1] ^= 1
    with pytest.raises(TruncatedError):
        RandomOpener(io.BytesIO(bytes(sealed)), [KEY])


def test_a_whole_part_behind_the_end_is_no_cut() -> None:
    """Both are the end by their seal: the one that stands in the middle says so."""
    sealed = seal_bytes(bytes(stream.CHUNK), [KEY])
    longer = sealed + sealed[-stream.SEALED_CHUNK :]
    with pytest.raises(DamagedError, match="behind its end"):
        open_bytes(longer, [KEY])
    whole = seal_bytes(bytes(2 * stream.CHUNK), [KEY])
    with pytest.raises(TruncatedError, match="its end is missing"):
        open_bytes(whole[: -stream.SEALED_CHUNK], [KEY])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", DamagedError),
        (b"age-encryption.org", TruncatedError),
        (b"age-encryption.org/v1", TruncatedError),
        (b"age-encryption.org/v2\n", DamagedError),
        (b"age-encryption.org/v1x", DamagedError),
        (b"no", DamagedError),
    ],
)
def test_a_first_line_that_is_cut_is_told_from_another(data: bytes, error: type[WorldError]) -> None:
    with pytest.raises(WorldError) as raised:
        open_bytes(data, [KEY])
    assert type(raised.value) is error


def stanza(salt: bytes, hint: bytes, body: bytes = bytes(32)) -> Stanza:
    named = (base64.encode(salt).decode(), base64.encode(hint).decode())
    return Stanza(("defenderdesk/desk", *named), body)


def test_a_desk_stanza_of_another_size_is_refused_and_not_only_passed_over() -> None:
    [right] = KEY.wrap(FILE_KEY)
    assert KEY.unwrap([right]) == FILE_KEY
    assert KEY.unwrap([stanza(bytes(16), bytes(8))]) is None, "of another key"
    for wrong in (
        stanza(bytes(15), bytes(8)),
        stanza(bytes(17), bytes(8)),
        stanza(bytes(16), bytes(7)),
        stanza(bytes(16), bytes(9)),
        stanza(bytes(16), bytes(8), bytes(31)),
        stanza(bytes(16), bytes(8), bytes(33)),
        Stanza(right.args[:2], right.body),
        Stanza((*right.args, "x"), right.body),
        stanza(base64.decode(right.args[1].encode(), ""), bytes(8), right.body),
    ):
        with pytest.raises(DamagedError):
            KEY.unwrap([wrong])
        with pytest.raises(DamagedError):
            KEY.unwrap([wrong, right])


def scrypt_stanza(passphrase: bytes, factor: str, salt: bytes = bytes(16)) -> Stanza:
    bits = min(int(factor), 10)
    kdf = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << bits, r=8, p=1)
    body = derive.wrap(kdf.derive(passphrase), FILE_KEY)
    return Stanza(("scrypt", base64.encode(salt).decode(), factor), body)


def test_a_passphrase_opens_with_as_much_work_as_age_itself_writes_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert scrypt.ScryptIdentity("open").unwrap([scrypt_stanza(b"open", "10")]) == FILE_KEY
    assert scrypt.ScryptIdentity("shut").unwrap([scrypt_stanza(b"open", "10")]) is None
    asked: list[int] = []

    class Counted:
        """Takes no memory."""

        def __init__(self, **given: int) -> None:
            asked.append(given["n"])

        def derive(self, _: bytes) -> bytes:
            return bytes(32)

    monkeypatch.setattr(scrypt, "Scrypt", Counted)
    scrypt.ScryptIdentity("x").unwrap([scrypt_stanza(b"x", "18")])
    assert asked == [1 << 18]
    for factor in ("19", "99", "100", "1" + "0" * 30):
        with pytest.raises(LimitError):
            scrypt.ScryptIdentity("x").unwrap([scrypt_stanza(b"x", factor)])
    assert asked == [1 << 18]


def test_a_passphrase_stands_alone() -> None:
    identity, one = scrypt.ScryptIdentity("open"), scrypt_stanza(b"open", "10")
    assert identity.unwrap([]) is None and identity.unwrap(KEY.wrap(FILE_KEY)) is None
    for several in ([one, *KEY.wrap(FILE_KEY)], [*KEY.wrap(FILE_KEY), one], [one, one]):
        with pytest.raises(DamagedError, match="not the only one"):
            identity.unwrap(several)
        with pytest.raises(DamagedError, match="not the only one"):
            files._unwrap(several, [KEY])
    with pytest.raises(NotForUsError):
        files._unwrap([one], [KEY])


def test_recipients_are_equal_by_their_kind_and_key() -> None:
    one = hybrid.HybridIdentity.from_seed(bytes(32)).recipient
    again = hybrid.HybridIdentity.from_seed(bytes(32)).recipient
    other = hybrid.HybridIdentity.from_seed(b"o" * 32).recipient
    assert one == again and hash(one) == hash(again) and one != other and one != one.public
    plain = x25519.X25519Identity(bytes(32)).recipient
    assert plain == x25519.X25519Identity(bytes(32)).recipient
    assert plain != x25519.X25519Identity(b"o" * 32).recipient and plain != plain.public

    class Alike:
        """Another kind with the same bytes."""

        public = plain.public

    assert plain != Alike() and one != Alike()
    Alike.public = one.public
    assert one != Alike()


def test_a_header_is_written_with_somebody_in_it_and_within_bounds() -> None:
    for wrong in (
        [],
        [Stanza((), b"")],
        [Stanza(("a", ""), b"")],
        [Stanza(("a b",), b"")],
        [Stanza(("a\n",), b"")],
        [Stanza(("é",), b"")],
        [Stanza(("a",), b"")] * (header.MAX_STANZAS + 1),
        [Stanza(("a",), bytes(header.MAX_HEADER))],
    ):
        with pytest.raises(ValueError):
            header.encode_header(wrong, FILE_KEY)


def test_the_file_of_a_random_opener_begins_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"before" + seal_bytes(b"content", [KEY]))
    with path.open("rb") as source:
        source.seek(6)
        assert RandomOpener(source, [KEY]).read_at(0, 99) == b"content"
