"""Files go both ways between this implementation, npm's age-encryption and Debian's `age`."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from defenderdesk.crypto.age import (
    HybridIdentity,
    Opener,
    RandomOpener,
    ScryptIdentity,
    X25519Identity,
    open_bytes,
    parse_identity,
    parse_recipient,
    seal_bytes,
)
from defenderdesk.errors import NotForUsError
from tests.crypto.conftest import NodeAge

SIZES = [0, 1, 64 * 1024, 64 * 1024 + 1, 300_000]
AGE = shutil.which("age")


def content_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("hybrid", [True, False])
@pytest.mark.parametrize("size", SIZES)
def test_with_npm(node_age: NodeAge, hybrid: bool, size: int) -> None:
    content = content_of(size)
    ours = HybridIdentity.generate() if hybrid else X25519Identity.generate()
    theirs, recipient = node_age.keys(hybrid=hybrid)
    assert str(parse_identity(theirs).recipient) == recipient
    assert str(parse_identity(theirs)) == theirs

    sealed = node_age.seal(content, recipients=[recipient, str(ours.recipient)])
    for identity in (ours, parse_identity(theirs)):
        assert open_bytes(sealed, [identity]) == content
        assert RandomOpener(io.BytesIO(sealed), [identity]).read_at(0, size) == content
    with pytest.raises(NotForUsError):
        open_bytes(sealed, [HybridIdentity.generate(), X25519Identity.generate()])

    text = node_age.seal(content, recipients=[str(ours.recipient)], armor=True)
    assert text.startswith(b"-----BEGIN")
    assert open_bytes(text, [ours]) == content

    sealed = seal_bytes(content, [ours.recipient, parse_recipient(recipient)])
    assert node_age.open(sealed, theirs) == content
    assert node_age.open(sealed, str(ours)) == content


def test_a_passphrase_of_npm(node_age: NodeAge) -> None:
    sealed = node_age.seal(b"content", passphrase="zażółć gęślą")
    assert open_bytes(sealed, [ScryptIdentity("zażółć gęślą")]) == b"content"
    with pytest.raises(NotForUsError):
        open_bytes(sealed, [ScryptIdentity("other")])


@pytest.mark.skipif(AGE is None, reason="there is no age here")
@pytest.mark.parametrize("size", SIZES)
def test_with_debians_age(tmp_path: Path, size: int) -> None:
    assert AGE is not None
    content = content_of(size)
    identity = X25519Identity.generate()
    keys = tmp_path / "keys"
    keys.write_text(str(identity) + "\n")
    to = ["-r", str(identity.recipient), "-r", str(X25519Identity.generate().recipient)]
    for more in ([], ["--armor"]):
        run = subprocess.run([AGE, *more, *to], input=content, capture_output=True, check=True)
        opener = Opener(io.BytesIO(run.stdout), [X25519Identity.generate(), identity])
        assert opener.read() == content
        assert opener.opened_by is identity

    others = X25519Identity.generate().recipient
    sealed = seal_bytes(content, [others, identity.recipient])
    run = subprocess.run([AGE, "-d", "-i", keys], input=sealed, capture_output=True, check=True)
    assert run.stdout == content
