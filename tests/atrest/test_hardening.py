"""What is in memory stays out of files, and files are their owner's."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from defenderdesk import files, hardening
from defenderdesk.vault import Edit, Vault
from tests.conftest import PASSPHRASE
from tests.worlds.records import new_case

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux'")

UNLOCKED = """
import signal, sys, resource
from pathlib import Path
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # whoever runs the tests in the background ignores it
if sys.argv[3] == "hardened":
    from defenderdesk import hardening
    hardening.harden()
from defenderdesk.vault import Vault
vault = Vault.open(Path(sys.argv[1]), sys.argv[2])
print("ready", flush=True)
signal.pause()
"""


def _unlocked(vault: Vault, folder: Path, how: str) -> subprocess.Popen[str]:
    profile = vault.profile
    vault.close()
    process = subprocess.Popen(
        [sys.executable, "-c", UNLOCKED, str(profile), PASSPHRASE, how],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(hardening.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


@linux
@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT])
def test_an_unlocked_process_that_is_killed_leaves_no_core_dump(make_vault, tmp_path, how) -> None:
    folder = tmp_path / "where it runs"
    folder.mkdir()
    process = _unlocked(make_vault("office"), folder, "hardened")
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    [line] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]
    process.send_signal(how)
    assert process.wait(30) == -how
    assert list(folder.iterdir()) == []


@linux
def test_other_processes_of_the_user_read_nothing_of_its_memory() -> None:
    """A process that may not be dumped is root's in /proc, whoever runs it, and cannot be traced."""
    looked = (
        "import ctypes\n"
        "from defenderdesk import hardening\n"
        "told = [ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)]\n"
        "hardening.harden()\n"
        "print(*told, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"]


def test_every_start_hardens_first() -> None:
    """The real program, looked at from within when it ends."""
    looked = (
        "import atexit, resource, os, sys\n"
        "import defenderdesk.__main__ as program\n"
        "sys.argv = ['defenderdesk', '--version']\n"
        "def look():\n"
        "    print(resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))\n"
        "atexit.register(look)\n"
        "program.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "(0, 0) 0o77"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX'")
def test_the_profiles_files_are_their_owners_alone(make_vault, tmp_path) -> None:
    before = os.umask(0)
    try:
        vault = make_vault("office")
        (tmp_path / "note.txt").write_text("x")
        vault.attach(new_case(vault, "C"), tmp_path / "note.txt")
        found = [path for path in vault.profile.rglob("*") if path.is_file()]
        assert {"vault.db", "vault.db-wal", "keys.json"} <= {path.name for path in found}
        assert {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in found} == dict.fromkeys(
            (path.name for path in found), 0
        )
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX'")
def test_a_database_that_others_could_read_is_closed_to_them_when_it_opens(make_vault) -> None:
    vault = make_vault("office")
    profile = vault.profile
    vault.close()
    (profile / "vault.db").chmod(0o644)
    with Vault.open(profile, PASSPHRASE) as again:
        assert stat.S_IMODE((again.profile / "vault.db").stat().st_mode) == 0o600
    files.private(profile / "new")
    assert stat.S_IMODE((profile / "new").stat().st_mode) == 0o600


def test_a_closed_vault_has_no_write_ahead_log(make_vault) -> None:
    vault = make_vault("office")
    case = new_case(vault, "C")
    reader = vault.store.reader  # a connection of this thread that somebody still holds
    for n in range(20):
        vault.save([Edit(case, "summary", f"version {n}")])
    log = vault.profile / "vault.db-wal"
    assert log.stat().st_size > 0
    vault.close()
    assert not log.exists() or log.stat().st_size == 0
    del reader
    with Vault.open(vault.profile, PASSPHRASE) as again:
        assert again.get(case).text("summary") == "version 19"


def test_closing_waits_for_nobody_who_reads(make_vault) -> None:
    import threading
    import time

    vault = make_vault("office")
    new_case(vault, "C")
    held, go_on = threading.Event(), threading.Event()

    def read() -> None:
        with vault.store.snapshot() as conn:
            conn.execute("SELECT count(*) FROM records").fetchone()
            held.set()
            go_on.wait(10)

    thread = threading.Thread(target=read)
    thread.start()
    held.wait(10)
    began = time.monotonic()
    vault.close()
    took = time.monotonic() - began
    go_on.set()
    thread.join()
    assert took < 2


@linux
def test_a_key_is_kept_out_of_the_swap() -> None:
    looked = (
        "import os\n"
        "from pathlib import Path\n"
        "from defenderdesk import hardening\n"
        "def locked():\n"
        "    [line] = [l for l in Path('/proc/self/status').read_text().splitlines() if 'VmLck' in l]\n"
        "    return int(line.split()[1])\n"
        "before, key = locked(), os.urandom(32)\n"
        "print(hardening.keep_in_memory(key), locked() > before, hardening.keep_in_memory(b''))\n"
    )
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "False"]
