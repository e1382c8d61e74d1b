"""A partner's desk is one recipient: every laptop of it opens, who has left it does not, and six
words stand for its keys."""

from __future__ import annotations

import json

import pytest

from defenderdesk.crypto.age import seal_bytes
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import DamagedError, NotForUsError, NotFoundError, UsageError
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.interchange.shares import exporting, importing
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import partner_keys
from defenderdesk.vault.membership import administer
from tests.conftest import Pair
from tests.worlds.packages import LETTER, wish
from tests.worlds.partner_keys import entered
from tests.worlds.shares import a_case


@pytest.fixture
def alpha(make_vault) -> Vault:
    """Another organisation, which shares with the pair's office."""
    return make_vault("alpha")


def shared(us: Vault, them: Vault, path, organisation: str = "") -> str:
    case = a_case(us)
    chosen = exporting.at_first(us.views.casefile(case))
    exporting.share(us, case, organisation or entered(us, them), chosen, path)
    return case


def test_every_laptop_of_the_desk_opens_what_was_sealed_to_it(alpha, pair: Pair, tmp_path) -> None:
    shared(alpha, pair.office, tmp_path / "s.ddshare")
    for vault in (pair.office, pair.laptop):
        received = importing.open_share(vault, tmp_path / "s.ddshare")
        assert received.organisation == "Workspace"
    with pytest.raises(NotForUsError):
        importing.open_share(alpha, tmp_path / "s.ddshare")


def test_an_emergency_package_outlives_the_laptop_that_kept_it(alpha, pair: Pair, tmp_path) -> None:
    made = wish(alpha, pair.office, ("Alpha",))
    alpha.save([_edit(made.organisation, partner_keys.of_desk(pair.office.store).text)])
    ours = preparing.prepare(alpha, made, tmp_path / "n.ddemergency")
    kept = escrow.keep(pair.laptop, tmp_path / "n.ddemergency")
    pair.carry(pair.laptop, pair.office)  # and then the laptop is lost
    alpha.emergency.release(ours)
    preparing.write_release(alpha, ours, tmp_path / "r.ddrelease")
    escrow.take_release(pair.office, tmp_path / "r.ddrelease")
    assert escrow.open_released(pair.office, kept).letter == LETTER


def _edit(record: str, key: str):
    from defenderdesk.vault import Edit

    return Edit(record, "recipient", key)


def test_who_left_the_desk_opens_nothing_sealed_to_its_renewed_key(alpha, pair: Pair, tmp_path) -> None:
    shared(alpha, pair.office, tmp_path / "before.ddshare")
    old = partner_keys.of_desk(pair.office.store)
    device = next(d.id for d in pair.office.devices() if d.member == "Amina")
    administer.remove(pair.office.store, device)
    new = partner_keys.of_desk(pair.office.store)
    assert new.recipient != old.recipient and new.words != old.words and new.renewed
    shared(alpha, pair.office, tmp_path / "after.ddshare")
    assert importing.open_share(pair.office, tmp_path / "after.ddshare")
    assert importing.open_share(pair.office, tmp_path / "before.ddshare")  # the old key still opens
    with pytest.raises(NotForUsError):
        importing.open_share(pair.laptop, tmp_path / "after.ddshare")


def test_both_sides_see_the_same_six_words(alpha, pair: Pair, tmp_path) -> None:
    """As they are printed, as they stand under the key that was entered, and on what arrives."""
    key = partner_keys.of_desk(alpha.store)
    _, recipient, signer = partner_keys.parse(key.text)
    assert partner_keys.words(recipient, signer) == key.words and len(key.words) == 6
    shared(alpha, pair.office, tmp_path / "s.ddshare")
    assert importing.open_share(pair.office, tmp_path / "s.ddshare").words == key.words
    other = partner_keys.of_desk(pair.office.store)
    assert partner_keys.words(other.recipient, signer) != key.words  # a key was swapped on the way
    assert partner_keys.words(recipient, other.signing.public) != key.words


def test_an_entered_key_and_what_it_signs_are_one_organisation(alpha, pair: Pair, tmp_path) -> None:
    known = entered(pair.office, alpha)
    shared(alpha, pair.office, tmp_path / "s.ddshare")
    received = importing.open_share(pair.office, tmp_path / "s.ddshare")
    assert importing.take(pair.office, received).organisation == known


def test_a_renewed_key_is_known_by_the_one_before(pair: Pair, alpha, tmp_path) -> None:
    """Their office removes a laptop; what it signs afterwards is still theirs, with other words."""
    shared(pair.office, alpha, tmp_path / "one.ddshare")
    first = importing.open_share(alpha, tmp_path / "one.ddshare")
    known = importing.take(alpha, first).organisation
    device = next(d.id for d in pair.office.devices() if d.member == "Amina")
    administer.remove(pair.office.store, device)
    shared(pair.office, alpha, tmp_path / "two.ddshare")
    second = importing.open_share(alpha, tmp_path / "two.ddshare")
    assert second.signer != first.signer and second.words != first.words
    assert importing.take(alpha, second).organisation == known
    record = alpha.get(known)
    assert record.text("signer") == second.signer and record.text("recipient") == second.recipient


def test_nobody_becomes_somebody_else_by_claiming_it(pair: Pair, alpha, tmp_path) -> None:
    """A stranger names our partner's key as an earlier one of theirs, without its signature; or
    names the partner's recipient as their own."""
    key = partner_keys.of_desk(pair.office.store)
    known = entered(alpha, pair.office)
    stranger = SigningKey.generate()
    body = {
        "format": exporting.FORMAT,
        "version": 1,
        "share": "s",
        "reply_to": "",
        "purpose": "",
        "created": "2026-11-25T10:00:00+00:00",
        "case": (case := alpha.new_id()),
        "records": [{"id": case, "kind": "case", "fields": {"title": "A lie"}}],
        "from": {
            "organisation": "Them",
            "member": "X",
            "signing_key": stranger.public.hex(),
            "recipient": key.recipient,
            "earlier": [],
        },
    }

    def sealed() -> None:
        content = json.dumps(body).encode()
        data = exporting.MAGIC + stranger.sign(exporting.SIGN, content) + content
        to = partner_keys.of_desk(alpha.store).identity.recipient
        (tmp_path / "lie.ddshare").write_bytes(seal_bytes(data, [to]))

    body["from"]["earlier"] = [[key.signing.public.hex(), "00" * 64]]
    sealed()
    with pytest.raises(DamagedError):
        importing.open_share(alpha, tmp_path / "lie.ddshare")
    for junk in ([["x", "y"]], [[1, 2]], "no", [["00" * 32] * 2] * 9):
        body["from"]["earlier"] = junk
        sealed()
        with pytest.raises(DamagedError):
            importing.open_share(alpha, tmp_path / "lie.ddshare")
    body["from"]["earlier"] = []
    sealed()
    received = importing.open_share(alpha, tmp_path / "lie.ddshare")
    assert received.words != key.words
    assert importing.take(alpha, received).organisation != known
    assert alpha.get(known).text("signer") == ""


@pytest.mark.parametrize("text", ["", "age1", "age1pq", "x#signer=00", "#signer=" + "00" * 32])
def test_what_is_no_key_is_said(text: str) -> None:
    with pytest.raises(UsageError):
        partner_keys.parse(text)


def test_a_cut_signer_is_no_key(vault) -> None:
    key = partner_keys.of_desk(vault.store).text
    with pytest.raises(UsageError):
        partner_keys.parse(key[:-2])
    with pytest.raises(NotFoundError):
        partner_keys.of_desk(vault.store, "nowhere")
