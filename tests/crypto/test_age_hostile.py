"""Sealed files that are torn, altered or made to do harm: every one is named, none is believed."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from defenderdesk.crypto.age import (
    DeskKey,
    HybridIdentity,
    Identity,
    Opener,
    RandomOpener,
    ScryptIdentity,
    Stanza,
    X25519Identity,
    open_bytes,
    scrypt,
    seal_bytes,
    stream,
)
from defenderdesk.crypto.age.feed import Feed
from defenderdesk.crypto.age.header import MAX_HEADER, VERSION_LINE, encode_header, read_header
from defenderdesk.crypto.age.stream import CHUNK
from defenderdesk.errors import (
    DamagedError,
    LimitError,
    NotForUsError,
    TruncatedError,
    WorldError,
)

DESK = DeskKey(bytes(range(32)))
HYBRID = HybridIdentity.from_seed(bytes(range(1, 33)))
PLAIN = X25519Identity.from_seed(bytes(range(2, 34)))
CONTENT = b"what a witness said"
FILE_KEY = bytes(range(16))

repeatable = settings(derandomize=True, deadline=None, max_examples=300)


def at_random(data: bytes, identities: Sequence[Identity]) -> bytes:
    opener = RandomOpener(io.BytesIO(data), identities)
    return opener.read_at(0, opener.size)


def armored(data: bytes, end: bytes = b"\n") -> bytes:
    text = base64.b64encode(data)
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return end.join([b"-----BEGIN AGE ENCRYPTED FILE-----", *lines, b"-----END AGE ENCRYPTED FILE-----", b""])


def with_stanzas(*stanzas: Stanza) -> bytes:
    """A file under a known file key."""
    nonce = bytes(16)
    cipher = stream.payload_cipher(FILE_KEY, nonce)
    payload = cipher.encrypt(stream.chunk_nonce(0, True), CONTENT, None)
    return encode_header(stanzas, FILE_KEY) + nonce + payload


# -- torn and altered ------------------------------------------------------------------------


@pytest.mark.parametrize("open_it", [open_bytes, at_random])
def test_cut_at_every_byte(open_it: Callable[[bytes, Sequence[Identity]], bytes]) -> None:
    for recipient, identity in ((DESK, DESK), (PLAIN.recipient, PLAIN)):
        sealed = seal_bytes(CONTENT, [recipient])
        assert open_it(sealed, [identity]) == CONTENT
        for size in range(1, len(sealed)):
            with pytest.raises(TruncatedError):
                open_it(sealed[:size], [identity])
    with pytest.raises(DamagedError):
        open_it(b"", [DESK])


@pytest.mark.parametrize("open_it", [open_bytes, at_random])
def test_cut_around_every_chunk(open_it: Callable[[bytes, Sequence[Identity]], bytes]) -> None:
    content = random.Random(2).randbytes(3 * CHUNK)
    sealed = seal_bytes(content, [DESK])
    start = len(sealed) - 3 * stream.SEALED_CHUNK
    for chunk in range(4):
        for shift in (-17, -16, -1, 0, 1, 15, 16, 17):
            size = start + chunk * stream.SEALED_CHUNK + shift
            if size < len(sealed):
                with pytest.raises(DamagedError):
                    open_it(sealed[:size], [DESK])
    for more in (b"x", bytes(16), bytes(stream.SEALED_CHUNK), sealed[start:]):
        with pytest.raises(DamagedError):
            open_it(sealed + more, [DESK])


def test_chunks_moved_or_dropped() -> None:
    sealed = seal_bytes(random.Random(3).randbytes(3 * CHUNK), [DESK])
    start = len(sealed) - 3 * stream.SEALED_CHUNK
    head = sealed[:start]
    a, b, c = (
        sealed[start + i * stream.SEALED_CHUNK : start + (i + 1) * stream.SEALED_CHUNK] for i in range(3)
    )
    for chunks in ([b, a, c], [a, c], [a, a, c], [a, b, b], [c], [a, b, c, c], [a, b]):
        with pytest.raises(DamagedError):
            open_bytes(head + b"".join(chunks), [DESK])


@pytest.mark.parametrize("open_it", [open_bytes, at_random])
@pytest.mark.parametrize("kind", ["desk", "plain", "hybrid"])
def test_one_bit_flipped_at_every_byte(
    kind: str, open_it: Callable[[bytes, Sequence[Identity]], bytes]
) -> None:
    recipient, identity = {
        "desk": (DESK, DESK),
        "plain": (PLAIN.recipient, PLAIN),
        "hybrid": (HYBRID.recipient, HYBRID),
    }[kind]
    sealed = seal_bytes(CONTENT, [recipient])  # type: ignore[list-item]
    flips = random.Random(4)
    for at in range(len(sealed)):
        altered = bytearray(sealed)
        altered[at] ^= 1 << flips.randrange(8)
        with pytest.raises((DamagedError, NotForUsError)):
            open_it(bytes(altered), [identity])  # type: ignore[list-item]


def test_armor_flipped_at_every_byte() -> None:
    """White space behind the armor may change into other white space; nothing else may."""
    text = armored(seal_bytes(CONTENT, [DESK]))
    assert open_bytes(text, [DESK]) == CONTENT
    believed = []
    for at in range(len(text)):
        for bit in range(8):
            altered = bytearray(text)
            altered[at] ^= 1 << bit
            try:
                assert open_bytes(bytes(altered), [DESK]) == CONTENT
                believed.append(at)
            except (DamagedError, NotForUsError):
                pass
    assert set(believed) <= {len(text) - 1}


# -- armor -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 16, 47, 48, 49, 5000, CHUNK + 1])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_armor(size: int, end: bytes) -> None:
    content = random.Random(5).randbytes(size)
    text = armored(seal_bytes(content, [DESK]), end)
    assert open_bytes(text, [DESK]) == content
    assert open_bytes(b"\n\n" + text + b" \t\n", [DESK]) == content
    assert open_bytes(text.rstrip(), [DESK]) == content
    with pytest.raises(DamagedError):
        RandomOpener(io.BytesIO(text), [DESK])
    for hostile in (
        text + b"x",
        text + text,
        text + b"\n" * 1025,
        b"\n" * 1025 + text,
        b"x" + text,
    ):
        with pytest.raises(DamagedError):
            open_bytes(hostile, [DESK])
    for cut in (1, 30, 40, 200, len(text) // 2, len(text) - 10):
        with pytest.raises(DamagedError):
            open_bytes(text[:cut], [DESK])


def test_endless_space_is_not_read() -> None:
    source = Endless(b"\n")
    with pytest.raises(DamagedError):
        Opener(source, [DESK])  # type: ignore[arg-type]
    assert source.given < 16 * 1024


# -- limits ----------------------------------------------------------------------------------


class Endless:
    """Gives `head`, then `tail` for ever."""

    def __init__(self, tail: bytes, head: bytes = b"") -> None:
        self.head, self.tail, self.given = head, tail, 0

    def read(self, size: int) -> bytes:
        piece, self.head = self.head[:size], self.head[size:]
        if not piece:
            piece = (self.tail * size)[:size]
        self.given += len(piece)
        return piece


@pytest.mark.parametrize(
    ("tail", "head"),
    [
        (b"a", VERSION_LINE + b"-> "),
        (b"a" * 64 + b"\n", VERSION_LINE + b"-> x\n"),
        (b"-> x\n\n", VERSION_LINE),
        (b"-> " + b"y" * 4092 + b"\n\n", VERSION_LINE),
    ],
)
def test_endless_headers(tail: bytes, head: bytes) -> None:
    source = Endless(tail, head)
    with pytest.raises(DamagedError):
        Opener(source, [DESK])  # type: ignore[arg-type]
    assert source.given <= MAX_HEADER + 8192


def test_too_many_stanzas() -> None:
    stanza = b"-> x\n\n"
    end = b"--- " + b"A" * 43 + b"\n"
    with pytest.raises(NotForUsError):
        open_bytes(VERSION_LINE + stanza * 1024 + end, [DESK])
    with pytest.raises(LimitError):
        open_bytes(VERSION_LINE + stanza * 1025 + end, [DESK])


def test_a_header_too_large() -> None:
    line = b"-> " + b"x" * (MAX_HEADER - 1000) + b"\n\n"
    end = b"--- " + b"A" * 43 + b"\n"
    with pytest.raises(NotForUsError):
        open_bytes(VERSION_LINE + line + end, [DESK])
    with pytest.raises(LimitError):
        open_bytes(VERSION_LINE + line + line + end, [DESK])


@pytest.mark.parametrize("factor", ["19", "20", "30", "63", "64", "99", "100", "9" * 5000])
def test_a_costly_passphrase_takes_no_memory(factor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(**_: object) -> None:
        pytest.fail("scrypt was started")

    monkeypatch.setattr(scrypt, "Scrypt", never)
    salt = base64.b64encode(bytes(16)).decode().rstrip("=")
    sealed = with_stanzas(Stanza(("scrypt", salt, factor), bytes(32)))
    with pytest.raises(LimitError):
        open_bytes(sealed, [ScryptIdentity("x")])


def test_a_passphrase_stanza_is_alone_whoever_opens() -> None:
    salt = base64.b64encode(bytes(16)).decode().rstrip("=")
    extra = Stanza(("scrypt", salt, "10"), bytes(32))
    sealed = with_stanzas(*DESK.wrap(FILE_KEY), extra)
    with pytest.raises(DamagedError):
        open_bytes(sealed, [DESK])


# -- desk stanzas ----------------------------------------------------------------------------


def test_desk_stanzas_are_tried_whatever_their_hint() -> None:
    others = [stanza for _ in range(3) for stanza in DeskKey.generate().wrap(FILE_KEY)]
    sealed = with_stanzas(Stanza(("grease", "x"), b"y"), *others, *DESK.wrap(FILE_KEY))
    assert open_bytes(sealed, [DeskKey.generate(), DESK]) == CONTENT


def _changed(stanza: Stanza, part: str) -> Stanza:
    kind, salt, hint = stanza.args
    other = DESK.wrap(FILE_KEY)[0]
    return {
        "hint": Stanza((kind, salt, other.args[2]), stanza.body),
        "body": Stanza((kind, salt, hint), stanza.body[:-1] + bytes([stanza.body[-1] ^ 1])),
        "short body": Stanza((kind, salt, hint), stanza.body[:-1]),
        "long body": Stanza((kind, salt, hint), stanza.body + b"x"),
        "no hint": Stanza((kind, salt), stanza.body),
        "more": Stanza((kind, salt, hint, "x"), stanza.body),
        "short salt": Stanza((kind, salt[:-2], hint), stanza.body),
        "short hint": Stanza((kind, salt, hint[:-3]), stanza.body),
        "not base64": Stanza((kind, salt, hint[:-1] + "!"), stanza.body),
    }[part]


@pytest.mark.parametrize(
    "part",
    [
        "hint",
        "body",
        "short body",
        "long body",
        "no hint",
        "more",
        "short salt",
        "short hint",
        "not base64",
    ],
)
def test_an_altered_desk_stanza(part: str) -> None:
    stanza = DESK.wrap(FILE_KEY)[0]
    assert open_bytes(with_stanzas(stanza), [DESK]) == CONTENT
    with pytest.raises(DamagedError):
        open_bytes(with_stanzas(_changed(stanza, part)), [DESK])


def test_a_desk_stanza_moved_to_another_salt_is_for_nobody() -> None:
    first, second = DESK.wrap(FILE_KEY)[0], DESK.wrap(FILE_KEY)[0]
    moved = Stanza((first.args[0], second.args[1], first.args[2]), first.body)
    with pytest.raises(NotForUsError):
        open_bytes(with_stanzas(moved), [DESK])


def test_keys_of_a_wrong_size() -> None:
    for make in (DeskKey, HybridIdentity, X25519Identity):
        for size in (0, 31, 33):
            with pytest.raises(DamagedError):
                make(bytes(size))


# -- fuzz ------------------------------------------------------------------------------------

SEALED = seal_bytes(CONTENT, [HYBRID.recipient, DESK])
LINES = [
    b"age-encryption.org/v1",
    b"-> X25519 " + b"A" * 43,
    b"-> defenderdesk/desk " + b"A" * 22 + b" " + b"A" * 11,
    b"-> scrypt " + b"A" * 22 + b" 1",
    b"-> mlkem768x25519 " + b"A" * 1494,
    b"-> ",
    b"->",
    b"A" * 43,
    b"A" * 64,
    b"A" * 65,
    b"",
    b"--- " + b"A" * 43,
    b"---",
    b"\r",
    b"\xff",
    b"=",
]


def never_another_error(data: bytes) -> None:
    identities: list[Identity] = [DESK, HYBRID, PLAIN, ScryptIdentity("x")]
    for open_it in (open_bytes, at_random):
        try:
            assert open_it(data, identities) == CONTENT
        except WorldError:
            pass


@repeatable
@given(st.binary(max_size=300))
def test_fuzz_any_bytes(data: bytes) -> None:
    never_another_error(data)
    never_another_error(VERSION_LINE + data)
    never_another_error(b"-----BEGIN AGE ENCRYPTED FILE-----\n" + data)


@repeatable
@given(st.lists(st.sampled_from(LINES), max_size=8), st.binary(max_size=40))
def test_fuzz_lines_of_a_header(lines: list[bytes], rest: bytes) -> None:
    never_another_error(VERSION_LINE + b"\n".join(lines) + b"\n" + rest)


@repeatable
@given(
    st.lists(
        st.tuples(st.integers(0, len(SEALED)), st.integers(0, 5), st.binary(max_size=5)),
        min_size=1,
        max_size=3,
    )
)
def test_fuzz_a_real_file(edits: list[tuple[int, int, bytes]]) -> None:
    data = SEALED
    for at, gone, new in edits:
        data = data[:at] + new + data[at + gone :]
    never_another_error(data)


@repeatable
@given(
    st.lists(
        st.builds(
            Stanza,
            st.lists(
                st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1),
                min_size=1,
                max_size=4,
            ).map(tuple),
            st.binary(max_size=200),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_headers_return_as_they_were(stanzas: list[Stanza]) -> None:
    raw = encode_header(stanzas, FILE_KEY)
    header = read_header(Feed(io.BytesIO(raw)))
    assert list(header.stanzas) == stanzas
    header.verify(FILE_KEY)
    with pytest.raises(DamagedError):
        header.verify(bytes(16))


@pytest.mark.parametrize("args", [(), ("",), ("a", ""), ("a b",), ("a\n",), ("é",)])
def test_stanzas_that_cannot_be_written(args: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        encode_header([Stanza(args, b"")], FILE_KEY)
