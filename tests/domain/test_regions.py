"""Every State is in one region, which has a name in every language of the program."""

from __future__ import annotations

import pytest

from defenderdesk import i18n
from defenderdesk.domain import countries
from defenderdesk.domain.regions import region_of


def test_every_country_is_in_a_region() -> None:
    lacking = [code for code in countries.codes() if not region_of(code)]
    assert lacking == ["AQ"], "nobody is arrested in Antarctica"
    assert region_of("ug") == "014" and region_of("CO") == "005" and region_of("") == region_of("XX") == ""


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "ru", "pt"])
def test_every_region_has_a_name(language: str) -> None:
    for code in {region_of(country) for country in countries.codes()} - {""}:
        assert i18n.country(code, language) != code
