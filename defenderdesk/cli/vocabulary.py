"""Commands on vocabularies: load a pack, list the lists, search a term in any language."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from defenderdesk import i18n
from defenderdesk.cli.face import Face, show
from defenderdesk.errors import Message, NotFoundError
from defenderdesk.interchange import vocabulary_packs


@click.group()
def vocabulary() -> None:
    """Lists of terms: the shipped pack, packs loaded by the office, its own terms."""


@vocabulary.command("load")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--desk", default=None, help="The desk that keeps it (default: the first).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.pass_obj
def load(face: Face, path: Path, desk: str | None, as_json: bool) -> None:
    """Take in a pack: a folder with pack.json, one CSV table, or the HURIDOCS micro-thesauri."""
    with face.vault() as vault:
        found = vocabulary_packs.load(vault, path, desk)
    show(
        dataclasses.asdict(found),
        as_json,
        lambda: i18n.text(
            "{name}: {terms} terms in {lists} lists, {written} lists new.",
            **dataclasses.asdict(found),
        ),
    )


@vocabulary.command("lists")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.pass_obj
def lists(face: Face, as_json: bool) -> None:
    """The lists, and how many terms each has."""
    with face.vault() as vault:
        book = vault.office.vocabulary()
        found = {name: len(book.terms(name)) for name in book.lists}
    show(found, as_json, lambda: "\n".join(f"{n:5}  {name}" for name, n in found.items()))


@vocabulary.command("search")
@click.argument("list_name", metavar="LIST")
@click.argument("text")
@click.option("--language", default=None, help="Whose labels come first (default: yours).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
@click.pass_obj
def search(face: Face, list_name: str, text: str, language: str | None, as_json: bool) -> None:
    """Terms of a list, by a word of any of its languages."""
    spoken = language or i18n.language()
    with face.vault() as vault:
        book = vault.office.vocabulary()
        if list_name not in book.lists:
            known = ", ".join(book.lists)
            raise NotFoundError(what=Message("list {name} (there are: {known})", name=list_name, known=known))
        found = book.search(list_name, text, spoken)
    result = [
        {
            "list": t.list_name,
            "code": t.code,
            "parent": t.parent,
            "label": t.label(spoken),
            "labels": dict(t.labels),
            "huridocs": list(t.huridocs),
        }
        for t in found
    ]
    show(
        result,
        as_json,
        lambda: "\n".join(f"{r['code']}  {r['label']}" for r in result) or i18n.text("Nothing found."),
    )


COMMANDS: tuple[click.Command, ...] = (vocabulary,)
