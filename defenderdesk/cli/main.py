"""The `defenderdesk` command and its contract (`docs/cli.md`)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import click

from defenderdesk import __version__
from defenderdesk.cli import face
from defenderdesk.cli.face import Face
from defenderdesk.cli.summaries import SUMMARIES

MODULES = {
    "workspace": (
        "init",
        "status",
        "invite",
        "join",
        "approve",
        "lock",
        "panic",
        "verify",
        "desk",
    ),
    "keys": ("passphrase", "recovery-code", "duress", "keyring"),
    "members": ("member", "carry"),
    "erasing": ("erase", "erasures"),
    "records": (
        "import",
        "dump",
        "new",
        "set",
        "undo",
        "attach",
        "fetch",
        "search",
        "show",
        "list",
    ),
    "deciding": ("conflicts", "settle", "deleted", "duplicates"),
    "field": ("agenda", "advise", "timeline", "visit"),
    "drafting": ("draft", "office"),
    "exchange": ("export", "receive", "sync", "alerts", "ask", "collect", "requests", "admit"),
    "vocabulary": ("vocabulary",),
    "sharing": ("key", "share", "take", "recall", "merge"),
    "custody": ("custody",),
    "travel": ("travel",),
    "backup": ("backup", "restore"),
    "recovery": ("helpers", "recover", "help-colleague"),
    "emergency": ("emergency",),
    "attempt_limit": ("tries",),
}
"""The commands of each module of this package."""
_WHERE = {name: module for module, names in MODULES.items() for name in names}


ALIASES = {"worries": "alerts"}
"""Names that commands had before; scripts may know them."""


class Commands(click.Group):
    """Imports a command's module when it is asked for: a command starts in half the time, and a
    server never loads what opens a vault. The list of commands imports none of them."""

    later: ClassVar[dict[str, Callable[[], click.Command]]] = {}
    """Commands that stand above this package, by name, and what loads each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted({*super().list_commands(ctx), *_WHERE, *self.later})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands with what `summaries` says of each."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, _said(name, room)) for name in names])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name, or by the one that it had before."""
        cmd_name = ALIASES.get(cmd_name, cmd_name)
        if cmd_name in _WHERE and cmd_name not in self.commands:
            module = importlib.import_module(f"defenderdesk.cli.{_WHERE[cmd_name]}")
            for part in module.COMMANDS:
                self.add_command(part)
        if cmd_name in self.later and cmd_name not in self.commands:
            self.add_command(self.later[cmd_name]())
        return super().get_command(ctx, cmd_name)


def _said(name: str, room: int) -> str:
    """The summary of a command, in so many characters."""
    return click.Command(name, help=SUMMARIES[name]).get_short_help_str(room)


def default_profile() -> Path:
    """The folder where the desktop keeps its vault."""
    import platformdirs

    return Path(platformdirs.user_data_dir("defenderdesk", appauthor=False)) / "default"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
def command(context: click.Context, profile: Path | None, passphrase_fd: int | None, last_try: bool) -> None:
    """DefenderDesk: cases of human rights defenders at risk, kept encrypted, offline first.

    The passphrase comes from a prompt, --passphrase-fd or DEFENDERDESK_PASSPHRASE.

    Exit codes: 0 done, 2 usage, 3 wrong passphrase or locked, 4 damaged or hostile input
    refused, 5 not for this device, 6 no safe link, 7 no space or I/O.
    """
    context.obj = Face(profile or default_profile(), passphrase_fd, last_try)


def run(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit code."""
    code = face.run(lambda: command.main(arguments, prog_name="defenderdesk", standalone_mode=False))
    sys.stdout.flush()
    return code
