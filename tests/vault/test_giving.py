"""Giving out: with the record or not at all, and a second person's approval is used up by what
left, not by what failed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from defenderdesk.domain import custody
from defenderdesk.errors import NotGrantedError, StorageError, UsageError
from defenderdesk.interchange.evidence import package as evidence
from defenderdesk.vault import Vault, types
from defenderdesk.vault.custody import attachments, entries
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.types import Edit
from tests.conftest import MakeVault, Pair
from tests.worlds.desks import withdraw
from tests.worlds.edits import make
from tests.worlds.records import new_case

OUT = (custody.COPIED, custody.EVIDENCE, custody.SHARED)


@pytest.fixture
def vault(make_vault: MakeVault) -> Vault:
    return make_vault("office")


def told(vault: Vault, record: str) -> list[str]:
    return [step.act for step in vault.chain(record).steps if step.act in OUT]


def test_the_file_and_its_entry_are_there_or_neither(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, out = new_case(vault, "Nora"), tmp_path / "draft.docx"
    act, edits = Act(case, custody.COPIED), [Edit(case, "status", "closed")]

    def give() -> None:
        with vault.approvals.giving(out, case, act=act, edits=edits) as given:
            given.file.write(b"content")
            assert not out.exists(), "it has its name once it is whole and recorded"

    with monkeypatch.context() as patch:
        patch.setattr(entries, "save", _full)
        with pytest.raises(StorageError):
            give()
    assert not list(tmp_path.glob("*draft*")) and vault.get(case).text("status") != "closed"
    give()
    assert out.read_bytes() == b"content" and vault.get(case).text("status") == "closed"
    assert told(vault, case) == [custody.COPIED]


def test_what_fails_while_it_is_written_is_recorded_nowhere(vault: Vault, tmp_path: Path) -> None:
    case, out = new_case(vault, "Nora"), tmp_path / "draft.docx"

    def give() -> None:
        with vault.approvals.giving(out, case, act=Act(case, custody.COPIED)) as given:
            given.file.write(b"half")
            raise StorageError(what="the stick was pulled")

    with pytest.raises(StorageError):
        give()
    assert not list(tmp_path.glob("*draft*")) and told(vault, case) == []


def test_nothing_is_given_into_the_vault_s_own_folder(vault: Vault) -> None:
    case = new_case(vault, "Nora")
    with pytest.raises(UsageError), vault.approvals.giving(vault.profile / "x", case):
        pass


def test_each_of_what_is_recorded_is_recorded_without_the_others(vault: Vault, tmp_path: Path) -> None:
    case = new_case(vault, "Nora")

    def give(name: str, **recorded: object) -> types.Change:
        with vault.approvals.giving(tmp_path / name, case, **recorded) as given:  # type: ignore[arg-type]
            given.file.write(b"content")
        assert (tmp_path / name).read_bytes() == b"content"
        return given.change

    assert give("nothing").change_set is None
    assert give("act", act=Act(case, custody.COPIED)).change_set and told(vault, case) == [custody.COPIED]
    assert give("edits", edits=[Edit(case, "status", "closed")]).change_set
    assert vault.get(case).text("status") == "closed"


def test_an_approval_is_used_up_though_nothing_else_is_recorded(pair: Pair) -> None:
    case, office = new_case(pair.office, "Nora"), pair.office
    make(office, "policy", two_for_export=True)
    asked = make(office, "approval", case=case, what="export", answer="pending")
    pair.carry(office, pair.laptop)
    pair.laptop.save([Edit(asked, "answer", "approved")])
    pair.carry(pair.laptop, office)
    with office.approvals.giving(pair.folder / "draft", case) as given:
        given.file.write(b"content")
    assert given.change.change_set and office.get(asked).text("used")
    with pytest.raises(NotGrantedError), office.approvals.giving(pair.folder / "again", case):
        pass


def test_where_there_is_nothing_to_record_nothing_is_written_to(pair: Pair) -> None:
    """Also by who holds no desk any more to write to."""
    withdraw(pair, pair.laptop)
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.info().desks == ()
    with pair.laptop.approvals.giving(pair.folder / "guide", "") as given:
        given.file.write(b"content")
    assert (pair.folder / "guide").read_bytes() == b"content" and given.change.change_set is None


def attached(vault: Vault, folder: Path) -> str:
    case = new_case(vault, "Nora")
    (folder / "photo.jpg").write_bytes(b"a photo" * 1000)
    vault.attach(case, folder / "photo.jpg")
    [attachment] = vault.children(case, "attachment")
    return attachment.id


def test_a_copy_that_fails_is_no_entry(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = attached(vault, tmp_path)
    before = told(vault, photo)
    with monkeypatch.context() as patch:
        patch.setattr(attachments, "fetch", _full)
        with pytest.raises(StorageError):
            vault.fetch(photo, io.BytesIO())
    assert told(vault, photo) == before
    vault.fetch(photo, io.BytesIO())
    assert told(vault, photo) == [*before, custody.COPIED]


@pytest.mark.parametrize("name", ["package.zip", "package"])
def test_evidence_that_fails_is_no_entry(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    photo = attached(vault, tmp_path)
    before = told(vault, photo)
    for broken in ("collect", "_close"):
        with monkeypatch.context() as patch:
            patch.setattr(evidence, broken, _full)
            with pytest.raises(StorageError):
                evidence.export(vault, photo, tmp_path / name, "A court")
        assert told(vault, photo) == before and not list(tmp_path.glob("*package*"))
    evidence.export(vault, photo, tmp_path / name, "A court")
    assert told(vault, photo) == [*before, custody.EVIDENCE]


def _full(*_: object, **__: object) -> None:
    raise StorageError(what="the disk is full")
