"""Wrong passphrases that destroy the keys, where an owner chose it; and everything that must not."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.errors import (
    KeyringLockedError,
    NoVaultError,
    StorageError,
    UsageError,
    VaultDamagedError,
    WrongCodeError,
    WrongPassphraseError,
)
from defenderdesk.sync import alerts
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.coercion import attempt_limit, duress
from defenderdesk.vault.coercion.attempt_limit import (
    DestroyedError,
    FewTriesError,
    LastTryError,
    NoTriesError,
)
from defenderdesk.vault.keys import attempt_log, slots
from defenderdesk.vault.recovery import backup, restore
from tests.conftest import PASSPHRASE, MakeVault
from tests.worlds.duress import FORCED
from tests.worlds.tries import WRONG, chosen


def wrong(profile: Path, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongPassphraseError):
            Vault.open(profile, WRONG)


def alerts_of(profile: Path) -> list[str]:
    """What is said after the next right passphrase."""
    with Vault.open(profile, PASSPHRASE) as vault:
        found = [str(seen) for seen, _ in alerts.at_the_door(vault)]
        assert [str(seen) for _, (seen, _) in alerts.kept(vault)] == found
        alerts.dismiss(vault)
        assert alerts.at_the_door(vault) == []  # it is said once
    return found


def test_by_default_nothing_is_counted(make_vault: MakeVault) -> None:
    vault = make_vault()
    assert attempt_limit.chosen(vault.store) == 0
    vault.close()
    before = (vault.profile / slots.NAME).read_bytes()
    assert b"limit" not in before
    wrong(vault.profile, slots.FEWEST + 2)

    def attempt() -> bytes:
        raise WrongPassphraseError

    for _ in range(3 * slots.MOST):
        with pytest.raises(WrongPassphraseError):
            attempt_limit.counted(vault.profile, attempt)
    assert not (vault.profile / attempt_log.NAME).exists()
    assert (vault.profile / slots.NAME).read_bytes() == before
    assert attempt_limit.left(vault.profile) is None and alerts_of(vault.profile) == []


def test_so_many_destroy_the_keys_and_nothing_opens_any_more(make_vault: MakeVault, tmp_path: Path) -> None:
    profile, code = chosen(make_vault)
    copy = tmp_path / "copy of the disk"
    shutil.copytree(profile, copy)
    wrong(profile, 4)
    with pytest.raises(DestroyedError) as end:
        Vault.open(profile, WRONG, last=True)
    assert end.value.facts == {"n": 5}
    assert [path.name for path in profile.iterdir() if path.name != "lock"] == []
    for secret in (PASSPHRASE, WRONG):
        with pytest.raises(NoVaultError):
            Vault.open(profile, secret)
    with pytest.raises(NoVaultError):
        Vault.open_with_recovery(profile, code)
    with Vault.open(copy, PASSPHRASE) as vault:  # it stops who types, not who copies
        assert vault.count_cases(CaseFilter()) == 1


def test_few_that_are_left_are_said_and_the_last_is_made_only_by_name(
    make_vault: MakeVault,
) -> None:
    profile, _ = chosen(make_vault)
    said_left: list[object] = []
    for _ in range(4):
        with pytest.raises(WrongPassphraseError) as error:
            Vault.open(profile, WRONG)
        few = isinstance(error.value, FewTriesError)
        said_left.append(error.value.facts["n"] if few else None)
    assert said_left == [None, 3, 2, 1] and attempt_limit.left(profile) == 1
    for secret in (WRONG, PASSPHRASE, ""):
        with pytest.raises((LastTryError, WrongPassphraseError)):
            Vault.open(profile, secret)
    assert attempt_limit.left(profile) == 1  # nothing was tried
    with Vault.open(profile, PASSPHRASE, last=True) as vault:
        assert vault.count_cases(CaseFilter()) == 1
    assert attempt_limit.left(profile) is None and attempt_log.count(profile) == 0


def test_a_right_passphrase_or_code_begins_the_count_anew(make_vault: MakeVault) -> None:
    profile, code = chosen(make_vault)
    wrong(profile, 3)
    Vault.open(profile, PASSPHRASE).close()
    assert attempt_log.count(profile) == 0
    wrong(profile, 4)
    for _ in range(6):  # a code is not guessed, and is the way out: it is not counted
        with pytest.raises(WrongCodeError):
            Vault.open_with_recovery(profile, "AAAAA-BBBBB-CCCCC-DDDDD-EEEEEE")
    assert attempt_limit.left(profile) == 1
    Vault.open_with_recovery(profile, code).close()
    assert attempt_log.count(profile) == 0 and alerts_of(profile) == []


def test_the_mark_is_on_the_disk_before_anything_is_tried(
    make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, _ = chosen(make_vault)
    order: list[str] = []
    real_sync, real_opened = attempt_log.os.fsync, slots.opened

    def sync(descriptor: int) -> None:
        real_sync(descriptor)
        order.append("synced")

    def opened(*args: object) -> object:
        order.append(f"tried at {attempt_log.count(profile)}")
        return real_opened(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(attempt_log.os, "fsync", sync)
    monkeypatch.setattr(slots, "opened", opened)
    wrong(profile, 2)
    assert order == ["synced", "tried at 1", "synced", "tried at 2"]


def test_where_the_mark_cannot_be_written_nothing_is_tried(
    make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, code = chosen(make_vault)

    def refused(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(attempt_log.os, "fsync", refused)
        patch.setattr(slots, "opened", lambda *_: pytest.fail("it was tried"))
        with pytest.raises(StorageError):
            Vault.open(profile, PASSPHRASE)
    Vault.open_with_recovery(profile, code).close()  # the way out needs no mark
    assert attempt_log.count(profile) == 0


def test_on_a_full_disk_it_still_counts(make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    profile, _ = chosen(make_vault)

    def full(*_: object) -> None:
        raise StorageError(what="the disk is full")

    monkeypatch.setattr("defenderdesk.files.write", full)
    wrong(profile, 4)
    Vault.open(profile, PASSPHRASE, last=True).close()
    assert attempt_log.count(profile) == 0
    wrong(profile, 4)
    kept = profile.with_name("same file")
    os.link(profile / slots.NAME, kept)
    old = kept.read_bytes()
    with pytest.raises(DestroyedError):
        Vault.open(profile, WRONG, last=True)
    now = kept.read_bytes()  # written over where they lay
    assert sum(a == b for a, b in zip(now, old, strict=False)) < len(old) // 8


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"tries 1 ",
        b"x" * 59,
        b"tries 9 ." + b"x" * 50,
        b"tries 1 ." + b"x" * 51,
        b"tries 1 ." + b"x" * 49 + b"\0",
        b"tries 1 ?" + b"x" * 50,
    ],
    ids=["missing", "empty", "torn", "marks", "newer", "long", "zero", "flag"],
)
def test_a_count_that_is_missing_or_damaged_destroys_nothing_and_is_said(
    make_vault: MakeVault, content: bytes | None
) -> None:
    profile, _ = chosen(make_vault)
    wrong(profile, 4)
    path = profile / attempt_log.NAME
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    wrong(profile, 3)
    assert attempt_log.count(profile) == 3
    assert alerts_of(profile) == ["The count of wrong passphrases was missing or damaged, and began anew."]
    assert alerts_of(profile) == []


@pytest.mark.parametrize("limit", [-1, 51, True, "10", None, 10**30])
def test_a_rule_that_was_changed_on_the_disk_is_said_and_put_back(
    make_vault: MakeVault, limit: object
) -> None:
    profile, _ = chosen(make_vault)
    path = profile / slots.NAME
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"limit": limit}))
    wrong(profile, 6)  # no number that an owner can choose: nothing is destroyed
    changed = ["The rule about wrong passphrases is not the one that you chose."]
    assert alerts_of(profile) == changed
    assert slots.load_limit(profile) == 5 and alerts_of(profile) == []


def test_a_stranger_who_sets_the_rule_is_seen(make_vault: MakeVault) -> None:
    vault = make_vault()
    vault.close()
    path = vault.profile / slots.NAME
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"limit": 5}))
    assert len(alerts_of(vault.profile)) == 1
    wrong(vault.profile, 6)
    assert slots.load_limit(vault.profile) == 0


def test_who_chooses_it_proves_the_passphrase_within_bounds(make_vault: MakeVault) -> None:
    vault = make_vault()
    for bad in (1, 4, 51, -5):
        with pytest.raises(UsageError):
            attempt_limit.choose(vault.store, PASSPHRASE, bad)
    with pytest.raises(WrongPassphraseError):
        attempt_limit.choose(vault.store, WRONG, 10)
    assert attempt_limit.chosen(vault.store) == 0
    attempt_limit.choose(vault.store, PASSPHRASE, 50)
    with pytest.raises(WrongPassphraseError):
        attempt_limit.choose(vault.store, WRONG, 0)
    assert attempt_limit.chosen(vault.store) == 50
    vault.change_passphrase("another quiet garden here")
    vault.new_recovery_code()
    assert attempt_limit.chosen(vault.store) == 50  # new slots keep the rule
    attempt_limit.choose(vault.store, "another quiet garden here", 0)
    assert attempt_limit.chosen(vault.store) == 0 and not (vault.profile / attempt_log.NAME).exists()
    assert not attempt_limit.changed(vault.store)


def test_what_could_not_be_tried_is_not_counted(make_vault: MakeVault) -> None:
    profile, _ = chosen(make_vault)

    def locked() -> bytes:
        assert attempt_log.count(profile) == 1
        raise KeyringLockedError

    for _ in range(8):
        with pytest.raises(KeyringLockedError):
            attempt_limit.counted(profile, locked)
    assert attempt_log.count(profile) == 0
    (profile / slots.NAME).write_bytes(b"{}")
    with pytest.raises(VaultDamagedError):
        Vault.open(profile, PASSPHRASE)
    assert attempt_log.count(profile) == 0


def test_the_duress_passphrase_is_a_try_like_another_and_the_rule_stays(
    make_vault: MakeVault,
) -> None:
    profile, _ = chosen(make_vault)
    with Vault.open(profile, PASSPHRASE) as vault:
        vault.set_duress(PASSPHRASE, FORCED, "My work", "Notes")
    wrong(profile, 4)
    with pytest.raises(LastTryError):
        Vault.open(profile, FORCED)
    with Vault.open(profile, FORCED, last=True) as vault:
        assert vault.count_cases(CaseFilter()) == 0
        assert attempt_limit.chosen(vault.store) == 5 and alerts.at_the_door(vault) == []
    assert attempt_log.count(profile) == 0


def test_it_stays_through_travel(make_vault: MakeVault) -> None:
    profile, _ = chosen(make_vault)
    Vault.open(profile, PASSPHRASE).depart(PASSPHRASE, anyway=True)
    with Vault.open(profile, PASSPHRASE) as vault:
        assert vault.count_cases(CaseFilter()) == 0
        assert attempt_limit.chosen(vault.store) == 5 and alerts.at_the_door(vault) == []
    wrong(profile, 4)
    assert attempt_limit.left(profile) == 1


def test_a_backup_is_tried_uncounted_and_brings_the_rule(make_vault: MakeVault, tmp_path: Path) -> None:
    profile, _ = chosen(make_vault)
    out = tmp_path / "all.ddbackup"
    with Vault.open(profile, PASSPHRASE) as vault:
        backup.write(vault.store, out)
    kept = out.read_bytes()
    for _ in range(6):
        with pytest.raises(WrongPassphraseError):
            restore.restore(out, tmp_path / "back", restore.by_passphrase(WRONG))
        with pytest.raises(WrongPassphraseError):
            restore.rehearse(out, profile, restore.by_passphrase(WRONG))
    assert out.read_bytes() == kept and attempt_log.count(profile) == 0
    restore.restore(out, tmp_path / "back", restore.by_passphrase(PASSPHRASE))
    assert alerts_of(tmp_path / "back") == []
    wrong(tmp_path / "back", 4)
    with pytest.raises(DestroyedError):
        Vault.open(tmp_path / "back", WRONG, last=True)
    with Vault.open(profile, PASSPHRASE) as vault:
        assert vault.count_cases(CaseFilter()) == 1


# -- whatever happens, in any order --------------------------------------------------------------


def attempt_of(outcome: str) -> bytes:
    if outcome == "right":
        return b"key"
    raise {
        "wrong": WrongPassphraseError,
        "locked": KeyringLockedError,
        "killed": KeyboardInterrupt,
    }[outcome]


def key_file(profile: Path, limit: int) -> None:
    slot = slots.Slot(slots.PASSPHRASE, slots.Cost(65536, 3, 1), b"s" * 16, b"w" * 48)
    slots.save(profile, [slot, slot.decoy()], limit=limit)
    attempt_log.begin(profile)


@given(
    st.integers(slots.FEWEST, 8),
    st.lists(
        st.tuples(st.sampled_from(["wrong", "wrong", "wrong", "right", "locked", "killed"]), st.booleans()),
        max_size=40,
    ),
)
def test_the_keys_go_exactly_when_so_many_in_a_row_were_tried(
    tmp_path_factory: pytest.TempPathFactory, limit: int, happened: list[tuple[str, bool]]
) -> None:
    profile = tmp_path_factory.mktemp("any")
    key_file(profile, limit)
    row = 0  # tries that began since the last right one, whatever became of them
    for outcome, last in happened:
        made = False

        def attempt(outcome: str = outcome) -> bytes:
            nonlocal made
            made = True
            return attempt_of(outcome)

        try:
            with contextlib.suppress(WrongPassphraseError, KeyringLockedError, LastTryError, NoTriesError):
                attempt_limit.counted(profile, attempt, last=last)
        except DestroyedError:
            assert row == limit - 1 and last and outcome == "wrong"
            assert not (profile / slots.NAME).exists()
            return
        except KeyboardInterrupt:
            assert outcome == "killed"
        assert made == (row < limit - 1 or (row == limit - 1 and last))
        if made:
            row = {"right": 0, "locked": row}.get(outcome, row + 1)
        assert attempt_log.count(profile) == row <= limit
        assert slots.load_limit(profile) == limit


@given(st.binary(max_size=80) | st.binary(max_size=50).map(lambda b: b"tries 1 ." + b))
def test_no_damage_of_the_count_destroys(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    profile = tmp_path_factory.mktemp("damaged")
    key_file(profile, 5)
    (profile / attempt_log.NAME).write_bytes(content)
    with pytest.raises(WrongPassphraseError):
        attempt_limit.counted(profile, lambda: attempt_of("wrong"), last=True)
    assert (profile / slots.NAME).exists() and attempt_log.count(profile) == 1


def test_duress_and_the_rule_look_the_same_in_the_file(make_vault: MakeVault) -> None:
    """That a duress passphrase was given is not told by a rule that is gone."""
    profile, _ = chosen(make_vault)
    with Vault.open(profile, PASSPHRASE) as vault:
        vault.set_duress(PASSPHRASE, FORCED, "My work", "Notes")
    before = json.loads((profile / slots.NAME).read_bytes())
    duress.unlock(profile, FORCED)
    after = json.loads((profile / slots.NAME).read_bytes())
    assert sorted(before) == sorted(after) and after["limit"] == 5
