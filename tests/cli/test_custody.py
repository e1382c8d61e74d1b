"""The chain of custody on the command line, and `verify` for somebody who has nothing else."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.tsa import Server, Tsa
from tests.worlds.branched import World, forked, world
from tests.worlds.cli import Cli, cli

__all__ = ["cli", "forked", "world"]


@pytest.fixture
def tsa(tmp_path: Path):
    made = Tsa(tmp_path / "tsa")
    server = Server(made.answer)
    made.address = server.address
    yield made
    server.close()


def test_from_the_file_to_the_strangers_verdict(cli: Cli, tmp_path: Path, tsa: Tsa) -> None:
    cli.init("A")
    case = cli("A", "new", "case", "title=Nora", "--json")["id"]
    (tmp_path / "photo.jpg").write_bytes(b"the gate")
    photo = cli("A", "attach", case, "photo.jpg", "--json")["attachment"]
    assert cli("A", "custody", "authority", "list", "--json") == []
    root = tsa.folder / "root.pem"
    made = cli("A", "custody", "authority", "add", "One", tsa.address, root, "--json")
    assert made["root"] == "CN=One root" and len(made["fingerprint"]) == 64
    stamped = cli("A", "custody", "stamp", "--json")
    assert (stamped["kept"], stamped["waiting"], stamped["failed"]) == (1, 0, {})
    cli("A", "show", case, "--json")
    cli("A", "fetch", photo, "copy.jpg")
    cli("A", "custody", "print", photo, "history.html")
    page = (tmp_path / "history.html").read_text(encoding="utf-8")
    assert "Taken in" in page and hashlib.sha512(b"the gate").hexdigest() in page
    shown = cli("A", "custody", "show", photo, "--json")
    assert [line["what"] for line in shown["lines"]] == [
        "Taken in",
        "Details or history looked at",
        "Copied out of the vault",
        "History written out",
    ]
    assert all("Olga" in line["who"] for line in shown["lines"]) and shown["marks"] == []
    cli("A", "custody", "measure", photo, "--json")
    for out in ("package", "package.zip"):
        report = cli("A", "custody", "export", photo, out, "--to", "The court", "--json")
        assert report["timestamps"] == 1
        cli("A", "custody", "export", photo, out, code=2)
    shutil.rmtree(tmp_path / "A")
    for out in ("package", "package.zip"):
        found = cli("nobody", "verify", out, "--root", root, "--json")
        assert found["ok"] and found["sha256"] == hashlib.sha256(b"the gate").hexdigest()
        assert found["timestamps"][0]["pinned"] and found["proven"] and found["not_proven"]
        words = cli("nobody", "verify", out)
        assert "What is proven" in words and "if you trust its root certificate CN=One root" in words
        cli("nobody", "verify", out, "--workspace", found["workspace"])
        cli("nobody", "verify", out, "--workspace", "a" * 26, code=4)
        other = Tsa(tmp_path / f"other-{out}", "Two")
        cli("nobody", "verify", out, "--root", other.folder / "root.pem", code=4)
        cli("nobody", "verify", out, "--root", "photo.jpg", code=2)
    (tmp_path / "package/data/original/photo.jpg").write_bytes(b"the gat3")
    cli("nobody", "verify", "package", code=4)
    (tmp_path / "package.zip").write_bytes((tmp_path / "package.zip").read_bytes()[:-100])
    cli("nobody", "verify", "package.zip", code=4)


def test_a_stranger_reads_that_two_histories_exist(cli: Cli, forked: World) -> None:
    out = forked.package()
    found = cli("nobody", "verify", out, "--json")
    assert found["ok"] and len(found["histories"]) == 4
    [fork] = found["forks"]
    assert fork["device"] == forked.device and fork["history"] == ""
    following = [fork["base"] + 1, fork["base"] + 2, fork["base"] + 3]
    assert [way["entries"] for way in fork["histories"]] == [following, following]
    said = cli("nobody", "verify", out)
    assert all(one in said for one in found["histories"])
    assert "history 1, entry" in said and "history 2, entry" in said
