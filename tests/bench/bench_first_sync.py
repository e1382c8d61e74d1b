"""The first synchronisation of a new laptop over a real server, beside PouchDB and Anki.

`python -m tests.bench.bench_first_sync [records]` prints one line of JSON. 10,000 records of nine
fields lie on the coordinating server (TLS on loopback); an enrolled laptop with an empty vault
synchronises: it downloads, decrypts, checks every chain, signature and commitment, keeps the
changes, builds the records and indexes them for search. In turn, in the same run: PouchDB pulls
the same documents from express-pouchdb over HTTP (LevelDB on both sides), and Anki's own sync
brings as many notes, two rows each, which is compared with our changes, one row each. Neither
encrypts, signs or indexes for search. The best of all rounds counts for each.
`anki_ratio_of_processor` compares the processor time of the two laptops' processes alone: it is
told, for where much else runs on the machine.

`anki_whole_rows_per_second` is Anki's other way, for a device that has nothing: it copies the
server's database file whole and reads no row. It is told and not compared.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from defenderdesk.sync import synchronise
from defenderdesk.vault import Vault
from tests.bench.bench_import import fill, laptop_of, text
from tests.sync_link.server import running

ROUNDS, POUCH_ROUNDS = 8, 3
PEERS = Path(__file__).with_name("peers")
BUILT = Path(__file__).parents[2] / "build" / "peers"


class Pouch:
    """express-pouchdb with the documents, and a new database a round."""

    def __init__(self, folder: Path, documents: list[dict[str, object]]) -> None:
        self.folder = folder
        (folder / "documents.json").write_text(json.dumps(documents))
        self.server = subprocess.Popen(
            [
                "node",
                str(PEERS / "pouch.mjs"),
                "serve",
                str(folder / "served"),
                str(folder / "documents.json"),
            ],
            cwd=BUILT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.server.stdout is not None
        self.port = self.server.stdout.readline().strip()

    def pull(self, number: int) -> float:
        """Seconds of one replication."""
        done = subprocess.run(
            ["node", str(PEERS / "pouch.mjs"), "pull", str(self.folder / str(number)), self.port],
            cwd=BUILT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        result = json.loads(done.stdout.strip().splitlines()[-1])
        self.documents = result["documents"]
        return float(result["seconds"])

    def close(self) -> None:
        self.server.terminate()
        self.server.wait(15)


class Anki:
    """Anki's server with the notes, and a laptop a round."""

    def __init__(self, folder: Path, notes: list[tuple[str, str]]) -> None:
        (folder / "notes.json").write_text(json.dumps(notes))
        self.process = subprocess.Popen(
            [
                str(BUILT / "anki" / "bin" / "python"),
                str(PEERS / "anki_sync.py"),
                str(folder),
                str(folder / "notes.json"),
                str(ROUNDS),
            ],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def sync(self) -> tuple[float, float]:
        """Seconds of one synchronisation, and of the processor for it."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        result = json.loads(self._line())
        self.rows = result["rows"]
        return float(result["seconds"]), float(result["processor"])

    def whole(self) -> float:
        """Seconds of a whole download."""
        return float(json.loads(self._line())["full"])

    def close(self) -> None:
        self.process.wait(30)


def first_sync(url: str, laptop: Vault, changes: int) -> tuple[float, float, float]:
    """Seconds of a laptop's first synchronisation, of the processor for it, and of one with
    nothing to do."""
    worked, began = time.process_time(), time.perf_counter()
    report = synchronise.sync(laptop, url)
    first, worked = time.perf_counter() - began, time.process_time() - worked
    assert report.received_changes >= changes and not report.refused, report
    began = time.perf_counter()
    assert synchronise.sync(laptop, url).received_bundles == 0
    return first, worked, time.perf_counter() - began


def main() -> None:
    """Runs all in turn and prints the line."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    subprocess.run(
        ["sh", str(PEERS / "setup.sh")],
        check=True,
        stdout=sys.stderr,
        env={**os.environ, "PYTHON": sys.executable},
    )
    numbers = range(9, 9 * records + 9, 9)
    documents: list[dict[str, object]] = [
        {
            "_id": os.urandom(16).hex(),
            "kind": "case",
            "title": f"{text(n)} {n}",
            "country": "UG",
            "status": "open",
            "priority": "high",
            "reference": f"UGA-{n}",
            "summary": f"{text(n + 1)} {text(n + 2)}",
            "profiles": ["journalist", "land_rights"],
        }
        for n in numbers
    ]
    notes = [(f"{text(n)} {n}", f"{text(n + 1)} {text(n + 2)}") for n in numbers]
    ours, idle, pouches, ankis = [], [], [], []
    works, anki_works = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for peer in ("pouch", "anki"):
            (folder / peer).mkdir()
        office, _ = Vault.create(folder / "office", "a", unlock_seconds=0)
        office.found("W", "Office", "Desk")
        fill(office, 9 * records)
        laptops = [laptop_of(office, folder, number) for number in range(ROUNDS)]
        with running(folder / "server") as server:
            synchronise.sync(office, server.url)
        office.close()
        pouch, anki = Pouch(folder / "pouch", documents), Anki(folder / "anki", notes)
        try:
            for number, laptop in enumerate(laptops):
                # each finds the mailbox as the office left it
                copied = shutil.copytree(folder / "server", folder / f"server {number}")
                with running(copied) as server:
                    first, worked, nothing = first_sync(server.url, laptop, 9 * records)
                laptop.close()
                ours.append(first)
                works.append(worked)
                idle.append(nothing)
                taken, worked = anki.sync()
                ankis.append(taken)
                anki_works.append(worked)
                if number < POUCH_ROUNDS:
                    pouches.append(pouch.pull(number))
            assert pouch.documents == records and anki.rows == 2 * records
            whole = anki.whole()
        finally:
            pouch.close()
            anki.close()
    took = min(ours)
    print(
        json.dumps(
            {
                "bench": "first sync",
                "records": records,
                "seconds": round(took, 3),
                "changes_per_second": round(9 * records / took),
                "pouch_documents_per_second": round(records / min(pouches)),
                "anki_rows_per_second": round(2 * records / min(ankis)),
                "anki_whole_rows_per_second": round(2 * records / whole),
                "pouch_ratio": round(min(pouches) / took, 2),
                "anki_ratio": round(9 * min(ankis) / (2 * took), 2),
                "anki_ratio_of_processor": round(9 * min(anki_works) / (2 * min(works)), 2),
                "nothing_to_do_ms": round(min(idle) * 1000, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
