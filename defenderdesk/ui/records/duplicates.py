"""Finds who is known already under a name that is being typed: so that one person gets one
record."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.fitting import CutButton
from defenderdesk.ui.parts.widgets import empty, label, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Placed

_MOST = 3


class Known(QWidget):
    """Up to three records that the name fits. `chosen` is told (record, kind, name)."""

    chosen = Signal(object, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._typed = ""
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(Space.XS)
        self._typing = QTimer(self, singleShot=True, interval=250)
        self._typing.timeout.connect(self._read)
        self.hide()

    def look(self, typed: str) -> None:
        """A name as it is being typed."""
        self._typed = typed.strip()
        if len(self._typed) < 3:
            self._show([])
        else:
            self._typing.start()

    def _read(self) -> None:
        vault, typed = self._session.vault, self._typed
        kinds = ("person", "organisation", "involvement")

        def work() -> list[Placed]:
            return vault.views.named(typed, kinds, 12)

        self._session.operations.read(self, work, self._show, key=f"known-{id(self)}")

    def _show(self, found: list[Placed]) -> None:
        empty(self._lines)
        found.sort(key=lambda one: one.record.kind == "involvement")
        for one in found[:_MOST]:
            record = one.record
            name = record.text("name")
            if record.kind == "involvement":
                where = one.of.title if one.of else ""
                self._lines.addWidget(
                    label(
                        text("{name} stands in a case already: {case}", name=name, case=where),
                        "small",
                        wrap=True,
                    )
                )
                continue
            about = formatting.line_of(record)
            said = f"{name} ({about})" if about else name
            use = CutButton(
                text("Known: {name}. Link it", name=said),
                partial(self.chosen.emit, record.id, record.kind, name),
                "chip",
                icons.icon("defender"),
            )
            self._lines.addLayout(row(use, None))
        self.setVisible(bool(found))


class Asked(QWidget):
    """Questions to ask for the acts that were chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(2)
        self.hide()

    def show_questions(self, questions: list[str]) -> None:
        """Show these."""
        empty(self._lines)
        if questions:
            self._lines.addWidget(label(text("To ask, if it can be asked"), "label"))
        for question in questions:
            self._lines.addWidget(label(f"· {question}", "small", wrap=True))
        self.setVisible(bool(questions))
