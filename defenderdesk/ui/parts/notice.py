"""Notices: what happened and what to do next, in the page; a toast for what passes by; and the
dialog that tells a mistake of the program apart, with a report that holds no case data."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QPlainTextEdit, QWidget

from defenderdesk import __version__, i18n
from defenderdesk.i18n import text
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, drawing, label, panel, row, set_look

_ICONS = {"danger": "warning", "warning": "warning", "success": "check", "info": "info"}


class Notice(QFrame):
    """A coloured strip with a message and the next step; hidden while it has nothing to say."""

    def __init__(self, parent: QWidget | None = None, closable: bool = True) -> None:
        super().__init__(parent)
        self._message = label("", wrap=True)
        self._next = label("", "muted", wrap=True)
        self._icon = QLabel()
        self._close = button("", self.clear, "quiet", "close", text("Dismiss"))
        if not closable:
            self._close.hide()
        words_column = column(self._message, self._next, gap=2)
        layout = row(self._icon, words_column, self._close, gap=Space.M, margins=Space.M)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()

    def say(self, message: str, next_step: str = "", kind: str = "info") -> None:
        """Show `message`; kind: danger, warning, success, info."""
        set_look(self, "look", f"notice-{kind}")
        role = "accent" if kind == "info" else kind
        self._icon.setPixmap(drawing(_ICONS[kind], role).pixmap())
        self._message.setText(message)
        self._next.setText(next_step)
        self._next.setVisible(bool(next_step))
        self.setAccessibleName(f"{message} {next_step}")
        self.show()

    def fail(self, exc: BaseException) -> None:
        """Show an error of the world, translated."""
        message, next_step = i18n.error(exc)
        self.say(message, next_step, "danger")

    def clear(self) -> None:
        """Say nothing."""
        self.hide()
        self._message.clear()
        self._next.clear()

    @property
    def message(self) -> str:
        """The sentence that it shows now."""
        return self._message.text()


class Toast(QFrame):
    """A passing word at the foot of its parent, with at most one action."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("look", "toast")
        self._words = label("", wrap=True)
        self._act: Callable[[], object] | None = None
        self._button = button("", self._pressed)
        self.setLayout(row(self._words, self._button, gap=Space.L, margins=Space.M))
        self._timer = QTimer(self, singleShot=True, interval=7000)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def say(self, message: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Show `message` for seven seconds."""
        self._words.setText(message)
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self._act = act
        self.show()
        self._place()
        self.raise_()
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        place = self._over.rect()
        most = max(min(place.width() - 2 * Space.XXL, palette.px(720)) - self._beside(), 80)
        metrics = self._words.fontMetrics()
        self._words.setFixedWidth(min(metrics.horizontalAdvance(self._words.text()) + 2, most))
        self.adjustSize()
        self.move((place.width() - self.width()) // 2, place.height() - self.height() - Space.XXL)

    def _beside(self) -> int:
        """Pixels beside the words: the margins and the button."""
        shown = not self._button.isHidden()
        return 2 * Space.M + (Space.L + self._button.sizeHint().width() if shown else 0)

    def _pressed(self) -> None:
        self.hide()
        if self._act:
            self._act()


def report_of(exc: BaseException) -> tuple[str, str]:
    """(code, report) of a bug. The report names the program's own lines and the kind of the
    exception; its message and all values stay out, for they may hold case data."""
    frames = traceback.extract_tb(exc.__traceback__)
    lines = [f"{_inside(f.filename)}:{f.lineno} {f.name}" for f in frames]
    kind = type(exc).__name__
    code = hashlib.sha256("\n".join([kind, *lines[-3:]]).encode()).hexdigest()[:8].upper()
    return code, "\n".join([f"DefenderDesk {__version__}", f"{code} {kind}", *lines])


def _inside(filename: str) -> str:
    parts = Path(filename).parts
    for root in ("defenderdesk", "site-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) :])
    return parts[-1] if parts else ""


class BugDialog(QDialog):
    """Tells that the program made a mistake, and offers the report."""

    def __init__(self, exc: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("A mistake of DefenderDesk"))
        code, report = report_of(exc)
        message, next_step = i18n.error(exc)
        shown = QPlainTextEdit(report)
        shown.setReadOnly(True)
        shown.setAccessibleName(text("Report"))
        shown.setMinimumSize(520, 160)
        close = button(text("Go on"), self.accept, "primary")
        copy = button(text("Copy the report"), lambda: QGuiApplication.clipboard().setText(report))
        head = row(drawing("bug", "danger", 24), label(message, "lead", wrap=True), gap=Space.M)
        head.setStretch(1, 1)
        self.setLayout(
            column(
                head,
                label(text("Code: {code}", code=code), "code"),
                label(next_step, "muted", wrap=True),
                label(text("The report holds no case data."), "muted"),
                shown,
                row(None, copy, close),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        close.setFocus()


__all__ = ["BugDialog", "Notice", "Toast", "panel", "report_of"]
