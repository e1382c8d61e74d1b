"""The `defenderdesk` command and its contract (`docs/cli.md`)."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import platformdirs

from defenderdesk import __version__
from defenderdesk.cli import (
    backup,
    custody,
    emergency,
    erasing,
    exchange,
    face,
    field,
    helping,
    members,
    records,
    sharing,
    travelling,
    tries,
    vocabulary,
    workspace,
)
from defenderdesk.cli.face import Face


def default_profile() -> Path:
    """Where the desktop keeps its vault."""
    return Path(platformdirs.user_data_dir("defenderdesk", appauthor=False)) / "default"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="defenderdesk")
@click.option(
    "--profile",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="The folder of the vault (default: the desktop's own).",
)
@click.option(
    "--passphrase-fd",
    type=int,
    default=None,
    help="Read the passphrase from this file descriptor.",
)
@click.option(
    "--last-try",
    is_flag=True,
    help="Try the passphrase also if a wrong one destroys the keys (see tries).",
)
@click.pass_context
def command(
    context: click.Context, profile: Path | None, passphrase_fd: int | None, last_try: bool
) -> None:
    """DefenderDesk: cases of human rights defenders at risk, kept encrypted, offline first.

    The passphrase comes from a prompt, --passphrase-fd or DEFENDERDESK_PASSPHRASE.

    Exit codes: 0 done, 2 usage, 3 wrong passphrase or locked, 4 damaged or hostile input
    refused, 5 not for this device, 6 no safe link, 7 no space or I/O.
    """
    context.obj = Face(profile or default_profile(), passphrase_fd, last_try)


for module in (
    workspace, members, erasing, records, field, exchange, vocabulary, sharing, custody,
    travelling, backup, helping, emergency, tries,
):  # fmt: skip
    for part in module.COMMANDS:
        command.add_command(part)


def run(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit code."""
    code = face.run(
        lambda: command.main(arguments, prog_name="defenderdesk", standalone_mode=False)
    )
    sys.stdout.flush()
    return code
