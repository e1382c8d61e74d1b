"""A record entered with HURIDOCS codes shows with the built-in terms, and the other way round."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from defenderdesk.domain.vocabulary import Vocabulary, as_records, from_records
from defenderdesk.errors import DamagedError, LimitError
from defenderdesk.interchange import huridocs

FULL = os.environ.get("DEFENDERDESK_HURIDOCS", "")

# In the shape of the micro-thesauri, with labels made up here; only the numbers are theirs.
TABLE = """\
list_number,list_name,code,vocab_number,parent_vocab_number,level,term_order,visible,label_en,label_fr,label_ar
4,acts,020000000000,02000000000004,0,0,10,y,Against the person,Contre la personne,
4,acts,020103000000,02010300000004,02000000000004,1,11,y,Mental,Moral,
4,acts,020103020000,02010302000004,02010300000004,2,12,y,Menace of death,Menace mortelle,
4,acts,020103020300,02010302030004,02010302000004,3,13,y,Menace of death to friends,,
4,acts,300000000000,30000000000004,0,0,14,y,Labour,Travail,
24,who,010104000000,01010400000024,0,0,1,y,Constables,Agents,
39,sex,020000000000,02000000000039,0,0,1,y,Feminine,Féminin,
3,rights,010100000000,01010000000003,0,0,1,y,To live,Vivre,خطأ
15,geo,010135000000,01013500000015,0,0,1,y,Kenya,Kenya,
15,geo,010206000000,01020600000015,0,0,2,y,"Congo, Democratic Republic of the",Congo,
15,geo,010299000000,01029900000015,0,0,3,y,Zaire (until 1997),Zaïre,
15,geo,010100000000,01010000000015,0,0,4,y,"Tanzania, United Republic of",Tanzanie,
14,lang,130000000000,13000000000014,0,0,1,y,Swahili,Swahili,
14,lang,140000000000,14000000000014,0,0,2,y,Kirghiz,Kirghize,
99,other,010000000000,01000000000099,0,0,1,n,Something,Chose,
"""
DEATH_THREAT, TO_FRIENDS, MENTAL = "02010302000004", "02010302030004", "02010300000004"
PACK = huridocs.read(TABLE)
ALONE = Vocabulary.shipped()
BOTH = ALONE.with_packs([PACK])
LED = ALONE.with_packs([PACK], "huridocs")


def test_lists_get_our_names() -> None:
    assert PACK.lists == ("act", "perpetrator", "gender", "right", "country", "language", "huridocs_99")
    assert (PACK.name, PACK.version, PACK.languages) == ("huridocs", 1, ("en", "fr", "ar"))
    assert len(PACK.terms) == 15


def test_every_list_of_theirs_that_a_kind_uses_is_one_of_ours() -> None:
    assert set(huridocs.LISTS.values()) - set(ALONE.lists) == {"country", "language", "date_type"}


def test_their_code_shows_our_label_when_only_our_pack_is_there() -> None:
    assert ALONE.label("act", DEATH_THREAT, "ru") == "Угрозы убийством"
    assert ALONE.label("act", TO_FRIENDS, "en") == "Death threats"
    assert ALONE.label("perpetrator", "01010400000024", "fr") == "Police"
    assert ALONE.label("gender", "02000000000039", "es") == "Mujer"
    assert ALONE.label("act", "99999999999904", "en") == "99999999999904"


def test_their_code_shows_our_label_while_our_pack_leads() -> None:
    assert BOTH.label("act", DEATH_THREAT, "en") == "Death threats"
    assert DEATH_THREAT not in BOTH.terms("act")
    assert [term.code for term in BOTH.ancestors("act", DEATH_THREAT)] == ["threats_harassment"]
    # A narrower term of theirs that is loaded says more than the one it folds into.
    assert BOTH.label("act", TO_FRIENDS, "en") == "Menace of death to friends"
    assert BOTH.label("act", "30000000000004", "fr") == "Travail"


def test_our_code_shows_in_their_list_when_their_pack_leads() -> None:
    assert LED.label("act", "death_threats", "en") == "Menace of death"
    assert LED.label("act", "death_threats", "ru") == "Угрозы убийством"
    above = [term.code for term in LED.ancestors("act", "death_threats")]
    assert above == [MENTAL, "02000000000004"]
    assert "death_threats" not in LED.terms("act")
    assert DEATH_THREAT in LED.terms("act")


def test_terms_that_they_lack_stay_on_offer_when_their_pack_leads() -> None:
    offered = LED.terms("act")
    assert "slapp" in offered
    assert "judicial" in offered
    # "Threats" has no equal in this small table; it stands below the equal of its group.
    assert offered["threats"].parent == "threats_harassment"
    assert LED.ancestors("act", "threats")[0].code == MENTAL
    assert ALONE.terms("task_status") == LED.terms("task_status")


def test_equal_codes_are_named_both_ways() -> None:
    for vocabulary in (ALONE, BOTH, LED):
        assert vocabulary.same("act", "death_threats") == (DEATH_THREAT,)
        assert vocabulary.same("act", DEATH_THREAT) == ("death_threats",)
        assert vocabulary.same("act", TO_FRIENDS) == ()


def test_a_filter_finds_records_of_either_pack() -> None:
    for vocabulary in (ALONE, BOTH, LED):
        ours = vocabulary.within("act", "threats_harassment")
        assert {"death_threats", DEATH_THREAT, TO_FRIENDS, MENTAL} <= ours
        assert "slapp" not in ours
        theirs = vocabulary.within("act", DEATH_THREAT)
        assert {"death_threats", TO_FRIENDS} <= theirs
        assert "threats" not in theirs
        assert vocabulary.within("act", TO_FRIENDS) == {TO_FRIENDS}


def test_countries_and_languages_become_those_of_the_program() -> None:
    assert BOTH.same("country", "01013500000015") == ("KE",)
    assert BOTH.same("country", "KE") == ("01013500000015",)
    assert BOTH.same("country", "01020600000015") == ("CD",)
    assert BOTH.same("country", "01029900000015") == ()
    assert BOTH.same("country", "01010000000015") == ("TZ",)
    assert BOTH.same("language", "13000000000014") == ("sw",)
    assert BOTH.same("language", "14000000000014") == ("ky",)


def test_labels_known_to_be_wrong_are_left_out() -> None:
    assert LED.label("right", "01010000000003", "ar") == "الحياة"


def test_an_office_corrects_either() -> None:
    ours = BOTH.with_terms([{"list": "act", "code": DEATH_THREAT, "label_sw": "Vitisho"}])
    assert ours.label("act", DEATH_THREAT, "sw") == "Vitisho"
    assert ours.label("act", "death_threats", "sw") == "Vitisho"
    assert DEATH_THREAT not in ours.terms("act")
    theirs = LED.with_terms([{"list": "act", "code": DEATH_THREAT, "hidden": True}])
    assert DEATH_THREAT not in theirs.terms("act")
    added = ALONE.with_terms(
        [{"list": "act", "code": "x_mental", "huridocs": MENTAL + "X", "label_en": "Own"}]
    )
    assert added.label("act", MENTAL + "X", "en") == "Own"


def test_the_pack_travels_as_records() -> None:
    (back,) = from_records(as_records(PACK))
    led = ALONE.with_packs([back], preferred="huridocs")
    assert led.label("act", "death_threats", "en") == "Menace of death"


@pytest.mark.parametrize(
    "table",
    [
        "",
        "list,code,label_en\na,b,c\n",
        TABLE.replace("4,acts,02000", "x,acts,02000", 1),
        TABLE.replace("02010302000004,", "no code,", 1),
        TABLE.replace("01000000000099", "01000000000099\n99,other,01,01000000000099"),
        TABLE.replace("Against the person,Contre la personne", ","),
        TABLE + "99\n",
        TABLE + '99,other,"' + "x" * 200_000,
    ],
)
def test_another_table_is_refused(table: str) -> None:
    with pytest.raises(DamagedError):
        huridocs.read(table)
    assert huridocs.recognises(TABLE)


def test_too_large_a_table_is_refused() -> None:
    with pytest.raises(LimitError):
        huridocs.read(TABLE.replace("Against the person", "x" * 501))


@pytest.mark.skipif(not Path(FULL).is_file(), reason="DEFENDERDESK_HURIDOCS names no file")
def test_the_whole_micro_thesauri_load() -> None:
    text = Path(FULL).read_text("utf-8")
    start = time.perf_counter()
    pack = huridocs.read(text)
    took = time.perf_counter() - start
    led = ALONE.with_packs([pack], preferred="huridocs")
    assert len(pack.terms) == 4524
    assert set(huridocs.LISTS.values()) <= set(pack.lists)
    assert len(set(huridocs.LISTS)) == 50
    keys = {(term.list_name, term.code) for term in pack.terms}
    claimed = [(term.list_name, key) for term in ALONE.packs[0].terms for key in term.huridocs if key != "-"]
    assert [claim for claim in claimed if claim not in keys] == []
    for name in led.lists:
        for code, term in led.terms(name).items():
            assert led.label(name, code, "ru")
            assert term.code == code
    countries = [term for term in pack.terms if term.list_name == "country" and term.equal]
    assert len(countries) > 235
    led.search("act", "x", "en")
    start = time.process_time()
    assert led.search("act", "torture", "fr")
    assert time.process_time() - start < 0.02
    assert took < 2
