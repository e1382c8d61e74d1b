"""JSON from outside: counted before it is made, and strict."""

from __future__ import annotations

import json

import pytest

from defenderdesk.crypto import plain_json
from defenderdesk.domain import custody
from defenderdesk.errors import DamagedError, LimitError, VaultDamagedError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault.keys import slots


@pytest.mark.parametrize("one", [b"[]", b"{}", b"0", b'{"a":1}'])
def test_more_values_than_are_wanted_are_never_made(one, monkeypatch) -> None:
    made = []
    monkeypatch.setattr(json, "loads", lambda *_, **__: made.append(1))
    with pytest.raises(LimitError):
        plain_json.loads(b"[" + b",".join([one] * 1001) + b"]", 1000)
    assert not made


def test_what_is_within_the_bound_passes() -> None:
    assert plain_json.loads(b'\xef\xbb\xbf{"a": [1, 1.50, 99999999999999999999]}', 6) == {
        "a": [1, "1.50", "99999999999999999999"]
    }


@pytest.mark.parametrize(
    "data", [b'{"a":1,"a":2}', b"NaN", b"\xff", b"[" * 100_000, b"{", b"", b'{"a":Infinity}']
)
def test_what_is_no_plain_json_is_damaged(data) -> None:
    with pytest.raises(DamagedError):
        plain_json.loads(data)


def test_a_dense_exchange_file_is_refused_before_it_is_made(vault, tmp_path) -> None:
    path = tmp_path / "dense.json"
    path.write_bytes(
        b'{"format":"defenderdesk-exchange","version":1,"records":[' + b"[]," * 3_000_000 + b"[]]}"
    )
    with pytest.raises(LimitError):
        exchange_json.load(vault, path)


# -- true is no number --------------------------------------------------------------------------------


def test_the_version_true_of_an_exchange_file_is_none(vault, tmp_path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"format": "defenderdesk-exchange", "version": true, "records": []}')
    with pytest.raises(DamagedError):
        exchange_json.load(vault, path)


def test_the_version_true_of_key_slots_is_none(vault) -> None:
    path = vault.profile / slots.NAME
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "version": True}))
    with pytest.raises(VaultDamagedError):
        slots.load(vault.profile)
    path.write_text(json.dumps(content))
    assert slots.load(vault.profile)


def test_the_version_true_of_an_act_says_none() -> None:
    assert custody.read([custody.VERSION, custody.OPENED, [], {}]) is not None
    assert custody.read([True, custody.OPENED, [], {}]) is None
