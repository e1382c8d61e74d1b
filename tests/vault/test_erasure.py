"""Erasure: gone from every replica, search, free pages, attachments and later bundles; the chains
still verify, and the report says where."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from defenderdesk.bundle import membership
from defenderdesk.errors import NotGrantedError, UsageError
from defenderdesk.interchange.evidence import package
from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.replication import erasure_status
from tests.conftest import MakeVault, Pair, enrol_by_file
from tests.worlds.erasing import CANARY, case, everywhere, pages

__all__ = ["case"]


def test_the_canary_is_found_before(pair: Pair, case: str) -> None:
    assert set(everywhere(pair.office)) >= {"search", "dump"}
    assert any(place.startswith("pages") for place in everywhere(pair.office))


def test_gone_everywhere_and_the_chains_still_verify(pair: Pair, case: str) -> None:
    [attachment] = [r.id for r in pair.office.children(case)]
    chunks = [p for p in (pair.laptop.profile / "chunks").rglob("*") if p.is_file()]
    assert chunks
    erase.erase(pair.office.store, [case, attachment], "Consent was withdrawn")
    [told] = erasure_status.erasures(pair.office.store)
    assert told.done and told.reason == "Consent was withdrawn"
    assert [(w.member, w.confirmed) for w in told.where] == [("Amina", False)]
    pair.carry(pair.office, pair.laptop)
    for vault in (pair.office, pair.laptop):
        assert erase.clean(vault.store) == (vault is pair.office), "one was cleaned at receipt"
        assert not erase.clean(vault.store)
        assert everywhere(vault) == []
        found = verification.vault(vault.store)
        assert found.problems == [] and found.erased >= 8
        assert not [p for p in (vault.profile / "chunks").rglob("*") if p.is_file()]
    one, two = pair.dumps()
    assert one == two
    pair.carry(pair.laptop, pair.office)
    [told] = erasure_status.erasures(pair.office.store)
    assert [(w.member, w.confirmed) for w in told.where] == [("Amina", True)]
    assert not pair.office.store.reader.execute("SELECT 1 FROM cases").fetchone()


def test_names_by_which_records_are_found_go_at_once(pair: Pair) -> None:
    """They stand in tables of their own, which are brought up to date by the next look only."""
    person = pair.office.new_id()
    pair.office.save([Edit(person, "kind", "person"), Edit(person, "name", CANARY)])
    pair.carry(pair.office, pair.laptop)
    for vault in (pair.office, pair.laptop):
        assert vault.views.named(CANARY), "a look fills the tables"
    erase.erase(pair.office.store, [person], "Consent was withdrawn")
    assert erase.clean(pair.office.store)
    pair.carry(pair.office, pair.laptop)
    for vault in (pair.office, pair.laptop):
        assert everywhere(vault) == []
        assert not vault.views.named(CANARY)
        assert everywhere(vault) == []


def test_what_is_said_of_an_erased_attachment(pair: Pair, case: str) -> None:
    """Its content was taken away on purpose: nobody is told that the vault is damaged."""
    [attachment] = [r.id for r in pair.office.children(case)]
    erase.erase(pair.office.store, [attachment], "Consent was withdrawn")
    with pytest.raises(UsageError, match="was erased"):
        pair.office.fetch(attachment, BytesIO())
    with pytest.raises(UsageError, match="was erased"):
        package.export(pair.office, attachment, pair.folder / "package", "", "")


def test_later_bundles_and_newcomers_do_not_get_it(pair: Pair, case: str, make_vault: MakeVault) -> None:
    erase.erase(pair.office.store, [case], "Withdrawn", ["summary", "tags"])
    new = make_vault("new", found=False)
    (pair.folder / "n").mkdir()
    enrol_by_file(pair.office, new, pair.folder / "n", "Chipo")
    assert new.get(case).fields["title"] == "Case" and "summary" not in new.get(case).fields
    assert everywhere(new) == [] and verification.vault(new.store).problems == []
    assert CANARY not in exchange_json.dump_text(new)


def test_what_arrives_late_and_whole_is_redacted_on_its_way_in(
    pair: Pair, case: str, make_vault: MakeVault
) -> None:
    """The erasure comes before what it erases: from somebody who has not heard of it yet."""
    late = make_vault("late", found=False)
    (pair.folder / "l").mkdir()
    from defenderdesk.sync.enrolment import approval, invitation, join_request

    invitation.invite(pair.office, pair.folder / "l" / "i")
    join_request.join(late, pair.folder / "l" / "i", "Late", pair.folder / "l" / "j")
    approval.approve(pair.office, pair.folder / "l" / "j", pair.folder / "l" / "f", history=False)
    receiving.receive(late, pair.folder / "l" / "f")
    pair.carry(pair.office, pair.laptop)
    whole = pair.folder / "whole"
    exporting.export(pair.laptop, whole, everything=True)
    erase.erase(pair.office.store, [case], "Withdrawn")
    pair.carry(pair.office, late, everything=True)
    receiving.receive(late, whole)
    assert verification.vault(late.store).problems == [] and CANARY not in exchange_json.dump_text(late)
    erase.clean(late.store)
    assert everywhere(late) == []


def test_somebody_wrote_on_meanwhile(pair: Pair, case: str) -> None:
    pair.laptop.save([Edit(case, "summary", "Another sentence")])
    erase.erase(pair.office.store, [case], "Withdrawn", ["summary"])
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    assert pair.office.get(case).fields["summary"] == "Another sentence"
    one, two = pair.dumps()
    assert one == two and CANARY not in pair.office.get(case).fields["summary"]


def test_a_researcher_asks_and_a_coordinator_confirms(pair: Pair, case: str) -> None:
    erase.erase(pair.laptop.store, [case], "They asked me to")
    [waiting] = erasure_status.erasures(pair.laptop.store)
    assert not waiting.done and waiting.author.member == "Amina"
    assert "summary" not in pair.laptop.get(case).fields, "it is hidden at once"
    with pytest.raises(NotGrantedError):
        erasure_status.confirm(pair.laptop.store, waiting.name)
    pair.carry(pair.laptop, pair.office)
    assert CANARY.encode() in pages(pair.office), "and destroyed nowhere yet"
    [waiting] = erasure_status.erasures(pair.office.store)
    erasure_status.confirm(pair.office.store, waiting.name)
    pair.carry(pair.office, pair.laptop)
    for vault in (pair.office, pair.laptop):
        assert [e.done for e in erasure_status.erasures(vault.store)] == [True]
        erase.clean(vault.store)
        # the attachment was not among what was erased: its name and bytes stay
        assert not any(place.startswith("pages") for place in everywhere(vault))
        assert verification.vault(vault.store).problems == []


def test_a_stolen_laptop_cannot_destroy_a_desks_testimony(pair: Pair, case: str) -> None:
    erase.erase(pair.laptop.store, [case], "By whoever has this laptop")
    pair.carry(pair.laptop, pair.office)
    administer.remove(pair.office.store, pair.laptop.info().device)
    history = [str(entry.value) for entry in pair.office.history(case)]
    assert any(CANARY in value for value in history), "it can be read, and written anew"


def test_a_role_that_comes_later_lets_it_be_carried_out(pair: Pair, case: str) -> None:
    erase.erase(pair.laptop.store, [case], "Mine")
    pair.carry(pair.laptop, pair.office)
    administer.set_role(pair.office.store, pair.laptop.info().device, membership.COORDINATOR)
    pair.carry(pair.office, pair.laptop)
    assert [e.done for e in erasure_status.erasures(pair.laptop.store)] == [True]
    assert [e.done for e in erasure_status.erasures(pair.office.store)] == [True]


def test_what_is_refused(pair: Pair, case: str) -> None:
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(UsageError):
            erase.erase(pair.office.store, [case], reason)
    with pytest.raises(UsageError):
        erase.erase(pair.office.store, [case], "why", ["no_such_field"])
    erase.erase(pair.office.store, [case], "why", ["tags"])
    with pytest.raises(UsageError, match="nothing left"):
        erase.erase(pair.office.store, [case], "why", ["tags"])


def test_erased_while_set_aside_and_in_a_branch(pair: Pair, case: str, tmp_path: Path) -> None:
    """Work that is set aside is redacted as well."""
    pair.laptop.save([Edit(case, "summary", f"{CANARY} again")])
    stick = tmp_path / "aside"
    exporting.export(pair.laptop, stick, everything=True)
    administer.remove(pair.office.store, pair.laptop.info().device)
    receiving.receive(pair.office, stick)
    device = pair.laptop.store.device
    row = pair.office.store.reader.execute("SELECT data FROM held_ranges").fetchone()
    assert row is not None
    erase.erase(pair.laptop.store, [case], "Withdrawn")
    assert administer.accept(pair.office.store, pair.laptop.info().device) == 1
    erase.erase(pair.office.store, [case], "Withdrawn")
    erase.clean(pair.office.store)
    assert not any(place.startswith("pages") for place in everywhere(pair.office)), device.hex()
