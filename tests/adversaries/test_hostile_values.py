"""Whatever a colleague with valid keys writes into records: every command of the command line goes
on working, or says what is wrong, and so does every screen."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from defenderdesk import i18n
from defenderdesk.cli import main as command_line
from defenderdesk.crypto import signing
from defenderdesk.domain.kinds import KINDS
from defenderdesk.errors import WorldError
from defenderdesk.ui.look import theme
from defenderdesk.ui.shell import screenshots
from defenderdesk.ui.shell.app import application
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.shell.sidebar import PAGES
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session
from defenderdesk.vault import Vault
from defenderdesk.vault.receiving import verification
from tests.adversaries.hostile_values import Mole
from tests.conftest import PASSPHRASE, Pair
from tests.ui.world import fill_samples
from tests.worlds.forge import Forge, take

SEEDS = int(os.environ.get("DEFENDERDESK_HOSTILE", "1"))
SEVERAL = ("person", "organisation", "visit", "hearing", "attachment")
"""Kinds with a page of their own, or with more behind it."""


def spoilt(pair: Pair, seed: int) -> tuple[Vault, dict[str, str], list[str]]:
    """The laptop with sample cases after it took in what the mole wrote: (vault, what the mole
    made: id → kind, the sample cases)."""
    samples = fill_samples(pair.laptop, 4)
    rows = pair.laptop.store.reader.execute("SELECT id, kind FROM records").fetchall()
    mole, forge = Mole(seed, {bytes(row[0]): row[1] for row in rows}), Forge(pair)
    device = forge.store.device
    take(pair, forge.feed(mole.feed(device, pair.laptop.store.now_ms() << 16), device))
    return pair.laptop, {signing.id_text(r): kind for r, kind in mole.made.items()}, samples


@pytest.mark.parametrize("seed", range(SEEDS))
def test_they_break_no_command(seed: int, pair: Pair, tmp_path: Path) -> None:
    vault, made, samples = spoilt(pair, seed)
    assert verification.vault(vault.store).problems == []
    profile = vault.profile
    vault.close()
    done = 0

    def run(*arguments: str) -> None:
        nonlocal done
        result = CliRunner().invoke(
            command_line.command,
            ["--profile", str(profile), *arguments],
            env={"DEFENDERDESK_PASSPHRASE": PASSPHRASE},
            standalone_mode=False,
        )
        error = result.exception
        if error is not None and not isinstance(error, WorldError):
            raise AssertionError(f"seed {seed}: {arguments}") from error
        done += result.exception is None

    for command in ("status", "list", "agenda", "dump", "conflicts", "erasures"):
        run(command, "--json")
    for group in (("emergency", "list"), ("emergency", "held"), ("search", "words"), ("list",)):
        run(*group)
    of: dict[str, list[str]] = {}
    for record, kind in made.items():
        of.setdefault(kind, []).append(record)
    for kind in KINDS:
        run("show", of[kind][0], "--history")
    for case in (*of["case"], samples[0]):
        run("show", case)
        run("timeline", case, "--json")
        run("advise", case, "--json")
        run("draft", case, "un-sr-hrd", "--out", str(tmp_path / f"{case}.docx"))
        run("share", case, "--preview")
        run("erase", case, "--mentions", "--json")
    for record in of["emergency"]:
        run("emergency", "show", record)
    for record in of["held_emergency"]:
        run("emergency", "words", record)
    run("export", str(tmp_path / "stick"))
    assert done > 60, "most of them say something"


@contextlib.contextmanager
def listened() -> Iterator[list[BaseException]]:
    """What Qt would only print: the exceptions of what it calls."""
    found: list[BaseException] = []
    before, sys.excepthook = sys.excepthook, lambda _, error, __: found.append(error)
    try:
        yield found
    finally:
        sys.excepthook = before


@pytest.mark.parametrize("seed", range(SEEDS))
def test_they_break_no_screen(seed: int, pair: Pair) -> None:
    vault, made, samples = spoilt(pair, seed)
    application()
    i18n.use("en")
    theme.apply(application(), "light")
    session = Session(vault, vault.info())
    view = MainView(session, Preferences("en", "light"))
    view.sync.stop()
    first = {kind: record for record, kind in made.items()}
    with listened() as bugs, screenshots._shown(view):
        session.operations.bug.connect(bugs.append)

        def look() -> None:
            screenshots._settle(session)
            assert not bugs, (seed, bugs)

        for page in PAGES:
            view.show_page(page)
            look()
        for case, sections in (
            (first["case"], [*KINDS, "timeline", "advice", "history"]),
            (samples[0], ["case", "timeline", "advice"]),
        ):
            for section in sections:
                with contextlib.suppress(KeyError):  # a kind without a section
                    view.open_case(case, section)
                    look()
        for kind in SEVERAL:
            view.open_record(first[kind], kind)
            look()
    session.operations.close(lambda: None).wait(5)
