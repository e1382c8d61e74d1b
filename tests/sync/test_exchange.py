"""Bundles between two vaults: only what is lacking, both ways, in any order, and interrupted."""

from __future__ import annotations

import errno
import io
import os

import pytest

from defenderdesk.errors import NotForUsError, NotFoundError, StorageError, UsageError
from defenderdesk.sync.bundles import exporting, plan, receiving
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.replication import planning
from tests.conftest import MakeVault, Pair, enrol_by_file
from tests.worlds.records import new_case


def test_both_ways_everything_merges_and_conflicts_wait_for_a_person(pair: Pair) -> None:
    case = new_case(pair.office, "Arrest", country="UG")
    pair.carry(pair.office, pair.laptop)
    pair.office.save([Edit(case, "title", "Arrest at the border"), Edit(case, "acts", "a", "add")])
    pair.laptop.save([Edit(case, "title", "Arrest in town"), Edit(case, "acts", "b", "add")])
    assert pair.carry(pair.laptop, pair.office).conflicts == 1
    assert pair.carry(pair.office, pair.laptop).conflicts == 1
    one, two = pair.dumps()
    assert one == two
    [conflict] = pair.office.conflicts()
    assert {(v.value, v.author.member) for v in conflict.values} == {
        ("Arrest at the border", "Office"),
        ("Arrest in town", "Amina"),
    }
    pair.office.settle(conflict.id, "Arrest at the border post")
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.conflict_count() == 0
    assert sorted(pair.laptop.get(case).sets["acts"], key=str) == ["a", "b"]
    one, two = pair.dumps()
    assert one == two
    for vault in (pair.office, pair.laptop):
        assert verification.vault(vault.store).problems == []


def test_only_what_the_receiver_lacks_goes_out(pair: Pair) -> None:
    for number in range(50):
        new_case(pair.office, f"Case {number} " + "x" * 500)
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    report = exporting.export(pair.office, pair.folder / "none.ddbundle")
    assert report.nothing_new and report.bytes < 2000
    new_case(pair.office, "One more")
    report = exporting.export(pair.office, pair.folder / "one.ddbundle")
    assert report.changes == 2
    assert exporting.export(pair.office, pair.folder / "all.ddbundle", everything=True).changes == 102
    assert pair.office.waiting().changes == 2


def test_attachments_travel_and_an_interrupted_export_goes_on(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "ATTACHMENTS_PER_BUNDLE", 5 * 1024 * 1024)
    case = new_case(pair.laptop, "With video")
    content = os.urandom(13 * 1024 * 1024)
    (pair.folder / "video").write_bytes(content)
    pair.laptop.attach(case, pair.folder / "video")
    stick = pair.folder / "stick"
    stick.mkdir()
    seen = []

    def pull(done: int, total: int) -> None:
        seen.append(done)
        if done > 9 * 1024 * 1024:
            raise OSError(errno.EIO, "the stick was pulled")

    with pytest.raises(StorageError):
        exporting.export(pair.laptop, stick, progress=pull)
    before = {p.name: p.stat().st_mtime_ns for p in stick.iterdir()}
    assert before and all(name.endswith(".ddbundle") for name in before)
    partly = receiving.receive(pair.office, stick)
    assert partly.changes and 0 < partly.attachments < 4
    again = exporting.export(pair.laptop, stick)
    assert again.reused == len(before)
    assert all((stick / n).stat().st_mtime_ns == t for n, t in before.items())
    receiving.receive(pair.office, stick)
    out = io.BytesIO()
    [attachment] = pair.office.children(case, "attachment")
    pair.office.fetch(attachment.id, out)
    assert out.getvalue() == content
    pair.carry(pair.office, pair.laptop)
    assert exporting.export(pair.laptop, pair.folder / "x.ddbundle").attachments == 0
    assert pair.laptop.waiting().attachments == 0


def test_an_attachment_that_did_not_come_is_asked_for_again(pair: Pair) -> None:
    case = new_case(pair.laptop, "Photo")
    (pair.folder / "photo").write_bytes(b"p" * 100)
    pair.laptop.attach(case, pair.folder / "photo")
    stick = pair.folder / "stick"
    stick.mkdir()
    first, second = exporting.export(pair.laptop, stick).bundles
    receiving.receive(pair.office, first)
    [attachment] = pair.office.children(case, "attachment")
    with pytest.raises(NotFoundError, match="yet"):
        pair.office.fetch(attachment.id, io.BytesIO())
    pair.carry(pair.office, pair.laptop)
    assert exporting.export(pair.laptop, pair.folder / "again.ddbundle").attachments == 1
    receiving.receive(pair.office, second)
    pair.office.fetch(attachment.id, io.BytesIO())


def test_bundles_in_the_wrong_order_wait_for_each_other(pair: Pair) -> None:
    paths = []
    for number in range(3):
        new_case(pair.office, f"Case {number}")
        path = pair.folder / f"{number}.ddbundle"
        with pair.office.store.snapshot():
            exporting.export(pair.office, path)
        paths.append(path)
        # The laptop's receipt says it has this one, so the next carries only what follows.
        desk = members.desk_keys(pair.office.store.reader, pair.office.store.roster)[0]
        receipt = planning.own_receipt(pair.office.store.reader, desk, bytes(16))
        with pair.office.store.writing() as conn:
            planning.save_receipt(
                conn, pair.laptop.store.device, 1, pair.office.store.now_ms() + number, receipt
            )
    last = receiving.receive(pair.laptop, paths[2])
    assert last.missing and last.changes == 0
    assert receiving.receive(pair.laptop, paths[2]).missing
    assert receiving.receive(pair.laptop, paths[1]).missing
    assert receiving.receive(pair.laptop, paths[0]).changes == 6
    one, two = pair.dumps()
    assert one == two
    assert verification.vault(pair.laptop.store).problems == []


def test_replayed_bundles_change_nothing(pair: Pair) -> None:
    new_case(pair.office, "One")
    path = pair.folder / "one.ddbundle"
    exporting.export(pair.office, path)
    receiving.receive(pair.laptop, path)
    before = pair.dumps()
    for _ in range(3):
        report = receiving.receive(pair.laptop, path)
        assert report.already == 1 and report.changes == 0
    assert pair.dumps() == before


def test_what_a_newer_version_wrote_is_kept_and_travels_on(pair: Pair, make_vault: MakeVault) -> None:
    future = pair.office.new_id()
    value = {"points": [[1, 2], [3, 4]], "sure": True, "note": None}
    pair.office.save(
        [
            Edit(future, "kind", "drone_flight"),
            Edit(future, "path", value),
            Edit(future, "tags", "night", "add"),
        ]
    )
    pair.carry(pair.office, pair.laptop)
    third = make_vault("third", found=False)
    enrol_by_file(pair.office, third, pair.folder, "Third")
    pair.carry(pair.office, pair.laptop)
    pair.laptop.save([Edit(future, "tags", "day", "add")])
    report = pair.carry(pair.laptop, third)
    assert not report.refused
    record = third.get(future)
    assert record.kind == "drone_flight" and record.fields["path"] == value
    assert record.sets["tags"] == ["night", "day"]


def test_recipients(pair: Pair, make_vault: MakeVault) -> None:
    new_case(pair.office, "For the laptop only")
    third = make_vault("third", found=False)
    enrol_by_file(pair.office, third, pair.folder, "Third")
    path = pair.folder / "named.ddbundle"
    exporting.export(pair.office, path, to=["Amina"])
    with pytest.raises(NotForUsError):
        receiving.receive(third, path)
    assert receiving.receive(pair.laptop, path).changes == 2
    with pytest.raises(NotFoundError):
        exporting.export(pair.office, path, to=["Nobody"])
    with pytest.raises(UsageError):
        exporting.export(pair.office, path, to=["age1nonsense"])
    exporting.export(pair.office, path, to=[pair.office.info().device[:8]])


def test_a_partner_opens_a_bundle_with_their_own_age_key(pair: Pair) -> None:
    from defenderdesk.crypto.age import HybridIdentity, X25519Identity, open_bytes

    new_case(pair.office, "Shared with a partner")
    for identity in (X25519Identity.generate(), HybridIdentity.generate()):
        path = pair.folder / "partner.ddbundle"
        exporting.export(pair.office, path, to=[str(identity.recipient)])
        assert open_bytes(path.read_bytes(), [identity]).startswith(b"DDBUNDL\x01")
        with pytest.raises(NotForUsError):
            receiving.receive(pair.laptop, path)


def test_other_workspaces_and_vaults_without_one(pair: Pair, make_vault: MakeVault) -> None:
    stranger, empty = make_vault("stranger"), make_vault("empty", found=False)
    new_case(pair.office, "Ours")
    path = pair.folder / "ours.ddbundle"
    exporting.export(pair.office, path)
    for vault in (stranger, empty):
        with pytest.raises(NotForUsError) as caught:
            receiving.receive(vault, path)
        assert caught.value.exit == 5
    with pytest.raises(NotFoundError):
        receiving.receive(pair.laptop, pair.folder / "nothing.ddbundle")
    (pair.folder / "void").mkdir()
    with pytest.raises(NotFoundError):
        receiving.receive(pair.laptop, pair.folder / "void")


def test_a_folder_with_one_bad_bundle_gives_the_good_ones(pair: Pair) -> None:
    new_case(pair.office, "Good")
    stick = pair.folder / "stick"
    stick.mkdir()
    [good] = exporting.export(pair.office, stick).bundles
    (stick / "0-bad.ddbundle").write_bytes(good.read_bytes()[:-10])
    (stick / "notes.txt").write_text("not a bundle")
    report = receiving.receive(pair.laptop, stick)
    assert report.changes == 2 and [name for name, _ in report.refused] == ["0-bad.ddbundle"]


def test_nothing_is_exported_over_the_vault_itself(pair: Pair) -> None:
    profile = pair.office.profile
    before = {p: p.read_bytes() for p in profile.glob("*.json")}
    for target in (
        profile / "keys.json",
        profile,
        profile / "chunks",
        profile / ".." / profile.name,
    ):
        with pytest.raises(UsageError, match="inside the vault"):
            exporting.export(pair.office, target)
    assert {p: p.read_bytes() for p in profile.glob("*.json")} == before


def test_what_a_stick_holds_for_others_alone_is_not_said_to_be_refused(pair: Pair, third: Vault) -> None:
    [desk] = third.store.members[third.store.device].desks
    administer.withdraw(pair.office.store, third.info().device, desk)
    new_case(pair.office, "After")
    report = pair.carry(pair.office, pair.laptop)
    assert report.changes and not report.refused  # the farewell to who lost the desk lay beside it
