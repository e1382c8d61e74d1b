"""A document as PDF: tagged, archival (PDF/A-2a), its fonts within, any script, from the right too.

Typst sets it. The text goes in as data and is never a program; no file of the machine and no
network is reached: there is no root to read from and the template imports nothing.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

from defenderdesk.errors import Message, UsageError
from defenderdesk.interchange.documents.drafts import Draft
from defenderdesk.interchange.documents.paper import paper_of

if TYPE_CHECKING:
    from typst import Fonts

_TEMPLATE = """
#let paper = json(bytes(sys.inputs.paper))
#set document(title: paper.title, author: (), date: datetime(year: 2000, month: 1, day: 1))
#set page(paper: "a4", margin: 25mm, numbering: "1", number-align: center)
#set text(font: json(bytes(sys.inputs.fonts)), size: 11pt, lang: paper.lang, fallback: true,
  dir: if paper.right { rtl } else { ltr })
#set par(leading: 0.7em, spacing: 1.1em)
#show heading.where(level: 1): set text(16pt)
#show heading.where(level: 2): set text(13pt)
#heading(level: 1, outlined: true, paper.title)
#for section in paper.sections {
  heading(level: 2, section.heading)
  for line in section.paragraphs { par(line) }
}
"""
_FONTS = ("Noto Sans", "DejaVu Sans", "Segoe UI", "Helvetica Neue", "Arial", "Libertinus Serif")
"""Fonts that are asked first; any other that has the letters comes after them."""
_YEAR_2000 = 946684800


_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')
_SHOWN = 12
"""Letters without a font that are named."""


@cache
def _fonts() -> tuple[Fonts, list[str]]:
    import typst

    found = typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)
    known = set(found.families())
    return found, [name for name in _FONTS if name in known]


def pdf(draft: Draft) -> bytes:
    """A draft as PDF. Raises `UsageError` where no font of this machine has some of its letters."""
    import typst

    paper = paper_of(draft)
    found, names = _fonts()
    told = {
        "title": paper.title,
        "lang": paper.language.replace("_", "-").split("-")[0],
        "right": paper.right_to_left,
        "sections": [{"heading": s.heading, "paragraphs": list(s.paragraphs)} for s in paper.sections],
    }
    compiler = typst.Compiler(
        _TEMPLATE.encode(),
        font_paths=found,
        sys_inputs={"paper": json.dumps(told), "fonts": json.dumps(names)},
    )
    try:
        made = compiler.compile(format="pdf", pdf_standards=["a-2a"], timestamp=_YEAR_2000)
    except typst.TypstError as error:
        raise _told(error) from error
    assert isinstance(made, bytes)
    return made


def _told(error: Exception) -> UsageError:
    """The error of a document that could not be set: mostly letters that no font has."""
    letters = dict.fromkeys(_MISSING.findall(str(getattr(error, "diagnostic", ""))))
    if letters:
        shown = " ".join(list(letters)[:_SHOWN])
        return UsageError(
            what=Message(
                "No font of this computer has these letters: {letters}. Install one, or take another format",
                letters=shown,
            )
        )
    return UsageError(what=Message("The document cannot be set as PDF: {why}", why=str(error)))
