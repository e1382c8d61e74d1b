"""Copies of files without what they say of who made them, when, where and with what.

A picture is drawn anew, pixel by pixel, without its EXIF, IPTC, XMP and thumbnails, turned as its
camera said. A PDF loses its description, XMP, attachments and scripts; a word processor's file its
properties, and its pictures are drawn anew. What stands in the content itself (a watermark, a tracked
change, a picture within a PDF) stays: a person looks at each annex. Read are foreign files: size
first, then content.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from defenderdesk.errors import Message, UsageError
from defenderdesk.interchange.documents.paper import EPOCH

MOST_PIXELS = 120_000_000
MOST_UNPACKED = 500_000_000
"""Bytes of all parts of a word processor's file."""
_PICTURES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
_OFFICE = frozenset({".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp"})
_PLAIN = frozenset({".txt", ".csv", ".md"})
_POSITION, _CAMERA, _TIME, _AUTHOR, _OTHER = (
    "the place where it was made",
    "the camera",
    "when it was made",
    "who made it",
    "other descriptions",
)
_TAGS = {0x8825: _POSITION, 0x010F: _CAMERA, 0x0110: _CAMERA, 0x0132: _TIME, 0x9003: _TIME, 0x013B: _AUTHOR}
_EMPTY_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties '
    b'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_EMPTY_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
_EMPTY_META = (
    b'<?xml version="1.0" encoding="UTF-8"?><office:document-meta '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2"><office:meta/>'
    b"</office:document-meta>"
)
_CUSTOM = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>'
)
_REPLACED = {
    "docProps/core.xml": _EMPTY_CORE,
    "docProps/app.xml": _EMPTY_APP,
    "docProps/custom.xml": _CUSTOM,
    "meta.xml": _EMPTY_META,
}
_LISTS = frozenset({"_rels/.rels", "META-INF/manifest.xml"})
_THUMBNAIL = re.compile(rb'<(?:Relationship|manifest:file-entry)\b[^>]*"[^">]*[Tt]humbnails?[^">]*"[^>]*/>')
"""The entries of the small picture in the lists of parts: a list that names what is not there is damage."""
_DROPPED = ("docProps/thumbnail.", "Thumbnails/")
_UNREADABLE = "{name} cannot be read as what its name says it is. Look at it, and attach it anew"


@dataclass(frozen=True)
class Cleaned:
    """A copy. `removed`: what it does not say any more (message ids)."""

    data: bytes
    removed: tuple[str, ...]


def cleanable(name: str) -> bool:
    """Tells whether a file of that name can be copied clean."""
    return PurePath(name).suffix.lower() in {*_PICTURES, ".pdf", *_OFFICE, *_PLAIN}


def cleaned(name: str, data: bytes) -> Cleaned:
    """A clean copy of a file. Raises `UsageError` for one that cannot be cleaned, that is not what
    its name says, or that would become too large."""
    end = PurePath(name).suffix.lower()
    clean: Callable[[str, bytes], Cleaned]
    if end in _PICTURES:
        clean = _picture
    elif end == ".pdf":
        clean = _pdf
    elif end in _OFFICE:
        clean = _office
    elif end in _PLAIN:
        return Cleaned(data, ())
    else:
        what = Message("{name} cannot be cleaned of what it says about who made it", name=name)
        raise UsageError(what=what)
    try:
        return clean(name, data)
    except UsageError:
        raise
    except Exception as error:  # whatever a library raises on a foreign file
        raise UsageError(what=Message(_UNREADABLE, name=name)) from error


def _picture(name: str, data: bytes) -> Cleaned:
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Image.open(io.BytesIO(data), formats=[_PICTURES[PurePath(name).suffix.lower()]]) as given:
            if given.width * given.height > MOST_PIXELS:
                raise UsageError(what=Message("{name} has too many pixels", name=name))
            if getattr(given, "n_frames", 1) > 1:
                what = Message(
                    "{name} holds several pictures: make a PDF of it, or attach them one by one", name=name
                )
                raise UsageError(what=what)
            removed = _told(given)
            turned = ImageOps.exif_transpose(given)
            mode = turned.mode if turned.mode in ("L", "RGB", "RGBA", "1", "I;16") else "RGBA"
            if given.format == "JPEG" and mode != "L":
                mode = "RGB"
            bare = Image.frombytes(mode, turned.size, turned.convert(mode).tobytes())
            out = io.BytesIO()
            how = {"quality": 92, "optimize": True} if given.format == "JPEG" else {}
            bare.save(out, given.format, **how)
    return Cleaned(out.getvalue(), removed)


def _told(picture: object) -> tuple[str, ...]:
    """The descriptions that a picture carries."""
    exif = picture.getexif()  # type: ignore[attr-defined]
    found = {_TAGS[tag] for tag in {*exif, *exif.get_ifd(0x8769)} if tag in _TAGS}
    info = set(picture.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}  # type: ignore[attr-defined]
    if (info or exif) and not found:
        found.add(_OTHER)
    return tuple(sorted(found))


def _pdf(name: str, data: bytes) -> Cleaned:
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as document:
        removed = set()
        told = document.trailer.get("/Info")
        if told is not None:
            removed |= {_AUTHOR} if "/Author" in told or "/Creator" in told else set()
            removed |= {_TIME} if "/CreationDate" in told or "/ModDate" in told else set()
            del document.trailer["/Info"]
        for entry in ("/Metadata", "/OpenAction", "/AA", "/PieceInfo", "/Names"):
            if entry == "/Names":
                names = document.Root.get(entry)
                for inner in ("/EmbeddedFiles", "/JavaScript"):
                    if names is not None and inner in names:
                        del names[inner]
                        removed.add(_OTHER)
            elif entry in document.Root:
                del document.Root[entry]
                removed.add(_OTHER)
        for page in document.pages:
            for entry in ("/Metadata", "/PieceInfo", "/Thumb", "/AA"):
                if entry in page.obj:
                    del page.obj[entry]
                    removed.add(_OTHER)
        out = io.BytesIO()
        document.save(out, deterministic_id=True, fix_metadata_version=False)
    return Cleaned(out.getvalue(), tuple(sorted(removed)))


def _office(name: str, data: bytes) -> Cleaned:
    out = io.BytesIO()
    removed = set()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as made:
        if sum(entry.file_size for entry in given.infolist()) > MOST_UNPACKED:
            raise UsageError(what=Message("{name} would become too large", name=name))
        for entry in given.infolist():
            if entry.is_dir():
                continue
            if entry.filename.startswith(_DROPPED):
                content = None
            else:
                content = _REPLACED.get(entry.filename)
                if content is not None:
                    removed |= {_AUTHOR, _TIME}
                elif entry.filename in _LISTS:
                    content = _THUMBNAIL.sub(b"", given.read(entry))
                elif PurePath(entry.filename).suffix.lower() in _PICTURES:
                    picture = _picture(PurePath(entry.filename).name, given.read(entry))
                    content = picture.data
                    removed |= set(picture.removed)
                else:
                    content = given.read(entry)
            if content is not None:
                told = zipfile.ZipInfo(entry.filename, EPOCH)
                told.compress_type = entry.compress_type
                told.create_system = 0
                made.writestr(told, content)
    return Cleaned(out.getvalue(), tuple(sorted(removed)))


def messages() -> tuple[str, ...]:
    """The words for the translators."""
    return _POSITION, _CAMERA, _TIME, _AUTHOR, _OTHER
