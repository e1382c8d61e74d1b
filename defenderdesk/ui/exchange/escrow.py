"""Partners' emergency packages: looked at, kept, tried in drills, opened when released."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.bundle.emergency import Package
from defenderdesk.errors import DamagedError, NotForUsError, NotFoundError
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.emergency import escrow
from defenderdesk.interchange.emergency import wording as said
from defenderdesk.interchange.emergency.escrow import Opened
from defenderdesk.sync import link_policy
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import (
    Item,
    button,
    card,
    column,
    drawing,
    empty,
    field,
    label,
    panel,
    row,
)
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.vault import Vault
from defenderdesk.vault.types import Change, Record

_NEWS = Change(frozenset({"held_emergency"}), frozenset(), None)


@dataclass(frozen=True)
class Waiting:
    """A kept package of which something has come: its release, or a drill."""

    record: str
    title: str
    partner: str
    drill: bool
    reason: str = ""


Seen = dict[tuple[object, ...], Waiting | None]
"""Results of looking at a package, by all that it depends on: to open one costs as much as it is
large, and the strip looks every minute."""


def waiting(vault: Vault, seen: Seen) -> list[Waiting]:
    """The card of what waits to be opened on this laptop. `seen`: of the last look, brought up to
    date."""
    now: Seen = {}
    for one in escrow.all_of(vault):
        letters = tuple(str(letter) for letter in one.sets.get("letters", ()))
        facts = (one.id, one.text("opened"), one.text("drill"), one.text("organisation"), letters)
        if facts in seen:
            now[facts] = seen[facts]
        elif letters:
            with contextlib.suppress(DamagedError, NotForUsError, NotFoundError):
                now[facts] = _waiting(vault, one)  # what is not here yet is looked at again
    seen.clear()
    seen.update(now)
    return [one for one in now.values() if one is not None]


def _waiting(vault: Vault, one: Record) -> Waiting | None:
    state = escrow.state(vault, one.id)
    partner = said.partner(vault, one.text("organisation"), state.package.organisation)
    title = one.text("title")
    if state.released and not one.text("opened"):
        reasons = [said.reason(letter.reason) for letter in state.by if letter.reason]
        return Waiting(one.id, title, partner, False, " ".join(reasons[:2]))
    if state.drills and not state.by and not escrow.drill_said(one, state.drills[-1]):
        return Waiting(one.id, title, partner, True)
    return None


class KeepDialog(QDialog):
    """Shows who a package is from, when it opens, and the question whether to keep it."""

    def __init__(self, session: Session, path: Path, package: Package, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._path = session, path
        self.setWindowTitle(text("An emergency package from a partner"))
        self.notice = Notice()
        self.desk = DeskChoice(session)
        self.asks = QCheckBox(text("Ask their server now and then whether it was released"))
        server = link_policy.decide(package.server).address
        self.asks.setVisible(server is not None)
        self._keep = button(text("Keep it"), self.keep, "primary", "check")
        need = plural(
            "It opens when {n} person there releases it.",
            "It opens when {n} persons there release it.",
            package.lock.need,
        )
        parts: list[QWidget] = [
            label(f"{package.organisation} · {package.member}", "heading", wrap=True),
            label(" · ".join(escrow.words(package)), "lead", wrap=True),
            label(
                text("Compare these words by voice with the partner before you keep it."), "muted", wrap=True
            ),
            label(text("For {person}", person=package.person), "lead", wrap=True),
            label(package.agreed, "", wrap=True),
            label(need + " " + text("Until then nobody can open it, you neither."), "muted", wrap=True),
        ]
        if server is not None:
            parts.append(self.asks)
            where = server.origin  # not as they wrote it: a name before an @ is no host
            parts.append(
                label(
                    text(
                        "Their server ({where}) then sees that somebody asks, over your route.", where=where
                    ),
                    "small",
                    wrap=True,
                )
            )
        self.setLayout(
            column(
                *parts,
                self.desk,
                self.notice,
                row(None, button(text("Leave it"), self.reject), self._keep),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(palette.px(480))
        self.desk.hide_with(self.desk)

    def keep(self) -> None:
        """Keep it."""
        vault, path, desk = self._session.vault, self._path, self.desk.code or None
        asks = self.asks.isChecked()
        self._keep.setEnabled(False)

        def done(_: str) -> None:
            self._session.tell(EVERYTHING)
            self.accept()

        def failed(exc: BaseException) -> None:
            self._keep.setEnabled(True)
            self.notice.fail(exc)

        self._session.operations.write(self, lambda: escrow.keep(vault, path, desk, asks=asks), done, failed)


class HeldDialog(QDialog):
    """One kept package: the drill's words, or what it holds once it is released."""

    opened = Signal(object)
    """The case that it brought is to be shown."""

    def __init__(self, session: Session, record: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._record = session, record
        self._case = ""
        self.setWindowTitle(text("Emergency package"))
        self.notice = Notice()
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(Space.M)
        self._close = button(text("Close"), self.reject, "primary")
        self._go = button(text("Show the case"), self._show_case, "", "cases")
        self._go.hide()
        layout = column(
            panel(self._body),
            None,
            self.notice,
            row(None, self._go, self._close),
            gap=Space.M,
            margins=Space.XL,
        )
        self.setLayout(layout)
        self.setMinimumWidth(palette.px(540))
        self.load()

    def load(self) -> None:
        """Look how it stands."""
        vault, record = self._session.vault, self._record
        self._session.operations.read(self, lambda: escrow.state(vault, record), self._show, self.notice.fail)

    def _show(self, state: escrow.State) -> None:
        empty(self._body)
        package = state.package
        items: list[QWidget] = [
            label(text("For {person}", person=package.person), "heading", wrap=True),
            label(f"{package.organisation} · {package.member}", "muted", wrap=True),
            label(package.agreed, "", wrap=True),
        ]
        for letter in state.by:
            who = said.member(letter.member)
            items.append(label(text("Released by {who}.", who=who), "lead", wrap=True))
            if letter.reason:
                items.append(label(said.reason(letter.reason), "", wrap=True))
        if state.released:
            again = bool(state.record.text("opened"))
            self.go = button(
                text("Open it again") if again else text("Open it"),
                self.open_it,
                "" if again else "primary",
                "shield",
            )
            items.append(panel(row(self.go, None)))
            if state.record.text("note"):
                items.append(self._letter(state.record.text("note")))
            self._case = state.record.text("case")
            self._go.setVisible(bool(self._case))
        elif state.by:
            items.append(label(text("One more person has to release it."), "warning", wrap=True))
        else:
            items.append(label(text("It has not been released."), "muted", wrap=True))
        if state.drills:
            self.say = button(text("Open the drill"), self.open_drill, "", "bell")
            items.append(panel(row(self.say, None)))
        for item in items:
            self._body.addWidget(item)

    @staticmethod
    def _letter(words_: str) -> QWidget:
        page = QPlainTextEdit(words_)
        page.setReadOnly(True)
        page.setMinimumHeight(palette.px(140))
        return field(text("Their letter"), page)

    def open_drill(self) -> None:
        """The three words."""
        vault, record = self._session.vault, self._record

        def done(found: list[str]) -> None:
            self._session.tell(_NEWS)
            self._body.addWidget(label(" · ".join(found), "words", wrap=True))
            self._body.addWidget(
                label(text("Say these three words to the partner, by voice."), "", wrap=True)
            )

        self.say.setEnabled(False)
        self._session.operations.write(self, lambda: escrow.drill(vault, record), done, self.notice.fail)

    def open_it(self) -> None:
        """Take in what it holds."""
        vault, record = self._session.vault, self._record
        self.go.setEnabled(False)

        def done(found: Opened) -> None:
            self._session.tell(EVERYTHING)
            parts = []
            if found.records:
                parts.append(plural("{n} record was taken in.", "{n} records were taken in.", found.records))
            if found.files:
                parts.append(plural("{n} file was taken in.", "{n} files were taken in.", found.files))
            said_ = " ".join(parts) or text("It is open: everything in it is here.")
            self.notice.say(said_, kind="success")
            self.load()

        def failed(exc: BaseException) -> None:
            self.go.setEnabled(True)
            self.notice.fail(exc)

        self._session.operations.write(self, lambda: escrow.open_released(vault, record), done, failed)

    def _show_case(self) -> None:
        self.accept()
        self.opened.emit(self._case)


class HeldCard(QWidget):
    """The partners' packages that are kept; hidden while there is none."""

    wanted = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.notice = Notice()
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(Space.S)
        self.progress = ProgressPanel()
        self.asked = button(text("Ask their servers now"), self.ask, "", "cloud")
        head = label(text("Emergency packages of partners"), "heading")
        self.setLayout(
            column(
                card(
                    row(drawing("shield", "accent", 22), head, None),
                    label(
                        text("Kept for the day they are released to you. Try a drill with each partner."),
                        "muted",
                        wrap=True,
                    ),
                    panel(self._lines),
                    row(self.asked, None),
                    self.progress,
                    self.notice,
                )
            )
        )
        self.hide()
        session.changed.connect(self._news)
        self.load()

    def _news(self, change: Change) -> None:
        if "*" in change.kinds or "held_emergency" in change.kinds:
            self.load()

    def load(self) -> None:
        """Read them."""
        vault = self._session.vault

        def work() -> list[tuple[str, str, str, bool]]:
            out = []
            for one in escrow.all_of(vault):
                partner = said.partner(vault, one.text("organisation"), "?")
                if one.text("opened"):
                    state = text("Opened on {date}.", date=i18n.date(one.text("opened")))
                elif one.text("drilled"):
                    state = text("Last drill: {date}.", date=i18n.date(one.text("drilled")))
                else:
                    state = text("Never tried.")
                about = f"{partner} · {state}"
                out.append((one.id, one.text("title"), about, one.fields.get("asks") is True))
            return out

        self._session.operations.read(self, work, self._show, key=f"held-{id(self)}")

    def _show(self, found: list[tuple[str, str, str, bool]]) -> None:
        empty(self._lines)
        for record, title, about, _ in found:
            items: list[Item] = [
                column(label(title, "lead", wrap=True), label(about, "muted", wrap=True), gap=0),
                button(text("Open…"), partial(self.wanted.emit, record), "quiet"),
            ]
            line = row(*items)
            line.setStretch(0, 1)
            self._lines.addWidget(panel(line))
        self.asked.setVisible(any(asks for *_, asks in found))
        self.setVisible(bool(found))

    def ask(self) -> None:
        """Ask the servers, over our route."""
        vault = self._session.vault
        if self.progress.isVisible():
            return

        def done(told: list[str]) -> None:
            self.notice.say(
                text("Something has come: open it.") if told else text("Nothing was released."),
                kind="success" if told else "info",
            )
            if told:
                self._session.tell(_NEWS)

        self.progress.run(
            self._session.operations,
            self.notice,
            text("Asking…"),
            lambda progress: escrow.ask(vault, progress),
            done,
        )


def take_release(
    session: Session,
    parent: QWidget,
    path: Path,
    done: Callable[[int], object],
    failed: Callable[[BaseException], None],
) -> None:
    """Take a release file in."""
    vault = session.vault

    def told(found: list[str]) -> None:
        session.tell(_NEWS)
        done(len(found))

    session.operations.write(parent, lambda: escrow.take_release(vault, path), told, failed)


def show_held(session: Session, record: str, parent: QWidget) -> HeldDialog:
    """The window of one kept package."""
    dialog = HeldDialog(session, record, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog
