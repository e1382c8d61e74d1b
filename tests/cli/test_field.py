"""The command line of the field's work."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from defenderdesk.crypto import signing
from tests.worlds.cli import PUBLISHED, Cli, cli

__all__ = ["cli"]  # the fixture


@pytest.fixture
def filled(cli: Cli) -> Cli:
    cli.init("A")
    cli("A", "import", PUBLISHED, "--json")
    return cli


def test_what_is_due_and_what_is_overdue(filled: Cli, tmp_path: Path) -> None:
    case = "UGA-2024-SGD"
    filled("A", "new", "hearing", "--case", case, "date=2026-12-01", "time=09:30", "status=set")
    filled("A", "new", "task", "--case", case, "due=2026-11-01", "title=Call", "status=open")
    filled(
        "A",
        "new",
        "submission",
        "--case",
        case,
        "mechanism=un_sr_hrd",
        "stage=sent",
        "sent=2026-10-01",
        "letter=2026-10-08",
    )
    due = filled("A", "agenda", "--from", "2026-11-25", "--days", 30, "--json")
    assert [(d["day"], d["what"]) for d in due] == [
        ("2026-12-01", "hearing"),
        ("2026-12-07", "public_on"),
        ("2026-12-07", "state_reply_due"),
    ]
    late = filled("A", "agenda", "--from", "2026-11-25", "--overdue", "--json")
    assert ("2026-11-01", "task") in [(d["day"], d["what"]) for d in late]
    filled("A", "agenda", "--from", "2026-11-25", "--ics", tmp_path / "a.ics")
    written = (tmp_path / "a.ics").read_bytes()
    assert b"BEGIN:VCALENDAR" in written and b"Munabi" not in written


def test_a_hearing_in_the_agenda_has_its_time_its_zone_and_a_holiday(filled: Cli, tmp_path: Path) -> None:
    case = filled("A", "new", "case", "title=Nora", "country=SD").strip()
    fields = ("date=2026-12-25", "time=09:30", "status=set")
    record = filled("A", "new", "hearing", "--case", case, *fields).strip()
    asked = ("agenda", "--from", "2026-12-20", "--days", 10)
    [day] = [d for d in filled("A", *asked, "--json") if d["record"] == record]
    told = {name: day[name] for name in ("time", "time_zone", "utc", "country", "holiday")}
    assert told == {
        "time": "09:30",
        "time_zone": "Africa/Khartoum",
        "utc": "2026-12-25T07:30Z",
        "country": "SD",
        "holiday": "Christmas Day",
    }
    assert "09:30 Africa/Khartoum" in filled("A", *asked)
    assert "public holiday there: Christmas Day" in filled("A", *asked)
    first = tmp_path / "1.ics"
    filled("A", *asked, "--ics", first)
    filled("A", "set", record, "adjourned_to", "2026-12-28")
    filled("A", "set", record, "status", "adjourned")
    second = tmp_path / "2.ics"
    filled("A", *asked, "--ics", second)
    filled("A", *asked, "--ics", tmp_path / "3.ics", "--discreet")
    uids = [
        [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("UID:")]
        for path in (first, second)
    ]
    assert uids[0] == uids[1] and len(uids[0]) == 1
    assert "DTSTART:20261225T073000Z" in first.read_text(encoding="utf-8")
    assert "DTSTART:20261228T073000Z" in second.read_text(encoding="utf-8")
    assert "Sudan" not in (tmp_path / "3.ics").read_text(encoding="utf-8")


def test_what_cannot_be_so_is_refused_where_it_is_typed(filled: Cli) -> None:
    case = "UGA-2024-SGD"
    for fields in (("time=25:00",), ("time_zone=Kampala",), ("date=2026-13-01",)):
        filled("A", "new", "hearing", "--case", case, *fields, code=2)
    for days in ("0", "-3", "many"):
        filled("A", "new", "rule", "name=Ours", f"window_days={days}", code=2)
    filled("A", "new", "submission", "--case", case, "sent=2026-03-01", "replied=2026-02-01", code=2)
    hearing = filled("A", "new", "hearing", "--case", case, "date=2026-05-01", "time=9h30").strip()
    assert filled("A", "show", hearing, "--json")["fields"]["time"] == "09:30"
    filled("A", "set", hearing, "time", "24:00", code=2)
    filled("A", "set", hearing, "adjourned_to", "2026-04-01", code=2)
    filled("A", "set", hearing, "adjourned_to", "2026-06-01")
    filled("A", "set", hearing, "date", "2026-07-01", code=2)


def test_what_cannot_be_so_in_a_file_is_taken_in_and_told(filled: Cli, tmp_path: Path) -> None:
    case = filled("A", "list", "--json")[0]["id"]

    def record(number: int, kind: str, **fields: object) -> dict[str, object]:
        return {"id": signing.id_text(bytes([number] * 16)), "kind": kind, "fields": fields}

    records = [
        record(0, "hearing", case=case, date="2026-05-01", time="25:00"),
        record(1, "submission", case=case, sent="2026-03-01", replied="2026-02-01"),
    ]
    content = {"format": "defenderdesk-exchange", "version": 1, "records": records}
    (tmp_path / "x.json").write_text(json.dumps(content), encoding="utf-8")
    told = filled("A", "import", tmp_path / "x.json", "--json")
    assert told["records"] == 2
    assert len(told["warnings"]) == 2
    assert "25:00 is not a time of day" in told["warnings"][0]
    assert "“State replied on” (2026-02-01) lies before “Sent on” (2026-03-01)" in told["warnings"][1]
    shown = filled("A", "show", str(records[0]["id"]), "--json")
    assert shown["fields"]["time"] == "25:00", "nothing is dropped or guessed"
    filled("A", "set", str(records[1]["id"]), "note", "what stood so before keeps nobody from writing")


def test_a_visit_says_who_was_not_asked(filled: Cli) -> None:
    case = filled("A", "list", "--json")[0]["id"]
    visit = filled("A", "new", "visit", "title=Kampala", "country=UG").strip()
    filled("A", "new", "raised", "--case", visit, f"about={case}")
    filled("A", "new", "meeting", "--case", visit, "with_whom=Omar", "meeting_type=defender")
    raised, meeting = filled("A", "visit", visit, "--json")
    assert raised["consent"] == "not_asked" and raised["answers"]
    assert (meeting["title"], meeting["risk_checked"]) == ("Omar", False)
    assert "the risk of the meeting is not checked" in filled("A", "visit", visit)


def test_which_mechanisms_and_what_each_still_lacks(filled: Cli) -> None:
    suggested = filled("A", "advise", "UGA-2024-SGD", "--json")
    ids = [s["mechanism"] for s in suggested]
    assert "au_achpr_sr_hrd" in ids and "oas_iachr_pm" not in ids and "coe_commissioner" not in ids
    found = filled("A", "advise", "UGA-2024-SGD", "SR HRD", "--json")
    assert {"missing", "fine"} <= {f["level"] for f in found}
    assert all(f["says"] and f["verified"] for f in found)
    outside = filled("A", "advise", "UGA-2024-SGD", "oas_iachr_pm", "--json")
    assert any(f["level"] == "warning" and f["code"] == "coverage" for f in outside)
    filled("A", "advise", "UGA-2024-SGD", "nobody", code=2)


def test_a_draft_in_another_language_and_as_a_word_file(filled: Cli, tmp_path: Path) -> None:
    text = filled("A", "draft", "UGA-2024-SGD", "un_sr_hrd", "--language", "fr")
    assert "Kampala" in text and "Munabi" not in text, "nobody is named without consent"
    filled("A", "draft", "UGA-2024-SGD", "un_sr_hrd", "--out", tmp_path / "d.docx")
    assert zipfile.is_zipfile(tmp_path / "d.docx")
    steps = filled("A", "custody", "show", "UGA-2024-SGD", "--json")["lines"]
    assert [s["what"] for s in steps].count("Copied out of the vault") == 1
    filled("A", "draft", "UGA-2024-SGD", "un_sr_hrd", "--out", tmp_path / "d.xyz", code=2)
    filled("A", "draft", "UGA-2024-SGD", "un_sr_hrd", "--out", tmp_path / "A" / "d.docx", code=2)


def test_the_timeline_is_in_order(filled: Cli) -> None:
    moments = filled("A", "timeline", "UGA-2024-SGD", "--json")
    days = [m["date"].lstrip("~<>") for m in moments]
    assert days == sorted(days) and len(days) >= 5


def test_the_timeline_says_when_a_case_was_raised_and_not_when_something_is_due(filled: Cli) -> None:
    visit = filled("A", "new", "visit", "title=Kampala", "country=UG").strip()
    case = filled("A", "list", "--json")[0]["id"]
    fields = (f"about={case}", "date=2026-03-01", "with_whom=Minister")
    raised = filled("A", "new", "raised", "--case", visit, *fields).strip()
    filled("A", "new", "measure", "--case", case, "review=2026-04-01", "granted=2026-02-01")
    moments = filled("A", "timeline", case, "--json")
    assert [(m["date"], m["title"]) for m in moments if m["kind"] == "raised"] == [("2026-03-01", "Minister")]
    assert [m["field"] for m in moments if m["kind"] == "measure"] == ["granted"]
    filled("A", "set", visit, "deleted", "yes")
    assert raised not in [m["record"] for m in filled("A", "timeline", case, "--json")]


def test_withheld_is_a_set_and_yes_is_yes(filled: Cli) -> None:
    filled("A", "set", "UGA-2024-SGD", "withheld", "country, priority")
    shown = filled("A", "show", "UGA-2024-SGD", "--json")
    assert shown["sets"]["withheld"] == ["country", "priority"]
    dumped = filled("A", "dump", "--json")
    [case] = [r for r in dumped["records"] if r["fields"].get("reference") == "UGA-2024-SGD"]
    assert "country" not in case["fields"] and "withheld" not in case.get("sets", {})
    filled("A", "set", "UGA-2024-SGD", "legal_hold", "yes")
    assert filled("A", "show", "UGA-2024-SGD", "--json")["fields"]["legal_hold"] is True
    filled("A", "set", "UGA-2024-SGD", "legal_hold", "perhaps", code=2)
    filled("A", "set", "UGA-2024-SGD", "deleted", "yes", code=2)
    filled("A", "set", "UGA-2024-SGD", "legal_hold", "no")
    filled("A", "set", "UGA-2024-SGD", "deleted", "yes")


def test_a_share_goes_out_and_comes_back(filled: Cli, tmp_path: Path) -> None:
    filled.init("B")
    key = filled("B", "key", "--json")
    assert key["recipient"].startswith("age1") and len(key["words"]) == 6
    filled("A", "new", "organisation", "name=Beta", f"recipient={key['recipient']}")
    shown = json.loads(filled("A", "share", "UGA-2024-SGD", "--preview"))
    assert {r["kind"] for r in shown} >= {"case", "event", "involvement"}
    only = ["--take", "case:title,country", "--take", "event:date,place"]
    made = filled(
        "A", "share", "UGA-2024-SGD", "--to", "Beta", "--out", tmp_path / "s.ddshare", *only, "--json"
    )
    assert "Mike Gesa Munabi" in made["unasked"], "nobody was asked for consent"
    looked = filled("B", "take", tmp_path / "s.ddshare", "--look", "--json")
    assert looked["records"] == made["records"] and len(looked["words"]) == 6
    assert filled("B", "list", "--json") == []
    taken = filled("B", "take", tmp_path / "s.ddshare", "--json")
    assert taken["new"] == made["records"]
    there = filled("B", "show", looked["case"], "--json")
    assert "summary" not in there["fields"] and there["sets"]["origin"] == ["Office"]
    filled("A", "share", "UGA-2024-SGD", "--to", "Nobody", "--out", tmp_path / "n", code=2)
    filled("A", "take", tmp_path / "s.ddshare", code=5)


def test_two_records_of_one_person_become_one(filled: Cli) -> None:
    one = filled("A", "new", "person", "name=Nora A.").strip()
    two = filled("A", "new", "person", "name=Nora Ali", "born=1980").strip()
    done = filled("A", "merge", one, two, "--json")
    assert filled("A", "show", one, "--json")["fields"]["born"] == "1980"
    filled("A", "undo", done["change_set"])
    assert "born" not in filled("A", "show", one, "--json")["fields"]


def test_a_vocabulary_is_loaded_and_searched(filled: Cli, tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_text("list,code,label_en,label_fr\nact,zzz_own,Own,Acte à nous\n", encoding="utf-8")
    assert filled("A", "vocabulary", "load", path, "--json")["terms"] == 1
    found = filled("A", "vocabulary", "search", "act", "arrestation", "--json")
    assert any(t["code"] == "arbitrary_arrest" for t in found)
    assert filled("A", "vocabulary", "lists", "--json")["act"] > 60
    (tmp_path / "bad.csv").write_bytes(b"\xff\xff")
    filled("A", "vocabulary", "load", tmp_path / "bad.csv", code=4)


def test_a_link_is_named_as_a_record_is(filled: Cli) -> None:
    trial = filled("A", "new", "proceeding", "--case", "UGA-2024-SGD", "title=Trial").strip()
    charge = filled("A", "new", "charge", "--case", "UGA-2024-SGD", f"proceeding={trial[:9]}")
    shown = filled("A", "show", charge.strip(), "--json")
    assert shown["fields"]["proceeding"] == trial
    filled("A", "set", charge.strip(), "proceeding", "nothing-like-it", code=2)
    filled("A", "set", charge.strip(), "proceeding", "")
