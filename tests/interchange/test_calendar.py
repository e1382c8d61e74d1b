"""The calendar file, read back: one UID for good, moves and cancellations, no names, no ids."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from defenderdesk import i18n
from defenderdesk.errors import UsageError
from defenderdesk.interchange.documents import calendar
from defenderdesk.vault import Edit, Vault
from tests.worlds.edits import make

NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
FIRST = date(2026, 12, 1)
NAMES = ("Nora", "Sedki", "Khartoum Criminal Court", "defenderdesk")


class Phone:
    """A vault, and the files that it gives out."""

    def __init__(self, vault: Vault, folder: Path) -> None:
        self.vault, self.folder, self.count = vault, folder, 0

    def file(self, first: str = "2026-12-01", last: str = "2026-12-31", **options: Any) -> bytes:
        self.count += 1
        out = self.folder / f"{self.count}.ics"
        days = self.vault.views.days(first, last)
        calendar.write(self.vault, days, out, FIRST, NOW, **options)
        return out.read_bytes()

    def read(self, *args: str, **options: Any) -> dict[str, Any]:
        """The entries by UID; all of them stand once."""
        found = Calendar.from_ical(self.file(*args, **options)).walk("VEVENT")
        byid = {str(event["uid"]): event for event in found}
        assert len(byid) == len(found)
        return byid

    def one(self, *args: str, **options: Any) -> Any:
        [event] = self.read(*args, **options).values()
        return event


@pytest.fixture
def phone(vault: Vault, tmp_path: Path) -> Phone:
    return Phone(vault, tmp_path)


@pytest.fixture
def case(vault: Vault) -> str:
    return make(vault, "case", title="Nora Sedki", country="SD")


def hearing(vault: Vault, case: str, **fields: object) -> str:
    given = {"date": "2026-12-10", "time": "09:30", "status": "set", "court": "Khartoum Criminal Court"}
    return make(vault, "hearing", case=case, **{**given, **fields})


def test_an_adjourned_hearing_moves_and_is_one_entry(vault: Vault, case: str, phone: Phone) -> None:
    record = hearing(vault, case, time_zone="Africa/Khartoum")
    first = phone.one()
    assert first["dtstart"].dt == datetime(2026, 12, 10, 7, 30, tzinfo=UTC), "half past nine in Khartoum"
    assert (
        first["summary"] == "Hearing · Sudan"
        and "09:30 at the place (Africa/Khartoum)" in first["description"]
    )
    vault.save([Edit(record, "status", "adjourned"), Edit(record, "adjourned_to", "2026-12-17")])
    second = phone.one()
    assert second["uid"] == first["uid"]
    assert second["dtstart"].dt == datetime(2026, 12, 17, 7, 30, tzinfo=UTC)
    assert second["sequence"] > first["sequence"]
    assert second["last-modified"].dt >= first["last-modified"].dt
    assert second["status"] == first["status"] == "CONFIRMED"


def test_what_did_not_change_keeps_its_sequence(vault: Vault, case: str, phone: Phone) -> None:
    hearing(vault, case)
    first = phone.one()
    make(vault, "note", case=case, text="Something else")
    again = phone.one()
    assert (again["sequence"], again["last-modified"].dt) == (first["sequence"], first["last-modified"].dt)


@pytest.mark.parametrize(
    "over",
    [("status", "cancelled"), ("deleted", True), ("withheld", "*"), ("date", None)],
    ids=lambda pair: pair[0],
)
def test_what_is_over_is_cancelled_there_and_comes_back_when_it_does(
    vault: Vault, case: str, phone: Phone, over: tuple[str, Any]
) -> None:
    record = hearing(vault, case)
    first = phone.one()
    name, value = over
    change = vault.save([Edit(record, name, value, "add" if name == "withheld" else "set")])
    gone = phone.one()
    assert gone["uid"] == first["uid"] and gone["status"] == "CANCELLED"
    assert gone["sequence"] > first["sequence"] and "description" not in gone
    assert phone.one()["sequence"] == gone["sequence"], "told again, as it was"
    vault.undo(change.change_set)
    back = phone.one()
    assert back["status"] == "CONFIRMED" and back["sequence"] > gone["sequence"]


def test_a_case_that_is_closed_takes_its_days_with_it(vault: Vault, case: str, phone: Phone) -> None:
    hearing(vault, case)
    make(vault, "task", case=case, title="Call Nora", due="2026-12-05")
    assert len(phone.read()) == 2
    vault.save([Edit(case, "status", "closed")])
    assert {str(e["status"]) for e in phone.read().values()} == {"CANCELLED"}


def test_a_day_that_moved_out_of_the_weeks_asked_for_moves_all_the_same(
    vault: Vault, case: str, phone: Phone
) -> None:
    record = hearing(vault, case)
    first = phone.one()
    vault.save([Edit(record, "date", "2027-05-03")])
    moved = phone.one()
    assert moved["uid"] == first["uid"] and moved["dtstart"].dt.date() == date(2027, 5, 3)
    assert phone.read() == {}, "nothing changed, and it is not among the days asked for"


def test_what_took_place_is_not_called_off(vault: Vault, case: str, phone: Phone, tmp_path: Path) -> None:
    record = hearing(vault, case)
    task = make(vault, "task", case=case, title="Call", due="2026-12-05")
    assert len(phone.read()) == 2
    vault.save([Edit(record, "status", "held"), Edit(task, "status", "done")])
    assert phone.one()["summary"] == "Task", "the task alone is taken out"
    calendar.write(vault, [], tmp_path / "later.ics", date(2026, 12, 6), NOW)
    assert b"BEGIN:VEVENT" not in (tmp_path / "later.ics").read_bytes(), "its day has gone by"


def test_an_old_entry_is_forgotten(vault: Vault, case: str, phone: Phone, tmp_path: Path) -> None:
    record = hearing(vault, case)
    phone.one()
    vault.save([Edit(record, "status", "held")])
    later = date(2028, 12, 1)
    calendar.write(vault, [], tmp_path / "l.ics", later, NOW)
    assert vault.settings.get("calendar_given") == {}


def test_an_uncertain_day_takes_nobodys_time(vault: Vault, case: str, phone: Phone) -> None:
    hearing(vault, case, date="2026-12")
    event = phone.one()
    assert event["transp"] == "TRANSPARENT" and event["status"] == "TENTATIVE"
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2026, 12, 1), date(2027, 1, 1))
    assert "The day is not certain" in event["description"]


def test_a_time_whose_zone_cannot_be_told_is_said_and_not_guessed(vault: Vault, phone: Phone) -> None:
    case = make(vault, "case", title="Nora Sedki", country="US")
    hearing(vault, case)
    event = phone.one()
    assert event["dtstart"].dt == date(2026, 12, 10), "the day is known"
    assert "its time zone is not known" in event["description"]


def test_a_public_holiday_of_the_place_is_said(vault: Vault, case: str, phone: Phone) -> None:
    hearing(vault, case, date="2026-12-25")
    assert "public holiday there: Christmas Day" in phone.one()["description"]


def test_reasons_are_words_in_the_language_in_use(vault: Vault, case: str, phone: Phone) -> None:
    make(vault, "proceeding", case=case, title="Trial", detention_review="2026-12-10")
    assert phone.one()["summary"] == "Review of detention · Sudan"
    i18n.use("fr")
    try:
        summary = phone.one()["summary"]
    finally:
        i18n.use("en")
    assert summary == "Examen de la détention · Soudan"


def test_discreet_says_nothing_but_when(vault: Vault, case: str, phone: Phone) -> None:
    record = hearing(vault, case, time_zone="Africa/Khartoum")
    plain = phone.one()
    event = phone.one(discreet=True)
    assert event["uid"] == plain["uid"] and event["dtstart"].dt == plain["dtstart"].dt
    assert event["summary"] == "Appointment" and "description" not in event
    vault.save([Edit(record, "status", "cancelled")])
    written = phone.file(discreet=True).decode()
    for word in ("Hearing", "Sudan", "Khartoum", "SD"):
        assert word not in written


def test_no_name_no_title_and_no_id_leaves(vault: Vault, case: str, phone: Phone) -> None:
    record = hearing(vault, case, purpose="Plea of Nora Sedki")
    task = make(vault, "task", case=case, title="Call Nora", due="2026-12-05")
    visit = make(vault, "visit", title="Nora's country", country="SD", date="2026-12-20")
    written = phone.file()
    vault.save([Edit(one, "deleted", True) for one in (record, task, visit)])
    written += phone.file()
    text = written.decode().replace("\r\n ", "")
    for secret in (*NAMES, case, record, task, visit, vault.info().desks[0].id):
        assert secret.lower() not in text.lower()
    assert text.count("BEGIN:VEVENT") == 6


@pytest.mark.parametrize(
    ("of", "mark"),
    [("trial", "final_decision_date"), ("trial", "*"), ("petition", "mechanism"), ("case", "*")],
)
def test_a_day_reckoned_from_what_is_not_to_be_shared_does_not_leave(
    vault: Vault, phone: Phone, of: str, mark: str
) -> None:
    case = make(vault, "case", title="Nora", country="CO")
    trial = make(vault, "proceeding", case=case, final_decision_date="2026-06-15")
    petition = make(vault, "submission", case=case, mechanism="oas_iachr_petition", stage="draft")
    assert phone.one()["summary"] == "Last day to file · Colombia"
    marked = {"case": case, "trial": trial, "petition": petition}[of]
    vault.save([Edit(marked, "withheld", mark, "add")])
    assert phone.one()["status"] == "CANCELLED"


def test_a_country_that_is_not_to_be_shared_is_not_told_by_the_clock_either(
    vault: Vault, case: str, phone: Phone
) -> None:
    hearing(vault, case, date="2026-12-25", time_zone="Africa/Khartoum")
    vault.save([Edit(case, "withheld", "country", "add")])
    event = phone.one()
    assert event["summary"] == "Hearing"
    assert "Khartoum" not in event["description"] and "holiday" not in event["description"]


def test_several_days_for_one_reason_have_a_uid_each(vault: Vault, case: str, phone: Phone) -> None:
    for day in ("2026-09-10", "2026-09-20"):
        make(vault, "act", case=case, act_type="enforced_disappearance", date=day)
    make(vault, "submission", case=case, mechanism="un_wgeid_urgent", stage="draft")
    assert [e["dtstart"].dt.day for e in phone.read().values()] == [10, 20]


def test_a_colleagues_laptop_gives_the_same_uid(pair: Any, tmp_path: Path) -> None:
    case = make(pair.office, "case", title="Nora", country="SD")
    record = hearing(pair.office, case)
    pair.carry(pair.office, pair.laptop)
    mine, theirs = Phone(pair.office, tmp_path), Phone(pair.laptop, tmp_path / "b")
    theirs.folder.mkdir()
    assert mine.one()["uid"] == theirs.one()["uid"]
    pair.laptop.save([Edit(record, "date", "2026-12-11")])
    before = mine.one()["sequence"]
    assert theirs.one()["sequence"] > before


def test_no_file_no_memory_of_one(vault: Vault, case: str, phone: Phone) -> None:
    hearing(vault, case)
    days = vault.views.days("2026-12-01", "2026-12-31")
    with pytest.raises(UsageError):
        calendar.write(vault, days, vault.profile / "x.ics", FIRST, NOW)
    assert vault.settings.get("calendar_given") == {}
