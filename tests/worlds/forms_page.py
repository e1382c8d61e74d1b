"""The page docs/forms.md as the rules of the mechanisms say it. `python -m tests.worlds.forms_page`
writes the tables anew below the page's own words."""

from __future__ import annotations

from pathlib import Path

from defenderdesk.domain import mechanisms
from defenderdesk.domain.kinds import kind_of
from defenderdesk.domain.mechanisms import Mechanism, Section, needs

PAGE = Path(__file__).parents[2] / "docs" / "forms.md"
BEGIN = "<!-- The tables below are written by tests/worlds/forms_page.py -->\n"
HEAD = (
    "| field of the form | stored as | asked | printed as | source | mark |",
    "| --- | --- | --- | --- | --- | --- |",
)
WORKED_OUT = {
    "consents": "each person's answer to each question of consent",
    "elsewhere": "submissions that were sent and documents of other mechanisms",
    "signature": "place, day, who signs",
}


def tables() -> str:
    """The table of every mechanism, in the order of lists."""
    return "\n".join(table(m) for m in mechanisms.load().values())


def table(m: Mechanism) -> str:
    """One mechanism: a row for each section of its form."""
    title = f"## {m.name('en')}\n\n`{m.id}` · read on {m.checked} · {'; '.join(m.sources)}\n"
    return "\n".join([title, *HEAD, *map(_row, m.contents), ""])


def _row(section: Section) -> str:
    paths = [path for need in (*section.needs, *section.asks) for path in needs.paths(need)]
    stored = ", ".join(f"`{path}`" for path in paths) or "–"
    asked = "must" if section.required and section.needs else "may"
    if section.needs and section.asks:
        asked += "; may: " + ", ".join(f"`{path}`" for need in section.asks for path in needs.paths(need))
    printed = [*_printed(paths), *(WORKED_OUT[name] for name in section.prints)]
    return f"| {section.label} | {stored} | {asked} | {'; '.join(printed) or 'a reminder in brackets'} | {section.source or 'ours'} | {section.verified} |"


def _printed(paths: list[str]) -> list[str]:
    found: dict[str, None] = {}
    for path in paths:
        kind, name = path.split(".")
        if path == "event.description":
            found["sentences in the order of time"] = None
        elif path == "event.perpetrators":
            if "event.description" not in paths:
                found["those responsible, as recorded"] = None
        elif kind in ("involvement", "person", "address"):
            found["a block for each person"] = None
        elif path in ("step.before", "proceeding.stage", "charge.law"):
            found[f"one line for each {kind_of(kind).label.lower()}"] = None
        elif path == "submitter.name":
            found["who submits, with address and who signs"] = None
        elif kind == "event" and "event.description" in paths and name in ("date", "place", "acts"):
            continue
        else:
            found["value behind its name" if len(paths) > 1 else "as written"] = None
    return list(found)


if __name__ == "__main__":
    above = PAGE.read_text(encoding="utf-8").split(BEGIN)[0]
    PAGE.write_text(above + BEGIN + "\n" + tables(), encoding="utf-8")
