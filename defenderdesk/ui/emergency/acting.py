"""Steps that a person takes with a package, from the page and from the strip alike.

None of it goes onto the undo stack: a check-in or a release that a mistaken Ctrl+Z takes back
would be worse than either.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Protocol

from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from defenderdesk.bundle.emergency import RELEASE_SUFFIX
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.emergency import preparing
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.growing import words_of
from defenderdesk.ui.parts.widgets import button, column, drawing, field, label, row
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.emergency import steps
from defenderdesk.vault.emergency.packages import Emergency
from defenderdesk.vault.types import Change

WAITS = (6, 12, 24, 48)
"""Hours that one can ask to wait."""


class Tells(Protocol):
    """The place where a failure is told."""

    def fail(self, exc: BaseException) -> None:
        """Tell it."""


def act(
    session: Session,
    parent: QWidget,
    work: Callable[[], object],
    notice: Tells,
    done: Callable[[], object] | None = None,
) -> None:
    """Do something with a package, and tell every view."""

    def finished(_: object) -> None:
        session.tell(Change(frozenset({"emergency", "emergency_step", "share"}), frozenset(), None))
        if done is not None:
            done()

    session.operations.write(parent, work, finished, notice.fail)


def heard(session: Session, parent: QWidget, found: Emergency, notice: Tells) -> None:
    """They were heard from."""
    act(session, parent, partial(session.vault.emergency.check_in, found.id), notice)


def wait_button(
    session: Session, parent: QWidget, found: Emergency, notice: Tells, look: str = ""
) -> QPushButton:
    """The button that asks how long to wait."""

    def wait(hours: int) -> None:
        def work() -> object:
            until = session.vault.emergency.now() + timedelta(hours=hours)
            return session.vault.emergency.wait(found.id, until)

        act(session, parent, work, notice)

    made = button(text("Wait longer…"), lambda: None, look, "bell")
    menu = QMenu(made)
    for hours in WAITS:
        said = plural("{n} hour from now", "{n} hours from now", hours)
        menu.addAction(said).triggered.connect(partial(wait, hours))
    made.setMenu(menu)
    return made


class ReleaseDialog(QDialog):
    """Is it really to be released? The safe answer is the one that Enter gives."""

    def __init__(self, found: Emergency, drill: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Drill") if drill else text("Release the emergency package"))
        others = found.need - len(found.released_by(found.drill.id if drill and found.drill else ""))
        self.reason = QPlainTextEdit()
        self.reason.setFixedHeight(palette.px(84))
        self.reason.textChanged.connect(self._look)
        self.refuse = button(text("Cancel"), self.reject, "primary")
        self.refuse.setDefault(True)
        self.go = button(text("Release (drill)") if drill else text("Release it"), self.accept, "danger")
        if drill:
            said = text("This is a drill: nothing real is opened. Do what you would do if it were.")
        elif others > 1:
            said = text(
                "You are the first of two. Once a second person agrees, the partner can "
                "open it, and nobody can take that back."
            )
        else:
            said = text("The partner can open it then, and nobody can take that back.")
        head = row(drawing("warning", "warning", 24), label(said, wrap=True), gap=Space.L)
        head.setStretch(1, 1)
        parts: list[QWidget] = [label(found.title, "heading", wrap=True)]
        if not drill:
            parts.append(label(text("Agreed: {what}", what=found.agreed), "muted", wrap=True))
        layout = column(*parts, head, gap=Space.M, margins=Space.XL)
        layout.addWidget(field(text("What happened"), self.reason, text("The partner reads it.")))
        self.long = label(text("Say it in a few sentences: this is too long."), "problem")
        self.long.hide()
        layout.addWidget(self.long)
        layout.addLayout(row(None, self.go, self.refuse))
        self.setLayout(layout)
        self.setMinimumWidth(palette.px(520))
        self.refuse.setFocus()

    def _look(self) -> None:
        fits = len(words_of(self.reason)) <= steps.MAX_REASON
        self.long.setVisible(not fits)
        self.go.setEnabled(fits)


def release(session: Session, parent: QWidget, found: Emergency, notice: Tells, drill: bool = False) -> None:
    """Ask, then release it as this person."""
    dialog = ReleaseDialog(found, drill, parent)
    agreed = dialog.exec() == QDialog.DialogCode.Accepted
    reason = words_of(dialog.reason).strip()
    dialog.deleteLater()
    if agreed:
        step = found.drill.id if drill and found.drill else ""
        work = partial(session.vault.emergency.release, found.id, reason, step)
        act(session, parent, work, notice)


def end(session: Session, parent: QWidget, found: Emergency, notice: Tells) -> None:
    """Ask why, then end it."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(text("End it"))
    reason = QLineEdit()
    reason.setMaxLength(300)
    agree = button(text("End it"), dialog.accept, "danger")
    agree.setEnabled(False)
    reason.textChanged.connect(lambda typed: agree.setEnabled(bool(typed.strip())))
    sentence = text(
        "Nobody can release it afterwards: the pieces are erased, and the partner’s "
        "file stays shut. What was released already cannot be taken back; its share "
        "can be asked back, in the case under Shares."
    )
    about = label(sentence, "", wrap=True)
    about.setMinimumWidth(palette.px(420))
    dialog.setLayout(
        column(
            label(found.title, "heading", wrap=True),
            about,
            field(text("Why"), reason),
            row(None, agree, button(text("Cancel"), dialog.reject, "primary")),
            gap=Space.M,
            margins=Space.XL,
        )
    )
    reason.setFocus()
    agreed = dialog.exec() == QDialog.DialogCode.Accepted
    why = reason.text().strip()
    dialog.deleteLater()
    if agreed:
        act(session, parent, partial(session.vault.emergency.end, found.id, why), notice)


def write_release(
    session: Session,
    parent: QWidget,
    found: Emergency,
    notice: Tells,
    done: Callable[[str], object],
    drill: bool = False,
) -> None:
    """Ask where the release goes, and write it."""
    title = text("Save the release for the partner")
    name = ("drill" if drill else "release") + RELEASE_SUFFIX
    if out := Picker.ask(parent, title, "new", (RELEASE_SUFFIX,), name):
        step = found.drill.id if drill and found.drill else ""
        act(
            session,
            parent,
            partial(preparing.write_release, session.vault, found.id, out, step),
            notice,
            lambda: done(out.name),
        )
