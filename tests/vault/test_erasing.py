"""What an erasure takes, what it leaves, and who has to stand behind it."""

from __future__ import annotations

import msgspec
import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import Roster
from defenderdesk.crypto import signing
from defenderdesk.domain import custody
from defenderdesk.errors import NotFoundError, UsageError
from defenderdesk.ledger.changes import ERASE, NOTE, Change
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.records import apply, forks, writing
from defenderdesk.vault.replication import planning
from tests.conftest import Pair
from tests.worlds.feeds import six_titles, split
from tests.worlds.records import new_case

ERASURES = "SELECT id FROM erasures ORDER BY id"


def content(vault: Vault) -> bytes:
    return b"".join(bytes(row[0]) for row in vault.store.reader.execute("SELECT body FROM change_sets"))


def test_a_reason_is_given_in_one_line_of_bounded_length(vault: Vault) -> None:
    case = new_case(vault, "One", summary="Two")
    for wrong in ("", " \n ", "x" * 501):
        with pytest.raises(UsageError, match="needs a reason"):
            erase.erase(vault.store, [case], wrong)
    erase.erase(vault.store, [case], "x" * 500, ["summary"])
    assert vault.get(case).text(erase.ERASED) == "x" * 500
    erase.erase(vault.store, [case], " a \n  b ", ["title"])
    assert vault.get(case).text(erase.ERASED) == "a b"
    with pytest.raises(NotFoundError):
        erase.erase(vault.store, [vault.new_id()], "why")


def test_every_value_that_a_field_ever_had_goes_and_the_others_stay(vault: Vault) -> None:
    case = new_case(vault, "Title-1", summary="Summary-1")
    vault.save([Edit(case, "summary", "Summary-2"), Edit(case, "tags", "Tag-1", "add")])
    vault.save([Edit(case, "tags", "Tag-1", "remove"), Edit(case, "tags", "Tag-2", "add")])
    erase.erase(vault.store, [case], "Asked for", ["summary", "tags"])
    for gone in (b"Summary-1", b"Summary-2", b"Tag-1", b"Tag-2"):
        assert gone not in content(vault)
    assert b"Title-1" in content(vault) and not vault.get(case).deleted
    assert erase.unclean(vault.store)
    with pytest.raises(UsageError, match="nothing left"):
        erase.erase(vault.store, [case], "Again", ["summary", "tags"])
    erase.erase(vault.store, [case], "All of it")
    assert b"Title-1" not in content(vault) and vault.get(case).deleted
    assert b"Asked for" in content(vault), "why it was done is kept, also of the first time"
    with pytest.raises(UsageError, match="nothing left"):
        erase.erase(vault.store, [case], "Again")
    assert verification.vault(vault.store).problems == []


def test_of_the_values_only_those_that_are_meant(vault: Vault) -> None:
    """A name in a text goes; the text of before and after it stays."""
    case = new_case(vault, "One")
    for summary in ("Before", "With Nora", "After"):
        vault.save([Edit(case, "summary", summary)])
    vault.save([Edit(case, "tags", "Nora", "add"), Edit(case, "tags", "other", "add")])

    def named(_field: str, value: object) -> bool:
        return "Nora" in str(value)

    erase.erase(vault.store, [case], "Asked for", ["summary", "tags"], of=named)
    assert b"Nora" not in content(vault)
    assert all(word in content(vault) for word in (b"Before", b"After", b"other"))
    assert vault.get(case).text("summary") == "After" and vault.get(case).sets["tags"] == ["other"]


def test_what_it_had_taken_the_place_of_stands_again(vault: Vault) -> None:
    case = new_case(vault, "Before")
    vault.save([Edit(case, "summary", "no name"), Edit(case, "title", "Nora"), Edit(case, "status", "open")])
    erase.erase(vault.store, [case], "Asked for", of=lambda _, value: value == "Nora")
    assert b"Nora" not in content(vault) and vault.get(case).text("title") == "Before"
    assert vault.get(case).text("status") == "open" and vault.search("Nora") == []


def test_what_comes_late_or_waits_is_met_by_it(vault: Vault) -> None:
    """The changes are remembered by name, and what waits loses them as well."""
    six_titles(vault)
    [case] = (row.id for row in vault.cases(CaseFilter(), 0, 9))
    device = vault.store.device
    with vault.store.writing() as conn:
        num = conn.execute("SELECT num FROM feeds").fetchone()[0]
        data, detail = planning.packed(conn, num, device, 2, 3)
        kept = msgspec.msgpack.encode({k: v for k, v in detail.items() if k != "device"})
        conn.execute("INSERT INTO held_ranges VALUES (?, 2, 3, ?, ?)", (num, data, kept))
    erase.erase(vault.store, [case], "Asked for", ["title"])
    with vault.store.writing() as conn:
        data, kept = conn.execute("SELECT data, detail FROM held_ranges").fetchone()
        bodies = b"".join(item.body for item in forks.held_range(device, data, kept).items)
        marks = conn.execute("SELECT device, seq, at, field FROM erased ORDER BY seq").fetchall()
        conn.execute("DELETE FROM held_ranges")
    assert b"Title" not in bodies
    assert [(bytes(m[0]), *m[1:]) for m in marks] == [
        (device, seq, 1 if seq == 1 else 0, "title") for seq in range(1, 7)
    ]


def test_a_file_that_came_back_meanwhile_stays(vault: Vault) -> None:
    case, store = new_case(vault, "One"), vault.store
    for name in ("a", "b"):
        (vault.profile.parent / name).write_bytes(name.encode() * 9)
        vault.attach(case, vault.profile.parent / name)
    photos = [record.id for record in vault.children(case, "attachment")]
    rows = store.reader.execute("SELECT * FROM chunks ORDER BY hash").fetchall()
    names = [
        bytes(row[0]) for row in store.reader.execute("SELECT hash FROM chunks ORDER BY hash").fetchall()
    ]
    erase.erase(store, photos, "Asked for")
    with store.writing() as conn:
        conn.execute(f"INSERT INTO chunks VALUES ({','.join('?' * len(rows[0]))})", rows[0])
    assert all(store.chunks.has(name) for name in names), "they go once it is written down"
    assert erase.clean(store)
    assert [store.chunks.has(name) for name in names] == [True, False]
    assert store.meta("chunks_leaving") == []


def test_details_of_custody_go_and_that_it_happened_stays(vault: Vault) -> None:
    case = new_case(vault, "One")
    rid = signing.id_bytes(case)
    noted = [Change(rid, custody.DETAIL, NOTE, "To Nora"), Change(rid, custody.FIELD, NOTE, "Handed over")]
    writing.save(vault.store, [Edit(case, "title", "Two")], notes={case: noted})
    erase.erase(vault.store, [case], "Asked for")
    assert b"To Nora" not in content(vault) and b"Handed over" in content(vault)


def test_more_of_others_goes_with_it_and_a_whole_record_whole(vault: Vault) -> None:
    case, other = new_case(vault, "One", summary="S-1"), new_case(vault, "Two", summary="S-2", status="open")
    erase.erase(vault.store, [case], "Asked for", also=[(case, "title"), (other, "summary")])
    assert vault.get(case).deleted and not vault.get(other).deleted
    assert vault.get(other).text("status") == "open"
    for word, left in ((b"One", False), (b"S-1", False), (b"Two", True), (b"S-2", False)):
        assert (word in content(vault)) is left
    third = new_case(vault, "Three", summary="S-3", status="new")
    erase.erase(vault.store, [third], "Asked for", ["title"], also=[(third, "summary")])
    assert vault.get(third).text("status") == "new" and b"S-3" not in content(vault)


def test_each_desk_gets_an_erasure_of_its_own(vault: Vault) -> None:
    vault.add_desk("Other")
    one, two = new_case(vault, "One"), vault.new_id()
    vault.save([Edit(two, "kind", "case"), Edit(two, "title", "Two")], desk="Other")
    erase.erase(vault.store, [one], "Asked for", also=[(two, "title")])
    assert len(vault.store.reader.execute(ERASURES).fetchall()) == 2
    assert b"Two" not in content(vault) and b"One" not in content(vault)


def test_what_a_share_noted_of_it_goes_too(vault: Vault) -> None:
    case, other, share = new_case(vault, "One"), new_case(vault, "Two"), vault.new_id()
    said = {case: {"title": "digest-1", "status": "digest-2"}, other: {"title": "digest-3"}}
    vault.save([Edit(share, "kind", "share"), Edit(share, "content", said)])
    erase.erase(vault.store, [case], "Asked for", ["title"])
    assert vault.get(share).fields["content"] == {case: {"status": "digest-2"}, other: {"title": "digest-3"}}
    assert b"digest-1" not in content(vault)
    erase.erase(vault.store, [case], "Asked for")
    assert vault.get(share).fields["content"] == {other: {"title": "digest-3"}}
    assert b"digest-2" not in content(vault) and b"digest-3" in content(vault)


def test_it_is_carried_out_once_and_counted(vault: Vault) -> None:
    store = vault.store
    with store.writing() as conn:
        assert erase.carry_out(store, conn, store.roster) == 0
    assert not erase.unclean(store) and not erase.clean(store)
    cases = [new_case(vault, f"Case {n}") for n in range(2)]
    for case in cases:
        erase.erase(store, [case], "Asked for")
    with store.writing() as conn:
        assert erase.carry_out(store, conn, store.roster) == 0
        conn.execute("UPDATE erasures SET done = 0")
        assert erase.carry_out(store, conn, store.roster) == 2
        assert not erase.clean(store), "within a larger write it is left for later"
    assert erase.clean(store) and not erase.unclean(store) and not erase.clean(store)


# -- who stands behind it --------------------------------------------------------------------------


def test_who_may_stands_behind_it(pair: Pair) -> None:
    case = new_case(pair.laptop, "Theirs")
    erase.erase(pair.laptop.store, [case], "Asked for")
    pair.carry(pair.laptop, pair.office)
    device, store = pair.laptop.store.device, pair.office.store
    [row] = (r[0] for r in store.reader.execute(ERASURES).fetchall())
    seq = apply.feed_and_seq(row)[1]
    name = f"{signing.id_text(device)}.{seq}"

    def behind() -> list[tuple[bytes, int]]:
        with store.snapshot() as conn:
            return erase.behind(conn, store.roster, row, 1)

    assert behind() == []
    own = new_case(pair.office, "Ours")
    erase.erase(store, [own], "Asked for")
    done = store.reader.execute("SELECT done FROM erasures ORDER BY id >> 40 = ?", (row >> 40,)).fetchall()
    assert [one[0] for one in done] == [1, 0], "one that waits holds up no other"
    pair.laptop.save([Edit(case, erase.CONFIRMED, name, "add")])
    pair.carry(pair.laptop, pair.office)
    assert behind() == [], "a researcher's confirmation is none"
    for other in (f"{signing.id_text(device)}.{seq + 1}", "rubbish"):
        pair.office.save([Edit(case, erase.CONFIRMED, other, "add")])
        assert behind() == [], "nor one of another erasure"
    done = pair.office.save([Edit(case, erase.CONFIRMED, name, "add")])
    if done.change_set is None:  # it stands already, by the researcher
        pair.office.save([Edit(case, erase.CONFIRMED, name, "remove")])
        done = pair.office.save([Edit(case, erase.CONFIRMED, name, "add")])
    number = apply.feed_and_seq(int(done.change_set or 0))[1]
    assert behind() == [(store.device, number)]
    administer.set_role(store, signing.id_text(device), membership.COORDINATOR)
    assert behind() == [(device, seq), (store.device, number)]
    with store.writing() as conn:
        assert erase.behind(conn, Roster(), row, 1) == [], "nobody who is not known"
        conn.execute("DELETE FROM records WHERE id = ?", (signing.id_bytes(case),))
        assert erase.behind(conn, store.roster, row, 1) == [(device, seq)], "though its record is not here"


def test_whose_a_branch_is(vault: Vault) -> None:
    six_titles(vault)
    device = vault.store.device
    with vault.store.writing() as conn:
        branch = split(conn, device, 4)
        assert erase._origin(conn, 1, branch.device) == device == erase._origin(conn, 1, device)
        assert erase._origin(conn, 1, b"somebody else's ") == b"somebody else's "


def test_what_was_written_since_into_a_record_that_went_whole(vault: Vault) -> None:
    case, other = new_case(vault, "One"), new_case(vault, "Two")
    erase.erase(vault.store, [case], "Asked for")
    erase.erase(vault.store, [other], "Asked for", ["title"])
    rows = [row[0] for row in vault.store.reader.execute(ERASURES)]

    def since(row: int) -> list[bytes]:
        with vault.store.snapshot() as conn:
            return erase.written_since(conn, row, 1)

    assert since(rows[0]) == since(rows[1]) == []
    vault.save(
        [Edit(case, "summary", "Late"), Edit(case, "tags", "x", "add"), Edit(other, "summary", "Late")]
    )
    assert since(rows[0]) == [signing.id_bytes(case)] and since(rows[1]) == []
    vault.save([Edit(other, "deleted", True)])
    assert since(rows[1]) == [], "it was not erased whole"
    vault.save([Edit(case, "tags", "x", "remove")])
    assert since(rows[0]) == [signing.id_bytes(case)]
    with vault.store.snapshot() as conn:
        assert erase.written_since(conn, rows[0], 2) == []


def test_what_is_held_of_a_change_set_is_read_with_its_place(vault: Vault) -> None:
    case = new_case(vault, "One")
    erase.erase(vault.store, [case], "Asked for", ["title"])
    rid, device = signing.id_bytes(case), vault.store.device
    with vault.store.snapshot() as conn:
        num = conn.execute("SELECT num FROM feeds").fetchone()[0]
        first, second = (list(erase._changes_of(conn, apply.set_id(num, seq), None)) for seq in (1, 2))
        assert [one[:6] for one in first] == [(rid, device, 1, 0, "kind", 0)]
        assert {(one[4], one[5]) for one in second} == {("title", ERASE), (erase.ERASED, 0)}
        assert list(erase._changes_of(conn, apply.set_id(num, 9), None)) == []
        assert list(erase._changes_of(conn, apply.set_id(num, 1), b"o" * 16)) == []
