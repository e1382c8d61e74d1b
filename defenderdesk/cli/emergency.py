"""Emergency packages on the command line: ours, and those that partners entrusted to us."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from defenderdesk import i18n
from defenderdesk.bundle.emergency import MAX_TEXT
from defenderdesk.cli.face import Face, say, show
from defenderdesk.cli.sharing import chosen_of, organisation_of
from defenderdesk.domain import vocabulary
from defenderdesk.domain.checkins import Agreement, written
from defenderdesk.errors import Message, NotForUsError, NotFoundError, UsageError
from defenderdesk.interchange.emergency import escrow, preparing, wording
from defenderdesk.interchange.emergency.preparing import Wish
from defenderdesk.interchange.shares import exporting
from defenderdesk.vault import Vault
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.emergency.packages import Emergency

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_FILE = click.Path(path_type=Path, dir_okay=False)
_HOURS = click.IntRange(1, 24 * 60)


@click.group("emergency")
def emergency_group() -> None:
    """If someone is taken: a package for a trusted partner, sealed beforehand."""


def _told(vault: Vault, found: Emergency) -> dict[str, Any]:
    standing = found.standing(vault.emergency.now())
    out: dict[str, Any] = {
        "id": found.id,
        "case": found.case,
        "for": found.title,
        "prepared": found.prepared,
        "need": found.need,
        "holders": list(found.holders),
        "released_by": found.released_by(),
        "released": found.released(),
        "ended": found.ended,
        "altered": found.altered,
        "can_release": vault.emergency.can_release(found),
        "lost": vault.emergency.lost(found) if found.live else [],
        "away": vault.emergency.away(found) if found.live else [],
        "drill": found.drill.id if found.drill else "",
        "drilled": written(found.drilled) if found.drilled else "",
    }
    if standing is not None:
        out |= {
            "phase": standing.phase.value,
            "heard": written(standing.last) if standing.last else "",
            "due": written(standing.due),
            "release": written(standing.release) if standing.release else "",
        }
    return out


def _line(vault: Vault, found: Emergency, told: dict[str, Any]) -> str:
    """The state of a package, in words."""
    state = wording.state(found, vault.emergency.now()).words
    few = wording.too_few(found, told["lost"], told["away"])
    return f"{found.id[:8]}  {found.title}  {state} {few}".rstrip()


@emergency_group.command("prepare")
@click.argument("case")
@click.option("--to", "partner", required=True, help="The trusted partner, by name or id.")
@click.option("--for", "title", required=True, help="For whom it is, as the partner reads it.")
@click.option("--agreed", required=True, help="When it is to be released, as was agreed.")
@click.option(
    "--by",
    "holders",
    multiple=True,
    required=True,
    metavar="MEMBER",
    help="Who may release it. May be repeated.",
)
@click.option("--two", is_flag=True, help="Two of them are needed.")
@click.option(
    "--take",
    "wanted",
    multiple=True,
    metavar="KIND[:FIELD,FIELD]",
    help="What of the case is in it (default: the cautious choice).",
)
@click.option("--nothing", is_flag=True, help="Nothing of the case: only letter and files.")
@click.option(
    "--letter",
    type=click.File("r", encoding="utf-8"),
    default=None,
    help="A letter to the partner; - reads it from standard input.",
)
@click.option(
    "--attach",
    "attachments",
    multiple=True,
    metavar="ATTACHMENT",
    help="An attachment of the case that goes with it.",
)
@click.option("--every", type=_HOURS, default=None, help="Check-ins every so many hours.")
@click.option("--grace", type=click.IntRange(0, 24 * 60), default=6, help="Hours after which one is missed.")
@click.option(
    "--release-after",
    "wait",
    type=_HOURS,
    default=None,
    help="Hours from a missed one to its release (else only a warning).",
)
@click.option("--until", type=click.DateTime(), default=None, help="When check-ins end (UTC).")
@click.option("--server", is_flag=True, help="The server passes releases on to the partner.")
@click.option(
    "--server-releases",
    "timed",
    is_flag=True,
    help="The server counts as one person, once check-ins were missed.",
)
@click.option("--out", type=_FILE, required=True, help="The sealed file, to be handed over now.")
@_JSON
@click.pass_obj
def prepare(
    face: Face,
    case: str,
    partner: str,
    title: str,
    agreed: str,
    holders: tuple[str, ...],
    two: bool,
    wanted: tuple[str, ...],
    nothing: bool,
    letter: Any,
    attachments: tuple[str, ...],
    every: int | None,
    grace: int,
    wait: int | None,
    until: datetime | None,
    server: bool,
    timed: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Prepare a package for a case."""
    said = letter.read(MAX_TEXT + 1) if letter is not None else ""
    if every is None and (wait is not None or until is not None):
        raise UsageError(what="Say how often check-ins are due (--every)")
    with face.vault() as vault:
        rid = vault.resolve(case)
        file = vault.views.casefile(rid)
        agreement = None
        if every is not None:
            start = vault.emergency.now().replace(microsecond=0)
            end = until.replace(tzinfo=UTC) if until else None
            if end is not None and end <= start:
                raise UsageError(what="Check-ins cannot end before they begin")
            agreement = Agreement(every, grace, wait, start, end)
        chosen = chosen_of(wanted) if wanted else exporting.at_first(file)
        wish = Wish(
            rid,
            organisation_of(vault, partner),
            title,
            agreed,
            holders,
            2 if two else 1,
            chosen={} if nothing else chosen,
            letter=said,
            attachments=tuple(vault.resolve(one) for one in attachments),
            agreement=agreement,
            letters=server or timed,
            timed=timed,
        )
        record = preparing.prepare(vault, wish, out)
    show(
        {"id": record, "file": str(out)},
        as_json,
        lambda: i18n.text("Hand {name} to the partner now, and agree a drill.", name=out.name),
    )


@emergency_group.command("list")
@_JSON
@click.pass_obj
def list_command(face: Face, as_json: bool) -> None:
    """Every package of ours, and how it stands."""
    with face.vault() as vault:
        found = vault.emergency.all_of()
        told = [_told(vault, one) for one in found]
        lines = [_line(vault, one, each) for one, each in zip(found, told, strict=True)]
    show(told, as_json, lambda: "\n".join(lines))


def _find(vault: Vault, name: str) -> Emergency:
    found = vault.emergency.read(vault.resolve(name))
    if found is None:
        raise NotFoundError(what=Message("emergency package {name}", name=name))
    return found


@emergency_group.command("show")
@click.argument("package")
@_JSON
@click.pass_obj
def show_command(face: Face, package: str, as_json: bool) -> None:
    """One package: who may release it, check-ins, and what was done."""
    with face.vault() as vault:
        found = _find(vault, package)
        told = _told(vault, found)
        told["steps"] = [
            {"at": written(s.at), "what": s.what, "by": s.member, "note": s.note}
            for s in found.steps
            if s.what != packages.PIECE
        ]
        lines = [_line(vault, found, told)]
    for step in told["steps"]:
        what = vocabulary.label("emergency_step", step["what"], i18n.language())
        lines.append(f"{step['at']}  {step['by']}: {what}")
    show(told, as_json, lambda: "\n".join(lines))


@emergency_group.command("heard")
@click.argument("package")
@click.option("--note", default="", help="How.")
@click.pass_obj
def heard(face: Face, package: str, note: str) -> None:
    """They were heard from: every alarm stops."""
    with face.vault() as vault:
        vault.emergency.check_in(_find(vault, package).id, note)
    say(i18n.text("Done."))


@emergency_group.command("wait")
@click.argument("package")
@click.argument("hours", type=click.IntRange(1, 7 * 24))
@click.option("--note", default="", help="Why.")
@click.pass_obj
def wait_command(face: Face, package: str, hours: int, note: str) -> None:
    """Nothing is released by itself for so many hours from now."""
    with face.vault() as vault:
        until = vault.emergency.now() + timedelta(hours=hours)
        vault.emergency.wait(_find(vault, package).id, until, note)
    say(i18n.text("Done."))


@emergency_group.command("handed")
@click.argument("package")
@click.option("--note", default="", help="To whom, how.")
@click.pass_obj
def handed(face: Face, package: str, note: str) -> None:
    """The partner has the file."""
    with face.vault() as vault:
        vault.emergency.handed(_find(vault, package).id, note)
    say(i18n.text("Done."))


@emergency_group.command("release")
@click.argument("package")
@click.option("--reason", default="", help="What happened; the partner reads it.")
@click.option("--drill", is_flag=True, help="Of the drill that goes on.")
@click.option("--out", type=_FILE, default=None, help="Write the release for the partner, too.")
@_JSON
@click.pass_obj
def release(face: Face, package: str, reason: str, drill: bool, out: Path | None, as_json: bool) -> None:
    """Release it, as one person. It cannot be taken back."""
    with face.vault() as vault:
        found = _find(vault, package)
        step = found.drill.id if drill and found.drill else ""
        if drill and not step:
            raise UsageError(what="No drill is going on")
        vault.emergency.release(found.id, reason, step)
        if out is not None:
            preparing.write_release(vault, found.id, out, step)
        after = _find(vault, package)
        by, lacks = after.released_by(step), after.need - len(after.released_by(step))
    show(
        {"released_by": by, "need": after.need},
        as_json,
        lambda: (
            i18n.text("Released. Bring the release to the partner.")
            if lacks <= 0
            else i18n.text("One more person is needed.")
        ),
    )


@emergency_group.command("file")
@click.argument("package")
@click.option("--drill", is_flag=True, help="Of the drill that goes on.")
@click.option("--out", type=_FILE, required=True, help="The release, for the partner.")
@click.pass_obj
def file_command(face: Face, package: str, drill: bool, out: Path) -> None:
    """Write what was released until now, for the partner."""
    with face.vault() as vault:
        found = _find(vault, package)
        step = found.drill.id if drill and found.drill else ""
        if drill and not step:
            raise UsageError(what="No drill is going on")
        count = preparing.write_release(vault, found.id, out, step)
    say(i18n.plural("It holds {n} person’s release.", "It holds {n} persons’ releases.", count))


@emergency_group.command("drill")
@click.argument("package")
@click.option("--words", "said", default="", help="The words that the partner says: it is done.")
@click.option("--stop", is_flag=True, help="Break it off.")
@click.pass_obj
def drill_command(face: Face, package: str, said: str, stop: bool) -> None:
    """Begin a drill, end it with the partner's words, or break it off."""
    with face.vault() as vault:
        found = _find(vault, package)
        if stop:
            vault.emergency.stop_drill(found.id)
        elif said:
            vault.emergency.end_drill(found.id, said)
        else:
            vault.emergency.begin_drill(found.id)
    say(i18n.text("Done."))


@emergency_group.command("end")
@click.argument("package")
@click.option("--reason", required=True, help="Why.")
@click.pass_obj
def end(face: Face, package: str, reason: str) -> None:
    """It is never to be released (any more): the pieces are erased everywhere."""
    if not reason.strip():  # it cannot be taken back, and colleagues read why
        raise click.UsageError("Missing option '--reason'.")
    with face.vault() as vault:
        vault.emergency.end(_find(vault, package).id, reason)
    say(i18n.text("Done."))


# -- those that partners entrusted to us --------------------------------------------------------


@emergency_group.command("keep")
@click.argument("path", type=_FILE, metavar="PACKAGE")
@click.option("--desk", default=None, help="The desk that keeps it (default: the first).")
@click.option("--look", is_flag=True, help="Only say who it is from.")
@click.option(
    "--ask-their-server", "asks", is_flag=True, help="Ask their server for its release, when synchronising."
)
@_JSON
@click.pass_obj
def keep(face: Face, path: Path, desk: str | None, look: bool, asks: bool, as_json: bool) -> None:
    """Keep a partner's package. Compare its six words by voice first (--look)."""
    with face.vault() as vault:
        package = escrow.look(vault, path)
        told = {
            "organisation": package.organisation,
            "member": package.member,
            "for": package.person,
            "agreed": package.agreed,
            "created": package.created,
            "words": escrow.words(package),
            "need": package.lock.need,
            "server": package.server,
        }
        if not look:
            told["id"] = escrow.keep(vault, path, desk, asks=asks)
    show(
        told,
        as_json,
        lambda: f"{package.organisation} ({package.member}): {' '.join(escrow.words(package))}",
    )


@emergency_group.command("held")
@_JSON
@click.pass_obj
def held_command(face: Face, as_json: bool) -> None:
    """Every package that we keep for partners."""
    out = []
    with face.vault() as vault:
        for record in escrow.all_of(vault):
            told: dict[str, Any] = {
                "id": record.id,
                "for": record.text("title"),
                "opened": record.text("opened"),
                "drilled": record.text("drilled"),
            }
            with contextlib.suppress(NotForUsError, NotFoundError):  # a desk that is not here
                state = escrow.state(vault, record.id)
                told |= {
                    "released_by": [one.member for one in state.by],
                    "reasons": [one.reason for one in state.by],
                    "released": state.released,
                    "drills": len(state.drills),
                }
            out.append(told)
    show(
        out,
        as_json,
        lambda: "\n".join(
            f"{one['id'][:8]}  {one['for']}  {'released' if one.get('released') else ''}".rstrip()
            for one in out
        ),
    )


@emergency_group.command("take")
@click.argument("path", type=_FILE, metavar="RELEASE")
@_JSON
@click.pass_obj
def take(face: Face, path: Path, as_json: bool) -> None:
    """Take a release in; `held` says whether it is enough."""
    with face.vault() as vault:
        told = escrow.take_release(vault, path)
    show({"packages": told}, as_json, lambda: i18n.text("Done."))


@emergency_group.command("ask")
@_JSON
@click.pass_obj
def ask(face: Face, as_json: bool) -> None:
    """Ask the partners' servers for releases, where that was agreed."""
    with face.vault() as vault:
        told = escrow.ask(vault)
    show({"packages": told}, as_json, lambda: i18n.text("Done."))


@emergency_group.command("words")
@click.argument("package")
@_JSON
@click.pass_obj
def words_command(face: Face, package: str, as_json: bool) -> None:
    """Open a drill: the three words to say to the partner."""
    with face.vault() as vault:
        said = escrow.drill(vault, vault.resolve(package))
    show({"words": said}, as_json, lambda: " ".join(said))


@emergency_group.command("open")
@click.argument("package")
@click.option("--desk", default=None, help="The desk that takes it (default: where it is kept).")
@_JSON
@click.pass_obj
def open_command(face: Face, package: str, desk: str | None, as_json: bool) -> None:
    """Open a released package and take in what it holds; prints the letter."""
    with face.vault() as vault:
        opened = escrow.open_released(vault, vault.resolve(package), desk)
    show(
        {
            "letter": opened.letter,
            "case": opened.case,
            "records": opened.records,
            "files": opened.files,
            "conflicts": opened.conflicts,
        },
        as_json,
        lambda: opened.letter,
    )


COMMANDS: tuple[click.Command, ...] = (emergency_group,)
