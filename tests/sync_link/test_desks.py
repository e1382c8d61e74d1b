"""Desks that are given and taken away, over the server alone."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from defenderdesk.bundle.membership import roll
from defenderdesk.crypto import signing
from defenderdesk.errors import NoSafeLinkError, NotForUsError
from defenderdesk.sync import synchronise
from defenderdesk.sync.bundles import receiving
from defenderdesk.sync.server import connect
from defenderdesk.sync.server.client import Client
from defenderdesk.sync.server.transfer import upload
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import Pair
from tests.sync_link.server import running
from tests.worlds.records import new_case


@pytest.fixture
def server(tmp_path):
    with running(tmp_path / "server") as one:
        yield one


def titles(vault: Vault) -> list[str]:
    return sorted(case.title for case in vault.cases(CaseFilter(), 0, 50))


def device(vault: Vault) -> str:
    return signing.id_text(vault.store.device)


def test_a_device_that_loses_its_only_desk_learns_it(pair: Pair, server) -> None:
    """It has no other desk whose bundles could tell it, and opens none of this one any more."""
    office, laptop = pair.office, pair.laptop
    case = new_case(office, "Great Lakes case")
    for vault in (office, laptop, office, laptop):
        synchronise.sync(vault, server.url)
    assert titles(laptop) == ["Great Lakes case"]
    laptop.save([Edit(case, "summary", "Mine alone")])
    desk = signing.id_bytes(office.info().desks[0].id)
    administer.withdraw(office.store, device(laptop), desk)
    synchronise.sync(office)
    report = synchronise.sync(laptop)
    assert report.taken == [("Great Lakes desk", 1)]
    assert titles(laptop) == [] and laptop.info().desks == ()
    assert verification.vault(laptop.store).problems == []
    handed = synchronise.sync(office)
    assert handed.aside == {"Amina": 1}, "what it wrote on is named, and lost for nobody"
    assert synchronise.sync(office).sent_bundles == 0, "it is told once"
    synchronise.sync(laptop)
    # it is given back: the way is its own door again
    administer.grant(office.store, device(laptop), desk)
    for vault in (office, laptop):
        synchronise.sync(vault)
    assert titles(laptop) == ["Great Lakes case"]
    assert verification.vault(laptop.store).problems == []


def test_what_lies_before_a_door_is_for_that_device_alone(pair: Pair, third, server) -> None:
    """Colleagues and the server open nothing of it; a server that lies there is not believed."""
    office, laptop = pair.office, pair.laptop
    for vault in (office, laptop, third, office):
        synchronise.sync(vault, server.url)
    desk = office.add_desk("Sahel desk")
    administer.grant(office.store, device(laptop), signing.id_bytes(desk.id))
    synchronise.sync(office)
    client, _ = connect.connect(third)
    try:
        box = roll.door(office.store.require_workspace(), laptop.store.device)
        [listed] = client.json("GET", f"/v1/mailboxes/{box}?after=0&limit=9")["bundles"]
        data = client.request("GET", f"/v1/mailboxes/{box}/{listed['seq']}")
        with pytest.raises(NotForUsError):
            receiving.peek(third, BytesIO(data))
        # a colleague lays rubbish, and somebody else's bundle, before the door
        for junk in (b"rubbish", data[:-1] + bytes([data[-1] ^ 1])):
            upload(client, box, BytesIO(junk), len(junk), sha256(junk).hexdigest(), None)
    finally:
        client.close()
    synchronise.sync(laptop)
    assert [d.name for d in laptop.info().desks] == ["Great Lakes desk", "Sahel desk"]
    assert [d.name for d in third.info().desks] == ["Great Lakes desk"]


def test_a_desk_that_is_given_comes_over_the_server(pair: Pair, server) -> None:
    office, laptop = pair.office, pair.laptop
    for vault in (office, laptop, office, laptop):
        synchronise.sync(vault, server.url)
    desk = office.add_desk("Sahel desk")
    sahel = office.new_id()
    office.save([Edit(sahel, "kind", "case"), Edit(sahel, "title", "Xanthippe")], "Sahel desk")
    administer.grant(office.store, device(laptop), signing.id_bytes(desk.id))
    for vault in (office, laptop, laptop):
        synchronise.sync(vault)
    assert titles(laptop) == ["Xanthippe"]


@pytest.mark.parametrize("last", [-1, 0])
def test_a_server_that_always_forgets_is_left(pair: Pair, server, monkeypatch, last: int) -> None:
    """It says each time that it was rolled back: nobody asks it for ever."""
    new_case(pair.office, "One")
    for _ in range(2):
        synchronise.sync(pair.office, server.url)
    honest = Client.json

    def forgets(self, method, path, *args, **more):
        answer = honest(self, method, path, *args, **more)
        return {**answer, "last": last} if "/v1/mailboxes/" in path and method == "GET" else answer

    monkeypatch.setattr(Client, "json", forgets)
    with pytest.raises(NoSafeLinkError):
        synchronise.sync(pair.office)


def test_an_attachment_of_work_that_was_set_aside_is_there_once_it_is_accepted(
    pair: Pair, server, tmp_path: Path
) -> None:
    """The laptop lets go of it as soon as the server holds it; nobody named it until then."""
    office, laptop = pair.office, pair.laptop
    case = new_case(office, "Great Lakes case")
    for vault in (office, laptop, office, laptop):
        synchronise.sync(vault, server.url)
    (tmp_path / "photo").write_bytes(b"photo" * 1000)
    laptop.attach(case, tmp_path / "photo")
    administer.withdraw(office.store, device(laptop), signing.id_bytes(office.info().desks[0].id))
    for vault in (office, laptop, office):
        synchronise.sync(vault)
    assert laptop.info().desks == (), "it has let go"
    administer.accept(office.store, device(laptop))
    for _ in range(2):
        synchronise.sync(office)
    rows = office.store.reader.execute("SELECT present FROM chunks").fetchall()
    assert rows == [(1,)]
    assert verification.vault(office.store).problems == []


def test_a_laptop_with_new_keys_finds_what_lies_before_its_new_door(pair: Pair, server) -> None:
    office, laptop = pair.office, pair.laptop
    for vault in (office, laptop, office):
        synchronise.sync(vault, server.url)
    first = office.add_desk("Sahel desk")
    administer.grant(office.store, device(laptop), signing.id_bytes(first.id))
    for vault in (office, laptop):
        synchronise.sync(vault)
    with laptop.store.writing() as conn:
        assert rekey.succeed(laptop.store, conn, laptop.store.log.copy())
    laptop.store.load_identity()
    for vault in (laptop, office):
        synchronise.sync(vault)
    second = office.add_desk("Coast desk")
    administer.grant(office.store, device(laptop), signing.id_bytes(second.id))
    for vault in (office, laptop):
        synchronise.sync(vault)
    assert {"Sahel desk", "Coast desk"} <= {desk.name for desk in laptop.info().desks}


def test_who_hears_at_once_that_a_desk_was_taken_and_given_again_brings_it(
    pair: Pair, third: Vault, server
) -> None:
    """Of three who had the desk, it was taken from the two of higher roles, then given again to
    both. The third, who heard of it all at once, is the only one who holds it."""
    office, laptop = pair.office, pair.laptop
    case = new_case(third, "Of the desk")
    for vault in (office, laptop, third, office, laptop, third):
        synchronise.sync(vault, server.url)
    desk = signing.id_bytes(office.info().desks[0].id)
    other = office.add_desk("Of the two")
    administer.grant(office.store, device(laptop), signing.id_bytes(other.id))
    administer.set_role(office.store, device(laptop), "administrator")
    for vault in (office, laptop, office, laptop):
        synchronise.sync(vault)
    for vault, whom in ((office, laptop), (laptop, office)):
        administer.withdraw(vault.store, device(whom), desk)
    for vault in (office, laptop, office, laptop, office):
        synchronise.sync(vault)
    assert office.info().desks == laptop.info().desks == (other,)
    for one in (office, laptop):
        administer.grant(office.store, device(one), desk)
    for vault in (office, laptop, third, office, laptop, third, office, laptop):
        synchronise.sync(vault)
    for vault in (office, laptop, third):
        assert vault.get(case).text("title") == "Of the desk"
        assert verification.vault(vault.store).problems == []
