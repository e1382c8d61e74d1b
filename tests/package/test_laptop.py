"""A laptop does not have the server's libraries, and does all but serve."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from defenderdesk import resources
from defenderdesk.errors import Exit
from tests.conftest import PASSPHRASE, MakeVault

TOP = resources.root().parent
SERVERS = {"starlette", "uvicorn", "sqlalchemy", "obstore", "anyio", "h11"}
"""Libraries that only the server needs, by their modules' names."""

WITHOUT = f"""
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {sorted(SERVERS)!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""

COMMAND = f"""{WITHOUT}
from defenderdesk.__main__ import main
sys.exit(main())
"""


def without(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Python where none of them can be imported."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "DEFENDERDESK_PASSPHRASE": PASSPHRASE},
    )


def test_help_and_status_need_none_of_them(make_vault: MakeVault, tmp_path: Path) -> None:
    make_vault("office").close()
    listed = without(COMMAND, "--help")
    assert listed.returncode == 0 and "serve" in listed.stdout
    status = without(COMMAND, "--profile", tmp_path / "office", "status", "--json")
    assert status.returncode == 0, status.stderr
    assert json.loads(status.stdout)["workspace"] == "Workspace"


@pytest.mark.parametrize(
    "module",
    [
        "defenderdesk.sync.synchronise",
        "defenderdesk.sync.enrolment.mailbox",
        "defenderdesk.cli.exchange",
        "defenderdesk.interchange.emergency.escrow",
        "defenderdesk.ui.shell.app",
        "defenderdesk.demo",
    ],
)
def test_what_a_laptop_does_imports_none_of_them(module: str) -> None:
    done = without(f"{WITHOUT}\nimport {module}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [("serve",), ("serve", "--help")])
def test_serve_says_what_to_install(arguments: tuple[str, ...]) -> None:
    done = without(COMMAND, *arguments)
    assert done.returncode == Exit.USAGE, done.stderr
    assert "is not installed on this machine" in done.stderr
    assert "pip install 'defenderdesk[server]'" in done.stderr
    assert "Traceback" not in done.stderr and not done.stdout


def test_they_are_an_extra_and_pinned_for_servers_only() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def pinned(name: str) -> set[str]:
        lines = (TOP / "requirements" / name).read_text(encoding="utf-8").splitlines()
        return {line.partition("==")[0] for line in lines if "==" in line}

    wanted = {line.partition(">")[0] for line in project["optional-dependencies"]["server"]}
    assert wanted == SERVERS - {"anyio", "h11"}
    assert not pinned("runtime.txt") & SERVERS
    assert pinned("server.txt") >= SERVERS | pinned("runtime.txt")
    assert pinned("development.txt") >= pinned("server.txt")
    for path in (TOP / "requirements").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "--index-url" not in text and "://" not in text, path.name
