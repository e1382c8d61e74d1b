"""A draft holds what the case holds, in the mechanism's order, and nobody who did not agree."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from defenderdesk.domain import mechanisms
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.errors import UsageError
from defenderdesk.interchange.documents import drafts, word

RULES = mechanisms.load()
TODAY = date(2026, 11, 25)


def case(**more) -> CaseFile:
    records = {
        "involvement": [
            {
                "id": "i1",
                "kind": "involvement",
                "name": "Nora Ali",
                "part": "defender",
                "role": "lawyer",
                "gender": "f",
                "organisation": "Legal Aid",
            },
            {"id": "i2", "kind": "involvement", "name": "Omar Said", "part": "defender", "gender": "m"},
        ],
        "event": [
            {
                "id": "e2",
                "kind": "event",
                "date": "2026-02",
                "place": "Kampala",
                "description": "Ali was taken from her office.",
                "acts": ["arbitrary_arrest"],
                "perpetrators": ["police"],
            },
            {"id": "e1", "kind": "event", "date": "2025-12-31", "description": "Threats."},
        ],
        "submission": [{"id": "s", "kind": "submission", "mechanism": "un_sr_hrd"}],
        **more,
    }
    return CaseFile({"id": "c", "kind": "case", "title": "Nora Ali and Omar Said", "country": "UG"}, records)


def written(file: CaseFile, name: str = "un_sr_hrd", **submission) -> drafts.Draft:
    return drafts.draft(
        RULES[name], file, {"id": "s", "kind": "submission", "mechanism": name, **submission}, TODAY
    )


def yes(person: str, *uses: str) -> dict:
    return {
        "id": f"y{person}",
        "kind": "consent",
        "person": person,
        "uses": list(uses),
        "answer": "yes",
        "date": "2026-01-01",
    }


def test_nobody_is_named_without_the_consent_that_is_asked_for():
    made = written(case(consent=[yes("i1", "name_to_state", "name_published")]))
    text = made.text()
    assert "Nora Ali" in text and made.withheld_names == 1
    assert "Omar" not in text and "Said" not in text
    assert "[person 2, name withheld]" in text


def test_a_surname_in_the_story_is_withheld_too():
    text = written(case()).text()
    assert "Nora" not in text and "Omar" not in text
    assert "was taken from her office" in text


def test_what_is_marked_stays_out_even_of_the_consents():
    events = [
        {
            "id": "e",
            "kind": "event",
            "date": "2026",
            "description": "SECRET",
            "place": "open",
            "withheld": ["description"],
        }
    ]
    text = written(case(event=events)).text()
    assert "SECRET" not in text and "open" in text
    with pytest.raises(UsageError):
        written(CaseFile({"id": "c", "kind": "case", "withheld": ["*"]}))


def test_the_story_is_told_in_the_order_of_time():
    text = written(case()).text()
    assert text.index("Threats.") < text.index("office.")


def test_what_is_lacking_says_so_in_brackets():
    made = written(case())
    assert drafts.lacking(made) > 0
    assert "[still lacking: why it cannot wait]" in made.text()
    filled = written(case(), urgency="Her trial is on Monday.")
    assert "Her trial is on Monday." in filled.text()
    assert drafts.lacking(filled) == drafts.lacking(made) - 1


def test_it_is_written_in_the_language_of_the_submission():
    text = written(case(), language="fr").text()
    assert "Ouganda" in text or "février 2026" in text
    assert "Arrestation arbitraire" in text


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_mechanism_has_a_draft_from_any_case(name):
    for file in (case(), CaseFile({"id": "c", "kind": "case"})):
        made = written(file, name)
        assert made.parts and made.text().strip()


def test_a_word_file_says_nothing_of_who_wrote_it():
    made = written(case(consent=[yes("i1", "name_to_state", "name_published")]))
    with zipfile.ZipFile(io.BytesIO(word.docx(made))) as archive:
        core = archive.read("docProps/core.xml").decode()
        body = archive.read("word/document.xml").decode()
    assert "python-docx" not in core and "2026" not in core
    assert "Nora Ali" in body and "Heading" in body


def test_a_right_to_left_document_is_written_so():
    made = drafts.Draft("عنوان", "ar", (drafts.Part("a", "قسم", ("نص",), False, ()),), 0)
    with zipfile.ZipFile(io.BytesIO(word.docx(made))) as archive:
        assert "w:bidi" in archive.read("word/document.xml").decode()


@pytest.mark.parametrize("language", ["q1w2e3", "../../x", "xx-YY-zz", "\x00", "zzzz"])
def test_a_language_that_there_is_not_is_no_reason_to_fail(language):
    made = written(case(), language=language)
    assert "was taken from her office" in made.text()
