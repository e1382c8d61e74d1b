"""The days to come as a file for the calendar of a telephone: how much it says, and where it goes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from defenderdesk.i18n import plural, text
from defenderdesk.interchange.documents import calendar
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import button, column, label, row
from defenderdesk.ui.work.session import Session

_AHEAD = timedelta(days=366)
_MOST = 100_000


class GiveCalendar(QDialog):
    """Asks, and writes the file."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(text("Calendar file"))
        self.discreet = QCheckBox(text("Discreet: every entry is called “Appointment”, without a place"))
        self.notice = Notice()
        self._save = button(text("Save the file…"), self.pick, "primary", "export")
        self._save.setDefault(True)
        self.setLayout(
            column(
                label(text("Calendar file"), "heading"),
                label(
                    text(
                        "The days of the next twelve months, for the calendar of a telephone or a "
                        "computer: what each is about and in which country, without names. A file that "
                        "you take in later moves or cancels what has changed since."
                    ),
                    "muted",
                    wrap=True,
                ),
                self.discreet,
                label(
                    text("The file is not protected, and who looks at the telephone sees the entries."),
                    "small",
                    wrap=True,
                ),
                self.notice,
                row(None, button(text("Close"), self.reject), self._save),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(480)
        self.discreet.setFocus()

    def pick(self) -> None:
        """Ask where the file goes."""
        name = text("calendar") + ".ics"
        if path := Picker.ask(self, text("Save the calendar file"), "new", (".ics",), name):
            self.save(path)

    def save(self, path: Path) -> None:
        """Write the file."""
        vault, discreet, today = self._session.vault, self.discreet.isChecked(), date.today()
        self._save.setEnabled(False)

        def work() -> int:
            days = vault.views.days(today.isoformat(), (today + _AHEAD).isoformat(), limit=_MOST)
            return calendar.write(vault, days, path, today, datetime.now(UTC), discreet=discreet)

        def done(count: int) -> None:
            self._save.setEnabled(True)
            self.notice.say(
                plural("Saved: {n} entry.", "Saved: {n} entries.", count),
                text("Take the file into the calendar, then delete it."),
                kind="success",
            )

        def failed(exc: BaseException) -> None:
            self._save.setEnabled(True)
            self.notice.fail(exc)

        self._session.operations.write(self, work, done, failed)
