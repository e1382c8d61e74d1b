"""`defenderdesk` and `python -m defenderdesk`: the desktop without arguments, the command line
with some."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from defenderdesk import hardening, panic_signal

if TYPE_CHECKING:
    import click


def main() -> int:
    """Starts the face that was asked for; returns the exit code."""
    hardening.harden()
    arguments = sys.argv[1:]
    if (profile := panic_signal.profile_of(arguments)) and panic_signal.ask(profile):
        return 0
    if arguments and arguments[0] != "desktop":
        from defenderdesk.cli import main as command_line

        command_line.Commands.later["serve"] = _serve
        return command_line.run(arguments)
    from defenderdesk.ui.shell.app import main as desktop

    return desktop(arguments[1:])


def _serve() -> click.Command:
    """The server's command, whose libraries nothing else loads; a laptop does not have them
    (`defenderdesk[server]`). Raises `ServerNotInstalledError`."""
    try:
        from defenderdesk.server.command import serve
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.startswith("defenderdesk"):
            raise
        from defenderdesk.errors import ServerNotInstalledError

        raise ServerNotInstalledError(what=missing) from error
    return serve


if __name__ == "__main__":
    sys.exit(main())
