"""Trusted timestamps (RFC 3161): a request that reveals one hash, and an answer that is believed
only under a named root certificate, without any network.

Thin over `rfc3161-client`. Its verifier checks the signature, the chain at the time of the token,
the purpose of the authority's certificate and the hash; what it leaves to its caller is checked
here: which hash function, that the time is one, and sizes before anything is parsed. What it does
not take of real authorities (version 1.0.9) is put right before it sees it: certificates that are
not in DER's order (DigiCert's, FreeTSA's), and a token that was granted with modifications. The
fraction of a second that it drops is read here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm

from defenderdesk.crypto import der
from defenderdesk.errors import DamagedError, UsageError

MAX_ANSWER = 32 * 1024
"""Bytes of an answer: a token with its certificates has 2 to 8 KiB."""
MAX_ROOT = 16 * 1024
_SHA512 = "2.16.840.1.101.3.4.2.3"
_BAD = "a timestamp is malformed"
_GRANTED, _WITH_MODIFICATIONS = b"\0", b"\1"
T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """The request to send, and the nonce that the answer must repeat."""

    data: bytes
    nonce: int


@dataclass(frozen=True)
class Token:
    """The proof in an authority's answer: the bytes existed not later than `time` (the next whole
    second, where the authority says a fraction). `authority`: the name in its certificate. `root`:
    SHA-256 of the root certificate under which it was verified."""

    time: datetime
    authority: str
    serial: int
    root: str


class Root:
    """A root certificate that tokens may be verified under."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate
        self.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        self.name = certificate.subject.rfc4514_string()
        self.der = certificate.public_bytes(serialization.Encoding.DER)


def _guarded(work: Callable[[], T]) -> T:
    """`work`, whose every failure on bytes from outside is one error: the parser is native, and
    panics as a `BaseException`."""
    try:
        return work()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except DamagedError:
        raise
    except VerificationError as error:
        raise DamagedError(what="a timestamp does not verify") from error
    except BaseException as error:
        raise DamagedError(what=_BAD) from error


def read_root(data: bytes) -> Root:
    """The certificate in PEM or DER. Raises `UsageError`."""
    if len(data) > MAX_ROOT:
        raise UsageError(what="This is not a certificate")
    try:
        if b"-----BEGIN" in data:
            return Root(x509.load_pem_x509_certificate(data))
        return Root(x509.load_der_x509_certificate(data))
    except Exception as error:
        raise UsageError(what="This is not a certificate") from error


def request(data: bytes) -> Request:
    """A request for a timestamp over `data`: carries its SHA-512 and a random nonce."""
    made = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA512).build()
    if made.nonce is None:
        raise DamagedError(what=_BAD)
    return Request(made.as_bytes(), made.nonce)


def check(token: bytes, data: bytes, roots: Sequence[Root], nonce: int | None = None) -> Token:
    """The proof that `token` gives about `data`, under one of `roots`. Raises `DamagedError`."""
    if len(token) > MAX_ANSWER:
        raise DamagedError(what="a timestamp is too large")
    plain = _guarded(lambda: _as_taken(token))
    answer = _guarded(lambda: decode_timestamp_response(plain))
    info = _guarded(lambda: answer.tst_info)
    kind = _guarded(lambda: info.message_imprint.hash_algorithm.dotted_string)
    if kind != _SHA512:
        raise DamagedError(what="a timestamp is over another kind of hash")
    digest = hashlib.sha512(data).digest()
    if _guarded(lambda: bytes(info.message_imprint.message)) != digest:
        raise DamagedError(what="a timestamp is over something else")
    if nonce is not None and _guarded(lambda: info.nonce) != nonce:
        raise DamagedError(what="a timestamp answers another request")
    moment = _guarded(lambda: info.gen_time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if _guarded(lambda: _has_fraction(plain)):
        moment += timedelta(seconds=1)
    last: DamagedError | None = None
    for root in roots:
        builder = VerifierBuilder(roots=[root.certificate], nonce=nonce)
        try:
            _guarded(lambda b=builder: b.build().verify(answer, digest))  # type: ignore[misc]
        except DamagedError as error:
            last = error
            continue
        return Token(moment, _signer(answer), int(info.serial_number), root.fingerprint)
    raise last or DamagedError(what="a timestamp does not verify")


def _as_taken(token: bytes) -> bytes:
    """An answer as the library takes it: its status granted, its certificates in DER's order. The
    signature covers neither. Raises `DamagedError`, also for an answer that refuses."""
    status, *rest = der.elements(der.element(token, der.SEQUENCE).content)
    said = der.elements(status.content)
    if status.tag != der.SEQUENCE or not said or said[0].tag != der.INTEGER:
        raise DamagedError(what=_BAD)
    if said[0].content not in (_GRANTED, _WITH_MODIFICATIONS):
        raise DamagedError(what="the authority gave no timestamp; ask it again, or another one")
    if not rest:
        raise DamagedError(what=_BAD)
    kind, explicit = der.elements(der.element(rest[0].whole, der.SEQUENCE).content)
    signed = der.elements(der.element(explicit.content, der.SEQUENCE).content)
    ordered = [
        der.made(one.tag, der.in_order(one.content)) if one.tag == der.TAG_0 else one.whole for one in signed
    ]
    content = der.made(explicit.tag, der.made(der.SEQUENCE, b"".join(ordered)))
    granted = der.made(der.SEQUENCE, der.made(der.INTEGER, _GRANTED))
    return der.made(der.SEQUENCE, granted + der.made(der.SEQUENCE, kind.whole + content))


def certificates(token: bytes) -> list[bytes]:
    """The certificates in an answer, DER. Raises `DamagedError`."""

    def work() -> list[bytes]:
        _, content = der.elements(der.element(token, der.SEQUENCE).content)
        _, explicit = der.elements(content.content)
        signed = der.elements(der.element(explicit.content, der.SEQUENCE).content)
        held = [e.whole for one in signed if one.tag == der.TAG_0 for e in der.elements(one.content)]
        return [one for one in held if one[0] == der.SEQUENCE]  # not what else may stand among them

    return _guarded(work)


def _has_fraction(token: bytes) -> bool:
    """Tells whether the authority named a fraction of a second, other than none."""
    _, content = der.elements(der.element(token, der.SEQUENCE).content)
    _, explicit = der.elements(content.content)
    signed = der.elements(der.element(explicit.content, der.SEQUENCE).content)
    _, octets = der.elements(signed[2].content)
    info = der.element(der.element(octets.content, der.OCTETS).content, der.SEQUENCE)
    times = [one.content for one in der.elements(info.content) if one.tag == der.TIME]
    fraction = times[0].rstrip(b"Z").partition(b".")[2]
    return bool(fraction.strip(b"0"))


def _signer(answer: object) -> str:
    """The name of the certificate that signed; checked to be the signer's by the verifier."""

    def work() -> str:
        data = answer.signed_data  # type: ignore[attr-defined]
        [info] = data.signer_infos
        for raw in data.certificates:
            cert = x509.load_der_x509_certificate(raw)
            if cert.issuer == info.issuer and cert.serial_number == info.serial_number:
                return cert.subject.rfc4514_string()[:200]
        return ""

    return _guarded(work)
