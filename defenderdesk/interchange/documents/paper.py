"""A document as it is set on paper, whatever the file: title, numbered sections, paragraphs.

Texts are cleaned here, once for every format: characters that XML cannot carry never end a
document, a line break of a word processor is one.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

from defenderdesk import i18n
from defenderdesk.interchange.documents.drafts import Draft

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time that every file says: the real one is nobody's business."""
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_STRANGE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True)
class PaperSection:
    """A section: heading and paragraphs, each one line."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Paper:
    """A document. `language`: of all of it."""

    title: str
    language: str
    sections: tuple[PaperSection, ...]

    @property
    def right_to_left(self) -> bool:
        """Tells whether its language is written so."""
        return self.language.split("-")[0] in i18n.RTL


def clean(text: str) -> str:
    """A text with real line breaks, without the characters that no document can hold."""
    return _STRANGE.sub("", _BREAKS.sub("\n", text))


def paper_of(draft: Draft) -> Paper:
    """A draft as a document."""
    sections = []
    for number, part in enumerate(draft.parts, 1):
        heading = f"{number}. {part.heading}"
        if part.confidential:
            heading += " – " + i18n.text_in(draft.language, "confidential")
        lines = (line for said in part.paragraphs for line in clean(said).split("\n"))
        sections.append(PaperSection(clean(heading), tuple(line for line in lines if line.strip())))
    return Paper(clean(draft.title).replace("\n", " "), draft.language, tuple(sections))


def plain(draft: Draft) -> str:
    """A draft as plain text, for a messenger."""
    paper = paper_of(draft)
    pieces = [paper.title, ""]
    for section in paper.sections:
        pieces += [section.heading, *section.paragraphs, ""]
    return "\n".join(pieces).rstrip() + "\n"


def bare(archive: bytes, without: frozenset[str] = frozenset()) -> bytes:
    """A zip of a document with its entries in their order, made on no day, by no system, without
    some entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as given, zipfile.ZipFile(out, "w") as made:
        for entry in given.infolist():
            if entry.filename in without or entry.is_dir():
                continue
            told = zipfile.ZipInfo(entry.filename, EPOCH)
            told.compress_type = entry.compress_type
            told.create_system = 0
            made.writestr(told, given.read(entry))
    return out.getvalue()
