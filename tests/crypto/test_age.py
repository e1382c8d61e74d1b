"""Keys, sealing and opening: what goes in comes out, whatever the sizes of the pieces."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from defenderdesk.crypto.age import (
    DeskKey,
    HybridIdentity,
    HybridRecipient,
    Identity,
    Opener,
    RandomOpener,
    Recipient,
    ScryptIdentity,
    Sealer,
    X25519Identity,
    X25519Recipient,
    bech32,
    open_bytes,
    parse_identity,
    parse_recipient,
    seal_bytes,
)
from defenderdesk.crypto.age.stream import BATCH, CHUNK
from defenderdesk.errors import DamagedError, NotForUsError

DESK = DeskKey(bytes(range(32)))
HYBRID = HybridIdentity.from_seed(bytes(range(1, 33)))
PLAIN = X25519Identity.from_seed(bytes(range(2, 34)))
CONTENT = random.Random(1).randbytes((BATCH + 2) * CHUNK + 99)
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, BATCH * CHUNK, BATCH * CHUNK + 1]

repeatable = settings(derandomize=True, deadline=None, max_examples=60)


# -- keys ------------------------------------------------------------------------------------


def test_the_examples_of_the_specification() -> None:
    plain = parse_identity("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX")
    assert str(plain.recipient) == "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    hybrid = parse_identity("AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR")
    text = str(hybrid.recipient)
    assert text.startswith("age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zr")
    assert text.endswith("lhl53k2ykx3qheyty7saeq0d3fzv49zc0k")
    assert hashlib.sha256(text.encode()).hexdigest() == SPEC_RECIPIENT_SHA256


SPEC_RECIPIENT_SHA256 = "a091dd7e0ee9d62b75173dcc98441a0424baa941e66a8776e570a4ae60ff61ea"


@pytest.mark.parametrize("identity", [HYBRID, PLAIN])
def test_keys_return_from_their_text(identity: HybridIdentity | X25519Identity) -> None:
    again = parse_identity(str(identity))
    assert type(again) is type(identity)
    assert again.seed == identity.seed
    assert parse_recipient(str(identity.recipient)) == identity.recipient
    assert hash(parse_recipient(str(identity.recipient))) == hash(identity.recipient)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "age1",
        "age1é",
        "age" * 3000,
        str(PLAIN.recipient).upper(),
        str(PLAIN.recipient).replace("age", "Age"),
        str(PLAIN.recipient)[:-1] + "q",
        str(PLAIN.recipient) + "\n",
        str(HYBRID.recipient)[:-1],
        bech32.encode("age", bytes(32)),
        bech32.encode("age", bytes(31)),
        bech32.encode("age1pq", bytes(1215)),
        bech32.encode("age1pq", b"\xff" * 1216),
        bech32.encode("age1pq", HYBRID.recipient.public[:1184] + bytes(32)),
        bech32.encode("age1tag", bytes(33)),
        bech32.encode("age-secret-key-", bytes(31)).upper(),
        bech32.encode("age-secret-key-pq-", bytes(33)).upper(),
        str(PLAIN).lower(),
        str(HYBRID).lower(),
    ],
)
def test_what_is_not_a_key(text: str) -> None:
    with pytest.raises(DamagedError):
        parse_recipient(text)
    with pytest.raises(DamagedError):
        parse_identity(text)


def test_secret_and_public_keys_are_not_confused() -> None:
    for identity in (PLAIN, HYBRID):
        with pytest.raises(DamagedError):
            parse_recipient(str(identity))
        with pytest.raises(DamagedError):
            parse_identity(str(identity.recipient))
    with pytest.raises(DamagedError):
        HybridRecipient.parse(str(PLAIN.recipient))
    with pytest.raises(DamagedError):
        X25519Recipient.parse(str(HYBRID.recipient))
    with pytest.raises(DamagedError):
        HybridIdentity.parse(str(PLAIN))
    with pytest.raises(DamagedError):
        X25519Identity.parse(str(HYBRID))


def test_secrets_do_not_show() -> None:
    for secret in (PLAIN, HYBRID, DESK):
        assert "SECRET" not in repr(secret)
    assert DESK.key.hex() not in repr(DESK)


@repeatable
@given(st.binary(max_size=100))
def test_bech32_round_trip(data: bytes) -> None:
    assert bech32.decode(bech32.encode("age", data)) == ("age", data)


def test_bech32_of_its_own_specification() -> None:
    """Valid and invalid strings of BIP 173 (those whose data are whole bytes)."""
    assert bech32.decode("A12UEL5L") == ("a", b"")
    assert (
        bech32.decode(
            "an83characterlonghumanreadablepartthatcontainsthenumber1and"
            + ("theexcludedcharactersbio1tt5tgs")
        )[1]
        == b""
    )
    for text in ("pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "A1G7SGD8", "10a06t8"):
        with pytest.raises(DamagedError):
            bech32.decode(text)


# -- sealing and opening ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "identity"),
    [(DESK, DESK), (HYBRID.recipient, HYBRID), (PLAIN.recipient, PLAIN)],
)
@pytest.mark.parametrize("size", SIZES)
def test_round_trip(recipient: Recipient, identity: Identity, size: int) -> None:
    sealed = seal_bytes(CONTENT[:size], [recipient])
    assert open_bytes(sealed, [identity]) == CONTENT[:size]


@repeatable
@given(st.lists(st.integers(0, 3 * CHUNK), max_size=8), st.lists(st.integers(1, 2 * CHUNK)))
def test_any_pieces_in_any_pieces_out(writes: list[int], reads: list[int]) -> None:
    out = io.BytesIO()
    at = 0
    with Sealer(out, [DESK]) as sealer:
        for size in writes:
            size = min(size, len(CONTENT) - at)
            assert sealer.write(memoryview(CONTENT)[at : at + size]) == size
            at += size
    opener = Opener(io.BytesIO(out.getvalue()), [DESK])
    got = bytearray()
    for i, size in enumerate(reads):
        if i % 2:
            piece = opener.read(size)
        else:
            buffer = bytearray(size)
            piece = bytes(buffer[: opener.readinto(buffer)])
        got += piece
        assert len(piece) == min(size, at - len(got) + len(piece))
    got += opener.read()
    assert bytes(got) == CONTENT[:at]
    assert opener.read() == opener.read(5) == b""


@repeatable
@given(
    st.sampled_from([*SIZES, len(CONTENT)]),
    st.lists(st.tuples(st.integers(0, len(CONTENT)), st.integers(0, 2 * CHUNK)), max_size=20),
)
def test_random_access_agrees(size: int, places: list[tuple[int, int]]) -> None:
    src = io.BytesIO(b"before" + seal_bytes(CONTENT[:size], [DESK]))
    src.seek(6)
    opener = RandomOpener(src, [DESK])
    assert opener.size == size
    assert opener.opened_by is DESK
    for offset, length in [*places, (0, size), (0, size + 1), (size, 1)]:
        assert opener.read_at(offset, length) == CONTENT[:size][offset : offset + length]
    with pytest.raises(ValueError, match="negative"):
        opener.read_at(-1, 1)


def test_who_opened_it() -> None:
    sealed = seal_bytes(b"x", [HYBRID.recipient, DESK])
    other = DeskKey.generate()
    for identity in (DESK, HYBRID):
        opener = Opener(io.BytesIO(sealed), [other, X25519Identity.generate(), identity])
        assert opener.opened_by is identity
        assert [stanza.kind for stanza in opener.stanzas] == ["mlkem768x25519", "defenderdesk/desk"]
        assert opener.readable()
        assert b"".join(opener) == b"x"


@pytest.mark.parametrize(
    "stranger",
    [DeskKey.generate(), HybridIdentity.generate(), X25519Identity.generate(), ScryptIdentity("x")],
)
def test_not_for_us(stranger: Identity) -> None:
    for recipient in (DESK, HYBRID.recipient, PLAIN.recipient):
        sealed = seal_bytes(b"x", [recipient])
        with pytest.raises(NotForUsError):
            open_bytes(sealed, [stranger])
        with pytest.raises(NotForUsError):
            RandomOpener(io.BytesIO(sealed), [])


def test_recipients_that_do_not_go_together() -> None:
    out = io.BytesIO()
    mixed: list[list[Recipient]] = [
        [],
        [HYBRID.recipient, PLAIN.recipient],
        [DESK, PLAIN.recipient],
    ]
    for recipients in mixed:
        with pytest.raises(ValueError, match="recipient"):
            Sealer(out, recipients)
    with pytest.raises(ValueError, match="header of"):
        Sealer(out, [DESK] * 1025)
    with pytest.raises(ValueError, match="header of"):
        Sealer(out, [HYBRID.recipient] * 700)
    assert out.getvalue() == b""


def test_two_sealings_share_nothing() -> None:
    first, second = (seal_bytes(CONTENT[:100], [DESK]) for _ in range(2))
    assert first[-116:] != second[-116:]
    assert first[:80] != second[:80]


# -- the files beneath -----------------------------------------------------------------------


class Trickle(io.RawIOBase):
    """A raw file that takes and gives a few bytes at a time."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        self.at = 0

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)[:1000]  # type: ignore[call-overload]
        self.data += piece
        return len(piece)

    def readinto(self, buffer: object) -> int:
        size = min(777, len(buffer), len(self.data) - self.at)  # type: ignore[arg-type]
        buffer[:size] = self.data[self.at : self.at + size]  # type: ignore[index]
        self.at += size
        return size


class OnlyRead:
    """The least a source can be."""

    def __init__(self, data: bytes) -> None:
        self._src = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._src.read(min(size, 5000))


def test_slow_files() -> None:
    content = CONTENT[: 3 * CHUNK + 5]
    out = Trickle()
    with Sealer(out, [DESK]) as sealer:  # type: ignore[arg-type]
        sealer.write(content)
    sealed = bytes(out.data)
    assert Opener(Trickle(sealed), [DESK]).read() == content  # type: ignore[arg-type]
    assert Opener(OnlyRead(sealed), [DESK]).read() == content  # type: ignore[arg-type]


def test_a_block_that_raises_leaves_no_whole_file() -> None:
    out = io.BytesIO()
    sealer = Sealer(out, [DESK])

    def interrupted() -> None:
        with sealer:
            sealer.write(CONTENT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    sealer.close()
    with pytest.raises(ValueError, match="closed"):
        sealer.write(b"x")
    with pytest.raises(DamagedError):
        open_bytes(out.getvalue(), [DESK])


class Full(io.BytesIO):
    """Takes a header, then fails once."""

    failed = False

    def write(self, data: object) -> int:
        if self.tell() and not self.failed:
            self.failed = True
            raise OSError(28, "No space left on device")
        return super().write(data)  # type: ignore[arg-type]


def test_a_full_disk_is_passed_on() -> None:
    out = Full()
    sealer = Sealer(out, [DESK])
    with pytest.raises(OSError, match="No space"):
        sealer.write(CONTENT)
    sealer.close()
    with pytest.raises(DamagedError):
        open_bytes(out.getvalue(), [DESK])


class Pulled(io.BytesIO):
    """A stick that is pulled: the second large read fails, later ones find nothing."""

    reads = 0

    def readinto(self, buffer: object) -> int:
        self.reads += 1
        if self.reads == 2:
            raise OSError(5, "Input/output error")
        return super().readinto(buffer) if self.reads == 1 else 0  # type: ignore[arg-type]


def test_a_failing_read_never_looks_like_the_end() -> None:
    opener = Opener(Pulled(seal_bytes(CONTENT, [DESK])), [DESK])
    assert opener.read(10) == CONTENT[:10]
    for _ in range(2):
        with pytest.raises(OSError, match="Input/output"):
            opener.read()
    with pytest.raises(OSError, match="Input/output"):
        opener.read(1)


MEMORY = """
import resource
from defenderdesk.crypto.age import DeskKey, Opener, Sealer
import tempfile
desk = DeskKey(bytes(32))
piece = bytes(1 << 20)
with tempfile.TemporaryFile() as file:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Sealer(file, [desk]) as sealer:
        for _ in range(96):
            sealer.write(piece)
    file.seek(0)
    assert sum(map(len, Opener(file, [desk]).chunks())) == 96 << 20
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit there")
def test_memory_does_not_grow_with_the_file() -> None:
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 16 * 1024
