"""The part of a custody package that its reader checks with `openssl` alone: the signatures, what each
of them is over, the keys, the timestamps and their roots, as plain files, and the lines to run.

Everything here but the text follows from the proof (`bundle.evidence`), and `verify` compares it with
that: a file put in its place is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from defenderdesk.bundle.evidence.check import Time, Verdict
from defenderdesk.bundle.evidence.proof_format import Proof, Segment, Stamped
from defenderdesk.crypto import timestamp
from defenderdesk.i18n import text
from defenderdesk.interchange.evidence.bags import MOST_SIGNATURES, OPENSSL
from defenderdesk.ledger import branches, feeds

README = f"{OPENSSL}README.txt"
_PEM = serialization.Encoding.PEM
_ORIGINAL = "../original/*"
"""The one file in that folder: whatever it is called, the shell names it."""


@dataclass(frozen=True)
class _Signed:
    """One signature: the feed and number that it is over, the bytes that were signed."""

    feed: bytes
    seq: int
    key: bytes
    message: bytes
    signature: bytes
    stamps: tuple[Stamped, ...]


def files(proof: Proof, verdict: Verdict) -> dict[str, bytes]:
    """The files by name, without the text."""
    out: dict[str, bytes] = {}
    for number, one in enumerate(_signed(proof, verdict), 1):
        name = f"{OPENSSL}{number:03}"
        public = Ed25519PublicKey.from_public_bytes(one.key)
        out[f"{name}.key.pem"] = public.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        out[f"{name}.message"], out[f"{name}.sig"] = one.message, one.signature
        for at, stamp in enumerate(one.stamps, 1):
            out[f"{name}-{at}.tsr"] = stamp.token
            out[f"{name}-{at}.root.pem"] = _pem(stamp.root)
            if inside := b"".join(map(_pem, timestamp.certificates(stamp.token))):
                out[f"{name}-{at}.certificates.pem"] = inside
    return out


def _signed(proof: Proof, verdict: Verdict) -> list[_Signed]:
    """The signatures: those with a timestamp first, then in the order of the proof; of very many the
    first."""
    stamps: dict[tuple[bytes, int], list[Stamped]] = {}
    for stamp in proof.stamps:
        stamps.setdefault((stamp.device, stamp.seq), []).append(stamp)
    found = []
    for segment in proof.segments:
        signer = verdict.signers.get(branches.origin(proof.branches, segment.device))
        for seq, chain in _signed_numbers(segment) if signer else ():
            assert signer is not None
            message = feeds.SIGNATURE + b"\0" + chain
            over = tuple(stamps.get((segment.device, seq), ()))
            found.append(
                _Signed(segment.device, seq, signer.signing_key, message, segment.signatures[seq], over)
            )
    found.sort(key=lambda one: not one.stamps)
    return found[:MOST_SIGNATURES]


def _signed_numbers(segment: Segment) -> Iterator[tuple[int, bytes]]:
    """(number, hash of the chain behind it) of each change set that was signed."""
    chain = segment.previous
    for seq, header in enumerate(segment.headers, segment.first):
        chain = feeds.link(chain, header)
        if seq in segment.signatures:
            yield seq, chain


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(_PEM)


def readme(proof: Proof, verdict: Verdict) -> str:
    """The text: what to run in that folder, what has to come out, and what that does not show."""
    lines = [
        text("What this package shows to somebody who trusts OpenSSL alone (version 3, in this folder)."),
        "",
        text(
            "The file is the one that was taken in, if this prints its SHA-256, {digest}:",
            digest=str(verdict.fixed.get("sha256", "")),
        ),
        f"openssl dgst -sha256 {_ORIGINAL}",
    ]
    times = {(one.device, one.seq, one.root): one for one in verdict.times}
    for number, one in enumerate(_signed(proof, verdict), 1):
        name = f"{number:03}"
        lines += [
            "",
            text(
                "Number {seq} in the history of {who} was signed with their key, if this prints "
                "“Signature Verified Successfully”:",
                seq=one.seq,
                who=_plain(verdict.who(one.feed)),
            ),
            f"openssl pkeyutl -verify -pubin -inkey {name}.key.pem -rawin -in {name}.message "
            f"-sigfile {name}.sig",
        ]
        for at, stamp in enumerate(one.stamps, 1):
            root = timestamp.read_root(stamp.root)
            held = times.get((stamp.device, stamp.seq, root.fingerprint))
            if held is not None:
                lines += ["", *_of_time(f"{name}-{at}", name, held)]
    lines += ["", text("What openssl does not check:")]
    lines += [f"- {one}" for one in _not_checked(bool(verdict.times))]
    return "\n".join(lines) + "\n"


def _of_time(name: str, signed: str, held: Time) -> list[str]:
    """The lines about one timestamp. Certificates are looked at as they were at that time: they may
    have run out since."""
    at = int(held.time.replace(tzinfo=held.time.tzinfo or UTC).timestamp())
    return [
        text(
            "{authority} saw that signature not later than {time}, if this prints “Verification: OK”. "
            "The authority’s root certificate has the SHA-256 {root}.",
            authority=_plain(held.authority),
            time=datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
            root=held.root,
        ),
        f"openssl ts -verify -data {signed}.sig -in {name}.tsr -CAfile {name}.root.pem -attime {at}",
    ]


def _not_checked(stamped: bool) -> list[str]:
    found = [
        text(
            "That the signed number stands for this file and its history: the signed message ends in a hash "
            "that covers them by the rules of docs/format/custody.md. “defenderdesk verify” checks it."
        ),
        text(
            "That the keys are of whom they are said to be: the workspace vouches for them, and the SHA-256 "
            "of its founder’s key stands in the statement. Ask the founder."
        ),
    ]
    if stamped:
        found += [
            text(
                "That the root certificate is the authority’s: compare its SHA-256 with what the authority "
                "publishes."
            ),
            text("That no certificate of the authority was revoked."),
        ]
    else:
        found.append(text("When it was signed: no timestamp covers it. The times are those of the laptops."))
    return found


def _plain(said: str) -> str:
    """A name on one line: what others wrote must not pass for a line to run."""
    return " ".join(said.split())[:200]
