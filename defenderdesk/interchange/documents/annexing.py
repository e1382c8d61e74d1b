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
from defenderdesk.domain.casefile import CaseFile, Fields, one
from defenderdesk.domain.kinds import ATTACHMENT
from defenderdesk.domain.mechanisms import Mechanism
from defenderdesk.errors import Message, UsageError
from defenderdesk.interchange.documents import cleaning, drafts
from defenderdesk.interchange.documents.drafts import Draft, Part
from defenderdesk.interchange.evidence.package import safe_name
from defenderdesk.vault import Vault

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

    def name(self, number: int) -> str:
        """The name of its copy: a number and its kind, for a file's name may name somebody."""
        return f"{number:02} {safe_name('annex' + PurePath(one(self.told, 'name')).suffix.lower())}"


def annex(vault: Vault, record: str) -> Annex:
    """A clean copy of an attachment. Raises `UsageError` for what cannot be cleaned, is too large,
    or is marked as not to be shared."""
    found = vault.get(record)
    if found.kind != ATTACHMENT.name:
        raise UsageError(what="Only attachments go along as annexes")
    if found.sets.get("withheld") or found.fields.get("withheld"):
        raise UsageError(what=Message("{name} is marked as not to be shared", name=found.text("name")))
    size = found.fields.get("size")
    if isinstance(size, int) and size > MOST_BYTES:
        raise UsageError(what=Message("{name} is too large for an annex", name=found.text("name")))
    content = io.BytesIO()
    vault.fetch(record, content)
    clean = cleaning.cleaned(found.text("name"), content.getvalue())
    kind, _, sort = (found.text("media_type") or "application/octet-stream").partition("/")
    return Annex(str(record), {**found.fields, "id": record}, clean.data, (kind, sort), clean.removed)


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
            i18n.date(day, draft.language) if day else "",
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
