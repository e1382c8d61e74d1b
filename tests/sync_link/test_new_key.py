"""A server learns of a new key from what the old one said of it, while it was there; and is told
again who may speak when it was set back to an older day."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest

from defenderdesk.bundle.membership import ADMINISTRATOR, acts
from defenderdesk.crypto import signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import NoSafeLinkError, RemovedError, RevokedError, WorldError
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.server.client import Client, ServerError
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import PASSPHRASE, Pair
from tests.sync_link.server import Running, running
from tests.worlds.clones import titles
from tests.worlds.erasing import pages
from tests.worlds.records import new_case
from tests.worlds.rounds import meet


def appoint(office: Vault, other: Vault) -> None:
    assert administer.set_role(office.store, other.info().device, ADMINISTRATOR)


def test_the_old_key_is_gone_and_the_server_knows_the_new_one(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        old = pair.office.store.require_signing_key()
        appoint(pair.office, pair.laptop)
        new_case(pair.office, "Afterwards")
        meet(server.url, pair.office, pair.laptop)
        assert pair.office.store.require_signing_key().public != old.public
        assert old.seed not in pages(pair.office)
        assert titles(pair.laptop) == ["Afterwards"]
        new_case(pair.laptop, "Back")
        meet(server.url, pair.laptop, pair.office)
        assert titles(pair.office) == ["Afterwards", "Back"]
        assert pair.laptop.store.members[pair.office.store.device].role == ADMINISTRATOR
        for vault in (pair.office, pair.laptop):
            assert not synchronise.sync(vault).withheld and verification.vault(vault.store).problems == []


def test_several_new_keys_between_two_synchronisations(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        for _ in range(3):
            with pair.laptop.store.writing() as conn:
                rekey.succeed(pair.laptop.store, conn, pair.laptop.store.log.copy())
            pair.laptop.store.load_identity()
        new_case(pair.laptop, "With the fourth key")
        meet(server.url, pair.laptop, pair.office)
        assert titles(pair.office) == ["With the fourth key"]


def test_nobody_becomes_a_successor_by_saying_so(pair: Pair, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        mole, office = SigningKey.generate(), pair.office.store
        client = Client(link_policy.decide(link_policy.public_address(server.url), "", False))
        client.hello()
        good = acts.vouch(office.require_signing_key(), mole.public)

        def say(device: str, key: bytes, proof: bytes) -> None:
            value = {
                "workspace": signing.id_text(office.require_workspace()),
                "device": device,
                "signing_key": base64.b64encode(key).decode(),
                "proof": base64.b64encode(proof).decode(),
            }
            client.json("POST", "/v1/successor", value, signed=False)

        name = signing.id_text(office.device)
        for device, key, proof in (
            (name, mole.public, acts.vouch(mole, mole.public)),
            (name, mole.public, bytes(64)),
            (name, SigningKey.generate().public, good),
            ("", mole.public, good),
            (signing.id_text(pair.laptop.store.device), mole.public, good),
        ):
            with pytest.raises(NoSafeLinkError) as caught:
                say(device, key, proof)
            assert caught.value.facts["reason"] == link_policy.UNKNOWN_DEVICE
        with pytest.raises(ServerError, match="malformed"):
            say(name, mole.public, b"short")
        administer.remove(office, pair.laptop.info().device)
        synchronise.sync(pair.office)
        proof = acts.vouch(pair.laptop.store.require_signing_key(), mole.public)
        with pytest.raises(ServerError, match="removed"):  # who was removed brings nobody in
            say(signing.id_text(pair.laptop.store.device), mole.public, proof)
        client.close()


def test_a_server_set_back_is_told_again_who_may_speak(pair: Pair, third: Vault, tmp_path: Path) -> None:
    """It had forgotten a new key, a colleague, and whom the office shut out."""
    with running(tmp_path / "server") as server:
        new_case(pair.office, "One")
        meet(server.url, pair.office, third)
        server.stop()
        shutil.copytree(tmp_path / "server", tmp_path / "backup")
        again = Running(tmp_path / "server", server.port)
        meet(again.url, pair.office, pair.laptop)
        appoint(pair.office, pair.laptop)
        administer.remove(pair.office.store, third.info().device)
        new_case(pair.office, "Two")
        meet(again.url, pair.office, pair.laptop)
        with pytest.raises(RemovedError):
            synchronise.sync(third)
        again.stop()
        shutil.rmtree(tmp_path / "server")
        shutil.copytree(tmp_path / "backup", tmp_path / "server")
        back = Running(tmp_path / "server", server.port)
        assert synchronise.sync(pair.office).rolled_back, "it knows the key of before only"
        new_case(pair.laptop, "Three")
        synchronise.sync(pair.laptop)
        synchronise.sync(pair.office)
        assert titles(pair.office) == ["One", "Three", "Two"]
        with pytest.raises(RemovedError):
            synchronise.sync(third)
        back.stop()


@pytest.mark.parametrize("copied", [False, True])
def test_a_laptop_that_took_new_keys_meanwhile_is_told_of_its_removal_and_destroys_its_keys(
    pair: Pair, tmp_path: Path, copied: bool
) -> None:
    """The office removed the keys that it knew; the laptop has others, of which nobody heard."""
    with running(tmp_path / "server") as server:
        meet(server.url, pair.office, pair.laptop)
        with pair.laptop.store.writing() as conn:
            log = pair.laptop.store.log.copy()
            assert rekey.succeed(pair.laptop.store, conn, log, copied=copied)
        pair.laptop.store.load_identity()
        [old] = [d for d, m in pair.office.store.members.items() if m.member == "Amina"]
        administer.remove(pair.office.store, signing.id_text(old), destroy=True)
        synchronise.sync(pair.office)
        with pytest.raises(RevokedError):
            synchronise.sync(pair.laptop)
        with pytest.raises(WorldError):
            Vault.open(pair.laptop.profile, PASSPHRASE)
