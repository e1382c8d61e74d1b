"""Removal and new identities over a real server."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR
from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import NoSafeLinkError, RemovedError, RevokedError, WrongPassphraseError
from defenderdesk.sync import alerts, link_policy, synchronise
from defenderdesk.sync.server import connect, farewell, registration
from defenderdesk.sync.server.client import Client
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, MakeVault, Pair, enrol_by_file
from tests.sync_link.server import running
from tests.worlds.clones import titles
from tests.worlds.records import new_case
from tests.worlds.rounds import meet


def test_a_removed_device_is_shut_out_and_told_so(pair: Pair, third: Vault, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        new_case(pair.office, "Before")
        meet(server.url, pair.office, pair.laptop, third)
        administer.remove(pair.office.store, pair.laptop.info().device)
        new_case(pair.office, "Afterwards")
        synchronise.sync(pair.office)
        with pytest.raises(RemovedError) as caught:
            synchronise.sync(pair.laptop)
        assert not isinstance(caught.value, RevokedError)
        assert titles(pair.laptop) == ["Before"], "what it held it still holds"
        assert not pair.laptop.store.roster.devices[pair.laptop.store.device].present
        assert synchronise.sync(third).received_changes
        assert titles(third) == ["Afterwards", "Before"]
        new_case(third, "From the field")
        synchronise.sync(third)
        synchronise.sync(pair.office)
        assert "From the field" in titles(pair.office)
        for vault in (pair.office, third):
            assert synchronise.sync(vault).sent_bundles == 0
            assert verification.vault(vault.store).problems == []


def test_remote_revocation_destroys_the_keys_at_the_next_contact(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        (tmp_path / "photo").write_bytes(b"photo" * 1000)
        pair.laptop.attach(new_case(pair.laptop, "Seized"), tmp_path / "photo")
        meet(server.url, pair.office, pair.laptop)
        administer.remove(pair.office.store, pair.laptop.info().device, destroy=True)
        synchronise.sync(pair.office)
        before = (pair.laptop.profile / "keys.json").read_bytes()
        with pytest.raises(RevokedError):
            synchronise.sync(pair.laptop)
        left = [p for p in pair.laptop.profile.rglob("*") if p.is_file()]
        assert not [p for p in left if before[:200] in p.read_bytes()]
        assert not Vault.exists(pair.laptop.profile)
        assert not list((pair.laptop.profile / "chunks").rglob("*")), "nothing is left to copy"


def test_a_server_cannot_make_a_device_destroy_itself(pair: Pair, tmp_path: Path) -> None:
    """It may say "removed" as it likes: without an administrator's signature nothing happens."""
    with running(tmp_path / "server") as server:
        new_case(pair.laptop, "Stays")
        meet(server.url, pair.office, pair.laptop)
        own = pair.laptop.store.members[pair.laptop.store.device]
        client, _ = connect.connect(pair.office)
        text = signing.id_text(own.device)
        with sqlite3.connect(server.data / "server.db") as conn:
            conn.execute("UPDATE speakers SET listed = -1 WHERE device = ?", (text,))
        for lie in (b"nonsense", registration.notice(pair.office.store.log, own)):
            client.json("PUT", f"/v1/devices/{text}/notice", raw=lie)
            with pytest.raises(NoSafeLinkError):
                synchronise.sync(pair.laptop)
        client.close()
        assert titles(pair.laptop) == ["Stays"]
    pair.laptop.close()
    with pytest.raises(WrongPassphraseError):
        Vault.open(pair.laptop.profile, "not it")
    with Vault.open(pair.laptop.profile, PASSPHRASE) as again:
        assert titles(again) == ["Stays"] and again.store.members[again.store.device].present


def test_a_laptop_that_a_thief_removed_comes_back_to_the_server_once_the_thief_is_removed(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """The server was told by the thief, who has an administrator's laptop. What was undone can be
    decided again by those who may."""
    with running(tmp_path / "server") as server:
        administer.set_quorum(pair.office.store, 1)
        administer.set_role(pair.office.store, third.info().device, ADMINISTRATOR)
        new_case(pair.laptop, "Stays")
        meet(server.url, pair.office, pair.laptop, third)
        synchronise.sync(third)
        administer.remove(third.store, pair.laptop.info().device, destroy=True)
        synchronise.sync(third)
        administer.remove(pair.office.store, third.info().device)
        for _ in range(2):  # what the thief decided is heard with the first
            synchronise.sync(pair.office)
        new_case(pair.office, "News")
        synchronise.sync(pair.office)
        for _ in range(2):
            synchronise.sync(pair.laptop)
        assert titles(pair.laptop) == ["News", "Stays"]
        administer.remove(pair.office.store, pair.laptop.info().device, destroy=True)
        synchronise.sync(pair.office)
        with pytest.raises(RevokedError):
            synchronise.sync(pair.laptop)


def test_a_cloned_laptop_goes_on_under_a_new_name(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        new_case(pair.laptop, "Before")
        meet(server.url, pair.office, pair.laptop)
        pair.laptop.close()
        shutil.copytree(pair.laptop.profile, tmp_path / "clone")
        with (
            Vault.open(pair.laptop.profile, PASSPHRASE) as first,
            Vault.open(tmp_path / "clone", PASSPHRASE) as second,
        ):
            new_case(first, "Laptop")
            new_case(second, "Copy")
            before = first.info().device
            for _ in range(3):
                for vault in (first, second, pair.office):
                    synchronise.sync(vault)
            assert second.info().device != before
            for vault in (first, second, pair.office):
                assert titles(vault) == ["Before", "Copy", "Laptop"]
                assert verification.vault(vault.store).problems == []
                assert synchronise.sync(vault).sent_bundles == 0


def test_a_second_administrator_lets_devices_in(pair: Pair, make_vault: MakeVault, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        administer.set_role(pair.office.store, pair.laptop.info().device, membership.ADMINISTRATOR)
        meet(server.url, pair.office, pair.laptop)
        new = make_vault("new", found=False)
        (tmp_path / "new files").mkdir()
        enrol_by_file(pair.laptop, new, tmp_path / "new files", "Chipo")
        synchronise.sync(pair.laptop)
        new_case(new, "From the new one")
        synchronise.sync(new, link_policy.public_address(server.url))
        synchronise.sync(pair.office)
        assert titles(pair.office) == ["From the new one"]


def test_a_researcher_cannot_shut_anybody_out(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        client: Client
        client, _ = connect.connect(pair.laptop)
        office = pair.office.info().device
        for method, path in (
            ("PUT", f"/v1/devices/{office}/notice"),
            ("GET", "/v1/roll"),
            ("DELETE", f"/v1/mailboxes/{'a' * 32}?through=9"),
        ):
            with pytest.raises(Exception, match="not-administrator"):
                client.json(method, path, raw=b"x" if method == "PUT" else b"")
        client.close()
        synchronise.sync(pair.office)


def test_an_erasure_reaches_the_server_and_everybody(pair: Pair, third: Vault, tmp_path: Path) -> None:
    from defenderdesk.interchange.json import exchange_json
    from defenderdesk.vault.erasure import erase
    from defenderdesk.vault.replication import erasure_status

    with running(tmp_path / "server") as server:
        case = new_case(pair.laptop, "To be erased")
        new_case(pair.laptop, "To stay")
        meet(server.url, pair.office, pair.laptop, third)
        before = {p.name for p in (tmp_path / "server" / "blobs").rglob("*") if p.is_file()}
        erase.erase(pair.laptop.store, [case], "Withdrawn")
        synchronise.sync(pair.laptop)
        synchronise.sync(pair.office)
        [waiting] = erasure_status.erasures(pair.office.store)
        erasure_status.confirm(pair.office.store, waiting.name)
        synchronise.sync(pair.office)
        after = {p.name for p in (tmp_path / "server" / "blobs").rglob("*") if p.is_file()}
        assert after and not after & before, "nothing that held it is left on the server"
        for _ in range(2):
            for vault in (pair.laptop, third, pair.office):
                synchronise.sync(vault)
        for vault in (pair.laptop, third, pair.office):
            assert titles(vault) == ["To stay"] and verification.vault(vault.store).problems == []
            assert "To be erased" not in exchange_json.dump_text(vault)
            assert not vault.store.meta("clean_wanted", False)
            assert synchronise.sync(vault).sent_bundles == 0
        [told] = erasure_status.erasures(pair.office.store)
        assert told.done and told.swept
        assert [w.confirmed for w in told.where] == [True, True]


def test_an_upload_that_was_cut_brings_nothing_back_that_was_erased_meanwhile(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The office heard by stick of what waits half sent, erased it, and had the server swept."""
    from defenderdesk.sync.server.mailbox import Mailbox
    from defenderdesk.vault.erasure import erase

    def cut(*_: object) -> None:
        raise NoSafeLinkError(reason=link_policy.NOT_REACHED)

    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        case = new_case(pair.laptop, "To be erased")
        with monkeypatch.context() as patched:
            patched.setattr(Mailbox, "_deliver", cut)
            with pytest.raises(NoSafeLinkError):
                synchronise.sync(pair.laptop)
        [unsent] = (pair.laptop.profile / "sync").glob("*-out.ddbundle")
        sealed = unsent.read_bytes()
        pair.carry(pair.laptop, pair.office)
        erase.erase(pair.office.store, [case], "Withdrawn")
        synchronise.sync(pair.office)
        for vault in (pair.laptop, pair.office, pair.laptop):
            synchronise.sync(vault)
        blobs = [p.read_bytes() for p in (tmp_path / "server").rglob("*") if p.is_file()]
        assert blobs and sealed not in blobs
        assert titles(pair.laptop) == titles(pair.office) == []
        assert pair.laptop.waiting().changes == 0


def test_what_two_administrators_decide_destroys_the_keys_as_well(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """The notice brings the second voice along: without it the laptop held it for a lie."""
    office, laptop = pair.office, pair.laptop
    with running(tmp_path / "server") as server:
        meet(server.url, office, laptop, third)
        administer.set_role(office.store, laptop.info().device, ADMINISTRATOR)
        meet(server.url, office, laptop)
        administer.set_role(office.store, third.info().device, ADMINISTRATOR)
        meet(server.url, office, laptop)
        [proposal] = laptop.store.roster.proposals
        assert administer.endorse(laptop.store, proposal.act.id.hex())
        meet(server.url, laptop, office, third, laptop, office, third)
        administer.remove(office.store, signing.id_text(third.store.device), destroy=True)
        meet(server.url, office, laptop)
        [proposal] = laptop.store.roster.proposals
        assert administer.endorse(laptop.store, proposal.act.id.hex())
        synchronise.sync(laptop)
        with pytest.raises(RevokedError):
            synchronise.sync(third)
        assert not Vault.exists(third.profile)


def newcomer(pair: Pair, make_vault: MakeVault, folder: Path) -> Vault:
    new = make_vault("new", found=False)
    (folder / "new files").mkdir()
    enrol_by_file(pair.office, new, folder / "new files", "Chipo")
    return new


def test_what_a_removed_laptop_sent_before_is_ordinary_data_for_who_comes_in_or_back(
    pair: Pair, third: Vault, make_vault: MakeVault, tmp_path: Path
) -> None:
    """The server still holds its bundles from before; who reads a mailbox from its beginning takes
    them in, and nobody came by anything in a wrong way."""
    with running(tmp_path / "server") as server:
        new_case(pair.office, "Before")
        new_case(pair.laptop, "Of the laptop")
        meet(server.url, pair.office, pair.laptop, third)
        travel.tell(third.store)
        for vault in (third, pair.office, third):
            synchronise.sync(vault)
        third.depart(PASSPHRASE)
        administer.remove(pair.office.store, pair.laptop.info().device)
        synchronise.sync(pair.office)
        new = newcomer(pair, make_vault, tmp_path)
        synchronise.sync(pair.office)
        synchronise.sync(new, link_policy.public_address(server.url))
        with Vault.open(third.profile, PASSPHRASE) as back:
            travel.welcome(pair.office.store, back.info().device)
            synchronise.sync(pair.office)
            synchronise.sync(back)
            for vault in (new, back):
                assert titles(vault) == ["Before", "Of the laptop"]
                assert alerts.kept(vault) == []
    new_case(pair.laptop, "Written on")
    report = pair.carry(pair.laptop, new, everything=True)
    assert report.removed_senders == ["Amina"] and report.aside == {"Amina": 1}


def test_a_stick_that_a_removed_laptop_wrote_afterwards_is_named(pair: Pair, third: Vault) -> None:
    """Also where it wrote nothing of its own on."""
    pair.carry(pair.laptop, third)
    administer.remove(pair.office.store, pair.laptop.info().device)
    pair.carry(pair.office, third)
    report = pair.carry(pair.laptop, third, everything=True)
    assert report.removed_senders == ["Amina"] and not report.aside
    assert len(alerts.kept(third)) == 1


def test_the_office_hears_that_the_keys_were_destroyed(pair: Pair, third: Vault, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        administer.set_role(pair.office.store, third.info().device, ADMINISTRATOR)
        meet(server.url, pair.office, pair.laptop, third)
        synchronise.sync(third)
        device = pair.laptop.info().device
        administer.remove(pair.office.store, device, destroy=True)
        lost = pair.office.members.seizure(device)
        assert (lost.asked, lost.told, lost.destroyed) == (True, False, None)
        synchronise.sync(pair.office)
        lost = pair.office.members.seizure(device)
        assert lost.told and lost.destroyed is None, "it has not met the server"
        with pytest.raises(RevokedError):
            synchronise.sync(pair.laptop)
        for vault in (pair.office, third):
            synchronise.sync(vault)
            assert vault.members.seizure(device).destroyed is not None


def test_nobody_says_for_a_laptop_that_its_keys_are_gone(pair: Pair, third: Vault, tmp_path: Path) -> None:
    """Neither the server nor a colleague; what they lay there does not stay in the way."""
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop, third)
        device = pair.laptop.info().device
        administer.remove(pair.office.store, device, destroy=True)
        synchronise.sync(pair.office)
        workspace = signing.id_text(pair.office.store.require_workspace())
        forged = [b"x" * 90, farewell.of(third), b""]
        said = canonical.encode([1, pair.office.store.require_workspace(), pair.laptop.store.device, 5])
        forged.append(third.store.require_signing_key().sign(farewell.LABEL, said) + said)
        own = pair.laptop.store.require_signing_key()
        for value in ([1, bytes(16), pair.laptop.store.device, 5], [1, 2], [2, 3, 4, 5], "word"):
            said = canonical.encode(value)
            forged.append(own.sign(farewell.LABEL, said) + said)
        for word in forged:
            with sqlite3.connect(server.data / "server.db") as conn:
                conn.execute("DELETE FROM farewells")
                conn.execute("INSERT INTO farewells VALUES (?, ?, ?)", (workspace, device, word))
            synchronise.sync(pair.office)
            assert pair.office.members.seizure(device).destroyed is None
        client, _ = connect.connect(third)
        with pytest.raises(Exception, match="not-found"):
            client.request("PUT", farewell.FAREWELL, b"of one that was not removed")
        with pytest.raises(Exception, match="not-administrator"):
            client.request("GET", f"/v1/devices/{device}/farewell")
        client.close()


def test_a_server_of_before_keeps_nobody_from_exchanging(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        administer.remove(pair.office.store, pair.laptop.info().device, destroy=True)
        asked = Client.request

        def before(client: Client, method: str, path: str, *rest: object, **more: object) -> bytes:
            return asked(client, method, path.replace("farewell", "unheard-of"), *rest, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(Client, "request", before)
        synchronise.sync(pair.office)
        with pytest.raises(RevokedError):
            synchronise.sync(pair.laptop)
        synchronise.sync(pair.office)
