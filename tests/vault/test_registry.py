"""What a device keeps by name stands in one registry."""

from __future__ import annotations

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import OurError
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from defenderdesk.vault.storage import registry
from tests.conftest import PASSPHRASE, MakeVault, Pair


def test_a_name_that_nobody_registered_is_a_mistake_of_ours(make_vault: MakeVault) -> None:
    vault = make_vault("office")
    for act in (
        lambda: vault.settings.get("langauge"),
        lambda: vault.settings.put("langauge", "fr"),
        lambda: vault.set_setting("langauge", "fr"),
        lambda: vault.setting("langauge"),
    ):
        with pytest.raises(OurError):
            act()


@pytest.mark.parametrize(
    ("name", "value"),
    [("setting.paused", "yes"), ("worries", {}), ("workspace", "text"), ("mailbox.e.b", [])],
)
def test_a_value_of_another_type_is_one_as_well(make_vault: MakeVault, name: str, value: object) -> None:
    vault = make_vault("office")
    with pytest.raises(OurError):
        vault.settings.put(name, value)
    assert vault.settings.get(name, None) != value


def test_defaults_are_the_registry_s_and_nobody_can_change_them(make_vault: MakeVault) -> None:
    vault = make_vault("office")
    assert vault.settings.get("undo") == [[], []]
    vault.settings.get("undo")[0].append("x")
    assert vault.settings.get("undo") == [[], []]
    assert vault.settings.get("undo", "other") == "other"
    vault.settings.put("setting.paused", True)
    vault.settings.put("setting.paused", None)
    assert vault.settings.get("setting.paused", False) is None, "unset is a value that was chosen"


def test_a_prefix_stands_for_what_begins_so() -> None:
    assert registry.entry_of("mailbox.epoch.00ff").name == "mailbox.*"
    assert registry.entry_of("stamp.wanted.desk").name == "stamp.wanted.*"
    assert registry.entry_of("stamp.wanted.desk.more").name == "stamp.wanted.*"
    assert registry.entry_of("helpers.next").name == "helpers.next"
    for name in ("mailbox", "helpers.other", "setting.", "", ".", "mailboxes.x"):
        with pytest.raises(OurError):
            registry.entry_of(name)


def test_what_travels_travels_and_nothing_else(pair: Pair) -> None:
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, pair.laptop)
    laptop = pair.laptop
    for name, value in (
        ("setting.server", "https://a"),
        ("setting.member", "Amina"),
        ("worries", [1]),
        ("undo", [[["1", 2]], []]),
    ):
        laptop.settings.put(name, value)
    before = {name: laptop.settings.get(name, None) for name in registry.travelling()}
    laptop.depart(PASSPHRASE, anyway=True)
    with Vault.open(laptop.profile, PASSPHRASE) as empty:
        for name, value in before.items():
            assert empty.settings.get(name, None) == value, name
        kept = {row[0] for row in empty.store.reader.execute("SELECT name FROM meta")}
    own = {"workspace_name", "travel_boxes", "own_slot", "travelled"}
    assert kept - own <= set(registry.travelling())


def test_of_a_desk_is_what_is_kept_for_its_mailbox_alone() -> None:
    assert registry.patterns_of_desk("00ff") == ("mailbox.%.00ff",)


def test_what_is_of_a_desk_leaves_with_it(pair: Pair) -> None:
    laptop, desk = pair.laptop, pair.office.info().desks[0].id
    [box] = laptop.store.reader.execute("SELECT box FROM desks").fetchone()
    mine, other = f"mailbox.e.{bytes(box).hex()}", f"mailbox.e.{bytes(16).hex()}"
    for name in (mine, other):
        laptop.settings.put(name, {"cursor": 1})
    administer.withdraw(pair.office.store, laptop.info().device, signing.id_bytes(desk))
    pair.carry(pair.office, laptop)
    assert laptop.info().desks == ()
    assert laptop.settings.get(mine, None) is None and laptop.settings.get(other) == {"cursor": 1}
