"""Words that wait to be indexed: a search finishes them or says that it is behind, and nothing of what
was erased, replaced, or left with a desk is found meanwhile or afterwards."""

from __future__ import annotations

import pytest

from defenderdesk.errors import NotFoundError
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.records import search_index
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.desks import withdraw
from tests.worlds.edits import make


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is indexed at once."""
    monkeypatch.setattr(search_index, "AT_ONCE", 0)


def ids(vault: Vault, word: str) -> list[str]:
    return [hit.id for hit in vault.search(word)]


def in_index(vault: Vault, word: str) -> int:
    """Rows that the index itself finds, whatever a search leaves out."""
    rows = vault.store.reader.execute("SELECT count(*) FROM found WHERE found MATCH ?", (word,))
    return int(rows.fetchone()[0])


def test_a_search_finishes_what_waits(pair: Pair, later: None) -> None:
    case = make(pair.office, "case", title="Rosalind")
    note = make(pair.office, "note", case=case, text="harbour")
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.words_waiting() == 2 and in_index(pair.laptop, "harbour") == 0
    assert ids(pair.laptop, "harbour") == [note] and pair.laptop.words_waiting() == 0


def test_the_list_of_cases_finishes_it_too(pair: Pair, later: None) -> None:
    case = make(pair.office, "case", title="Rosalind")
    make(pair.office, "note", case=case, text="harbour")
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.count_cases(CaseFilter(text="harbour")) == 1


def test_a_search_without_time_says_that_it_is_behind(pair: Pair, later: None) -> None:
    note = make(pair.office, "note", text="harbour")
    pair.carry(pair.office, pair.laptop)
    pair.laptop.views.budget = -1.0
    assert ids(pair.laptop, "harbour") == [] and pair.laptop.words_waiting() == 1
    told: list[tuple[int, int]] = []
    pair.laptop.index_words(lambda done, total: told.append((done, total)))
    assert ids(pair.laptop, "harbour") == [note] and told[-1] == (1, 1)


def test_few_words_are_there_at_once(pair: Pair) -> None:
    make(pair.office, "note", text="harbour")
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.words_waiting() == 0 and in_index(pair.laptop, "harbour") == 1


def test_only_what_is_beyond_the_bound_waits(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(10):
        make(pair.office, "note", text="harbour")
    monkeypatch.setattr(search_index, "AT_ONCE", 3 * search_index._ROW)
    pair.carry(pair.office, pair.laptop)
    assert in_index(pair.laptop, "harbour") == 3 and pair.laptop.words_waiting() == 7
    assert len(ids(pair.laptop, "harbour")) == 10


def test_words_of_before_are_not_found_while_the_new_ones_wait(pair: Pair, later: None) -> None:
    note = make(pair.office, "note", text="harbour")
    pair.carry(pair.office, pair.laptop)
    pair.laptop.index_words()
    pair.office.save([Edit(note, "text", "lighthouse")])
    pair.carry(pair.office, pair.laptop)
    assert in_index(pair.laptop, "harbour") == 0
    assert ids(pair.laptop, "lighthouse") == [note] and ids(pair.laptop, "harbour") == []


def test_what_was_erased_or_deleted_while_it_waited_is_never_found(pair: Pair, later: None) -> None:
    erased, deleted = (make(pair.office, "note", text=word) for word in ("harbour", "lighthouse"))
    pair.carry(pair.office, pair.laptop)
    pair.office.erasure.erase([erased], reason="consent withdrawn")
    pair.office.save([Edit(deleted, "deleted", True)])
    pair.carry(pair.office, pair.laptop)
    pair.laptop.index_words()
    for word in ("harbour", "lighthouse"):
        assert in_index(pair.laptop, word) == 0 and ids(pair.laptop, word) == []


def test_words_of_a_desk_that_left_wait_no_longer(pair: Pair, later: None) -> None:
    note = make(pair.office, "note", text="harbour")
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.words_waiting()
    withdraw(pair, pair.laptop)
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.words_waiting() == 0 and in_index(pair.laptop, "harbour") == 0
    with pytest.raises(NotFoundError):
        pair.laptop.get(note)


def test_a_vault_that_closes_goes_on_where_it_was(pair: Pair, later: None) -> None:
    note = make(pair.office, "note", text="harbour")
    pair.carry(pair.office, pair.laptop)
    profile = pair.laptop.profile
    pair.laptop.close()
    pair.laptop = Vault.open(profile, PASSPHRASE)
    assert ids(pair.laptop, "harbour") == [note]
    pair.laptop.close()
