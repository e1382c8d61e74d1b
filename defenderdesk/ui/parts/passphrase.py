"""Choosing a passphrase: two lines, a strength meter in words, and whether they match.

The meter is zxcvbn (Dropbox's estimator), fed the last 72 characters, which is its own bound: its
cost grows with the square of the length. It runs in a thread of its own: on an old laptop it takes
longer than between two keys.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import column, field, label, set_look

ENOUGH = 3
"""Least zxcvbn score (0 to 4) accepted: 10^8 guesses, each of which costs an Argon2id run."""
LEAST = 10
"""Least number of characters."""


def strength(passphrase: str) -> int:
    """zxcvbn's score, 0 to 4."""
    if not passphrase:
        return 0
    from zxcvbn import zxcvbn

    return int(zxcvbn(passphrase[-72:])["score"])


class Estimator(QObject):
    """The one thread that measures. It holds words and no widget; of several that wait, the newest
    is measured."""

    measured = Signal(str, int)
    """The passphrase that was measured, and its score."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="strength", daemon=True).start()

    def ask(self, passphrase: str) -> None:
        """Measure it; `measured` says how it ended."""
        self._asked.put(passphrase)

    def _run(self) -> None:
        while True:
            passphrase = self._asked.get()
            with contextlib.suppress(queue.Empty):
                while True:
                    passphrase = self._asked.get_nowait()
            score = strength(passphrase)
            with contextlib.suppress(RuntimeError):  # the program is ending
                self.measured.emit(passphrase, score)
            del passphrase


@cache
def estimator() -> Estimator:
    """The estimator of this process, made at the first passphrase that is typed."""
    return Estimator()


def secret_line() -> QLineEdit:
    """A line that hides what is typed, with an eye to show it."""
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    eye = QAction(icons.icon("eye", "muted"), text("Show what is typed"), line)
    eye.setCheckable(True)

    def turn(shown: bool) -> None:
        line.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)

    eye.toggled.connect(turn)
    line.addAction(eye, QLineEdit.ActionPosition.TrailingPosition)
    return line


class Meter(QWidget):
    """Four bars, as many filled as the score says."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(6)
        self._score = 0

    def set_score(self, score: int) -> None:
        """Score 0 to 4."""
        self._score = score
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = palette.current()
        filled = [colours.danger, colours.danger, colours.warning, colours.success, colours.success]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        gap = 4
        width = (self.width() - 3 * gap) / 4
        for i in range(4):
            colour = filled[self._score] if i < self._score else colours.line
            painter.setBrush(QColor(colour))
            place = 3 - i if self.isRightToLeft() else i
            painter.drawRoundedRect(QRectF(place * (width + gap), 0, width, 6), 3, 3)
        painter.end()


class NewPassphrase(QWidget):
    """Two lines and the meter; `ready` says whether it may be used."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = secret_line(), secret_line()
        self._meter = Meter()
        self._said = label(self._advice(), "small", wrap=True)
        self._match = label(" ", "small")
        self._score = 0
        self._timer = QTimer(self, singleShot=True, interval=120)
        self._timer.timeout.connect(self._ask)
        self._measured = ""
        self._waiting: Callable[[], object] | None = None
        estimator().measured.connect(self._told)
        self.first.textChanged.connect(lambda _: self._timer.start())
        self.second.textChanged.connect(lambda _: self._compare())
        self.setLayout(
            column(
                field(text("Passphrase"), self.first),
                self._meter,
                self._said,
                Space.S,
                field(text("The same once more"), self.second),
                self._match,
                gap=Space.S,
            )
        )
        self.setFocusProxy(self.first)

    def ready(self) -> bool:
        """Strong enough, and the same twice."""
        typed = self.first.text()
        return (
            typed == self._measured  # else it is being measured; `changed` tells when it was
            and self._score >= ENOUGH
            and len(typed) >= LEAST
            and typed == self.second.text()
        )

    def when_measured(self, act: Callable[[], object]) -> None:
        """Do `act` once what stands there is measured: at once, or when the answer comes. Who types
        fast and presses Return is not made to press it again."""
        if self.first.text() == self._measured:
            act()
            return
        self._waiting = act
        self._timer.stop()
        self._ask()

    def value(self) -> str:
        """The passphrase."""
        return self.first.text()

    def wipe(self) -> None:
        """Forget what was typed."""
        self.first.clear()
        self.second.clear()
        self._measured = ""

    def _advice(self) -> str:
        return text("Four or five words that have nothing to do with each other are strong.")

    def _ask(self) -> None:
        if typed := self.first.text():
            estimator().ask(typed)
        else:
            self._told("", 0)

    def _told(self, measured: str, score: int) -> None:
        typed = self.first.text()
        if measured != typed:  # older, or of another line
            return
        self._measured, self._score = measured, score
        if len(typed) < LEAST:
            self._score = min(self._score, 1)
        self._meter.set_score(max(self._score, 1) if typed else 0)
        said = {
            0: text("Very weak: it would be guessed at once."),
            1: text("Weak: it would be guessed in hours."),
            2: text("Not enough yet: add a word or two."),
            3: text("Strong."),
            4: text("Very strong."),
        }
        self._said.setText(said[self._score] if typed else self._advice())
        set_look(self._said, "look", "good" if self._score >= ENOUGH else "small")
        self._compare()
        act, self._waiting = self._waiting, None
        if act is not None:
            act()

    def _compare(self) -> None:
        first, second = self.first.text(), self.second.text()
        if not second:
            self._match.setText(" ")
        elif first == second:
            self._match.setText(text("Both are the same."))
            set_look(self._match, "look", "good")
        else:
            self._match.setText(text("They differ."))
            beginning = first.startswith(second)
            set_look(self._match, "look", "small" if beginning else "problem")
            if beginning:
                self._match.setText(" ")
        self.changed.emit()
