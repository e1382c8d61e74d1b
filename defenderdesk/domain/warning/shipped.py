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
from defenderdesk.errors import Says

_RULES = (
    Rule("killings", Says("Killings and attacks on life"), ACTS, acts=("life",), by=COUNTRY),
    Rule(
        "disappearances", Says("Disappearances and abductions"), ACTS,
        acts=("disappearance_abduction",), by=COUNTRY, window_days=60, baseline_days=730, least=2,
    ),
    Rule(
        "violence", Says("Torture and physical attacks"), ACTS,
        acts=("physical_integrity", "sexual_violence"), by=COUNTRY,
    ),
    Rule("smear_then_arrest", Says("Arrests after a smear"), SMEAR, by=COUNTRY, window_days=60,
         least=2),
    Rule("arrests", Says("Arrests and detention"), ACTS, acts=("liberty",), by=COUNTRY),
    Rule(
        "threats", Says("Threats and harassment"), ACTS,
        acts=("threats_harassment", "surveillance_digital", "custody_threat"), by=COUNTRY,
    ),
    Rule("smears", Says("Smears and stigmatisation"), ACTS, acts=("stigmatisation",), by=COUNTRY),
    Rule(
        "organisations", Says("Raids, closures and restrictive laws"), ACTS,
        acts=("association", "office_raid", "internet_block"), by=COUNTRY, window_days=60,
        baseline_days=730,
    ),
    Rule("courts", Says("Prosecutions"), ACTS, acts=("judicial",), by=COUNTRY),
    Rule("hearings", Says("Hearings close together"), HEARINGS, by=COUNTRY, window_days=21),
    Rule("laws", Says("New laws and charges"), NEW_LAWS, by=COUNTRY,
         window_days=90, baseline_days=730),
    Rule("profiles", Says("Attacks on a group of defenders"), CASES,
         acts=("life", "disappearance_abduction", "physical_integrity", "liberty",
               "threats_harassment", "gendered"), by=PROFILE),
    Rule("perpetrators", Says("Attacks by perpetrator"), CASES,
         acts=("life", "disappearance_abduction", "physical_integrity"), by=PERPETRATOR),
)  # fmt: skip


def shipped() -> tuple[Rule, ...]:
    """The rules as they come."""
    return _RULES
