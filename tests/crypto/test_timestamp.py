"""Timestamps: what an authority's answer must be, each point refused by itself."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from defenderdesk.crypto import der, timestamp
from defenderdesk.errors import DamagedError, UsageError
from tests.tsa import Tsa

DATA = b"a signature"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return Tsa(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return Tsa(tmp_path_factory.mktemp("tsa") / "other", "Two")


def root(of: Tsa) -> timestamp.Root:
    return timestamp.read_root(of.root)


def test_an_answer_proves_a_time_under_its_root(one: Tsa, other: Tsa) -> None:
    asked = timestamp.request(DATA)
    token = one.answer(asked.data)
    got = timestamp.check(token, DATA, [root(other), root(one)], asked.nonce)
    assert abs(got.time - datetime.now(UTC)) < timedelta(minutes=5)
    assert got.authority == "CN=One timestamps" and got.root == root(one).fingerprint
    assert got.serial > 0
    again = timestamp.check(one.answer(timestamp.request(DATA).data), DATA, [root(one)])
    assert again.serial == got.serial + 1, "without a nonce, long afterwards, it holds as well"


@pytest.mark.parametrize("roots", [[], ["other"]], ids=["no root", "another root"])
def test_it_proves_nothing_under_another_root(one: Tsa, other: Tsa, roots: list[str]) -> None:
    token = one.answer(timestamp.request(DATA).data)
    with pytest.raises(DamagedError, match="does not verify"):
        timestamp.check(token, DATA, [root(other) for _ in roots])


def test_an_answer_to_another_request_is_refused(one: Tsa) -> None:
    asked = timestamp.request(DATA)
    token = one.answer(asked.data)
    assert timestamp.request(DATA).nonce != asked.nonce
    with pytest.raises(DamagedError, match="another request"):
        timestamp.check(token, DATA, [root(one)], asked.nonce + 1)


def test_an_answer_over_something_else_is_refused(one: Tsa) -> None:
    token = one.answer(timestamp.request(DATA).data)
    with pytest.raises(DamagedError, match="over something else"):
        timestamp.check(token, DATA + b"x", [root(one)])


def test_an_answer_over_a_shorter_hash_is_refused(one: Tsa, tmp_path: Path) -> None:
    (tmp_path / "d").write_bytes(DATA)
    subprocess.run(
        ["openssl", "ts", "-query", "-data", "d", "-sha256", "-cert", "-out", "q"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    token = one.answer((tmp_path / "q").read_bytes())
    with pytest.raises(DamagedError, match="another kind of hash"):
        timestamp.check(token, DATA, [root(one)])


def test_a_certificate_for_another_purpose_stamps_nothing(tmp_path: Path) -> None:
    made = Tsa(tmp_path / "mail", "Mail", ExtendedKeyUsageOID.EMAIL_PROTECTION)
    good = Tsa(tmp_path / "good", "Good")
    token = made.resign(good.answer(timestamp.request(DATA).data))
    with pytest.raises(DamagedError):
        timestamp.check(token, DATA, [root(made)])


def test_what_is_no_answer_is_refused(one: Tsa) -> None:
    token = one.answer(timestamp.request(DATA).data)
    for wrong in (b"", b"x", token[:-1], token[:100], bytes(timestamp.MAX_ANSWER)):
        with pytest.raises(DamagedError):
            timestamp.check(wrong, DATA, [root(one)])
    torn = bytearray(token)
    torn[-1] ^= 1
    with pytest.raises(DamagedError):
        timestamp.check(bytes(torn), DATA, [root(one)])


def test_a_large_answer_is_refused_before_it_is_read(one: Tsa, monkeypatch: pytest.MonkeyPatch) -> None:
    token = one.answer(timestamp.request(DATA).data)
    monkeypatch.setattr(timestamp, "MAX_ANSWER", len(token))
    timestamp.check(token, DATA, [root(one)])
    monkeypatch.setattr(timestamp, "MAX_ANSWER", len(token) - 1)
    monkeypatch.setattr(timestamp, "decode_timestamp_response", lambda _: pytest.fail("it was read"))
    with pytest.raises(DamagedError, match="too large"):
        timestamp.check(token, DATA, [root(one)])


def test_a_root_is_one_certificate_in_either_form(one: Tsa, monkeypatch: pytest.MonkeyPatch) -> None:
    read = root(one)
    certificate = x509.load_pem_x509_certificate(one.root)
    assert read.der == certificate.public_bytes(serialization.Encoding.DER)
    assert timestamp.read_root(read.der).der == read.der
    assert read.name == "CN=One root"
    assert read.fingerprint == certificate.fingerprint(hashes.SHA256()).hex()
    for wrong in (b"", b"-----BEGIN", read.der[:-1], b"x" * (timestamp.MAX_ROOT + 1)):
        with pytest.raises(UsageError, match="not a certificate"):
            timestamp.read_root(wrong)
    monkeypatch.setattr(timestamp, "MAX_ROOT", len(read.der))
    timestamp.read_root(read.der)
    monkeypatch.setattr(timestamp, "MAX_ROOT", len(read.der) - 1)
    with pytest.raises(UsageError):
        timestamp.read_root(read.der)


@pytest.mark.parametrize("wrong", [KeyboardInterrupt, SystemExit, MemoryError])
def test_what_ends_the_program_is_no_damage(
    one: Tsa, wrong: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: bytes) -> object:
        raise wrong

    token = one.answer(timestamp.request(DATA).data)
    monkeypatch.setattr(timestamp, "decode_timestamp_response", stop)
    with pytest.raises(wrong):
        timestamp.check(token, DATA, [])


def test_a_parser_that_panics_is_damage(one: Tsa, monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicError(BaseException):
        """As a native parser raises it."""

    def panic(_: bytes) -> object:
        raise PanicError

    token = one.answer(timestamp.request(DATA).data)
    monkeypatch.setattr(timestamp, "decode_timestamp_response", panic)
    with pytest.raises(DamagedError, match="malformed"):
        timestamp.check(token, DATA, [root(one)])


# -- answers as real authorities give them -------------------------------------------------------


def _rebuilt(answer: bytes, status: bytes | None = None, backwards: bool = False) -> bytes:
    """An answer with another status, or with its certificates in the opposite of DER's order."""
    said, token = der.elements(der.element(answer, der.SEQUENCE).content)
    kind, explicit = der.elements(token.content)
    signed = der.elements(der.element(explicit.content, der.SEQUENCE).content)
    parts = []
    for one in signed:
        members = (
            sorted((m.whole for m in der.elements(one.content)), reverse=True) if one.tag == der.TAG_0 else []
        )
        parts.append(der.made(one.tag, b"".join(members)) if backwards and members else one.whole)
    content = der.made(explicit.tag, der.made(der.SEQUENCE, b"".join(parts)))
    state = der.made(der.SEQUENCE, der.made(der.INTEGER, status)) if status is not None else said.whole
    return der.made(der.SEQUENCE, state + der.made(der.SEQUENCE, kind.whole + content))


def _of_many_certificates(one: Tsa) -> tuple[timestamp.Request, bytes]:
    asked = timestamp.request(DATA)
    config = one.folder / "tsa.cnf"
    if "certs =" not in config.read_text():
        config.write_text(config.read_text() + f"certs = {one.folder}/root.pem\n")
    return asked, one.answer(asked.data)


@pytest.mark.parametrize("backwards", [True, False])
def test_certificates_in_any_order_are_taken(one: Tsa, backwards: bool) -> None:
    """DigiCert's and FreeTSA's answers are not in DER's order (rfc3161-client 1.0.9 refuses them)."""
    asked, token = _of_many_certificates(one)
    told = _rebuilt(token, backwards=backwards)
    assert told.count(b"One root") > 2, "two certificates are in it"
    got = timestamp.check(told, DATA, [root(one)], asked.nonce)
    assert got.authority == "CN=One timestamps"


def test_a_token_that_was_granted_with_modifications_is_one(one: Tsa) -> None:
    asked = timestamp.request(DATA)
    token = one.answer(asked.data)
    got = timestamp.check(_rebuilt(token, b"\1"), DATA, [root(one)], asked.nonce)
    assert got == timestamp.check(token, DATA, [root(one)], asked.nonce)


@pytest.mark.parametrize("status", [2, 3, 4, 5])
def test_an_authority_that_refuses_is_said_to(one: Tsa, status: int) -> None:
    token = one.answer(timestamp.request(DATA).data)
    with pytest.raises(DamagedError, match="gave no timestamp"):
        timestamp.check(_rebuilt(token, bytes([status])), DATA, [root(one)])
    bare = der.made(der.SEQUENCE, der.made(der.SEQUENCE, der.made(der.INTEGER, bytes([status]))))
    with pytest.raises(DamagedError, match="gave no timestamp"):
        timestamp.check(bare, DATA, [root(one)])


def test_of_a_fraction_of_a_second_the_next_whole_one_is_said(tmp_path: Path) -> None:
    """The library (1.0.9) drops the fraction: the token would prove a time before its own."""
    exact = Tsa(tmp_path / "exact", "Exact")
    config = exact.folder / "tsa.cnf"
    config.write_text(config.read_text() + "clock_precision_digits = 6\n")
    before = datetime.now(UTC)
    got = timestamp.check(exact.answer(timestamp.request(DATA).data), DATA, [root(exact)])
    after = datetime.now(UTC)
    assert got.time.microsecond == 0 and before <= got.time <= after + timedelta(seconds=1)


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_what_is_no_answer_is_refused_in_one_way(one: Tsa, cut: int) -> None:
    token = one.answer(timestamp.request(DATA).data)
    for bad in (
        token[:-cut],
        token[cut:],
        token + b"\0" * cut,
        token[:cut] + bytes([token[cut] ^ 0x80]) + token[cut + 1 :],
    ):
        with pytest.raises(DamagedError):
            timestamp.check(bad, DATA + b"", [root(one)])
