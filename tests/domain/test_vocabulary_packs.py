"""Packs from outside: read strictly, kept as records, merged by version; hostile ones do no harm."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from defenderdesk.domain.values import is_value
from defenderdesk.domain.vocabulary import (
    Pack,
    Vocabulary,
    as_records,
    from_records,
    pack_key,
    read_pack,
    read_table,
)
from defenderdesk.errors import DamagedError, LimitError, NewerError

HEAD: dict[str, Any] = {
    "format": "defenderdesk-vocabulary",
    "format_version": 1,
    "name": "bridge",
    "version": 2,
    "title": {"en": "Bridge office", "fr": "Bureau du Pont"},
    "languages": ["en", "fr"],
    "lists": ["empty"],
}
TABLE = """list,code,parent,order,huridocs,label_en,label_fr,colour
river,bank,,2,,Bank,Rive,
river,deep,bank,,01010000000004 01020000000004,Deep,"Profond, très",blue
river,ford,,1,,Ford,Gué,
sea,salt,nowhere,,,Salt,Sel,
"""


def pack(table: str = TABLE, **head: Any) -> Pack:
    return read_pack(json.dumps({**HEAD, **head}), {"a.csv": table})


# -- reading --------------------------------------------------------------------------------


def test_a_pack_is_read() -> None:
    read = pack()
    assert (read.name, read.version, read.languages) == ("bridge", 2, ("en", "fr"))
    assert read.lists == ("empty", "river", "sea")
    deep = read.terms[1]
    assert (deep.code, deep.parent, deep.labels["fr"]) == ("deep", "bank", "Profond, très")
    assert deep.huridocs == ("01010000000004", "01020000000004")
    assert deep.extra == {"colour": "blue"}
    shown = Vocabulary([read])
    assert list(shown.terms("river")) == ["ford", "bank", "deep"]
    assert list(shown.terms("sea")) == ["salt"]
    assert shown.terms("empty") == {}


def test_a_table_alone_is_a_pack_whatever_a_spreadsheet_does_to_it() -> None:
    text = "\ufeffLIST;CODE;LABEL_FR;;\r\narea;kivu; Nord-Kivu ;;\r\n;;;;\r\narea;ituri;Ituri\r\n"
    read = read_table(text, "our-areas")
    assert [(t.code, t.labels) for t in read.terms] == [
        ("kivu", {"fr": "Nord-Kivu"}),
        ("ituri", {"fr": "Ituri"}),
    ]
    assert (read.name, read.version, read.languages) == ("our-areas", 1, ("fr",))


def test_labels_lose_what_could_deceive() -> None:
    read = pack('list,code,label_en\na,b,"x\u202ey\u2066z\nw\x07\tv"\n')
    assert read.terms[0].labels == {"en": "xyz w v"}


@pytest.mark.parametrize(
    "table",
    [
        "",
        "code,label_en\na,b\n",
        "list,label_en\na,b\n",
        "list,code\na,b\n",
        "list,code,code,label_en\na,b,c,d\n",
        "list,code,label_en\na,B C,x\n",
        "list,code,label_en\n../a,b,x\n",
        "list,code,label_en\na," + "b" * 65 + ",x\n",
        "list,code,label_en\na,b,\n",
        "list,code,label_en\na,b,x,y\n",
        "list,code,label_en\na,b,x\na,b,y\n",
        "list,code,parent,label_en\na,b,No Code,x\n",
        "list,code,huridocs,label_en\na,b,é,x\n",
        "list,code,order,label_en\na,b,first,x\n",
        "list,code,order,label_en\na,b,٣,x\n",
        'list,code,label_en\na,b,"' + "x" * 200_000 + '"\n',
    ],
)
def test_a_table_that_is_not_as_the_format_says_is_refused(table: str) -> None:
    with pytest.raises(DamagedError):
        pack(table)


def test_the_line_is_said() -> None:
    with pytest.raises(DamagedError, match=r"line 3 of a\.csv"):
        pack("list,code,label_en\na,b,x\na,b,y\n")


@pytest.mark.parametrize(
    "head",
    [
        "",
        "[]",
        "{",
        "null",
        "[" * 100_000,
        "1e999",
        json.dumps({**HEAD, "format": "other"}),
        json.dumps({**HEAD, "name": "Not A Name"}),
        json.dumps({**HEAD, "name": 5}),
        json.dumps({**HEAD, "version": 0}),
        json.dumps({**HEAD, "version": "1"}),
        json.dumps({**HEAD, "version": True}),
        json.dumps({**HEAD, "lists": "river"}),
        json.dumps({**HEAD, "lists": ["A B"]}),
        json.dumps({**HEAD, "languages": ["english please"]}),
        json.dumps({**HEAD, "title": {"en": 5}}),
        json.dumps({**HEAD, "title": []}),
    ],
)
def test_a_head_that_is_not_one_is_refused(head: str) -> None:
    with pytest.raises(DamagedError):
        read_pack(head, {"a.csv": TABLE})


def test_what_is_too_large_or_too_new_is_refused() -> None:
    with pytest.raises(NewerError):
        pack(format_version=2)
    with pytest.raises(LimitError):
        read_pack(" " * 100_000, {})
    with pytest.raises(LimitError):
        pack("list,code,label_en\na,b," + "x" * 501 + "\n")
    with pytest.raises(LimitError):
        pack("list,code,label_en,note\na,b,x," + "x" * 2001 + "\n")
    with pytest.raises(LimitError):
        pack("list,code,label_en\n" + "".join(f"a,c{n},x\n" for n in range(100_001)))
    with pytest.raises(LimitError):
        pack("x" * (64 * 1024 * 1024 + 1))
    with pytest.raises(DamagedError):
        read_table(TABLE, "Not A Name")


# -- as records -------------------------------------------------------------------------------


def test_a_pack_comes_back_from_its_records() -> None:
    read = pack()
    records = as_records(read)
    assert [record["list"] for record in records] == ["river", "sea"]
    assert all(is_value(record) for record in records)
    river = records[0]["terms"]
    assert isinstance(river, list)
    assert river[0] == ["bank", "", 2, "", {"en": "Bank", "fr": "Rive"}]
    assert river[1][:4] == ["deep", "bank", 1, "01010000000004 01020000000004"]  # type: ignore[index]
    (back,) = from_records(records)
    assert (back.name, back.version) == ("bridge", 2)
    assert sorted(back.terms, key=str) == sorted(read.terms, key=str)


def test_the_key_of_a_record_names_pack_version_and_list() -> None:
    assert pack_key(pack(), "river") == "pack:bridge:2:river"
    assert pack_key(pack(version=3), "river") != pack_key(pack(), "river")


def test_the_newest_version_wins_whole_in_any_order() -> None:
    newer = read_pack(json.dumps({**HEAD, "version": 3}), {"a": "list,code,label_en\nriver,bank,Shore\n"})
    records = [*as_records(pack()), *as_records(newer), *as_records(newer)]
    for seed in range(10):
        random.Random(seed).shuffle(records)
        (one,) = from_records(records)
        assert one.version == 3
        assert [(t.code, t.labels) for t in one.terms] == [("bank", {"en": "Shore"})]
    base = Vocabulary.shipped().with_packs([newer, pack()])
    assert base.label("river", "bank", "en") == "Shore"
    assert base.get("river", "deep") is None
    again = base.with_packs([newer])
    assert again.packs == base.packs


def test_no_loaded_pack_takes_the_place_of_the_shipped_one() -> None:
    fake = pack("list,code,label_en\nact,killing,Nothing\n", name="defenderdesk", version=999)
    assert Vocabulary.shipped().with_packs([fake]).label("act", "killing", "en") == "Killing"


def test_a_loaded_pack_fills_lists_that_the_shipped_one_has_not() -> None:
    more = pack("list,code,label_en\nlocal_area,kivu,Kivu\nact,x_new,Something else\n")
    both = Vocabulary.shipped().with_packs([more])
    assert list(both.terms("local_area")) == ["kivu"]
    assert "x_new" not in both.terms("act")
    assert both.label("act", "x_new", "fr") == "Something else"
    led = Vocabulary.shipped().with_packs([more], "bridge")
    assert {"x_new", "killing"} <= set(led.terms("act"))


# -- hostile ----------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400), st.text(max_size=300))
def test_no_text_does_more_than_be_refused(table: str, head: str) -> None:
    for text in (table, "list,code,parent,order,huridocs,label_en\n" + table):
        for about in (head, json.dumps(HEAD)):
            try:
                read = read_pack(about, {"t": text})
            except DamagedError:
                continue
            ask_everything(Vocabulary([read]))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.just("n") | anything,
                "version": st.just(1) | anything,
                "list": st.just("l") | anything,
            },
            optional={"terms": anything | st.lists(st.lists(anything, max_size=7), max_size=5)},
        ),
        max_size=6,
    )
)
def test_no_record_of_a_pack_breaks_anything(records: list[dict[str, Any]]) -> None:
    packs = from_records(records)
    assert packs == from_records(reversed(records))
    ask_everything(Vocabulary(packs))


codes = st.sampled_from("abcdefgh")
terms = st.lists(
    st.fixed_dictionaries(
        {"list": st.just("l"), "code": codes},
        optional={
            "above": codes,
            "order": st.integers(-3, 3),
            "hidden": st.booleans(),
            "huridocs": st.lists(codes | st.just("-"), max_size=3).map(" ".join),
            "label_en": st.text(max_size=5),
        },
    ),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(terms, terms, terms, st.randoms(use_true_random=False))
def test_any_parents_and_equals_end_and_agree_in_any_order(
    one: list[dict[str, Any]], two: list[dict[str, Any]], own: list[dict[str, Any]], shuffle: Any
) -> None:
    def made(name: str, rows: list[dict[str, Any]]) -> Pack:
        table = [
            [r["code"], r.get("above", ""), r.get("order", 0), r.get("huridocs", ""), {"en": "x"}]
            for r in rows
        ]
        record = {"name": name, "version": 1, "list": "l", "terms": table}
        (read,) = from_records([record])
        return read

    packs = [made("defenderdesk", one), made("other", two)]
    base = Vocabulary(packs, preferred=shuffle.choice(["defenderdesk", "other"]))
    ours = base.with_terms(own)
    ask_everything(ours)
    shuffle.shuffle(own)
    theirs = Vocabulary(reversed(packs), preferred=base.preferred).with_terms(own)
    assert ours.tree("l") == theirs.tree("l")
    for code in "abcdefgh":
        assert ours.within("l", code) == theirs.within("l", code)
        assert ours.same("l", code) == theirs.same("l", code)
        assert ours.shown("l", code) == theirs.shown("l", code)


def ask_everything(vocabulary: Vocabulary) -> None:
    """Every question about every term: it ends, and what it answers hangs together."""
    for name in vocabulary.lists:
        offered = vocabulary.terms(name)
        assert len(vocabulary.tree(name)) == len(offered)
        assert len(vocabulary.search(name, "", "en")) == len(offered)
        vocabulary.search(name, "x y", "fr")
        for code in [*offered, "nobody"]:
            assert code in vocabulary.within(name, code)
            assert code not in vocabulary.same(name, code)
            assert vocabulary.label(name, code, "ar")
            for above in vocabulary.ancestors(name, code):
                assert above.code in offered
            for below in vocabulary.children(name, code):
                assert below.code in offered


def test_the_largest_pack_is_read_and_asked_in_reasonable_time() -> None:
    rows = "".join(f"a,c{n},c{n - 1 if n else 99_999},x\n" for n in range(100_000))
    start = time.perf_counter()
    ring = Vocabulary([pack("list,code,parent,label_en\n" + rows)])
    assert len(ring.terms("a")) == 100_000
    assert ring.ancestors("a", "c5") == ()
    chain = rows.replace("c0,c99999,", "c0,,")
    long = Vocabulary([pack("list,code,parent,label_en\n" + chain)])
    assert len(long.ancestors("a", "c99999")) == 99_999
    assert len(long.within("a", "c0")) == 100_000
    assert time.perf_counter() - start < 30
