"""Signatures with a prefix, and names of 16 bytes as text."""

from __future__ import annotations

import base64

import pytest

from defenderdesk.crypto import signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError

KEY = SigningKey(bytes(range(32)))
PREFIX = b"defenderdesk.org/v1/test"


def test_a_signature_holds_for_what_was_signed_and_nothing_else() -> None:
    made = KEY.sign(PREFIX, b"message")
    signing.verify(KEY.public, PREFIX, b"message", made, "it")
    torn = bytes([made[0] ^ 1]) + made[1:]
    for wrong in (
        (SigningKey.generate().public, PREFIX, b"message", made),
        (KEY.public, PREFIX + b"x", b"message", made),
        (KEY.public, PREFIX, b"messages", made),
        (KEY.public, PREFIX, b"message", torn),
        (KEY.public, PREFIX, b"message", made[:-1]),
        (KEY.public, PREFIX, b"message", b""),
        (KEY.public[1:], PREFIX, b"message", made),
        (bytes(32), PREFIX, b"message", made),
    ):
        with pytest.raises(DamagedError, match="the signature of it is wrong"):
            signing.verify(*wrong, "it")


def test_a_prefix_cannot_be_moved_into_the_message() -> None:
    made = KEY.sign(b"ab", b"c")
    with pytest.raises(DamagedError):
        signing.verify(KEY.public, b"a", b"bc", made, "it")


def test_a_key_is_its_seed() -> None:
    """RFC 8032, section 7.1, test 1: the public key of a seed."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(seed)
    assert key.seed == seed
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    fresh = SigningKey.generate()
    assert SigningKey(fresh.seed).public == fresh.public != SigningKey.generate().public


def test_a_fingerprint_is_the_beginning_of_a_hash() -> None:
    assert len(signing.fingerprint(PREFIX, b"x")) == 16
    assert signing.fingerprint(PREFIX, b"x", 32)[:16] == signing.fingerprint(PREFIX, b"x")
    assert signing.fingerprint(b"ab", b"c") != signing.fingerprint(b"a", b"bc")


@pytest.mark.parametrize("raw", [bytes(16), b"\xff" * 16, bytes(range(16)), b"an id of 16 by.."])
def test_an_id_is_base32_without_padding(raw: bytes) -> None:
    text = signing.id_text(raw)
    assert text == base64.b32encode(raw).decode().lower().rstrip("=") and len(text) == 26
    assert signing.id_bytes(text) == raw


def test_what_is_no_id_is_refused() -> None:
    text = signing.id_text(bytes(range(16)))
    for wrong in (
        "",
        text[:-1],
        text[:-2],
        text + "a",
        text + "aa",
        text.upper(),
        "1" + text[1:],
        text[:-1] + "=",
        text[:12] + "0" + text[13:],
    ):
        with pytest.raises(ValueError, match="id"):
            signing.id_bytes(wrong)
    for last in "567":  # bits that no id of 16 bytes has
        with pytest.raises(ValueError, match="not an id"):
            signing.id_bytes("a" * 25 + last)
    assert signing.id_bytes("a" * 25 + "4") == bytes(15) + b"\x07"
