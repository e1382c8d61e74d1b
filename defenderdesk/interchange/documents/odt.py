"""A document as OpenDocument text, with as little of its making in it as the Word file.

The library's template is French and names the machine that it was made on: language and metadata
are set anew.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from defenderdesk.interchange.documents.drafts import Draft
from defenderdesk.interchange.documents.paper import bare, paper_of

_KEPT = frozenset({"mimetype", "content.xml", "styles.xml", "meta.xml", "META-INF/manifest.xml"})
_ENTRY = re.compile(rb'\s*<manifest:file-entry [^>]*manifest:full-path="([^"]*)"[^>]*/>')
_GENERATOR = re.compile(rb"<meta:generator>.*?</meta:generator>", re.DOTALL)
_FONT = "Liberation Sans"
_CENTRED = (
    "<style:style style:name='PageNumber' style:family='paragraph'>"
    "<style:paragraph-properties fo:text-align='center'/></style:style>"
)
_FOOTER = (
    "<style:footer><text:p text:style-name='PageNumber'>"
    "<text:page-number text:select-page='current'>1</text:page-number></text:p></style:footer>"
)


def odt(draft: Draft) -> bytes:
    """A draft as OpenDocument text: A4, real headings, numbered pages, its language, from the right
    where it is written so."""
    from odfdo import Document, Header, Paragraph

    paper = paper_of(draft)
    document = Document("text")
    body = document.body
    body.clear()
    _styles(document, paper.language, paper.right_to_left)
    body.append(Header(1, paper.title))
    for section in paper.sections:
        body.append(Header(2, section.heading))
        for line in section.paragraphs:
            body.append(Paragraph(line, style="Text_20_body"))
    meta: Any = document.get_part("meta.xml")
    for element in meta.root.get_elements("//office:meta/*"):
        element.delete()
    out = io.BytesIO()
    document.save(out)
    return _alone(out.getvalue())


def _styles(document: Any, language: str, right: bool) -> None:
    """Sets the language, the direction and the page numbers."""
    from odfdo import Element

    root = document.get_part("styles.xml").root
    code, _, country = language.replace("_", "-").partition("-")
    mode = "rl-tb" if right else "lr-tb"
    for properties in root.get_elements("//style:default-style/style:text-properties"):
        for kind in ("fo:{}", "style:{}-asian", "style:{}-complex"):
            properties.set_attribute(kind.format("language"), code)
            properties.set_attribute(kind.format("country"), country or "none")
        for size in ("fo:font-size", "style:font-size-asian", "style:font-size-complex"):
            properties.set_attribute(size, "11pt")
        properties.set_attribute("style:font-name", _FONT)
    for outline in root.get_elements("//text:outline-style"):
        outline.delete()  # the sections have their own numbers
    for properties in root.get_elements("//style:default-style/style:paragraph-properties"):
        properties.set_attribute("style:writing-mode", mode)
        # LibreOffice takes "start" as the left, whatever the direction.
        properties.set_attribute("fo:text-align", "end" if right else "start")
    for properties in root.get_elements("//style:page-layout-properties"):
        properties.set_attribute("style:writing-mode", mode)
        for side in ("top", "bottom", "left", "right"):
            properties.set_attribute(f"fo:margin-{side}", "2.5cm")
    for style in root.get_elements("//style:style[@style:name='Heading_20_2']/style:text-properties"):
        for kind in ("fo:font-style", "style:font-style-asian", "style:font-style-complex"):
            style.set_attribute(kind, "normal")
    [styles] = root.get_elements("//office:styles")
    styles.append(Element.from_tag(_CENTRED))
    [master] = root.get_elements("//style:master-page[@style:name='Standard']")
    master.append(Element.from_tag(_FOOTER))


def _alone(archive: bytes) -> bytes:
    """The file with its text and styles alone: no settings, thumbnail or tool bars."""
    with zipfile.ZipFile(io.BytesIO(archive)) as given:
        names = given.namelist()
        manifest = given.read("META-INF/manifest.xml")
    kept = _ENTRY.sub(lambda m: m.group() if m.group(1).decode() in {*_KEPT, "/"} else b"", manifest)
    made = bare(archive, frozenset(names) - _KEPT)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as given, zipfile.ZipFile(out, "w") as written:
        # The type stands first and unpacked: by it a file is known as OpenDocument.
        for entry in sorted(given.infolist(), key=lambda e: e.filename != "mimetype"):
            data = {"META-INF/manifest.xml": kept}.get(entry.filename) or given.read(entry)
            if entry.filename == "meta.xml":  # the library says its name while it saves
                data = _GENERATOR.sub(b"", data)
            entry.compress_type = zipfile.ZIP_STORED if entry.filename == "mimetype" else zipfile.ZIP_DEFLATED
            written.writestr(entry, data)
    return out.getvalue()
