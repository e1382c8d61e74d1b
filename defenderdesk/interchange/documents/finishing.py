"""A document that is finished: written to a file, and kept in the case as it left.

Approval, entry in the chain of custody, file and kept copy are one operation below every face: what
cannot be written down does not leave. What is sent is what is kept; a later one is a new version.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import BinaryIO

from defenderdesk.domain import custody
from defenderdesk.domain.casefile import Fields, one
from defenderdesk.domain.kinds import ATTACHMENT
from defenderdesk.files import outside, whole
from defenderdesk.interchange.documents import formats
from defenderdesk.interchange.documents.annexing import Annex
from defenderdesk.interchange.documents.drafts import Draft
from defenderdesk.interchange.documents.mail import Attached
from defenderdesk.interchange.documents.paper import EPOCH
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.custody.entries import Act

ANNEXES = "annexes"
"""The end of the name of the folder that lies beside a document."""


def finish(
    vault: Vault,
    case: str,
    submission: Fields,
    made: Draft,
    path: Path,
    format: str,
    annexes: Sequence[Annex] = (),
) -> str:
    """Writes a document to `path`, outside the vault's protection, and keeps the same bytes as an
    attachment of the submission (of the case, where there is none yet); the id of that. Raises
    `UsageError`, `NotGrantedError`, `StorageError`, and nothing is then written or kept."""
    to = [address for address in (one(submission, "sent_to"),) if address]
    files = [Attached(found.name(n), found.data, found.type) for n, found in enumerate(annexes, 1)]
    data = formats.written(made, format, to, files)
    kept = str(vault.new_id())
    of = one(submission, "id") or case

    def keep() -> None:
        with vault.transaction():
            version = 1 + max((_version(a.fields) for a in vault.children(of, ATTACHMENT.name)), default=0)
            vault.custody.attach_from(of, io.BytesIO(data), path.name, len(data), kept)
            edits = [
                Edit(kept, "title", made.title),
                Edit(kept, "language", made.language),
                Edit(kept, "date", date.today().isoformat()),
                Edit(kept, "version", version),
                *(Edit(kept, "recipients", address, "add") for address in to),
            ]
            vault.save(edits)
            for annex in annexes:  # with the document or not at all: nothing has left before
                vault.note(annex.record, custody.COPIED, {"name": made.title})

    act = Act(case, custody.COPIED, {}, {"name": made.title})
    with ExitStack() as out:
        if files and format != formats.EML:
            beside = path.with_name(f"{path.stem}-{ANNEXES}.zip")
            # Left last: the annexes have their name only when the document and its entries stand.
            _zip(out.enter_context(whole(outside(vault.profile, beside))), files)
        given = out.enter_context(vault.approvals.giving(path, case, act=act, also=keep))
        given.file.write(data)
    return kept


def _zip(out: BinaryIO, files: Sequence[Attached]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            archive.writestr(entry, file.data)


def _version(fields: Fields) -> int:
    version = fields.get("version")
    return version if type(version) is int else 0
