"""`defenderdesk` and `python -m defenderdesk`: the desktop without arguments, the command line
with some."""

from __future__ import annotations

import sys

from defenderdesk import panic_signal


def main() -> int:
    """Starts the face that was asked for; returns the exit code."""
    arguments = sys.argv[1:]
    if (profile := panic_signal.profile_of(arguments)) and panic_signal.ask(profile):
        return 0
    if arguments and arguments[0] != "desktop":
        from defenderdesk.cli import main as command_line

        if "serve" in arguments or "--help" in arguments or "-h" in arguments:
            from defenderdesk.server.command import serve

            command_line.command.add_command(serve)
        return command_line.run(arguments)
    from defenderdesk.ui.shell.app import main as desktop

    return desktop(arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
