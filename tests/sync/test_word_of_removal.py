"""A stick tells a removed laptop that it was, and brings it the wish to destroy its keys."""

from __future__ import annotations

from io import BytesIO

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import ADMINISTRATOR, acts
from defenderdesk.errors import NotGrantedError, RemovedError, RevokedError
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Vault
from defenderdesk.vault.membership import administer
from tests.conftest import MakeVault, Pair, enrol_by_file
from tests.worlds.clones import titles
from tests.worlds.devices import device, remove, same
from tests.worlds.notices import stick_of, word_on
from tests.worlds.records import new_case


def test_keys_are_destroyed_at_the_next_stick_also_of_a_colleague(pair: Pair, third: Vault) -> None:
    new_case(pair.laptop, "Of the laptop")
    pair.carry(pair.laptop, pair.office)
    pair.carry(pair.office, third)
    remove(pair, pair.laptop, destroy=True)
    pair.carry(pair.office, third)
    stick = stick_of(pair, third, "of the colleague")
    before = (pair.laptop.profile / "keys.json").read_bytes()
    with pytest.raises(RevokedError):
        receiving.receive(pair.laptop, stick)
    assert not Vault.exists(pair.laptop.profile)
    left = [path for path in pair.laptop.profile.rglob("*") if path.is_file()]
    assert not [path for path in left if before[:200] in path.read_bytes()]
    same(pair.office, third)


def test_one_that_keeps_its_keys_is_told_once_and_still_shows_what_it_held(pair: Pair, third: Vault) -> None:
    new_case(pair.office, "Before")
    pair.carry(pair.office, pair.laptop)
    remove(pair, pair.laptop)
    new_case(pair.office, "Afterwards")
    stick = stick_of(pair, pair.office, "word")
    with pytest.raises(RemovedError):
        receiving.receive(pair.laptop, stick)
    assert titles(pair.laptop) == ["Before"]
    exporting.export(pair.laptop, pair.folder / "what it holds")
    again = receiving.receive(pair.laptop, stick)
    assert not again.changes, "it is said once"
    with pytest.raises(NotGrantedError):
        administer.add_desk(pair.laptop.store, "Of a removed laptop")
    exported = exporting.export(pair.office, stick, everything=True)
    assert exported.reused == len(exported.bundles), "it is written once on a stick"
    assert not word_on(stick, third) or receiving.receive(third, stick).changes


def test_the_word_tells_of_the_removal_and_of_nothing_that_came_later(
    pair: Pair, third: Vault, make_vault: MakeVault
) -> None:
    remove(pair, pair.laptop)
    newcomer = make_vault("newcomer", found=False)
    (pair.folder / "files").mkdir()
    enrol_by_file(pair.office, newcomer, pair.folder / "files", "Chantal")
    administer.set_role(pair.office.store, device(third), membership.COORDINATOR)
    new_case(pair.office, "Afterwards")
    stick = stick_of(pair, pair.office, "word")
    [word] = word_on(stick, pair.laptop)
    told = receiving.peek(pair.laptop, BytesIO(word.read_bytes()))
    assert told.parts == () and not told.receipt.holds and not told.receipt.key
    kinds = [acts.read(data).kind for data in told.acts]
    assert kinds.count(acts.REMOVE) == 1 and kinds[-1] == acts.REMOVE
    assert b"Chantal" not in b"".join(told.acts)
    # who came in later would have to say so to be believed: they bring no word
    pair.carry(pair.office, newcomer, everything=True)
    assert not word_on(stick_of(pair, newcomer, "of the newcomer"), pair.laptop)
    # nor does what is for certain people, or for a partner
    named = stick_of(pair, pair.office, "for one", to=[device(third)])
    assert not word_on(named, pair.laptop)
    recipient = str(third.store.require_identity().recipient)
    assert not word_on(stick_of(pair, pair.office, "for a partner", to=[recipient]), pair.laptop)


def test_who_never_had_the_desk_gets_no_word_with_it(pair: Pair, third: Vault) -> None:
    desk = administer.add_desk(pair.office.store, "Sensitive")
    remove(pair, pair.laptop, destroy=True)
    stick = stick_of(pair, pair.office, "of the other desk", desk=desk.id)
    assert not word_on(stick, pair.laptop) and not word_on(stick, third)


def test_a_wish_to_destroy_that_waits_for_a_second_administrator_destroys_nothing(
    pair: Pair, third: Vault
) -> None:
    administer.set_quorum(pair.office.store, 1)
    for vault in (pair.laptop, third):
        assert administer.set_role(pair.office.store, device(vault), ADMINISTRATOR)
    assert administer.set_quorum(pair.office.store, 2)
    for vault in (pair.laptop, third):
        pair.carry(pair.office, vault)
        pair.carry(vault, pair.office)  # whose outgrown keys are destroyed now (decision 24)
    new_case(pair.laptop, "Stays")
    assert not administer.remove(pair.office.store, device(pair.laptop), destroy=True)
    receiving.receive(pair.laptop, stick_of(pair, pair.office, "waits"))
    assert titles(pair.laptop) == ["Stays"]
    pair.carry(pair.office, third)
    [waiting] = administer.proposals(third.store)
    administer.endorse(third.store, waiting.id)
    with pytest.raises(RevokedError):
        receiving.receive(pair.laptop, stick_of(pair, third, "agreed"))
    assert not Vault.exists(pair.laptop.profile)
