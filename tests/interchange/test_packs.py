"""Vocabulary packs in a vault: loaded once, everywhere; a record shows in either."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from defenderdesk.errors import DamagedError, WorldError
from defenderdesk.interchange import vocabulary_packs
from defenderdesk.vault import Edit
from tests.worlds.edits import make

TABLE = """list,code,parent,order,huridocs,label_en,label_fr
act,own_arrest,,1,,Own arrest,Arrestation à nous
act,own_below,own_arrest,2,,Below,En dessous
local_area,north,,1,,The North,Le Nord
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "Our Terms.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_table_is_loaded_once_and_travels(pair, table) -> None:
    found = vocabulary_packs.load(pair.office, table)
    assert (found.lists, found.terms, found.written) == (2, 3, 2)
    assert vocabulary_packs.load(pair.office, table).written == 0
    pair.carry(pair.office, pair.laptop)
    pair.laptop.office.news(pair.laptop.save([Edit(make(pair.laptop, "term"), "list", "act")]))
    book = pair.laptop.office.vocabulary()
    assert book.label("local_area", "north", "fr") == "Le Nord"
    assert vocabulary_packs.load(pair.laptop, table).written == 0, "the same pack on two devices is one"


def test_an_office_adds_corrects_and_hides_terms_and_both_replicas_agree(pair) -> None:
    make(pair.office, "term", list="act", code="own", label_en="Own act", label_fr="Acte propre")
    make(pair.laptop, "term", list="status", code="open", label_en="Running")
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    for vault in (pair.office, pair.laptop):
        book = vault.office.vocabulary()
        assert book.label("act", "own", "fr") == "Acte propre"
        assert book.label("status", "open", "en") == "Running"


def test_a_file_that_is_no_pack_is_refused_and_writes_nothing(vault, tmp_path) -> None:
    for name, data in (
        ("a.csv", b"\xff\xfe\x00"),
        ("b.csv", b"one,two\n1,2\n"),
        ("c.csv", b"list,code,label_en\nact,BAD CODE!,x\n"),
        ("d.csv", b""),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DamagedError) as told:
            vocabulary_packs.load(vault, tmp_path / name)
        assert told.value.next_step
    with pytest.raises(WorldError):
        vocabulary_packs.load(vault, tmp_path / "none.csv")
    assert vocabulary_packs.loaded(vault) == ()


@pytest.mark.skipif("DEFENDERDESK_HURIDOCS" not in os.environ, reason="the thesauri are not here")
def test_the_whole_micro_thesauri_load_with_one_command(vault) -> None:
    found = vocabulary_packs.load(vault, Path(os.environ["DEFENDERDESK_HURIDOCS"]))
    assert found.terms == 4524
    book = vault.office.vocabulary()
    code = book.get("act", "torture").huridocs[0]
    assert book.label("act", code, "en")
