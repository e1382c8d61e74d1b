"""Generated histories for early warning: steady ones, even or in clusters, and planted rises."""

from __future__ import annotations

import random
from datetime import date, timedelta
from math import exp

from defenderdesk.domain.warning import Seen, Series

MONDAY = date(2024, 1, 1)


def poisson(chance: random.Random, mean: float) -> int:
    """A Poisson number (Knuth, in steps of 30 so that nothing underflows)."""
    count = 0
    while mean > 30:
        count, mean = count + poisson(chance, 30), mean - 30
    limit, product = exp(-mean), chance.random()
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count


def clusters(chance: random.Random, mean: float, phi: float, days: int) -> list[int]:
    """Days of things that come in clusters of geometric size, all of a cluster on one day:
    `mean` in 30 days, variance over mean `phi`. `phi` 1: one by one."""
    size = (phi + 1) / 2  # of clusters of geometric size, variance / mean is 2 * size - 1
    found = []
    for day in range(days):
        for _ in range(poisson(chance, mean / size / 30)):
            found.append(day)
            while chance.random() > 1 / size:
                found.append(day)
    return found


def seasons(chance: random.Random, mean: float, phi: float, days: int, every: int = 30) -> list[int]:
    """Days of things whose rate changes every `every` days, by a gamma law: counts of such spells
    are negative binomial with variance over mean `phi`."""
    found = []
    for start in range(0, days, every):
        rate = chance.gammavariate(mean / (phi - 1), phi - 1) if phi > 1 else mean
        found += [start + chance.randrange(every) for _ in range(poisson(chance, rate))]
    return sorted(day for day in found if day < days)


def series(value: str, days: list[int], start: date = MONDAY) -> Series:
    """Days (from `start`) as a series, each thing in a case of its own."""
    first = start.toordinal()
    return Series(value, [Seen(first + day, at + 1, at + 1) for at, day in enumerate(days)])


def weeks(start: date, count: int) -> list[date]:
    """The Sundays of weeks, from the one that `start` lies in."""
    sunday = start + timedelta(days=6 - start.weekday())
    return [sunday + timedelta(days=7 * week) for week in range(count)]


def most_by_chance(mean: float, allowed: float = 1e-4) -> int:
    """The number that a Poisson count of this mean stays at or under, but for `allowed`."""
    term = total = exp(-mean)
    count = 0
    while total < 1 - allowed:
        count += 1
        term *= mean / count
        total += term
    return count


def least_by_chance(tries: int, share: float, allowed: float = 1e-4) -> int:
    """The number of successes in `tries` that a true share is at or over, but for `allowed`."""
    term = total = (1 - share) ** tries
    count = 0
    while total < allowed:
        term *= (tries - count) / (count + 1) * share / (1 - share)
        count += 1
        total += term
    return count
