"""Two profiles of the command line that carry sticks."""

from __future__ import annotations

import pytest

from tests.worlds.cli import Cli


@pytest.fixture
def pair(cli: Cli) -> Cli:
    """An office A and a laptop B."""
    cli.init("A")
    cli("B", "init", "--unlock-seconds", 0, "--json")
    cli("A", "invite", "i.ddinvite")
    cli("B", "join", "i.ddinvite", "--member", "Amina", "--out", "j.ddjoin", "--json")
    cli("A", "approve", "j.ddjoin", "--out", "f.ddbundle", "--json")
    cli("B", "receive", "f.ddbundle", "--json")
    return cli


def carry(cli: Cli, source: str, target: str, name: str, code: int = 0) -> object:
    cli(source, "export", name, "--all", "--json")
    return cli(target, "receive", name, "--json", code=code)
