"""Case files for the tests of mechanisms, built by hand. All persons are invented."""

from __future__ import annotations

from typing import Any

from defenderdesk.domain.casefile import CaseFile


def case_file(country: str = "UG", **more: Any) -> CaseFile:
    """A complete case of arbitrary detention; `more` replaces records by kind, or case fields
    given as `case`."""
    fields = {
        "id": "case",
        "kind": "case",
        "country": country,
        "summary": "Arrested after a march.",
        "profiles": ["land_rights"],
        "requests": ["Release"],
        "authorities": ["Minister of Justice"],
        **more.pop("case", {}),
    }
    records: dict[str, list[dict[str, Any]]] = {
        "involvement": [
            {
                "id": "inv-1",
                "kind": "involvement",
                "name": "Ada Example",
                "part": "defender",
                "role": "organiser",
                "organisation": "Land Watch",
                "person": "per-1",
            },
        ],
        "event": [
            {
                "id": "ev-1",
                "kind": "event",
                "date": "2026-03-10",
                "place": "Kampala",
                "acts": ["arbitrary_detention"],
                "description": "Taken from home.",
                "perpetrators": ["police"],
            },
        ],
        "source": [
            {
                "id": "so-1",
                "kind": "source",
                "name": "A colleague",
                "contact": "by hand",
                "source_type": "person",
            }
        ],
        "consent": [],
        "submission": [],
    }
    for kind, some in more.items():
        records[kind] = [{"kind": kind, "id": f"{kind}-{n}", **r} for n, r in enumerate(some)]
    return CaseFile(fields, records)
