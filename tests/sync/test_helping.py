"""Recovery by administrators, with administrators and laptops that do not mean well."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import HybridIdentity, HybridRecipient, open_bytes, seal_bytes
from defenderdesk.errors import (
    AnswerError,
    DamagedError,
    NewerError,
    NoHelpError,
    NotHelpedError,
    UsageError,
    WrongCodeError,
    WrongPassphraseError,
)
from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.enrolment import recovery_requests
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.keys import slots
from defenderdesk.vault.membership import administer
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.recovery import shares, trustees
from defenderdesk.vault.vault import Vault as _Vault
from tests.conftest import PASSPHRASE
from tests.worlds.records import new_case
from tests.worlds.trustees import Office, office

__all__ = ["office"]

NEW = "a passphrase that I shall keep"


def test_two_of_three_open_it_and_new_shares_are_made(office: Office) -> None:
    new_case(office.laptop, "Amina’s case")
    assert {h.member for h in trustees.eligible(office.laptop.store)} == {
        "Office",
        "Olga",
        "Pedro",
    }
    office.arrange()
    before = exchange_json.dump_text(office.laptop)
    office.laptop.close()
    locked = office.ask()
    asked = recovery_requests.read(office.admins[1], office.folder / "r.ddask")
    assert (asked.member, asked.words, asked.need) == ("Amina", locked.words, 2)
    assert len(set(asked.words)) > 3
    assert locked.lacking == 2
    assert locked.add(office.answer(office.admins[1])) == "Olga"
    with pytest.raises(NoHelpError):
        locked.open()
    assert locked.add(office.answer(office.admins[2])) == "Pedro"
    old = trustees.round_of(office.laptop.profile)
    with locked.open() as vault:
        assert exchange_json.dump_text(vault) == before
        assert recovery_requests.finish(vault, NEW)
        assert verification.vault(vault.store).problems == []
        assert trustees.standing(vault.store).need == 2
        for admin in office.admins:
            office.pair.carry(vault, admin)
    assert trustees.round_of(office.laptop.profile) != old
    with pytest.raises(WrongPassphraseError):
        Vault.open(office.laptop.profile, PASSPHRASE)
    # The shares that were told open nothing any more.
    with pytest.raises(WrongCodeError):
        Vault.open_with_administrators(
            office.laptop.profile, trustees.secret_of(list(locked.answers.values()))
        )
    with pytest.raises(NoHelpError, match="made anew since this request"):
        locked.open()
    Vault.open(office.laptop.profile, NEW).close()


def test_any_two_and_never_one(office: Office) -> None:
    office.arrange()
    office.laptop.close()
    for pair_ in combinations(office.admins, 2):
        locked = office.ask()
        for admin in pair_:
            locked.add(office.answer(admin))
        locked.open().close()
    locked = office.ask("again")
    locked.add(office.answer(office.admins[0], "again"))
    [share] = locked.answers.values()
    for wrong in ([share], [share, share]):
        with pytest.raises((DamagedError, WrongCodeError)):
            Vault.open_with_administrators(office.laptop.profile, trustees.secret_of(wrong))


def test_two_of_three_where_three_are_needed(office: Office) -> None:
    office.arrange(3)
    office.laptop.close()
    locked = office.ask()
    for admin in office.admins[:2]:
        locked.add(office.answer(admin))
    assert locked.lacking == 1
    with pytest.raises(DamagedError, match="fit together"):
        trustees.secret_of(list(locked.answers.values()))


def test_a_forged_or_foreign_share_is_named(office: Office) -> None:
    """An administrator's modified program answers with something else."""
    office.arrange()
    office.laptop.close()
    locked = office.ask()
    good = office.answer(office.admins[0])
    asked = recovery_requests.read(office.admins[0], office.folder / "r.ddask")
    share = shares.opened(office.admins[0].store, asked.share)

    def forged(*content: object) -> Path:
        sealed = seal_bytes(canonical.encode(list(content)), [HybridRecipient(asked.recipient)])
        (office.folder / "forged").write_bytes(recovery_requests._MAGIC_ANSWER + sealed)
        return office.folder / "forged"

    import hashlib

    request = hashlib.sha256(asked.request).digest()
    words = share.split()
    words[10], words[11] = words[11], words[10]
    for content, said in (
        ((1, request, asked.share.round, "Mallory", " ".join(words)), "Mallory is not one of"),
        ((1, request, asked.share.round, "Mallory", "nonsense"), "Mallory is not one of"),
        ((1, request, bytes(16), "Mallory", share), "Mallory is an older one"),
        ((1, bytes(32), asked.share.round, "Mallory", share), "Mallory answered another"),
        ((1, request, asked.share.round, 5, share), "damaged"),
        ((1, request), "damaged"),
    ):
        with pytest.raises(AnswerError, match=said):
            locked.add(forged(*content))
    data = bytearray(good.read_bytes())
    for cut in (0, 3, 50, len(data) - 1):
        (office.folder / "cut").write_bytes(data[:cut])
        with pytest.raises(AnswerError):
            locked.add(office.folder / "cut")
    data[-1] ^= 1
    (office.folder / "cut").write_bytes(data)
    with pytest.raises(AnswerError):
        locked.add(office.folder / "cut")
    assert locked.lacking == 2
    locked.add(good)
    with pytest.raises(AnswerError, match="here already"):
        locked.add(good)
    with pytest.raises(AnswerError, match="here already"):  # under another name
        locked.add(forged(1, request, asked.share.round, "Mallory", share))
    locked.add(office.answer(office.admins[2]))
    locked.open().close()


def test_an_answer_to_another_request_does_not_open(office: Office) -> None:
    """The key of a request lives in one run: what was answered before is ciphertext."""
    office.arrange()
    office.laptop.close()
    office.ask()
    answer = office.answer(office.admins[0])
    again = office.ask("second")
    with pytest.raises(AnswerError, match="another request"):
        again.add(answer)


def test_a_swapped_request_shows_other_words(office: Office) -> None:
    """Whoever carries the request puts their own key in it: they would open the answers."""
    office.arrange()
    office.laptop.close()
    locked = office.ask()
    thief = HybridIdentity.generate()
    swapped = recovery_requests._MAGIC_REQUEST + canonical.encode(
        [1, locked.round.name, thief.recipient.public, "en"]
    )
    (office.folder / "r.ddask").write_bytes(swapped)
    asked = recovery_requests.read(office.admins[0], office.folder / "r.ddask")
    assert asked.words != locked.words
    (office.folder / "r.ddask").write_bytes(
        recovery_requests._MAGIC_REQUEST
        + canonical.encode([1, locked.round.name, locked.identity.recipient.public, "fr"])
    )
    assert recovery_requests.read(office.admins[0], office.folder / "r.ddask").words != locked.words


def test_an_old_share_after_renewal(office: Office) -> None:
    office.arrange()
    old = office.folder / "old profile"
    old.mkdir()
    (old / slots.NAME).write_bytes((office.laptop.profile / slots.NAME).read_bytes())
    request = recovery_requests.Locked.begin(old)
    request.write(office.folder / "r.ddask")
    told = shares.opened(
        office.admins[0].store,
        shares.for_round(office.admins[0].store, request.round.name)[0],
    )
    office.arrange()
    with pytest.raises(NotHelpedError, match="made anew"):  # replayed to an administrator
        recovery_requests.read(office.admins[0], office.folder / "r.ddask")
    office.laptop.close()
    locked = office.ask()
    import hashlib

    content = [1, hashlib.sha256(locked.request).digest(), locked.round.name, "Office", told]
    (office.folder / "replay").write_bytes(
        recovery_requests._MAGIC_ANSWER + seal_bytes(canonical.encode(content), [locked.identity.recipient])
    )
    with pytest.raises(AnswerError, match="not one of this vault"):
        locked.add(office.folder / "replay")


def test_two_requests_and_the_second_comes_too_late(office: Office) -> None:
    office.arrange()
    office.laptop.close()
    first, second = office.ask("first"), office.ask("second")
    for name, locked in (("first", first), ("second", second)):
        for admin in office.admins[:2]:
            locked.add(office.answer(admin, name))
    with first.open() as vault:
        recovery_requests.finish(vault, "quite another passphrase")
    with pytest.raises(NoHelpError, match="made anew since this request"):
        second.open()


def test_who_may_not_help(office: Office) -> None:
    office.arrange()
    store = office.admins[0].store
    office.ask()
    outsider = office.laptop  # a researcher
    with pytest.raises(NotHelpedError, match="not an administrator"):
        recovery_requests.read(outsider, office.folder / "r.ddask")
    # The laptop that asks was removed: it was stolen.
    administer.remove(store, office.laptop.info().device)
    with pytest.raises(NotHelpedError, match="Amina’s laptop was removed"):
        recovery_requests.read(office.admins[0], office.folder / "r.ddask")


def test_a_share_for_somebody_else(office: Office) -> None:
    """Only two were chosen: the third holds nothing, and is told so."""
    trustees.arrange(office.laptop.store, 2, [a.info().device for a in office.admins[:2]])
    office.carry_all()
    office.ask()
    with pytest.raises(NotHelpedError, match="no share of it is for this laptop"):
        recovery_requests.read(office.admins[2], office.folder / "r.ddask")
    share = next(s for s in shares.shares(office.admins[2].store))
    with pytest.raises(NotHelpedError, match="does not open"):
        shares.opened(office.admins[2].store, share)


def test_nobody_arranges_help_for_somebody_else(office: Office) -> None:
    """A colleague writes shares in Amina's name, or into hers, or hides them."""
    office.arrange()
    colleague, admin = office.admins[2], office.admins[0]
    [mine] = [s for s in shares.shares(admin.store) if s.helper == admin.store.device]
    forged = colleague.new_id()
    from defenderdesk.crypto import signing

    colleague.save(
        [
            Edit(forged, "kind", "recovery_share"),
            Edit(forged, "of", signing.id_text(mine.of)),
            Edit(forged, "helper", signing.id_text(mine.helper)),
            Edit(forged, "round", signing.id_text(bytes(16))),
            Edit(forged, "need", 2),
            Edit(forged, "sealed", "AAAA"),
        ]
    )
    colleague.save([Edit(mine.record, "deleted", True)])
    office.carry_all()
    assert [s for s in shares.shares(admin.store) if s.round == bytes(16)] == []
    assert mine in shares.shares(admin.store)


def test_too_few_are_left(office: Office) -> None:
    office.arrange(3)
    administer.set_role(office.admins[0].store, office.admins[2].info().device, "researcher")
    office.carry_all()
    for proposal in administer.proposals(office.admins[1].store):
        administer.endorse(office.admins[1].store, proposal.id)
    office.carry_all()
    assert not trustees.standing(office.laptop.store).enough
    assert not trustees.maintain(office.laptop.store)


def test_what_may_be_chosen(office: Office) -> None:
    store = office.laptop.store
    devices = [a.info().device for a in office.admins]
    for need, chosen in ((1, devices), (4, devices), (2, devices[:1]), (2, [devices[0]] * 2)):
        with pytest.raises(UsageError):
            trustees.arrange(store, need, chosen)
    with pytest.raises(UsageError):
        trustees.arrange(store, 2, [devices[0], office.laptop.info().device])
    assert trustees.round_of(office.laptop.profile) is None
    with pytest.raises(NoHelpError):
        recovery_requests.Locked.begin(office.laptop.profile)


def test_the_other_ways_in_stay_and_it_can_be_stopped(office: Office) -> None:
    code = office.laptop.new_recovery_code()
    office.arrange()
    office.laptop.change_passphrase(NEW)
    found = trustees.round_of(office.laptop.profile)
    assert found is not None
    office.laptop.set_duress(NEW, "seven owls paint the harbour", "Work", "Notes")
    assert trustees.round_of(office.laptop.profile) == found
    trustees.stop(office.laptop.store)
    assert trustees.round_of(office.laptop.profile) is None
    assert trustees.standing(office.laptop.store).need == 0
    office.carry_all()
    assert shares.shares(office.admins[0].store) == []
    office.laptop.close()
    _Vault.open_with_recovery(office.laptop.profile, code).close()
    Vault.open(office.laptop.profile, NEW).close()


def test_the_key_file_names_nobody(office: Office) -> None:
    office.arrange()
    data = (office.laptop.profile / slots.NAME).read_bytes()
    for admin in office.admins:
        assert admin.info().member.encode() not in data
        assert admin.info().device.encode() not in data
        assert admin.store.device not in data


def test_requests_that_are_none(office: Office) -> None:
    office.arrange()
    magic = recovery_requests._MAGIC_REQUEST
    key = HybridIdentity.generate().recipient.public
    for data, error in (
        (b"", DamagedError),
        (b"DDASK", DamagedError),
        (magic, DamagedError),
        (magic + b"\xff", DamagedError),
        (magic + canonical.encode([1, bytes(16), key]), DamagedError),
        (magic + canonical.encode([1, bytes(16), b"short", "en"]), DamagedError),
        (b"DDASK\x02" + canonical.encode([2]), NewerError),
        (magic + canonical.encode([1, bytes(16), key, "en"]), NotHelpedError),
    ):
        (office.folder / "x").write_bytes(data)
        with pytest.raises(error):
            recovery_requests.read(office.admins[0], office.folder / "x")


def test_an_answer_says_nothing_to_others(office: Office) -> None:
    office.arrange()
    office.laptop.close()
    office.ask()
    data = office.answer(office.admins[0]).read_bytes()
    from defenderdesk.errors import NotForUsError

    with pytest.raises(NotForUsError):
        open_bytes(
            data[len(recovery_requests._MAGIC_ANSWER) :],
            [office.admins[1].store.require_identity()],
        )
