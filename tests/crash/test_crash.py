"""The process is really killed, at random moments. What was acknowledged is there afterwards,
the vault is sound, and the next attempt goes on."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, MakeVault, Pair
from tests.crash.kill import ROUNDS, run_and_kill
from tests.worlds.records import new_case

Say = Callable[[str], None]


def sound(vault: Vault) -> None:
    assert verification.vault(vault.store).problems == []


def test_killed_while_saving(make_vault: MakeVault, tmp_path: Path) -> None:
    vault = make_vault()
    vault.close()
    photo = tmp_path / "photo"
    photo.write_bytes(os.urandom(6_000_000))
    chance = random.Random(1)
    acknowledged: dict[str, str] = {}

    def work(say: Say) -> None:
        with Vault.open(vault.profile, PASSPHRASE) as mine:
            say("ready")
            number = 0
            while True:
                case = new_case(mine, f"Case {os.getpid()} {number}")
                say(f"case {case} Case {os.getpid()} {number}")
                mine.save([Edit(case, "title", f"Better {number}")])
                say(f"case {case} Better {number}")
                if number % 5 == 0:
                    attachment = mine.new_id()
                    mine.attach(case, photo, attachment=attachment)
                    say(f"photo {attachment}")
                number += 1

    photos: list[str] = []
    for _ in range(ROUNDS):
        for text in run_and_kill(work, 0.25, chance):
            kind, name, *title = text.split(" ", 2)
            if kind == "case":
                acknowledged[name] = title[0]
            else:
                photos.append(name)
        with Vault.open(vault.profile, PASSPHRASE) as again:
            for name, title_text in acknowledged.items():
                shown = again.get(name).fields["title"]
                assert shown == title_text or str(shown).startswith("Better")
            for name in photos:
                with open(os.devnull, "wb") as out:
                    again.fetch(name, out)
            sound(again)
    assert acknowledged


def test_killed_while_exporting(pair: Pair) -> None:
    chance = random.Random(2)
    for number in range(200):
        new_case(pair.office, f"Case {number} " + "x" * 200)
    case = new_case(pair.office, "With video")
    (pair.folder / "video").write_bytes(os.urandom(90_000_000))
    pair.office.attach(case, pair.folder / "video")
    profile = pair.office.profile
    pair.office.close()
    stick = pair.folder / "stick"
    stick.mkdir()

    def work(say: Say) -> None:
        with Vault.open(profile, PASSPHRASE) as mine:
            say("ready")
            exporting.export(mine, stick)

    for _ in range(ROUNDS):
        run_and_kill(work, 0.25, chance)
        for path in stick.glob("*.ddbundle"):
            assert receiving.receive_file(pair.laptop, path).sender == "Office", "whole or not there"
        if chance.random() < 0.3:
            for path in list(stick.iterdir()):
                path.unlink()
    with Vault.open(profile, PASSPHRASE) as office:
        exporting.export(office, stick)
        assert not [p for p in stick.iterdir() if p.name.endswith(".part")]
        receiving.receive(pair.laptop, stick)
        assert exchange_json.dump_text(office) == exchange_json.dump_text(pair.laptop)
        [video] = pair.laptop.children(case, "attachment")
        with open(os.devnull, "wb") as out:
            pair.laptop.fetch(video.id, out)
    sound(pair.laptop)


def test_killed_while_receiving(pair: Pair) -> None:
    chance = random.Random(3)
    profile = pair.laptop.profile
    pair.laptop.close()
    expected = 0
    for round_number in range(ROUNDS):
        edits = []
        for number in range(1500):
            case = pair.office.new_id()
            edits += [Edit(case, "kind", "case"), Edit(case, "title", f"Case {round_number} {number}")]
        pair.office.save(edits)
        path = pair.folder / f"{round_number}.ddbundle"
        exporting.export(pair.office, path, everything=True)

        def work(say: Say, path: Path = path) -> None:
            with Vault.open(profile, PASSPHRASE) as mine:
                say("ready")
                receiving.receive(mine, path)

        said = run_and_kill(work, 0.15, chance)
        with Vault.open(profile, PASSPHRASE) as laptop:
            count = laptop.count_cases(CaseFilter())
            assert count in (expected, 1500 * (round_number + 1)), "whole or not at all"
            if "finished" in said:
                assert count == 1500 * (round_number + 1)
            expected = count
            sound(laptop)
    with Vault.open(profile, PASSPHRASE) as laptop:
        receiving.receive(laptop, path)
        assert exchange_json.dump_text(laptop) == exchange_json.dump_text(pair.office)


def test_killed_while_a_vault_is_made(tmp_path: Path) -> None:
    chance = random.Random(4)
    for number in range(ROUNDS):
        profile = tmp_path / f"p{number}"

        def work(say: Say, profile: Path = profile) -> None:
            say("ready")
            vault, _ = Vault.create(profile, PASSPHRASE, unlock_seconds=0)
            vault.found("W", "M", "D")
            say("made")
            vault.close()

        said = run_and_kill(work, 0.6, chance)
        if Vault.exists(profile):
            with Vault.open(profile, PASSPHRASE) as vault:
                assert vault.info().workspace == ("W" if "made" in said else vault.info().workspace)
        else:
            assert "made" not in said
            Vault.create(profile, PASSPHRASE, unlock_seconds=0)[0].close()
