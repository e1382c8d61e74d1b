"""An emergency package opens for its partner when the agreed persons release it, and not before."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from defenderdesk.bundle import emergency as sealing
from defenderdesk.crypto.age import open_bytes
from defenderdesk.domain.checkins import Agreement
from defenderdesk.errors import (
    DamagedError,
    EmergencyError,
    NotForUsError,
    NotGrantedError,
    UsageError,
    WorldError,
)
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.interchange.shares import importing, recall
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.emergency import packages, steps
from tests.conftest import Pair
from tests.worlds.edits import make
from tests.worlds.packages import LETTER, handed, wish


@pytest.fixture
def trusted(make_vault) -> Vault:
    """The partner's laptop, of another workspace."""
    return make_vault("trusted")


def test_it_opens_once_a_person_released_it_and_brings_what_was_chosen(vault, trusted, tmp_path) -> None:
    made = wish(vault, trusted)
    (tmp_path / "power of attorney.txt").write_bytes(b"I authorise")
    vault.attach(made.case, tmp_path / "power of attorney.txt")
    [attachment] = vault.children(made.case, "attachment")
    made = replace(made, attachments=(attachment.id,))
    ours, theirs = handed(vault, trusted, tmp_path, made)
    package = escrow.look(trusted, tmp_path / "nora.ddemergency")
    assert package.person == "Nora Ali" and "two days" in package.agreed
    with pytest.raises(EmergencyError):
        escrow.open_released(trusted, theirs)

    vault.emergency.release(ours, "Taken this morning")
    assert preparing.write_release(vault, ours, tmp_path / "r.ddrelease") == 1
    assert escrow.take_release(trusted, tmp_path / "r.ddrelease") == [theirs]
    state = escrow.state(trusted, theirs)
    assert state.released and [(one.member, one.reason) for one in state.by] == [
        ("Office", "Taken this morning")
    ]
    opened = escrow.open_released(trusted, theirs)
    assert opened.letter == LETTER and opened.files == 1
    names = {r.text("name") for r in trusted.children(opened.case, "involvement")}
    assert names == {"Nora Ali"}
    assert [a.text("name") for a in trusted.children(opened.case, "attachment")] == ["power of attorney.txt"]
    # what did not belong to the choice did not leave
    assert not trusted.search("SECRET") and not trusted.search("SOURCE")
    # opened twice, it brings nothing twice
    again = escrow.open_released(trusted, theirs)
    assert (again.records, again.files) == (0, 0)
    assert len(trusted.children(opened.case, "attachment")) == 1


def test_the_letter_stands_nowhere_in_the_office(vault, trusted, tmp_path) -> None:
    handed(vault, trusted, tmp_path, wish(vault, trusted))
    assert not vault.search("Odhiambo")
    for (data,) in vault.store.reader.execute("SELECT body FROM change_sets"):
        assert b"Odhiambo" not in bytes(data or b"")


def test_two_persons_are_two_persons(pair: Pair, third: Vault, trusted, tmp_path) -> None:
    """One of two opens nothing, and one person twice is one person."""
    pair.carry(third, pair.office)
    pair.carry(pair.office, pair.laptop)
    made = wish(pair.office, trusted, ("Office", "Amina", "Bako"), need=2)
    ours, theirs = handed(pair.office, trusted, tmp_path, made)
    for one in (pair.laptop, third):
        pair.carry(pair.office, one)
    pair.laptop.emergency.release(ours)
    pair.laptop.emergency.release(ours, "once more")
    pair.carry(pair.laptop, third)
    found = third.emergency.need(ours)
    assert found.released_by() == ["Amina"] and not found.released()
    preparing.write_release(third, ours, tmp_path / "one.ddrelease")
    escrow.take_release(trusted, tmp_path / "one.ddrelease")
    assert not escrow.state(trusted, theirs).released
    with pytest.raises(EmergencyError):
        escrow.open_released(trusted, theirs)

    third.emergency.release(ours)
    assert third.emergency.need(ours).released()
    preparing.write_release(third, ours, tmp_path / "two.ddrelease")
    escrow.take_release(trusted, tmp_path / "two.ddrelease")
    assert escrow.open_released(trusted, theirs).letter == LETTER


def test_whoever_lacks_one_of_the_keys_opens_nothing(
    pair: Pair, third: Vault, trusted, make_vault, tmp_path
) -> None:
    """The partner without pieces; all the pieces without the partner; a stranger with both files."""
    pair.carry(third, pair.office)
    made = wish(pair.office, trusted, ("Office", "Amina", "Bako"), need=2)
    ours, theirs = handed(pair.office, trusted, tmp_path, made)
    package = escrow.package_of(trusted, theirs)
    with pytest.raises(NotForUsError):  # the partner's own key does not open the inner seal
        open_bytes(package.sealed, [trusted.store.require_identity()])
    with pytest.raises(NotForUsError):
        sealing.open_content(package, [])
    for one in (pair.laptop, third):
        pair.carry(pair.office, one)
    for one in (pair.office, pair.laptop, third):  # who may release cannot read
        with pytest.raises(NotForUsError):
            escrow.look(one, tmp_path / "nora.ddemergency")
    pair.office.emergency.release(ours)
    pair.carry(pair.office, pair.laptop)
    pair.laptop.emergency.release(ours)
    preparing.write_release(pair.laptop, ours, tmp_path / "r.ddrelease")
    stranger = make_vault("stranger")
    with pytest.raises(NotForUsError):
        escrow.look(stranger, tmp_path / "nora.ddemergency")
    with pytest.raises(NotForUsError):
        escrow.take_release(stranger, tmp_path / "r.ddrelease")
    # a colleague without a piece cannot release
    late = make_vault("late", found=False)
    from tests.conftest import enrol_by_file

    folder = tmp_path / "late files"
    folder.mkdir()
    enrol_by_file(pair.office, late, folder, "Late")
    pair.carry(pair.office, late)
    assert not late.emergency.can_release(late.emergency.need(ours))
    with pytest.raises(EmergencyError):
        late.emergency.release(ours)


def test_a_drill_goes_the_whole_way_and_opens_nothing_real(pair: Pair, trusted, tmp_path) -> None:
    made = wish(pair.office, trusted, ("Office", "Amina"), need=2)
    ours, theirs = handed(pair.office, trusted, tmp_path, made)
    drill = pair.office.emergency.begin_drill(ours)
    pair.office.emergency.release(ours, "", drill)
    pair.carry(pair.office, pair.laptop)
    found = pair.laptop.emergency.need(ours)
    assert found.drill is not None and found.drill.id == drill
    pair.laptop.emergency.release(ours, "", drill)
    preparing.write_release(pair.laptop, ours, tmp_path / "d.ddrelease", drill)
    assert escrow.take_release(trusted, tmp_path / "d.ddrelease") == [theirs]
    said = escrow.drill(trusted, theirs)
    assert len(said) == 3
    assert not escrow.state(trusted, theirs).released
    with pytest.raises(EmergencyError):
        escrow.open_released(trusted, theirs)
    with pytest.raises(EmergencyError):
        pair.laptop.emergency.end_drill(ours, "wrong words here")
    pair.laptop.emergency.end_drill(ours, " ".join(said).upper())
    done = pair.laptop.emergency.need(ours)
    assert done.drill is None and done.drilled and not done.released_by()
    # the next drill has other words
    second = pair.laptop.emergency.begin_drill(ours)
    assert steps.words_of(done, second) != said


def test_ending_it_shuts_it_for_good(pair: Pair, trusted, tmp_path) -> None:
    """The pieces go from every replica: nobody can release it afterwards."""
    ours, theirs = handed(pair.office, trusted, tmp_path, wish(pair.office, trusted, ("Office", "Amina")))
    pair.carry(pair.office, pair.laptop)
    assert pair.laptop.emergency.can_release(pair.laptop.emergency.need(ours))
    pair.office.emergency.end(ours, "She is safe abroad")
    pair.carry(pair.office, pair.laptop)
    for one in (pair.office, pair.laptop):
        found = one.emergency.read(ours)
        assert found is not None and found.ended and not found.live
        assert not [step.piece for step in found.of(packages.PIECE) if step.piece]
        with pytest.raises(EmergencyError):
            one.emergency.release(ours)
    # even with the record brought back, there is no piece
    pair.laptop.save([Edit(ours, "ended", None)])
    with pytest.raises(EmergencyError):
        pair.laptop.emergency.release(ours)
    assert not escrow.state(trusted, theirs).released


def test_a_released_share_can_be_asked_back(vault, trusted, tmp_path) -> None:
    """A false alarm: what the partner took in goes again, if they agree."""
    made = wish(vault, trusted)
    ours, theirs = handed(vault, trusted, tmp_path, made)
    vault.emergency.release(ours)
    preparing.write_release(vault, ours, tmp_path / "r.ddrelease")
    [share] = vault.children(made.case, "share")
    file = (tmp_path / "nora.ddemergency").read_bytes()
    assert share.text("sha256") == hashlib.sha256(file).hexdigest()
    preparing.write_release(vault, ours, tmp_path / "again.ddrelease")
    assert len(vault.children(made.case, "share")) == 1
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    opened = escrow.open_released(trusted, theirs)
    recall.ask_back(vault, share.id, tmp_path / "back.ddshare", "False alarm")
    asked = importing.open_share(trusted, tmp_path / "back.ddshare")
    recall.honour(trusted, asked)
    assert not [r for r in trusted.children(opened.case, "involvement") if r.text("name") == "Nora Ali"]


def test_nobody_acts_in_anothers_name(pair: Pair, trusted, tmp_path) -> None:
    """A colleague with valid keys writes a release that claims to be somebody else's, rewrites a
    step, and rewrites the package: none counts."""
    made = wish(pair.office, trusted, ("Office", "Amina"), need=2)
    ours, _ = handed(pair.office, trusted, tmp_path, made)
    pair.office.emergency.release(ours)
    pair.carry(pair.office, pair.laptop)
    before = pair.laptop.emergency.need(ours)
    [theirs] = before.of(packages.RELEASE)
    forged = steps.step_edits(
        pair.laptop.new_id(),
        ours,
        {"what": "release", "holder": "Office", "piece": theirs.piece, "at": "2026-01-01T00:00:00+00:00"},
    )
    pair.laptop.save(forged, before.desk)
    found = pair.laptop.emergency.need(ours)
    assert sorted(found.released_by()) == ["Amina", "Office"]  # it is Amina's, whatever it says
    preparing.write_release(pair.laptop, ours, tmp_path / "r.ddrelease")
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    [record] = escrow.all_of(trusted)
    assert not escrow.state(trusted, record.id).released  # and holds no piece of hers
    pair.laptop.save([Edit(ours, "need", 1)])
    found = pair.laptop.emergency.read(ours)
    assert found is not None and found.altered
    with pytest.raises(EmergencyError):
        pair.laptop.emergency.release(ours)


def test_a_new_laptop_of_a_person_gets_their_piece(pair: Pair, make_vault, trusted, tmp_path) -> None:
    from tests.conftest import enrol_by_file

    ours, theirs = handed(pair.office, trusted, tmp_path, wish(pair.office, trusted, ("Office", "Amina")))
    pair.carry(pair.office, pair.laptop)
    second = make_vault("second", found=False)
    folder = tmp_path / "second files"
    folder.mkdir()
    enrol_by_file(pair.office, second, folder, "Amina")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.office, second)
    assert not second.emergency.can_release(second.emergency.need(ours))
    assert pair.laptop.emergency.maintain() == 0, "it did, when it heard of the laptop"
    pair.carry(pair.laptop, second)
    second.emergency.release(ours)
    preparing.write_release(second, ours, tmp_path / "r.ddrelease")
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    assert escrow.state(trusted, theirs).released


def test_who_left_is_named(pair: Pair, trusted, tmp_path) -> None:
    from defenderdesk.vault.membership import administer

    ours, _ = handed(pair.office, trusted, tmp_path, wish(pair.office, trusted, ("Office", "Amina")))
    assert pair.office.emergency.lost(pair.office.emergency.need(ours)) == []
    device = next(d.id for d in pair.office.devices() if d.member == "Amina")
    administer.remove(pair.office.store, device)
    assert pair.office.emergency.lost(pair.office.emergency.need(ours)) == ["Amina"]


def test_a_check_in_stops_the_alarm_and_a_wait_holds_it(vault, trusted, tmp_path, monkeypatch) -> None:
    start = vault.emergency.now()
    agreement = Agreement(24, 6, 12, start)
    ours, _ = handed(vault, trusted, tmp_path, wish(vault, trusted, agreement=agreement))

    def phase(hours: float) -> str:
        found = vault.emergency.need(ours)
        standing = found.standing(start + timedelta(hours=hours))
        assert standing is not None
        return standing.phase.value

    assert [phase(h) for h in (1, 25, 31, 43)] == ["fine", "late", "missed", "release"]
    shift = 31 * 3600 * 1000
    real = type(vault.store).now_ms()
    monkeypatch.setattr(type(vault.store), "now_ms", staticmethod(lambda: real + shift))
    vault.emergency.wait(ours, start + timedelta(hours=60))
    assert [phase(h) for h in (43, 59, 61)] == ["waiting", "waiting", "release"]
    vault.emergency.check_in(ours, "She rang")
    assert [phase(h) for h in (43, 54, 56, 62)] == ["fine", "fine", "late", "missed"]
    with pytest.raises(EmergencyError):
        vault.emergency.wait(ours, start + timedelta(days=60))


@pytest.mark.parametrize(
    "wrong",
    [
        {"holders": ()},
        {"holders": ("Office", "Office")},
        {"holders": ("Nobody",)},
        {"need": 2},
        {"need": 0},
        {"title": " "},
        {"agreed": ""},
        {"chosen": {}, "letter": " "},
        {"letter": "x" * 20_001},
        {"title": "x" * 201},
        {"timed": True},
        {"letters": True},
    ],
)
def test_a_wish_that_does_not_hold_together_writes_nothing(vault, trusted, tmp_path, wrong) -> None:
    made = replace(wish(vault, trusted), **wrong)
    with pytest.raises(UsageError):
        preparing.prepare(vault, made, tmp_path / "x.ddemergency")
    assert list(tmp_path.glob("*.dd*")) == [] and vault.emergency.all_of() == []


def test_an_office_that_wants_two_persons_for_an_export_gets_them(vault, trusted, tmp_path) -> None:
    made = wish(vault, trusted)
    make(vault, "policy", name="Rules", two_for_export=True)
    with pytest.raises(NotGrantedError):
        preparing.prepare(vault, made, tmp_path / "x.ddemergency")
    assert not (tmp_path / "x.ddemergency").exists()


def test_damage_anywhere_is_refused(vault, trusted, tmp_path) -> None:
    """Every region of the package and of the release, with one byte changed, or cut."""
    ours, theirs = handed(vault, trusted, tmp_path, wish(vault, trusted))
    vault.emergency.release(ours)
    preparing.write_release(vault, ours, tmp_path / "r.ddrelease")
    whole = (tmp_path / "nora.ddemergency").read_bytes()
    for at in itertools.chain(range(0, 400, 37), range(400, len(whole), len(whole) // 20)):
        path = tmp_path / "bad.ddemergency"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(WorldError):
            escrow.look(trusted, path)
        path.write_bytes(whole[:at])
        with pytest.raises(WorldError):
            escrow.look(trusted, path)
    data = (tmp_path / "r.ddrelease").read_bytes()
    for at in range(0, len(data), 41):
        path = tmp_path / "bad.ddrelease"
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(WorldError):
            escrow.take_release(trusted, path)
    assert not escrow.state(trusted, theirs).released


def test_a_package_that_somebody_else_signs_is_shown_as_theirs(vault, trusted, make_vault, tmp_path) -> None:
    """The six words are the signer's: whoever re-seals a content to the partner has other words."""
    handed(vault, trusted, tmp_path, wish(vault, trusted))
    liar = make_vault("liar")
    preparing.prepare(liar, wish(liar, trusted, ("Liar",)), tmp_path / "lie.ddemergency")
    right = escrow.look(trusted, tmp_path / "nora.ddemergency")
    wrong = escrow.look(trusted, tmp_path / "lie.ddemergency")
    assert escrow.words(right) != escrow.words(wrong)
    with pytest.raises(EmergencyError):
        escrow.keep(trusted, tmp_path / "nora.ddemergency")
    with pytest.raises(DamagedError):
        sealing.unpack_letters(b"DDRELEA\x01" + b"\x80")


def test_a_case_is_not_moved_away_under_its_package(vault, trusted, tmp_path) -> None:
    """Whoever moved it would have signed everybody's steps; a copy goes without it."""
    from defenderdesk.vault.casework import transfer

    ours, _ = handed(vault, trusted, tmp_path, wish(vault, trusted))
    case = vault.emergency.need(ours).case
    desk = vault.add_desk("Sahel").id
    with pytest.raises(UsageError):
        transfer.carry(vault.store, case, desk, move=True)
    copy, _ = transfer.carry(vault.store, case, desk, move=False)
    assert vault.children(copy, "involvement") and not vault.children(copy, "emergency")
    vault.emergency.end(ours, "It moves")
    moved, _ = transfer.carry(vault.store, case, desk, move=True)
    assert vault.children(moved, "involvement") and not vault.children(moved, "emergency")


def test_a_reason_that_would_not_fit_its_letter_releases_nothing(vault, trusted, tmp_path) -> None:
    """The partner's program would refuse the letter, when it is too late."""
    ours, theirs = handed(vault, trusted, tmp_path, wish(vault, trusted))
    with pytest.raises(EmergencyError):
        vault.emergency.release(ours, "x" * (steps.MAX_REASON + 1))
    assert not vault.emergency.need(ours).released_by()
    vault.emergency.release(ours, "ن" * steps.MAX_REASON)
    preparing.write_release(vault, ours, tmp_path / "r.ddrelease")
    escrow.take_release(trusted, tmp_path / "r.ddrelease")
    assert escrow.state(trusted, theirs).released


def test_hiding_the_record_ends_nothing(vault, trusted, tmp_path) -> None:
    """It is found all the same, in its case and among all."""
    ours, _ = handed(vault, trusted, tmp_path, wish(vault, trusted))
    case = vault.emergency.need(ours).case
    vault.save([Edit(ours, "deleted", True)])
    assert [one.id for one in vault.emergency.all_of()] == [ours]
    assert [one.id for one in vault.emergency.all_of(case)] == [ours]
