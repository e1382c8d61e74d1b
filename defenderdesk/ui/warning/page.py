"""The page of early warning: what rang on one side, the chosen alert explained on the other; and
the rules. Counting runs in the background: by itself when something changed that the rules count, with
a rest in between, and by button.
"""

from __future__ import annotations

import time
from datetime import date, datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QListWidgetItem, QStackedWidget, QWidget

from defenderdesk import i18n
from defenderdesk.domain.casefile import Fields
from defenderdesk.domain.warning import ALERT, NOTICE, TOO_FEW, Alert
from defenderdesk.errors import Cancelled
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import HEADING, lines
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import EmptyState, button, column, label, panel, row, scroll
from defenderdesk.ui.warning import wording
from defenderdesk.ui.warning.detail import Detail
from defenderdesk.ui.warning.recount import rest_after
from defenderdesk.ui.warning.rules import Rules
from defenderdesk.ui.work.operations import Task
from defenderdesk.ui.work.session import Session, concerns, new_record
from defenderdesk.vault.lookup.early_warning import COUNTED, Found, Result, Watch
from defenderdesk.vault.types import Change

_ALERT = Qt.ItemDataRole.UserRole
_ANSWERED = "answered"


class Warnings(QWidget):
    """The page. `opened` is told (case, kind, record); `counted` how many alerts wait."""

    opened = Signal(object, str, object)
    counted = Signal(int)

    def __init__(self, session: Session, today: date | None = None) -> None:
        super().__init__()
        self._session, self._fixed = session, today
        self._found: Found | None = None
        self._task: Task[Result] | None = None
        self._began = 0.0
        self._stopped = False
        """A person stopped the counting: it waits for news, or for the button."""
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self.load)
        self._unfolded: set[str] = set()
        self.list = lines(text("Alerts"))
        self.list.setMinimumWidth(260)
        self.list.currentItemChanged.connect(lambda item, _before: self._chosen(item))
        self.detail = Detail()
        self.detail.opened.connect(self.opened)
        self.detail.answered.connect(self.answer)
        self.detail.rule_wanted.connect(self.show_rule)
        self.rules = Rules(session)
        self.notice = Notice()
        self.rules.failed.connect(self.notice.fail)
        self.progress = ProgressPanel()
        self._said = label("", "muted", wrap=True)
        self._again = button(text("Count again"), self.count_again, "", "history")
        self._folds = {
            TOO_FEW: button("", lambda: self.fold(TOO_FEW), "quiet"),
            _ANSWERED: button("", lambda: self.fold(_ANSWERED), "quiet"),
        }
        group = QButtonGroup(self)
        self.tabs = {
            "alerts": button(text("Alerts"), lambda: self.show_tab("alerts"), "tab", "bell"),
            "rules": button(text("Rules"), lambda: self.show_tab("rules"), "tab", "settings"),
        }
        for tab in self.tabs.values():
            tab.setCheckable(True)
            group.addButton(tab)
        self.tabs["alerts"].setChecked(True)
        self._nothing = EmptyState(
            "bell",
            text("No alert"),
            text(
                "Nothing was recorded more often than usual. That is no all-clear: what was not "
                "recorded is not counted, and the last weeks are often recorded late."
            ),
        )
        side = panel(column(self.list, *self._folds.values(), gap=Space.XS))
        self._right = QStackedWidget()
        self._right.addWidget(self._nothing)
        self._right.addWidget(scroll(self.detail))
        unknown = QWidget()  # until it is known whether there is any
        self._right.addWidget(unknown)
        self._right.setCurrentWidget(unknown)
        both = row(side, self._right, gap=Space.L)
        both.setStretch(0, 3)
        both.setStretch(1, 5)
        self._side = side
        self._stack = QStackedWidget()
        self._stack.addWidget(panel(both))
        self._stack.addWidget(self.rules)
        head = row(label(text("Early warning"), "title"), *self.tabs.values(), None, self._again, gap=Space.M)
        layout = column(
            head, self._said, self.progress, self.notice, self._stack, gap=Space.S, margins=Space.XL
        )
        layout.setStretch(4, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)
        self.load()

    def today(self) -> date:
        """The day it is."""
        return self._fixed or date.today()

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.load()
        self.list.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.load()

    def leave(self) -> bool:
        """Save; False when something cannot be saved as it is."""
        return self.rules.form.leave()

    def flush(self) -> None:
        """Write what was typed, now."""
        self.rules.form.flush()

    def _news(self, change: Change) -> None:
        if concerns(change, kinds=COUNTED):
            self._stopped = False
        if concerns(change, kinds=("rule",)):
            self._rest.stop()  # whoever changes a rule waits to see what it finds
        if self.isVisible() and concerns(change, kinds=("alert", *COUNTED)):
            self.load()

    # -- reading and counting ------------------------------------------------------------------

    def _watch(self) -> Watch:
        vault = self._session.vault
        return vault.early_warning()

    def load(self) -> None:
        """Read the last result; count anew when it is old."""
        today = self.today()
        self._session.operations.read(
            self, lambda: self._watch().found(today), self._show, key=f"warnings-{id(self)}"
        )

    def count_again(self) -> None:
        """Evaluate the rules in the background."""
        if self._task is not None:
            return
        today, self._stopped, self._began = self.today(), False, time.monotonic()
        self.notice.clear()
        self.progress.begin(text("Counting what this device holds…"))
        self._again.setEnabled(False)
        self._task = self._session.operations.errand(
            self,
            lambda progress: self._watch().run(today, progress),
            lambda _result: self._counted(),
            self._failed,
            self.progress.advance,
        )
        self.progress.follow(self._task)

    def _counted(self) -> None:
        self._over()
        self.load()

    def _failed(self, exc: BaseException) -> None:
        self._over()
        self._stopped = True
        if not isinstance(exc, Cancelled):
            self.notice.fail(exc)

    def _over(self) -> None:
        self._task = None
        self._rest.start(rest_after(time.monotonic() - self._began))
        self.progress.end()
        self._again.setEnabled(True)

    # -- showing -------------------------------------------------------------------------------

    def _show(self, found: Found) -> None:
        self._found = found
        if not self.rules.form.unsaved():
            self.rules.show_rules(found.ruled)
        if found.ruled.problems:
            problems = " ".join(wording.say(one) for one in found.ruled.problems)
            self.notice.say(problems, kind="warning")
        self._tell(found.result)
        self._fill()
        waiting = [a for a, answer in found.alerts if a.level == ALERT and answer is None]
        self.counted.emit(len(waiting))
        if self.isVisible() and found.old and not self._stopped and not self._rest.isActive():
            self.count_again()

    def _tell(self, result: Result | None) -> None:
        if result is None:
            self._said.setText(text("Not counted yet."))
            return
        when = i18n.day_and_time(datetime.fromisoformat(result.computed))
        self._said.setText(
            plural(
                "Counted on {when}, from the {n} case that this device holds. What is not on "
                "this device, or not recorded yet, is not counted.",
                "Counted on {when}, from the {n} cases that this device holds. What is not on "
                "this device, or not recorded yet, is not counted.",
                result.cases,
                when=when,
            )
        )

    def _fill(self) -> None:
        found = self._found
        if found is None:
            return
        parts: dict[str, list[tuple[Alert, Fields | None]]] = {}
        for alert, answer in found.alerts:
            level = alert.level
            parts.setdefault(_ANSWERED if answer and level != TOO_FEW else level, []).append((alert, answer))
        chosen = self.detail.alert.key if self.detail.alert else ""
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for part, heading in (
            (ALERT, text("Alerts")),
            (NOTICE, text("Notices: weaker signs")),
            (_ANSWERED, text("Answered")),
            (TOO_FEW, text("Too few to say")),
        ):
            entries = parts.get(part, [])
            if part in self._folds:
                self._dress(part, len(entries))
                if part not in self._unfolded:
                    continue
            if entries:
                self._head(heading)
            for alert, answer in entries:
                self._add(alert, answer)
        self.list.blockSignals(blocked)
        self._side.setVisible(bool(found.alerts))
        keys = [key for key in self._keys() if key]
        self._choose(chosen if chosen in keys else keys[0] if keys else "")

    def _dress(self, part: str, count: int) -> None:
        fold = self._folds[part]
        shown = part in self._unfolded
        if part == TOO_FEW:
            fold.setText(
                text("Hide too few to say") if shown else text("Too few to say: {n}", n=i18n.number(count))
            )
        else:
            fold.setText(text("Hide answered") if shown else text("Answered: {n}", n=i18n.number(count)))
        fold.setIcon(icons.icon("down" if shown else "forward", "accent"))
        fold.setVisible(count > 0)

    def _head(self, heading: str) -> None:
        head = QListWidgetItem(heading)
        head.setData(HEADING, True)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(head)

    def _add(self, alert: Alert, answer: Fields | None) -> None:
        assert self._found is not None
        item = QListWidgetItem(f"{wording.title(alert, self._found.ruled)}\n{wording.in_short(alert)}")
        role = "muted" if answer else wording.level_role(alert.level)
        item.setIcon(icons.icon("check" if answer else "bell", role))
        item.setToolTip(item.text())
        item.setData(_ALERT, (alert, answer))
        self.list.addItem(item)

    def _keys(self) -> list[str]:
        entries = (self.list.item(i).data(_ALERT) for i in range(self.list.count()))
        return [entry[0].key if entry else "" for entry in entries]

    def _choose(self, key: str) -> None:
        if not key:
            self._right.setCurrentIndex(0)
            return
        blocked = self.list.blockSignals(True)
        self.list.setCurrentRow(self._keys().index(key))
        self.list.blockSignals(blocked)
        self._chosen(self.list.currentItem())

    def _chosen(self, item: QListWidgetItem | None) -> None:
        entry = item.data(_ALERT) if item else None
        if entry is None or self._found is None:
            return
        alert, answer = entry
        self._right.setCurrentIndex(1)
        self.detail.show_alert(alert, answer, self._found.ruled, self.today())
        self._session.operations.read(
            self,
            lambda: self._watch().cases(alert.behind),
            self.detail.show_cases,
            key=f"behind-{id(self)}",
        )

    # -- hands ---------------------------------------------------------------------------------

    def current(self) -> Alert | None:
        """The alert that is explained."""
        return self.detail.alert if self._right.currentIndex() else None

    def fold(self, part: str) -> None:
        """Show or hide the answered ones, or those too few to say."""
        self._unfolded ^= {part}
        self._fill()

    def show_tab(self, name: str) -> None:
        """Alerts or rules."""
        if name == "alerts" and not self.rules.form.leave():
            self.tabs["rules"].setChecked(True)
            return
        self.tabs[name].setChecked(True)
        self._stack.setCurrentIndex(1 if name == "rules" else 0)
        if name == "alerts":
            self.load()

    def show_rule(self, code: str) -> None:
        """A rule, among the rules."""
        self.rules.choose(code)
        self.show_tab("rules")

    def answer(self, alert: Alert, answer: str, until: str) -> None:
        """Save what somebody decided about an alert; undo takes it back."""
        fields = {"key": alert.key, "answer": answer, "until": until}
        edits = new_record(self._session.vault, "alert", dict(fields))[1]
        self._session.save(self, edits, None, self.notice.fail)
