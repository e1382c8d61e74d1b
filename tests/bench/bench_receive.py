"""The dearest that a bundle of a given size costs whoever receives it: time and memory of `receive`, and of
the first search afterwards. Every bundle is of a colleague with valid keys.

`python -m tests.bench.bench_receive [MB]` prints one line of JSON for each kind of content.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from defenderdesk.bundle import manifest, ranges, writer
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit, Vault
from tests import blank
from tests.conftest import PASSPHRASE, Pair, enrol_by_file
from tests.worlds import measured
from tests.worlds.forge import Forge

RANGE = 8 * 1024 * 1024
"""Bytes of change sets in a range, as an honest program makes them."""


def words(chance: random.Random, count: int) -> str:
    """Words of a vocabulary of 50,000, as often used as words are."""
    return " ".join(f"w{int(50_000 ** chance.random()):x}" for _ in range(count))


def rare(chance: random.Random, count: int) -> str:
    """Words that stand nowhere else."""
    return " ".join(f"{chance.getrandbits(40):x}" for _ in range(count))


def records(kind: str) -> Iterator[list[Change]]:
    """Change sets without an end."""
    chance = random.Random(7)
    while True:
        out: list[Change] = []
        for _ in range(20 if kind != "small" else 2000):
            rid = chance.randbytes(16)
            out.append(Change(rid, "kind", SET, "note"))
            if kind == "small":
                out.append(Change(rid, "text", SET, rare(chance, 3)))
            else:
                make = words if kind == "text" else rare
                out.append(Change(rid, "text", SET, make(chance, 8_000)))
        yield out


def bundle(forge: Forge, kind: str, size: int) -> bytes:
    """A bundle of about so many bytes."""
    device = forge.store.device
    chain, first = forge.store.reader.execute("SELECT hash, held + 1 FROM feeds").fetchone()
    now = forge.store.now_ms() << 16
    sources: list[writer.Source] = []
    total = 0
    made = records(kind)
    while total < size:
        items: list[feeds.ChangeSet] = []
        raw = 0
        while raw < RANGE:
            seq = first + len(items)
            item = feeds.ChangeSet(*changes.make(next(made), device, seq, now + seq, os.urandom(16)))
            items.append(item)
            raw += len(item.body)
        brought = ranges.Range(device, first, chain, b"", items)
        chain, first = ranges.links(brought)[-1], first + len(items)
        data, detail = ranges.pack(replace(brought, signature=forge.key.sign(feeds.SIGNATURE, chain)))
        total += len(data)
        sources.append(writer.Source(manifest.FEED, detail, lambda data=data: data))  # type: ignore[misc]
    listed, sources = writer.measure(sources)
    rest = b"".join(source.make() for source in sources)
    return forge.seal(replace(forge.manifest, parts=tuple(listed)).encode(), rest)


def main(megabytes: int) -> None:
    for kind in ("text", "rare", "small"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            office, _ = blank.vault_in(folder / "office", PASSPHRASE)
            laptop, _ = blank.vault_in(folder / "laptop", PASSPHRASE)
            office.found("W", "Office", "Desk")
            enrol_by_file(office, laptop, folder, "Amina")
            # Not the first that comes: of a desk of which nothing is held more may come at once.
            office.save([Edit(office.new_id(), "kind", "case")])
            exporting.export(office, folder / "first")
            receiving.receive(laptop, folder / "first")
            data = bundle(Forge(Pair(office, laptop, folder)), kind, megabytes << 20)
            (folder / "b.ddbundle").write_bytes(data)
            profile = laptop.profile
            laptop.close()
            taken = measured.run(profile, "receive", str(folder / "b.ddbundle"))
            after = {
                one[0]: measured.run(profile, *one) for one in (("search", "w1 w2"), ("list",), ("status",))
            }
            Vault.open(profile, PASSPHRASE).close()
            print(
                json.dumps(
                    {
                        "bench": "receive",
                        "kind": kind,
                        "megabytes": round(len(data) / 1e6, 1),
                        "seconds": taken.seconds,
                        "memory_mb": taken.megabytes,
                        "ended": taken.code or "taken",
                        "then": {name: [t.seconds, t.megabytes] for name, t in after.items()},
                    }
                ),
                flush=True,
            )
            office.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
