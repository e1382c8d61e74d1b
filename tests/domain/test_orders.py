"""Stage and dates of a submission cannot contradict each other, wherever they are written."""

from __future__ import annotations

import pytest

from defenderdesk.domain.orders import followed
from defenderdesk.errors import UsageError
from defenderdesk.vault import Edit
from tests.worlds.edits import make


def test_what_has_a_day_of_sending_was_sent(make_vault) -> None:
    vault = make_vault("alpha")
    case = make(vault, "case", title="Nora")
    submission = make(vault, "submission", case=case, mechanism="un_sr_hrd", stage="draft")
    vault.save([Edit(submission, "sent", "2026-03-01")])
    assert vault.get(submission).fields["stage"] == "sent"
    with pytest.raises(UsageError):
        vault.save([Edit(submission, "stage", "draft")])
    with pytest.raises(UsageError):
        vault.save([Edit(submission, "replied", "2026-02")])
    assert "replied" not in vault.get(submission).fields
    vault.save([Edit(submission, "stage", "draft"), Edit(submission, "sent", None)])
    assert vault.get(submission).fields["stage"] == "draft"


def test_what_somebody_else_recorded_is_taken_as_it_is(make_vault) -> None:
    vault = make_vault("alpha")
    case = make(vault, "case", title="Nora")
    submission = make(vault, "submission", case=case, sent="2026-03-01")
    vault.save([Edit(submission, "replied", "2026-02-01")], concurrent=True)
    assert vault.get(submission).fields["replied"] == "2026-02-01"


@pytest.mark.parametrize(
    ("fields", "fine"),
    [
        ({"sent": "2026-03", "replied": "2026-03-01"}, True),
        ({"sent": "2026-03-02", "replied": "2026-03-01"}, False),
        ({"sent": "~2026", "replied": "2026-01-01"}, True),
        ({"letter": "2026-05-01", "replied": "2026-04-30"}, False),
        ({"decided": "2026-05-01", "published": "2026-04-01"}, False),
        ({"sent": "nonsense", "replied": "2026-01-01"}, True),
    ],
)
def test_dates_stand_in_their_order(fields: dict[str, str], fine: bool) -> None:
    if fine:
        assert followed("submission", {"stage": "sent", **fields}, list(fields)) == {}
    else:
        with pytest.raises(UsageError):
            followed("submission", {"stage": "sent", **fields}, list(fields))


def test_other_records_and_other_fields_are_not_asked() -> None:
    assert followed("proceeding", {"stage": "draft", "sent": "2026"}, ["stage"]) == {}
    assert followed("submission", {"stage": "draft", "sent": "2026"}, ["note"]) == {}
