"""A duress passphrase: what it destroys, what it shows, and that nobody sees that there is one."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from defenderdesk.errors import StorageError, UsageError, WrongCodeError, WrongPassphraseError
from defenderdesk.sync import alerts
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.coercion import attempt_limit, duress
from defenderdesk.vault.keys import slots
from tests.conftest import PASSPHRASE, MakeVault
from tests.worlds.duress import FORCED, case


def prepared(make_vault: MakeVault, tmp_path: Path) -> Path:
    vault = make_vault()
    note = tmp_path / "note.txt"
    note.write_bytes(b"secret " * 1000)
    vault.attach(case(vault, "Canary"), note)
    vault.set_duress(PASSPHRASE, FORCED, "My work", "Notes")
    vault.close()
    return vault.profile


def test_it_opens_an_empty_workspace_and_nothing_opens_the_old_one(
    make_vault: MakeVault, tmp_path: Path
) -> None:
    profile = prepared(make_vault, tmp_path)
    with Vault.open(profile, PASSPHRASE) as vault:
        assert vault.count_cases(CaseFilter()) == 1
        member, code = vault.info().member, vault.new_recovery_code()
    with Vault.open(profile, FORCED) as vault:
        info = vault.info()
        assert (info.workspace, info.member, info.desks[0].name) == ("My work", member, "Notes")
        assert vault.count_cases(CaseFilter()) == 0 and vault.search("Canary") == []
        case(vault, "Ordinary")
    assert not any((profile / "chunks").rglob("*.*")) and not (profile / "sync").exists()
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, PASSPHRASE)
    with pytest.raises(WrongCodeError):
        Vault.open_with_recovery(profile, code)
    with Vault.open(profile, FORCED) as vault:  # from now on an ordinary passphrase
        assert vault.count_cases(CaseFilter()) == 1
        vault.change_passphrase("another quiet garden here")
        again = vault.new_recovery_code()
    with Vault.open_with_recovery(profile, again) as vault:
        assert vault.count_cases(CaseFilter()) == 1
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, FORCED)
    with Vault.open(profile, "another quiet garden here") as vault:
        assert vault.count_cases(CaseFilter()) == 1


def test_the_empty_vault_knows_its_own_slot_wherever_it_stands(make_vault: MakeVault, tmp_path: Path) -> None:
    profile = prepared(make_vault, tmp_path)
    with Vault.open(profile, FORCED) as vault:
        own = duress.own_slot(vault.store, slots.load(profile))
        assert own and own.open(FORCED) is not None
        assert vault.store.meta(duress.OWN) == [own.wrapped]


def test_a_full_disk_does_not_save_the_old_keys(
    make_vault: MakeVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = prepared(make_vault, tmp_path)

    def full(*_: object) -> None:
        raise StorageError(what="the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("defenderdesk.files.write", full)
        with pytest.raises(StorageError):
            Vault.open(profile, FORCED)
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, PASSPHRASE)
    with Vault.open(profile, FORCED) as vault:
        assert vault.count_cases(CaseFilter()) == 0


def test_the_file_looks_the_same_with_it_and_without(make_vault: MakeVault) -> None:
    vault = make_vault()

    def shape() -> object:
        content = json.loads((vault.profile / "keys.json").read_bytes())
        two = [s for s in content["slots"] if s["kind"] == "passphrase"]
        assert len(two) == 2 and two[0]["salt"] == two[1]["salt"]
        return (
            sorted(content),
            len(base64.b64decode(content["pad"])),
            [(s["kind"], sorted(s), len(s["wrapped"])) for s in content["slots"]],
        )

    before = shape()
    vault.set_duress(PASSPHRASE, FORCED, "\u0639" * 60, "N")
    assert shape() == before
    vault.change_passphrase("another quiet garden here")
    assert shape() == before
    vault.new_recovery_code()
    assert shape() == before
    vault.clear_duress("another quiet garden here")
    assert shape() == before
    vault.close()
    with Vault.open(vault.profile, "another quiet garden here"):
        assert shape() == before


def test_the_old_slots_are_overwritten_where_they_lay(make_vault: MakeVault, tmp_path: Path) -> None:
    profile = prepared(make_vault, tmp_path)
    kept = tmp_path / "same-inode"
    os.link(profile / "keys.json", kept)
    old = kept.read_bytes()
    Vault.open(profile, FORCED).close()
    now = kept.read_bytes()
    assert len(now) == len(old)
    assert sum(a == b for a, b in zip(now, old, strict=True)) < len(old) // 8


@pytest.mark.parametrize("at", ["shutil.rmtree", "Store", "found"])
def test_a_crash_in_between_is_gone_on_with(
    make_vault: MakeVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    profile = prepared(make_vault, tmp_path)

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        where = "membership.administer" if at == "found" else "coercion.duress"
        patch.setattr(f"defenderdesk.vault.{where}.{at}", crash)
        with pytest.raises(KeyboardInterrupt):
            Vault.open(profile, FORCED)
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, PASSPHRASE)
    with Vault.open(profile, FORCED) as vault:
        assert vault.info().workspace == "My work" and vault.count_cases(CaseFilter()) == 0
        case(vault, "Ordinary")
    with Vault.open(profile, FORCED) as vault:
        assert vault.count_cases(CaseFilter()) == 1


def test_wrong_passphrases_never_destroy_anything(make_vault: MakeVault, tmp_path: Path) -> None:
    profile = prepared(make_vault, tmp_path)
    before = (profile / "keys.json").read_bytes()
    for wrong in ("", "guess", FORCED.upper(), FORCED + " ", "x" * 5000):
        with pytest.raises(WrongPassphraseError):
            Vault.open(profile, wrong)
    assert (profile / "keys.json").read_bytes() == before
    with Vault.open(profile, PASSPHRASE) as vault:
        assert vault.count_cases(CaseFilter()) == 1


def test_it_stays_through_a_new_passphrase_and_a_recovery(make_vault: MakeVault, tmp_path: Path) -> None:
    profile = prepared(make_vault, tmp_path)
    with Vault.open(profile, PASSPHRASE) as vault:
        code = vault.new_recovery_code()
        with pytest.raises(UsageError):
            vault.change_passphrase(FORCED)
        vault.change_passphrase("another quiet garden here")
    with Vault.open_with_recovery(profile, code) as vault:
        vault.change_passphrase("the third garden of them all")
    for old in (PASSPHRASE, "another quiet garden here"):
        with pytest.raises(WrongPassphraseError):
            Vault.open(profile, old)
    with Vault.open(profile, "the third garden of them all") as vault:
        assert vault.count_cases(CaseFilter()) == 1
    with Vault.open(profile, FORCED) as vault:
        assert vault.count_cases(CaseFilter()) == 0


def test_who_sets_it_proves_the_passphrase_and_it_can_be_removed(make_vault: MakeVault) -> None:
    vault = make_vault()
    case(vault, "Stays")
    with pytest.raises(WrongPassphraseError):
        vault.set_duress("not it", FORCED, "W", "D")
    with pytest.raises(UsageError):
        vault.set_duress(PASSPHRASE, PASSPHRASE, "W", "D")
    vault.change_passphrase("caf\u00e9")
    with pytest.raises(UsageError):  # another way to type the same, which opens the same
        vault.set_duress("caf\u00e9", "cafe\u0301", "W", "D")
    vault.change_passphrase(PASSPHRASE)
    vault.set_duress(PASSPHRASE, FORCED, "W", "D")
    with pytest.raises(WrongPassphraseError):
        vault.clear_duress(FORCED)
    vault.clear_duress(PASSPHRASE)
    vault.close()
    with pytest.raises(WrongPassphraseError):
        Vault.open(vault.profile, FORCED)
    with Vault.open(vault.profile, PASSPHRASE) as again:
        assert again.count_cases(CaseFilter()) == 1


def test_a_vault_of_before_gets_its_decoy_with_the_next_passphrase(make_vault: MakeVault) -> None:
    vault = make_vault()
    present = slots.load(vault.profile)
    own = duress.own_slot(vault.store, present)
    assert own
    slots.save(vault.profile, [own, *(s for s in present if s.kind == slots.RECOVERY)])
    vault.store.set_meta(duress.OWN, [])
    vault.close()
    with Vault.open(vault.profile, PASSPHRASE) as again:
        again.change_passphrase("another quiet garden here")
    kinds = [slot.kind for slot in slots.load(vault.profile)]
    assert kinds == [slots.PASSPHRASE, slots.PASSPHRASE, slots.RECOVERY]
    with Vault.open(vault.profile, "another quiet garden here"):
        pass


@pytest.mark.parametrize("way", ["passphrase", "code"])
@pytest.mark.parametrize("first", [True, False])
def test_a_key_file_put_back_from_a_copy_keeps_no_old_passphrase(
    make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch, way: str, first: bool
) -> None:
    """The vault does not know the slots of the copy, and must not take the duress passphrase's for
    its own."""
    monkeypatch.setattr(slots, "shuffled", lambda own, other: [own, other] if first else [other, own])
    vault = make_vault()
    case(vault, "Stays")
    code = vault.new_recovery_code()
    vault.set_duress(PASSPHRASE, FORCED, "My work", "Notes")
    copy = (vault.profile / slots.NAME).read_bytes()
    vault.change_passphrase("the second one")
    vault.close()
    (vault.profile / slots.NAME).write_bytes(copy)
    if way == "code":
        again = Vault.open_with_recovery(vault.profile, code)
    else:
        again = Vault.open(vault.profile, PASSPHRASE)
    again.change_passphrase("the third one")
    again.close()
    with pytest.raises(WrongPassphraseError):
        Vault.open(vault.profile, PASSPHRASE)
    with Vault.open(vault.profile, "the third one") as opened:
        assert opened.count_cases(CaseFilter()) == 1
        [(seen, todo)] = alerts.at_the_door(opened)
        assert "key file" in str(seen) and "duress passphrase" in str(todo)
        assert alerts.at_the_door(opened) == []  # said once, and kept
        assert len(alerts.kept(opened)) == 1
    if way == "code":  # nobody could tell which slot was which: it is gone, and that is said
        with pytest.raises(WrongPassphraseError):
            Vault.open(vault.profile, FORCED)
    else:
        with Vault.open(vault.profile, FORCED) as opened:
            assert opened.count_cases(CaseFilter()) == 0


@pytest.mark.parametrize("step", ["passphrase", "duress", "tries"])
def test_a_disk_that_is_full_once_it_is_done_does_not_call_it_failed(
    make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Who is told that it failed goes on with what opens nothing any more."""
    vault = make_vault()
    real, kept = vault.store.set_meta, (vault.profile / slots.NAME).read_bytes()

    def full(name: str, value: object) -> None:
        if (vault.profile / slots.NAME).read_bytes() != kept:
            raise StorageError(what="database or disk is full")
        real(name, value)

    monkeypatch.setattr(vault.store, "set_meta", full)
    if step == "passphrase":
        vault.change_passphrase("the second one")
    elif step == "duress":
        vault.set_duress(PASSPHRASE, FORCED, "W", "D")
    else:
        attempt_limit.choose(vault.store, PASSPHRASE, 5)
    vault.close()
    new = "the second one" if step == "passphrase" else PASSPHRASE
    with Vault.open(vault.profile, new) as again:
        again.change_passphrase("the third one")
        assert alerts.at_the_door(again) == []
    with pytest.raises(WrongPassphraseError):
        Vault.open(vault.profile, new)
    with Vault.open(vault.profile, "the third one") as again:
        assert attempt_limit.chosen(again.store) == (5 if step == "tries" else 0)
    if step == "duress":
        with Vault.open(vault.profile, FORCED) as front:
            assert front.info().workspace == "W"
