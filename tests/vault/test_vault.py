"""A vault by itself: saving, reading, undoing, searching, attachments, keys."""

from __future__ import annotations

import errno
import io
import os
import shutil
from pathlib import Path

import pytest

from defenderdesk.errors import (
    DatabaseMissingError,
    InUseError,
    KeysMissingError,
    NotFoundError,
    NoWorkspaceError,
    ReadOnlyError,
    UsageError,
    VaultDamagedError,
    VaultExistsError,
    WrongCodeError,
    WrongPassphraseError,
)
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.storage import lock
from tests.conftest import PASSPHRASE, MakeVault
from tests.worlds.records import new_case


def test_a_save_is_there_after_closing(make_vault: MakeVault) -> None:
    vault = make_vault()
    case = new_case(vault, "Arrest in Kampala", country="UG")
    vault.save([Edit(case, "profiles", "student", "add"), Edit(case, "profiles", "ngo", "add")])
    vault.close()
    with Vault.open(vault.profile, PASSPHRASE) as again:
        record = again.get(case)
        assert record.fields["title"] == "Arrest in Kampala"
        assert record.sets["profiles"] == ["student", "ngo"]
        assert again.info().workspace == "Workspace"


def test_nothing_is_written_when_nothing_changes(vault: Vault) -> None:
    case = new_case(vault, "One")
    assert vault.save([Edit(case, "title", "One")]).change_set is None
    assert vault.save([Edit(case, "place", None)]).change_set is None
    assert vault.save([Edit(case, "acts", "x", "remove")]).change_set is None


def test_undo_gives_back_what_was(vault: Vault) -> None:
    case = new_case(vault, "Before")
    vault.save([Edit(case, "acts", "threat", "add")])
    change = vault.save(
        [
            Edit(case, "title", "After"),
            Edit(case, "acts", "threat", "remove"),
            Edit(case, "acts", "arrest", "add"),
        ]
    )
    assert change.change_set
    undone = vault.undo(change.change_set)
    record = vault.get(case)
    assert record.fields["title"] == "Before" and record.sets == {"acts": ["threat"]}
    assert undone.change_set
    vault.undo(undone.change_set)
    assert vault.get(case).fields["title"] == "After"
    assert vault.get(case).sets == {"acts": ["arrest"]}


def test_undoing_a_creation_hides_the_record_and_can_itself_be_undone(vault: Vault) -> None:
    case = vault.new_id()
    change = vault.save([Edit(case, "kind", "case"), Edit(case, "title", "Made by mistake")])
    assert change.change_set
    hidden = vault.undo(change.change_set)
    assert vault.get(case).deleted and vault.count_cases(CaseFilter()) == 0
    assert vault.search("mistake") == []
    assert hidden.change_set
    vault.undo(hidden.change_set)
    assert vault.count_cases(CaseFilter()) == 1 and len(vault.search("mistake")) == 1


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Détention arbitraire à Bogotá", "detention"),
        ("Détention arbitraire à Bogotá", "BOGÓ arbi"),
        ("اعتقال مدافعة عن حقوق الإنسان", "الانسان"),
        ("اِعتِقال", "اعتقال"),
        ("人权捍卫者被拘留", "捍卫"),
        ("ถูกจับกุม", "จับ"),
        ("Арест правозащитника", "правоз"),
        ("break_in of office", "break"),
        ("case UGA 3/2019", "3/2019"),
        ("ΑΘΗΝΑ Άλφα", "αλφα"),
        ("Straße", "strasse"),
        ("o'neill; DROP TABLE", "o'neill; drop"),
    ],
)
def test_search_folds_accents_case_and_scripts(vault: Vault, text: str, query: str) -> None:
    case = new_case(vault, text)
    new_case(vault, "something else")
    assert [hit.id for hit in vault.search(query)] == [case]
    assert vault.count_cases(CaseFilter(text=query)) == 1


@pytest.mark.parametrize("query", ["", " ", '"', '""', "*", "AND", "NEAR(a b)", "-", "a:b", "(", "^x"])
def test_no_query_is_an_error(vault: Vault, query: str) -> None:
    new_case(vault, "title")
    vault.search(query)
    vault.count_cases(CaseFilter(text=query))


def test_search_finds_what_belongs_to_a_case_and_forgets_old_text(vault: Vault) -> None:
    case = new_case(vault, "Office raid")
    event = vault.new_id()
    vault.save(
        [
            Edit(event, "kind", "event"),
            Edit(event, "case", case),
            Edit(event, "place", "Gulu"),
        ]
    )
    [hit] = vault.search("gul")
    assert (hit.id, hit.case, hit.case_title) == (event, case, "Office raid")
    assert [row.id for row in vault.cases(CaseFilter(text="gulu"), 0, 10)] == [case]
    vault.save([Edit(event, "place", "Lira")])
    assert vault.search("gulu") == []


def test_the_list_filters_and_sorts(vault: Vault) -> None:
    new_case(vault, "Échec", country="FR", priority="high")
    new_case(vault, "beta", country="UG")
    new_case(vault, "Alpha", country="UG")
    by_title = CaseFilter(sort="title", descending=False)
    assert [r.title for r in vault.cases(by_title, 0, 10)] == ["Alpha", "beta", "Échec"]
    assert [r.title for r in vault.cases(by_title, 1, 1)] == ["beta"]
    assert vault.count_cases(CaseFilter(country="UG")) == 2
    assert vault.countries() == ["FR", "UG"]


def test_history_names_every_value_author_and_time(vault: Vault) -> None:
    case = new_case(vault, "One")
    vault.save([Edit(case, "title", "Two"), Edit(case, "acts", "a", "add")])
    vault.save([Edit(case, "acts", "a", "remove")])
    entries = vault.history(case)
    assert [(e.field, e.op, e.value) for e in entries] == [
        ("acts", "remove", "a"),
        ("acts", "add", "a"),
        ("title", "set", "Two"),
        ("title", "set", "One"),
        ("kind", "set", "case"),
    ]
    assert {e.author.member for e in entries} == {"Office"}


def test_attachments_come_back_as_they_were(vault: Vault, tmp_path: Path) -> None:
    case = new_case(vault, "With evidence")
    for size in (0, 1, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 9_000_000):
        data = os.urandom(size)
        path = tmp_path / f"video {size}.mp4"
        path.write_bytes(data)
        vault.attach(case, path)
        record = vault.children(case, "attachment")[-1]
        out = io.BytesIO()
        vault.fetch(record.id, out)
        assert out.getvalue() == data
    for folder, _, names in os.walk(vault.profile):
        for name in names:
            content = (Path(folder) / name).read_bytes()
            assert data[:64] not in content and b"evidence" not in content


def test_an_altered_chunk_is_refused(vault: Vault, tmp_path: Path) -> None:
    case = new_case(vault, "Evidence")
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"x" * 1000)
    vault.attach(case, path)
    [chunk] = [p for p in (vault.profile / "chunks").rglob("*") if p.is_file()]
    data = bytearray(chunk.read_bytes())
    data[5] ^= 1
    chunk.write_bytes(data)
    with pytest.raises(VaultDamagedError):
        vault.fetch(vault.children(case)[0].id, io.BytesIO())


def test_keys(make_vault: MakeVault, tmp_path: Path) -> None:
    vault, code = Vault.create(tmp_path / "p", "one", unlock_seconds=0)
    with pytest.raises(InUseError):
        Vault.open(tmp_path / "p", "one")
    vault.change_passphrase("two")
    vault.close()
    with pytest.raises(WrongPassphraseError):
        Vault.open(tmp_path / "p", "one")
    with pytest.raises(WrongCodeError):
        Vault.open_with_recovery(tmp_path / "p", "AAAAA-BBBBB")
    Vault.open(tmp_path / "p", "two").close()
    Vault.open_with_recovery(tmp_path / "p", code.lower().replace("-", " ")).close()
    with Vault.open(tmp_path / "p", "two") as again:
        newer = again.new_recovery_code()
    with pytest.raises(WrongCodeError):
        Vault.open_with_recovery(tmp_path / "p", code)
    Vault.open_with_recovery(tmp_path / "p", newer).close()
    with pytest.raises(VaultExistsError):
        Vault.create(tmp_path / "p", "three", unlock_seconds=0)
    keys = tmp_path / "p" / "keys.json"
    for text in (
        "",
        "{}",
        "[]",
        '{"version": 1, "slots": [{}]}',
        keys.read_text().replace('"memory_kib": 65536', '"memory_kib": 999999999'),
    ):
        keys.write_text(text)
        with pytest.raises(VaultDamagedError):
            Vault.open(tmp_path / "p", "two")


def test_a_damaged_database_says_so(make_vault: MakeVault) -> None:
    vault = make_vault()
    vault.close()
    path = vault.profile / "vault.db"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(VaultDamagedError):
        Vault.open(vault.profile, PASSPHRASE)


def test_what_does_not_fit_is_refused_and_changes_nothing(make_vault: MakeVault) -> None:
    vault = make_vault()
    case = new_case(vault, "One")
    for edit in (
        Edit(case, "x", 1.5),
        Edit(case, "", 1),
        Edit(case, "x", "\ud800"),  # type: ignore[arg-type]
        Edit(case, "x", 2**70),
    ):
        with pytest.raises(UsageError):
            vault.save([Edit(case, "title", "Two"), edit])
    with pytest.raises(NotFoundError):
        vault.save([Edit(vault.new_id(), "title", "no kind")])
    assert vault.get(case).fields["title"] == "One"
    empty = make_vault("empty", found=False)
    with pytest.raises(NoWorkspaceError):
        new_case(empty, "too early")


def test_a_vault_whose_key_file_is_away_is_not_replaced(tmp_path: Path) -> None:
    """Somebody moved `keys.json`, or a virus scanner did; who then creates a vault there must not
    lose the old one with it. A creation that was cut short is no obstacle."""
    profile, away = tmp_path / "profile", tmp_path / "keys.json"
    with Vault.create(profile, "old", unlock_seconds=0)[0] as vault:
        vault.found("Office", "Olga", "Desk")
        new_case(vault, "Old case")
    (profile / "keys.json").rename(away)
    with pytest.raises(KeysMissingError, match=r"keys\.json"):
        Vault.create(profile, "new", unlock_seconds=0)
    with pytest.raises(KeysMissingError):
        Vault.open(profile, "old")
    away.rename(profile / "keys.json")
    with Vault.open(profile, "old") as vault:
        assert vault.count_cases(CaseFilter()) == 1
    short = tmp_path / "cut short"
    Vault.create(short, "never", unlock_seconds=0)[0].close()
    (short / "keys.json").unlink()
    (short / "vault.begun").touch()
    with Vault.create(short, "new", unlock_seconds=0)[0] as vault:
        assert vault.info().workspace == ""
    assert not (short / "vault.begun").exists()


@pytest.mark.parametrize("lacking", ["vault.db", "vault.db-wal", "content"])
def test_a_vault_whose_database_is_away_does_not_look_empty(tmp_path: Path, lacking: str) -> None:
    """Somebody copied or moved some of its files only. What is made beside them by opening must
    not take their place, nor have SQLite remove the log that lies there."""
    profile, copy = tmp_path / "profile", tmp_path / "copy"
    with Vault.create(profile, "old", unlock_seconds=0)[0] as vault:
        vault.found("Office", "Olga", "Desk")
        new_case(vault, "Old case")
        copy.mkdir()
        for name in ("keys.json", "vault.db", "vault.db-wal"):
            shutil.copy(profile / name, copy / name)
    if lacking == "content":
        away = (copy / "vault.db").read_bytes()
        (copy / "vault.db").write_bytes(b"")
    else:
        (copy / lacking).rename(tmp_path / lacking)
    for _ in range(2):
        with pytest.raises(DatabaseMissingError):
            Vault.open(copy, "old")
    if lacking == "content":
        (copy / "vault.db").write_bytes(away)
    else:
        (tmp_path / lacking).replace(copy / lacking)
    with Vault.open(copy, "old") as vault:
        assert vault.count_cases(CaseFilter()) == 1


def test_a_folder_that_may_only_be_read_is_named_as_such(
    make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = make_vault()
    vault.close()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(lock.FileLock, "acquire", refuse)
    with pytest.raises(ReadOnlyError, match="Permission denied") as caught:
        Vault.open(vault.profile, PASSPHRASE)
    assert "writable" in caught.value.next_step


def test_what_a_killed_backup_left_beside_its_copy_goes_with_the_next_opening(
    make_vault: MakeVault,
) -> None:
    vault = make_vault()
    vault.close()
    names = [f".backup.a51f8ed9.part{suffix}" for suffix in ("", "-journal", "-wal", "-shm")]
    for name in names:
        (vault.profile / name).write_bytes(b"pages")
    Vault.open(vault.profile, PASSPHRASE).close()
    assert not [path.name for path in vault.profile.iterdir() if ".part" in path.name]
