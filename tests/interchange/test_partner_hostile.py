"""A partner who is hostile: what their share, or their package, may and may not bring."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import DamagedError, LimitError
from defenderdesk.interchange.shares import exporting, importing, received
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.identity import partner_keys
from defenderdesk.vault.membership import administer
from tests.conftest import Pair
from tests.worlds.edits import make
from tests.worlds.partner_keys import entered
from tests.worlds.shares import a_case


@pytest.fixture
def them(make_vault) -> Vault:
    return make_vault("them")


def from_them(them: Vault, records: list[dict[str, Any]]) -> received.Received:
    """A share of theirs that holds these records and a case."""
    case = them.new_id()
    told = {
        "share": them.new_id(),
        "reply_to": "",
        "purpose": "",
        "case": case,
        "updates": "",
        "records": [{"id": case, "kind": "case", "fields": {"title": "Nora"}}, *records],
    }
    desk = signing.id_text(partner_keys.of_desk(them.store).desk)
    return importing.read(exporting.signed_body(them, told, desk), "00" * 32)


def test_a_share_does_not_turn_a_partner_of_ours_to_its_own_key(vault: Vault, them, make_vault) -> None:
    """They know the record's id from a share of ours, and say that this partner has their key."""
    trusted = make_vault("trusted")
    ours = entered(vault, trusted)
    key = partner_keys.of_desk(them.store)
    for name, value in (("recipient", key.text), ("signer", key.signing.public.hex())):
        with pytest.raises(DamagedError):
            from_them(them, [{"id": ours, "kind": "organisation", "fields": {name: value}}])
    assert vault.get(ours).text("recipient") == partner_keys.of_desk(trusted.store).text


def test_our_share_tells_no_partner_the_key_of_another(vault: Vault, them) -> None:
    case = a_case(vault)
    other = entered(vault, them)
    make(vault, "intervention", case=case, party=other)
    file = vault.views.casefile(case)
    names = frozenset({"name", *exporting.KEYS})
    chosen = {**exporting.at_first(file), "organisation": names}
    assert partner_keys.MARK not in exporting.preview(file, chosen).text()
    assert not exporting.KEYS & set(exporting.possible(file).get("organisation", []))


def test_a_key_that_changed_is_no_longer_one_that_was_compared(make_vault, pair: Pair, tmp_path) -> None:
    us, them = make_vault("us"), pair.office
    ours = entered(us, them)
    first = importing.take(us, from_them(them, []))
    assert first.organisation == ours
    us.save([Edit(ours, "key_checked", "2026-01-02")])
    assert importing.take(us, from_them(them, [])).organisation == ours
    assert us.get(ours).text("key_checked") == "2026-01-02"  # it is the same
    device = next(d.id for d in them.devices() if d.member == "Amina")
    administer.remove(them.store, device)
    assert importing.take(us, from_them(them, [])).organisation == ours
    assert us.get(ours).text("key_checked") == ""


@pytest.mark.parametrize("many", [b"[],", b"{},", b'"a",', b"0,"], ids=repr)
def test_a_share_that_unpacks_to_millions_of_values_costs_no_memory(them, many) -> None:
    """Of 60 MB of them came 1.7 GB of objects before anything else was looked at."""
    key = partner_keys.of_desk(them.store)
    content = b'{"records":[' + many * (16_000_000 // len(many)) + b"0]}"
    opened = exporting.MAGIC + key.signing.sign(exporting.SIGN, content) + content
    tracemalloc.start()
    try:
        with pytest.raises(LimitError):
            importing.read(opened, "00" * 32)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(content)
    finally:
        tracemalloc.stop()
