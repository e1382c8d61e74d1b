"""Vaults and files of earlier days open in the program of today, and say what they said then."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from defenderdesk.vault import Vault
from tests.artefacts import make

DAYS = sorted(path.parent for path in make.HERE.glob("*/expected.json"))


class Kept(make.Desk):
    """The artefacts of one day, copied to where they may be written to."""

    def __init__(self, day: Path, folder: Path) -> None:
        super().__init__(folder)
        self.expected: dict[str, Any] = json.loads((day / "expected.json").read_text("utf-8"))
        for path in day.iterdir():
            (shutil.copytree if path.is_dir() else shutil.copyfile)(path, folder / path.name)
        for name in make.PROFILES:
            with zipfile.ZipFile(folder / f"{name}.zip") as archive:
                archive.extractall(folder / name)

    def dump(self, profile: str) -> Any:
        return self(profile, "dump", "--json")

    def carry(self, source: str, target: str, stick: str) -> Any:
        self(source, "export", stick, "--json")
        return self(target, "receive", stick, "--json")

    def sound(self, *profiles: str) -> None:
        for profile in profiles:
            found = self(profile, "verify", self.folder / profile, "--json")
            assert found["ok"] and found["problems"] == []


@pytest.fixture(params=DAYS, ids=lambda day: day.name)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    return Kept(request.param, tmp_path)


def within(expected: Any, got: Any, where: str = "") -> None:
    """Asserts that `got` says all that `expected` says; a later program may say more."""
    if isinstance(expected, dict):
        assert isinstance(got, dict), where
        for key, value in expected.items():
            assert key in got, f"{where}.{key}"
            within(value, got[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(got, list) and len(got) == len(expected), where
        for at, (one, other) in enumerate(zip(expected, got, strict=True)):
            within(one, other, f"{where}[{at}]")
    else:
        assert got == expected, where


def test_something_is_kept() -> None:
    assert DAYS


@pytest.mark.parametrize("profile", ["office", "laptop", "partner"])
def test_a_profile_says_what_it_said(kept: Kept, profile: str) -> None:
    expected = kept.expected["profiles"][profile]
    got = kept.state(profile)
    # How a worry is worded may change; that it is still there, from then, may not.
    for state in (expected, got):
        state["worries"] = [one["at"] for one in state["worries"]]
    within(expected, got)
    assert got["dump"] == expected["dump"]
    assert got["verify"]["ok"]


def test_what_the_story_is_about_is_in_the_artefacts(kept: Kept) -> None:
    office = kept.expected["profiles"]["office"]
    [conflict] = office["conflicts"]
    assert {value["value"] for value in conflict["values"]} == {
        "Arrest at the border",
        "Arrest in town",
    }
    assert {d["member"]: d["present"] for d in office["members"]["devices"]} == {
        "Olga": True,
        "Amina": True,
        "Bako": False,
        "Dina": True,
        "Eva": True,
    }
    assert [d["aside"] for d in office["members"]["devices"] if d["member"] == "Bako"] == [1]
    assert [one["done"] for one in office["erasures"]] == [True, True] and office["worries"]
    assert "Told in confidence" not in json.dumps(office)


def test_settings_are_as_they_were(kept: Kept) -> None:
    with Vault.open(kept.folder / "office", make.PASSPHRASE, last=True) as vault:
        for name, value in kept.expected["settings"].items():
            assert vault.setting(name, "not there") == value, name
    shown = kept("office", "tries", "show", "--json")
    assert 10 in shown.values()


def test_sticks_of_both_sides_are_taken_in(kept: Kept) -> None:
    for profile, stick in (("office", "from laptop"), ("laptop", "from office")):
        got = kept(profile, "receive", stick, "--json")
        assert got["changes"] and got["refused"] == [] and got["missing"] == []
        again = kept(profile, "receive", stick, "--json")
        assert again["changes"] == 0 and again["refused"] == []
    kept.carry("office", "laptop", "one more")
    kept.carry("laptop", "office", "and back")
    assert kept.dump("office")["records"] == kept.dump("laptop")["records"]
    titles = {case["title"] for case in kept("office", "list", "--json")}
    assert "Threats by telephone" in titles
    for profile in ("office", "laptop"):
        for name, file in (("photo", "gate.jpg"), ("note", "note.txt")):
            out = f"{profile} {file}"
            kept(profile, "fetch", kept.expected[name], out)
            assert (kept.folder / out).read_bytes() == (kept.folder / file).read_bytes()
    [conflict] = kept("office", "conflicts", "--json")
    kept("office", "settle", conflict["id"], "Arrest at the border post", "--json")
    kept.carry("office", "laptop", "settled")
    assert kept("laptop", "conflicts", "--json") == []
    kept.sound("office", "laptop")


def test_a_newcomer_of_then_and_one_of_today_come_in(kept: Kept) -> None:
    assert kept("newcomer", "receive", "first.ddbundle", "--json")["joined"]
    kept("today", "init", "--unlock-seconds", 0, "--json")
    joined = kept("today", "join", "open.ddinvite", "--member", "Fara", "--out", "t.ddjoin", "--json")
    made = kept("office", "approve", "t.ddjoin", "--out", "t.ddbundle", "--json")
    assert joined["words"] == made["words"]
    assert kept("today", "receive", "t.ddbundle", "--json")["joined"]
    kept.carry("office", "newcomer", "to all")
    kept("today", "receive", "to all", "--json")
    assert kept.dump("newcomer") == kept.dump("today")
    assert kept.dump("today")["records"]
    kept.sound("office", "newcomer", "today")


def test_a_traveller_of_then_comes_home_today(kept: Kept) -> None:
    assert kept("traveller", "list", "--json") == []
    kept("office", "travel", "back", "Dina", "--json")
    kept.carry("office", "traveller", "home")
    wanted = {case["title"] for case in kept("office", "list", "--json")}
    assert {case["title"] for case in kept("traveller", "list", "--json")} == wanted != set()
    kept.sound("office", "traveller")


def test_files_for_others_open(kept: Kept) -> None:
    looked = kept("partner", "take", "case.ddshare", "--look", "--json")
    assert looked["organisation"] == "Network" and looked["member"] == "Olga"
    assert kept("partner", "take", "case.ddshare", "--json")["new"] == looked["records"] > 1
    package = kept("partner", "emergency", "keep", "nora.ddemergency", "--look", "--json")
    assert package["for"] == "Nora Ali"
    found = kept("nobody", "verify", "evidence.zip", "--json")
    photo = (kept.folder / "gate.jpg").read_bytes()
    assert found["ok"] and found["sha256"] == hashlib.sha256(photo).hexdigest()


def test_a_backup_of_then_is_restored_today(kept: Kept) -> None:
    kept("again", "restore", "office.ddbackup", "--json")
    assert kept.dump("again") == kept.expected["profiles"]["office"]["dump"]
    kept.sound("again")


def test_bundles_verify_by_themselves(kept: Kept) -> None:
    # What begins with 0 is for one device alone, the removed one among them.
    bundles = [*kept.folder.glob("from */1-*"), *kept.folder.glob("from */2-*")]
    assert len(bundles) == 4
    for bundle in bundles:
        assert kept("office", "verify", bundle, "--json")["ok"]
