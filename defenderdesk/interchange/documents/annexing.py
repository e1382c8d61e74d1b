"""Annexes of a document: attachments of the case, chosen one by one, numbered, listed, copied clean.

The original stays as it is. The copy goes without what it says of who made it, when, where and
with what (`cleaning`); of a file that cannot be cleaned so, nothing goes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePath

from defenderdesk import i18n
from defenderdesk.domain import custody, withheld
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.kinds import ATTACHMENT
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.errors import Message, UsageError
from defenderdesk.interchange.documents import cleaning, drafts
from defenderdesk.interchange.documents.drafts import Draft, Part
from defenderdesk.vault import Vault
from defenderdesk.vault.types import fields_of

SECTION = "annexes"
MOST_BYTES = 200_000_000
"""Of one annex: it is held in memory while it is cleaned."""


@dataclass(frozen=True)
class Annex:
    """A file that goes along. `told`: the attachment's fields; `removed`: what the copy does not
    say any more, in words (message ids)."""

    record: str
    told: Fields
    data: bytes
    type: tuple[str, str]
    removed: tuple[str, ...]
    suffix: str

    def name(self, number: int) -> str:
        """The name of its copy: a number and its kind, for a file's name may name somebody."""
        return f"{number:02} annex{self.suffix}"


def annex(vault: Vault, case: CaseFile, record: str) -> Annex:
    """A clean copy of an attachment of the case or of a record in it; that it was looked at is
    written down, and that it left only with the document. Raises `UsageError` for what cannot be
    cleaned, is too large, or is marked as not to be shared, itself or what it belongs to."""
    found = vault.get(record)
    if found.kind != ATTACHMENT.name:
        raise UsageError(what="Only attachments go along as annexes")
    told = withheld.open_part({**fields_of(found)})
    opened = withheld.open_case(case)
    owners = {one(r, "id") for r in opened.all()} if opened else set()
    if told is None or (found.text("of") in {one(r, "id") for r in case.all()} - owners):
        raise UsageError(what=Message("{name} is marked as not to be shared", name=found.text("name")))
    if found.text("of") not in owners:
        raise UsageError(what=Message("{name} does not belong to this case", name=found.text("name")))
    size = found.fields.get("size")
    if isinstance(size, int) and size > MOST_BYTES:
        raise UsageError(what=Message("{name} is too large for an annex", name=found.text("name")))
    content = io.BytesIO()
    vault.fetch(record, content, act=custody.SEEN)
    clean = cleaning.cleaned(found.text("name"), content.getvalue())
    suffix = PurePath(found.text("name")).suffix.lower()
    kind, _, sort = (found.text("media_type") or "application/octet-stream").partition("/")
    return Annex(str(record), told, clean.data, (kind, sort), clean.removed, suffix)


def listed(
    draft: Draft,
    annexes: Sequence[Annex],
    mechanism: Mechanism,
    case: CaseFile,
    submission: Fields,
    persons: Sequence[str] = (),
) -> Draft:
    """A draft with the list of its annexes: number, title, date, description; names in it hidden as
    everywhere."""
    lines = []
    for number, found in enumerate(annexes, 1):
        day = one(found.told, "date")
        parts = [
            one(found.told, "title"),
            i18n.date(day, draft.language, "long") if day else "",
            one(found.told, "description"),
        ]
        said = ", ".join(part for part in parts if part)
        lines.append(f"{number}. {said}" if said else f"{number}.")
    hiding = drafts.hiding_of(mechanism, case, submission, date.today(), draft.language, persons)
    label = i18n.text_in(draft.language, "Annexes")
    part = Part(SECTION, label, tuple(map(hiding.without, lines)), False, ())
    others = tuple(p for p in draft.parts if p.id != SECTION)
    unsure = {u.word: u for u in (*draft.unsure, *hiding.unsure.values())}
    return replace(draft, parts=(*others, part), unsure=tuple(unsure.values()))
