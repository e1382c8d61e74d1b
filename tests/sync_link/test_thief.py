"""A thief with an administrator's laptop and a program of their own, over the server: honest laptops
come back, the office says who it was, and what only the server heard of goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.bundle.membership import ADMINISTRATOR, device_id
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.crypto import signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import NoSafeLinkError, RemovedError
from defenderdesk.sync import alerts, link_policy, synchronise
from defenderdesk.sync.server import connect, registration
from defenderdesk.sync.server.client import Client
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from tests.conftest import MakeVault, Pair
from tests.sync_link.server import Running, running
from tests.worlds.clones import titles
from tests.worlds.records import new_case
from tests.worlds.rounds import meet


def put_roll(vault: Vault, administrators: list[bytes], others: list[bytes]) -> None:
    """What a program of the thief's says with that laptop's key."""
    client, _ = connect.connect(vault)
    held = registration._held(vault, client, b"")
    assert held is not None
    registration._put(vault, client, "", administrators, others, held[0], held[1])
    client.close()


def says(report: alerts.Seen) -> str:
    return " ".join(str(line) for line in alerts.lines(alerts.alerts_of(report)))


def test_an_office_that_was_shut_out_comes_back_and_says_by_whom(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    with running(tmp_path / "server") as server:
        administer.set_quorum(pair.office.store, 1)
        administer.set_role(pair.office.store, third.info().device, ADMINISTRATOR)
        meet(server.url, pair.office, pair.laptop, third)
        mole = SigningKey.generate()
        thief = third.store.require_signing_key().public
        put_roll(third, [thief, mole.public], [])
        with pytest.raises(NoSafeLinkError):
            synchronise.sync(pair.laptop)
        new_case(pair.office, "All the same")
        report = synchronise.sync(pair.office)
        assert report.shut_out == ["Bako"] and "shut this one out" in says(report)
        assert any("shut this one out" in str(seen) for _, (seen, _) in alerts.kept(pair.office))
        synchronise.sync(pair.laptop)
        assert titles(pair.laptop) == ["All the same"]
        assert synchronise.sync(pair.office).shut_out == [], "it is said once"
        client, _ = connect.connect(pair.office)
        held = registration._held(pair.office, client, b"")
        client.close()
        assert held is not None and held[2] is not None and mole.public not in held[2].keys


def test_what_a_thief_named_falls_with_the_laptop(pair: Pair, third: Vault, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        administer.set_quorum(pair.office.store, 1)
        administer.set_role(pair.office.store, third.info().device, ADMINISTRATOR)
        meet(server.url, pair.office, pair.laptop, third)
        mole = SigningKey.generate()
        administrators, others = rolls.of(third.store.log)
        put_roll(third, [*administrators, mole.public], others)
        administer.remove(pair.office.store, third.info().device)
        synchronise.sync(pair.office)
        with pytest.raises(RemovedError):
            synchronise.sync(third)
        decision = link_policy.decide(server.public)
        workspace = pair.office.identity.require_workspace()
        client = Client(decision, device_id(mole.public), mole, workspace)
        client.hello()
        with pytest.raises(NoSafeLinkError) as caught:
            client.json("GET", f"/v1/mailboxes/{'a' * 32}?after=0")
        assert caught.value.facts["reason"] == link_policy.UNKNOWN_DEVICE
        client.close()


def test_a_stranger_with_the_token_and_an_invitation_registers_nothing(
    pair: Pair, make_vault: MakeVault, tmp_path: Path
) -> None:
    """The workspace's id stands in the invitation. The office comes after, with the same token."""
    with running(tmp_path / "server") as server:
        mole = SigningKey.generate()
        workspace = pair.office.identity.require_workspace()
        client = Client(link_policy.decide(server.url), device_id(mole.public), mole, workspace)
        client.hello()
        roll = rolls.make(mole, workspace, 1, rolls.NONE, 1, [mole.public], [])
        value = {
            "roll": registration._text(roll),
            "keys": [registration._text(mole.public)],
            "nonce": registration._text(bytes(16)),
            "acts": [],
            "token": client.address.token,
        }
        with pytest.raises(NoSafeLinkError) as caught:
            client.json("POST", "/v1/register", value)
        assert caught.value.facts["reason"] == link_policy.NO_PROOF
        client.close()
        assert synchronise.sync(pair.office, server.url).waiting == 0
        assert pair.office.setting("server") == server.public, "the token is used up, and not kept"


def test_another_workspace_does_not_register_with_a_used_token(
    pair: Pair, make_vault: MakeVault, tmp_path: Path
) -> None:
    with running(tmp_path / "server") as server:
        synchronise.sync(pair.office, server.url)
        other = make_vault("other")
        with pytest.raises(NoSafeLinkError) as caught:
            synchronise.sync(other, server.url)
        assert caught.value.facts["reason"] == link_policy.NOT_REGISTERED
        with pytest.raises(NoSafeLinkError) as caught:
            synchronise.sync(other, server.public)
        assert caught.value.facts["reason"] == link_policy.UNKNOWN_DEVICE


def test_an_administrator_moves_the_office_to_another_server_without_the_founder(
    pair: Pair, third: Vault, tmp_path: Path
) -> None:
    """The founder's laptop is gone. That it appointed this one is proven without a name."""
    with running(tmp_path / "one") as one:
        administer.set_quorum(pair.office.store, 1)
        administer.set_role(pair.office.store, pair.laptop.info().device, ADMINISTRATOR)
        meet(one.url, pair.office, pair.laptop, third)
        new_case(pair.laptop, "Goes on")
    two = Running(tmp_path / "two")
    for _ in range(2):
        synchronise.sync(pair.laptop, two.url)
        synchronise.sync(third, two.public)
    assert titles(third) == ["Goes on"]
    assert two.stop() == 0
    for path in (tmp_path / "two").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for secret in (b"Amina", b"Office", b"Great Lakes", b"administrator"):
            assert secret not in content, path


def test_an_administrator_who_knows_less_overwrites_no_roll(pair: Pair, third: Vault, tmp_path: Path) -> None:
    """It has not heard of a removal; its own roll would let that laptop in again."""
    with running(tmp_path / "server") as server:
        administer.set_quorum(pair.office.store, 1)
        administer.set_role(pair.office.store, pair.laptop.info().device, ADMINISTRATOR)
        meet(server.url, pair.office, pair.laptop, third)
        administer.remove(pair.office.store, third.info().device)
        synchronise.sync(pair.office)
        client, _ = connect.connect(pair.office)
        before = registration._held(pair.office, client, b"")
        synchronise.sync(pair.laptop)
        assert registration._held(pair.office, client, b"") == before
        client.close()
        with pytest.raises(RemovedError):
            synchronise.sync(third)
        assert signing.id_text(third.store.device)
