"""100,000 cases and 1,000,000 acts: what every screen of the day's work asks of the vault, each
under 100 ms, and what the derived tables cost.

`python -m tests.bench.bench_views [cases] [acts a case]` prints one line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from defenderdesk.vault import CaseFilter, Edit, Vault
from tests.bench.bench_search import name

TODAY = date(2026, 11, 25)
ACTS = ("arbitrary_arrest", "killing", "threats", "physical_assault", "smear_campaign", "torture")
COUNTRIES = ("UG", "FR", "MX", "EG", "CO", "TN", "RU", "CN", "IN", "PH")
BODIES = ("un_sr_hrd", "observatory_ua", "au_achpr_sr_hrd", "oas_iachr_pm", "un_wgad_regular")


def day(chance: random.Random, back: int = 3650, ahead: int = 0) -> str:
    return (TODAY + timedelta(days=chance.randint(-back, ahead))).isoformat()


def fill(vault: Vault, cases: int, acts: int) -> list[str]:
    """Cases with acts over ten years; every tenth has a person, a submission, a hearing and a
    charge. Some ids of cases."""
    chance = random.Random(11)
    edits: list[Edit] = []
    some = []

    def add(kind: str, **fields: object) -> str:
        record = vault.new_id()
        edits.append(Edit(record, "kind", kind))
        for field, value in fields.items():
            if isinstance(value, list):
                edits.extend(Edit(record, field, one, "add") for one in value)
            else:
                edits.append(Edit(record, field, value))  # type: ignore[arg-type]
        return record

    for number in range(cases):
        who = f"{name(chance)} {name(chance)}"
        status = chance.choice(("open", "urgent", "closed", "closed"))
        case = add("case", title=who, country=chance.choice(COUNTRIES), status=status)
        for _ in range(acts):
            add("event", case=case, date=day(chance), acts=[chance.choice(ACTS)])
        if number % 10 == 0:
            person = add("person", name=who)
            add("involvement", case=case, name=who, person=person, part="defender")
            sent = day(chance)
            add(
                "submission",
                case=case,
                mechanism=chance.choice(BODIES),
                sent=sent,
                stage=chance.choice(("sent", "replied", "closed")),
                letter=sent,
            )
            add("hearing", case=case, date=day(chance, 400, 60), status="set")
            add("charge", case=case, law=f"Law {chance.randint(1, 400)}", article="5")
            some.append(case)
        if len(edits) > 8000:
            vault.save(edits)
            edits.clear()
    vault.save(edits)
    return some


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def measure(work: Callable[[int], object], times: int = 20) -> dict[str, float]:
    """Milliseconds of a question asked `times` times, each a little different."""
    taken = []
    for number in range(times):
        began = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - began) * 1000)
    return {"median": round(percentile(taken, 0.5), 1), "p95": round(percentile(taken, 0.95), 1)}


def main(cases: int, acts: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vault, _ = Vault.create(Path(folder) / "p", "a b c d", unlock_seconds=0)
        vault.found("W", "M", "D")
        began = time.perf_counter()
        some = fill(vault, cases, acts)
        written = time.perf_counter() - began
        began = time.perf_counter()
        vault.views.refresh()
        derived = time.perf_counter() - began
        views, chance = vault.views, random.Random(3)
        now = TODAY.isoformat()
        people = [name(chance)[:4] for _ in range(50)]
        asked = {
            "today": measure(
                lambda _: (
                    views.overdue(now, 200),
                    views.overdue_count(now),
                    views.running(now),
                    views.days(now, (TODAY + timedelta(days=30)).isoformat(), limit=201),
                    views.counts("submission.stage"),
                    vault.conflict_count(),
                    vault.cases(CaseFilter(status="urgent"), 0, 8),
                )
            ),
            "overdue": measure(lambda _: views.overdue_count(TODAY.isoformat())),
            "month": measure(
                lambda n: (views.marks(ago(30 * n), ago(30 * n - 41)), views.days(ago(30 * n), ago(30 * n)))
            ),
            "board": measure(
                lambda _: [
                    views.by_fact("submission.stage", stage)
                    for stage in ("draft", "sent", "replied", "decided")
                ]
            ),
            "people as one types": measure(lambda n: views.named(people[n]), 50),
            "people": measure(lambda _: views.newest("person", 200)),
            "patterns": measure(lambda _: views.patterns("charge.law")),
            "matrix": measure(lambda n: vault.casework.matrix(COUNTRIES[n % 10], TODAY), 10),
            "case": measure(lambda n: views.casefile(some[n])),
            "case days": measure(lambda n: views.days_of(some[n])),
            "list": measure(lambda n: vault.cases(CaseFilter(country=COUNTRIES[n % 10]), 0, 100)),
        }
        behind = {
            "year": measure(lambda n: vault.casework.year(2024 - n, TODAY), 3),
        }
        record = vault.new_id()
        save = measure(
            lambda n: (
                vault.save(
                    [
                        Edit(record, "kind", "task"),
                        Edit(record, "case", some[n]),
                        Edit(record, "due", day(chance)),
                    ]
                )
                and views.overdue_count("2026-11-25")
            )
        )
        vault.close()
    print(
        json.dumps(
            {
                "bench": "views",
                "cases": cases,
                "acts": cases * acts,
                "written_s": round(written, 1),
                "derived_s": round(derived, 1),
                "derived_ratio": round(derived / written, 2),
                "screens_ms": asked,
                "slowest_screen_p95_ms": max(a["p95"] for a in asked.values()),
                "behind_ms": behind,
                "save_and_look_ms": save,
            }
        )
    )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 10,
    )
