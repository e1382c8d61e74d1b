"""A record of every kind with a canary in every field, as an office and a laptop write them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from defenderdesk.domain.kinds import KINDS, ORIGIN, WITHHELD, Field, Type
from defenderdesk.domain.values import Value
from defenderdesk.vault import Edit, Vault
from tests.atrest.canary import canary

_PLAIN: dict[Type, Value] = {
    Type.DATE: date.today().isoformat(),
    Type.TIME: "09:30",
    Type.INTEGER: 3,
    Type.FLAG: True,
}
"""What is of a type in which a word would be out of place."""
_OWN = frozenset({"chunks", "case", "of"})
"""Fields that the program itself fills, or that place a record."""


def _value(kind: str, field: Field, strange: bool) -> Value:
    word = canary(f"{kind}.{field.name}")
    if field.type is Type.URL:
        return f"https://{word}.example/{word}"
    if field.type is Type.LINK or (field.type in _PLAIN and not strange):
        return _PLAIN.get(field.type)
    if field.type is Type.PARAGRAPH:
        return f"They said {word}. " * 20
    return word


def every_field(vault: Vault, case: str, kind: str, *, strange: bool) -> str:
    """A record of a kind with a canary in every field. `strange`: also where a word is out of
    place (dates, numbers, flags), as a hostile or newer program might have it."""
    spec = KINDS[kind]
    record = case if kind == "case" else vault.new_id()
    edits = [Edit(record, "kind", kind)]
    for field in spec.fields:
        if field.name in spec.parents and "case" in field.links and kind != "case":
            edits.append(Edit(record, field.name, case, "add" if field.many else "set"))
            continue
        if field.name in _OWN or (field.type is Type.DATA and not strange):
            continue
        value = _value(kind, field, strange)
        if value is None:
            continue
        edits.append(Edit(record, field.name, value, "add" if field.many else "set"))
        if field.many:
            edits.append(Edit(record, field.name, canary(f"{kind}.{field.name}.2"), "add"))
    if strange:
        edits += [Edit(record, name, canary(f"{kind}.{name}"), "add") for name in (WITHHELD, ORIGIN)]
    vault.save(edits, vault.info().desks[0].id)
    return record


def every_kind(vault: Vault, case: str, *, strange: bool) -> dict[str, str]:
    """A record of every kind (kind -> id), and one of a kind that this version does not know."""
    made = {}
    for kind in KINDS:
        if kind != "case" and kind != "attachment":
            made[kind] = every_field(vault, case, kind, strange=strange)
    future = vault.new_id()
    vault.save(
        [
            Edit(future, "kind", canary("a newer kind")),
            Edit(future, canary("a newer field"), {canary("a map's key"): [canary("in a map")]}),
        ],
        vault.info().desks[0].id,
    )
    return made


def files(folder: Path) -> list[Path]:
    """Files as a person has them before they attach them, their names canaries too."""
    folder.mkdir(exist_ok=True)
    text = folder / f"{canary('a text file’s name')}.txt"
    text.write_text(f"Statement: {canary('a text file')}\n" * 500)
    office = folder / f"{canary('a document’s name')}.docx"
    with ZipFile(office, "w", ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w>{canary('a document')}</w>" * 200)
    film = folder / f"{canary('a film’s name')}.mp4"
    film.write_bytes(b"\xff" + (canary("a film") * 50).encode() * 8000)  # more than one chunk
    return [text, office, film]
