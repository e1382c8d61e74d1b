"""Vocabulary packs in and out of a vault.

A pack is a folder's or a file's worth of terms (`docs/format/vocabulary.md`), or the HURIDOCS
micro-thesauri as they are published in one table. It is kept as records, one for each list, so
that it reaches every laptop of the desk with the next exchange.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from defenderdesk import files
from defenderdesk.crypto import signing
from defenderdesk.domain.kinds import KIND, PACK
from defenderdesk.domain.vocabulary import (
    Pack,
    as_records,
    from_records,
    pack_key,
    read_pack,
    read_table,
)
from defenderdesk.errors import DamagedError, LimitError, Message, NotFoundError, StorageError
from defenderdesk.interchange import huridocs
from defenderdesk.interchange.operation import operation
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.types import fields_of

MAX_FILE = 32 * 1024 * 1024
_ID = b"defenderdesk.org/v1/pack\x00"


@dataclass(frozen=True)
class Loaded:
    """The report of a load. `written`: lists that were new."""

    name: str
    version: int
    lists: int
    terms: int
    written: int


def read(path: Path) -> Pack:
    """The pack in a file (CSV, or the HURIDOCS table) or in a folder with `pack.json`. Raises
    `WorldError`s that name what is wrong."""
    folder = path.is_dir()
    if folder:
        manifest = _text(path / "pack.json")
        tables = {p.name: _text(p) for p in sorted(path.glob("*.csv"))}
        return read_pack(manifest, tables)
    content = _text(path)
    if huridocs.recognises(content):
        return huridocs.read(content)
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in path.stem.lower())[:64]
    return read_table(content, name.strip("_") or "pack")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise LimitError(what="a vocabulary of more than 32 MiB")
        return files.read(path).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except UnicodeDecodeError as error:
        raise DamagedError(what="it is not UTF-8 text") from error
    except OSError as error:
        raise StorageError(what=f"{path.name}: {error.strerror or error}") from error


@operation
def load(vault: Vault, path: Path, desk: str | None = None) -> Loaded:
    """Takes a pack into a vault, whole or not at all. The same pack twice writes nothing."""
    pack = read(path)
    edits: list[Edit] = []
    records = as_records(pack)
    known = {(f.get("name"), f.get("version"), f.get("list")) for f in _kept(vault)}
    for fields in records:
        if (fields["name"], fields["version"], fields["list"]) in known:
            continue
        key = pack_key(pack, str(fields["list"]))
        record = signing.id_text(hashlib.sha256(_ID + key.encode()).digest()[:16])
        edits.append(Edit(record, KIND, PACK.name))
        edits += [Edit(record, name, value) for name, value in fields.items()]
    if edits:
        vault.office.news(vault.save(edits, desk))
    lists = len({term.list_name for term in pack.terms})
    written = sum(1 for edit in edits if edit.field == KIND)
    return Loaded(pack.name, pack.version, lists, len(pack.terms), written)


def loaded(vault: Vault) -> tuple[Pack, ...]:
    """The packs that this vault holds, the newest version of each."""
    return from_records(_kept(vault))


def _kept(vault: Vault) -> list[dict[str, object]]:
    vault.views.refresh()
    return [dict(fields_of(record)) for record in vault.views.of_kind("pack")]
