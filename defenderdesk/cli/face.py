"""The part that every command shares: the profile, the passphrase, output, and errors as exit
codes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from defenderdesk import i18n
from defenderdesk.errors import DefenderDeskError, LockedError, UsageError

if TYPE_CHECKING:  # what opens a vault is loaded when one is opened
    from defenderdesk.vault import Vault

ENVIRONMENT = "DEFENDERDESK_PASSPHRASE"
WAIT_SECONDS = 10.0
TOLD_TO_END = 128 + 15
"""The exit code of a command that SIGTERM ended, as a shell gives it."""
_MAX_PASSPHRASE = 64 * 1024


@dataclass
class Face:
    """One run of the program: where the profile is, and where the passphrase comes from."""

    profile: Path
    passphrase_fd: int | None
    last_try: bool = False
    """True if the last of the tries that the owner allowed may be used (see
    `vault.coercion.attempt_limit`)."""
    _passphrase: str | None = None
    _asked: bool = False

    def passphrase(self, new: bool = False) -> str:
        """From `--passphrase-fd`, the environment, or a prompt (twice for a new one)."""
        if self._passphrase is None:
            self._passphrase = self._read_passphrase(new)
        return self._passphrase

    def prompts(self) -> bool:
        """Tells whether the passphrase comes from a person at a prompt."""
        given = self.passphrase_fd is not None or ENVIRONMENT in os.environ
        return not given and sys.stdin.isatty()

    def given(self) -> str:
        """The passphrase of the descriptor or the environment; empty where there is none."""
        with contextlib.suppress(LockedError):
            return self.passphrase()
        return ""

    def ask_again(self) -> None:
        """The passphrase that was given cannot be taken."""
        self._passphrase = None

    def ask(self, prompt: str) -> str:
        """Another secret: from the descriptor, or a prompt (twice); never the environment."""
        if self.passphrase_fd is not None:
            return self._from_descriptor(self.passphrase_fd)
        if not sys.stdin.isatty():
            raise UsageError(what="Nobody can be asked for the new one: give it with --new-fd")
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True))

    @staticmethod
    def _from_descriptor(descriptor: int) -> str:
        try:
            with os.fdopen(descriptor, "rb", closefd=False) as source:
                data = source.read(_MAX_PASSPHRASE)
            return data.decode().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(what="The passphrase cannot be read from there") from error

    def code(self) -> str:
        """The recovery code, from where the passphrase would come."""
        return self._read_passphrase(False, i18n.text("Recovery code"))

    def _read_passphrase(self, new: bool, prompt: str = "") -> str:
        if self.passphrase_fd is not None:
            return self._from_descriptor(self.passphrase_fd)
        given = os.environ.get(ENVIRONMENT)
        if given is not None:
            return given
        if not sys.stdin.isatty():
            raise LockedError
        self._asked = True
        return str(
            click.prompt(
                prompt or i18n.text("Passphrase"),
                hide_input=True,
                confirmation_prompt=new,
                err=True,
            )
        )

    @contextmanager
    def vault(self) -> Iterator[Vault]:
        """The profile's vault, unlocked for one command."""
        from defenderdesk.sync import alerts
        from defenderdesk.vault import Vault

        if not Vault.exists(self.profile):
            Vault.open(self.profile, "")
        with self._open() as vault:
            i18n.use(vault.info().language)
            for sentence in alerts.lines(alerts.at_the_door(vault)):
                say(i18n.translate(sentence), err=True)
            yield vault

    def _open(self) -> Vault:
        """A person at the prompt is asked before the last try is used; a script is not, for it
        may have the passphrase of yesterday."""
        from defenderdesk.vault import Vault
        from defenderdesk.vault.coercion.attempt_limit import LastTryError

        given = self.passphrase()
        try:
            return Vault.open(self.profile, given, wait=WAIT_SECONDS, last=self.last_try)
        except LastTryError as error:
            if not self._asked:
                raise
            say("\n".join(i18n.error(error)), err=True)
            if not click.confirm(i18n.text("Use the last try?"), err=True):
                raise
            return Vault.open(self.profile, given, wait=WAIT_SECONDS, last=True)


def show(value: Any, as_json: bool, human: Callable[[], str]) -> None:
    """Prints a result: one JSON value, or words."""
    if as_json:
        click.echo(i18n.harmless_json(json.dumps(value, ensure_ascii=False, indent=2)))
    elif said := human():
        say(said)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Prints words, of others too: nothing in them steers the terminal."""
    click.echo(i18n.harmless(text), err=err, nl=nl)


class _ToldToEnd(BaseException):
    """The system told the program to end."""


@contextmanager
def _ending() -> Iterator[None]:
    """Ends in order when told to (SIGTERM): what is half written goes, the vault is closed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        raise _ToldToEnd

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(command: Callable[[], Any]) -> int:
    """Runs the program; errors become an exit code, and what to do next on standard error."""
    try:
        with _ending():
            command()
    except _ToldToEnd:
        return TOLD_TO_END
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.Abort:
        return 2
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)  # with what was typed, or stood in the name of a file
        say(shown.getvalue(), err=True, nl=False)
        return error.exit_code
    except DefenderDeskError as error:
        happened, next_step = i18n.error(error)
        say(happened, err=True)
        if next_step:
            say(next_step, err=True)
        return int(error.exit)
    except BrokenPipeError:
        return 7
    except OSError as error:
        happened, next_step = i18n.error(error)
        say(f"{happened} {next_step}", err=True)
        return 7
    return 0


def progress_bar(label: str, quiet: bool) -> Callable[[int, int], None] | None:
    """A progress callback on standard error, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        return None

    def report(done: int, total: int) -> None:
        share = 100 * done // max(total, 1)
        click.echo(f"\r{i18n.one_line(label)} {share:3d} %", err=True, nl=done >= total)

    return report
