"""A case at a glance, above its overview: the next days, the risk, consent, and what is lacking.

Each line leads to where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from defenderdesk.domain import mechanisms as rules
from defenderdesk.domain import withdrawal
from defenderdesk.domain.casefile import CaseFile, one
from defenderdesk.domain.kinds import ASSESSMENT
from defenderdesk.i18n import plural, text
from defenderdesk.ui.calendar import wording
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.widgets import button, empty
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Day

_MOST = 3


@dataclass(frozen=True)
class _Loaded:
    case: CaseFile
    days: list[Day]
    lacking: int


class Glance(QWidget):
    """Small buttons in a line or two. `opened` is told (section, record)."""

    opened = Signal(str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._flow = FlowLayout()
        self.setLayout(self._flow)

    def load(self, case: str) -> None:
        """Read what there is to say."""
        vault, today = self._session.vault, date.today()

        def work() -> _Loaded:
            file = vault.views.casefile(case)
            known = vault.office.corrected().mechanisms
            lacking = 0
            for submission in file.of("submission"):
                mechanism = known.get(one(submission, "mechanism"))
                if mechanism and one(submission, "stage") in ("", "draft", "ready"):
                    found = rules.check(mechanism, file, today, known, submission)
                    lacking += sum(f.level == "missing" for f in found)
            return _Loaded(file, vault.views.days_of(case), lacking)

        self._session.operations.read(self, work, self._show, key=f"glance-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        empty(self._flow)
        today = date.today()
        for day in loaded.days[:_MOST]:
            late = wording.urgency(day, today)
            self._add(
                text("{what}: {why}", what=wording.why(day.what), why=wording.distance(day, today)),
                "calendar" if late != "overdue" else "warning",
                day.record.kind,
                day.record.id,
                "alarm" if late == "overdue" else "chip",
            )
        assessments = sorted(loaded.case.of("assessment"), key=lambda a: one(a, "date"))
        if assessments:
            level = formatting.shown(ASSESSMENT.field("level"), assessments[-1].get("level"))
            if level:
                self._add(
                    text("Risk: {level}", level=level), "assessment", "assessment", str(assessments[-1]["id"])
                )
        people = loaded.case.defenders()
        answered = {one(c, "person") for c in loaded.case.of("consent")}
        asked = sum(bool({one(p, "id"), one(p, "person")} & answered) for p in people)
        if people and asked < len(people):
            left = len(people) - asked
            self._add(
                plural("{n} person not asked for consent", "{n} persons not asked for consent", left),
                "consent",
                "consent",
            )
        reached = withdrawal.to_tell(loaded.case)
        if reached:
            self._add(
                plural(
                    "Consent withdrawn: {n} mechanism to tell",
                    "Consent withdrawn: {n} mechanisms to tell",
                    len(reached),
                ),
                "warning",
                "consent",
                reached[0].consent,
                "alarm",
            )
        if loaded.lacking:
            self._add(
                plural(
                    "{n} thing lacking for a submission",
                    "{n} things lacking for a submission",
                    loaded.lacking,
                ),
                "shield",
                "advice",
            )
        self.setVisible(self._flow.count() > 0)

    def _add(self, words: str, icon: str, section: str, record: str = "", look: str = "chip") -> None:
        made = button(words, partial(self.opened.emit, section, record), look, icon)
        self._flow.addWidget(made)
