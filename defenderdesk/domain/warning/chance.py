"""The likelihood that chance alone brings so many: exact, and allowing for uneven counts.

The model is one an office can picture. Were nothing to change, things would fall into the window
and into each of the `m` earlier spells of the same length alike. Given how many there are
together, the number in the window is then binomial with share 1/(m+1): no rate needs to be known.
Real counts come in clusters (five people arrested at one march): a spell's rate itself goes up
and down, by a gamma law. Given the total, the window is then beta-binomial, exactly, with the
shape `k` of that law: Johnson, Kotz & Balakrishnan, *Discrete Multivariate Distributions* (1997),
ch. 35. Unevenness is named by `phi`, the variance over the mean (1: none, Poisson);
k = mean / (phi - 1).

`phi` is not known. Every value of a grid is taken, weighed by how well it explains the earlier
spells; the chance is the weighted mean. Beforehand all up to `COMMON` weigh alike and wilder ones
fast less, for were they common, nothing new could ever ring. With few spells this is cautious
where a single estimate would be sure of itself too soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, isfinite, lgamma, log

UNEVEN = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.5, 8.0, 10.0, 16.0, 25.0, 40.0, 64.0, 100.0)
"""Variance over mean of the counts, from even (Poisson) to wild."""
COMMON = 8.0
"""Unevenness up to which the stated false alarms hold (`tests/domain/test_warning_rates.py`)."""


def chance(count: int, before: Sequence[int], enough: float = 1.0) -> float:
    """The probability that a window holds `count` or more when it is like the spells `before`
    (at least one). Between 0 and 1; 1 where the count is not above their mean, for a fall is
    never asked about. Where it is more than `enough`, some number between the two is given: the
    asker only wants to know that it is more. Raises `ValueError` for counts below zero or no
    spells."""
    if not before or count < 0 or min(before) < 0:
        raise ValueError
    spells, held = len(before), sum(before)
    if count * spells <= held:
        return 1.0
    total = held + count
    weights = _weights(before, total)
    parts: list[float] = []
    found = 0.0
    for weight, phi in sorted(zip(weights, UNEVEN, strict=True), reverse=True):
        if weight <= 0 or found > enough:
            break
        k = shape(phi, total, spells)
        parts.append(weight * tail(count, total, spells, k, (enough - found) / weight))
        found = fsum(parts)
    return min(1.0, found)


def shape(phi: float, total: int, spells: int) -> float:
    """The gamma shape that gives `phi` at the mean of `total` over the window and the spells;
    infinite for even counts."""
    return total / (spells + 1) / (phi - 1) if phi > 1 else float("inf")


def tail(count: int, total: int, spells: int, k: float, enough: float = 1.0) -> float:
    """P(Y >= count), Y of `total` falling into one of `spells` + 1 alike: binomial for infinite
    `k`, else beta-binomial with parameters k and k * spells. Above `enough` it stops adding."""
    if count <= 0:
        return 1.0
    if count > total:
        return 0.0
    # From the first term on by ratios. Above the mean they fall, faster and faster, so what is
    # left behind the last term kept is smaller than it by as much as the last ratio is below 1.
    term = exp(_log_term(count, total, spells, k))
    parts, at, found = [term], count, term
    while at < total and found <= enough:
        ratio = (total - at) / (at + 1)
        if isfinite(k):
            ratio *= (k + at) / (k * spells + total - at - 1)
        else:
            ratio /= spells
        term *= ratio
        at += 1
        parts.append(term)
        found += term
        if ratio < 1 and term < parts[0] * (1 - ratio) * 1e-14:
            break
    return min(1.0, fsum(parts))


def _log_term(count: int, total: int, spells: int, k: float) -> float:
    ways = lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
    if not isfinite(k):
        return ways + (total - count) * log(spells) - total * log(spells + 1)
    rest, far = total - count, k * spells
    return (
        ways
        + (lgamma(count + k) - lgamma(k))
        + (lgamma(rest + far) - lgamma(far))
        - (lgamma(total + k + far) - lgamma(k + far))
    )


def _weights(before: Sequence[int], total: int) -> list[float]:
    """The weight of each `phi` of the grid, adding up to 1: what it weighs beforehand times the
    probability of the earlier spells given their sum (Dirichlet-multinomial)."""
    spells, held = len(before), sum(before)
    # Sorted: the same spells in another order give the same sum to the last bit.
    ordered = sorted(before)
    logs = []
    for phi in UNEVEN:
        k = shape(phi, total, spells)
        if not isfinite(k):
            fit = -held * log(spells)
        else:
            fit = lgamma(k * spells) - lgamma(k * spells + held)
            fit += fsum(lgamma(k + one) - lgamma(k) for one in ordered if one)
        logs.append(fit - 4 * log(max(phi / COMMON, 1)))
    top = max(logs)
    raw = [exp(one - top) for one in logs]
    whole = fsum(raw)
    return [one / whole for one in raw]
