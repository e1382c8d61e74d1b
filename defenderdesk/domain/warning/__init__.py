"""Early warning: rules that count what was recorded, and say when it is more than usual.

A `Rule` says what is counted, in which days, apart for what, and how many false alarms a year are
accepted. `shipped()` gives those that come with the program, `ruled` puts an office's own changes
over them. `evaluate` compares counts with what was usual and makes `Alert`s; `answered` tells
which of them somebody dealt with. How the comparison works and how often it errs:
`docs/early-warning.md`. Pure: who reads the counts is `vault.lookup.early_warning`.
"""

from __future__ import annotations

from defenderdesk.domain.warning.alert import ALERT, NOTICE, TOO_FEW, Alert, Behind
from defenderdesk.domain.warning.answers import answered
from defenderdesk.domain.warning.evaluate import Seen, Series, evaluate, window_of
from defenderdesk.domain.warning.laws import FirstUse, new_laws
from defenderdesk.domain.warning.office import Ruled, ruled
from defenderdesk.domain.warning.rule import MEASURES, SPLITS, Named, Rule
from defenderdesk.domain.warning.shipped import shipped

__all__ = [
    "ALERT",
    "MEASURES",
    "NOTICE",
    "SPLITS",
    "TOO_FEW",
    "Alert",
    "Behind",
    "FirstUse",
    "Named",
    "Rule",
    "Ruled",
    "Seen",
    "Series",
    "answered",
    "evaluate",
    "new_laws",
    "ruled",
    "shipped",
    "window_of",
]
