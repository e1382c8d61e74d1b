"""Documents as files: what stands in them, what does not, and whose they are."""

from __future__ import annotations

import email
import io
import zipfile
from email.policy import default
from pathlib import Path

import pytest

from defenderdesk.domain import custody
from defenderdesk.errors import NotGrantedError, StorageError, UsageError
from defenderdesk.interchange.documents import annexing, cleaning, drafts, finishing, formats
from defenderdesk.interchange.documents.paper import clean, paper_of
from defenderdesk.vault import Edit, Vault
from tests.worlds.records import new_case

SCRIPTS = {
    "en": "They took her phone.",
    "fr": "L’État : « oui » ; n° 5",
    "ru": "Её задержали.",
    "ar": "سمح لأحمد بالاتصال في ٢٠٢٤ (Amnesty).",
    "es": "¿Quién? Núñez.",
    "pt": "Não há ação.",
}


def draft(language: str = "en", *paragraphs: str) -> drafts.Draft:
    part = drafts.Part("facts", "Facts", paragraphs or (SCRIPTS[language],), True, ())
    return drafts.Draft("A title", language, (part,), 0)


def entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert all(e.date_time == (1980, 1, 1, 0, 0, 0) and e.create_system == 0 for e in archive.infolist())
        return {e.filename: archive.read(e) for e in archive.infolist()}


@pytest.mark.parametrize("language", sorted(SCRIPTS))
@pytest.mark.parametrize("format", formats.FORMATS)
def test_every_language_in_every_format(language: str, format: str) -> None:
    made = formats.written(draft(language), format, ["urgent@example.org"])
    assert made
    if format != "eml":
        assert made == formats.written(draft(language), format), "the same, byte for byte"


@pytest.mark.parametrize("format", ["docx", "odt", "pdf", "txt"])
@pytest.mark.parametrize(
    "strange", ["\x0b", "\x0c", "\x00", "\x1f", "\ufffe", "\u2028", "\r\n", "\x85", "\ud800"]
)
def test_a_control_character_never_ends_a_document(format: str, strange: str) -> None:
    """`cases/12-control-character` (django-import-export #1712, baserow #5829)."""
    made = formats.written(draft("en", f"The police came{strange}and took the phone."), format)
    if format == "docx":
        text = entries(made)["word/document.xml"].decode()
        assert "The police came" in text and "and took the phone." in text
    assert made


def test_a_line_break_of_a_word_processor_is_one() -> None:
    assert clean("a\x0bb\x0cc\r\nd\u2029e\x00f") == "a\nb\nc\nd\nef"
    assert paper_of(draft("en", "a\x0bb")).sections[0].paragraphs == ("a", "b")


def test_a_word_file_tells_nothing_of_its_making_and_speaks_its_language() -> None:
    found = entries(formats.written(draft("ar"), "docx"))
    assert not any("thumbnail" in name or "custom" in name or "app.xml" in name for name in found)
    core, body, styles = (
        found[n].decode() for n in ("docProps/core.xml", "word/document.xml", "word/styles.xml")
    )
    assert (
        "python" not in core
        and "2013" not in core
        and "dcterms" not in core.split(">", 1)[1].split("xmlns")[0]
    )
    assert body.count("<w:rtl/>") >= 3 and body.count("<w:bidi/>") >= 3
    assert 'w:bidi="ar"' in body and 'w:val="ar"' in styles and 'w:cs="Arial"' in styles
    assert 'w:w="11906"' in body and 'w:h="16838"' in body, "A4"
    assert "PAGE" in found["word/footer1.xml"].decode()
    assert "w:rtl" not in entries(formats.written(draft("fr"), "docx"))["word/document.xml"].decode()


def test_an_opendocument_file_tells_nothing_of_its_making_and_speaks_its_language() -> None:
    data = formats.written(draft("ar"), "odt")
    assert data[30:38] == b"mimetype", "it is known by its beginning"
    found = entries(data)
    assert sorted(found) == ["META-INF/manifest.xml", "content.xml", "meta.xml", "mimetype", "styles.xml"]
    assert b"generator" not in found["meta.xml"] and b"date" not in found["meta.xml"]
    styles = found["styles.xml"].decode()
    assert 'fo:language="ar"' in styles and 'fo:language="fr"' not in styles and 'rl-tb"' in styles
    assert "page-number" in styles
    listed = found["META-INF/manifest.xml"].decode()
    assert "Thumbnails" not in listed and "content.xml" in listed


def test_a_pdf_is_tagged_archival_and_says_its_language() -> None:
    made = formats.written(draft("ar"), "pdf")
    assert b"/StructTreeRoot" in made and b"/Lang" in made and b"pdfaid:part" in made
    assert b"Author" not in made and b"2026" not in made


def test_letters_without_a_font_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import typst

    few = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    monkeypatch.setattr("defenderdesk.interchange.documents.pdf._fonts", lambda: (few, ["Libertinus Serif"]))
    with pytest.raises(UsageError, match="Install one") as told:
        formats.written(draft("en", "警察"), "pdf")
    assert "警" in str(told.value)
    with pytest.raises(UsageError):
        formats.written(draft("en", "\ue000 private"), "pdf")


def test_what_looks_like_a_program_is_text() -> None:
    said = '#read("/etc/passwd") $x$ *b* @ref <label> `raw` #import "x"; {{7*7}} %'
    made = formats.written(draft("en", said), "pdf")
    assert made.startswith(b"%PDF")


def test_an_email_has_a_recipient_and_a_document_and_no_sender() -> None:
    to = ["urgent-action@example.org", "not an address", "<script>@example.org"]
    made = formats.written(
        draft(), "eml", to, [formats.Attached("01 annex.pdf", b"%PDF", ("application", "pdf"))]
    )
    message = email.message_from_bytes(made, policy=default)
    assert message["To"] == "urgent-action@example.org" and message["Subject"] == "A title"
    assert message["From"] is None and message["Date"] is None and message["X-Unsent"] == "1"
    assert [part.get_filename() for part in message.iter_attachments()] == ["A title.docx", "01 annex.pdf"]


def test_a_document_is_kept_as_it_left(vault: Vault, tmp_path: Path) -> None:
    case = new_case(vault, "C")
    for version in (1, 2):
        path = tmp_path / f"{version}.pdf"
        kept = finishing.finish(vault, case, {"id": "", "sent_to": "a@example.org"}, draft(), path, "pdf")
        found = vault.get(kept)
        assert found.fields["version"] == version and found.sets["recipients"] == ["a@example.org"]
        assert found.text("language") == "en" and found.text("title") == "A title"
        content = io.BytesIO()
        vault.fetch(kept, content)
        assert content.getvalue() == path.read_bytes()


def test_what_may_not_leave_is_not_kept(vault: Vault, tmp_path: Path) -> None:
    case = new_case(vault, "C")
    vault.save([Edit(p := vault.new_id(), "kind", "policy"), Edit(p, "two_for_export", True)])
    with pytest.raises(NotGrantedError):
        finishing.finish(vault, case, {"id": ""}, draft(), tmp_path / "x.docx", "docx")
    assert list(tmp_path.glob("x*")) == [] and vault.children(case, "attachment") == []


def test_what_cannot_be_kept_does_not_leave(vault: Vault, tmp_path: Path, monkeypatch) -> None:
    case = new_case(vault, "C")

    def full(*_: object, **__: object) -> None:
        raise StorageError(what="the disk is full")

    monkeypatch.setattr("defenderdesk.vault.custody.attachments._taken", full)
    with pytest.raises(StorageError):
        finishing.finish(vault, case, {"id": ""}, draft(), tmp_path / "x.docx", "docx")
    assert list(tmp_path.glob("x*")) == [] and vault.children(case, "attachment") == []


# -- annexes ---------------------------------------------------------------------------------------


def photo(format: str = "JPEG") -> bytes:
    from PIL import Image

    picture = Image.new("RGB", (40, 20), (200, 10, 10))
    picture.putpixel((0, 0), (0, 0, 255))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x0132] = "SecretPhone", 6, "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    out = io.BytesIO()
    picture.save(out, format, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(("name", "format"), [("a.jpg", "JPEG"), ("b.png", "PNG"), ("c.webp", "WEBP")])
def test_a_picture_says_nothing_of_its_making_and_stands_upright(name: str, format: str) -> None:
    from PIL import Image

    clean_one = cleaning.cleaned(name, photo(format))
    assert b"SecretPhone" not in clean_one.data and b"Exif" not in clean_one.data
    assert cleaning._CAMERA in clean_one.removed and cleaning._POSITION in clean_one.removed
    with Image.open(io.BytesIO(clean_one.data)) as picture:
        assert picture.size == (20, 40), "turned as the camera said"
        assert not picture.getexif()


def test_a_pdf_loses_its_description_its_attachments_and_its_scripts() -> None:
    import pikepdf

    made = pikepdf.new()
    made.add_blank_page()
    made.docinfo["/Author"] = "Secret Author"
    with made.open_metadata() as told:
        told["dc:creator"] = ["Secret Author"]
    made.attachments["x.txt"] = pikepdf.AttachedFileSpec(made, b"secret words")
    out = io.BytesIO()
    made.save(out)
    clean_one = cleaning.cleaned("a.pdf", out.getvalue())
    with pikepdf.open(io.BytesIO(clean_one.data)) as left:
        assert not left.attachments and "/Metadata" not in left.Root and "/Info" not in left.trailer
    assert cleaning._AUTHOR in clean_one.removed


def test_a_word_file_loses_its_properties() -> None:
    from docx import Document

    document = Document()
    document.add_paragraph("content")
    document.core_properties.author = "Secret Author"
    out = io.BytesIO()
    document.save(out)
    clean_one = cleaning.cleaned("a.docx", out.getvalue())
    found = entries(clean_one.data)
    assert not any(b"Secret Author" in content for content in found.values())
    assert not any("thumbnail" in name for name in found)
    assert Document(io.BytesIO(clean_one.data)).paragraphs[0].text == "content"


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.pdf", "a.docx", "a.odt", "a.mp4", "a", "a.heic"])
@pytest.mark.parametrize("data", [b"", b"nonsense", b"\xff\xd8\xff\xe0", b"%PDF-1.7\n", b"PK\x03\x04"])
def test_what_cannot_be_cleaned_does_not_go(name: str, data: bytes) -> None:
    with pytest.raises(UsageError):
        cleaning.cleaned(name, data)


def test_a_picture_of_too_many_pixels_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "MOST_PIXELS", 100)
    with pytest.raises(UsageError, match="pixels"):
        cleaning.cleaned("a.jpg", photo())


def test_annexes_are_numbered_listed_and_lie_beside(vault: Vault, tmp_path: Path) -> None:
    from defenderdesk.domain import mechanisms

    case = new_case(vault, "C")
    person = vault.new_id()
    vault.save(
        [Edit(person, "kind", "involvement"), Edit(person, "case", case), Edit(person, "name", "Nora Ali")]
    )
    (tmp_path / "Nora Ali's photo.jpg").write_bytes(photo())
    kept = vault.new_id()
    vault.attach(case, tmp_path / "Nora Ali's photo.jpg", attachment=kept)
    vault.save([Edit(kept, "title", "Photograph of Nora Ali"), Edit(kept, "date", "2026-01-02")])
    file = vault.views.casefile(case)
    annex = annexing.annex(vault, file, kept)
    assert copied(vault, kept) == 0, "nothing has left yet"
    sr = mechanisms.load()["un_sr_hrd"]
    made = annexing.listed(draft(), [annex], sr, file, {"id": "s", "mechanism": "un_sr_hrd"})
    assert made.parts[-1].heading == "Annexes"
    assert made.parts[-1].paragraphs == ("1. Photograph of [person 1, name withheld], 2 January 2026",)
    path = tmp_path / "out.docx"
    finishing.finish(vault, case, {"id": ""}, made, path, "docx", [annex])
    found = entries((tmp_path / "out-annexes.zip").read_bytes())
    assert list(found) == ["01 annex.jpg"] and b"SecretPhone" not in found["01 annex.jpg"]
    assert copied(vault, kept) == 1


def copied(vault: Vault, record: str) -> int:
    """How often the chain of custody says that a record was copied out."""
    return [step.act for step in vault.chain(record).steps].count(custody.COPIED)


def test_annexes_that_cannot_be_written_down_do_not_lie_beside(vault, tmp_path, monkeypatch) -> None:
    case = new_case(vault, "C")
    (tmp_path / "a.jpg").write_bytes(photo())
    kept = vault.new_id()
    vault.attach(case, tmp_path / "a.jpg", attachment=kept)
    annex = annexing.annex(vault, vault.views.casefile(case), kept)

    def full(*_: object, **__: object) -> None:
        raise StorageError(what="the disk is full")

    monkeypatch.setattr("defenderdesk.vault.custody.entries.save", full)
    with pytest.raises(StorageError):
        finishing.finish(vault, case, {"id": ""}, draft(), tmp_path / "out.docx", "docx", [annex])
    assert list(tmp_path.glob("out*")) == [] and list(tmp_path.glob(".*")) == []
    assert copied(vault, kept) == 0


def test_only_what_belongs_to_the_case_and_may_leave_goes_along(vault: Vault, tmp_path: Path) -> None:
    case, other = new_case(vault, "C"), new_case(vault, "D")
    source = vault.new_id()
    vault.save([Edit(source, "kind", "source"), Edit(source, "case", case)])
    (tmp_path / "a.jpg").write_bytes(photo())
    own, foreign, sources = (vault.new_id() for _ in range(3))
    for of, made in ((case, own), (other, foreign), (source, sources)):
        vault.attach(of, tmp_path / "a.jpg", attachment=made)
    file = vault.views.casefile(case)
    assert annexing.annex(vault, file, own) and annexing.annex(vault, file, sources)
    with pytest.raises(UsageError, match="does not belong"):
        annexing.annex(vault, file, foreign)
    with pytest.raises(UsageError):
        annexing.annex(vault, file, case)
    vault.save([Edit(own, "description", "SECRET"), Edit(own, "withheld", "description", "add")])
    assert "description" not in annexing.annex(vault, file, own).told
    vault.save([Edit(own, "withheld", "*", "add"), Edit(source, "withheld", "*", "add")])
    for hidden in (own, sources):
        with pytest.raises(UsageError, match="not to be shared"):
            annexing.annex(vault, vault.views.casefile(case), hidden)


def test_a_picture_within_a_word_file_is_drawn_anew_too() -> None:
    from docx import Document

    document = Document()
    document.add_picture(io.BytesIO(photo()))
    out = io.BytesIO()
    document.save(out)
    assert any(b"SecretPhone" in data for data in zip_of(out.getvalue()).values())
    clean_one = cleaning.cleaned("a.docx", out.getvalue())
    assert not any(b"SecretPhone" in data for data in entries(clean_one.data).values())
    assert cleaning._CAMERA in clean_one.removed


def zip_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_file_of_several_pictures_loses_none_unseen() -> None:
    from PIL import Image

    pages = [Image.new("L", (8, 8), shade) for shade in (0, 255)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(UsageError, match="several pictures"):
        cleaning.cleaned("scan.tif", out.getvalue())
