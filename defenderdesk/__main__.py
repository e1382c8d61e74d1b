"""`defenderdesk` and `python -m defenderdesk`: the desktop without arguments, the command line
with some."""

from __future__ import annotations

import sys

from defenderdesk import urgent


def main() -> int:
    """Starts the face that was asked for; returns the exit code."""
    arguments = sys.argv[1:]
    if (profile := urgent.profile_of(arguments)) and urgent.ask(profile):
        return 0
    if arguments and arguments[0] != "desktop":
        from defenderdesk.cli import main as command_line

        if "serve" in arguments or "--help" in arguments or "-h" in arguments:
            from defenderdesk.serve import serve

            command_line.command.add_command(serve)
        return command_line.run(arguments)
    from defenderdesk.ui.app import main as desktop

    return desktop(arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
