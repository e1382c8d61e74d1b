"""Every parser of foreign bytes works or raises a `WorldError`: the corpus with every crasher that
was found, and some thousand mutations of it, from a fixed seed."""

from __future__ import annotations

import random
import time
import tracemalloc
from pathlib import Path

import pytest

from tests.fuzz import make_corpus, targets
from tests.fuzz.mutate import mutated

pytestmark = pytest.mark.alone

FILES = sorted(path for path in make_corpus.FOLDER.rglob("*") if path.is_file())
MUTATIONS = 60
LONGEST = 2.0
"""Seconds that one input may take, on a slow machine."""
MOST = 64 * 1024 * 1024
"""Bytes that one input of the corpus may make us hold."""


def test_every_target_has_a_corpus_as_the_script_makes_it() -> None:
    made = {(target, name.replace(" ", "-")): data for target, name, data in make_corpus.seeds()}
    assert {target for target, _ in made} == set(targets.TARGETS)
    for (target, name), data in made.items():
        assert (make_corpus.FOLDER / target / name).read_bytes() == data, (target, name)


def test_the_well_formed_are_taken() -> None:
    """A target that refused everything would test nothing."""
    for target, name, data in make_corpus.seeds():
        if not name.startswith("found-") and target not in (
            "act",
            "removal_notice",
            "header",
            "packed_range",
            "server_answer",
            "join_file",
        ):
            targets.TARGETS[target](data)


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_nothing_but_a_word_to_the_user_comes_of_it(path: Path) -> None:
    target, data = path.parent.name, path.read_bytes()
    tracemalloc.start()
    try:
        targets.run(target, data)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()
    chance = random.Random(f"{target}/{path.name}")
    for _ in range(MUTATIONS):
        torn = mutated(data, chance)
        began = time.monotonic()
        try:
            targets.run(target, torn)
        except Exception as error:
            raise AssertionError(f"{error!r} from {torn[:2000]!r}") from error
        assert time.monotonic() - began < LONGEST, torn[:2000]
