"""A desk that was taken from a laptop, over sticks alone: it learns so, hands over what it has, and
the desk leaves it; nothing is lost, and nobody else learns anything."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from defenderdesk.errors import NotForUsError
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.identity import rekey
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from tests.conftest import Pair
from tests.worlds.clones import titles
from tests.worlds.desks import withdraw
from tests.worlds.devices import device, same
from tests.worlds.records import new_case


def test_what_was_written_after_the_end_is_handed_over_before_the_desk_leaves(pair: Pair) -> None:
    """The office holds some of the laptop's work and states that it ends there; the rest, which is
    on the laptop alone, must not leave with the desk."""
    office, laptop = pair.office, pair.laptop
    case = new_case(laptop, "Handed over")
    pair.carry(laptop, office)
    pair.carry(office, laptop)
    laptop.save([Edit(case, "summary", "Here alone")])
    withdraw(pair, laptop)
    assert [count for _, count in pair.carry(office, laptop).taken] == [1]
    assert laptop.get(case).text("summary") == "Here alone"
    pair.carry(laptop, office)
    pair.carry(office, laptop)
    assert laptop.info().desks == ()
    administer.accept(office.store, device(laptop))
    assert office.get(case).text("summary") == "Here alone"


def test_over_sticks_alone_a_laptop_learns_that_it_lost_its_only_desk(pair: Pair) -> None:
    office, laptop = pair.office, pair.laptop
    case = new_case(office, "Great Lakes case")
    pair.carry(office, laptop)
    pair.carry(laptop, office)
    laptop.save([Edit(case, "summary", "Mine alone")])
    (pair.folder / "photo").write_bytes(b"photo" * 50_000)
    [photo] = laptop.attach(case, pair.folder / "photo").records
    withdraw(pair, laptop)
    new_case(office, "For those who stayed")
    report = pair.carry(office, laptop)
    assert [name for name, _ in report.taken] == ["Great Lakes desk"]
    assert titles(laptop) == ["Great Lakes case"], "first it is to be handed over"
    # the saves come through, the attachment does not: a stick that was too small
    stick = pair.folder / "small stick"
    exporting.export(laptop, stick)
    for path in stick.glob("2-*"):
        path.rename(pair.folder / path.name)
    assert receiving.receive(office, stick).aside == {"Amina": 2}
    for _ in range(2):  # whole, but set aside: its attachment is not kept there
        pair.carry(office, laptop)
        assert titles(laptop) == ["Great Lakes case"], "nobody has the photograph yet"
        pair.carry(laptop, office)
    administer.accept(office.store, device(laptop))
    pair.carry(office, laptop)
    assert titles(laptop) == ["Great Lakes case"], "it is asked for now"
    assert pair.carry(laptop, office).attachments == 1
    pair.carry(office, laptop)
    assert laptop.info().desks == () and titles(laptop) == []
    assert not [p for p in (laptop.profile / "chunks").rglob("*") if p.is_file()]
    fetched = BytesIO()
    office.fetch(photo, fetched)
    assert fetched.getvalue() == b"photo" * 50_000
    for vault in (office, laptop):
        assert verification.vault(vault.store).problems == []


def test_what_was_set_aside_is_handed_over_all_the_same(pair: Pair) -> None:
    """Nobody has to accept it for the desk to leave the laptop, where no attachment is among it."""
    office, laptop = pair.office, pair.laptop
    case = new_case(office, "Great Lakes case")
    pair.carry(office, laptop)
    withdraw(pair, laptop)
    laptop.save([Edit(case, "summary", "Mine alone")])
    pair.carry(office, laptop)
    assert pair.carry(laptop, office).aside == {"Amina": 1}
    pair.carry(office, laptop)
    assert laptop.info().desks == () and titles(laptop) == []
    assert administer.accept(office.store, device(laptop)) == 1
    assert office.get(case).fields["summary"] == "Mine alone"
    assert verification.vault(office.store).problems == []


def test_who_took_a_new_identity_meanwhile_is_told_as_well(pair: Pair) -> None:
    office, laptop = pair.office, pair.laptop
    new_case(laptop, "Of the laptop")
    pair.carry(laptop, office)
    withdraw(pair, laptop)
    with laptop.store.writing() as conn:
        log = laptop.store.log.copy()
        assert rekey.succeed(laptop.store, conn, log)
    laptop.store.load_identity()
    pair.carry(laptop, office, everything=True)
    pair.carry(office, laptop)
    assert laptop.info().desks == ()


def test_word_of_it_is_for_that_laptop_alone_and_says_nothing_of_others(pair: Pair, third: Vault) -> None:
    office, laptop = pair.office, pair.laptop
    pair.carry(office, laptop)
    case = new_case(laptop, "Of the laptop")
    for source, target in ((laptop, office), (office, third)):
        pair.carry(source, target)
    third.save([Edit(case, "summary", "By the third")])
    pair.carry(third, office)
    withdraw(pair, laptop)
    stick = pair.folder / "word"
    exporting.export(office, stick)
    [word] = [p for p in stick.glob("0-*") if _opens(laptop, p)]
    with pytest.raises(NotForUsError):
        receiving.receive_file(third, word)
    with open(word, "rb") as bundle:
        told = receiving.peek(laptop, bundle)
    assert set(told.receipt.holds) == {laptop.store.device} and told.parts == ()
    again = exporting.export(office, stick)
    assert again.reused == len(again.bundles), "it is written once on a stick"
    receiving.receive(third, stick)
    receiving.receive(laptop, stick)
    assert laptop.info().desks == ()
    same(office, third)
    # a partner's stick brings no word to anybody
    partner = pair.folder / "partner"
    exporting.export(office, partner, to=[str(laptop.store.require_identity().recipient)])
    assert not [p for p in partner.glob("0-*") if not _is_key(office, p)]


def _opens(vault: Vault, path: Path) -> bool:
    with open(path, "rb") as source:
        try:
            receiving.peek(vault, source)
        except NotForUsError:
            return False
        return True


def _is_key(vault: Vault, path: Path) -> bool:
    return path.name.startswith("0-") and not _opens(vault, path)
