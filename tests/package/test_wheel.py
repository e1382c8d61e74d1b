"""The built package holds all that the program reads, and does the whole job from elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from defenderdesk import __version__, resources

pytestmark = pytest.mark.alone

TOP = resources.root().parent
SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md")


def _run(where: Path, *arguments: object, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=where,
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **more},
    )
    assert done.returncode == 0, (arguments, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


@dataclass
class Built:
    sdist: Path
    wheel: Path
    installed: Path
    elsewhere: Path

    def run(self, *arguments: object) -> str:
        """Python beside the installed package, in a folder that knows nothing of the checkout."""
        return _run(
            self.elsewhere,
            *arguments,
            PYTHONPATH=str(self.installed),
            DEFENDERDESK_PASSPHRASE="a long passphrase",
            PYTHONDONTWRITEBYTECODE="1",
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The archive of the sources, the wheel made of it, and that wheel installed; no network."""
    folder = tmp_path_factory.mktemp("package")
    tree, out, installed, elsewhere = (folder / n for n in ("tree", "out", "lib", "elsewhere"))
    tree.mkdir()
    elsewhere.mkdir()
    for name in SOURCES:
        shutil.copy(TOP / name, tree / name)
    for name in ("defenderdesk", "resources"):
        shutil.copytree(TOP / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    make = "from setuptools import build_meta; build_meta.build_sdist('dist')"
    _run(tree, "-c", make)
    [sdist] = (tree / "dist").iterdir()
    pip = ("-m", "pip", "--disable-pip-version-check", "--no-input")
    _run(folder, *pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", out, sdist)
    [wheel] = out.iterdir()
    _run(folder, *pip, "install", "--no-deps", "--no-index", "--target", installed, wheel)
    return Built(sdist, wheel, installed, elsewhere)


def test_the_wheel_holds_every_module_and_resource_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        found = {n for n in archive.namelist() if ".dist-info/" not in n}
        licence = [n for n in archive.namelist() if n.endswith("licenses/LICENSE")]
    modules = {p.relative_to(TOP).as_posix() for p in (TOP / "defenderdesk").rglob("*.py")}
    shipped = {
        f"defenderdesk/_resources/{p.relative_to(resources.root()).as_posix()}"
        for p in resources.root().rglob("*")
        if p.is_file() and p.suffix not in (".pot", ".po", ".mo")
    }
    catalogues = {
        f"defenderdesk/_resources/{p.relative_to(resources.root()).with_suffix('.mo').as_posix()}"
        for p in resources.root().glob("locale/*/LC_MESSAGES/*.po")
    }
    assert catalogues and len(shipped) > 100
    assert found == modules | shipped | catalogues
    assert licence


def test_the_archive_of_the_sources_can_be_built_and_read(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "setup.py", "pyproject.toml"} <= names
    assert "resources/locale/fr/LC_MESSAGES/defenderdesk.po" in names
    assert not any(name.endswith((".mo", ".pyc")) for name in names)


def test_it_is_the_installed_one_that_runs(built: Built) -> None:
    where = "import defenderdesk, defenderdesk.resources as r; print(defenderdesk.__file__, r.root())"
    for path in built.run("-c", where).split():
        assert Path(path).is_relative_to(built.installed.resolve())
    said = built.run("-m", "defenderdesk", "--version")
    assert said.split()[-1] == __version__


def test_vocabularies_mechanisms_and_translations_are_there(built: Built) -> None:
    def command(*arguments: object) -> str:
        return built.run("-m", "defenderdesk", "--profile", "office", *arguments)

    command(
        "init",
        "--workspace",
        "Office",
        "--member",
        "Olga",
        "--desk",
        "Desk",
        "--unlock-seconds",
        0,
        "--json",
    )
    samples = built.installed / "defenderdesk" / "_resources" / "samples" / "public_cases.json"
    assert json.loads(command("import", samples, "--json"))["cases"] == 18
    hits = json.loads(command("vocabulary", "search", "act", "arrestation", "--json"))
    assert hits
    advice = json.loads(command("advise", "UGA-2024-SGD", "--json"))
    assert len(advice) > 5, "mechanisms and countries are read"
    french = "from defenderdesk import i18n; i18n.use('fr'); print(i18n.text('Cases'))"
    assert built.run("-c", french).strip() == "Cas"


def test_the_headless_demo_does_the_whole_job(built: Built) -> None:
    said = built.run("-m", "defenderdesk.demo", "shots", "--quick")
    assert "both hold the same, byte for byte" in said and "sound" in said
    pictures = sorted((built.elsewhere / "shots" / "screenshots").glob("fr-light-*.png"))
    assert len(pictures) > 20
