"""Documents out of the vault: a draft as a Word file, the calendar as iCalendar.

What is written here is plain and leaves the vault's protection; the faces say so. Files hold no
author, no company and no path: the metadata of a document has betrayed people.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

from defenderdesk import i18n
from defenderdesk.interchange.documents.drafts import Draft

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of making that every file says: the real one is nobody's business."""


def docx(draft: Draft) -> bytes:
    """A draft as a Word file, with real headings; right to left where its language is."""
    from docx import Document
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(11)
    right = draft.language.split("-")[0] in i18n.RTL

    def turned(paragraph: object) -> None:
        if right:
            properties = paragraph._p.get_or_add_pPr()  # type: ignore[attr-defined]
            properties.append(OxmlElement("w:bidi"))

    turned(document.add_heading(draft.title, level=1))
    for number, part in enumerate(draft.parts, 1):
        heading = f"{number}. {part.heading}"
        if part.confidential:
            heading += " – " + i18n.text_in(draft.language, "confidential")
        turned(document.add_heading(heading, level=2))
        for said in part.paragraphs:
            for line in said.split("\n"):
                turned(document.add_paragraph(line))
    properties = document.core_properties
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.title = ""
    properties.created = properties.modified = EPOCH.replace(tzinfo=None)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
