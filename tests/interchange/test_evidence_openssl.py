"""A court's expert who trusts OpenSSL alone: the lines of the package's own text, run as they stand."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from defenderdesk.interchange.evidence import check as checking
from defenderdesk.interchange.evidence import openssl, package
from tests.interchange import evidence_world
from tests.interchange.evidence_world import made, proof_of, remanifest
from tests.worlds.photos import with_photo

authority, told = evidence_world.authority, evidence_world.told


def lines(out: Path) -> list[str]:
    return [one for one in (out / openssl.README).read_text().splitlines() if one.startswith("openssl ")]


def run(out: Path, line: str) -> tuple[int, str]:
    """A line as the expert runs it, in the folder of the text, with nothing but the system's openssl."""
    done = subprocess.run(
        ["sh", "-c", line], cwd=(out / openssl.README).parent, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_three_lines_of_openssl_hold(told) -> None:
    out = made(told)
    digest, signed, stamped = lines(out)[:3]
    text = (out / openssl.README).read_text()
    code, said = run(out, digest)
    assert code == 0 and (sha := said.split()[-1]) in text and len(sha) == 64
    assert sha == checking.verify(out).sha256
    assert run(out, signed) == (0, "Signature Verified Successfully\n")
    code, said = run(out, stamped)
    assert code == 0 and "Verification: OK" in said
    for line in lines(out)[3:]:
        assert run(out, line)[0] == 0
    assert "What openssl does not check" in text and "no timestamp" not in text


def test_the_lines_fail_over_anything_else(told) -> None:
    out = made(told)
    digest, signed, stamped = lines(out)[:3]
    folder = (out / openssl.README).parent
    before = run(out, digest)[1]
    [original] = (out / "data/original").iterdir()
    original.write_bytes(original.read_bytes() + b"x")
    assert run(out, digest)[1] != before
    message = folder / "001.message"
    message.write_bytes(message.read_bytes()[:-1] + b"x")
    assert run(out, signed)[0] != 0
    signature = folder / "001.sig"
    signature.write_bytes(signature.read_bytes()[:-1] + b"x")
    code, said = run(out, stamped)
    assert code != 0 and "OK" not in said


def test_the_authoritys_certificates_are_there_to_be_read(told) -> None:
    out = made(told)
    code, said = run(out, "openssl x509 -noout -subject -in 001-1.certificates.pem")
    assert code == 0 and "timestamps" in said
    token = (out / "data/openssl/001-1.tsr").read_bytes()
    assert token == proof_of(out).stamps[0].token, "as the authority gave it"


def test_without_a_timestamp_two_lines_are_left_and_it_is_said(vault, tmp_path) -> None:
    _, photo = with_photo(vault, tmp_path)
    out = tmp_path / "package"
    package.export(vault, photo, out)
    assert [run(out, line)[0] for line in lines(out)] == [0] * len(lines(out))
    assert "no timestamp covers it" in (out / openssl.README).read_text()
    assert not list((out / "data/openssl").glob("*.tsr"))


@pytest.mark.parametrize("name", ["001.message", "001.sig", "001.key.pem", "001-1.tsr", "001-1.root.pem"])
def test_a_file_for_openssl_that_is_not_the_proofs_is_found(told, name) -> None:
    out = made(told)
    path = out / "data/openssl" / name
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    remanifest(out)
    problems = [str(one) for one in checking.verify(out).problems]
    assert f"data/openssl/{name} is not what the package says." in problems


def test_one_that_was_put_in_or_taken_out_is_found(told) -> None:
    out = made(told)
    (out / "data/openssl/001.sig").rename(out / "data/openssl/009.sig")
    remanifest(out)
    problems = [str(one) for one in checking.verify(out).problems]
    assert any("001.sig" in one for one in problems) and any("009.sig" in one for one in problems)
    (out / "data/openssl/run.sh").write_text("rm -rf /")
    with pytest.raises(Exception, match="does not belong"):
        checking.verify(out)
