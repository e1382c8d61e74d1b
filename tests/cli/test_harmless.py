"""Whatever others wrote, what is printed steers no terminal, and JSON says the same."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import click
import pytest

from defenderdesk.cli.main import run
from defenderdesk.vault import Edit
from tests import blank
from tests.conftest import PASSPHRASE
from tests.worlds import cli
from tests.worlds.cli import Cli
from tests.worlds.commands import commands
from tests.worlds.edits import make

cli = cli.cli

STEERING = [chr(n) for n in (*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0))]
STEERING += [chr(n) for n in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
STEERING += [chr(n) for n in (0x061C, 0x200E, 0x200F)]
HOSTILE = "before" + "".join(STEERING[1:]) + "after"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A profile in which everything that somebody can write steers terminals; what stands in it."""
    folder = tmp_path_factory.mktemp("hostile")
    vault, _ = blank.vault_in(folder / "p", PASSPHRASE)
    vault.found(HOSTILE, HOSTILE, HOSTILE)
    case = make(vault, "case", title=HOSTILE, reference="R-1", country="UG", summary=HOSTILE)
    twin = make(vault, "case", title=HOSTILE, reference="R-2", country="UG")
    person = make(vault, "person", name=HOSTILE, born="1990-01-05")
    make(vault, "person", name=HOSTILE, born="1990-01-05")
    make(vault, "involvement", case=case, name=HOSTILE, part="defender", person=person)
    make(vault, "event", case=case, date="2026-05-01", description=HOSTILE, place=HOSTILE)
    make(vault, "task", case=case, title=HOSTILE, due="2026-12-24")
    make(vault, "hearing", case=case, date="2026-12-01", court=HOSTILE, purpose=HOSTILE)
    make(vault, "submission", case=case, mechanism="un_sr_hrd", stage="sent", sent="2026-01-01")
    make(vault, "organisation", name=HOSTILE, acronym=HOSTILE)
    make(vault, "term", list="act", code="own", label_en=HOSTILE)
    make(vault, "mechanism", code="own_body", name=HOSTILE, acronym=HOSTILE)
    gone = make(vault, "note", case=case, text=HOSTILE)
    vault.save([Edit(gone, "deleted", True)])
    for value in ("one " + HOSTILE, "two " + HOSTILE):
        vault.save([Edit(twin, "title", value, "beside")])
    file = folder / ("photo" + HOSTILE.replace("/", "") + ".jpg")
    file.write_bytes(b"content")
    attachment = vault.new_id()
    vault.attach(case, file, attachment=attachment)
    vault.fetch(attachment, io.BytesIO(), to=HOSTILE)
    said = {
        "case": case,
        "stays": case,
        "goes": twin,
        "record": case,
        "records": case,
        "attachment": attachment,
        "device": vault.info().device,
        "kind": "case",
        "field": "title",
        "value": HOSTILE,
        "conflict": f"{twin}.title",
        "desk": HOSTILE,
        "mechanism": "un_sr_hrd",
        "change_set": "1",
        "query": "before",
        "words": "before",
        "list_name": "act",
        "path": str(file),
        "invitation": str(file),
        "n": "1",
        "hours": "1",
    }
    vault.close()
    return folder / "p", said


NEVER = {"serve", "panic"}
"""One serves for ever, the other is none of this program's (`panic_signal`)."""


def arguments(name: str, said: dict[str, str], out: Path) -> list[str]:
    """Arguments of a command by what they are called; what it asks for else says something hostile."""
    found = []
    for one in commands()[name].params:
        if isinstance(one, click.Argument):
            assert one.name is not None
            known = str(out) if one.name == "out" else said.get(one.name, HOSTILE)
            found.append(known)
    return found


def run_in(profile: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code, and everything that was printed."""
    capsys.readouterr()
    code = run(["--profile", str(profile), *words])
    return code, "".join(capsys.readouterr())


@pytest.mark.parametrize("name", sorted(commands().keys() - NEVER))
def test_no_command_steers_a_terminal(world, tmp_path, capsys, monkeypatch, name) -> None:
    """Walks every command that there is, with arguments that it takes and with hostile ones, as words
    and as JSON."""
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", PASSPHRASE)
    monkeypatch.chdir(tmp_path)
    source, said = world
    takes_json = any("--json" in one.opts for one in commands()[name].params)
    hostile = [HOSTILE for one in commands()[name].params if isinstance(one, click.Argument)]
    tried = 0
    for given in (arguments(name, said, tmp_path / "out"), hostile):
        for json_wanted in (False, True)[: 1 + takes_json]:
            profile = tmp_path / f"p{tried}"
            shutil.copytree(source, profile)
            words = [*name.split(), *given, *(["--json"] if json_wanted else [])]
            code, printed = run_in(profile, capsys, *words)
            assert not set(STEERING) & set(printed), (words, code)
            tried += 1
    for wrong in (["--" + HOSTILE], [*hostile, HOSTILE]):
        code, printed = run_in(source, capsys, *name.split(), *wrong)
        assert code and not set(STEERING) & set(printed), "more than it takes"


MORE = [
    ("show", "CASE", "--history"),
    ("status",),
    ("agenda", "--from", "2026-01-01", "--days", "400"),
    ("vocabulary", "search", "act", "before"),
    ("duplicates",),
    ("conflicts",),
    ("member", "list"),
    ("deleted",),
    ("list",),
    ("search", "before"),
    ("custody", "show", "ATTACHMENT"),
    ("timeline", "CASE"),
    ("advise", "CASE", "own_body"),
]


@pytest.mark.parametrize("command", MORE, ids=lambda command: " ".join(command[:3]))
def test_what_is_printed_in_full_says_what_was_written_and_steers_nothing(
    world, capsys, monkeypatch, command
) -> None:
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", PASSPHRASE)
    source, said = world
    words = [said.get(one.lower(), one) if one.isupper() else one for one in command]
    code, printed = run_in(source, capsys, *words)
    assert code == 0 and "after" in printed and not set(STEERING) & set(printed)


@pytest.fixture
def told(cli: Cli) -> tuple[Cli, str]:
    cli.init("A")
    case = cli("A", "new", "case", f"title={HOSTILE}", "reference=R-1", "country=UG", "--json")["id"]
    return cli, case


def test_json_says_the_same_without_one_raw_character(told, capsys) -> None:
    cli, case = told
    for command in (("show", case, "--json"), ("list", "--json"), ("search", "before", "--json"), ("dump",)):
        capsys.readouterr()
        assert run(["--profile", str(cli.folder / "A"), *command]) == 0
        out = capsys.readouterr().out
        assert not set(STEERING) & set(out), command
        assert HOSTILE in list(_texts(json.loads(out)))


def _texts(value: object):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def test_an_error_that_names_what_others_wrote_steers_nothing(told, capsys) -> None:
    cli, _ = told
    cli("A", "show", HOSTILE, code=2)
    assert "before" in cli.err and not set(STEERING) & set(cli.err)
    cli("A", "attach", "R-1", f"/nowhere/{HOSTILE}", code=2)
    assert not set(STEERING) & set(cli.err)
