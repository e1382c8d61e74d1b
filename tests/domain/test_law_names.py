"""One provision however it is written; two provisions never one."""

from __future__ import annotations

import pytest

from defenderdesk.domain.law_names import meaning


@pytest.mark.parametrize(
    "written",
    [
        ("Penal Code", "340"),
        ("Penal Code", "Art. 340"),
        ("penal code", "Article 340"),
        ("Penal  Code,", "art 340."),
        ("The Penal Code", "§ 340"),
        ("Penal Code", "المادة ٣٤٠"),
        ("Penal Code", "ст. 340"),
        ("Penal Code", "artículo 340"),
        ("Penal Code", "Section No. 340"),
        ("Penal Code art. 340", ""),
        ("Art. 340 of the Penal Code", ""),
        ("Art. 340, Penal Code", ""),
        ("Pénal Code", "0340"),
    ],
)
def test_one_provision(written: tuple[str, str]) -> None:
    assert meaning(*written) == meaning("Penal Code", "340")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Penal Code", "340"), ("Penal Code", "341")),
        (("Penal Code", "340"), ("Penal Code", "340(1)")),
        (("Penal Code", "340"), ("Penal Code", "340 bis")),
        (("Penal Code", "340"), ("Press Code", "340")),
        (("Penal Code", "340"), ("", "340")),
        (("Penal Code", "340"), ("Penal Code", "")),
        (("Law 15", "3"), ("Law 3", "15")),
        (("Law 15/2003", ""), ("Law 15/2004", "")),
    ],
)
def test_two_provisions(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert meaning(*one) != meaning(*other)


def test_ways_to_write_a_part_and_a_number() -> None:
    assert (
        meaning("Code", "340 (1)(a)") == meaning("Code", "340, para 1 a") == meaning("Code", "Art. 340.1.a")
    )
    assert meaning("Law No. 15 of 2003", "3") == meaning("Law 15/2003", "art. 3")
    assert meaning("Loi n° 15 de 2003", "3") == meaning("loi nº 15/2003", "article 3")
    assert meaning("قانون العقوبات", "٣٤٠") == meaning("قانون العقوبات", "مادة 340")
    assert meaning("", "") == meaning("the", "art.") == ""
