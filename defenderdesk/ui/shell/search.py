"""The search box: a word of any record, and what was found below it while one types. Up and down
choose, Enter opens, Esc leaves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidgetItem, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.widgets import column, label
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Hit

_MOST = 12


class Search(QLineEdit):
    """The box; its results float over the window."""

    chosen = Signal(object)  # Hit

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._hits: list[Hit] = []
        self.setProperty("look", "search")
        self.setPlaceholderText(text("Search everything (Ctrl+K)"))
        self.setAccessibleName(text("Search everything"))
        self.setClearButtonEnabled(True)
        self.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.setMaximumWidth(palette.px(460))
        self.results = lines(text("Found"))
        self.results.setProperty("look", "bare")
        self.results.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.results.itemClicked.connect(lambda _: self._open())
        self._nothing = label(text("Nothing found."), "muted")
        self.popup = QFrame(window)
        self.popup.setProperty("look", "card")
        self._behind = label("", "muted", wrap=True)
        self.popup.setLayout(column(self._nothing, self._behind, self.results, gap=0, margins=Space.S))
        self.popup.hide()
        self._typing = QTimer(self, singleShot=True, interval=150)
        self._typing.timeout.connect(self.look)
        self.textChanged.connect(lambda _: self._typing.start())
        self.installEventFilter(self)

    def look(self) -> None:
        """Search for what is written."""
        wanted = self.text().strip()
        if len(wanted) < 2:
            self.popup.hide()
            return
        vault = self._session.vault

        def work() -> tuple[list[Hit], int]:
            return vault.search(wanted, _MOST), vault.words_waiting()

        self._session.operations.read(self, work, self._show, key=f"search-{id(self)}")

    def _show(self, found: tuple[list[Hit], int]) -> None:
        hits, waiting = found
        if not self.text().strip() or not self.hasFocus():
            return
        self._behind.setText(
            plural(
                "{n} record that came in is still to be searched. Look again in a moment.",
                "{n} records that came in are still to be searched. Look again in a moment.",
                waiting,
            )
        )
        self._behind.setVisible(bool(waiting))
        self._hits = hits
        self.results.clear()
        for hit in hits:
            kind = text(kind_of(hit.kind).label)
            title = hit.title.split("\n")[0] or text("Untitled")
            below = kind if hit.id == hit.case else f"{kind} · {hit.case_title}"
            if hit.snippet and hit.snippet.strip() not in (title, hit.title):
                below += f" · {hit.snippet}"
            item = QListWidgetItem(f"{title}\n{' '.join(below.split())}")
            item.setIcon(icons.icon(ICONS.get(hit.kind, "file"), "muted"))
            self.results.addItem(item)
        self.results.setCurrentRow(0 if hits else -1)
        self.results.setVisible(bool(hits))
        self._nothing.setVisible(not hits and not waiting)
        self._place()

    def _place(self) -> None:
        width = max(self.width(), palette.px(460))
        line = palette.px(54)
        height = min(len(self._hits), 8) * line + 24 if self._hits else 48
        if self._hits and not self._behind.isHidden():
            height += line
        corner = self.mapTo(self._window, QPoint(0, self.height() + 4))
        if self.isRightToLeft():
            corner.setX(corner.x() + self.width() - width)
        height = min(height, self._window.height() - corner.y() - 8)
        self.popup.setGeometry(corner.x(), corner.y(), width, height)
        self.popup.show()
        self.popup.raise_()

    def _open(self) -> None:
        line = self.results.currentRow()
        self.popup.hide()
        if 0 <= line < len(self._hits):
            hit = self._hits[line]
            self.clear()
            self.chosen.emit(hit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.popup.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key, shown = event.key(), self.popup.isVisible()
        if key == Qt.Key.Key_Escape:
            self.clear()
            self.popup.hide()
            return True
        if shown and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            step = 1 if key == Qt.Key.Key_Down else -1
            count = max(self.results.count(), 1)
            self.results.setCurrentRow((self.results.currentRow() + step) % count)
            return True
        if shown and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
            return True
        return False
