"""What a bundle brings beside its parts: whose receipt is kept, what a report says, who is joined."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from defenderdesk.bundle import manifest, ranges, writer
from defenderdesk.bundle.manifest import Receipt
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import seal_bytes
from defenderdesk.errors import NotForUsError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.ledger.feeds import ChangeSet
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import receive as receiving
from defenderdesk.vault.receiving.receive import Received
from defenderdesk.vault.replication import planning
from tests.bundle.people import admission
from tests.conftest import MakeVault, Pair
from tests.worlds.forge import Forge, forge
from tests.worlds.records import new_case

__all__ = ["forge"]

HOLDS = Receipt({b"f" * 16: 7}, roster=bytes(16), key=b"k" * 16)


class Sender:
    """A colleague who tells the laptop what they hold, in a bundle that holds nothing else."""

    def __init__(self, forge: Forge, vault: Vault) -> None:
        self.forge, self.vault, self.laptop = forge, vault, forge.pair.laptop.store
        forge.key = vault.store.require_signing_key()
        forge.manifest = replace(forge.manifest, sender=vault.store.device)

    def tell(self, receipt: Receipt = HOLDS, created: int = 5) -> Received:
        made = replace(self.forge.manifest, receipt=receipt, created=created)
        return receiving.receive(self.laptop, io.BytesIO(self.forge.seal(made.encode())))

    @property
    def kept(self) -> Receipt | None:
        return planning.receipt_of(self.laptop.reader, self.vault.store.device, 1)


@pytest.fixture
def sender(forge: Forge, third: Vault) -> Sender:
    forge.pair.carry(forge.pair.office, forge.pair.laptop)
    return Sender(forge, third)


# -- receipts --------------------------------------------------------------------------------------


def test_a_colleagues_receipt_is_kept(sender: Sender) -> None:
    assert sender.kept is None
    report = sender.tell()
    assert (report.sender, report.removed_sender, report.parted) == ("Bako", False, [])
    assert sender.kept is not None and sender.kept.holds == HOLDS.holds
    sender.tell(Receipt({b"f" * 16: 8}, roster=bytes(16)), created=6)
    assert sender.kept.holds == {b"f" * 16: 8}


@pytest.mark.parametrize(
    ("receipt", "kept"),
    [
        (Receipt({}, roster=bytes(16)), False),
        (Receipt({}, roster=bytes(16), key=b"k" * 16), True),
        (Receipt({b"f" * 16: 7}, roster=bytes(16)), True),
    ],
)
def test_mere_word_is_no_receipt(sender: Sender, receipt: Receipt, kept: bool) -> None:
    """Who brings word of a removal says nothing of what they hold; it must replace nothing."""
    sender.tell(receipt)
    assert (sender.kept is not None) is kept


def removed(sender: Sender) -> None:
    administer.remove(sender.forge.pair.office.store, signing.id_text(sender.vault.store.device))


def withdrawn(sender: Sender) -> None:
    office = sender.forge.pair.office.store
    administer.withdraw(office, signing.id_text(sender.vault.store.device), sender.forge.desk.id)


def travelling(sender: Sender) -> None:
    travel.tell(sender.vault.store)
    sender.forge.pair.carry(sender.vault, sender.forge.pair.office)


@pytest.mark.parametrize("happened", [removed, withdrawn, travelling])
def test_who_is_not_there_to_hold_anything_confirms_nothing(
    sender: Sender, happened: Callable[[Sender], None]
) -> None:
    """Nor does it tell that histories parted: what it says of itself is nobody's word."""
    pair = sender.forge.pair
    new_case(pair.laptop, "Of the laptop")
    device = pair.laptop.store.device
    parted = replace(HOLDS, holds={device: 1}, heads={device: b"x" * 16})
    assert sender.tell(parted).parted == ["Amina"]
    happened(sender)
    pair.carry(pair.office, pair.laptop)
    with pair.laptop.store.writing() as conn:
        conn.execute("DELETE FROM receipts")
    report = sender.tell(parted)
    assert sender.kept is None and report.parted == []
    assert not report.removed_sender, "it was made before"
    afterwards = pair.office.now_ms() + 1000
    assert sender.tell(parted, afterwards).removed_sender is (happened is removed)


def test_ones_own_receipt_that_comes_back_confirms_nothing(forge: Forge) -> None:
    new_case(forge.pair.laptop, "Of the laptop")
    own = Sender(forge, forge.pair.laptop)
    own.tell(replace(HOLDS, holds={own.laptop.device: 1}))
    assert own.kept is None
    [confirmed] = own.laptop.reader.execute(
        "SELECT confirmed FROM feeds WHERE device = ?", (own.laptop.device,)
    ).fetchone()
    assert confirmed == 0


def test_a_receipt_of_before_the_desk_was_given_back_is_dropped(sender: Sender) -> None:
    pair, device = sender.forge.pair, signing.id_text(sender.vault.store.device)
    before = replace(HOLDS, since=sender.vault.store.log.heads[:1])
    withdrawn(sender)
    administer.grant(pair.office.store, device, sender.forge.desk.id)
    pair.carry(pair.office, pair.laptop)
    sender.tell(before)
    assert sender.kept is None
    sender.tell(replace(HOLDS, since=pair.office.store.log.heads[:1]))
    assert sender.kept is not None


def test_who_loses_the_desk_or_leaves_is_thought_to_hold_nothing(sender: Sender) -> None:
    pair = sender.forge.pair
    for happened in (withdrawn, travelling):
        with pair.laptop.store.writing() as conn:
            planning.save_receipt(conn, sender.vault.store.device, 1, 5, HOLDS)
            planning.save_receipt(conn, pair.office.store.device, 1, 5, HOLDS)
        happened(sender)
        if happened is withdrawn:
            device = signing.id_text(sender.vault.store.device)
            administer.grant(pair.office.store, device, sender.forge.desk.id)
        pair.carry(pair.office, pair.laptop)
        assert sender.kept is None
        office = planning.receipt_of(pair.laptop.store.reader, pair.office.store.device, 1)
        assert office is not None, "of the others it is known as before"
    travel.welcome(pair.office.store, signing.id_text(sender.vault.store.device))
    with pair.laptop.store.writing() as conn:
        planning.save_receipt(conn, sender.vault.store.device, 1, 5, HOLDS)
    pair.carry(pair.office, pair.laptop)
    assert sender.kept is None, "what it held before the journey it holds no more"


# -- several parts, several desks ------------------------------------------------------------------


def test_a_key_a_later_part_and_work_in_one_bundle(forge: Forge) -> None:
    laptop, device = forge.pair.laptop.store, forge.store.device
    keys = [[key.epoch, key.key] for key in forge.desk.keys]
    told = canonical.encode([1, forge.store.workspace, forge.desk.id, "Desk", forge.desk.box, keys])
    grant = seal_bytes(told, [laptop.require_identity().recipient])
    items = [Change(b"r" * 16, "kind", SET, "case"), Change(b"r" * 16, "title", SET, "Work")]
    made = [ChangeSet(*changes.make(items, device, 1, 1 << 16, b"s" * 16))]
    start = feeds.genesis(forge.store.workspace, forge.desk.id, device)
    signature = forge.key.sign(feeds.SIGNATURE, feeds.link(start, made[0].header))
    feed, detail = ranges.pack(ranges.Range(device, 1, start, signature, made))
    parts, _ = writer.measure(
        [
            writer.Source(manifest.GRANT, {"device": laptop.device}, lambda: grant),
            writer.Source("song", {}, lambda: b"la la"),
            writer.Source(manifest.GRANT, {"device": laptop.device}, lambda: grant),
            writer.Source(manifest.FEED, detail, lambda: feed),
        ]
    )
    head = replace(forge.manifest, parts=tuple(parts)).encode()
    told_of: list[tuple[int, int]] = []
    data = forge.seal(head, grant + b"la la" + grant + feed)
    report = receiving.receive(laptop, io.BytesIO(data), lambda *at: told_of.append(at))
    assert (report.change_sets, report.changes, report.skipped) == (1, 2, ["song"])
    assert report.kinds == {"case"} and report.records == {signing.id_text(b"r" * 16)}
    assert report.desk == forge.desk.name and len(told_of) == 4
    assert forge.pair.laptop.get(signing.id_text(b"r" * 16)).text("title") == "Work"


def test_who_holds_two_desks_opens_the_bundles_of_each(pair: Pair) -> None:
    other = pair.office.add_desk("Other")
    administer.grant(pair.office.store, signing.id_text(pair.laptop.store.device), signing.id_bytes(other.id))
    pair.carry(pair.office, pair.laptop, desk="Other")
    for name in ("Other", "Great Lakes desk"):
        made = pair.laptop.new_id()
        pair.laptop.save([Edit(made, "kind", "case"), Edit(made, "title", name)], desk=name)
        pair.carry(pair.laptop, pair.office, desk=name)
    assert {row.title for row in pair.office.cases(CaseFilter(), 0, 9)} == {"Other", "Great Lakes desk"}


def test_more_records_than_a_report_names_are_not_named(
    forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view reads anew what it shows then."""
    device = forge.store.device
    for most, named in ((3, 3), (2, 0)):
        monkeypatch.setattr(receiving, "MAX_NAMED", most)
        items = [Change(bytes([n]) * 16, "kind", SET, "case") for n in range(3)]
        made = [ChangeSet(*changes.make(items, device, 1, 1 << 16, b"s" * 16))]
        report = receiving.receive(forge.pair.laptop.store, io.BytesIO(forge.feed(made, device)))
        assert len(report.records) == named
        with forge.pair.laptop.store.writing() as conn:
            for table in ("change_sets", "feeds", "records", "cases"):
                conn.execute(f"DELETE FROM {table}")


class Work:
    """Work of several colleagues in one bundle, as the office passes it on."""

    def __init__(self, forge: Forge) -> None:
        self.forge, self.parts = forge, list[tuple[dict[str, object], bytes]]()

    def add(self, vault: Vault, first: int, kind: str, count: int = 1, hlc: int = 0) -> None:
        """`count` change sets from number `first` on, each of a new record of that kind."""
        device = vault.store.device
        chain = start = feeds.genesis(self.forge.store.workspace, self.forge.desk.id, device)
        made = []
        for seq in range(first, first + count):
            record = (device + bytes([seq]))[-16:]
            items = [Change(record, "kind", SET, kind), Change(record, "title", SET, "x")]
            made.append(ChangeSet(*changes.make(items, device, seq, hlc or seq << 16, b"s" * 16)))
            chain = feeds.link(chain, made[-1].header)
        signature = vault.store.require_signing_key().sign(feeds.SIGNATURE, chain)
        data, detail = ranges.pack(ranges.Range(device, first, start, signature, made))
        self.parts.append((detail, data))

    def receive(self) -> Received:
        sources = [writer.Source(manifest.FEED, d, lambda data=data: data) for d, data in self.parts]  # type: ignore[misc]
        parts, _ = writer.measure(sources)
        head = replace(self.forge.manifest, parts=tuple(parts)).encode()
        sealed = self.forge.seal(head, b"".join(data for _, data in self.parts))
        return receiving.receive(self.forge.pair.laptop.store, io.BytesIO(sealed))


def test_a_report_is_of_all_that_a_bundle_brought(
    forge: Forge, third: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge.pair.carry(forge.pair.office, forge.pair.laptop)
    work = Work(forge)
    work.add(forge.pair.office, 1, "case", 2)
    work.add(third, 1, "person", 3)
    monkeypatch.setattr(receiving, "MAX_NAMED", 4)
    report = work.receive()
    assert (report.change_sets, report.changes, report.conflicts) == (5, 10, 0)
    assert report.kinds == {"case", "person"} and len(report.records) == 2, "two, and no more fit"
    assert report.missing == [] and not report.suspect_clock


def test_a_clock_from_the_future_is_told_whatever_came_after_it(forge: Forge, third: Vault) -> None:
    forge.pair.carry(forge.pair.office, forge.pair.laptop)
    work = Work(forge)
    work.add(forge.pair.office, 1, "case", hlc=(third.store.now_ms() + 10**11) << 16)
    work.add(third, 1, "case")
    assert work.receive().suspect_clock


def test_what_must_still_arrive_is_named_by_number(forge: Forge, third: Vault) -> None:
    forge.pair.carry(forge.pair.office, forge.pair.laptop)
    work = Work(forge)
    work.add(third, 1, "case")
    work.receive()
    work.parts.clear()
    work.add(forge.pair.office, 2, "case")
    work.add(third, 4, "case", 2)
    work.add(third, 8, "case")
    assert sorted(work.receive().missing) == [("Bako", 2, 3), ("Office", 1, 1)]


def test_every_part_of_an_attachment_counts(pair: Pair) -> None:
    case = new_case(pair.office, "Photos")
    for name in ("a", "b", "c"):
        (pair.folder / name).write_bytes(name.encode() * 9)
        pair.office.attach(case, pair.folder / name)
    assert pair.carry(pair.office, pair.laptop).attachments == 3


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_left_as_it_was(on: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        with receiving.no_collection():
            assert not gc.isenabled()
        assert gc.isenabled() is on
    finally:
        (gc.enable if was else gc.disable)()


# -- who joins --------------------------------------------------------------------------------------


def test_only_an_administrator_lets_anybody_in(pair: Pair, third: Vault, make_vault: MakeVault) -> None:
    """Who was invited takes the workspace from one who may admit, and from nobody else who knows its
    whole past; and not before they were admitted."""
    new = make_vault("new", found=False)
    key, identity = members.make_keys(new.store)
    pair.carry(pair.office, third)
    new.store.set_meta("pending_workspace", pair.office.store.workspace)

    def offered(by: Vault) -> bytes:
        world = Forge(pair)
        world.key = by.store.require_signing_key()
        told = tuple(act.data for act in pair.office.store.log.acts)
        made = replace(world.manifest, sender=by.store.device, recipients=(new.store.device,), acts=told)
        return world.seal(made.encode(), seal=[identity.recipient])

    for by in (third, pair.office):  # it is not admitted yet
        with pytest.raises(NotForUsError):
            receiving.receive(new.store, io.BytesIO(offered(by)))
    office = pair.office.store
    detail = admission(
        office.workspace, key, "Chipo", "researcher", [], office.now_ms(), identity.recipient.public
    )
    administer.act(office, acts.ADMIT, *detail)
    with pytest.raises(NotForUsError):
        receiving.receive(new.store, io.BytesIO(offered(third)))
    assert not new.store.workspace
    with pytest.raises(NotForUsError):  # the desk is not granted: but the acts were looked at
        receiving.receive(new.store, io.BytesIO(offered(pair.office)))
