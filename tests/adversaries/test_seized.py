"""A seized disk: a copy of the profile at any moment of a working day, also of a process that was
killed. It holds no canary, and only the passphrase (or the recovery code) opens it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from defenderdesk.errors import WrongCodeError, WrongPassphraseError
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.receiving import verification
from tests.atrest.canary import STEM, Search, canary, new_stem
from tests.atrest.day import ROOT

WORK = """
import sys
from pathlib import Path
from defenderdesk.vault import Edit, Vault
from tests.atrest import recording
from tests.atrest.canary import canary
profile, files = Path(sys.argv[1]), Path(sys.argv[2])
with Vault.open(profile, sys.argv[3]) as vault:
    case, number = vault.new_id(), 0
    recording.every_field(vault, case, "case", strange=False)
    recording.every_kind(vault, case, strange=True)
    print("ready", flush=True)
    while True:
        vault.attach(case, recording.files(files)[number % 3])
        vault.save([Edit(case, "summary", canary("at work") + " " * (number % 50))])
        vault.search(canary("at work"))
        number += 1
"""


@pytest.fixture
def stem(monkeypatch: pytest.MonkeyPatch) -> str:
    made = new_stem()
    monkeypatch.setenv(STEM, made)
    return made


def seize(profile: Path, copy: Path) -> None:
    """A copy of the disk while it is written to: a file may be torn, or go while it is read."""
    copy.mkdir()
    for folder, _, names in os.walk(profile):
        place = copy / Path(folder).relative_to(profile)
        place.mkdir(exist_ok=True)
        for name in names:
            try:
                shutil.copyfile(Path(folder) / name, place / name)
            except OSError:
                continue


def test_a_seized_disk_tells_nothing_and_opens_with_the_passphrase_only(tmp_path: Path, stem: str) -> None:
    profile, phrase, chance = tmp_path / "profile", f"{stem} lantern map", random.Random(8)
    vault, code = Vault.create(profile, phrase, unlock_seconds=0)
    vault.found(canary("workspace"), canary("member"), canary("desk"))
    vault.close()
    copies: list[Path] = []
    for number in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", WORK, str(profile), str(tmp_path / "files"), phrase],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout and process.stdout.readline() == b"ready\n"
        threading.Timer(60, process.kill).start()
        for moment in range(3):
            time.sleep(chance.uniform(0, 0.4))
            copies.append(tmp_path / f"running {number} {moment}")
            seize(profile, copies[-1])
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        copies.append(tmp_path / f"killed {number}")
        seize(profile, copies[-1])
    search = Search(stem, {"recovery code": code})
    for copy in copies:
        assert (copy / "vault.db").stat().st_size > 50_000
        assert not list(search.tree(copy))
    for copy in copies:
        if not copy.name.startswith("killed"):
            continue  # copied while it ran, a database may be torn: it is read by nobody
        for guess in ("", phrase[:-1], phrase.upper(), stem):
            with pytest.raises(WrongPassphraseError):
                Vault.open(copy, guess)
        with pytest.raises(WrongCodeError):
            Vault.open_with_recovery(copy, "A" + code[1:] if code[0] != "A" else "B" + code[1:])
        with Vault.open(copy, phrase) as opened:
            assert opened.count_cases(CaseFilter()) >= 1 and opened.search(canary("at work"))
            assert verification.vault(opened.store).problems == []
        Vault.open_with_recovery(copy, code).close()
