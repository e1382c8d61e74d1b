"""Every command of the program, as click has them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import click

from defenderdesk.cli.main import command
from defenderdesk.server.command import serve


def leaves(part: click.Command, context: click.Context, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that is no group, by its whole name."""
    if not isinstance(part, click.Group):
        yield path, part
        return
    for name in part.list_commands(context):
        inner = part.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, context, f"{path} {name}".strip())


@cache
def commands() -> dict[str, click.Command]:
    """Every command of the program, `serve` among them."""
    found = dict(leaves(command, click.Context(command), ""))
    return {**found, "serve": serve}
