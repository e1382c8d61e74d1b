"""A resource that is not there is an error that says so, never an empty table or a bare name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox

from defenderdesk import i18n, resources
from defenderdesk.domain import countries, mechanisms
from defenderdesk.domain.mechanisms import reading
from defenderdesk.domain.vocabulary import vocabulary as shipped_vocabulary
from defenderdesk.errors import Exit, IncompleteInstallError
from defenderdesk.i18n import messages
from defenderdesk.interchange.json import demo_workspace
from defenderdesk.ui.look import icons, palette, stylesheet
from tests.conftest import PASSPHRASE, MakeVault

CACHES = (
    reading.load,
    shipped_vocabulary._shipped,
    countries._rows,
    countries._changes,
    messages._catalog,
    icons._drawing,
)

READERS: dict[str, tuple[str, Callable[[], object]]] = {
    "the vocabulary": ("vocabulary", shipped_vocabulary._shipped),
    "the mechanisms": ("mechanisms", mechanisms.load),
    "the countries": ("countries", lambda: countries.lists_as_of()),
    "changes of membership": ("countries", countries._changes),
    "a translation": ("locale", lambda: i18n.text_in("fr", "Cases")),
    "a drawing": ("icons", lambda: icons._drawing("lock")),
    "the images of the style sheet": (
        "icons",
        lambda: stylesheet.stylesheet(palette.PALETTES["light"]),
    ),
    "the drawings of those images": ("icons", stylesheet.marks),
    "the practice cases": ("samples", lambda: demo_workspace.fill(None)),  # type: ignore[arg-type]
}


@pytest.fixture
def incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A copy of the resources that this process reads until the end of the test."""
    copy = tmp_path / "resources"
    shutil.copytree(resources.root(), copy)
    monkeypatch.setattr(resources, "root", lambda: copy)
    for cache in CACHES:
        cache.cache_clear()
    yield copy
    for cache in CACHES:
        cache.cache_clear()


def _empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.name != "README.md":
            path.unlink()


@pytest.mark.parametrize("take", [shutil.rmtree, _empty], ids=["missing", "empty"])
@pytest.mark.parametrize("reader", READERS)
def test_every_reader_says_what_is_missing(
    incomplete: Path, reader: str, take: Callable[[Path], None]
) -> None:
    folder, read = READERS[reader]
    take(incomplete / folder)
    with pytest.raises(IncompleteInstallError) as error:
        read()
    assert str(error.value.facts["what"]).startswith(folder)


def test_a_single_missing_table_is_missed(incomplete: Path) -> None:
    for table in ("vocabulary/pack.json", "countries/changes.csv", "countries/countries.csv"):
        (incomplete / table).unlink()
    for reader in ("the vocabulary", "the countries", "changes of membership"):
        with pytest.raises(IncompleteInstallError):
            READERS[reader][1]()


def test_the_error_is_told_in_english_where_the_translation_is_missing(incomplete: Path) -> None:
    i18n.use("fr")
    try:
        shutil.rmtree(incomplete / "locale")
        with pytest.raises(IncompleteInstallError) as error:
            i18n.text("Cases")
        happened, next_step = i18n.error(error.value)
        assert "locale" in happened and "Install DefenderDesk again" in next_step
        assert i18n.error(ValueError("a case"))[0].startswith("The program is not whole")
    finally:
        i18n.use("en")


def test_the_desktop_says_so_and_ends(
    incomplete: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    from defenderdesk.ui.shell import app

    told: list[str] = []
    monkeypatch.setattr(QMessageBox, "critical", lambda _parent, _title, said: told.append(said))
    _empty(incomplete / "icons")
    assert app.main([], tmp_path / "profile") == Exit.BUG
    assert "icons" in told[0] and "Install DefenderDesk again" in told[0]


# -- the command line, of an installation that is not whole ------------------------------------------


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package alone, as a wheel without resources would install it."""
    folder = tmp_path_factory.mktemp("installation")
    source = resources.root().parent / "defenderdesk"
    ignored = shutil.ignore_patterns("__pycache__", "_resources")
    shutil.copytree(source, folder / "defenderdesk", ignore=ignored)
    return folder


COMMANDS = {
    "vocabulary": ("vocabulary", "search", "act", "arrestation", "--json"),
    "mechanisms": ("advise", "CASE", "--json"),
    "countries": ("advise", "CASE", "--json"),
}


@pytest.mark.parametrize("folder", [*COMMANDS, "all"])
def test_the_command_line_ends_with_an_error(
    installation: Path, tmp_path: Path, make_vault: MakeVault, folder: str
) -> None:
    from defenderdesk.vault import Edit

    vault = make_vault("office")
    case = vault.new_id()
    vault.save([Edit(case, "kind", "case"), Edit(case, "title", "a case"), Edit(case, "country", "UG")])
    vault.close()
    target = installation / "defenderdesk" / "_resources"
    shutil.rmtree(target, ignore_errors=True)
    if folder != "all":
        shutil.copytree(resources.root(), target)
        shutil.rmtree(target / folder)
    words = COMMANDS.get(folder, COMMANDS["vocabulary"])
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "defenderdesk",
            "--profile",
            tmp_path / "office",
            *(case if word == "CASE" else word for word in words),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(installation), "DEFENDERDESK_PASSPHRASE": PASSPHRASE},
    )
    assert done.returncode == Exit.BUG, (done.stdout, done.stderr)
    assert not done.stdout
    assert (folder if folder != "all" else "resources") in done.stderr
    assert "Install DefenderDesk again" in done.stderr
    assert "Traceback" not in done.stderr
