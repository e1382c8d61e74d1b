"""Enrolment by file: what is asked, what is granted, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import HybridRecipient, open_bytes, seal_bytes
from defenderdesk.errors import (
    DamagedError,
    MoreMustAgreeError,
    NotForUsError,
    NotFoundError,
    NotGrantedError,
    UsageError,
    WorldError,
)
from defenderdesk.sync.bundles import receiving
from defenderdesk.sync.enrolment import approval, join_request
from defenderdesk.sync.enrolment import invitation as invitations
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.replication import planning
from tests.conftest import MakeVault, Pair
from tests.worlds.records import new_case


def files(folder: Path) -> tuple[Path, Path, Path]:
    return folder / "i.ddinvite", folder / "j.ddjoin", folder / "f.ddbundle"


def test_both_sides_see_the_same_words_in_the_offices_language(make_vault: MakeVault, tmp_path: Path) -> None:
    office, laptop = make_vault("office"), make_vault("laptop", found=False)
    office.set_setting("language", "fr")
    new_case(office, "Before they came")
    invitation, join_file, first = files(tmp_path)
    invitations.invite(office, invitation)
    joined = join_request.join(laptop, invitation, "  Amina  Diallo ", join_file)
    request = approval.read_join(office, join_file)
    assert joined.words == request.words and len(set(joined.words)) >= 4
    assert (request.member, request.desk) == ("Amina Diallo", "Great Lakes desk")
    approved = approval.approve(office, join_file, first)
    assert approved.words == joined.words
    report = receiving.receive(laptop, first)
    assert report.joined and report.changes == 2
    info = laptop.info()
    assert (info.workspace, info.member, info.role) == ("Workspace", "Amina Diallo", "researcher")
    assert [d.name for d in info.desks] == ["Great Lakes desk"]
    assert {d.member for d in laptop.devices()} == {"Office", "Amina Diallo"}
    again = approval.approve(office, join_file, tmp_path / "again.ddbundle")
    assert again.words == approved.words, "a lost stick: the same laptop may be approved again"


def test_an_invitation_serves_one_device(make_vault: MakeVault, tmp_path: Path) -> None:
    office = make_vault("office")
    one, two = make_vault("one", found=False), make_vault("two", found=False)
    invitation, join_file, first = files(tmp_path)
    invitations.invite(office, invitation)
    join_request.join(one, invitation, "One", join_file)
    approval.approve(office, join_file, first)
    join_request.join(two, invitation, "Two", tmp_path / "two.ddjoin")
    with pytest.raises(DamagedError, match="already answered"):
        approval.approve(office, tmp_path / "two.ddjoin", first)
    with pytest.raises(NotForUsError):
        receiving.receive(two, first)
    assert two.info().workspace == ""


def test_who_may_not(pair: Pair, make_vault: MakeVault) -> None:
    invitation, join_file, first = files(pair.folder)
    with pytest.raises(NotGrantedError):
        invitations.invite(pair.laptop, invitation)
    with pytest.raises(UsageError):
        join_request.join(pair.laptop, invitation, "Again", join_file)
    with pytest.raises(NotFoundError):
        invitations.invite(pair.office, invitation, "No such desk")
    stranger, newcomer = make_vault("stranger"), make_vault("newcomer", found=False)
    invitations.invite(pair.office, invitation)
    join_request.join(newcomer, invitation, "New", join_file)
    with pytest.raises(NotForUsError):
        approval.approve(stranger, join_file, first)


def test_a_swapped_key_changes_the_words(make_vault: MakeVault, tmp_path: Path) -> None:
    """Whoever carries the files answers in the laptop's stead: the words do not match."""
    office = make_vault("office")
    laptop, mallory = make_vault("laptop", found=False), make_vault("mallory", found=False)
    invitation, join_file, _ = files(tmp_path)
    invitations.invite(office, invitation)
    honest = join_request.join(laptop, invitation, "Amina", join_file)
    join_request.join(mallory, invitation, "Amina", tmp_path / "m.ddjoin")
    assert approval.read_join(office, tmp_path / "m.ddjoin").words != honest.words


def test_torn_and_altered_files(make_vault: MakeVault, tmp_path: Path) -> None:
    office, laptop = make_vault("office"), make_vault("laptop", found=False)
    invitation, join_file, _ = files(tmp_path)
    invitations.invite(office, invitation)
    data = invitation.read_bytes()
    for position in range(0, len(data), 7):
        torn = bytearray(data)
        torn[position] ^= 4
        for content in (bytes(torn), data[:position]):
            (tmp_path / "x").write_bytes(content)
            with pytest.raises(DamagedError):
                join_request.join(laptop, tmp_path / "x", "A", join_file)
    assert not join_file.exists()
    join_request.join(laptop, invitation, "A", join_file)
    data = join_file.read_bytes()
    for position in range(0, len(data), 13):
        torn = bytearray(data)
        torn[position] ^= 4
        (tmp_path / "x").write_bytes(torn)
        with pytest.raises(WorldError) as caught:
            approval.read_join(office, tmp_path / "x")
        assert caught.value.exit in (4, 5)
    (tmp_path / "x").write_bytes(b"x" * 100_000)
    for wrong in (approval.read_join,):
        with pytest.raises(DamagedError):
            wrong(office, tmp_path / "x")


def test_a_join_file_must_prove_that_it_read_the_invitation(make_vault: MakeVault, tmp_path: Path) -> None:
    from defenderdesk.crypto import canonical

    office, laptop = make_vault("office"), make_vault("laptop", found=False)
    invitation, join_file, first = files(tmp_path)
    invitations.invite(office, invitation)
    join_request.join(laptop, invitation, "A", join_file)
    opened = open_bytes(join_file.read_bytes(), [office.store.require_identity()])
    for at, value in ((6, bytes(16)), (7, bytes(32)), (2, bytes(16)), (3, ""), (0, True)):
        statement = canonical.decode(opened[64:])
        statement[at] = value
        encoded = canonical.encode(statement)
        signature = laptop.store.require_signing_key().sign(b"defenderdesk.org/v1/join", encoded)
        recipient = HybridRecipient(office.store.require_identity().recipient.public)
        join_file.write_bytes(seal_bytes(signature + encoded, [recipient]))
        with pytest.raises(DamagedError):
            approval.approve(office, join_file, first)
    assert len(office.devices()) == 1 and isinstance(office, Vault)


def test_a_key_that_the_log_does_not_name_is_not_granted(pair: Pair) -> None:
    """A renewal that came to nothing leaves its key here, to open with; a colleague who was given
    it would refuse the whole bundle."""
    store = pair.office.store
    with store.writing() as conn:
        [desk] = members.desk_keys(conn, store.roster)
        members.add_desk_row(conn, desk.id, desk.name, desk.box, [(7, b"k" * 32)])
    [desk] = members.desk_keys(store.reader, store.roster)
    names = {key.name for key in desk.keys}
    assert len(names) == 2
    given = planning.grantable(store.roster, desk.id, None)
    assert given < names and planning.grantable(store.roster, desk.id, names) == given
    device = pair.laptop.store.device
    with store.snapshot() as conn:
        [desk] = members.desk_keys(conn, store.roster)
        recipient = pair.laptop.store.require_identity().recipient.public
        granted = planning.grant_source(desk, store.workspace, device, recipient, given)
    value = canonical.decode(open_bytes(granted.make(), [pair.laptop.store.require_identity()]))
    assert len(value[5]) == 1


def test_where_two_must_let_anybody_in_the_request_waits_and_stays_good(
    pair: Pair, make_vault: MakeVault, tmp_path: Path
) -> None:
    office, second = pair.office, pair.laptop
    administer.set_role(office.store, second.info().device, "administrator")
    assert not administer.set_admissions(office.store, 2), "the second must agree"
    pair.carry(office, second)
    [waiting] = administer.proposals(second.store)
    assert administer.endorse(second.store, waiting.id)
    pair.carry(second, office)
    laptop, folder = make_vault("new", found=False), tmp_path / "new files"
    folder.mkdir()
    invitation, join_file, first = files(folder)
    invitations.invite(office, invitation)
    join_request.join(laptop, invitation, "Chipo", join_file)
    for _ in range(2):
        with pytest.raises(MoreMustAgreeError, match="Chipo"):
            approval.approve(office, join_file, first)
    assert not first.exists() and len(administer.proposals(office.store)) == 1, "once"
    pair.carry(office, second)
    [waiting] = administer.proposals(second.store)
    assert "Chipo" in str(waiting.what)
    assert administer.endorse(second.store, waiting.id)
    pair.carry(second, office)
    case = new_case(office, "For everybody")
    approval.approve(office, join_file, first)
    assert receiving.receive(laptop, first).joined
    assert laptop.get(case).text("title") == "For everybody"
    pair.carry(office, second)
    for source, target in ((laptop, second), (second, laptop)):
        pair.carry(source, target)
    for vault in (office, second, laptop):
        assert verification.vault(vault.store).problems == []


def test_a_laptop_that_is_here_is_not_let_in_under_another_name(
    make_vault: MakeVault, tmp_path: Path
) -> None:
    """Who answers would believe that somebody else came in."""
    office, one = make_vault("office"), make_vault("one", found=False)
    invitation, join_file, first = files(tmp_path)
    invitations.invite(office, invitation)
    invitations.invite(office, tmp_path / "second.ddinvite")
    join_request.join(one, invitation, "One", join_file)
    join_request.join(one, tmp_path / "second.ddinvite", "Another", tmp_path / "second.ddjoin")
    approval.approve(office, join_file, first)
    with pytest.raises(UsageError, match="already, as One"):
        approval.approve(office, tmp_path / "second.ddjoin", tmp_path / "second.ddbundle")
    assert not (tmp_path / "second.ddbundle").exists()
    approval.approve(office, join_file, tmp_path / "again.ddbundle")
