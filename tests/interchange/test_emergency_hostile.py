"""An emergency package among colleagues with valid keys who write what they like, and partners
who do."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from defenderdesk.bundle import emergency as sealing
from defenderdesk.bundle.emergency import Letter
from defenderdesk.crypto.age import parse_recipient
from defenderdesk.domain.checkins import Agreement
from defenderdesk.errors import DamagedError, EmergencyError, StorageError
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.custody import attachments
from defenderdesk.vault.emergency import steps
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import partner_keys
from tests.conftest import Pair
from tests.worlds.packages import LETTER, handed, wish

HOLDERS = ("Office", "Amina")


@pytest.fixture
def trusted(make_vault) -> Vault:
    """The partner's laptop, of another workspace."""
    return make_vault("trusted")


def both_have(pair: Pair, trusted: Vault, folder: Path, **more: object) -> tuple[str, str]:
    ours, theirs = handed(pair.office, trusted, folder, wish(pair.office, trusted, HOLDERS, **more))
    pair.carry(pair.office, pair.laptop)
    return ours, theirs


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("check_ins", None),
        ("check_ins", {"every": 1, "grace": 0, "wait": 1, "start": "2020-01-01T00:00:00+00:00"}),
        ("key", "age1nobody"),
        ("hashes", ["AAAA"] * 300),
        ("holders", [f"Nobody {n}" for n in range(10_000)]),
        ("token", ""),
        ("server", "https://elsewhere.example/"),
        ("timed", "AAAA"),
        ("drill_seed", "AAAA"),
    ],
)
def test_whatever_a_colleague_writes_over_is_seen(
    pair: Pair, trusted, tmp_path, field: str, value: object
) -> None:
    """Not only what opens it: also when it opens, to whom, and where it lies."""
    agreement = Agreement(24, 6, 12, pair.office.emergency.now())
    ours, _ = both_have(pair, trusted, tmp_path, agreement=agreement)
    pair.laptop.save([Edit(ours, field, value)])
    pair.carry(pair.laptop, pair.office)
    for one in (pair.laptop, pair.office):
        found = one.emergency.read(ours)
        assert found is not None and found.altered
        with pytest.raises(EmergencyError):
            one.emergency.release(ours)


def test_a_colleague_cannot_turn_the_letters_to_themselves(pair: Pair, trusted, tmp_path) -> None:
    """They write the whole record anew as if they had made it, with their own key: what lies
    sealed to who may release it says for whom it is."""
    ours, _ = both_have(pair, trusted, tmp_path)
    record = pair.laptop.get(ours)
    told = {name: value for name, value in record.fields.items() if name != "key"}
    key = partner_keys.of_desk(pair.laptop.store).recipient
    edits = [Edit(ours, "kind", "emergency"), Edit(ours, "key", key)]
    edits += [Edit(ours, name, value) for name, value in told.items()]
    pair.laptop.save(edits)
    pair.carry(pair.laptop, pair.office)
    found = pair.office.emergency.read(ours)
    assert found is not None and not pair.office.emergency.can_release(found)
    with pytest.raises(EmergencyError):
        pair.office.emergency.release(ours)


def test_a_package_that_was_hidden_is_watched_all_the_same(pair: Pair, trusted, tmp_path) -> None:
    """It is ended with a reason, or it counts."""
    ours, _ = both_have(pair, trusted, tmp_path)
    pair.laptop.save([Edit(ours, "deleted", True)])
    pair.carry(pair.laptop, pair.office)
    assert [one.id for one in pair.office.emergency.all_of()] == [ours]
    case = pair.office.emergency.need(ours).case
    assert [one.id for one in pair.office.emergency.all_of(case)] == [ours]


@pytest.mark.parametrize("rubbish", [b"x" * 70_000, b"x", b""])
def test_rubbish_for_a_release_spoils_nobody_elses(
    pair: Pair, third: Vault, trusted, tmp_path, rubbish: bytes
) -> None:
    pair.carry(third, pair.office)
    made = wish(pair.office, trusted, ("Office", "Bako", "Amina"))
    ours, theirs = handed(pair.office, trusted, tmp_path, made)
    pair.carry(pair.office, pair.laptop)
    piece = base64.b64encode(rubbish).decode() or "!"
    step = steps.step_edits(
        pair.laptop.new_id(), ours, {"what": "release", "holder": "Amina", "piece": piece}
    )
    pair.laptop.save(step, pair.laptop.emergency.need(ours).desk)
    pair.carry(pair.laptop, pair.office)
    pair.office.emergency.release(ours)
    preparing.write_release(pair.office, ours, tmp_path / "r.ddrelease")
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    assert escrow.open_released(trusted, theirs).letter == LETTER


@pytest.mark.parametrize(("version", "opens"), [(1, True), (True, False), (2, False), ("1", False)])
def test_a_piece_is_of_a_version_that_is_known(
    vault, trusted, tmp_path, monkeypatch, version: object, opens: bool
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(steps, "_VERSION", version)
        ours, _ = handed(vault, trusted, tmp_path, wish(vault, trusted))
    assert (steps._mine(vault.store, vault.emergency.need(ours)) is not None) is opens


def test_anybody_breaks_a_drill_off(pair: Pair, trusted, tmp_path) -> None:
    ours, _ = both_have(pair, trusted, tmp_path)
    pair.office.emergency.begin_drill(ours)
    pair.carry(pair.office, pair.laptop)
    pair.laptop.emergency.stop_drill(ours)
    pair.carry(pair.laptop, pair.office)
    for one in (pair.office, pair.laptop):
        assert one.emergency.need(ours).drill is None


def test_nothing_that_opens_it_is_left_once_it_ended(pair: Pair, trusted, tmp_path) -> None:
    """The letter that the server was to hand out, a letter that was not brought there yet, a
    piece that a laptop sealed meanwhile."""
    pair.office.set_setting("server", "https://office.example/#sha256=" + "0" * 64)
    now = pair.office.emergency.now()
    agreement = Agreement(24, 6, 12, now)
    ours, _ = both_have(pair, trusted, tmp_path, agreement=agreement, letters=True, timed=True)
    pair.laptop.emergency.release(ours)
    late = pair.laptop.emergency.piece_step(
        pair.laptop.emergency.need(ours).desk,
        "Amina",
        pair.laptop.emergency.need(ours).terms,
        1,
        "piece",
        "drill",
    )
    pair.laptop.save(steps.step_edits(pair.laptop.new_id(), ours, late))
    pair.office.emergency.end(ours, "A false alarm")
    for _ in range(2):
        pair.carry(pair.laptop, pair.office)
        pair.carry(pair.office, pair.laptop)
        pair.office.emergency.maintain()
    for one in (pair.office, pair.laptop):
        found = one.emergency.read(ours)
        assert found is not None and found.ended
        assert not found.timed and not [step.what for step in found.steps if step.piece]


def test_a_letter_that_does_not_fit_keeps_no_other_out(vault, trusted, tmp_path) -> None:
    """A colleague at the partner's knows where letters are kept, and has no piece."""
    ours, theirs = handed(vault, trusted, tmp_path, wish(vault, trusted))
    package = escrow.package_of(trusted, theirs)
    key = partner_keys.of_desk(trusted.store).identity.recipient
    bad = sealing.seal_letter(Letter(package.number, b"", 0, "no piece", "x", ""), key)
    trusted.save([Edit(theirs, "letters", base64.b64encode(bad).decode(), "add")])
    vault.emergency.release(ours)
    preparing.write_release(vault, ours, tmp_path / "r.ddrelease")
    assert escrow.take_release(trusted, tmp_path / "r.ddrelease") == [theirs]
    assert escrow.state(trusted, theirs).released


def test_a_package_that_was_kept_by_half_is_kept_the_next_time(vault, trusted, tmp_path, monkeypatch) -> None:
    """The disk was full, or the laptop went down, between the record and the file."""
    made = wish(vault, trusted)
    preparing.prepare(vault, made, tmp_path / "nora.ddemergency")
    attach = attachments.attach_from

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(attachments, "attach_from", full)
    with pytest.raises(StorageError):
        escrow.keep(trusted, tmp_path / "nora.ddemergency")
    assert escrow.all_of(trusted) == [], "nothing of it is kept by half any more"
    monkeypatch.setattr(attachments, "attach_from", attach)
    kept = escrow.keep(trusted, tmp_path / "nora.ddemergency")
    assert escrow.package_of(trusted, kept).person == "Nora Ali"
    assert [one.id for one in escrow.all_of(trusted)] == [kept]
    with pytest.raises(EmergencyError):
        escrow.keep(trusted, tmp_path / "nora.ddemergency")


def test_a_piece_that_would_take_hours_to_open_is_refused() -> None:
    """A partner's package is theirs: SLIP-39 lets a piece ask for 327 million rounds."""
    from shamir_mnemonic.share import Share

    pieces = sealing.cut(bytes(32), 2, 2)
    slow = []
    for piece in pieces:
        share = Share.from_mnemonic(piece)
        slow.append(
            Share(
                share.identifier,
                share.extendable,
                15,
                share.group_index,
                share.group_threshold,
                share.group_count,
                share.index,
                share.member_threshold,
                share.value,
            ).mnemonic()
        )
    with pytest.raises(DamagedError):
        sealing.joined(slow, 2)
    with pytest.raises(DamagedError):
        sealing.joined(["ab"], 1)


def test_a_key_of_the_partner_is_what_a_release_is_sealed_to(vault, trusted, tmp_path) -> None:
    ours, _ = handed(vault, trusted, tmp_path, wish(vault, trusted))
    assert parse_recipient(vault.emergency.need(ours).key)


def test_nothing_attached_beside_takes_the_place_of_a_package(vault, make_vault, trusted, tmp_path) -> None:
    """A colleague at the partner's attaches rubbish, and a package of their own making, under its
    name and before it."""
    _, theirs = handed(vault, trusted, tmp_path, wish(vault, trusted))
    number = escrow.package_of(trusted, theirs).number
    other = make_vault("other")
    preparing.prepare(other, wish(other, trusted, ("Other",)), tmp_path / "o.ddemergency")
    for n, data in enumerate((b"rubbish", (tmp_path / "o.ddemergency").read_bytes())):
        folder = tmp_path / str(n)
        folder.mkdir()
        (folder / "package.ddemergency").write_bytes(data)
        trusted.attach(theirs, folder / "package.ddemergency")
    for child in trusted.children(theirs, "attachment")[1:]:
        trusted.save([Edit(child.id, "position", 0)])
    assert escrow.package_of(trusted, theirs).number == number


def test_a_release_is_written_though_the_case_is_gone(vault, trusted, tmp_path) -> None:
    made = wish(vault, trusted)
    ours, theirs = handed(vault, trusted, tmp_path, made)
    vault.emergency.release(ours)
    vault.save([Edit(ours, "case", "nowhere")])
    erase.erase(vault.store, [made.case], "They asked for it")
    assert preparing.write_release(vault, ours, tmp_path / "r.ddrelease") == 1
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    assert escrow.open_released(trusted, theirs).letter == LETTER


def test_whoever_ends_it_nobody_releases_it_though_they_may_not_erase(pair: Pair, trusted, tmp_path) -> None:
    ours, _ = both_have(pair, trusted, tmp_path)
    own = pair.laptop.store.members[pair.laptop.store.device]
    assert own.role not in erase.MAY
    pair.laptop.emergency.end(ours, "She is home")
    pair.carry(pair.laptop, pair.office)
    for one in (pair.laptop, pair.office):
        one.save([Edit(ours, "ended", None)])
        with pytest.raises(EmergencyError):
            one.emergency.release(ours)
