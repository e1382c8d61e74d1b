"""Writing a custody package: one attachment with the proof of its history, for a stranger.

A BagIt bag (RFC 8493), as a folder or as a zip that is only stored. The original is in clear
text: the person asks for that. Nothing else of the case is in it (`docs/format/custody.md`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from defenderdesk import files
from defenderdesk.bundle.evidence import check, proof_format
from defenderdesk.crypto import canonical
from defenderdesk.domain import custody
from defenderdesk.domain.kinds import WHOLE, WITHHELD
from defenderdesk.errors import Message, UsageError
from defenderdesk.interchange.evidence import custody_page, openssl
from defenderdesk.interchange.evidence.bags import (
    BAGIT,
    DATA,
    INFO,
    MANIFESTS,
    ORIGINAL,
    PROOF,
    SEAL,
    SEALED,
    STATEMENT,
    TAG_MANIFESTS,
    Bag,
    bag_at,
    manifest,
)
from defenderdesk.interchange.evidence.proof import Wanted, collect
from defenderdesk.vault import Vault
from defenderdesk.vault.casework import approvals
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.types import Progress, Record

__all__ = ["Made", "Wanted", "export", "name_of_before", "safe_name"]


@dataclass(frozen=True)
class Made:
    """The report of what was written: where, the package's id, entries, timestamps."""

    path: Path
    package: str
    entries: int
    timestamps: int


def export(
    vault: Vault,
    attachment: str,
    out: Path,
    to: str = "",
    purpose: str = "",
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> Made:
    """Writes the package of an attachment to `out`: a zip where it ends so, else a new folder.
    That this is done is written down with it: where the package fails, it was not done."""
    record = vault.custody.as_taken(vault.get(attachment))
    vault.custody.require_content(record)
    marked = frozenset(map(str, record.sets.get(WITHHELD, ())))
    case = record.text("of")
    holder = vault.get(case) if case else None
    if WHOLE in marked or (holder and WHOLE in holder.sets.get(WITHHELD, ())):
        raise UsageError(what="This record is marked as not to be shared")
    files.outside(vault.profile, out)
    if out.exists():
        raise UsageError(what="There is already something of that name")
    used = vault.approvals.need(approvals.EXPORT, case)
    package = vault.new_id()
    detail = {k: v for k, v in (("to", to), ("purpose", purpose)) if v}
    act = Act(record.id, custody.EVIDENCE, {"package": package}, detail)
    with bag_at(out) as bag, vault.transaction():  # committed before the package has its name
        vault.save(used, act=act)
        return _packed(vault, record, package, wanted or Wanted(), marked, bag, out, progress)


def _packed(
    vault: Vault,
    record: Record,
    package: str,
    wanted: Wanted,
    marked: frozenset[str],
    bag: Bag,
    out: Path,
    progress: Progress | None,
) -> Made:
    """Fills the bag with the proof of a history whose last entry is that it is given out."""
    proof = collect(vault, record, package, wanted, marked)
    data = proof_format.encode(proof)
    verdict = check.verify(proof_format.decode(data))
    if not verdict.sound:
        raise UsageError(
            what=Message("The history of this attachment does not hold: {why}", why=verdict.problems[0])
        )
    page = custody_page.of_proof(proof, verdict)
    name = ORIGINAL + safe_name(record.text("name") if "name" not in marked else "")
    bag.stream(name, lambda target: vault.custody.fetch(record, target, progress))
    bag.add(PROOF, data)
    for path, content in openssl.files(proof, verdict).items():
        bag.add(path, content)
    bag.add(openssl.README, openssl.readme(proof, verdict).encode())
    bag.add(STATEMENT, custody_page.as_html(page).encode())
    bag.add(DATA, _machine(page))
    _close(vault, bag)
    return Made(out, package, len(verdict.entries), len(verdict.times))


def _machine(page: custody_page.Page) -> bytes:
    value = {
        "facts": dict(page.facts),
        "history": [vars(line) for line in page.lines],
        "histories": page.histories,
        "proven": page.proven,
        "not_proven": page.not_proven,
    }
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


MOST_BYTES = 200
"""Bytes of an exhibit's name: every file system takes it."""
_FORBIDDEN = frozenset('/\\:*?"<>|%')
_JOINERS = frozenset("\u200c\u200d")  # Persian and the scripts of India are written with them
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A file's name that can do nothing but name: as it is, in NFC, with `_` for what a file system
    cannot hold, what steers a line of text, and `%`. A long one is cut before its extension, and
    never between a letter and its marks."""
    plain = "".join(
        "_" if c in _FORBIDDEN or (unicodedata.category(c)[0] == "C" and c not in _JOINERS) else c
        for c in unicodedata.normalize("NFC", name)
    ).strip(" .")
    plain = re.sub(r"\s", " ", plain)
    stem, dot, suffix = plain.rpartition(".")
    if stem and len(suffix) <= files.MAX_SUFFIX:
        plain = (_cut(stem, MOST_BYTES - len((dot + suffix).encode())) or "original") + dot + suffix
    else:
        plain = _cut(plain, MOST_BYTES)
    if _DEVICES.match(plain):
        plain = "_" + plain
    return plain if plain.strip("_ ") else "original.bin"


def _cut(text: str, most: int) -> str:
    """The beginning of a text, of at most so many bytes."""
    if len(text.encode()) <= most:
        return text
    kept = text.encode()[:most].decode("utf-8", "ignore")
    if unicodedata.category(text[len(kept)])[0] == "M":  # what is cut off has lost its letter
        while kept and unicodedata.category(kept[-1])[0] == "M":
            kept = kept[:-1]
        kept = kept[:-1]
    return kept


def name_of_before(name: str) -> str:
    """The name that a program before this one gave an exhibit: without the marks of letters."""
    plain = re.sub(r"[^\w.\- ]", "_", name).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    plain = f"{stem[:80]}{dot}{suffix[:10]}" if stem else plain[:80]
    return plain if plain.strip("_ ") else "original.bin"


def _close(vault: Vault, bag: Bag) -> None:
    """The bag's declaration and manifests, and this device's seal over them."""
    payload = {name: sums for name, sums in bag.sums.items() if name.startswith("data/")}
    octets = sum(size for _, _, size in payload.values())
    bag.add("bagit.txt", BAGIT)
    bag.add(INFO, f"Payload-Oxum: {octets}.{len(payload)}\n".encode())
    for place, name in enumerate(MANIFESTS):
        bag.add(name, manifest({path: str(sums[place]) for path, sums in payload.items()}))
    data = manifest({path: sums[1] for path, sums in payload.items()})
    seal = vault.identity.require_signing_key().sign(SEAL, data)
    bag.add(SEALED, canonical.encode([vault.identity.device, seal]))
    tags = {path: sums for path, sums in bag.sums.items() if path not in payload}
    for place, name in enumerate(TAG_MANIFESTS):
        bag.add(name, manifest({path: str(sums[place]) for path, sums in tags.items()}))
