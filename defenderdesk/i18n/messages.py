"""Sentences of the program in the language in use.

Message ids are the English sentences themselves, with `{placeholders}`. A catalog per language
stands in `resources/locale/<language>/LC_MESSAGES/defenderdesk.po`; its compiled `.mo` is made
at set-up (`defenderdesk.catalogs`); a built package holds only that. Without one, or with one older
than the `.po`, the `.po` is read directly, once per process.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from defenderdesk import resources
from defenderdesk.errors import DefenderDeskError, IncompleteInstallError, Message
from defenderdesk.i18n.language import LANGUAGES, number
from defenderdesk.i18n.language import language as current

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

DOMAIN = "defenderdesk"
FOLDER = "locale"


def text(message: str, **facts: object) -> str:
    """`message` in the language in use, with its placeholders filled in."""
    return fill(_catalog(current()).gettext(message) if message else "", facts)


def text_in(language: str, message: str, **facts: object) -> str:
    """`message` in another language than the one in use: of a document for someone else. A
    language without a catalog gives English."""
    short = language.replace("-", "_").split("_")[0].lower()
    return fill(_catalog(short).gettext(message) if message else "", facts)


def translate(message: Message) -> str:
    """A sentence with facts of its own, in the language in use."""
    return text(message.text, **_translated(message.facts))


def plural(one: str, many: str, n: int, **facts: object) -> str:
    """`one` or `many` as `n` asks for; `{n}` is the number, as the language writes it."""
    chosen = _catalog(current()).ngettext(one, many, n)
    return fill(chosen, {"n": number(n), **facts})


def error(exc: BaseException) -> tuple[str, str]:
    """The sentences of what happened and what to do next. Of a stranger among exceptions nothing is
    repeated: its message could hold case data."""
    try:
        return _sentences(exc)
    except IncompleteInstallError as missing:  # without catalogues, in English
        told = exc if isinstance(exc, DefenderDeskError) else missing
        return told.describe(), told.next_step


def _sentences(exc: BaseException) -> tuple[str, str]:
    if isinstance(exc, DefenderDeskError):
        facts = _translated(exc.facts)
        return text(exc.text, **facts), text(exc.next_step, **facts)
    if isinstance(exc, OSError):
        return (
            text("The computer refused to read or write a file."),
            text("Check that the disk or stick is there and not full, then try again."),
        )
    return (
        text("DefenderDesk made a mistake."),
        text("Nothing saved is lost. Please report this with the code shown."),
    )


def _translated(facts: dict[str, object]) -> dict[str, object]:
    """The facts of an error, in the language in use where they are words of ours."""

    def one(fact: object) -> object:
        if isinstance(fact, Message):
            return text(fact.text, **_translated(fact.facts))
        return text(fact) if isinstance(fact, str) else fact

    return {name: one(fact) for name, fact in facts.items()}


def fill(message: str, facts: dict[str, object]) -> str:
    """`message` with its placeholders filled in; as it is where they do not fit."""
    if not facts:
        return message
    try:
        return message.format(**facts)
    except (KeyError, IndexError, ValueError):
        return message


def po_of(language: str) -> Path:
    """The file of a language's catalog."""
    return resources.path(FOLDER, language, "LC_MESSAGES", f"{DOMAIN}.po")


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    if not language.isalpha():  # from a record, it may be anything; it becomes a path
        return gettext.NullTranslations()
    po = po_of(language)
    mo = po.with_suffix(".mo")
    if mo.exists() and not (po.exists() and po.stat().st_mtime > mo.stat().st_mtime):
        with mo.open("rb") as file:
            return gettext.GNUTranslations(file)
    if po.exists():
        return gettext.GNUTranslations(io.BytesIO(compiled(read(po))))
    if language in LANGUAGES and language != "en":
        raise IncompleteInstallError(what=FOLDER)
    return gettext.NullTranslations()


def read(po: Path) -> Catalog:
    """The catalog in a `.po`."""
    from babel.messages.pofile import read_po

    with po.open("rb") as file:
        return read_po(file)


def compiled(catalog: Catalog) -> bytes:
    """A catalog as a `.mo`."""
    from babel.messages.mofile import write_mo

    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()
