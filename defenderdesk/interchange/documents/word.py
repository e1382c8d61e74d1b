"""A document as a Word file.

It holds no author, no company, no path, no day and no thumbnail: the metadata of a document has
betrayed people. Every run says its language, and what is written from the right is marked so, run
by run: Word takes the font and the language of such a run from other places.
"""

from __future__ import annotations

import io
from typing import Any

from defenderdesk.interchange.documents.drafts import Draft
from defenderdesk.interchange.documents.paper import bare, paper_of

_FONT = "Calibri"
_COMPLEX = "Arial"
_WIDE = {"zh": "SimSun", "ja": "MS Mincho", "ko": "Malgun Gothic"}
_A4 = (210, 297)
"""Millimetres."""
_MARGIN = 25
_THUMBNAIL = "docProps/thumbnail.jpeg"


def docx(draft: Draft) -> bytes:
    """A draft as a Word file: A4, real headings, numbered pages; from the right where its language is."""
    from docx import Document
    from docx.shared import Mm, Pt, RGBColor

    paper = paper_of(draft)
    document = Document()
    language = _tag(paper.language)
    for section in document.sections:
        section.page_width, section.page_height = Mm(_A4[0]), Mm(_A4[1])
        section.left_margin = section.right_margin = Mm(_MARGIN)
        section.top_margin = section.bottom_margin = Mm(_MARGIN)
        _page_number(section.footer.paragraphs[0], language, paper.right_to_left)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(11)
    normal.paragraph_format.space_after = Pt(6)
    for level in (1, 2):
        style = document.styles[f"Heading {level}"]
        style.font.name, style.font.color.rgb = _FONT, RGBColor(0, 0, 0)
        style.font.size = Pt(16 if level == 1 else 13)
    for style in (normal, document.styles["Heading 1"], document.styles["Heading 2"]):
        _fonts(style.element.get_or_add_rPr(), language)
    _speak(document.add_heading(paper.title, level=1), language, paper.right_to_left)
    for part in paper.sections:
        _speak(document.add_heading(part.heading, level=2), language, paper.right_to_left)
        for line in part.paragraphs:
            _speak(document.add_paragraph(line), language, paper.right_to_left)
    _nobody(document)
    out = io.BytesIO()
    document.save(out)
    return bare(out.getvalue(), frozenset({_THUMBNAIL}))


def _tag(language: str) -> str:
    return language.replace("_", "-")


def _fonts(properties: Any, language: str) -> None:
    """The fonts of each kind of script, and the language, in the properties of a run or a style."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi"):
        fonts.set(qn(f"w:{script}"), _FONT)
    fonts.set(qn("w:cs"), _COMPLEX)
    fonts.set(qn("w:eastAsia"), _WIDE.get(language.split("-")[0], _FONT))
    spoken = properties.find(qn("w:lang"))
    if spoken is None:
        spoken = OxmlElement("w:lang")
        properties.append(spoken)
    for kind in ("val", "eastAsia", "bidi"):
        spoken.set(qn(f"w:{kind}"), language)


def _speak(paragraph: Any, language: str, right: bool) -> None:
    """Marks a paragraph and its runs with the language, and as written from the right."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    if right:
        properties = paragraph._p.get_or_add_pPr()
        bidi = OxmlElement("w:bidi")
        # The schema wants it before spacing and alignment; Word calls another order damaged.
        after = [qn(f"w:{n}") for n in ("spacing", "ind", "jc", "rPr")]
        place = next((child for child in properties if child.tag in after), None)
        if place is None:
            properties.append(bidi)
        else:
            place.addprevious(bidi)
    for run in paragraph.runs:
        own = run._r.get_or_add_rPr()
        if right:
            own.append(OxmlElement("w:rtl"))
        spoken = OxmlElement("w:lang")
        for kind in ("val", "eastAsia", "bidi"):
            spoken.set(qn(f"w:{kind}"), language)
        own.append(spoken)


def _page_number(paragraph: Any, language: str, right: bool) -> None:
    """Puts the number of the page into a footer, as a field."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, instruction in (("begin", ""), ("", " PAGE "), ("end", "")):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = instruction
        run._r.append(mark)
    _speak(paragraph, language, right)


def _nobody(document: Any) -> None:
    """Takes out what the library's template says of its makers, and the thumbnail."""
    from docx.opc.constants import RELATIONSHIP_TYPE as TYPE

    properties = document.core_properties
    for element in list(properties._element):
        properties._element.remove(element)
    for owner in (document.part.package, document.part):
        for key, relation in list(owner.rels.items()):
            if relation.reltype in (_EXTENDED, _EFFECTS, TYPE.THUMBNAIL, TYPE.CUSTOM_XML):
                del owner.rels[key]


_EFFECTS = "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects"
_EXTENDED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties"
