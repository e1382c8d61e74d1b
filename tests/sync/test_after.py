"""What follows an exchange follows it also where it was cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.errors import RevokedError, StorageError
from defenderdesk.sync import after, alerts
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault import Edit, Vault
from tests.conftest import PASSPHRASE, Pair
from tests.vault.copies import copied
from tests.worlds.clones import titles
from tests.worlds.records import new_case


def pulled(monkeypatch: pytest.MonkeyPatch, after_bundles: int) -> None:
    """The stick is pulled once so many bundles of it were taken in."""
    taken, take = [], receiving._take

    def until(vault: Vault, path: Path, progress: object = None) -> object:
        if len(taken) == after_bundles:
            raise StorageError(what="the stick was pulled")
        taken.append(path)
        return take(vault, path, None)

    monkeypatch.setattr(receiving, "_take", until)


def test_two_histories_are_kept_though_the_stick_was_pulled(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new_case(pair.laptop, "One")
    pair.carry(pair.laptop, pair.office)
    copy = copied(pair.laptop, tmp_path / "copy")
    new_case(pair.laptop, "On the laptop")
    new_case(copy, "On the copy")
    pair.carry(pair.laptop, pair.office)
    stick = tmp_path / "stick"
    stick.mkdir()
    exporting.export(copy, stick)
    (stick / "2-more.ddbundle").write_bytes(b"the rest")
    pulled(monkeypatch, len(list(stick.iterdir())) - 1)
    with pytest.raises(StorageError) as stopped:
        receiving.receive(pair.office, stick)
    partial = stopped.value.partial
    assert isinstance(partial, receiving.ReceiveReport)
    assert partial.forked == ["Amina"] and partial.changes, "what came before is in the report"
    kept = [str(seen) for _, (seen, _) in alerts.kept(pair.office)]
    assert kept == ["Two histories of Amina’s laptop exist. Both are kept."]
    assert titles(pair.office) == ["On the copy", "On the laptop", "One"]
    copy.close()


def test_an_alert_is_kept_with_the_bundle_or_not_at_all(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new_case(pair.laptop, "One")
    pair.carry(pair.laptop, pair.office)
    copy = copied(pair.laptop, tmp_path / "copy")
    new_case(pair.laptop, "On the laptop")
    new_case(copy, "On the copy")
    pair.carry(pair.laptop, pair.office)

    def full(*_: object, **__: object) -> None:
        raise StorageError(what="the disk is full")

    stick = tmp_path / "stick"
    stick.mkdir()
    exporting.export(copy, stick)
    with monkeypatch.context() as patch:
        patch.setattr(alerts, "keep", full)
        with pytest.raises(StorageError):
            receiving.receive(pair.office, stick)
    assert titles(pair.office) == ["On the laptop", "One"], "nothing of the bundle was taken"
    receiving.receive(pair.office, stick)
    assert titles(pair.office) == ["On the copy", "On the laptop", "One"]
    assert len(alerts.kept(pair.office)) == 1
    copy.close()


def test_what_was_set_aside_by_several_bundles_is_one_number(pair: Pair) -> None:
    for count in (2, 3):
        alerts.keep(pair.office, alerts.alerts_of(alerts.Seen(aside={"Amina": count})))
    alerts.keep(pair.office, alerts.alerts_of(alerts.Seen(aside={"Bako": 1})))
    kept = {str(seen) for _, (seen, _) in alerts.kept(pair.office)}
    assert len(kept) == 2 and any("(5)" in one and "Amina" in one for one in kept)


def test_every_duty_is_done_and_the_first_failure_told(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def duty(number: int, fails: bool) -> after.Duty:
        def act(_: Vault) -> None:
            done.append(number)
            if fails:
                raise StorageError(what=str(number))

        return act

    monkeypatch.setattr(after, "DUTIES", [duty(n, n in (1, 2)) for n in range(4)])
    with pytest.raises(StorageError, match="1"), after.exchange(pair.office, alerts.Seen()):
        pass
    assert done == [0, 1, 2, 3]
    done.clear()
    with pytest.raises(KeyError), after.exchange(pair.office, alerts.Seen()):
        raise KeyError
    assert done == [0, 1, 2, 3], "the exchange's own error is the one that is raised"
    done.clear()
    with pytest.raises(RevokedError), after.exchange(pair.office, alerts.Seen()):
        raise RevokedError
    assert done == [], "there is no vault any more"


def test_a_desk_that_was_taken_leaves_though_the_stick_was_pulled(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from defenderdesk.crypto import signing
    from defenderdesk.vault.membership import administer

    case = new_case(pair.office, "Of the desk")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    pair.office.save([Edit(case, "status", "closed")])
    desk = signing.id_bytes(pair.office.info().desks[0].id)
    administer.withdraw(pair.office.store, pair.laptop.info().device, desk)
    stick = tmp_path / "stick"
    stick.mkdir()
    exporting.export(pair.office, stick)
    (stick / "3-more.ddbundle").write_bytes(b"the rest")
    pulled(monkeypatch, len(list(stick.iterdir())) - 1)
    with pytest.raises(StorageError):
        receiving.receive(pair.laptop, stick)
    assert pair.laptop.info().desks == ()
    with Vault.open(_closed(pair.laptop), PASSPHRASE) as again:
        assert titles(again) == []


def _closed(vault: Vault) -> Path:
    vault.close()
    return vault.profile
