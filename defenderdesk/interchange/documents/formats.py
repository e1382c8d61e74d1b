"""The files that a document can be written as."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from defenderdesk.errors import Message, UsageError
from defenderdesk.interchange.documents import mail
from defenderdesk.interchange.documents.drafts import Draft
from defenderdesk.interchange.documents.mail import TYPES, Attached
from defenderdesk.interchange.documents.odt import odt
from defenderdesk.interchange.documents.paper import plain
from defenderdesk.interchange.documents.pdf import pdf
from defenderdesk.interchange.documents.word import docx
from defenderdesk.interchange.evidence.package import safe_name

EML = "eml"
_WRITERS: Mapping[str, Callable[[Draft], bytes]] = {
    "docx": docx,
    "odt": odt,
    "pdf": pdf,
    "txt": lambda draft: plain(draft).encode("utf-8"),
}
FORMATS = (*_WRITERS, EML)
"""Codes of the formats, which are the ends of the files' names."""
LABELS = {
    "docx": "Word (.docx)",
    "odt": "OpenDocument (.odt)",
    "pdf": "PDF (.pdf)",
    "txt": "Plain text (.txt)",
    "eml": "E-mail to send (.eml)",
}
"""Message ids."""


def written(
    draft: Draft, format: str, to: Sequence[str] = (), annexes: Sequence[Attached] = (), within: str = "docx"
) -> bytes:
    """A draft as a file of a format. `to`, `annexes`, `within`: of an e-mail, whom it goes to, what
    lies with it, and as what the document does. Raises `UsageError` for another format."""
    if format == EML:
        document = Attached(f"{_name(draft)}.{within}", _WRITERS[within](draft), TYPES[f".{within}"])
        return mail.eml(draft, to, [document, *annexes])
    if format not in _WRITERS:
        raise UsageError(
            what=Message("A document is written as one of: {formats}", formats=", ".join(FORMATS))
        )
    return _WRITERS[format](draft)


def _name(draft: Draft) -> str:
    return safe_name(draft.title[:80])
