"""Early warning over a vault: what is counted, and above all what is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from defenderdesk.domain import vocabulary
from defenderdesk.domain.warning import ALERT, NOTICE, TOO_FEW
from defenderdesk.errors import Cancelled
from defenderdesk.ui.work.session import deletion, new_record
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.lookup.early_warning import Watch
from tests.vault.copies import Copies, copies

TODAY = date(2026, 6, 17)


class World:
    """A vault that is filled in one save."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self.watch = Watch(vault.store, vault.views)
        self._edits: list[Edit] = []

    def add(self, kind: str, **fields: object) -> str:
        record, edits = new_record(self.vault, kind, dict(fields))  # type: ignore[arg-type]
        self._edits += edits
        return record

    def case(self, country: str, **fields: object) -> str:
        return self.add("case", country=country, title=f"In {country}", **fields)

    def event(self, case: str, back: int, *acts: str, **fields: object) -> str:
        day = (TODAY - timedelta(days=back)).isoformat()
        return self.add("event", case=case, date=day, acts=list(acts or ("killing",)), **fields)

    def run(self, today: date = TODAY) -> dict[tuple[str, str], object]:
        """Alerts by (rule, value)."""
        self.save()
        return {(a.rule, a.value): a for a in self.watch.run(today).alerts}

    def save(self) -> None:
        self.vault.save(self._edits)
        self._edits = []


def steady(vault: Vault) -> None:
    """Two countries with something recorded in every month of two years, neither of them often."""
    made = World(vault)
    for country in ("UG", "KE"):
        base = made.case(country)
        for month in range(26):
            made.event(base, 40 + 30 * month, "office_raid", "funding_restriction")
            made.event(base, 45 + 60 * month, "killing")
    made.save()
    made.vault.views.refresh()


@pytest.fixture(scope="module")
def steady_ones(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return copies(tmp_path_factory.mktemp("steady"), steady)


@pytest.fixture(scope="module")
def empty_ones(tmp_path_factory: pytest.TempPathFactory) -> Copies:
    return copies(tmp_path_factory.mktemp("empty"), lambda _: None)


@pytest.fixture
def world(steady_ones: Copies, tmp_path: Path) -> Iterator[World]:
    """`steady`, for one test."""
    for vault in steady_ones(tmp_path / "v"):
        yield World(vault)


@pytest.fixture
def vault(empty_ones: Copies, tmp_path: Path) -> Iterator[Vault]:
    """Nothing in it."""
    yield from empty_ones(tmp_path / "v")


def rise(world: World, country: str = "UG", count: int = 12, **fields: object) -> list[str]:
    """So many killings of late, each in a case of its own; the cases."""
    cases = [world.case(country) for _ in range(count)]
    for at, case in enumerate(cases):
        world.event(case, at % 20, **fields)
    return cases


def test_a_rise_rings_with_the_cases_behind_it(world: World) -> None:
    cases = rise(world)
    found = world.run()
    alert = found["killings", "UG"]
    assert (alert.level, alert.count, alert.before) == (ALERT, 12, 6)
    assert {one.case for one in alert.behind} == set(cases)
    assert all(one.kind == "event" for one in alert.behind)
    assert ("killings", "KE") not in found
    rows = world.watch.cases(alert.behind)
    assert [case.id for _, case in rows] == [one.case for one in alert.behind]
    assert {case.country for _, case in rows} == {"UG"}


def test_nothing_comes_from_a_deleted_case_or_event(world: World) -> None:
    cases = rise(world, count=12)
    world.run()
    for case in cases[:6]:
        world.vault.save(deletion(case))
    alert = world.run()["killings", "UG"]
    assert alert.count == 6 and {one.case for one in alert.behind} == set(cases[6:])
    for record in world.vault.children(cases[6], "event"):
        world.vault.save(deletion(record.id))
    again = world.run()["killings", "UG"]
    assert again.count == 5 and {one.case for one in again.behind} == set(cases[7:])


def test_a_kept_alert_goes_with_a_case_behind_it(world: World) -> None:
    cases = rise(world)
    world.run()
    assert world.watch.count(TODAY) == 1
    change = world.vault.save(deletion(cases[3]))
    assert world.watch.count(TODAY) == 0
    assert not [a for a in world.watch.last().alerts if a.rule == "killings"]
    world.vault.undo(change.change_set)
    assert world.watch.count(TODAY) == 1


def test_an_event_with_several_acts_counts_once(world: World) -> None:
    case = world.case("UG")
    for at in range(4):
        world.event(case, at, "killing", "attempted_killing", "life")
    alert = world.run().get(("killings", "UG"))
    assert alert is None or alert.count == 4


def test_an_event_stands_in_its_own_country(world: World) -> None:
    case = world.case("UG")
    for at in range(12):
        world.event(case, at % 20, country="KE")
    found = world.run()
    assert found["killings", "KE"].count == 12
    assert ("killings", "UG") not in found


def test_terms_of_another_pack_count_as_the_one_they_mean(world: World) -> None:
    huridocs = vocabulary.current().same("act", "killing")[0]
    case = world.case("UG")
    for at in range(12):
        world.event(case, at % 20, huridocs)
    assert world.run()["killings", "UG"].count == 12


def test_profiles_and_perpetrators_are_watched_apart(world: World) -> None:
    for country in ("UG", "KE"):
        for month in range(13):
            case = world.case(country, profiles=["journalist", "lawyer"])
            world.event(case, 40 + 30 * month, "physical_assault", perpetrators=["police"])
    for at in range(14):
        case = world.case(("UG", "KE")[at % 2], profiles=["land_rights"])
        world.event(case, at, "physical_assault", perpetrators=["armed_group", "company"])
    found = world.run()
    assert found["profiles", "land_rights"].level == ALERT
    assert found["perpetrators", "armed_group"].level == ALERT
    assert found["perpetrators", "company"].count == 14
    assert ("profiles", "lawyer") not in found and ("perpetrators", "police") not in found


def test_an_arrest_after_a_smear_in_the_same_case(world: World) -> None:
    for at in range(8):
        case = world.case("UG")
        world.event(case, 20 + at, "smear_campaign")
        world.event(case, 5 + at, "arbitrary_arrest")
        other = world.case("UG")
        world.event(other, 5 + at, "smear_campaign")  # the smear came last
        world.event(other, 20 + at, "arbitrary_arrest")
    alert = world.run()["smear_then_arrest", "UG"]
    assert (alert.level, alert.count, alert.before) == (ALERT, 8, 0)


def test_an_arrest_after_a_smear_of_the_same_person_in_another_case(world: World) -> None:
    for at in range(8):
        person = world.add("person", name=f"Person {at}")
        smeared, arrested = world.case("UG"), world.case("KE")
        for case in (smeared, arrested):
            world.add("involvement", case=case, person=person, part="defender")
        world.event(smeared, 30 + at, "red_tagging")
        world.event(arrested, at, "arbitrary_detention")
    found = world.run()
    assert found["smear_then_arrest", "KE"].count == 8
    assert ("smear_then_arrest", "UG") not in found


def test_hearings_close_together(world: World) -> None:
    for at in range(12):
        held = (TODAY - timedelta(days=30 + 28 * at)).isoformat()
        world.add("hearing", case=world.case("TR"), date=held, status="held")
        ahead = (TODAY + timedelta(days=at)).isoformat()
        world.add("hearing", case=world.case("TR"), date=ahead, status="set")
        world.add("hearing", case=world.case("TR"), date=ahead, status="cancelled")
    alert = world.run()["hearings", "TR"]
    assert (alert.level, alert.count) == (ALERT, 12)
    assert {one.kind for one in alert.behind} == {"hearing"}


def test_a_law_used_for_the_first_time(world: World) -> None:
    for at in range(8):
        day = (TODAY - timedelta(days=150 + 40 * at)).isoformat()
        world.add(
            "charge", case=world.case("EG"), date=day, law="Penal Code", article="188", offence="false_news"
        )
    for at in range(3):
        day = (TODAY - timedelta(days=5 + at)).isoformat()
        world.add(
            "charge",
            case=world.case("EG"),
            date=day,
            law="Cybercrime Act",
            article="25",
            offence="false_news",
        )
        world.add("charge", case=world.case("EG"), date=day, law="penal  CODE", article="188")
    world.save()
    [alert] = [a for a in world.watch.run(TODAY).alerts if a.rule == "laws"]
    assert (alert.level, alert.value, alert.subject, alert.count) == (
        ALERT,
        "EG",
        "Cybercrime Act 25",
        3,
    )
    world.add("charge", case=world.case("EG"), law="cybercrime act", article="25")
    world.save()
    assert not [a for a in world.watch.run(TODAY).alerts if a.rule == "laws"]


def test_the_office_changes_and_adds_rules(world: World) -> None:
    rise(world)
    world.add("rule", code="killings", name="Killings", off=True)
    world.add("rule", name="Killings anywhere", measures="acts", acts=["killing"], by="none")
    world.add("rule", name="Killings in Kenya", measures="acts", acts=["killing"], countries=["KE"])
    found = world.run()
    assert ("killings", "UG") not in found
    own = {a.rule: a for a in found.values() if a.rule.startswith("own-")}
    assert [(a.value, a.count) for a in own.values()] == [("", 12)]
    assert world.watch.rules().rule("killings").off


def test_answers_silence_and_are_counted(world: World) -> None:
    rise(world)
    alert = world.run()["killings", "UG"]
    assert world.watch.count(TODAY) == 1
    world.add("alert", key=alert.key, answer="later", until="2026-06-24")
    world.save()
    assert world.watch.count(TODAY) == 0
    [(_, answer)] = [p for p in world.watch.found(TODAY).alerts if p[0].key == alert.key]
    assert answer["answer"] == "later"
    assert world.watch.count(date(2026, 6, 24)) == 1


def test_a_young_vault_gives_no_alert(vault: Vault) -> None:
    world = World(vault)
    for case in rise(world, count=20):
        world.event(case, 25, "threats")
    world.event(world.case("UG"), 300, "killing")
    levels = {a.level for a in world.run().values()}
    assert levels <= {TOO_FEW} and levels


def test_an_empty_vault_and_one_never_counted(vault: Vault) -> None:
    world = World(vault)
    assert world.watch.last() is None and world.watch.count(TODAY) == 0
    assert world.watch.found(TODAY).result is None
    assert world.watch.run(TODAY).alerts == ()
    assert world.watch.last().cases == 0


def test_the_result_is_kept_over_closing_and_an_odd_one_is_none(world: World) -> None:
    rise(world)
    world.run()
    kept = world.watch.last()
    store = world.vault.store
    assert Watch(store, world.vault.views).last() == kept
    for odd in ({"form": 1}, [1], {**store.meta("warnings"), "form": 99}, "x"):
        with store.writing() as conn:  # as a damaged disk or another program leaves it
            conn.execute(
                "INSERT OR REPLACE INTO meta VALUES ('warnings', ?)",
                (msgspec.msgpack.encode(odd),),
            )
        assert world.watch.last() is None and world.watch.count(TODAY) == 0


def test_a_count_that_is_stopped_keeps_what_was(world: World) -> None:
    rise(world)
    world.run()
    kept = world.watch.last()

    def stop(_done: int, _total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        world.watch.run(TODAY + timedelta(days=60), stop)
    assert world.watch.last() == kept


def test_another_device_counts_only_what_it_holds(pair) -> None:
    office, laptop = World(pair.office), World(pair.laptop)
    for month in range(14):
        office.event(office.case("UG"), 40 + 30 * month, "threats")
    rise(office)
    office.run()
    assert office.watch.count(TODAY) == 1
    assert laptop.watch.last() is None
    assert laptop.watch.run(TODAY).alerts == ()
    pair.carry(pair.office, pair.laptop)
    assert laptop.watch.count(TODAY) == 0
    assert laptop.watch.run(TODAY).alerts[0].count == 12
    assert {a.level for a in laptop.watch.last().alerts} <= {ALERT, NOTICE, TOO_FEW}


def test_a_result_is_old_when_what_it_counted_changed_wherever_that_was(world: World, pair) -> None:
    world.run()
    assert not world.watch.is_old(TODAY) and world.watch.is_old(TODAY + timedelta(days=1))
    note = world.add("note", case=world.case("UG"), text="x")
    world.save()
    world.run()
    world.vault.save([Edit(note, "text", "a note is not counted")])
    assert not world.watch.is_old(TODAY)
    rise(world)
    world.save()
    assert world.watch.is_old(TODAY), "it was entered, here or elsewhere"
    world.run()
    assert not world.watch.is_old(TODAY)
    mine = World(pair.laptop)
    mine.run()
    theirs = World(pair.office)
    theirs.event(theirs.case("UG"), 3)
    theirs.save()
    pair.carry(pair.office, pair.laptop)
    assert mine.watch.is_old(TODAY), "a bundle brought it"


def test_regions_of_the_world_are_watched_apart(world: World) -> None:
    world.add("rule", name="By region", measures="acts", by="region", acts=["life"], least=3)
    for country, count in (("UG", 5), ("KE", 4), ("TZ", 5), ("CO", 1)):
        rise(world, country, count)
    world.save()
    found = {alert.value: alert for alert in world.watch.run(TODAY).alerts if alert.by == "region"}
    assert set(found) <= {"014", "005"} and found["014"].count >= 14
    assert found["014"].place.of == "region"


def test_a_rule_by_region_keeps_to_its_countries(world: World) -> None:
    world.add("rule", name="Two", measures="acts", by="region", acts=["life"], countries=["KE"], least=3)
    rise(world, "UG", 12)
    world.save()
    assert not [a for a in world.watch.run(TODAY).alerts if a.by == "region"]
