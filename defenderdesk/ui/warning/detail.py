"""One alert explained: the sentence, the weeks, how sure it is, the cases, and an answer to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidgetItem, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.domain import vocabulary
from defenderdesk.domain.casefile import Fields
from defenderdesk.domain.warning import Alert, Behind, Ruled
from defenderdesk.domain.warning.rule import NEW_LAWS
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.dates import DateLine
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.widgets import button, card, column, empty, label, panel, row, set_look
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.ui.warning import wording
from defenderdesk.ui.warning.chart import WeekChart
from defenderdesk.vault.lookup.early_warning import Held

ANSWERS = ("acted", "looked_at", "false_alarm", "later")
"""The answers, as the list `alert_answer` has them, the one that helps first."""
LATER = 7
"""Days after which "later" brings it back."""
_CASE = Qt.ItemDataRole.UserRole


class Detail(QWidget):
    """`opened`: (case, kind, record). `answered`: (alert, answer, until as ISO). `rule_wanted`: a
    rule's code."""

    opened = Signal(object, str, object)
    answered = Signal(object, str, str)
    rule_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.alert: Alert | None = None
        self._today = date.today()
        self._level = label("", "label")
        self._title = label("", "heading", wrap=True)
        self.headline = label("", "lead", wrap=True)
        self.chart = WeekChart()
        self._key = label("", "small", wrap=True)
        self._says = column(gap=Space.S)
        self.cases = lines(text("Cases behind it"))
        self.cases.itemActivated.connect(self._open)
        self.cases.itemDoubleClicked.connect(self._open)
        self._heading = label("", "lead")
        self._answer = label("", "good", wrap=True)
        self.until = DateLine()
        self.until.setAccessibleName(text("Not again before"))
        self.buttons = {
            code: button(
                vocabulary.label("alert_answer", code, i18n.language()),
                partial(self._answered, code),
            )
            for code in ANSWERS
        }
        flow = FlowLayout(gap=Space.S)
        for made in self.buttons.values():
            flow.addWidget(made)
        until = row(label(text("Not again before"), "label", buddy=self.until.line), self.until)
        until.setStretch(1, 1)
        self._how = column(gap=Space.S)
        change = button(text("See or change the rule"), self._to_rule, "quiet", "settings")
        story = card(
            self._level,
            self._title,
            self.headline,
            self.chart,
            self._key,
            panel(self._says),
            gap=Space.S,
        )
        reply = card(label(text("Your answer"), "lead"), self._answer, panel(flow), panel(until), gap=Space.S)
        how = card(label(text("How this rule counts"), "lead"), panel(self._how), row(change, None))
        behind = card(self._heading, self.cases, gap=Space.S)
        self.setLayout(column(story, reply, behind, how, None, gap=Space.M))

    def show_alert(self, alert: Alert, answer: Fields | None, ruled: Ruled, today: date) -> None:
        """Explain one; its cases come later (`show_cases`)."""
        fresh = self.alert is None or self.alert.key != alert.key
        self.alert, self._today = alert, today
        self._level.setText(wording.level_name(alert.level))
        set_look(self._level, "look", {"danger": "problem"}.get(wording.level_role(alert.level), "label"))
        self._title.setText(wording.title(alert, ruled))
        self.headline.setText(wording.say(alert.headline))
        self.chart.show_alert(alert)
        self._key.setText(
            text("Counts per week. The darker bars are the days looked at.")
            if alert.measure == NEW_LAWS or not alert.spells
            else text(
                "Counts per week. The marked bars are the days looked at; the band is what nine "
                "of ten weeks before held."
            )
        )
        fill(self._says, [wording.say(one) for one in alert.says[1:]])
        self._answer.setText(wording.answer_line(answer) if answer else "")
        self._answer.setVisible(answer is not None)
        if fresh:
            self.until.show_value((today + timedelta(days=alert.window_days)).isoformat())
            self.cases.clear()
        rule = ruled.rule(alert.rule)
        fill(self._how, [wording.say(one) for one in rule.explain()] if rule else [])
        more = alert.more
        count = len(alert.behind)
        self._heading.setText(
            text("Cases behind it: {n} of {all}", n=i18n.number(count), all=i18n.number(count + more))
            if more
            else text("Cases behind it: {n}", n=i18n.number(count))
        )

    def show_cases(self, found: Sequence[tuple[Behind, Held]]) -> None:
        """List the cases behind it."""
        self.cases.clear()
        for one, case in found:
            day = wording.apart(i18n.date(date.fromisoformat(one.day)))
            parts = [
                i18n.country(case.country),
                wording.apart(case.reference) if case.reference else "",
                text("{n} on {date}", n=i18n.number(one.count), date=day)
                if one.count == 1
                else text("{n}, the last on {date}", n=i18n.number(one.count), date=day),
            ]
            below = " · ".join(part for part in parts if part)
            item = QListWidgetItem(f"{case.title or text('Untitled')}\n{below}")
            item.setIcon(icons.icon(ICONS.get(one.kind, "cases"), "muted"))
            item.setToolTip(item.text())
            item.setData(_CASE, one)
            self.cases.addItem(item)
        shown = min(max(self.cases.count(), 1), 7)
        self.cases.setFixedHeight(palette.px(52) * shown + 6)
        if self.cases.count():
            self.cases.setCurrentRow(0)

    def _open(self, item: QListWidgetItem) -> None:
        one: Behind = item.data(_CASE)
        kind = one.kind if one.record else ""
        self.opened.emit(one.case, kind, one.record if kind else "")

    def _answered(self, code: str) -> None:
        if self.alert is None:
            return
        until = self.until.value()
        if until is None:
            self.until.setFocus()
            return
        if code == "later":
            until = (self._today + timedelta(days=LATER)).isoformat()
        self.answered.emit(self.alert, code, until)

    def _to_rule(self) -> None:
        if self.alert is not None:
            self.rule_wanted.emit(self.alert.rule)


def fill(layout: QVBoxLayout, sentences: Sequence[str]) -> None:
    """Sentences, one under the other, in place of what stood there."""
    empty(layout)
    for sentence in sentences:
        layout.addWidget(label(sentence, wrap=True))
