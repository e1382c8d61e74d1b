"""Commands of what is submitted: a draft, and who submits it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, say, show
from defenderdesk.cli.field import mechanism_of
from defenderdesk.cli.typed import edits_for
from defenderdesk.domain import kinds, mechanisms
from defenderdesk.domain.casefile import CaseFile, Fields
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.errors import Message, UsageError
from defenderdesk.interchange.documents import annexing, drafts, finishing, formats, hiding
from defenderdesk.vault import Edit, Record, Vault

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")


@click.command()
@click.argument("case")
@click.argument("mechanism")
@click.option("--language", default="", help="Of the draft (default: the submission's).")
@click.option("--person", "persons", multiple=True, metavar="RECORD", help="Only for this person.")
@click.option("--hide", multiple=True, metavar="WORD", help="A word that names somebody: it is left out.")
@click.option("--keep", multiple=True, metavar="WORD", help="A word that looks like a name and is none.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(formats.FORMATS),
    default=None,
    help="Of the file (default: as its name ends).",
)
@click.option(
    "--annex", "annexes", multiple=True, metavar="ATTACHMENT", help="A file of the case to go along."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write a file instead of printing; one a person where the body wants it so.",
)
@click.pass_obj
def draft(
    face: Face,
    case: str,
    mechanism: str,
    language: str,
    persons: tuple[str, ...],
    hide: tuple[str, ...],
    keep: tuple[str, ...],
    format_: str | None,
    annexes: tuple[str, ...],
    out: Path | None,
) -> None:
    """The draft of a submission, from what the case holds; nobody is named without consent. A word
    that may name somebody stands in brackets until --hide or --keep says what it is."""
    with face.vault() as vault:
        file = vault.views.casefile(vault.resolve(case))
        chosen = mechanism_of(vault, mechanism)
        submission = _decided(vault, file, chosen, hide, keep)
        people = [str(vault.resolve(person)) for person in persons]
        made = drafts.forms(chosen, file, submission, date.today(), language, people)
        if annexes:
            chosen_files = [annexing.annex(vault, file, vault.resolve(a)) for a in annexes]
            made = [annexing.listed(one, chosen_files, chosen, file, submission, people) for one in made]
        else:
            chosen_files = []
        if out is not None:
            _write(vault, file, submission, made, out, format_, chosen_files)
            return
    say("\n".join(one.text() for one in made), nl=False)


def _decided(
    vault: Vault, file: CaseFile, mechanism: Mechanism, hide: Sequence[str], keep: Sequence[str]
) -> Fields:
    """The submission with what was said of words; kept with it, where there is one already."""
    submission = mechanisms.submission_to(mechanism, file)
    fields: dict[str, object] = dict(
        submission or {"id": "", "kind": "submission", "mechanism": mechanism.id}
    )
    edits = []
    for name, other, said in ((hiding.HIDDEN, hiding.KEPT, hide), (hiding.KEPT, hiding.HIDDEN, keep)):
        before = fields.get(name)
        fields[name] = [*(before if isinstance(before, list) else []), *said]
        against = fields.get(other)
        for word_said in said:
            edits.append(Edit(str(fields["id"]), name, word_said, "add"))
            if isinstance(against, list) and word_said in against:
                edits.append(Edit(str(fields["id"]), other, word_said, "remove"))
                fields[other] = [w for w in against if w != word_said]
    if submission is not None and edits:
        vault.save(edits)
    return fields


def _write(
    vault: Vault,
    file: CaseFile,
    submission: Fields,
    made: Sequence[drafts.Draft],
    out: Path,
    format_: str | None,
    annexes: Sequence[annexing.Annex],
) -> None:
    chosen = format_ or out.suffix.lower().removeprefix(".")
    if chosen not in formats.FORMATS:
        what = Message("A document is written as one of: {formats}", formats=", ".join(formats.FORMATS))
        raise UsageError(what=what)
    if unsure := list(dict.fromkeys(u.word for draft in made for u in draft.unsure)):
        what = Message(
            "The draft may still name somebody: {words}. Say of each what it is, with --hide or --keep",
            words=", ".join(unsure),
        )
        raise UsageError(what=what)
    case = str(file.case["id"])
    for number, one in enumerate(made, 1):
        path = out if len(made) == 1 else out.with_stem(f"{out.stem}-{number}")
        finishing.finish(vault, case, submission, one, path, chosen, annexes)


@click.group()
def office() -> None:
    """Show or set who submits: the office's name, address, contact and who signs."""


@office.command("show")
@_JSON
@click.pass_obj
def office_show(face: Face, as_json: bool) -> None:
    """Show who submits."""
    with face.vault() as vault:
        found = vault.views.of_kind(kinds.SUBMITTER.name)
    names = [field.name for field in kinds.SUBMITTER.fields]
    told = [{"record": str(r.id), **{name: r.fields.get(name) for name in names}} for r in found]
    show(told, as_json, lambda: "\n\n".join(map(_told, found)) or i18n.text("Nothing is set yet."))


def _told(record: Record) -> str:
    return "\n".join(
        f"{i18n.text(field.label)}: {record.fields[field.name]}"
        for field in kinds.SUBMITTER.fields
        if record.fields.get(field.name) not in (None, "")
    )


@office.command("set")
@click.argument("field")
@click.argument("value")
@click.option("--of", "which", default=None, metavar="RECORD", help="Which of several (default: the first).")
@click.option("--another", is_flag=True, help="Begin another one.")
@click.pass_obj
def office_set(face: Face, field: str, value: str, which: str | None, another: bool) -> None:
    """Set one FIELD of who submits: name, status, address, phone, email, web, signer, signer_role."""
    kind = kinds.SUBMITTER
    if kind.field(field) is None:
        known = ", ".join(f.name for f in kind.fields)
        raise UsageError(what=Message("There is no field {field}: {known}", field=field, known=known))
    with face.vault() as vault:
        found = vault.views.of_kind(kind.name)
        edits: list[Edit] = []
        if which is not None:
            record = vault.get(vault.resolve(which))
            if record.kind != kind.name:
                raise UsageError(what="This record says nothing of who submits")
        elif found and not another:
            record = found[0]
        else:
            record = Record(vault.new_id(), kind.name, "")
            edits = [Edit(record.id, kinds.KIND, kind.name)]
        vault.save([*edits, *edits_for(record, field, value)])


COMMANDS: tuple[click.Command, ...] = (draft, office)
