"""Profiles and files of the program as it is today, kept so that every later one is tried on them:
`python -m tests.artefacts.make DAY` writes `tests/artefacts/DAY/`.

Keys and ids are random, so each run writes other bytes. What was kept is never made again; a new
day stands beside it. Everything here is invented, and its passphrase stands below.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from defenderdesk import resources
from defenderdesk.cli.main import run
from defenderdesk.vault import Vault

HERE = Path(__file__).resolve().parent
PASSPHRASE = "artefacts are kept for good"
PROFILES = ("office", "laptop", "traveller", "newcomer", "partner")
CASES = 1
"""So many of the published cases; more would only make the files larger."""
SETTINGS: dict[str, Any] = {
    "paused": True,
    "route": "socks5h://127.0.0.1:9050",
    "stick.name": "Bag",
    "stick.panic": False,
    "an.unknown.number": 7,
    "an.unknown.list": ["one", "zwei", "три"],
    "an.unknown.nothing": None,
}
"""Of this program and of no program: what is kept is given back as it was."""


class Desk:
    """Runs commands in this process, on profiles under a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, profile: str, *arguments: object, code: int = 0) -> Any:
        """What a command prints: its JSON, where --json is among the arguments."""
        out, err = io.StringIO(), io.StringIO()
        given = ["--profile", str(self.folder / profile), *map(str, arguments)]
        # A relative path must mean the same here as for a person who stands in the folder.
        with contextlib.chdir(self.folder), _secret(), _spoken(out, err):
            got = run(given)
        if got != code:
            raise AssertionError((arguments, got, err.getvalue()))
        return json.loads(out.getvalue()) if "--json" in arguments and not got else out.getvalue()

    def state(self, profile: str) -> dict[str, Any]:
        """What a profile holds, told by its own commands."""
        return {
            "dump": self(profile, "dump", "--json"),
            "verify": self(profile, "verify", self.folder / profile, "--json"),
            "conflicts": self(profile, "conflicts", "--json"),
            "members": self(profile, "member", "list", "--json"),
            "erasures": self(profile, "erasures", "--json"),
            "worries": self(profile, "worries", "--json"),
        }


@contextlib.contextmanager
def _secret() -> Any:
    before = os.environ.get("DEFENDERDESK_PASSPHRASE")
    os.environ["DEFENDERDESK_PASSPHRASE"] = PASSPHRASE
    try:
        yield
    finally:
        os.environ.pop("DEFENDERDESK_PASSPHRASE")
        if before is not None:
            os.environ["DEFENDERDESK_PASSPHRASE"] = before


@contextlib.contextmanager
def _spoken(out: io.StringIO, err: io.StringIO) -> Any:
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield


def _enrol(desk: Desk, profile: str, member: str) -> None:
    desk(profile, "init", "--unlock-seconds", 0, "--json")
    desk("office", "invite", "i.ddinvite")
    joined = desk(profile, "join", "i.ddinvite", "--member", member, "--out", "j.ddjoin", "--json")
    made = desk("office", "approve", "j.ddjoin", "--out", "f.ddbundle", "--json")
    assert joined["words"] == made["words"]
    desk(profile, "receive", "f.ddbundle", "--json")


def _carry(desk: Desk, source: str, target: str) -> None:
    stick = desk.folder / f"stick {len(list(desk.folder.iterdir()))}"
    desk(source, "export", stick, "--json")
    desk(target, "receive", stick, "--json")


def story(folder: Path) -> dict[str, Any]:
    """Lives it through in `folder`; what the reader of the artefacts shall find."""
    desk = Desk(folder)
    dice = random.Random(20)
    made = desk(
        "office",
        "init",
        "--workspace",
        "Network",
        "--member",
        "Olga",
        "--desk",
        "Great Lakes",
        "--unlock-seconds",
        0,
        "--json",
    )
    published = json.loads(resources.path("samples", "public_cases.json").read_text("utf-8"))
    few = {**published, "cases": published["cases"][:CASES]}
    (folder / "few.json").write_text(json.dumps(few), "utf-8")
    desk("office", "import", "few.json", "--json")
    case = desk(
        "office",
        "new",
        "case",
        "title=Arrest of Nora",
        "country=UG",
        "reference=UG-1",
        "summary=Told in confidence",
        "--json",
    )["id"]
    desk("office", "new", "involvement", f"case={case}", "name=Nora Ali", "--json")
    for profile, member in (("laptop", "Amina"), ("lost", "Bako"), ("traveller", "Dina")):
        _enrol(desk, profile, member)
    desk("office", "desk", "add", "Sahel", "--json")
    desk("office", "member", "role", "Amina", "desk officer", "--json")

    # Two attachments, the second known to the laptop alone until a kept stick is received.
    (folder / "gate.jpg").write_bytes(dice.randbytes(6_000))
    (folder / "note.txt").write_text("What the neighbour saw.\n" * 20, "utf-8")
    photo = desk("office", "attach", case, "gate.jpg", "--json")["attachment"]
    desk("office", "set", case, "charges", "terrorism, rebellion", "--json")
    changed = desk("office", "set", case, "title", "Arrest of Nora Ali", "--json")["change_set"]
    desk("office", "undo", changed, "--json")
    _carry(desk, "office", "laptop")
    _carry(desk, "laptop", "office")
    desk("office", "set", case, "title", "Arrest at the border", "--json")
    desk("laptop", "set", case, "title", "Arrest in town", "--json")
    desk("office", "set", case, "status", "open", "--json")
    _carry(desk, "laptop", "office")

    # One value and one whole case are gone for good; a removed laptop wrote on.
    desk("office", "erase", case, "--field", "summary", "--reason", "She asked for it", "--json")
    gone = desk("office", "new", "case", "title=Entered by mistake", "--json")["id"]
    desk("office", "erase", gone, "--reason", "Entered by mistake", "--json")
    desk("office", "member", "remove", "Bako", "--json")
    desk("lost", "new", "case", "title=Written on", "--json")
    desk("lost", "export", "late.ddbundle", "--all", "--json")
    desk("office", "receive", "late.ddbundle", "--json")
    desk("traveller", "travel", "depart", "--anyway", "--tell", "told")
    desk("office", "receive", "told", "--json")

    # A partner: its key, a share, and a package for the day when somebody is taken.
    desk(
        "partner",
        "init",
        "--workspace",
        "Partner",
        "--member",
        "Paul",
        "--desk",
        "Defence",
        "--unlock-seconds",
        0,
        "--json",
    )
    key = desk("partner", "key", "--json")
    desk("office", "new", "organisation", "name=Partner", f"recipient={key['recipient']}", "--json")
    desk(
        "office",
        "emergency",
        "prepare",
        case,
        "--to",
        "Partner",
        "--for",
        "Nora Ali",
        "--agreed",
        "When she is taken.",
        "--by",
        "Olga",
        "--out",
        "nora.ddemergency",
        "--json",
    )
    desk("office", "share", case, "--to", "Partner", "--out", "case.ddshare", "--json")
    desk("office", "custody", "export", photo, "evidence.zip", "--to", "The court", "--json")
    with _secret(), Vault.open(folder / "office", PASSPHRASE) as vault:
        for name, value in SETTINGS.items():
            vault.set_setting(name, value)
    desk("office", "tries", "set", 10, "--json")

    # What waits: an invitation nobody answered, a newcomer who was let in and did not receive,
    # and sticks of both sides that the other did not read.
    desk("newcomer", "init", "--unlock-seconds", 0, "--json")
    desk("office", "invite", "newcomer.ddinvite")
    desk(
        "newcomer",
        "join",
        "newcomer.ddinvite",
        "--member",
        "Eva",
        "--out",
        "newcomer.ddjoin",
        "--json",
    )
    desk("office", "approve", "newcomer.ddjoin", "--out", "first.ddbundle", "--json")
    desk("office", "invite", "open.ddinvite")
    note = desk("laptop", "attach", case, "note.txt", "--json")["attachment"]
    desk("laptop", "new", "case", "title=Threats by telephone", "country=RW", "--json")
    desk("laptop", "export", "from laptop", "--json")
    desk("office", "export", "from office", "--all", "--json")
    desk("office", "backup", "office.ddbackup", "--json")
    return {
        "recovery_code": made["recovery_code"],
        "case": case,
        "photo": photo,
        "note": note,
        "partner_words": key["words"],
        "settings": SETTINGS,
        "profiles": {name: desk.state(name) for name in ("office", "laptop", "partner")},
    }


FILES = (
    "newcomer.ddinvite",
    "newcomer.ddjoin",
    "first.ddbundle",
    "open.ddinvite",
    "case.ddshare",
    "nora.ddemergency",
    "evidence.zip",
    "office.ddbackup",
    "from laptop",
    "from office",
    "gate.jpg",
    "note.txt",
)


def settle(profile: Path) -> None:
    """Moves what the write-ahead log holds into the database, which is all that is then kept."""
    with Vault.open(profile, PASSPHRASE, last=True) as vault:
        vault.store.writer.execute("VACUUM")
        vault.store.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def pack(folder: Path, name: str, out: Path) -> None:
    """One profile as a zip: the same times in it whenever it is made."""
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file() and path.name not in ("lock", "vault.db-shm", "vault.db-wal"):
                inside = zipfile.ZipInfo(str(path.relative_to(folder / name).as_posix()))
                inside.external_attr = 0o600 << 16
                archive.writestr(inside, path.read_bytes())


def main(day: str) -> int:
    """Writes the artefacts of `day`, which must not be there yet."""
    target = HERE / day
    target.mkdir()
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        expected = story(folder)
        for name in PROFILES:
            settle(folder / name)
            pack(folder, name, target / f"{name}.zip")
        for name in FILES:
            path = folder / name
            (shutil.copytree if path.is_dir() else shutil.copyfile)(path, target / name)
        for part in target.rglob("*"):
            if part.is_file() and held.encode() in part.read_bytes():
                raise AssertionError(f"{part.name} names a folder of this machine")
    text = json.dumps(expected, ensure_ascii=False, indent=1, sort_keys=True)
    (target / "expected.json").write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
