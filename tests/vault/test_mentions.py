"""What other records say of somebody is found, whatever the script, and erased with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.errors import Cancelled, NotFoundError
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.erasure import erase, mentions, name_match
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.replication import erasure_status
from tests.conftest import MakeVault, Pair
from tests.worlds.records import new_case

NAME = "Grace Nakato-Okello"


def record(vault: Vault, kind: str, desk: str | None = None, **fields: object) -> str:
    made = vault.new_id()
    edits = [Edit(made, "kind", kind)]
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            edits.append(Edit(made, name, one, "add" if isinstance(value, list) else "set"))
    vault.save(edits, desk)
    return made


def found_of(vault: Vault, *names: str, leaving: mentions.Leaving | None = None) -> mentions.Found:
    return mentions.find(vault.store, names, leaving or {})


def tells(sentence: str, *names: str) -> bool | None:
    """Whether a sentence names one of them wholly (True), in part (False), or not (None)."""
    told = name_match.sentence_in(sentence, name_match.matcher(names))
    return told.whole if told else None


@pytest.mark.parametrize(
    ("sentence", "name", "expected"),
    [
        ("They beat Grace Nakato at home", "Grace Nakato", True),
        ("NAKATO, Grace was taken", "Grace Nakato", True),
        ("Mme Nakato a parlé de l’arrestation", "Grace Nakato", False),
        ("Nakatomi tower", "Grace Nakato", None),
        ("Grace N. called", "Grace N.", True),
        ("A letter of N. and others", "Grace N.", None),
        ("la mère d’Aïcha Bâ", "Aicha Ba", True),
        ("Al-Hassan came, with Omar", "Omar al-Hassan", True),
        ("Hassan came", "Omar al-Hassan", False),
        ("اعتقل رجال الأمن محمّد الأحمد أمس", "محمد الاحمد", True),
        ("وقال لمحمد إن الشرطة تنتظره", "محمد الأحمد", False),
        ("تحدثت مع والدة احمد", "الأحمد", True),
        ("قال للأحمد", "الأحمد", True),
        ("محمدية مدينة", "محمد الأحمد", None),
        ("Её зовут Наталья Эстемирова", "наталья эстемирова", True),
        ("昨天王怡被带走", "王怡", True),
        ("昨天怡王被带走", "王怡", None),
        ("Grace is here. Nakato is there.", "Grace Nakato", False),
        ("call 0700 123 456 now", "0700 123 456", True),
    ],
)
def test_who_is_named(sentence: str, name: str, expected: bool | None) -> None:
    assert tells(sentence, name) is expected


@pytest.mark.parametrize("nothing", ["", "  ", "N.", "?!", "a b", '" OR "', "*"])
def test_what_is_no_name_is_not_looked_for(vault: Vault, nothing: str) -> None:
    new_case(vault, "N. a b or")
    assert not name_match.searchable(nothing)
    assert found_of(vault, nothing) == mentions.Found((), 0)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_name_is_found_wherever_it_stands_among_other_words(before: str, after: str) -> None:
    assert tells(f"{before} {NAME} {after}", NAME) is True


@given(st.lists(st.text(min_size=1, max_size=20), max_size=25))
def test_whatever_is_asked_for_is_no_operator(vault_of_one: Vault, names: list[str]) -> None:
    found = found_of(vault_of_one, *names)
    assert found.more >= 0 and len(found.mentions) <= mentions.MOST


@pytest.fixture(scope="module")
def vault_of_one(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    from tests import blank
    from tests.conftest import PASSPHRASE

    vault, _ = blank.vault_in(tmp_path_factory.mktemp("named") / "p", PASSPHRASE)
    vault.found("W", "M", "D")
    new_case(vault, "Case", summary="AND OR NOT NEAR of 1 2 3 the names")
    return vault


def test_twenty_arabic_names_are_one_question(vault: Vault) -> None:
    case = new_case(vault, "C", summary="وقد شهد ابوالقاسم التاسع عشر بذلك")
    names = [
        f"ابوالقاسم محمد {word} الهاشمي"
        for word in ("الاول الثاني الثالث الرابع الخامس السادس السابع الثامن التاسع العاشر " * 2).split()
    ]
    found = found_of(vault, *names)
    assert [m.place for m in found.mentions] == [(case, "summary")]


def test_names_are_those_of_now_and_before_and_who_is_in_a_case(vault: Vault) -> None:
    person = record(vault, "person", name="Grace N.", other_names=["Mama G"], contact="a bridge")
    vault.save([Edit(person, "name", NAME)])
    assert set(mentions.names_of(vault.store, {person: ()})) == {NAME, "Grace N.", "Mama G"}
    assert mentions.names_of(vault.store, {person: ("contact",)}) == []
    assert set(mentions.names_of(vault.store, {person: ("name",)})) == {NAME, "Grace N."}
    case = new_case(vault, "Case", reference="UGA-7")
    record(vault, "involvement", case=case, name="Defender D", part="defender")
    record(vault, "involvement", case=case, name="The Police", part="perpetrator")
    record(vault, "source", case=case, name="Witness W")
    assert set(mentions.names_of(vault.store, {case: ()})) == {"UGA-7", "Defender D", "Witness W"}


def test_it_looks_in_every_desk_at_every_standing_value_and_in_what_was_deleted(
    vault: Vault,
) -> None:
    sahel = vault.add_desk("Sahel").id
    person = record(vault, "person", name=NAME)
    here = new_case(vault, "One", summary=f"At dawn.\nThen {NAME} was beaten. She left.")
    there = record(vault, "case", sahel, title="Two", tags=["x", f"asks {NAME}"])
    gone = record(vault, "note", case=here, text="Nakato-Okello told us")
    vault.save([Edit(gone, "deleted", True)])
    code = new_case(vault, "Grace period", country="UG")
    found = found_of(vault, NAME, leaving={person: ()})
    assert found.more == 0
    by_place = {m.place: m for m in found.mentions}
    assert set(by_place) == {(here, "summary"), (there, "tags"), (gone, "text"), (code, "title")}
    one = by_place[here, "summary"]
    assert one.sentence == f"Then {NAME} was beaten." and one.whole and one.desk != "Sahel"
    assert by_place[there, "tags"].desk == "Sahel" and by_place[there, "tags"].whole
    assert by_place[gone, "text"].deleted and not by_place[gone, "text"].whole
    assert [m.whole for m in found.mentions] == [True, True, False, False]


def test_what_a_record_said_earlier_is_found_and_goes(vault: Vault) -> None:
    person = record(vault, "person", name=NAME)
    case = new_case(vault, "One", summary=f"{NAME} told us")
    vault.save([Edit(case, "summary", "A neighbour told us")])
    tagged = record(vault, "case", title="Two", tags=[NAME])
    vault.save([Edit(tagged, "tags", NAME, "remove")])
    told = found_of(vault, NAME, leaving={person: ()}).mentions
    assert {(m.place, m.sentence, m.earlier) for m in told} == {
        ((case, "summary"), f"{NAME} told us", True),
        ((tagged, "tags"), NAME, True),
    }
    vault.save([Edit(case, "summary", "Ms Nakato-Okello told us")])
    vault.save([Edit(tagged, "tags", NAME, "add")])
    told = found_of(vault, NAME, leaving={person: ()}).mentions
    assert [(m.sentence, m.earlier, m.whole) for m in told] == [
        (NAME, False, True),
        (f"{NAME} told us", True, True),
    ]
    erase.erase(vault.store, [person], "Withdrawn", also=[m.place for m in told])
    assert found_of(vault, NAME).mentions == () and verification.vault(vault.store).problems == []


def test_a_field_that_named_them_in_part_and_then_wholly_is_one_finding(vault: Vault) -> None:
    case = new_case(vault, "One", summary="Ms Nakato-Okello told us")
    vault.save([Edit(case, "summary", f"{NAME} told us")])
    found = found_of(vault, NAME)
    assert [(m.sentence, m.whole) for m in found.mentions] == [(f"{NAME} told us", True)]
    assert found.more == 0


def test_codes_links_and_reasons_are_nobodys_name(vault: Vault) -> None:
    case = new_case(vault, "One", country="UG", status="open", priority="high")
    record(vault, "involvement", case=case, part="defender", gender="woman")
    assert found_of(vault, "Open", "High Defender", "woman", case).mentions == ()
    note = record(vault, "note", case=case, text="x")
    erase.erase(vault.store, [note], "Asked by the woman")
    assert found_of(vault, "woman").mentions == ()


def test_it_can_be_stopped_and_says_how_far_it_is(vault: Vault) -> None:
    new_case(vault, "One", summary=NAME)
    seen: list[tuple[int, int]] = []
    mentions.find(vault.store, [NAME], {}, lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0

    def stop(*_: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        mentions.find(vault.store, [NAME], {}, stop)


def test_a_field_that_goes_is_no_mention_and_the_rest_of_its_record_is(vault: Vault) -> None:
    person = record(vault, "person", name=NAME, contact=f"Ask {NAME} at the bridge")
    found = found_of(vault, NAME, leaving={person: ("name",)})
    assert [m.place for m in found.mentions] == [(person, "contact")]
    assert found_of(vault, NAME, leaving={person: ()}).mentions == ()


def test_a_common_word_does_not_drown_the_whole_name(vault: Vault) -> None:
    whole = new_case(vault, "Old", summary=f"{NAME} was beaten")
    many = [vault.new_id() for _ in range(mentions.MOST + 40)]
    vault.save(
        [Edit(made, "kind", "case") for made in many]
        + [Edit(made, "title", f"Grace period of {made[:5]}") for made in many]
    )
    found = found_of(vault, NAME)
    assert len(found.mentions) == mentions.MOST and found.mentions[0].place == (whole, "summary")
    assert found.more == 41


def test_a_long_text_is_cut_around_the_name(vault: Vault) -> None:
    new_case(vault, "Long", summary="word " * 500 + NAME + " word" * 500)
    [mention] = found_of(vault, NAME).mentions
    assert NAME in mention.sentence and len(mention.sentence) <= name_match.MAX_PIECE + 2


def test_what_is_ticked_goes_with_it_everywhere_and_nothing_else(pair: Pair, tmp_path: Path) -> None:
    office, laptop = pair.office, pair.laptop
    sahel = office.add_desk("Sahel").id
    person = record(office, "person", name=NAME)
    one = new_case(office, "One", summary="Written wrongly")
    office.save([Edit(one, "summary", f"{NAME} spoke"), Edit(one, "context", "stays")])
    two = record(office, "case", sahel, title="Two", summary=f"So did {NAME}")
    three = new_case(office, "Three", summary=f"And {NAME}")
    pair.carry(office, laptop)
    erase.erase(office.store, [person], "Consent was withdrawn", also=[(one, "summary"), (two, "summary")])
    pair.carry(office, laptop)
    told = erasure_status.erasures(office.store)
    assert [e.done for e in told] == [True, True]
    assert {r for e in told for r in e.records} == {person, one, two}
    assert {e.reason for e in told} == {"Consent was withdrawn"}
    for vault in (office, laptop):
        erase.clean(vault.store)
        assert "summary" not in vault.get(one).fields
        assert vault.get(one).fields["title"] == "One"
        assert vault.get(three).fields["summary"] == f"And {NAME}"
        assert {m.place for m in found_of(vault, NAME).mentions} == {(three, "summary")}
        assert verification.vault(vault.store).problems == []
    assert "summary" not in office.get(two).fields
    spoke = [e.value for e in office.history(one) if e.field == "summary"]
    assert not any(spoke)  # with every value it ever had


def test_all_of_it_or_none(vault: Vault) -> None:
    person = record(vault, "person", name=NAME)
    with pytest.raises(NotFoundError):
        erase.erase(vault.store, [person], "Why", also=[("a" * 26, "summary")])
    assert vault.get(person).fields["name"] == NAME and erasure_status.erasures(vault.store) == []


def test_a_colleague_confirms_what_other_records_say_as_well(pair: Pair, make_vault: MakeVault) -> None:
    person = record(pair.laptop, "person", name=NAME)
    case = new_case(pair.laptop, "One", summary=f"{NAME} spoke")
    erase.erase(pair.laptop.store, [person], "They asked", also=[(case, "summary")])
    assert "summary" not in pair.laptop.get(case).fields  # hidden at once, destroyed later
    assert all(m.earlier for m in found_of(pair.laptop, NAME).mentions)
    pair.carry(pair.laptop, pair.office)
    [asked] = erasure_status.erasures(pair.office.store)
    assert not asked.done and set(asked.records) == {person, case}
    erasure_status.confirm(pair.office.store, asked.name)
    assert found_of(pair.office, NAME).mentions == ()
    assert [e.done for e in erasure_status.erasures(pair.office.store)] == [True]
