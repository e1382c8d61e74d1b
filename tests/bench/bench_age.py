"""How fast files are sealed and opened, beside the cipher alone, and in how much memory.

    python -m tests.bench.bench_age [--mib 1024] [--dir DIR]

Prints one line of JSON; rates are MiB/s, `peak_rss_mib` is of this process. Nothing is held:
one piece of 1 MiB is sealed over and over, once to nowhere and once to a file in DIR, which is
then opened. `open` and `seal_to_file` thus count the file system too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from defenderdesk.crypto.age import DeskKey, HybridIdentity, Opener, RandomOpener, Sealer
from defenderdesk.crypto.age.stream import CHUNK, TAG_SIZE

MIB = 1 << 20


class Nowhere:
    """Takes what is written and forgets it."""

    def write(self, data: memoryview) -> int:
        return len(data)


def raw(piece: bytes, mib: int) -> tuple[float, float]:
    """Seconds to encrypt, and to decrypt, `mib` with the cipher alone, 64 KiB at a time."""
    cipher = ChaCha20Poly1305(os.urandom(32))
    nonce = bytes(12)
    view = memoryview(piece)[:CHUNK]
    into = memoryview(bytearray(CHUNK + TAG_SIZE))
    start = time.perf_counter()
    for _ in range(mib * MIB // CHUNK):
        cipher.encrypt_into(nonce, view, None, into)
    middle = time.perf_counter()
    plain = memoryview(bytearray(CHUNK))
    for _ in range(mib * MIB // CHUNK):
        cipher.decrypt_into(nonce, into, None, plain)
    return middle - start, time.perf_counter() - middle


def seal(out: BinaryIO, piece: bytes, mib: int, desk: DeskKey) -> float:
    start = time.perf_counter()
    with Sealer(out, [desk, HybridIdentity.generate().recipient]) as sealer:
        for _ in range(mib):
            sealer.write(piece)
    return time.perf_counter() - start


def unseal(path: Path, mib: int, desk: DeskKey) -> float:
    size = 0
    start = time.perf_counter()
    with path.open("rb", buffering=0) as src:
        for chunk in Opener(cast(BinaryIO, src), [desk]).chunks():
            size += len(chunk)
    taken = time.perf_counter() - start
    assert size == mib * MIB
    return taken


def at_random(path: Path, mib: int, desk: DeskKey) -> float:
    """Seconds for one read of 4 KiB at a place not read before."""
    times = 1000
    with path.open("rb", buffering=0) as src:
        opener = RandomOpener(cast(BinaryIO, src), [desk])
        start = time.perf_counter()
        for i in range(times):
            opener.read_at(i * 7919 * CHUNK % (mib * MIB), 4096)
    return (time.perf_counter() - start) / times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--dir", default=None)
    given = parser.parse_args()
    mib: int = given.mib
    piece = os.urandom(MIB)
    desk = DeskKey.generate()
    raw(piece, 16)
    with tempfile.TemporaryDirectory(dir=given.dir) as folder:
        path = Path(folder) / "sealed.age"
        seconds = {}
        seconds["raw_encrypt"], seconds["raw_decrypt"] = raw(piece, mib)
        seconds["seal"] = seal(cast(BinaryIO, Nowhere()), piece, mib, desk)
        with path.open("wb", buffering=0) as out:
            seconds["seal_to_file"] = seal(cast(BinaryIO, out), piece, mib, desk)
            os.fsync(out.fileno())  # or opening is measured while the disk still writes
        seconds["open"] = unseal(path, mib, desk)
        random_read = at_random(path, mib, desk)
    result: dict[str, object] = {"mib": mib}
    result |= {f"{name}_mib_s": round(mib / taken) for name, taken in seconds.items()}
    result["seal_ratio"] = round(seconds["raw_encrypt"] / seconds["seal"], 3)
    result["seal_to_file_ratio"] = round(seconds["raw_encrypt"] / seconds["seal_to_file"], 3)
    result["open_ratio"] = round(seconds["raw_decrypt"] / seconds["open"], 3)
    result["random_read_us"] = round(random_read * 1e6, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result["peak_rss_mib"] = round(peak / (MIB if sys.platform == "darwin" else 1024), 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
