"""The committed vectors of what is refused: by the program, each with the error it names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.format import refused, vectors

COMMITTED = json.loads(vectors.PATH.read_text("utf-8"))


def every(which: str) -> list[Any]:
    """The committed ones, and those that are too large for that."""
    made = refused.make()[which == "taken"]
    large = {form: list(filter(refused.is_large, found)) for form, found in made.items()}
    return [
        pytest.param(form, vector, id=f"{form}: {vector['why'][:60]}")
        for group in (COMMITTED[which], vectors.plain(large))
        for form, found in group.items()
        for vector in found
    ]


def test_every_form_has_both() -> None:
    assert COMMITTED["refused"].keys() == COMMITTED["taken"].keys() == refused.READERS.keys()
    assert all(one["error"] for found in COMMITTED["refused"].values() for one in found)
    assert not any(one["error"] for found in COMMITTED["taken"].values() for one in found)


@pytest.mark.parametrize(("form", "vector"), every("refused"))
def test_it_is_refused(form: str, vector: dict[str, Any]) -> None:
    assert refused.code(lambda: refused.READERS[form](vector)) == vector["error"]


@pytest.mark.parametrize(("form", "vector"), every("taken"))
def test_it_is_taken(form: str, vector: dict[str, Any]) -> None:
    refused.READERS[form](vector)
