"""Commands that carry work: export, receive, sync; and enrolment through the server."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from defenderdesk import i18n
from defenderdesk.cli import alarms, likely
from defenderdesk.cli.face import Face, progress_bar, say, show
from defenderdesk.domain.checkins import written
from defenderdesk.errors import DefenderDeskError, Message, NoSafeLinkError, NotFoundError
from defenderdesk.interchange.emergency import escrow
from defenderdesk.sync import alerts
from defenderdesk.sync.bundles import exporting, receiving

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--desk", default=None, help="The desk (default: the first).")
@click.option("--to", "to", multiple=True, help="A device, a member, or an age recipient.")
@click.option("--all", "everything", is_flag=True, help="Everything, not only what is lacking.")
@_JSON
@click.pass_obj
def export(
    face: Face, out: Path, desk: str | None, to: tuple[str, ...], everything: bool, as_json: bool
) -> None:
    """Write a bundle to a file, or bundles to a folder (a USB stick).

    Only what the receivers lack by their last receipts; to nobody in particular: what any
    device of the desk lacks.
    """
    with face.vault() as vault:
        report = exporting.export(
            vault,
            out,
            desk=desk,
            to=to,
            everything=everything,
            progress=progress_bar(out.name, as_json),
        )
    result = {**dataclasses.asdict(report), "bundles": [str(p) for p in report.bundles]}
    show(
        result,
        as_json,
        lambda: i18n.text(
            "{bundles} bundles, {changes} changes, {attachments} parts of attachments.",
            bundles=len(report.bundles),
            changes=report.changes,
            attachments=report.attachments,
        ),
    )


def received(report: receiving.ReceiveReport) -> dict[str, Any]:
    """A receive report as JSON."""
    out = {f.name: getattr(report, f.name) for f in dataclasses.fields(report)}
    out["refused"] = [
        {"file": name, "code": error.code, "message": error.describe()} for name, error in report.refused
    ]
    out["kinds"] = sorted(report.kinds)
    out["records"] = sorted(report.records)
    return out


def _watched() -> bool:
    """Tells whether a person reads standard error. What a job says there goes into logs, in clear
    text: nobody is named in it."""
    return sys.stderr.isatty()


def say_alerts(report: alerts.Seen) -> None:
    """Says on standard error what gives reason to worry."""
    found = alerts.alerts_of(report)
    if found and not _watched():
        say(
            i18n.text("There is something to look at: {command}", command="defenderdesk alerts"),
            err=True,
        )
        return
    for seen, todo in found:
        say(f"{i18n.translate(seen)} {i18n.translate(todo)}", err=True)


@contextlib.contextmanager
def saying_alerts() -> Iterator[None]:
    """Says what an exchange gave reason to worry about before it failed."""
    try:
        yield
    except DefenderDeskError as error:
        if isinstance(error.partial, alerts.Seen):
            say_alerts(error.partial)
        raise


@click.command("alerts")
@click.option("--read", is_flag=True, help="They were read: they are shown no more.")
@_JSON
@click.pass_obj
def alerts_command(face: Face, read: bool, as_json: bool) -> None:
    """Show what exchanges gave reason to worry about, and what to do."""
    with face.vault() as vault:
        found = alerts.kept(vault)
        if read:
            alerts.dismiss(vault)
    told = [
        {
            "at": written(datetime.fromtimestamp(when / 1000, UTC)),
            "seen": i18n.translate(seen),
            "todo": i18n.translate(todo),
        }
        for when, (seen, todo) in found
    ]
    show(
        told,
        as_json,
        lambda: (
            "\n".join(f"{one['at']}  {one['seen']} {one['todo']}" for one in told)
            or i18n.text("There is nothing to worry about.")
        ),
    )


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@_JSON
@click.pass_obj
def receive(face: Face, path: Path, as_json: bool) -> None:
    """Take in a bundle, or a folder of them."""
    with face.vault() as vault:
        with saying_alerts():
            report = receiving.receive(vault, path, progress_bar(path.name, as_json))
        alarms.say(vault)
        pairs = likely.point_out(vault) if report.changes else 0
    for name, error in report.refused:
        happened, next_step = i18n.error(error)
        say(f"{name}: {happened} {next_step}", err=True)
    say_alerts(report)
    for line in report.missing:
        say(
            i18n.text(
                "Changes are still missing before what came can be shown ({who}). "
                "Receive the earlier bundles, or ask for everything (--all).",
                who=line if _watched() else line.rpartition(": ")[2],
            ),
            err=True,
        )
    show(
        {**received(report), "duplicates": pairs},
        as_json,
        lambda: i18n.text(
            "{changes} changes and {attachments} parts of attachments came; {conflicts} conflicts.",
            changes=report.changes,
            attachments=report.attachments,
            conflicts=report.conflicts,
        ),
    )


@click.command()
@click.option("--server", default=None, help="The server's address with its pinned identity.")
@_JSON
@click.pass_obj
def sync(face: Face, server: str | None, as_json: bool) -> None:
    """Exchange with the coordinating server over a safe link."""
    from defenderdesk.sync import synchronise

    with face.vault() as vault:
        try:
            with saying_alerts():
                report = synchronise.sync(vault, server, progress_bar("", as_json))
            vault.set_setting("link_reason", "")
        except NoSafeLinkError as error:
            vault.set_setting("link_reason", str(error.facts.get("reason", "")))
            raise
        with contextlib.suppress(NoSafeLinkError):  # a partner's server is not ours
            escrow.ask(vault)
        alarms.say(vault)
        pairs = likely.point_out(vault) if report.received_changes else 0
    say_alerts(report)
    result = {**dataclasses.asdict(report), "kinds": sorted(report.kinds), "duplicates": pairs}
    show(
        result,
        as_json,
        lambda: "\n".join(
            [
                i18n.text(
                    "{sent} changes sent, {received} received, {conflicts} conflicts.",
                    sent=report.sent_changes,
                    received=report.received_changes,
                    conflicts=report.conflicts,
                ),
                *(f"{name}: {i18n.text(why)}" for name, why in report.no_timestamp.items()),
            ]
        ),
    )


@click.command()
@click.argument("invitation", type=click.Path(path_type=Path))
@click.option("--member", required=True, help="Your name in the workspace.")
@_JSON
@click.pass_obj
def ask(face: Face, invitation: Path, member: str, as_json: bool) -> None:
    """Like join, through the server that the invitation names. Then: collect."""
    from defenderdesk.sync.enrolment import mailbox

    with face.vault() as vault:
        report = mailbox.ask(vault, invitation, member)
    show(
        dataclasses.asdict(report),
        as_json,
        lambda: i18n.text("Compare these words with the other side:") + "\n  " + " ".join(report.words),
    )


@click.command()
@_JSON
@click.pass_obj
def collect(face: Face, as_json: bool) -> None:
    """Take in the first bundle from the server, once the office has approved."""
    from defenderdesk.sync.enrolment import mailbox

    with face.vault() as vault:
        report = mailbox.collect(vault)
    show(
        {"approved": report is not None, **(received(report) if report else {})},
        as_json,
        lambda: i18n.text("You are in.") if report else i18n.text("The office has not answered yet."),
    )


@click.command()
@_JSON
@click.pass_obj
def requests(face: Face, as_json: bool) -> None:
    """Show who asks to be let in through the server, with the words to compare."""
    from defenderdesk.sync.enrolment import mailbox

    with face.vault() as vault:
        found = [request for request, _ in mailbox.pending(vault)]
    show(
        [{"member": r.member, "words": r.words, "desk": r.desk, "device": r.device} for r in found],
        as_json,
        lambda: (
            "\n".join(f"{r.device}  {r.member}  {' '.join(r.words)}" for r in found)
            or i18n.text("Nobody asks.")
        ),
    )


@click.command()
@click.argument("device")
@_JSON
@click.pass_obj
def admit(face: Face, device: str, as_json: bool) -> None:
    """Let in a device that asks through the server (see requests). Compare the words first."""
    from defenderdesk.sync.enrolment import mailbox

    with face.vault() as vault:
        found = [r for r, _ in mailbox.pending(vault) if r.device == device or r.member == device]
        if len(found) != 1:
            raise NotFoundError(what=Message("request of {device}", device=device))
        mailbox.approve(vault, found[0], progress_bar("", as_json))
    show(
        {"member": found[0].member, "device": found[0].device, "words": found[0].words},
        as_json,
        lambda: i18n.text("{name} is in.", name=found[0].member),
    )


COMMANDS: tuple[click.Command, ...] = (
    export,
    receive,
    sync,
    alerts_command,
    ask,
    collect,
    requests,
    admit,
)
