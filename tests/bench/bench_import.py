"""Importing 100,000 changes in one bundle into an empty vault, against plain `executemany`.

`python -m tests.bench.bench_import [changes]` prints one line of JSON: rates, their ratio
(limit: at least 0.55), bytes a change before compression (limit: at most 100).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import approval, join_request
from defenderdesk.sync.enrolment import invitation as invitations
from defenderdesk.vault import Vault
from defenderdesk.vault.storage import database
from defenderdesk.vault.types import Edit

WORDS = [
    "the",
    "defender",
    "was",
    "arrested",
    "at",
    "home",
    "by",
    "police",
    "in",
    "plain",
    "clothes",
    "and",
    "held",
    "without",
    "charge",
    "after",
    "a",
    "peaceful",
    "march",
    "for",
    "land",
    "rights",
    "her",
    "lawyer",
    "was",
    "not",
    "told",
    "where",
    "she",
    "is",
    "kept",
]


def text(number: int) -> str:
    """About 40 characters that differ from record to record."""
    return " ".join(WORDS[(number * 7 + i * (number % 5 + 1)) % len(WORDS)] for i in range(6))


def fill(vault: Vault, changes: int) -> None:
    """Cases of nine changes each (the published cases have 1,189 facts in 131 records: nine a
    record), ten cases a save."""
    made = 0
    while made < changes:
        edits = []
        for _ in range(10):
            case, made = vault.new_id(), made + 9
            edits += [
                Edit(case, "kind", "case"),
                Edit(case, "title", f"{text(made)} {made}"),
                Edit(case, "country", ("UG", "FR", "MX", "EG")[made % 4]),
                Edit(case, "status", "open"),
                Edit(case, "priority", "high"),
                Edit(case, "reference", f"UGA-{made}"),
                Edit(case, "summary", f"{text(made + 1)} {text(made + 2)}"),
                Edit(case, "profiles", "journalist", "add"),
                Edit(case, "profiles", "land_rights", "add"),
            ]
        vault.save(edits)


def baseline(folder: Path, changes: int) -> float:
    """Seconds for `executemany` of the same rows: one per change, into SQLCipher."""
    conn = database.connect(folder / "plain.db", os.urandom(32), cache_kib=48 * 1024)
    conn.execute(
        "CREATE TABLE changes (record BLOB, field TEXT, value TEXT, hlc INTEGER, device BLOB, seq INTEGER)"
    )
    rows = []
    names = ("kind", "title", "country", "status", "priority", "reference", "summary", "profiles", "profiles")
    for n in range(0, changes, 9):
        case = os.urandom(16)
        values = (
            "case",
            f"{text(n)} {n}",
            "UG",
            "open",
            "high",
            f"UGA-{n}",
            f"{text(n + 1)} {text(n + 2)}",
            "journalist",
            "land_rights",
        )
        for name, value in zip(names, values, strict=True):
            rows.append((case, name, value, 1_700_000_000_000 << 16, b"d" * 16, n))
    began = time.perf_counter()
    with database.transaction(conn):
        conn.executemany("INSERT INTO changes VALUES (?,?,?,?,?,?)", rows)
    took = time.perf_counter() - began
    conn.close()
    return took


def laptop_of(office: Vault, folder: Path, number: int) -> Vault:
    """An enrolled laptop with an empty vault."""
    laptop, _ = Vault.create(folder / f"laptop {number}", "b", unlock_seconds=0)
    invitation, join_file = folder / f"{number}.ddinvite", folder / f"{number}.ddjoin"
    first = folder / f"first {number}.ddbundle"
    invitations.invite(office, invitation)
    join_request.join(laptop, invitation, f"Amina {number}", join_file)
    approval.approve(office, join_file, first, history=False)
    receiving.receive(laptop, first)
    return laptop


ROUNDS = 7


def main() -> None:
    """Runs both, by turns, `ROUNDS` times; the best of each counts. Prints the line."""
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    imports, plains = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office, _ = Vault.create(folder / "office", "a", unlock_seconds=0)
        office.found("W", "Office", "Desk")
        fill(office, changes)
        laptops = [laptop_of(office, folder, number) for number in range(ROUNDS)]
        report = exporting.export(office, folder / "all.ddbundle", everything=True)
        with office.store.snapshot() as conn:
            raw = conn.execute("SELECT sum(length(header) + length(body)) FROM change_sets").fetchone()[0]
        for laptop in laptops:
            plains.append(baseline(laptop.profile, changes))
            began = time.perf_counter()
            received = receiving.receive(laptop, folder / "all.ddbundle")
            imports.append(time.perf_counter() - began)
            assert received.changes >= changes, received
            laptop.close()
        office.close()
    rate, plain = received.changes / min(imports), changes / min(plains)
    print(
        json.dumps(
            {
                "bench": "import",
                "changes": received.changes,
                "import_per_second": round(rate),
                "plain_per_second": round(plain),
                "ratio": round(rate / plain, 3),
                "bytes_per_change": round(raw / received.changes, 1),
                "bundle_bytes_per_change": round(report.bytes / received.changes, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
