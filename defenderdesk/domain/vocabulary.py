"""Vocabularies: lists of terms with codes that are stored and labels that are shown.

Read from `resources/vocabulary/*.csv` (columns `id`, `label_en`, `label_fr`, `label_es`, and a
column that says the list where a file holds several). A code that is not in the list (from a
newer version or an office's own pack) is shown as it is.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from defenderdesk import resources


@dataclass(frozen=True)
class Term:
    """One term: its list, code, labels by language code, and group within the list."""

    list_name: str
    code: str
    labels: dict[str, str]
    group: str = ""

    def label(self, language: str) -> str:
        """The label in `language` (`fr_CA` falls back to `fr`, then English, then the code)."""
        short = language.replace("-", "_").split("_")[0]
        return self.labels.get(short) or self.labels.get("en") or self.code


_FILES = (
    ("hrd_violations.csv", "act", ""),
    ("hrd_profiles.csv", "profile", ""),
    ("risk_indicators.csv", "indicator", ""),
    ("protection_measures.csv", "measure", ""),
    ("mechanisms.csv", "mechanism", ""),
    ("taxonomies_extra.csv", "", "taxonomy"),
    ("case_terms.csv", "", "taxonomy"),
)


def _read(path: Path, list_name: str, list_column: str) -> list[Term]:
    terms = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            labels = {}
            for column, text in row.items():
                if column and text and column.startswith(("label_", "name_")):
                    labels[column.split("_", 1)[1]] = text
            terms.append(
                Term(
                    row[list_column] if list_column else list_name,
                    row["id"],
                    labels,
                    row.get("group") or row.get("dimension") or row.get("category") or "",
                )
            )
    return terms


@cache
def lists() -> dict[str, dict[str, Term]]:
    """Every list by name: its terms by code, in the order of the file."""
    found: dict[str, dict[str, Term]] = {}
    for name, list_name, list_column in _FILES:
        for term in _read(resources.path("vocabulary", name), list_name, list_column):
            found.setdefault(term.list_name, {})[term.code] = term
    return found


def terms(list_name: str) -> dict[str, Term]:
    """The terms of one list by code; empty for an unknown list."""
    return lists().get(list_name, {})


def label(list_name: str, code: str, language: str) -> str:
    """What to show for `code`."""
    term = terms(list_name).get(code)
    return term.label(language) if term else code
