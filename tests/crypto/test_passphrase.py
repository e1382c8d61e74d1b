"""Key derivation: its bounds on both sides, its known answer, how its cost is found."""

from __future__ import annotations

import hashlib
import hmac
import itertools

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from defenderdesk.crypto import passphrase
from defenderdesk.crypto.passphrase import CEILING_KIB, CEILING_PASSES, FLOOR_KIB, Cost
from defenderdesk.errors import LimitError

SALT = b"s" * 16


@pytest.mark.parametrize(
    ("memory", "passes", "lanes", "right"),
    [
        (FLOOR_KIB, 1, 1, True),
        (FLOOR_KIB - 1, 3, 4, False),
        (CEILING_KIB, CEILING_PASSES, 16, True),
        (CEILING_KIB + 1, 3, 4, False),
        (FLOOR_KIB, 0, 4, False),
        (FLOOR_KIB, CEILING_PASSES + 1, 4, False),
        (FLOOR_KIB, 3, 0, False),
        (FLOOR_KIB, 3, 17, False),
    ],
)
def test_a_cost_out_of_bounds_is_refused(memory: int, passes: int, lanes: int, right: bool) -> None:
    cost = Cost(memory, passes, lanes)
    if right:
        cost.check()
        return
    with pytest.raises(LimitError):
        cost.check()


def test_no_memory_is_taken_for_a_cost_out_of_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "Argon2id", lambda **_: pytest.fail("it was derived"))
    with pytest.raises(LimitError):
        passphrase.derive("x", SALT, Cost(CEILING_KIB * 4, 1, 1))


def test_a_key_is_argon2id_of_the_normal_form() -> None:
    cost = Cost(FLOOR_KIB, 1, 1)
    wanted = Argon2id(salt=SALT, length=32, iterations=1, lanes=1, memory_cost=FLOOR_KIB).derive(
        "caf\u00e9".encode()
    )
    assert passphrase.derive("cafe\u0301", SALT, cost) == wanted
    assert passphrase.same("cafe\u0301", "caf\u00e9") and not passphrase.same("cafe", "caf\u00e9")


def test_two_secrets_make_a_key_of_both() -> None:
    extracted = hmac.digest(b"2" * 32, b"1" * 32, hashlib.sha256)
    info = b"defenderdesk.org/v1/both\x01"
    assert passphrase.combined(b"1" * 32, b"2" * 32) == hmac.digest(extracted, info, hashlib.sha256)


def test_what_is_wrapped_opens_with_its_key_and_context_alone() -> None:
    box = passphrase.wrap(b"k" * 32, b"secret", b"here")
    assert box == ChaCha20Poly1305(b"k" * 32).encrypt(bytes(12), b"secret", b"here")
    assert passphrase.unwrap(b"k" * 32, box, b"here") == b"secret"
    assert passphrase.unwrap(b"l" * 32, box, b"here") is None
    assert passphrase.unwrap(b"k" * 32, box, b"there") is None


@pytest.mark.parametrize(
    ("once", "seconds", "limit", "wanted"),
    [
        # (one pass over 64 MiB, what is asked for, most memory) → memory and passes
        (0.1, 0.0, 512, Cost(FLOOR_KIB, 3)),
        (0.1, 0.35, 512, Cost(FLOOR_KIB, 3)),
        (0.0625, 0.25, 512, Cost(FLOOR_KIB * 2, 2)),
        (0.0625, 0.125, 512, Cost(FLOOR_KIB, 3)),
        (0.125, 8.0, 512, Cost(FLOOR_KIB * 8, 8)),
        (0.125, 8.0, 128, Cost(FLOOR_KIB * 2, 32)),
        (0.125, 8.0, 127, Cost(FLOOR_KIB, 64)),
        (0.125, 0.75, 64, Cost(FLOOR_KIB, 6)),
        (0.125, 1e9, 512, Cost(FLOOR_KIB * 8, CEILING_PASSES)),
        (0.0, 0.5, 64, Cost(FLOOR_KIB, CEILING_PASSES)),
    ],
)
def test_memory_grows_first_and_then_passes(
    monkeypatch: pytest.MonkeyPatch, once: float, seconds: float, limit: int, wanted: Cost
) -> None:
    now = [5.0]
    measured: list[tuple[str, bytes, Cost]] = []

    def derive(*given: object) -> bytes:
        measured.append(given)  # type: ignore[arg-type]
        now[0] += once
        return b""

    monkeypatch.setattr(passphrase, "derive", derive)
    monkeypatch.setattr(passphrase.time, "perf_counter", lambda: now[0])
    assert passphrase.tune(seconds, limit * 1024) == wanted
    assert measured == [("measure", b"0" * 16, Cost(FLOOR_KIB, 1))]


def test_a_machine_too_quick_to_measure_gets_all_passes_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = itertools.repeat(1.0)
    monkeypatch.setattr(passphrase, "derive", lambda *_: b"")
    monkeypatch.setattr(passphrase.time, "perf_counter", lambda: next(clock))
    assert passphrase.tune(0.005, FLOOR_KIB) == Cost(FLOOR_KIB, 50)
