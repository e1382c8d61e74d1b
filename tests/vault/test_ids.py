"""Ids as text: the same as RFC 4648 says, and nothing else is read."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.crypto import signing


@given(st.binary(min_size=16, max_size=16))
def test_as_the_standard_library_writes_it(raw: bytes) -> None:
    text = signing.id_text(raw)
    assert text == base64.b32encode(raw).decode().rstrip("=").lower()
    assert signing.id_bytes(text) == raw


@given(st.text(max_size=30))
def test_nothing_else_is_read(text: str) -> None:
    try:
        raw = signing.id_bytes(text)
    except ValueError:
        return
    assert signing.id_text(raw) == text


@pytest.mark.parametrize("text", ["", "a" * 25 + "b", "A" * 26, "a" * 25 + "1", "a" * 27])
def test_refused(text: str) -> None:
    with pytest.raises(ValueError):
        signing.id_bytes(text)
