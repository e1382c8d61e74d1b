"""The rule about wrong passphrases on the command line."""

from __future__ import annotations

import click
import pytest

from defenderdesk.cli import face
from defenderdesk.vault.coercion import attempt_limit
from tests.worlds.cli import Cli, cli

__all__ = ["cli"]
RIGHT = "a long passphrase"


@pytest.fixture
def counted(cli: Cli) -> Cli:
    """A profile whose owner chose five."""
    cli.init("A")
    cli("A", "new", "case", "title=Canary", "--json")
    assert cli("A", "tries", "show", "--json") == {"limit": 0}
    for number in ("4", "51", "many"):
        cli("A", "tries", "set", number, code=2)
    got = cli("A", "tries", "set", 5, "--json")
    warned = cli.err
    waiting = cli("A", "status", "--json")["waiting"]["changes"]
    assert got == {"limit": 5, "changes": waiting, "attachments": 0} and waiting > 0
    assert "Anybody who can type" in warned and "would be lost: " in warned
    return cli


def test_a_script_with_the_passphrase_of_yesterday_never_uses_the_last_try(
    counted: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = counted
    monkeypatch.setenv(face.ENVIRONMENT, "of yesterday")
    for said in ("does not open", "are destroyed: 3", "are destroyed: 2", "are destroyed: 1"):
        cli("A", "list", code=3)
        assert said in cli.err
    for _ in range(10):
        cli("A", "status", code=3)
        assert "the last try" in cli.err
    monkeypatch.setenv(face.ENVIRONMENT, RIGHT)
    cli("A", "list", code=3)
    assert len(cli("A", "--last-try", "list", "--json")) == 1
    assert len(cli("A", "list", "--json")) == 1  # the count began anew
    cli("A", "tries", "clear")
    monkeypatch.setenv(face.ENVIRONMENT, "of yesterday")
    for _ in range(6):
        cli("A", "list", code=3)
    monkeypatch.setenv(face.ENVIRONMENT, RIGHT)
    assert "not counted" in cli("A", "tries", "show")


def test_the_last_wrong_one_destroys_the_keys_and_says_so(
    counted: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = counted
    monkeypatch.setenv(face.ENVIRONMENT, "a guess")
    for _ in range(4):
        cli("A", "verify", cli.folder / "A", code=3)  # every door counts
    cli("A", "--last-try", "list", code=3)
    assert "5 wrong passphrases in a row: the keys of this vault are destroyed" in cli.err
    monkeypatch.setenv(face.ENVIRONMENT, RIGHT)
    cli("A", "list", code=2)
    assert "There is no vault" in cli.err


def test_at_the_prompt_the_last_try_is_asked_about(counted: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = counted
    for _ in range(4):
        attempt_limit.attempt_log.mark(cli.folder / "A")
    monkeypatch.delenv(face.ENVIRONMENT)
    asked: list[str] = []
    answers = iter([False, True])

    def confirm(question: str, **_: object) -> bool:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr(face.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: RIGHT)
    monkeypatch.setattr(click, "confirm", confirm)
    cli("A", "list", code=3)
    assert attempt_limit.left(cli.folder / "A") == 1 and "the last try" in cli.err
    assert len(cli("A", "list", "--json")) == 1
    assert asked == ["Use the last try?"] * 2 and attempt_limit.left(cli.folder / "A") is None


def test_a_count_that_is_gone_is_said(counted: Cli) -> None:
    cli = counted
    (cli.folder / "A" / attempt_limit.attempt_log.NAME).unlink()
    cli("A", "list", "--json")
    assert "was missing or damaged" in cli.err
    cli("A", "list", "--json")
    assert not cli.err.strip()
