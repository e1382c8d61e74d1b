"""The rules that come with the program, the gravest first.

Windows and rates are a choice, not a finding: thirty days is about how fast a field office can
act, a year before covers each season once, and one false alarm a year for each rule is what one
person can look at without ceasing to look.
"""

from __future__ import annotations

from defenderdesk.domain.warning.rule import (
    ACTS,
    CASES,
    COUNTRY,
    HEARINGS,
    NEW_LAWS,
    PERPETRATOR,
    PROFILE,
    SMEAR,
    Rule,
)
from defenderdesk.errors import Message

_RULES = (
    Rule("killings", Message("Killings and attacks on life"), ACTS, acts=("life",), by=COUNTRY),
    Rule(
        "disappearances",
        Message("Disappearances and abductions"),
        ACTS,
        acts=("disappearance_abduction",),
        by=COUNTRY,
        window_days=60,
        baseline_days=730,
        least=2,
    ),
    Rule(
        "violence",
        Message("Torture and physical attacks"),
        ACTS,
        acts=("physical_integrity", "sexual_violence"),
        by=COUNTRY,
    ),
    Rule("smear_then_arrest", Message("Arrests after a smear"), SMEAR, by=COUNTRY, window_days=60, least=2),
    Rule("arrests", Message("Arrests and detention"), ACTS, acts=("liberty",), by=COUNTRY),
    Rule(
        "threats",
        Message("Threats and harassment"),
        ACTS,
        acts=("threats_harassment", "surveillance_digital", "custody_threat"),
        by=COUNTRY,
    ),
    Rule("smears", Message("Smears and stigmatisation"), ACTS, acts=("stigmatisation",), by=COUNTRY),
    Rule(
        "organisations",
        Message("Raids, closures and restrictive laws"),
        ACTS,
        acts=("association", "office_raid", "internet_block"),
        by=COUNTRY,
        window_days=60,
        baseline_days=730,
    ),
    Rule("courts", Message("Prosecutions"), ACTS, acts=("judicial",), by=COUNTRY),
    Rule("hearings", Message("Hearings close together"), HEARINGS, by=COUNTRY, window_days=21),
    Rule("laws", Message("New laws and charges"), NEW_LAWS, by=COUNTRY, window_days=90, baseline_days=730),
    Rule(
        "profiles",
        Message("Attacks on a group of defenders"),
        CASES,
        acts=(
            "life",
            "disappearance_abduction",
            "physical_integrity",
            "liberty",
            "threats_harassment",
            "gendered",
        ),
        by=PROFILE,
    ),
    Rule(
        "perpetrators",
        Message("Attacks by perpetrator"),
        CASES,
        acts=("life", "disappearance_abduction", "physical_integrity"),
        by=PERPETRATOR,
    ),
)


def shipped() -> tuple[Rule, ...]:
    """The rules as they come."""
    return _RULES
