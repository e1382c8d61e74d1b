"""A real Secret Service for a test: gnome-keyring on a message bus of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

BUS = "DBUS_SESSION_BUS_ADDRESS"
LOGIN = b"the login password"
CONFIGURATION = """<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""
"""A bus that starts nothing by itself: what is stopped stays stopped."""


def start_bus(folder: Path, environment: dict[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    """A message bus of its own, and its address."""
    (folder / "bus.conf").write_text(CONFIGURATION)
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--print-address", "--nofork"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    assert bus.stdout
    return bus, bus.stdout.readline().decode().strip()


class Machine:
    """A login: its bus, its keyring. `folder` keeps the keyring over restarts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
        }
        (folder / "data").mkdir(parents=True, exist_ok=True)
        (folder / "run").mkdir(mode=0o700, exist_ok=True)
        self.bus, self.address = start_bus(folder, self.environment)
        self.environment[BUS] = self.address
        self.daemon: subprocess.Popen[bytes] | None = None

    def start(self, unlocked: bool = True) -> None:
        """Start the keyring, unlocked as by a login or not."""
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
            + (["--unlock"] if unlocked else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environment,
        )
        assert self.daemon.stdin
        with contextlib.suppress(BrokenPipeError):
            self.daemon.stdin.write(LOGIN if unlocked else b"")
            self.daemon.stdin.close()
        until = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < until, "the keyring does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        asked = subprocess.run(
            [
                "dbus-send",
                f"--bus={self.address}",
                "--print-reply",
                "--dest=org.freedesktop.DBus",
                "/",
                "org.freedesktop.DBus.GetNameOwner",
                "string:org.freedesktop.secrets",
            ],
            capture_output=True,
            check=False,
            env=self.environment,
        )
        return asked.returncode == 0

    def stop(self) -> None:
        """Stop the keyring; what it keeps stays on the disk."""
        if self.daemon:
            self.daemon.kill()
            self.daemon.wait()
            self.daemon = None

    def end(self) -> None:
        """Stop everything."""
        self.stop()
        self.bus.kill()
        self.bus.wait()
        assert self.bus.stdout
        self.bus.stdout.close()


@contextlib.contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """A machine with an unlocked keyring, which this process uses inside the block."""
    assert shutil.which("gnome-keyring-daemon"), "packaging/system-packages.sh test installs it"
    before = os.environ.get(BUS)
    made = Machine(folder)
    os.environ[BUS] = made.address
    try:
        made.start()
        yield made
    finally:
        made.end()
        if before is None:
            del os.environ[BUS]
        else:
            os.environ[BUS] = before
