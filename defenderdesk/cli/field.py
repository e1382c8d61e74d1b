"""Commands of the field's work: what is due, what can be done for a case, a draft, a timeline."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, show
from defenderdesk.domain import mechanisms, timeline
from defenderdesk.domain.agenda import OWED_BY_NOBODY
from defenderdesk.domain.casefile import CaseFile, one
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.errors import Message, NotFoundError
from defenderdesk.interchange.documents import calendar as calendar_file
from defenderdesk.vault import Vault
from defenderdesk.vault.types import Day, fields_of

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_DAY = click.DateTime(["%Y-%m-%d"])


def _told(day: Day) -> dict[str, Any]:
    return {
        "day": day.day,
        "latest": day.latest,
        "what": day.what,
        "record": day.record.id,
        "kind": day.record.kind,
        "case": day.of.id if day.of else None,
        "case_title": day.of.title if day.of else "",
        "time": day.time or None,
        "time_zone": day.zone or day.record.text("time_zone") or None,
        "utc": day.moment.strftime("%Y-%m-%dT%H:%MZ") if day.moment else None,
        "country": day.country or (day.of.country if day.of else ""),
        "holiday": day.holiday or None,
    }


def _line(told: dict[str, Any]) -> str:
    when = " ".join(filter(None, (told["day"], told["time"], told["time_zone"])))
    line = f"{when}  {told['what']:18} {told['case_title']}"
    if told["holiday"]:
        line += "  ! " + i18n.text("public holiday there: {name}", name=told["holiday"])
    return line


@click.command()
@click.option("--from", "first", type=_DAY, default=None, help="The first day (default: today).")
@click.option("--days", default=30, show_default=True, help="How many days.")
@click.option("--overdue", is_flag=True, help="What has gone by without an answer instead.")
@click.option(
    "--ics",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write an iCalendar file too, without names: what moved or was cancelled since moves there.",
)
@click.option("--discreet", is_flag=True, help="Not even what it is about stands in that file.")
@_JSON
@click.pass_obj
def agenda(
    face: Face,
    first: datetime | None,
    days: int,
    overdue: bool,
    ics: Path | None,
    discreet: bool,
    as_json: bool,
) -> None:
    """Show what is due: hearings, replies, reviews, tasks, visits."""
    begin = first.date() if first else date.today()
    with face.vault() as vault:
        if overdue:
            end = begin - timedelta(days=1)
            found = vault.views.days("0001-01-01", end.isoformat(), limit=100_000)
            found = [
                day for day in found if day.latest < begin.isoformat() and day.what not in OWED_BY_NOBODY
            ]
        else:
            end = begin + timedelta(days=max(1, min(days, 36_500)) - 1)
            found = vault.views.days(begin.isoformat(), end.isoformat(), limit=100_000)
        if ics is not None:
            calendar_file.write(vault, found, ics, begin, datetime.now(UTC), discreet=discreet)
    result = [_told(day) for day in found]
    show(
        result,
        as_json,
        lambda: "\n".join(map(_line, result)) or i18n.text("Nothing is due."),
    )


def mechanism_of(vault: Vault, name: str) -> Mechanism:
    """The mechanism of an id or short name. Raises `NotFoundError`."""
    known = vault.office.corrected().mechanisms
    for mechanism in known.values():
        if name.casefold() in (mechanism.id.casefold(), mechanism.acronym.casefold()):
            return mechanism
    raise NotFoundError(what=Message("mechanism {name}", name=name))


def _finding(found: mechanisms.Finding) -> dict[str, Any]:
    return {
        "code": found.code,
        "level": found.level,
        "says": i18n.translate(found.says),
        "verified": found.verified,
        "section": found.section,
        "field": found.field,
        "record": found.record,
    }


@click.command()
@click.argument("case")
@click.argument("mechanism", required=False)
@_JSON
@click.pass_obj
def advise(face: Face, case: str, mechanism: str | None, as_json: bool) -> None:
    """Say which mechanisms have a mandate for a case and were not asked yet; or, with a MECHANISM
    (id or short name), what speaks for and against it and what is lacking."""
    with face.vault() as vault:
        file = vault.views.casefile(vault.resolve(case))
        known = vault.office.corrected().mechanisms
        if mechanism is None:
            result: list[dict[str, Any]] = [
                {
                    "mechanism": s.mechanism.id,
                    "name": s.mechanism.name(i18n.language()),
                    "urgent": s.urgent,
                    "reasons": [i18n.translate(r) for r in s.reasons],
                    "cautions": [i18n.translate(r) for r in s.cautions],
                    "complements": list(s.complements),
                }
                for s in mechanisms.suggest(file, date.today(), known)
            ]
            lines = [f"{'!' if r['urgent'] else ' '} {r['mechanism']:22} {r['name']}" for r in result]
        else:
            chosen = mechanism_of(vault, mechanism)
            result = [_finding(f) for f in mechanisms.check(chosen, file, date.today(), known)]
            lines = [f"{r['level']:8} [{r['verified']}] {r['says']}" for r in result]
    show(result, as_json, lambda: "\n".join(lines))


@click.command("visit")
@click.argument("visit")
@_JSON
@click.pass_obj
def visit_command(face: Face, visit: str, as_json: bool) -> None:
    """Say who agreed to be raised or met on a visit, who said no, who was not asked."""
    with face.vault() as vault:
        found = vault.casework.visit_checks(vault.resolve(visit), date.today())
    result = [
        {
            "record": one.record.id,
            "kind": one.record.kind,
            "title": one.title,
            "consent": one.check.level,
            "answers": [dataclasses.asdict(answer) for answer in one.check.answers],
            "risk_checked": not one.check.risk_open,
        }
        for one in found
    ]

    def line(told: dict[str, Any]) -> str:
        who = ", ".join(f"{answer['name']}: {answer['status']}" for answer in told["answers"])
        risk = "" if told["risk_checked"] else "  ! " + i18n.text("the risk of the meeting is not checked")
        return f"{told['kind']:8} {told['consent']:10} {told['title']}  ({who}){risk}"

    show(result, as_json, lambda: "\n".join(map(line, result)))


_SAYS = ("title", "description", "mechanism", "what", "with_whom")
"""Fields of which the first that is filled in says what a line of the timeline is about."""


@click.command("timeline")
@click.argument("case")
@_JSON
@click.pass_obj
def timeline_command(face: Face, case: str, as_json: bool) -> None:
    """Every dated thing of a case, in the order of time."""
    with face.vault() as vault:
        found = vault.resolve(case)
        file: CaseFile = vault.views.casefile(found)
        raised = [fields_of(record) for record in vault.views.raised(found)]
    result = []
    for moment in timeline.moments(file, raised):
        record = next((r for r in (*file.all(), *raised) if r.get("id") == moment.record), {})
        said = next(filter(None, (one(record, name) for name in _SAYS)), "")
        result.append({**dataclasses.asdict(moment), "title": said.split("\n")[0][:120]})
    show(
        result,
        as_json,
        lambda: "\n".join(f"{r['date']:12} {r['kind']:12} {r['title']}" for r in result),
    )


COMMANDS: tuple[click.Command, ...] = (agenda, advise, timeline_command, visit_command)
