"""Refusals and choices of the vault that honest programs hardly ever come to: receipts, rebuilds,
undo, times, and who has a server swept."""

from __future__ import annotations

import io

import pytest

from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import ADMINISTRATOR
from defenderdesk.crypto import signing
from defenderdesk.errors import VaultDamagedError
from defenderdesk.ledger.merge import State
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer, remove_device
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import rebuild
from defenderdesk.vault.replication import erasure_status, planning
from defenderdesk.vault.storage import chunks
from tests.conftest import Pair


def case_in(vault: Vault, title: str) -> str:
    made = vault.new_id()
    vault.save([Edit(made, "kind", "case"), Edit(made, "title", title)])
    return made


def state_of(vault: Vault, record: str) -> State:
    [packed] = vault.store.reader.execute(
        "SELECT state FROM records WHERE id = ?", (signing.id_bytes(record),)
    ).fetchone()
    return State.unpack(packed)


def standing(vault: Vault, record: str, field: str = "title") -> list[object]:
    return sorted(map(str, vault.standing(record, field)))


# -- receipts ------------------------------------------------------------------------------------


def test_a_receipt_says_nothing_of_a_feed_whose_other_history_is_missing(pair: Pair) -> None:
    case_in(pair.office, "One")
    case_in(pair.laptop, "Two")
    pair.carry(pair.laptop, pair.office)
    office, laptop = pair.office.store, pair.laptop.store
    [desk] = members.desk_keys(office.reader, office.roster)
    before = planning.own_receipt(office.reader, desk, bytes(16))
    assert before.holds.keys() == before.heads.keys() == {office.device, laptop.device}
    with office.writing() as conn:
        conn.execute("INSERT INTO suspects VALUES (?, ?)", (desk.num, laptop.device))
        conn.execute("INSERT INTO suspects VALUES (?, ?)", (desk.num + 1, office.device))
    after = planning.own_receipt(office.reader, desk, bytes(16))
    assert after.holds.keys() == after.heads.keys() == {office.device}
    assert after.holds[office.device] == before.holds[office.device]


A, B = b"A" * 16, b"B" * 16


@pytest.mark.parametrize(
    ("created", "holds", "kept"),
    [
        (101, {A: 5}, True),
        (101, {A: 4}, True),
        (100, {A: 5}, False),
        (99, {A: 5}, False),
        (99, {A: 6}, True),
        (99, {A: 5, B: 1}, True),
        (100, {A: 6}, True),
        (99, {A: 4, B: 9}, False),
        (99, {B: 9}, False),
        (99, {}, False),
        (99, {A: 5, B: 0}, True),
        (1, {A: 7, B: 2}, True),
    ],
)
def test_of_two_receipts_the_later_counts_or_the_one_that_holds_more(
    pair: Pair, created: int, holds: dict[bytes, int], kept: bool
) -> None:
    """A clock that was set back must not make a colleague be sent everything for ever."""
    device = b"C" * 16
    with pair.office.store.writing() as conn:
        planning.save_receipt(conn, device, 1, 100, Receipt({A: 5}, roster=bytes(16)))
        planning.save_receipt(conn, device, 1, created, Receipt(holds, roster=b"n" * 16))
        found = planning.receipt_of(conn, device, 1)
    assert found is not None and (found.roster == b"n" * 16) is kept
    assert found.holds == (holds if kept else {A: 5})


def test_a_receipt_confirms_no_more_than_it_says(pair: Pair) -> None:
    case = case_in(pair.laptop, "One")
    (pair.folder / "photo").write_bytes(b"p" * 99)
    (pair.folder / "other").write_bytes(b"o" * 99)
    for name in ("photo", "other"):
        pair.laptop.attach(case, pair.folder / name)
    store = pair.laptop.store
    names = [bytes(r[0]) for r in store.reader.execute("SELECT hash FROM chunks ORDER BY seq")]

    def confirmed(receipt: Receipt) -> tuple[int, list[int]]:
        with store.writing() as conn:
            planning.save_receipt(conn, pair.office.store.device, 1, 5, receipt)
        [feed] = store.reader.execute(
            "SELECT confirmed FROM feeds WHERE device = ?", (store.device,)
        ).fetchone()
        rows = store.reader.execute("SELECT confirmed FROM chunks ORDER BY seq")
        return feed, [row[0] for row in rows]

    assert confirmed(Receipt({store.device: 1})) == (1, [0, 0])
    assert confirmed(Receipt({store.device: 99}, missing_all=True)) == (3, [0, 0])
    assert confirmed(Receipt({store.device: 99}, (names[0],))) == (3, [0, 1])
    assert confirmed(Receipt({store.device: 2})) == (3, [1, 1]), "nothing is taken back"


# -- attachments ---------------------------------------------------------------------------------


def test_a_chunk_of_another_size_than_its_record_says_is_not_kept(pair: Pair) -> None:
    case = case_in(pair.laptop, "Photo")
    (pair.folder / "photo").write_bytes(b"p" * 100)
    pair.laptop.attach(case, pair.folder / "photo")
    stick = pair.folder / "stick"
    stick.mkdir()
    first, second = exporting.export(pair.laptop, stick).bundles
    receiving.receive(pair.office, first)
    store = pair.office.store
    [name, size] = store.reader.execute("SELECT hash, size FROM chunks").fetchone()
    with store.writing() as conn:
        conn.execute("UPDATE chunks SET size = size + 1")
    report = receiving.receive(pair.office, second)
    assert report.attachments == 0 and not store.chunks.has(bytes(name))
    with store.writing() as conn:
        conn.execute("UPDATE chunks SET size = ?", (size,))
    assert receiving.receive(pair.office, second).attachments == 1
    assert store.chunks.has(bytes(name))


def test_a_chunk_that_no_record_of_the_desk_names_is_not_kept(pair: Pair) -> None:
    case = case_in(pair.laptop, "Photo")
    (pair.folder / "photo").write_bytes(b"p" * 100)
    pair.laptop.attach(case, pair.folder / "photo")
    stick = pair.folder / "stick"
    stick.mkdir()
    _, second = exporting.export(pair.laptop, stick).bundles
    assert receiving.receive(pair.office, second).attachments == 0
    assert not any(path.is_file() for path in pair.office.store.chunks.folder.rglob("*"))


def test_a_chunk_that_unpacks_to_another_size_is_not_given_out(vault: Vault) -> None:
    store = vault.store.chunks
    [chunk], digests, size = store.seal(io.BytesIO(b"content"), 7, None)
    assert store.open(chunk) == b"content" and size == 7 and len(digests.sha512) == 128
    for wrong in (6, 8):
        with pytest.raises(VaultDamagedError, match="another size"):
            store.open(chunk._replace(size=wrong))
    with pytest.raises(VaultDamagedError, match="does not open"):
        store.open(chunk._replace(key=bytes(32)))
    path = store.path(chunk.hash)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(VaultDamagedError, match="altered"):
        store.open(chunk)
    store.remove(chunk.hash)
    with pytest.raises(VaultDamagedError, match="missing"):
        store.get(chunk.hash)
    assert chunks.MAX_CHUNK == 4 * 1024 * 1024


# -- times and undo ------------------------------------------------------------------------------


def updated(vault: Vault, case: str) -> object:
    return {row.id: row.updated for row in vault.cases(CaseFilter(), 0, 99)}[case]


def test_a_case_was_worked_on_when_what_belongs_to_it_was(pair: Pair) -> None:
    ticks = iter(range(1_790_000_000_000, 1_790_009_000_000, 60_000))
    for vault in (pair.office, pair.laptop):
        vault.store.now_ms = lambda: next(ticks)  # type: ignore[method-assign]
    case, other = case_in(pair.office, "One"), case_in(pair.office, "Two")
    made, untouched = updated(pair.office, case), updated(pair.office, other)
    event = pair.office.new_id()
    pair.office.save([Edit(event, "kind", "event"), Edit(event, "case", case)])
    first = updated(pair.office, case)
    pair.office.save([Edit(event, "description", "At the gate")])
    second = updated(pair.office, case)
    assert made < first < second and updated(pair.office, other) == untouched  # type: ignore[operator]
    pair.carry(pair.office, pair.laptop)
    assert updated(pair.laptop, case) == second, "also where it came in a bundle"
    pair.laptop.save([Edit(event, "description", "At the back gate")])
    pair.carry(pair.laptop, pair.office)
    third = updated(pair.office, case)
    assert third == updated(pair.laptop, case) > second  # type: ignore[operator]
    with pair.office.store.writing() as conn:
        ids = [signing.id_bytes(one) for one in (case, event)]
        rebuild.replay(conn, 1, ids)
    assert updated(pair.office, case) == third, "also where it was built anew"


def test_undo_takes_back_ones_own_value_and_leaves_a_colleagues_beside_it(pair: Pair) -> None:
    case = case_in(pair.office, "Before")
    pair.carry(pair.office, pair.laptop)
    mine = pair.office.save([Edit(case, "title", "Mine")]).change_set
    pair.laptop.save([Edit(case, "title", "Theirs")])
    pair.carry(pair.laptop, pair.office)
    assert standing(pair.office, case) == ["Mine", "Theirs"]
    assert mine and pair.office.undo(mine).change_set
    assert standing(pair.office, case) == ["Before", "Theirs"]


def test_what_an_undo_put_back_is_not_taken_back_beside_a_colleagues_value(pair: Pair) -> None:
    """It is no longer the same change: a colleague wrote meanwhile, and a person decides."""
    case = case_in(pair.office, "One")
    second = pair.office.save([Edit(case, "title", "Two")]).change_set
    third = pair.office.save([Edit(case, "title", "Three")]).change_set
    assert second and third
    pair.carry(pair.office, pair.laptop)
    pair.office.undo(third)
    pair.laptop.save([Edit(case, "title", "Theirs")])
    pair.carry(pair.laptop, pair.office)
    assert standing(pair.office, case) == ["Theirs", "Two"]
    assert pair.office.undo(second).change_set is None
    assert standing(pair.office, case) == ["Theirs", "Two"]


def test_alone_what_an_undo_put_back_is_taken_back_too(pair: Pair) -> None:
    case = case_in(pair.office, "One")
    second = pair.office.save([Edit(case, "title", "Two")]).change_set
    third = pair.office.save([Edit(case, "title", "Three")]).change_set
    assert second and third
    pair.office.undo(third)
    pair.office.undo(second)
    assert standing(pair.office, case) == ["One"]


def test_undo_leaves_what_a_colleague_wrote_since(pair: Pair) -> None:
    case = case_in(pair.office, "One")
    second = pair.office.save([Edit(case, "title", "Two"), Edit(case, "acts", "x", "add")])
    pair.carry(pair.office, pair.laptop)
    pair.laptop.save([Edit(case, "title", "Two again"), Edit(case, "acts", "x", "remove")])
    pair.laptop.save([Edit(case, "title", "Two")])
    pair.carry(pair.laptop, pair.office)
    assert second.change_set and pair.office.undo(second.change_set).change_set is None
    assert standing(pair.office, case) == ["Two"] and "acts" not in pair.office.get(case).sets


# -- rebuilds --------------------------------------------------------------------------------------


def test_a_rebuilt_record_remembers_as_gone_only_what_did_not_come(pair: Pair, third: Vault) -> None:
    """What was replaced twice, and has come, is not to be waited for; what has not come is."""
    case = case_in(pair.laptop, "First")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, third)
    pair.office.save([Edit(case, "title", "Office")])
    third.save([Edit(case, "title", "Third")])
    pair.carry(third, pair.office)
    before = state_of(pair.office, case)
    assert before.gone == set() and standing(pair.office, case) == ["Office", "Third"]
    with pair.office.store.writing() as conn:
        rebuild.replay(conn, 1, [signing.id_bytes(case)])
    assert state_of(pair.office, case).canonical() == before.canonical()
    assert verification.vault(pair.office.store).problems == []


def test_a_rebuilt_record_still_waits_for_what_was_replaced_before_it_came(pair: Pair, third: Vault) -> None:
    case = case_in(pair.office, "First")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.office, third)
    pair.laptop.save([Edit(case, "title", "Laptop")])
    pair.carry(pair.laptop, third)
    third.save([Edit(case, "title", "Third")])
    path = pair.folder / "all of the third"
    path.mkdir()
    exporting.export(third, path, everything=True)
    receiving.receive(pair.office, path)
    one = state_of(pair.office, case)
    with pair.office.store.writing() as conn:
        removed = pair.laptop.store.device
        [num] = conn.execute("SELECT num FROM feeds WHERE device = ?", (removed,)).fetchone()
        remove_device.drop(conn, num, 1, 0)
    waits = state_of(pair.office, case)
    assert waits.gone == {("title", (removed, 1, 0))}, "its value must not come back by itself"
    pair.carry(pair.laptop, pair.office, everything=True)
    assert state_of(pair.office, case).canonical() == one.canonical()


# -- who sweeps ------------------------------------------------------------------------------------


def test_one_administrator_has_the_server_swept_and_once(pair: Pair, third: Vault) -> None:
    office, desk = (
        pair.office,
        pair.office.store.reader.execute("SELECT id FROM desks").fetchone()[0],
    )
    desk = bytes(desk)
    asked = case_in(pair.laptop, "Theirs")
    erase.erase(pair.laptop.store, [asked], "Asked for")
    pair.carry(pair.laptop, office)
    pair.carry(pair.laptop, third)
    [waiting] = erasure_status.erasures(office.store)
    assert erasure_status.to_sweep(office.store, desk) == [], "it is not carried out yet"
    erasure_status.confirm(office.store, waiting.name)
    pair.carry(office, pair.laptop)
    assert erasure_status.to_sweep(pair.laptop.store, desk) == [], "no administrator's"
    assert erasure_status.to_sweep(office.store, desk) == [waiting.name]
    assert erasure_status.to_sweep(office.store, b"another desk of ") == []

    administer.set_role(office.store, signing.id_text(third.store.device), ADMINISTRATOR)
    pair.carry(office, third)
    pair.carry(third, office)
    able = sorted([office.store.device, third.store.device])
    for vault in (office, third):
        wanted = [waiting.name] if vault.store.device == able[0] else []
        assert erasure_status.to_sweep(vault.store, desk) == wanted, "the first of the administrators"

    own = case_in(third, "Mine")
    pair.carry(third, office)
    erase.erase(third.store, [own], "Mine to ask")
    pair.carry(third, office)
    [name] = {e.name for e in erasure_status.erasures(third.store)} - {waiting.name}
    assert name in erasure_status.to_sweep(third.store, desk), "the one that erased"
    assert name not in erasure_status.to_sweep(office.store, desk)
    erasure_status.swept(third.store, [name])
    assert name not in erasure_status.to_sweep(third.store, desk), "and once"
    assert {e.name: e.swept for e in erasure_status.erasures(third.store)}[name]


def test_an_administrator_who_does_not_hold_the_desk_has_nothing_swept(pair: Pair) -> None:
    other = pair.office.add_desk("Other")
    assert erasure_status.to_sweep(pair.office.store, signing.id_bytes(other.id)) == []
    made = pair.office.new_id()
    pair.office.save([Edit(made, "kind", "case"), Edit(made, "title", "x")], desk="Other")
    erase.erase(pair.office.store, [made], "Asked for")
    assert len(erasure_status.to_sweep(pair.office.store, signing.id_bytes(other.id))) == 1
    own = signing.id_text(pair.office.store.device)
    administer.withdraw(pair.office.store, own, signing.id_bytes(other.id))
    assert erasure_status.to_sweep(pair.office.store, signing.id_bytes(other.id)) == []
