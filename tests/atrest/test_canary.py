"""The search finds what it is for: one canary planted in every encoding and every packing."""

from __future__ import annotations

import base64
import gzip
import io
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.atrest.canary import Search, canary, new_stem, zstd

STEM = new_stem()
SECRET = canary("a planted one", STEM)
NOISE = os.urandom(5000)


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", data)
    return out.getvalue()


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda s: s.encode(),
    "upper case": lambda s: s.upper().encode(),
    "utf-16-le": lambda s: s.encode("utf-16-le"),
    "utf-16-be": lambda s: s.encode("utf-16-be"),
    "hex": lambda s: s.encode().hex().encode(),
    "upper hex": lambda s: s.encode().hex().upper().encode(),
    **{
        f"base64 {shift} {encoding}": lambda s, n=shift, e=encoding: base64.b64encode(
            b"xyz"[:n] + s.encode(e) + b"!"
        )
        for shift in range(3)
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
    },
}
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda d: d,
    "zlib": zlib.compress,
    "zlib, fast": lambda d: zlib.compress(d, 1),
    "zlib, torn": lambda d: zlib.compress(d + os.urandom(20_000))[:-3000],
    "gzip": gzip.compress,
    "zstd": zstd.compress,
    "zip": zipped,
    "zip in zstd in gzip": lambda d: gzip.compress(zstd.compress(zipped(d))),
}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_planted_canary_is_found(tmp_path: Path, encoding: str, packing: str) -> None:
    planted = ENCODINGS[encoding](f"a note of {SECRET} and more ")
    path = tmp_path / "some" / "cache"
    path.parent.mkdir()
    path.write_bytes(NOISE + PACKINGS[packing](planted * 3) + NOISE)
    assert [f for f in Search(STEM).tree(tmp_path) if str(path) in f.where]


def test_names_and_databases_and_other_secrets_are_searched(tmp_path: Path) -> None:
    (tmp_path / f"{SECRET}.txt").write_bytes(b"")
    with sqlite3.connect(tmp_path / "thumbnails.db") as conn:
        conn.execute("CREATE TABLE t (a)")
        conn.execute("INSERT INTO t VALUES (?)", (f"seen: {SECRET}",))
    (tmp_path / "code").write_bytes(b"..ABCDE-FGHIJ..")
    found = list(Search(STEM, {"the code": "ABCDE-FGHIJ"}).tree(tmp_path))
    assert {f.text for f in found} >= {"the code"}
    assert len({f.where for f in found}) == 3
    assert not list(Search(STEM).tree(tmp_path, spare=[tmp_path]))


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(os.urandom(3_000_000))
    assert not list(Search(STEM, {"code": "ABCDE-FGHIJ"}).tree(tmp_path))
