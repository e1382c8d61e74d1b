"""docs/forms.md says of every mechanism what its rules say."""

from __future__ import annotations

import re

from defenderdesk.domain import mechanisms
from tests.worlds.forms_page import BEGIN, PAGE, tables


def test_the_tables_are_those_of_the_rules() -> None:
    written = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].strip()
    assert written == tables().strip(), "run: python -m tests.worlds.forms_page"


def test_every_source_is_explained_and_nothing_sure_is_without_one() -> None:
    above = PAGE.read_text(encoding="utf-8").split(BEGIN)[0]
    known = set(re.findall(r"[\w.-]+", above))
    for m in mechanisms.load().values():
        for section in m.contents:
            assert not section.source or section.source.split()[0] in known, section.source
            if section.verified == "V":
                assert section.source or m.sources, (m.id, section.id)
