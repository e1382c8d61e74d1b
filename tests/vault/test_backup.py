"""Backups: made while the vault is used, opened by what opens the vault, whole or not there; and
the restored vault among its colleagues."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from defenderdesk.crypto.passphrase import Cost
from defenderdesk.errors import (
    BackupDamagedError,
    Cancelled,
    NewerError,
    NotFoundError,
    StorageError,
    UsageError,
    VaultDamagedError,
    VaultExistsError,
    WrongCodeError,
    WrongPassphraseError,
)
from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.keys import slots
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.recovery import backup, restore, sealed_backup
from defenderdesk.vault.storage import schema
from tests.conftest import PASSPHRASE, MakeVault, Pair
from tests.vault.copies import copies
from tests.worlds.clones import everyone_meets, titles
from tests.worlds.records import new_case

FORCED = "seven owls paint the harbour"
CONTENT = os.urandom(5_000_000)


@pytest.fixture(scope="module")
def make_copy(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("backup")

    def fill(vault: Vault) -> None:
        case = new_case(vault, "A case to keep")
        (folder / "photo.jpg").write_bytes(CONTENT)
        vault.attach(case, folder / "photo.jpg")

    return copies(folder, fill)


@pytest.fixture
def kept(make_copy, tmp_path: Path) -> Iterator[Vault]:  # type: ignore[no-untyped-def]
    """A vault with a case and an attachment of two chunks."""
    yield from make_copy(tmp_path / "vault")


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_it_comes_back_as_it_was(kept: Vault, tmp_path: Path) -> None:
    out = tmp_path / "stick" / "amina.ddbackup"
    out.parent.mkdir()
    assert backup.last(kept.store) is None
    made = backup.write(kept.store, out)
    assert backup.last(kept.store) == made
    assert (made.size, made.attachments) == (out.stat().st_size, 1)
    assert everything(out.parent) == ["amina.ddbackup"]
    assert not [name for name in everything(kept.profile) if name.endswith(".part")]
    found = restore.restore(out, tmp_path / "new", restore.by_passphrase(PASSPHRASE))
    assert (found.member, found.workspace) == ("Amina Diallo", "Workspace")
    assert found.attachments == 1 and not found.problems and not found.missing
    with Vault.open(tmp_path / "new", PASSPHRASE) as vault:
        assert exchange_json.dump_text(vault) == exchange_json.dump_text(kept)
        assert verification.vault(vault.store).problems == []
        [case] = [hit.id for hit in vault.search("keep")]
        [attachment] = vault.children(case, "attachment")
        with open(tmp_path / "out.jpg", "wb") as target:
            vault.fetch(attachment.id, target)
        assert (tmp_path / "out.jpg").read_bytes() == CONTENT
        assert vault.info() == kept.info()
    left = {name for name in everything(tmp_path / "new") if not name.startswith("chunks")}
    assert left <= {"keys.json", "lock", "vault.db", "vault.db-wal", "vault.db-shm"}


def test_the_file_says_nothing(kept: Vault, tmp_path: Path) -> None:
    new_case(kept, "Xanthippe of the harbour")
    backup.write(kept.store, tmp_path / "b")
    data = (tmp_path / "b").read_bytes()
    for secret in (b"Xanthippe", b"Amina", CONTENT[:64], kept.store.data_key, b"SQLite format"):
        assert secret not in data
    assert data.startswith(b"age-encryption.org/v1\n")


def test_it_is_one_moment_while_somebody_writes(kept: Vault, tmp_path: Path) -> None:
    """Saves go on all the while; each is in the backup whole, or not at all, and none fails."""
    stop, written, errors = threading.Event(), [0], []

    def write() -> None:
        try:
            while not stop.is_set():
                new_case(kept, f"Meanwhile {written[0]}")
                written[0] += 1
        except BaseException as error:
            errors.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            while written[0] < 5 * (number + 1):
                time.sleep(0.01)
            backup.write(kept.store, tmp_path / f"{number}")
    finally:
        stop.set()
        writer.join()
    assert not errors
    for number in range(3):
        found = restore.rehearse(tmp_path / f"{number}", tmp_path / "near", restore.by_passphrase(PASSPHRASE))
        assert found.problems == () and found.records >= 5 * (number + 1)
    assert not (tmp_path / "near").exists()


def test_an_erasure_meanwhile_makes_it_begin_anew(
    kept: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk that was there at the moment of the copy is erased before it is read."""
    [case] = [hit.id for hit in kept.search("keep")]
    [attachment] = kept.children(case, "attachment")
    real, tries = backup._stream, []

    def stream(*arguments):  # type: ignore[no-untyped-def]
        tries.append(1)
        if len(tries) == 1:
            erase.erase(kept.store, [attachment.id], "consent withdrawn")
            erase.clean(kept.store)
        return real(*arguments)

    monkeypatch.setattr(backup, "_stream", stream)
    made = backup.write(kept.store, tmp_path / "b")
    assert len(tries) == 2 and made.attachments == 0
    found = restore.rehearse(tmp_path / "b", tmp_path / "near", restore.by_passphrase(PASSPHRASE))
    assert not found.problems


def test_who_opens_it(make_vault: MakeVault, tmp_path: Path) -> None:
    """The passphrase and the code of when it was made; not the duress passphrase, nor later ones."""
    vault, code = Vault.create(tmp_path / "v", PASSPHRASE, unlock_seconds=0)
    with vault:
        vault.found("Workspace", "Amina", "Desk")
        vault.set_duress(PASSPHRASE, FORCED, "My work", "Notes")
        backup.write(vault.store, tmp_path / "b")
        vault.change_passphrase("another one entirely")
        vault.new_recovery_code()
    before = everything(tmp_path)
    for unlock, error in (
        (restore.by_passphrase(FORCED), WrongPassphraseError),
        (restore.by_passphrase("another one entirely"), WrongPassphraseError),
        (restore.by_code(code[:-1] + ("A" if code[-1] != "A" else "B")), WrongCodeError),
    ):
        with pytest.raises(error):
            restore.restore(tmp_path / "b", tmp_path / "new", unlock)
        with pytest.raises(error):
            restore.rehearse(tmp_path / "b", tmp_path / "near", unlock)
    assert everything(tmp_path) == before
    restore.restore(tmp_path / "b", tmp_path / "new", restore.by_code(code.lower()))
    with Vault.open(tmp_path / "new", PASSPHRASE) as restored:
        assert restored.info().member == "Amina"
    # The duress passphrase came along: it destroys the restored vault's keys as it did before.
    with Vault.open(tmp_path / "new", FORCED) as empty:
        assert empty.info().workspace == "My work"


def test_torn_anywhere(kept: Vault, tmp_path: Path) -> None:
    backup.write(kept.store, tmp_path / "b")
    data = (tmp_path / "b").read_bytes()
    head = data.index(b"\n--- ") + 80
    cuts = [0, 1, 30, 500, head, head + 100, len(data) // 2, len(data) - 65536, len(data) - 1]
    before = {*everything(tmp_path), "torn"}
    for cut in cuts:
        (tmp_path / "torn").write_bytes(data[:cut])
        with pytest.raises((BackupDamagedError, WrongPassphraseError)) as caught:
            restore.restore(tmp_path / "torn", tmp_path / "new", restore.by_passphrase(PASSPHRASE))
        assert caught.value.next_step
        assert set(everything(tmp_path)) == before, cut


def test_altered_anywhere(kept: Vault, tmp_path: Path) -> None:
    backup.write(kept.store, tmp_path / "b")
    data = bytearray((tmp_path / "b").read_bytes())
    head = data.index(b"\n--- ")
    places = [5, 30, 100, head - 20, head + 10, head + 70, len(data) // 3, len(data) - 5]
    before = {*everything(tmp_path), "altered"}
    for place in places:
        data[place] ^= 1
        (tmp_path / "altered").write_bytes(data)
        data[place] ^= 1
        with pytest.raises((BackupDamagedError, NewerError, WrongPassphraseError)):
            restore.restore(tmp_path / "altered", tmp_path / "new", restore.by_passphrase(PASSPHRASE))
        assert set(everything(tmp_path)) == before, place
    (tmp_path / "altered").write_bytes(bytes(data) + b"more")
    with pytest.raises(BackupDamagedError):
        restore.restore(tmp_path / "altered", tmp_path / "new", restore.by_passphrase(PASSPHRASE))


def test_files_that_are_none(kept: Vault, tmp_path: Path) -> None:
    way = restore.by_passphrase(PASSPHRASE)
    (tmp_path / "text").write_text("not a backup")
    with pytest.raises(BackupDamagedError):
        restore.restore(tmp_path / "text", tmp_path / "new", way)
    with pytest.raises(NotFoundError):
        restore.restore(tmp_path / "nowhere", tmp_path / "new", way)
    bundle = tmp_path / "bundle"
    with open(bundle, "wb") as out:
        from defenderdesk.crypto.age import DeskKey, Sealer

        with Sealer(out, [DeskKey.generate()]) as sealer:
            sealer.write(b"something else")
    with pytest.raises(BackupDamagedError, match="not a backup"):
        restore.restore(bundle, tmp_path / "new", way)
    assert not (tmp_path / "new").exists()


def test_a_newer_one_is_said(kept: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way = restore.by_passphrase(PASSPHRASE)
    with monkeypatch.context() as later:
        later.setattr(backup.schema, "VERSION", schema.VERSION + 1)
        backup.write(kept.store, tmp_path / "schema")
    with monkeypatch.context() as later:
        later.setattr(sealed_backup, "VERSION", 2)
        backup.write(kept.store, tmp_path / "version")
    for name in ("schema", "version"):
        with pytest.raises(NewerError):
            restore.restore(tmp_path / name, tmp_path / "new", way)
    assert not (tmp_path / "new").exists()


def test_a_hostile_cost_takes_no_memory(kept: Vault, tmp_path: Path) -> None:
    """4 GiB are what a vault's own slots may ask for; a file from outside gets less."""
    present = slots.load(kept.profile)
    greedy = [replace(slot, cost=Cost(restore.MAX_MEMORY_KIB * 2, 1, 1)) for slot in present]
    slots.save(kept.profile, greedy)
    backup.write(kept.store, tmp_path / "b")
    with pytest.raises(BackupDamagedError, match="cost out of bounds"):
        restore.restore(tmp_path / "b", tmp_path / "new", restore.by_passphrase(PASSPHRASE))


def test_nothing_is_overwritten(kept: Vault, tmp_path: Path) -> None:
    way = restore.by_passphrase(PASSPHRASE)
    precious = tmp_path / "notes.txt"
    precious.write_text("precious")
    with pytest.raises(UsageError, match="no backup"):
        backup.write(kept.store, precious)
    assert precious.read_text() == "precious"
    with pytest.raises(UsageError):
        backup.write(kept.store, kept.profile / "b")
    backup.write(kept.store, tmp_path / "b")
    new_case(kept, "Later")
    backup.write(kept.store, tmp_path / "b")  # an older backup is replaced
    with pytest.raises(VaultExistsError):
        restore.restore(tmp_path / "b", kept.profile, way)
    assert restore.rehearse(tmp_path / "b", kept.profile, way).records == 3
    assert not [name for name in everything(kept.profile) if name.endswith(".part")]
    # A folder with something of the person's own is not a vault, and keeps what is in it.
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(WrongPassphraseError):
        restore.restore(tmp_path / "b", tmp_path / "mine", restore.by_passphrase("wrong"))
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"
    restore.restore(tmp_path / "b", tmp_path / "mine", way)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"
    assert Vault.exists(tmp_path / "mine")


def test_whole_or_not_at_all(kept: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped, a stick that is full or lies: the backup of before stays, nothing is left."""
    out = tmp_path / "stick" / "b"
    out.parent.mkdir()
    backup.write(kept.store, out)
    first = out.read_bytes()
    made = backup.last(kept.store)

    for stop_at in (0, 3, 6):
        seen = 0

        def stop(_done: int, _total: int) -> None:
            nonlocal seen
            seen += 1
            if seen > stop_at:
                raise Cancelled

        with pytest.raises(Cancelled):
            backup.write(kept.store, out, stop)

    class Full(backup.Sealer):
        def write(self, data):  # type: ignore[no-untyped-def]
            if len(data) > 1_000_000:
                raise OSError(28, "No space left on device")
            return super().write(data)

    with monkeypatch.context() as full:
        full.setattr(backup, "Sealer", Full)
        with pytest.raises(StorageError):
            backup.write(kept.store, out)

    def rot(source) -> None:  # type: ignore[no-untyped-def]
        with open(source.name, "r+b") as lying:
            lying.seek(-100_000, 2)
            lying.write(b"rot")

    with monkeypatch.context() as lying:
        lying.setattr(backup, "_from_the_medium", rot)
        with pytest.raises(BackupDamagedError):
            backup.write(kept.store, out)
    assert everything(out.parent) == ["b"] and out.read_bytes() == first
    assert backup.last(kept.store) == made
    assert not [name for name in everything(kept.profile) if name.endswith(".part")]


def test_a_damaged_vault_is_said_and_no_backup_made(kept: Vault, tmp_path: Path) -> None:
    chunk = next(path for path in (kept.profile / "chunks").rglob("*") if path.is_file())
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"x")
    with pytest.raises(VaultDamagedError):
        backup.write(kept.store, tmp_path / "b")
    chunk.unlink()
    with pytest.raises(VaultDamagedError):
        backup.write(kept.store, tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_restoring_that_stops_leaves_nothing(kept: Vault, tmp_path: Path) -> None:
    backup.write(kept.store, tmp_path / "b")

    def stop(done: int, _total: int) -> None:
        if done > 1_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        restore.restore(tmp_path / "b", tmp_path / "new", restore.by_passphrase(PASSPHRASE), stop)
    assert not (tmp_path / "new").exists()


def test_a_crash_while_its_place_is_given(
    kept: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the key file is in its place, there is no vault; a second try makes it."""
    way = restore.by_passphrase(PASSPHRASE)
    backup.write(kept.store, tmp_path / "b")
    (tmp_path / "new").mkdir()
    real = os.replace

    def replace_until_the_keys(one, two) -> None:  # type: ignore[no-untyped-def]
        if Path(two) == tmp_path / "new" / slots.NAME:
            raise KeyboardInterrupt
        real(one, two)

    with monkeypatch.context() as killed:
        killed.setattr(restore.os, "replace", replace_until_the_keys)
        killed.setattr(restore.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            restore.restore(tmp_path / "b", tmp_path / "new", way)
    assert not Vault.exists(tmp_path / "new") and (tmp_path / "new" / "vault.db").exists()
    restore.restore(tmp_path / "b", tmp_path / "new", way)
    with Vault.open(tmp_path / "new", PASSPHRASE) as vault:
        assert verification.vault(vault.store).problems == []
    assert not [name for name in everything(tmp_path / "new") if ".part" in name]


def test_what_a_crashed_rehearsal_left_goes_with_the_keys(kept: Vault, tmp_path: Path) -> None:
    """A copy of the vault with its key file must not outlive a duress passphrase."""
    kept.set_duress(PASSPHRASE, FORCED, "My work", "Notes")
    left = kept.profile / ".restore.12345678.part"
    left.mkdir()
    for name in ("keys.json", "vault.db"):
        shutil.copy(kept.profile / name, left / name)
    kept.close()
    with Vault.open(kept.profile, FORCED):
        assert not left.exists()


def test_a_problem_in_it_is_found_by_the_rehearsal(kept: Vault, tmp_path: Path) -> None:
    """What was wrong in the vault already is named, and what can be had is restored."""
    with kept.store.writing() as conn:
        conn.execute("UPDATE change_sets SET signature = NULL")
    backup.write(kept.store, tmp_path / "b")
    way = restore.by_passphrase(PASSPHRASE)
    assert restore.rehearse(tmp_path / "b", tmp_path / "near", way).problems
    assert restore.restore(tmp_path / "b", tmp_path / "new", way).problems
    with Vault.open(tmp_path / "new", PASSPHRASE) as vault:
        assert titles(vault) == ["A case to keep"]


# -- among its colleagues ------------------------------------------------------------------------


def test_the_lost_laptop_comes_back_and_is_a_new_device(pair: Pair, tmp_path: Path) -> None:
    """The laptop is stolen after a backup. What it had sent since comes back from the office, and
    what was written on the restored one before that is kept."""
    case = new_case(pair.laptop, "Before the backup")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)
    backup.write(pair.laptop.store, tmp_path / "b")
    new_case(pair.laptop, "After the backup")
    pair.laptop.save([Edit(case, "status", "closed")])
    pair.carry(pair.laptop, pair.office)
    pair.laptop.close()
    shutil.rmtree(pair.laptop.profile)
    restore.restore(tmp_path / "b", pair.laptop.profile, restore.by_passphrase(PASSPHRASE))
    with Vault.open(pair.laptop.profile, PASSPHRASE) as restored:
        before = restored.info()
        assert titles(restored) == ["Before the backup"]
        new_case(restored, "On the new laptop")
        restored.save([Edit(case, "status", "dormant")])
        pair.carry(restored, pair.office)
        report = pair.carry(pair.office, restored)
        assert report.renewed and report.forked == ["Amina"]
        after = restored.info()
        assert after.device != before.device
        assert (after.member, after.role, after.desks) == (before.member, before.role, before.desks)
        everyone_meets(pair, pair.office, restored)
        assert titles(pair.office) == ["After the backup", "Before the backup", "On the new laptop"]
        [conflict] = pair.office.conflicts()
        assert {s.value for s in conflict.values} == {"closed", "dormant"}
        gone = [d for d in pair.office.devices() if d.id == before.device]
        assert [d.present for d in gone] == [False] and gone[0].successor == after.device


def test_a_rehearsal_changes_nothing_for_anybody(pair: Pair, tmp_path: Path) -> None:
    new_case(pair.laptop, "One")
    backup.write(pair.laptop.store, tmp_path / "b")
    before = pair.laptop.info()
    restore.rehearse(tmp_path / "b", pair.laptop.profile, restore.by_passphrase(PASSPHRASE))
    assert not pair.carry(pair.laptop, pair.office).forked
    assert not pair.carry(pair.office, pair.laptop).renewed
    assert pair.laptop.info() == before


def test_what_was_erased_meanwhile_goes_from_the_restored_vault(pair: Pair, tmp_path: Path) -> None:
    case = new_case(pair.laptop, "Nastasya wishes to be forgotten")
    pair.carry(pair.laptop, pair.office)
    backup.write(pair.laptop.store, tmp_path / "b")
    pair.laptop.close()
    erase.erase(pair.office.store, [case], "consent withdrawn")
    erase.clean(pair.office.store)
    restore.restore(tmp_path / "b", tmp_path / "new", restore.by_passphrase(PASSPHRASE))
    with Vault.open(tmp_path / "new", PASSPHRASE) as restored:
        assert restored.search("Nastasya")
        pair.carry(pair.office, restored)
        assert not restored.search("Nastasya")
