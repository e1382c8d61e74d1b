"""Times to try again: exponential, with full jitter, so that many laptops do not come at once."""

from __future__ import annotations

import random


class Backoff:
    """Seconds until the next attempt. `base` after the first failure, never more than `cap`."""

    def __init__(self, base: float = 5, cap: float = 900, rng: random.Random | None = None) -> None:
        self._base, self._cap = base, cap
        self._rng = rng or random.SystemRandom()
        self.failures = 0

    def next(self) -> float:
        """After one more failure: between half and all of the doubled time."""
        span = min(self._cap, self._base * float(2 ** min(self.failures, 20)))
        self.failures += 1
        return span * (0.5 + self._rng.random() / 2)

    def reset(self) -> None:
        """It worked."""
        self.failures = 0
