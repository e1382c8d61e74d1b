"""An emergency package by itself: pieces, letters and contents, each refused by what is wrong."""

from __future__ import annotations

import hashlib
import hmac
import itertools
from dataclasses import replace
from typing import Any

import pytest

from defenderdesk.bundle.emergency import letters, package, pieces, shapes
from defenderdesk.bundle.emergency.letters import Letter
from defenderdesk.bundle.emergency.package import Content, File, Sealed
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import HybridIdentity, open_bytes, seal_bytes
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, LimitError, NewerError, NotForUsError

OFFICE, PARTNER = SigningKey(b"o" * 32), HybridIdentity.from_seed(b"p" * 32)
ABOUT = {
    "organisation": "Network",
    "member": "Olga",
    "recipient": "age1x",
    "created": "2026-11-30",
    "person": "Nora",
    "agreed": "When she is taken.",
}
CONTENT = Content("Call her sister.", b"share", (File("a.txt", "text/plain", b"data"),))


def made(need: int = 2, count: int = 3) -> Sealed:
    return package.seal(CONTENT, ABOUT, need, count, "https://x", OFFICE, PARTNER.recipient, [("a", "b")])


def letter_of(sealed: Sealed, index: int, drill: bytes = b"", **other: object) -> Letter:
    held = sealed.drill_pieces if drill else sealed.pieces
    made = Letter(sealed.number, drill, index, held[index], "Olga", "Taken")
    return replace(made, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(("need", "count"), [(1, 1), (1, 3), (2, 2), (2, 4), (2, 16)])
def test_as_many_pieces_as_are_needed_open_it_and_not_one_fewer(need: int, count: int) -> None:
    sealed = made(need, count)
    opened = package.open_package(sealed.file, [PARTNER])
    assert opened.number == sealed.number and opened.lock.need == need
    assert (opened.person, opened.member, opened.server) == ("Nora", "Olga", "https://x")
    assert opened.earlier == (("a", "b"),) and opened.signer == OFFICE.public
    every = [letter_of(sealed, index) for index in range(count)]
    for chosen in itertools.islice(itertools.combinations(every, need), 3):
        assert package.enough(opened, chosen)
        assert package.open_content(opened, chosen) == CONTENT
    fewer = every[: need - 1]
    assert not package.enough(opened, fewer) and not package.enough(opened, [*fewer] * 3)
    with pytest.raises(NotForUsError):
        package.open_content(opened, fewer)


def test_a_drill_opens_its_words_and_nothing_else() -> None:
    sealed = made()
    opened = package.open_package(sealed.file, [PARTNER])
    drill, other = b"1" * 16, b"2" * 16
    both = [letter_of(sealed, index, drill) for index in (0, 2)]
    words = package.open_drill(opened, both, drill)
    assert words == pieces.drill_words(sealed.drill_seed, drill) and len(words) == 3
    assert words != pieces.drill_words(sealed.drill_seed, other)
    for wrong in (
        lambda: package.open_content(opened, both),
        lambda: package.open_drill(opened, both, other),
        lambda: package.open_drill(opened, [letter_of(sealed, 0), both[1]], drill),
        lambda: package.open_content(opened, [letter_of(sealed, 0), both[1]]),
    ):
        with pytest.raises(NotForUsError):
            wrong()


def test_letters_that_do_not_belong_do_not_stop_those_that_do() -> None:
    sealed, other = made(2, 3), made(2, 3)
    opened, drill = package.open_package(sealed.file, [PARTNER]), b"1" * 16
    stray = [
        letter_of(sealed, 2, drill),
        letter_of(other, 1),
        letter_of(other, 2, drill),
        letter_of(sealed, 1, piece="no piece"),
    ]
    right = [letter_of(sealed, 0), letter_of(sealed, 1)]
    assert package.open_content(opened, [*stray, *right]) == CONTENT
    exercise = [letter_of(sealed, 0, drill), letter_of(sealed, 1, drill)]
    words = pieces.drill_words(sealed.drill_seed, drill)
    assert package.open_drill(opened, [*right, *stray[1:], *exercise], drill) == words


def test_the_words_of_a_drill_are_33_bits_of_its_secret() -> None:
    from mnemonic import Mnemonic

    seed, drill = bytes(range(32)), b"d" * 16
    digest = hmac.digest(seed, b"defenderdesk.org/v1/emergency-drill\x00" + drill, "sha256")
    number = int.from_bytes(digest, "big") >> (256 - 33)
    book = Mnemonic("english").wordlist
    wanted = [book[number >> shift & 2047] for shift in (22, 11, 0)]
    assert pieces.drill_words(seed, drill) == wanted


def test_a_letter_that_does_not_fit_counts_for_nothing() -> None:
    sealed = made()
    opened = package.open_package(sealed.file, [PARTNER])
    right = letter_of(sealed, 0)
    assert package.fits(opened, right)
    for wrong in (
        replace(right, package=b"x" * 16),
        replace(right, index=1),
        replace(right, index=3),
        replace(right, piece=sealed.pieces[1]),
        replace(right, piece=sealed.drill_pieces[0]),
        replace(right, drill=b"1" * 16),
    ):
        assert not package.fits(opened, wrong)
        assert not package.enough(opened, [right, wrong])


def test_what_can_be_made_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for need, count in ((0, 1), (3, 3), (2, 1), (1, 17), (1, 0)):
        with pytest.raises(ValueError, match="holders"):
            made(need, count)
    size = len(made(1, 1).file)
    monkeypatch.setattr(package, "MAX_FILE", size)
    assert package.open_package(made(1, 1).file, [PARTNER])
    monkeypatch.setattr(package, "MAX_FILE", size - 1)
    with pytest.raises(LimitError):
        made(1, 1)
    with pytest.raises(LimitError):
        package.open_package(bytes(size), [PARTNER])


# -- the outer seal ---------------------------------------------------------------------------------


def outer(sealed: Sealed) -> dict[str, Any]:
    plain = open_bytes(sealed.file, [PARTNER])
    return canonical.decode(shapes.unframed(plain[8 + 64 :], ""))  # type: ignore[no-any-return]


def resealed(value: object, magic: bytes = b"DDEMERG\x01", key: SigningKey = OFFICE) -> bytes:
    data = canonical.encode(value)
    signature = key.sign(b"defenderdesk.org/v1/emergency\x00", data)
    return seal_bytes(magic + signature + shapes.framed(data), [PARTNER.recipient])


def test_a_package_that_another_signed_or_of_another_kind_is_refused() -> None:
    value = outer(made())
    package.open_package(resealed(value), [PARTNER])
    for wrong, error in (
        (resealed(value, key=SigningKey(b"x" * 32)), DamagedError),
        (resealed(value, b"DDEMERG\x02"), NewerError),
        (resealed(value, b"DDSHARE\x01"), DamagedError),
        (seal_bytes(b"", [PARTNER.recipient]), DamagedError),
        (seal_bytes(b"DDEMERG\x01" + bytes(64), [PARTNER.recipient]), DamagedError),
    ):
        with pytest.raises(DamagedError) as raised:
            package.open_package(wrong, [PARTNER])
        assert type(raised.value) is error
    with pytest.raises(NotForUsError):
        package.open_package(resealed(value), [HybridIdentity.from_seed(b"x" * 32)])


HASH = b"h" * 32


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"format": "x"}, DamagedError),
        ({"version": 2}, NewerError),
        ({"version": True}, NewerError),
        ({"number": b"n" * 15}, DamagedError),
        ({"from": []}, DamagedError),
        ({"from": ["x" * 501, "", OFFICE.public, ""]}, DamagedError),
        ({"from": ["", "x" * 501, OFFICE.public, ""]}, DamagedError),
        ({"from": ["", "", OFFICE.public[1:], ""]}, DamagedError),
        ({"from": ["", "", OFFICE.public, "x" * 5001]}, DamagedError),
        ({"from": ["", "", OFFICE.public, "", ""]}, DamagedError),
        ({"created": "x" * 41}, DamagedError),
        ({"person": "x" * 501}, DamagedError),
        ({"agreed": "x" * 20_001}, DamagedError),
        ({"agreed": 1}, DamagedError),
        ({"need": 0}, DamagedError),
        ({"need": 3}, DamagedError),
        ({"need": True}, DamagedError),
        ({"hashes": [HASH]}, DamagedError),
        ({"hashes": [HASH] * 17}, DamagedError),
        ({"hashes": [HASH, HASH[1:]]}, DamagedError),
        ({"hashes": {}}, DamagedError),
        ({"hashes": {HASH: 1, HASH[1:] + b"i": 1}}, DamagedError),
        ({"drill_hashes": [HASH]}, DamagedError),
        ({"token": b"t" * 31}, DamagedError),
        ({"server": "x" * 501}, DamagedError),
        ({"sealed": "x"}, DamagedError),
        ({"drill": 1}, DamagedError),
        ({"earlier": [["x" * 65, ""]]}, DamagedError),
        ({"earlier": [["", "x" * 129]]}, DamagedError),
        ({"earlier": [["", ""]] * 9}, DamagedError),
        ({"earlier": {}}, DamagedError),
        ({"earlier": [[""]]}, DamagedError),
    ],
)
def test_a_package_of_another_form_is_refused(other: dict[str, object], error: type[DamagedError]) -> None:
    with pytest.raises(DamagedError) as raised:
        package.open_package(resealed({**outer(made()), **other}), [PARTNER])
    assert type(raised.value) is error


def test_a_package_lacks_nothing_and_stands_at_its_bounds() -> None:
    value = outer(made())
    for name in value:
        short = {k: v for k, v in value.items() if k != name}
        with pytest.raises(DamagedError):
            package.open_package(resealed(short), [PARTNER])
    for wrong in ([], "x", None):
        with pytest.raises(DamagedError):
            package.open_package(resealed(wrong), [PARTNER])
    widest = {
        **value,
        "created": "x" * 40,
        "person": "x" * 500,
        "agreed": "x" * 20_000,
        "server": "x" * 500,
        "hashes": [HASH] * 16,
        "earlier": [["x" * 64, "y" * 128]] * 8,
        "from": ["x" * 500, "x" * 500, OFFICE.public, "x" * 5000],
    }
    opened = package.open_package(resealed(widest), [PARTNER])
    assert len(opened.lock.hashes) == 16 and len(opened.earlier) == 8


def content(**other: object) -> bytes:
    return canonical.encode({"letter": "", "share": b"", "files": [], **other})


def test_a_content_of_another_form_is_refused() -> None:
    widest = content(letter="x" * 20_000, files=[["n" * 200, "m" * 200, b""]] * 200)
    assert len(package.read_content(widest).files) == 200
    for wrong, error in (
        (content(letter="x" * 20_001), DamagedError),
        (content(letter=b""), DamagedError),
        (content(share=""), DamagedError),
        (content(files=1), DamagedError),
        (content(files=[["n" * 201, "", b""]]), DamagedError),
        (content(files=[["", "m" * 201, b""]]), DamagedError),
        (content(files=[["", "", ""]]), DamagedError),
        (content(files=[["", ""]]), DamagedError),
        (content(files=[["", "", b""]] * 201), LimitError),
        (canonical.encode({"letter": ""}), DamagedError),
        (canonical.encode([]), DamagedError),
    ):
        with pytest.raises(DamagedError) as raised:
            package.read_content(wrong)
        assert type(raised.value) is error


# -- letters and pieces --------------------------------------------------------------------------


def letter(*items: object) -> bytes:
    return canonical.encode(list(items))


RIGHT = (1, b"n" * 16, b"", 0, "piece", "Olga", "Taken")


def test_a_letter_comes_back_and_is_of_one_of_a_few_sizes() -> None:
    sent = Letter(b"n" * 16, b"d" * 16, 15, "p" * 1000, "m" * 500, "r" * 20_000)
    assert letters.open_letter(letters.seal_letter(sent, PARTNER.recipient), [PARTNER]) == sent
    sizes = {
        len(letters.seal_letter(replace(sent, reason="r" * n), PARTNER.recipient)) for n in range(1000, 1010)
    }
    assert len(sizes) <= 2


@pytest.mark.parametrize(
    ("at", "value", "error"),
    [
        (0, 2, NewerError),
        (0, True, NewerError),
        (0, "1", NewerError),
        (1, b"n" * 15, DamagedError),
        (1, "n" * 16, DamagedError),
        (2, b"d" * 15, DamagedError),
        (2, b"d" * 17, DamagedError),
        (2, "d" * 16, DamagedError),
        (2, "", DamagedError),
        (3, -1, DamagedError),
        (3, 16, DamagedError),
        (3, True, DamagedError),
        (3, "0", DamagedError),
        (4, "p" * 1001, DamagedError),
        (4, b"p", DamagedError),
        (5, "m" * 501, DamagedError),
        (6, "r" * 20_001, DamagedError),
    ],
)
def test_a_letter_of_another_form_is_refused(at: int, value: object, error: type[DamagedError]) -> None:
    letters.read_letter(letter(*RIGHT))
    with pytest.raises(DamagedError) as raised:
        letters.read_letter(letter(*RIGHT[:at], value, *RIGHT[at + 1 :]))
    assert type(raised.value) is error


def test_a_letter_is_whole_and_no_larger_than_one() -> None:
    for wrong in (letter(*RIGHT[:6]), letter(*RIGHT, 1), canonical.encode(7), canonical.encode({})):
        with pytest.raises(DamagedError):
            letters.read_letter(wrong)
    with pytest.raises(DamagedError) as raised:
        letters.open_letter(bytes(letters.MAX_LETTER), [PARTNER])
    assert not isinstance(raised.value, LimitError)
    with pytest.raises(LimitError):
        letters.open_letter(bytes(letters.MAX_LETTER + 1), [PARTNER])


def test_a_letter_lies_under_a_name_that_its_token_gives() -> None:
    label = b"defenderdesk.org/v1/emergency-letter\x00"
    for drill, index in ((False, 0), (True, 0), (False, 15)):
        wanted = hmac.digest(b"t" * 32, label + bytes([drill, index]), "sha256")[:16].hex()
        assert letters.letter_name(b"t" * 32, drill, index) == wanted


def release(value: object, magic: bytes = b"DDRELEA\x01") -> bytes:
    return magic + canonical.encode(value)


def test_a_release_brings_some_letters_and_not_too_many() -> None:
    some = [b"one", b"two"]
    assert letters.unpack_letters(letters.pack_letters(some)) == some
    assert len(letters.unpack_letters(release([b"x"] * 32))) == 32
    largest = [bytes(letters.MAX_LETTER)]
    assert letters.unpack_letters(release(largest)) == largest
    for wrong, error in (
        (release([]), DamagedError),
        (release([b"x"] * 33), DamagedError),
        (release({}), DamagedError),
        (release(["x"]), DamagedError),
        (release([bytes(letters.MAX_LETTER + 1)]), DamagedError),
        (release(b"x"), DamagedError),
        (release({b"x": 1}), DamagedError),
        (release(some) + b"\x00", DamagedError),
        (release(some, b"DDRELEA\x02"), NewerError),
        (release(some, b"DDEMERG\x01"), DamagedError),
        (b"", DamagedError),
        (bytes(letters.MAX_LETTER * 32), DamagedError),
        (bytes(letters.MAX_LETTER * 32 + 1), LimitError),
    ):
        with pytest.raises(DamagedError) as raised:
            letters.unpack_letters(wrong)
        assert type(raised.value) is error


def test_pieces_that_do_not_fit_together_are_refused() -> None:
    seed = bytes(range(32))
    one, two, three = pieces.cut(seed, 2, 3)
    assert pieces.joined([one, two], 2) == pieces.joined([three, one, one], 2) == seed
    assert pieces.cut(seed, 1, 2) == [seed.hex()] * 2 and pieces.joined([seed.hex()], 1) == seed
    other = pieces.cut(b"o" * 32, 2, 2)
    short = pieces.cut(bytes(16), 2, 2)
    for wrong, need in (
        ([one], 2),
        ([one, one], 2),
        ([one, other[0]], 2),
        ([one, "no words"], 2),
        ([], 1),
        ([], 2),
        (["zz"], 1),
        ([seed[1:].hex()], 1),
        ([(seed + b"x").hex()], 1),
        (short, 2),
    ):
        with pytest.raises(DamagedError, match="do not fit together"):
            pieces.joined(wrong, need)


def test_a_piece_that_would_take_minutes_is_refused_before_it_is_tried() -> None:
    from shamir_mnemonic import generate_mnemonics

    slow = generate_mnemonics(1, [(2, 2)], bytes(32), iteration_exponent=1)[0]
    with pytest.raises(DamagedError):
        pieces.joined(slow, 2)


def test_a_piece_is_known_by_its_hash_and_for_its_use() -> None:
    label = b"defenderdesk.org/v1/emergency-piece\x00"
    wanted = hashlib.sha256(label + b"n" * 16 + b"\x01" + b"p").digest()
    assert pieces.piece_hash(b"n" * 16, True, "p") == wanted
    assert pieces.piece_hash(b"n" * 16, False, "p") != wanted


def test_a_frame_is_padded_and_holds_what_it_says_and_nothing_behind() -> None:
    assert len(made().drill_seed) == 32
    for size in (0, 1, 57, 1000):
        data = shapes.framed(b"x" * size)
        assert shapes.unframed(data, "") == b"x" * size
        assert shapes.unframed(data + bytes(9), "") == b"x" * size
    assert len(shapes.framed(bytes(990))) == len(shapes.framed(bytes(1000)))
    for wrong in (
        b"",
        bytes(7),
        (1).to_bytes(8, "big"),
        (2).to_bytes(8, "big") + b"x",
        (1).to_bytes(8, "big") + b"xy",
        bytes(8) + b"\x00\x01",
    ):
        with pytest.raises(DamagedError, match="it is wrong"):
            shapes.unframed(wrong, "it is wrong")
