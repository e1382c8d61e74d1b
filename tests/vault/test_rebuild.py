"""Records built anew from what is left: as if only that had ever arrived."""

from __future__ import annotations

from defenderdesk.crypto import signing
from defenderdesk.ledger.merge import State
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.custody import entries
from defenderdesk.vault.membership import remove_device
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import rebuild
from tests.conftest import Pair
from tests.worlds.records import new_case


def titles(vault: Vault) -> list[str]:
    return sorted(row.title for row in vault.cases(CaseFilter(), 0, 999))


def row_of(vault: Vault, record: str) -> tuple[State, bytes, int]:
    packed, history, updated = vault.store.reader.execute(
        "SELECT state, history, updated FROM records WHERE id = ?", (signing.id_bytes(record),)
    ).fetchone()
    return State.unpack(packed), bytes(history), updated


def feed_of(vault: Vault, device: bytes) -> int:
    [num] = vault.store.reader.execute("SELECT num FROM feeds WHERE device = ?", (device,)).fetchone()
    return int(num)


def drop_after(vault: Vault, device: bytes, end: int) -> None:
    with vault.store.writing() as conn:
        remove_device.drop(conn, feed_of(vault, device), 1, end)


def test_more_records_than_are_read_at_once_are_all_built_anew(vault: Vault) -> None:
    made = [vault.new_id() for _ in range(502)]
    vault.save([Edit(one, "kind", "case") for one in made])
    store = vault.store
    with store.writing() as conn:
        conn.execute("UPDATE records SET updated = 0")
        rebuild.replay(conn, 1, [signing.id_bytes(one) for one in made])
        [wrong] = conn.execute("SELECT count(*) FROM records WHERE updated = 0").fetchone()
    assert wrong == 0 and verification.vault(store).problems == []


def test_records_of_which_nothing_is_left_go_and_the_others_stay(vault: Vault) -> None:
    ids = sorted((vault.new_id() for _ in range(6)), key=signing.id_bytes)
    kept, gone = ids[::2], ids[1::2]
    vault.save([e for one in kept for e in (Edit(one, "kind", "case"), Edit(one, "title", "Before"))])
    vault.save(
        [e for one in gone for e in (Edit(one, "kind", "case"), Edit(one, "title", "Late"))]
        + [Edit(one, "title", "After") for one in kept]
    )
    drop_after(vault, vault.store.device, 1)
    assert titles(vault) == ["Before"] * 3
    assert vault.search("Late") == [] and vault.search("After") == []
    assert verification.vault(vault.store).problems == []
    [num] = vault.store.reader.execute("SELECT count(*) FROM records").fetchone()
    assert num == 3


def test_its_history_names_every_change_set_that_is_left(vault: Vault) -> None:
    case = new_case(vault, "One")
    for title in ("Two", "Three", "Four"):
        vault.save([Edit(case, "title", title)])
    before = row_of(vault, case)
    assert len(before[1]) == 4 * 8
    with vault.store.writing() as conn:
        rebuild.replay(conn, 1, [signing.id_bytes(case)])
    after = row_of(vault, case)
    assert after[0].canonical() == before[0].canonical() and after[1:] == before[1:]


def test_an_attachments_chunks_belong_to_the_last_change_set_that_is_left(vault: Vault) -> None:
    """By it is known who has them, where their rows have to be made anew."""
    case = new_case(vault, "One")
    path = vault.profile.parent / "photo"
    path.write_bytes(b"photo")
    vault.attach(case, path)
    [photo] = [one.id for one in vault.children(case, "attachment")]
    for title in ("A", "B", "C"):
        vault.save([Edit(photo, "title", title)])
    history = row_of(vault, photo)[1]
    assert len(history) > 3 * 8
    with vault.store.writing() as conn:
        conn.execute("DELETE FROM chunks")
        rebuild.replay(conn, 1, [signing.id_bytes(photo)])
    [feed, seq] = vault.store.reader.execute("SELECT feed, seq FROM chunks").fetchone()
    assert feed << 40 | seq == int.from_bytes(history[-8:], "big")


def test_a_record_that_was_only_looked_at_was_never_worked_on(pair: Pair) -> None:
    case = new_case(pair.laptop, "One")
    pair.carry(pair.laptop, pair.office)
    assert entries.seen(pair.office.store, case).change_set
    worked = row_of(pair.office, case)[2]
    with pair.office.store.writing() as conn:
        rebuild.replay(conn, 1, [signing.id_bytes(case)])
    assert row_of(pair.office, case)[2] == worked, "a look is no work"
    drop_after(pair.office, pair.laptop.store.device, 0)
    assert row_of(pair.office, case)[2] == 0


def test_what_was_replaced_waits_also_for_a_feed_that_is_not_here_at_all(pair: Pair, third: Vault) -> None:
    case = new_case(pair.office, "First")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.office, third)
    pair.laptop.save([Edit(case, "title", "Laptop")])
    pair.carry(pair.laptop, third)
    third.save([Edit(case, "title", "Third")])
    pair.carry(third, pair.office, everything=True)
    removed = pair.laptop.store.device
    drop_after(pair.office, removed, 0)
    with pair.office.store.writing() as conn:
        conn.execute("DELETE FROM feeds WHERE device = ?", (removed,))
        rebuild.replay(conn, 1, [signing.id_bytes(case)])
    assert row_of(pair.office, case)[0].gone == {("title", (removed, 1, 0))}
    pair.carry(pair.laptop, pair.office, everything=True)
    assert row_of(pair.office, case)[0].gone == set()
    assert pair.office.get(case).text("title") == "Third"
