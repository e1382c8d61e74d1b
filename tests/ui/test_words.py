"""Every sentence is translated, every placeholder kept, nothing on a screen is left out."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import defenderdesk
from defenderdesk import catalogs, i18n
from defenderdesk.errors import OurError, StorageError, WrongPassphraseError
from defenderdesk.i18n import messages

UI = Path(defenderdesk.__file__).parent / "ui"


@pytest.fixture(autouse=True)
def english():
    i18n.use("en")
    yield
    i18n.use("en")


@pytest.mark.parametrize("language", [code for code in i18n.LANGUAGES if code != "en"])
def test_a_language_on_offer_is_complete(language):
    assert catalogs.check(language) == []


def test_english_needs_no_catalog():
    assert i18n.text("Cases") == "Cases"
    assert i18n.plural("{n} case", "{n} cases", 1) == "1 case"
    assert i18n.plural("{n} case", "{n} cases", 1200) == "1,200 cases"


def test_french_counts_nothing_as_one():
    i18n.use("fr_CA")
    assert i18n.language() == "fr"
    assert i18n.plural("{n} change", "{n} changes", 0) == "0 modification"
    assert i18n.plural("{n} change", "{n} changes", 2) == "2 modifications"


def test_the_po_is_read_when_there_is_no_mo(tmp_path, monkeypatch):
    folder = tmp_path / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "defenderdesk.po").write_bytes(i18n.po_of("fr").read_bytes())
    monkeypatch.setattr(messages.resources, "path", lambda *parts: tmp_path.joinpath(*parts))
    messages._catalog.cache_clear()
    try:
        assert messages._catalog("fr").gettext("Cases") == "Cas"
        catalogs.compile_all()
        assert (folder / "defenderdesk.mo").exists()
        messages._catalog.cache_clear()
        assert messages._catalog("fr").gettext("Cases") == "Cas"
    finally:
        messages._catalog.cache_clear()


def test_errors_say_what_happened_and_the_next_step():
    message, step = i18n.error(StorageError(what="the disk is full"))
    assert message == "Writing or reading failed: the disk is full."
    assert step
    i18n.use("fr")
    assert i18n.error(WrongPassphraseError())[0].startswith("Cette phrase de passe")


def test_a_strange_exception_is_never_repeated():
    message, _ = i18n.error(ValueError("the testimony of Grace"))
    assert "Grace" not in message
    assert "mistake" in i18n.error(OurError(what="x"))[0]


def test_uncertain_dates_are_read_aloud():
    assert i18n.date("~2023-05") == "about May 2023"
    assert i18n.date("<2023") == "before 2023"
    assert i18n.date("2023-05-09") == "9 May 2023"
    assert i18n.date("whenever") == "whenever"
    assert i18n.date(datetime(2026, 1, 2, tzinfo=UTC)).startswith("2 Jan 2026")


def test_countries_stand_in_the_order_of_the_alphabet_of_the_language():
    i18n.use("fr")
    names = [name for _, name in i18n.countries()]
    assert names.index("Équateur") < names.index("France")
    assert len(names) > 190
    assert i18n.country("CD").startswith("Congo")


def test_right_to_left_languages_are_known():
    i18n.use("ar")
    assert i18n.is_rtl()
    assert i18n.text("Cases")


SEEN = re.compile(r"[A-Za-z]{2,}")
ALLOWED = {"DefenderDesk", "Fusion", "Welcome · Bienvenue", "https://"}


def _literals(path):
    """Literal strings that reach a call which shows them."""
    methods = {
        "setText",
        "setWindowTitle",
        "setPlaceholderText",
        "setToolTip",
        "setAccessibleName",
        "addItem",
        "addTab",
        "setTitle",
        "say",
        "begin",
    }
    functions = {
        "label",
        "button",
        "field",
        "ask",
        "EmptyState",
        "QLabel",
        "QPushButton",
        "QCheckBox",
        "QRadioButton",
        "QTableWidgetItem",
        "QListWidgetItem",
        "NotImplementedError",
    }
    first_only = {"label", "button", "field"}
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute)
        name = node.func.attr if method else getattr(node.func, "id", "")
        if name not in (methods if method else functions):
            continue
        arguments = node.args[:1] if name in first_only else node.args
        if name == "EmptyState":
            arguments = node.args[1:3]
        if name == "say":
            arguments = node.args[:2]
        for argument in arguments:
            parts = [argument]
            if isinstance(argument, ast.JoinedStr):
                parts = [v for v in argument.values if isinstance(v, ast.Constant)]
            for part in parts:
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def test_no_screen_shows_words_that_are_not_translated():
    left = []
    for path in sorted(set(UI.rglob("*.py")) - {UI / "shell" / "screenshots.py"}):
        for line, literal in _literals(path):
            keys = re.fullmatch(r"(Ctrl|Alt|Shift)\+\w*(\+\w+)*", literal)
            if SEEN.search(literal) and literal not in ALLOWED and not keys:
                left.append(f"{path.name}:{line} {literal!r}")
    assert left == []
