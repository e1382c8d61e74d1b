"""The answers of those whose case is to be raised on a visit, or who are to be met: shown before it is
done, not after."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidgetItem, QWidget

from defenderdesk.domain.mechanisms.consent import EXPIRED, GIVEN, LACKING, REFUSED, WITHDRAWN
from defenderdesk.domain.visit_consent import NO, NOT_ASKED, Check
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.parts.lines import heading, lines
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import column, label
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.casework.visit_checks import Checked
from defenderdesk.vault.types import Record

_ORDER = (REFUSED, WITHDRAWN, EXPIRED, LACKING, GIVEN)


def _said(status: str, names: str) -> str:
    return {
        REFUSED: text("said no: {names}", names=names),
        WITHDRAWN: text("consent withdrawn: {names}", names=names),
        EXPIRED: text("consent has ended: {names}", names=names),
        GIVEN: text("agreed: {names}", names=names),
    }.get(status, text("not asked: {names}", names=names))


def words(check: Check) -> list[str]:
    """The answers, the gravest first."""
    by: dict[str, list[str]] = {}
    for answer in check.answers:
        status = answer.status if answer.status in _ORDER else LACKING
        by.setdefault(status, []).append(answer.name or "?")
    found = [_said(status, ", ".join(by[status])) for status in _ORDER if status in by]
    if not check.needed:
        found.append(text("no consent is needed"))
    elif not check.answers:
        found.append(text("nobody at risk is recorded in it"))
    if check.risk_open:
        found.append(text("the risk of the meeting is not checked"))
    return found


def look(check: Check) -> tuple[str, str]:
    """The icon and its role."""
    if check.level == NO:
        return "warning", "danger"
    if check.level == NOT_ASKED or check.risk_open:
        return "warning", "warning"
    return "check", "success"


class VisitChecks(QWidget):
    """A tab of a visit. `opened`: a record is to be shown."""

    opened = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.list = lines(text("Consent and risk"))
        self.list.itemActivated.connect(self._open)
        self._said = label(
            text(
                "Nobody should be named or met against their will, or unasked. The program forbids nothing."
            ),
            "muted",
            wrap=True,
        )
        self.setLayout(column(self._said, self.list))

    def show_for(self, visit: Record) -> None:
        """Read the answers of a visit's cases and meetings."""
        vault = self._session.vault
        self._session.operations.read(
            self,
            lambda: vault.casework.visit_checks(visit.id, date.today()),
            self._show,
            key=f"visit-checks-{id(self)}",
        )

    def _show(self, found: list[Checked]) -> None:
        self.list.clear()
        for kind, head in (("raised", text("Cases to raise")), ("meeting", text("Meetings"))):
            part = [one for one in found if one.record.kind == kind]
            if part:
                self.list.addItem(heading(head))
            for one in part:
                item = QListWidgetItem(f"{one.title or text('Untitled')}\n{' · '.join(words(one.check))}")
                item.setIcon(icons.icon(*look(one.check)))
                item.setToolTip(item.text())
                set_record(item, one.record.id)
                self.list.addItem(item)
        if not found:
            self.list.addItem(heading(text("No case is to be raised yet, and nobody to be met.")))

    def _open(self, item: QListWidgetItem) -> None:
        if record_of(item):
            self.opened.emit(record_of(item))
