"""Every flaw of a package's proof is found, and named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from defenderdesk.bundle.evidence import check
from defenderdesk.bundle.evidence.proof_format import Proof
from defenderdesk.crypto import timestamp
from defenderdesk.domain import custody
from defenderdesk.interchange.evidence import check as stranger
from defenderdesk.ledger import changes
from tests.interchange.evidence_world import (
    altered,
    authority,
    made,
    problems,
    proof_of,
    told,
)
from tests.tsa import Tsa

__all__ = ["authority", "told"]


def _longest(proof: Proof) -> int:
    return max(range(len(proof.segments)), key=lambda at: len(proof.segments[at].headers))


def _without_entry(proof: Proof) -> Proof:
    """All that the other device wrote; which of the two stands first is chance."""
    last = check.verify(proof).closing
    kept = [s for s in proof.segments if s.device == last.device]
    assert len(kept) < len(proof.segments)
    return dataclasses.replace(proof, segments=kept)


def _without_content(proof: Proof) -> Proof:
    """An act whose content was redacted away, which the chain allows."""
    for at, segment in enumerate(proof.segments):
        for seq, body in segment.bodies.items():
            [one] = changes.read_bodies([body], changes.read_headers([segment.headers[seq - segment.first]]))
            kept = [d for _, d in one.items if d is not None]
            read = changes.read_changes(kept, segment.device)
            if any(v[1] == "opened" for n, _, v, _ in read if n == custody.FIELD):
                gone = range(len(one.items))
                return altered(proof, at, bodies={**segment.bodies, seq: changes.redact(body, gone)})
    raise AssertionError("there is such an act")


def _without_the_end(proof: Proof) -> Proof:
    found = check.verify(proof)
    last = found.closing
    return dataclasses.replace(
        proof,
        segments=[s for s in proof.segments if not (s.device == last.device and last.seq in s.bodies)],
    )


def _swapped_metadata(proof: Proof) -> Proof:
    for at, segment in enumerate(proof.segments):
        for seq, body in segment.bodies.items():
            if b"photo.jpg" in body:
                other = body.replace(b"photo.jpg", b"other.jpg")
                return altered(proof, at, bodies={**segment.bodies, seq: other})
    raise AssertionError


def _cut(proof: Proof) -> Proof:
    at = _longest(proof)
    headers = proof.segments[at].headers
    return altered(
        proof,
        at,
        headers=[*headers[:1], *headers[2:]],
        signatures={n: s for n, s in proof.segments[at].signatures.items() if n < proof.segments[at].last},
        bodies={n: b for n, b in proof.segments[at].bodies.items() if n < proof.segments[at].last},
    )


def _reordered(proof: Proof) -> Proof:
    at = _longest(proof)
    headers = list(proof.segments[at].headers)
    headers[0], headers[1] = headers[1], headers[0]
    return altered(proof, at, headers=headers)


def _bad_signature(proof: Proof) -> Proof:
    segment = proof.segments[0]
    return altered(proof, 0, signatures=dict.fromkeys(segment.signatures, bytes(64)))


def _unsigned(proof: Proof) -> Proof:
    return altered(proof, 0, signatures={})


def _no_founder(proof: Proof) -> Proof:
    keep = [m for m in proof.members if not _founder(m)]
    return dataclasses.replace(proof, members=keep)


def _founder(data: bytes) -> bool:
    from defenderdesk.bundle.membership import acts

    return acts.read(data).kind == acts.FOUND


def _other_device(proof: Proof) -> Proof:
    return altered(proof, 0, device=proof.segments[-1].device)


def _other_token(proof: Proof) -> Proof:
    [stamp] = proof.stamps
    seqs = [s for seg in proof.segments if seg.device == stamp.device for s in seg.signatures]
    return dataclasses.replace(
        proof, stamps=[dataclasses.replace(stamp, seq=next(n for n in seqs if n != stamp.seq))]
    )


FLAWS: dict[str, tuple[Callable[[Proof], Proof], str]] = {
    "an entry removed": (_without_entry, "was taken out"),
    "an act's content removed": (_without_content, "not the one that others saw"),
    "the end removed": (_without_the_end, "closes this package"),
    "metadata swapped": (_swapped_metadata, "not what its author signed"),
    "the chain cut": (_cut, "skips a change set"),
    "the chain reordered": (_reordered, "skips a change set"),
    "stretches reordered": (
        lambda p: dataclasses.replace(p, segments=p.segments[::-1]),
        "out of order",
    ),
    "a signature forged": (_bad_signature, "signature"),
    "a signature left out": (_unsigned, "not signed"),
    "the founder left out": (_no_founder, "membership does not hold"),
    "nobody is a member": (lambda p: dataclasses.replace(p, members=[]), "membership"),
    "another device": (_other_device, "does not hold"),
    "another workspace": (lambda p: dataclasses.replace(p, workspace=bytes(16)), "membership"),
    "another record": (
        lambda p: dataclasses.replace(p, record=bytes(15) + b"\1"),
        "something of another record",
    ),
    "another package": (lambda p: dataclasses.replace(p, package=bytes(16)), "closes this package"),
    "a token over something else": (_other_token, "timestamp"),
    "a token's root swapped": (
        lambda p: dataclasses.replace(p, stamps=[dataclasses.replace(p.stamps[0], root=b"no certificate")]),
        "timestamp",
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_every_flaw_of_the_proof_is_found(told, flaw) -> None:
    proof = proof_of(made(told))
    assert problems(proof) == []
    change, said = FLAWS[flaw]
    found = problems(change(proof))
    assert said in " | ".join(found), found


def test_another_workspaces_members_do_not_vouch(told, make_vault) -> None:
    proof = proof_of(made(told))
    stranger_vault = make_vault("stranger")
    certs = [act.data for act in stranger_vault.store.log.acts]
    forged = dataclasses.replace(proof, members=certs, workspace=stranger_vault.store.workspace)
    assert problems(forged)
    assert problems(dataclasses.replace(proof, members=[*proof.members, *certs]))


def test_a_token_of_an_expired_authority_is_a_flaw(told, tmp_path) -> None:
    proof = proof_of(made(told))
    tsa = Tsa(tmp_path / "expired", begin=60, days=30)
    [stamp] = proof.stamps
    [signature] = [
        s.signatures[stamp.seq]
        for s in proof.segments
        if s.device == stamp.device and stamp.seq in s.signatures
    ]
    token = tsa.answer(timestamp.request(signature).data)
    root = timestamp.read_root(tsa.root).der
    forged = dataclasses.replace(proof, stamps=[dataclasses.replace(stamp, token=token, root=root)])
    assert "does not hold" in problems(forged)[0]


def test_a_root_that_was_not_given_is_not_counted(told, tmp_path) -> None:
    other = timestamp.read_root(Tsa(tmp_path / "other", "Two").root)
    checked = stranger.verify(made(told), [other])
    assert [str(p) for p in checked.problems] == [
        "No timestamp holds under a root certificate that was given."
    ]
    assert not stranger.verify(made(told, "again"), workspace="a" * 26).sound
