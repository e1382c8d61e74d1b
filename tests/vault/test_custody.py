"""What is done with an attachment is written down, signed, and read in order; it clutters nothing."""

from __future__ import annotations

import hashlib
import io

import pytest

from defenderdesk.crypto import signing
from defenderdesk.domain import custody
from defenderdesk.errors import NotFoundError, StorageError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.custody import entries as written
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import writing
from tests.conftest import Pair
from tests.worlds.photos import CONTENT, with_photo


def acts(vault: Vault, record: str) -> list[str]:
    return [step.act for step in vault.chain(record).steps if step.act]


def test_ingestion_records_both_digests_with_device_person_and_time(vault, tmp_path) -> None:
    _, photo = with_photo(vault, tmp_path)
    record = vault.get(photo)
    assert record.text("sha256") == hashlib.sha256(CONTENT).hexdigest()
    assert record.text("sha512") == hashlib.sha512(CONTENT).hexdigest()
    chain = vault.chain(photo)
    assert chain.origin is not None and chain.origin.act == custody.INGESTED
    assert chain.origin.facts["sha512"] == record.text("sha512")
    assert chain.origin.facts["size"] == len(CONTENT)
    assert chain.origin.author.member == "Office" and chain.origin.known
    assert chain.marks == []


def test_every_step_follows_those_before_and_each_is_named_once(vault, tmp_path) -> None:
    _, photo = with_photo(vault, tmp_path)
    vault.saw(photo)
    vault.save([Edit(photo, "title", "The gate")])
    vault.fetch(photo, io.BytesIO(), act=custody.OPENED)
    vault.fetch(photo, io.BytesIO(), to="the lawyer")
    chain = vault.chain(photo)
    assert [s.act for s in chain.steps] == ["ingested", "seen", "", "opened", "copied"]
    assert chain.steps[-1].detail == {"to": "the lawyer"}
    with vault.store.snapshot() as conn:
        found = written.all_of(conn, photo)
    read = [custody.read(written.note_of(f, custody.FIELD)) for f in found]
    named = [(b.seq, b.act) for act in read if act for b in act.follows]
    first = chain.steps[0].seq
    assert named == [
        (first, "ingested"),
        (first + 1, "seen"),
        (first + 2, ""),
        (first + 3, "opened"),
    ]
    assert chain.marks == []


def test_looks_within_ten_minutes_are_one_and_exports_always_count(vault, tmp_path, monkeypatch) -> None:
    _, photo = with_photo(vault, tmp_path)
    for _ in range(3):
        vault.saw(photo)
    for _ in range(2):
        vault.fetch(photo, io.BytesIO())
    assert acts(vault, photo) == ["ingested", "seen", "copied", "copied"]
    now = vault.store.now_ms()
    monkeypatch.setattr(vault.store, "now_ms", lambda: now + custody.VIEW_SPAN_MS + 60_000)
    vault.saw(photo)
    assert acts(vault, photo)[-1] == "seen"


def test_what_cannot_be_written_down_is_not_given_out(vault, tmp_path, monkeypatch) -> None:
    _, photo = with_photo(vault, tmp_path)

    def full(*_: object) -> None:
        raise StorageError(what="no space")

    monkeypatch.setattr(writing, "write", full)
    out = io.BytesIO()
    with pytest.raises(StorageError):
        vault.fetch(photo, out)
    assert out.getvalue() == b""


def test_acts_change_no_list_search_conflict_undo_or_export(vault, tmp_path) -> None:
    case, photo = with_photo(vault, tmp_path)

    def outside() -> list[object]:
        return [
            vault.cases(CaseFilter(sort="updated"), 0, 10),
            vault.get(photo),
            vault.get(case),
            vault.children(case),
            vault.search("nora"),
            vault.conflicts(),
            exchange_json.dump_text(vault),
        ]

    before = outside()
    vault.saw(photo)
    change = vault.note(photo, custody.PRINTED, {"to": "zanzibar"})
    vault.note(case, custody.SHARED, {"to": "zanzibar"})
    assert outside() == before
    assert vault.search("zanzibar") == []
    assert change.change_set is not None
    vault.undo(change.change_set)
    assert outside() == before
    assert acts(vault, photo) == ["ingested", "seen", "printed"]
    assert verification.vault(vault.store).problems == []


def test_acts_of_two_laptops_join_and_both_replicas_read_the_same(pair: Pair) -> None:
    _, photo = with_photo(pair.laptop, pair.folder)
    pair.carry(pair.laptop, pair.office)
    pair.office.fetch(photo, io.BytesIO(), act=custody.OPENED)
    pair.laptop.fetch(photo, io.BytesIO())
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    pair.office.note(photo, custody.PRINTED)
    pair.carry(pair.office, pair.laptop)
    one, two = pair.office.chain(photo), pair.laptop.chain(photo)
    assert [(s.act, s.author.member) for s in one.steps] == [(s.act, s.author.member) for s in two.steps]
    assert {s.act for s in one.steps} == {"ingested", "opened", "copied", "printed"}
    assert {s.author.member for s in one.steps} == {"Office", "Amina"}
    assert one.marks == two.marks == []
    states = [
        v.store.reader.execute("SELECT id, state, updated FROM records ORDER BY id").fetchall()
        for v in (pair.office, pair.laptop)
    ]
    assert states[0] == states[1]
    for vault in (pair.office, pair.laptop):
        assert verification.vault(vault.store).problems == []


def test_an_entry_that_others_saw_and_is_missing_is_named(vault, tmp_path) -> None:
    """As if its device's feed lacked it: the next act still names it."""
    _, photo = with_photo(vault, tmp_path)
    vault.note(photo, custody.PRINTED)
    vault.note(photo, custody.PRINTED)
    with vault.store.writing() as conn:
        rid = signing.id_bytes(photo)
        [history] = conn.execute("SELECT history FROM records WHERE id = ?", (rid,)).fetchone()
        conn.execute("UPDATE records SET history = ? WHERE id = ?", (history[:8] + history[16:], rid))
    [mark] = vault.chain(photo).marks
    assert str(mark).startswith("An entry of Office (number ") and "not here" in str(mark)


def test_a_gap_in_a_feed_a_stranger_and_a_clock_are_marked(pair: Pair, monkeypatch) -> None:
    _, photo = with_photo(pair.laptop, pair.folder)
    pair.carry(pair.laptop, pair.office)
    with pair.office.store.writing() as conn:
        num, held = conn.execute(
            "SELECT num, held FROM feeds WHERE device = ?", (pair.laptop.store.device,)
        ).fetchone()
        conn.execute("INSERT INTO held_ranges VALUES (?, ?, ?, ?, ?)", (num, held + 3, held + 4, b"", b""))
    assert [str(m) for m in pair.office.chain(photo).marks] == [
        f"Changes {held + 1} to {held + 2} of Amina are not here; entries may be among them."
    ]
    del pair.office.store.authors[pair.laptop.store.device]
    assert "is not known here" in " ".join(map(str, pair.office.chain(photo).marks))
    now = vault_now = pair.laptop.store.now_ms()
    monkeypatch.setattr(pair.laptop.store, "now_ms", lambda: now + 3 * 86_400_000)
    pair.laptop.note(photo, custody.PRINTED)
    monkeypatch.setattr(pair.laptop.store, "now_ms", lambda: vault_now)
    assert "was ahead" in " ".join(map(str, pair.laptop.chain(photo).marks))
    pair.laptop.note(photo, custody.PRINTED)
    assert "was behind" in " ".join(map(str, pair.laptop.chain(photo).marks))


def test_an_old_attachment_says_so_and_can_be_hashed_later(vault, tmp_path, monkeypatch) -> None:
    from defenderdesk.vault.records import writing

    with monkeypatch.context() as before_both_digests_were_recorded:
        before_both_digests_were_recorded.setattr(writing, "_FIXED", {})
        _, photo = with_photo(vault, tmp_path)
        vault.save([Edit(photo, "sha512", None)])
    assert "SHA-512 was not recorded" in str(vault.chain(photo).marks[0])
    vault.measure(photo)
    step = vault.chain(photo).steps[-1]
    assert step.act == custody.MEASURED
    assert step.facts["sha512"] == hashlib.sha512(CONTENT).hexdigest()
    assert vault.get(photo).text("sha512") == "", "what is hashed later is not said to be earlier"


def test_no_act_on_what_is_not_here(vault) -> None:
    for record in (vault.new_id(), "no id"):
        with pytest.raises(NotFoundError):
            vault.saw(record)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "seen",
        [],
        [1, "seen", [], 5],
        [1, "unheard of", [], {}],
        [2, "seen", [], {}],
        [1, "seen", "abc", {}],
        [1, "seen", [["d", 1, "h"]], {}],
        [1, "seen", [["d", -1, "h", ""]], {}],
        [1, "seen", [["d" * 99, 1, "h", ""]], {}],
        [1, "seen", [["d", True, "h", ""]], {}],
        [1, "seen", [], {"to": ["x"]}],
        [1, "seen", [], {"to": "x" * 3000}],
        [1, "seen", [["d", 1, "h", ""]] * 2001, {}],
    ],
)
def test_malformed_acts_are_none(value) -> None:
    assert custody.read(value) is None


def test_an_act_is_written_in_its_records_own_desk(vault, tmp_path) -> None:
    second = vault.add_desk("Second")
    case = vault.new_id()
    vault.save([Edit(case, "kind", "case")], second.id)
    vault.save([], act=written.Act(case, custody.COPIED))
    assert acts(vault, case) == ["copied"]
    assert verification.vault(vault.store).problems == []
