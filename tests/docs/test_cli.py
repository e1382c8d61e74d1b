"""`docs/cli.md` names every command with its options, and no other: compared with click's tree."""

from __future__ import annotations

import re
from functools import cache

import click
import pytest

from defenderdesk.cli.main import ALIASES, command
from tests.docs.names import page
from tests.worlds.commands import commands

Usage = dict[str, str]


@cache
def documented() -> Usage:
    """Command → how the page says that it is called."""
    found: Usage = {}
    blocks = re.findall(r"^```\n(.*?)^```", page("cli.md"), re.S | re.M)
    for block in blocks[1:]:
        for line in re.sub(r"\n +", " ", block).splitlines():
            usage = re.split(r" {3,}", line)[0]
            words = re.match(r"[a-z-]+( [a-z-]+)*", usage)
            assert words, line
            found[words[0]] = usage[words.end() :]
    return found


def test_the_page_names_every_command_and_no_other() -> None:
    assert sorted(documented()) == sorted(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_has_the_options_of_the_page(name: str) -> None:
    options = [one for one in commands()[name].params if isinstance(one, click.Option)]
    usage = documented()[name]
    assert sorted(re.findall(r"--[a-z-]+", usage)) == sorted(one.opts[0] for one in options)
    optional = set(re.findall(r"\[(--[a-z-]+)", usage))
    assert optional == {one.opts[0] for one in options if not one.required}
    repeated = set(re.findall(r"(--[a-z-]+) \S+ …", usage))
    assert repeated == {one.opts[0] for one in options if one.multiple}


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_has_the_arguments_of_the_page(name: str) -> None:
    arguments = [one for one in commands()[name].params if isinstance(one, click.Argument)]
    words = re.sub(r"\[--.*?\](?= |$)|--[a-z-]+ \S+( …)?", "", documented()[name])
    said = [word for word in words.split() if word not in ("…", "…]")]
    assert len(said) == len(arguments), words
    assert [word.startswith("[") for word in said] == [not one.required for one in arguments]


def test_the_options_of_all_commands_are_named() -> None:
    head = page("cli.md").split("## ", 1)[0]
    for one in command.params:
        assert f"`{one.opts[0]}`" in head


@pytest.mark.parametrize(("former", "name"), sorted(ALIASES.items()))
def test_former_names_are_said(former: str, name: str) -> None:
    assert f"`{former}` is the former name of `{name}`" in page("cli.md")
