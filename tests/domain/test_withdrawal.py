"""Who has to be told when a consent is withdrawn."""

from __future__ import annotations

from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.withdrawal import to_tell


def case(consents, submissions, tasks=()):
    return CaseFile(
        {"id": "c", "kind": "case"},
        {
            "involvement": [{"id": "i", "kind": "involvement", "person": "p"}],
            "consent": consents,
            "submission": submissions,
            "task": list(tasks),
        },
    )


GONE = {"id": "y", "person": "p", "withdrawn": "2026-11-01"}
SENT = {"id": "s", "mechanism": "un_sr_hrd", "sent": "2026-10-01", "for_whom": ["i"]}


def test_each_mechanism_that_was_reached_is_told_once():
    [found] = to_tell(case([GONE], [SENT, {"id": "d", "mechanism": "x", "stage": "draft"}]))
    assert (found.submission, found.mechanism) == ("s", "un_sr_hrd")
    task = {"id": "t", "task_type": "withdrawal", "about": "s"}
    assert to_tell(case([GONE], [SENT], [task])) == []


def test_nobody_is_told_of_what_does_not_concern_them():
    assert to_tell(case([{**GONE, "withdrawn": None}], [SENT])) == []
    assert to_tell(case([GONE], [{**SENT, "for_whom": ["other"]}])) == []
    assert to_tell(case([{**GONE, "mechanisms": ["oas_iachr_pm"]}], [SENT])) == []
    assert to_tell(case([GONE], [{**SENT, "for_whom": []}])), "for everybody: for them as well"
