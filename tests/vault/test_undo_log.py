"""What can be undone lives in the vault: it survives a lock, and a failure forgets nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.errors import NotFoundError, StorageError
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.records import undo_log, writing
from defenderdesk.vault.records.undo_log import UndoLog
from tests.conftest import PASSPHRASE, MakeVault


@pytest.fixture
def vault(make_vault: MakeVault) -> Vault:
    return make_vault("office")


def titled(vault: Vault, case: str, *titles: str) -> None:
    for title in titles:
        vault.undoing.did(vault.save([Edit(case, "kind", "case"), Edit(case, "title", title)]))


def title(vault: Vault, case: str) -> str:
    return vault.get(case).text("title")


def test_one_after_the_other_and_again(vault: Vault) -> None:
    case = vault.new_id()
    titled(vault, case, "One", "Two", "Three")
    for left in ("Two", "One"):
        assert vault.undoing.undo() and title(vault, case) == left
    assert vault.undoing.redo() and title(vault, case) == "Two"
    assert vault.undoing.redo() and title(vault, case) == "Three"
    assert vault.undoing.redo() is None
    assert vault.undoing.undo() and title(vault, case) == "Two"
    titled(vault, case, "Four")
    assert vault.undoing.redo() is None, "what was undone before it is not done again"


def test_it_survives_a_lock(vault: Vault) -> None:
    case, profile = vault.new_id(), vault.profile
    titled(vault, case, "One", "Two")
    vault.undoing.undo()
    vault.close()
    with Vault.open(profile, PASSPHRASE) as again:
        assert again.undoing.redo() and title(again, case) == "Two"
        assert again.undoing.undo() and title(again, case) == "One"


def test_an_undo_that_fails_is_offered_again(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    case = vault.new_id()
    titled(vault, case, "One", "Two")

    def full(*_: object, **__: object) -> None:
        raise StorageError(what="the disk is full")

    for broken in ((writing, "write"), (UndoLog, "_keep")):
        with monkeypatch.context() as patch:
            patch.setattr(*broken, full)
            with pytest.raises(StorageError):
                vault.undoing.undo()
        assert title(vault, case) == "Two" and vault.undoing.can_undo()
    assert vault.undoing.undo() and title(vault, case) == "One", "the newest, and nothing older"


def test_one_that_left_with_its_desk_is_forgotten(vault: Vault) -> None:
    case = vault.new_id()
    titled(vault, case, "One")
    vault.store.set_meta(undo_log.NAME, [[["1", vault.now_ms()]], []])
    with pytest.raises(NotFoundError):
        vault.undoing.undo()
    assert not vault.undoing.can_undo() and vault.undoing.undo() is None


def test_one_alone_whatever_came_after_it(vault: Vault) -> None:
    case, other = vault.new_id(), vault.new_id()
    titled(vault, case, "One")
    first = vault.save([Edit(case, "title", "Two")])
    vault.undoing.did(first)
    titled(vault, other, "Other")
    assert first.change_set
    vault.undoing.undo_one(first.change_set)
    assert title(vault, case) == "One" and title(vault, other) == "Other"
    assert vault.undoing.undo() and vault.get(other).deleted, "what is left is the newest"


def test_nothing_of_yesterday_is_offered(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    case, then = vault.new_id(), vault.now_ms()
    clock = [then]
    monkeypatch.setattr(type(vault.store), "now_ms", staticmethod(lambda: clock[0]))
    titled(vault, case, "One", "Two")
    assert vault.undoing.undo()
    clock[0] = then + undo_log.FOR - 1
    assert vault.undoing.can_undo() and vault.undoing.redo() and vault.undoing.undo()
    titled(vault, case, "Three")
    assert vault.undoing.undo()
    for late in (clock[0] + undo_log.FOR, clock[0] + undo_log.FOR + 1, then - undo_log.FOR):
        clock[0] = late
        assert not vault.undoing.can_undo() and vault.undoing.undo() is None
        assert vault.undoing.redo() is None, "nor done again"


def test_what_changed_nothing_is_not_remembered(vault: Vault) -> None:
    case = vault.new_id()
    titled(vault, case, "One")
    vault.undoing.did(vault.save([Edit(case, "title", "One")]))
    done = vault.undoing.undo()
    assert done and done.change.change_set and vault.get(case).deleted, "the change, not the save of nothing"
    assert not vault.undoing.can_undo()


def test_what_somebody_wrote_over_is_taken_off_the_list_and_not_put_on_the_other(vault: Vault) -> None:
    case = vault.new_id()
    titled(vault, case, "One", "Two")
    vault.save([Edit(case, "title", "By another way")])
    done = vault.undoing.undo()
    assert done and done.change.change_set is None and title(vault, case) == "By another way"
    assert vault.undoing.redo() is None
    assert vault.undoing.undo() and vault.get(case).deleted


def test_the_lists_are_bounded(vault: Vault, tmp_path: Path) -> None:
    case = vault.new_id()
    titled(vault, case, *(str(n) for n in range(undo_log.MOST + 5)))
    [done, _] = vault.store.meta(undo_log.NAME)
    assert len(done) == undo_log.MOST
