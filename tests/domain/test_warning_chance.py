"""The tails of early warning against brute force, in exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.domain.warning.chance import UNEVEN, _weights, chance, shape, tail

SPELLS = st.lists(st.integers(0, 40), min_size=1, max_size=20)


def rising(x: Fraction, n: int) -> Fraction:
    made = Fraction(1)
    for i in range(n):
        made *= x + i
    return made


def binomial(count: int, total: int, spells: int) -> Fraction:
    share = Fraction(1, spells + 1)
    terms = (comb(total, j) * share**j * (1 - share) ** (total - j) for j in range(count, total + 1))
    return sum(terms, Fraction(0))


def beta_binomial(count: int, total: int, spells: int, k: Fraction) -> Fraction:
    far = k * spells
    terms = (
        comb(total, j) * rising(k, j) * rising(far, total - j) / rising(k + far, total)
        for j in range(count, total + 1)
    )
    return sum(terms, Fraction(0))


@pytest.mark.parametrize("spells", [1, 4, 12])
@pytest.mark.parametrize("total", [1, 5, 17, 40])
def test_even_counts_are_binomial(spells, total):
    for count in range(total // (spells + 1) + 1, total + 1):
        exact = float(binomial(count, total, spells))
        assert isclose(tail(count, total, spells, float("inf")), exact, rel_tol=1e-9)


@pytest.mark.parametrize("k", [Fraction(1, 10), Fraction(1, 2), Fraction(2), Fraction(25)])
@pytest.mark.parametrize("total", [1, 6, 30])
def test_uneven_counts_are_beta_binomial(k, total):
    for count in range(total // 13 + 1, total + 1):
        exact = float(beta_binomial(count, total, 12, k))
        assert isclose(tail(count, total, 12, float(k)), exact, rel_tol=1e-9)


def test_the_edges():
    assert tail(0, 5, 3, 1.0) == 1.0
    assert tail(6, 5, 3, 1.0) == 0.0
    assert chance(0, [0, 0]) == 1.0
    assert chance(3, [3, 3]) == 1.0
    for wrong in ((1, []), (-1, [1]), (1, [-1])):
        with pytest.raises(ValueError):
            chance(*wrong)


def test_unevenness_is_learned_from_the_spells():
    even = _weights([5, 4, 6, 5, 5, 4, 6, 5, 5, 6, 4, 5], 70)
    wild = _weights([0, 0, 30, 0, 0, 0, 25, 0, 0, 5, 0, 0], 70)
    assert UNEVEN[even.index(max(even))] == 1.0
    assert UNEVEN[wild.index(max(wild))] >= 8
    assert isclose(sum(even), 1) and isclose(sum(wild), 1)


def test_ten_after_clusters_means_less_than_ten_after_ones():
    one_by_one, in_clusters = [2] * 12, [0, 0, 0, 12, 0, 0, 0, 0, 12, 0, 0, 0]
    assert chance(10, one_by_one) < 0.002 < chance(10, in_clusters)


def test_the_mean_shape_gives_the_unevenness():
    k = shape(3.0, 130, 12)
    mean = 130 / 13
    assert isclose((mean + mean**2 / k) / mean, 3.0)


@given(st.integers(0, 80), SPELLS)
def test_it_is_a_probability_and_the_order_is_nothing(count, before):
    found = chance(count, before)
    assert 0 <= found <= 1
    assert chance(count, before[::-1]) == found == chance(count, sorted(before))


@given(st.integers(0, 60), SPELLS)
def test_more_is_never_likelier(count, before):
    # The unevenness that fits changes with the total, so that equality is up to rounding of it.
    assert chance(count + 1, before) <= chance(count, before) * 1.05


@given(st.integers(1, 60), SPELLS, st.floats(1e-6, 1))
def test_to_know_that_it_is_more_is_enough(count, before, enough):
    whole, cut = chance(count, before), chance(count, before, enough)
    if whole <= enough:
        assert isclose(cut, whole, rel_tol=1e-9)
    else:
        assert enough * (1 - 1e-9) <= cut <= whole * (1 + 1e-9)


def test_large_counts_stay_finite_and_quick():
    before = [100_000 + 300 * (i % 5) for i in range(12)]
    assert chance(100_700, before) > 0.01
    assert 0 <= chance(104_000, before) < 1e-3
    assert chance(100_700, before, 1e-3) > 1e-3
