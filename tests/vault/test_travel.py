"""What would be lost with a laptop that goes, who says that somebody is back, and what stays."""

from __future__ import annotations

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.manifest import Receipt
from defenderdesk.crypto import signing
from defenderdesk.errors import NotFoundError, NotGrantedError, UsageError, WrongPassphraseError
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer
from defenderdesk.vault.replication import planning
from tests.conftest import PASSPHRASE, MakeVault, Pair
from tests.worlds.desks import withdraw
from tests.worlds.devices import device
from tests.worlds.records import new_case


def says(
    holds: dict[bytes, int], missing: tuple[bytes, ...] = (), every: bool = False, **heads: bytes
) -> Receipt:
    return Receipt(holds, missing, every, bytes(16), {k.encode(): v for k, v in heads.items()})


def with_photos(pair: Pair) -> tuple[bytes, int, list[tuple[bytes, int]]]:
    """The laptop's feed, how far it goes, and its chunks with their numbers: two photographs."""
    case = new_case(pair.laptop, "One")
    for name in ("a", "b"):
        (pair.folder / name).write_bytes(name.encode() * 9)
        pair.laptop.attach(case, pair.folder / name)
    conn = pair.laptop.store.reader
    device = pair.laptop.store.device
    [held] = conn.execute("SELECT held FROM feeds WHERE device = ?", (device,)).fetchone()
    chunks = conn.execute("SELECT hash, seq FROM chunks ORDER BY seq").fetchall()
    return device, held, [(bytes(name), seq) for name, seq in chunks]


def test_what_no_single_office_holds_is_lacking(pair: Pair) -> None:
    new_case(pair.office, "Of the office")
    pair.carry(pair.office, pair.laptop)
    feed, held, chunks = with_photos(pair)
    other = pair.office.store.device
    store = pair.laptop.store

    def lacking(*offices: Receipt) -> tuple[int, int]:
        with store.snapshot() as conn:
            [desk] = members.desk_keys(conn, store.roster)
            return travel._lacking(conn, desk, list(offices))

    assert held == 3 and lacking() == (4, 2) == lacking(says({}))
    assert lacking(says({feed: 3})) == (1, 0) and lacking(says({feed: 3, other: 1})) == (0, 0)
    assert lacking(says({feed: 99, other: 99})) == (0, 0)
    assert lacking(says({feed: 1, other: 1})) == (2, 2)
    assert lacking(says({feed: 1}), says({feed: 2, other: 1})) == (1, 1)
    [(first, _), (second, at)] = chunks
    assert lacking(says({feed: at - 1, other: 1})) == (held - at + 1, 1)
    assert lacking(says({feed: 3, other: 1}, (first,))) == (0, 1)
    assert lacking(says({feed: 3, other: 1}, (first, second))) == (0, 2)
    assert lacking(says({feed: 3, other: 1}, (), True)) == (0, 2)
    assert lacking(says({feed: 3, other: 1}, (first,)), says({feed: 3}, (second,))) == (0, 0)
    parted = Receipt({feed: 3, other: 1}, (), False, bytes(16), {feed: b"x" * 16})
    assert lacking(parted) == (3, 0), "it holds another history of that number"
    assert lacking(parted, says({feed: 2})) == (1, 0)


def test_also_an_attachment_of_the_very_first_save(pair: Pair) -> None:
    case = new_case(pair.office, "Of the office")
    pair.carry(pair.office, pair.laptop)
    (pair.folder / "a").write_bytes(b"a")
    pair.laptop.attach(case, pair.folder / "a")
    store = pair.laptop.store
    assert store.reader.execute("SELECT seq FROM chunks").fetchone() == (1,)
    with store.snapshot() as conn:
        [desk] = members.desk_keys(conn, store.roster)
        assert travel._lacking(conn, desk, [says({pair.office.store.device: 1})]) == (1, 1)


def test_what_waits_is_counted_once_and_by_who_may_write(pair: Pair, third: Vault) -> None:
    pair.carry(pair.office, pair.laptop)
    for _ in range(3):
        new_case(third, "Of the third")
    pair.carry(third, pair.laptop)
    feed, store = third.store.device, pair.laptop.store
    [(num, held)] = store.reader.execute("SELECT num, held FROM feeds WHERE device = ?", (feed,)).fetchall()
    assert held == 3

    def waits(ranges: list[tuple[int, int]], *offices: Receipt) -> int:
        with store.writing() as conn:
            conn.execute("DELETE FROM held_ranges")
            conn.executemany(
                "INSERT INTO held_ranges VALUES (?, ?, ?, x'', x'')", [(num, *r) for r in ranges]
            )
            [desk] = members.desk_keys(conn, store.roster)
            return travel._waits(store, conn, desk, list(offices))

    assert waits([]) == 0 and waits([(6, 8)]) == 3 == waits([(6, 8)], says({}))
    assert waits([(6, 8), (10, 11)]) == 5 and waits([(10, 11), (6, 8)]) == 5
    assert waits([(2, 4)]) == 1 and waits([(1, 3)]) == 0, "as far as it is not held"
    assert waits([(6, 8)], says({feed: 7})) == 1 and waits([(6, 8)], says({feed: 1}), says({feed: 99})) == 0
    assert waits([(5, 5)]) == 1
    administer.remove(pair.office.store, signing.id_text(feed))
    pair.carry(pair.office, pair.laptop)
    assert waits([(6, 8)]) == 0, "what a removed laptop wrote on is in no receipt"
    with store.writing() as conn:
        conn.execute("DELETE FROM held_ranges")


def test_only_an_office_that_holds_the_desk_confirms(pair: Pair, third: Vault) -> None:
    pair.carry(pair.office, pair.laptop)
    feed, held, _ = with_photos(pair)
    store = pair.laptop.store
    everything = says({feed: held})

    def left(*devices: bytes) -> int:
        with store.writing() as conn:
            conn.execute("DELETE FROM receipts")
            for one in devices:
                planning.save_receipt(conn, one, 1, 5, everything)
        return sum(one.change_sets for one in travel.unconfirmed(store))

    office, colleague = pair.office.store.device, third.store.device
    assert left() == held == left(colleague) == left(store.device)
    assert left(office) == 0 == left(colleague, office)
    for role, counts in ((membership.COORDINATOR, True), (membership.DESK_OFFICER, True)):
        administer.set_role(pair.office.store, signing.id_text(colleague), role)
        pair.carry(pair.office, pair.laptop)
        assert (left(colleague) == 0) is counts
    withdraw(pair, third)
    pair.carry(pair.office, pair.laptop)
    assert left(colleague) == held, "it is not of the desk any more"
    administer.set_role(pair.office.store, signing.id_text(store.device), membership.COORDINATOR)
    pair.carry(pair.office, pair.laptop)
    assert left(store.device) == held, "nor does one's own"


def test_it_is_told_once(pair: Pair, make_vault: MakeVault) -> None:
    before = len(pair.laptop.store.log)
    for _ in range(2):
        travel.tell(pair.laptop.store)
    assert len(pair.laptop.store.log) == before + 1
    assert [m.member for m in travel.away(pair.laptop.store)] == ["Amina"]
    assert list(travel.away(pair.office.store)) == []
    pair.office.store.set_meta(travel.TRAVELLED, True)  # its desks are back, if not its new keys
    travel.tell(pair.office.store)
    with pytest.raises(NotGrantedError, match="not of a workspace"):
        travel.tell(make_vault("nobody", found=False).store)


def test_the_passphrase_is_proven_first(pair: Pair) -> None:
    travel.check(pair.laptop.store, PASSPHRASE)
    with pytest.raises(WrongPassphraseError):
        travel.check(pair.laptop.store, "not it")


def test_the_way_home_is_by_the_mailboxes_of_its_desks(pair: Pair) -> None:
    store = pair.laptop.store
    [box] = (bytes(row[0]) for row in store.reader.execute("SELECT box FROM desks"))
    mine, other = f"mailbox.e.{box.hex()}", f"mailbox.e.{bytes(16).hex()}"
    for name, cursor in ((mine, 7), (other, 9)):
        pair.laptop.settings.put(name, {"cursor": cursor})
    assert travel._boxes(store) == [(box, mine, 7)]
    (pair.folder / "a").write_bytes(b"a" * 999)
    pair.laptop.attach(new_case(pair.laptop, "Photo"), pair.folder / "a")
    [chunk] = (p for p in (pair.laptop.profile / "chunks").rglob("*") if p.is_file())
    pair.laptop.depart(PASSPHRASE, anyway=True)
    assert not chunk.exists() and not (pair.laptop.profile / travel.NAME).exists(), "it went at once"
    with Vault.open(pair.laptop.profile, PASSPHRASE) as empty:
        assert empty.settings.get(travel.BOXES) == [[box, mine, 7]]
        assert empty.settings.get(travel.TRAVELLED) is True
        assert empty.settings.get("workspace_name") == travel.NEUTRAL
        for again in (travel.tell, lambda store: travel.depart(store, PASSPHRASE, anyway=True)):
            with pytest.raises(UsageError, match="is empty"):
                again(empty.store)
        travel.home(empty.store)
        assert empty.settings.get(travel.TRAVELLED) is True, "without its desks it is not home"


def test_an_unfinished_departure_is_undone_where_the_keys_are_the_old_ones(vault: Vault) -> None:
    profile, key = vault.profile, vault.store.data_key
    travel.finish(profile, key)
    for name in (travel.NAME, f"{travel.NAME}-wal"):  # of a departure before, which was cut
        (profile / name).write_bytes(b"rubbish" * 999)
    travel._write(profile, b"k" * 32, {"clock": 7, "setting.member": None})
    (profile / "vault.db.travel-wal").write_bytes(b"")
    travel.finish(profile, key)
    assert not (profile / travel.NAME).exists() and vault.get(new_case(vault, "Here")).text("title") == "Here"


def test_who_may_say_that_somebody_is_back(pair: Pair, third: Vault, make_vault: MakeVault) -> None:
    with pytest.raises(NotGrantedError, match="who is back"):
        travel.welcome(make_vault("nobody", found=False).store, device(third))
    travel.tell(third.store)
    pair.carry(third, pair.office)
    pair.carry(pair.office, pair.laptop)
    with pytest.raises(NotGrantedError, match="who is back"):
        travel.welcome(pair.laptop.store, device(third))
    administer.set_role(pair.office.store, device(pair.laptop), membership.COORDINATOR)
    pair.carry(pair.office, pair.laptop)
    for store, own in ((pair.laptop.store, device(pair.laptop)), (pair.office.store, device(pair.office))):
        with pytest.raises(NotFoundError):
            travel.welcome(store, own)
        with store.writing() as conn:
            for one in (third.store.device, b"o" * 16):
                planning.save_receipt(conn, one, 1, 5, says({b"f" * 16: 1}))
        travel.welcome(store, device(third))
        assert list(travel.away(store)) == []
        assert planning.receipt_of(store.reader, third.store.device, 1) is None
        assert planning.receipt_of(store.reader, b"o" * 16, 1) is not None


def test_home_is_where_the_desks_are(pair: Pair) -> None:
    store, before = pair.laptop.store, pair.laptop.store.device
    travel.home(store)
    assert store.device == before, "it was not away"
    store.set_meta(travel.TRAVELLED, True)
    travel.home(store)
    assert store.device != before and store.meta(travel.TRAVELLED) is False
    assert len(store.meta("successions")) == 1, "its keys were at a border"
