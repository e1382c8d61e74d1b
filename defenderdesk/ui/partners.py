"""Partners: this device's key for them, and a share of theirs looked at before it is taken in."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.reports import taking
from defenderdesk.reports.taking import Received, Taken
from defenderdesk.ui import theme
from defenderdesk.ui.parts.blocks import button, card, column, drawing, label, row
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.session import EVERYTHING, Session
from defenderdesk.ui.theme import Space
from defenderdesk.words import text


class PartnerKey(QWidget):
    """What a partner needs to seal a share to this device, and the words to compare."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.key = QLineEdit()
        self.key.setReadOnly(True)
        self.key.setAccessibleName(text("Key for partners"))
        self._words = label("", "lead", wrap=True)
        copy = button(text("Copy"), self.copy, "", "file")
        self.setLayout(
            column(
                card(
                    row(drawing("share", "accent", 22), label(text("For partners"), "heading"),
                        None),
                    label(
                        text("A partner organisation seals a case to this key. Compare the six "
                             "words by voice."),
                        "muted", wrap=True,
                    ),
                    row(self.key, copy),
                    self._words,
                ),
                gap=0,
            )
        )  # fmt: skip
        vault = session.vault

        def work() -> tuple[str, list[str]]:
            if not vault.store.workspace:
                return "", []
            public = vault.store.need_signing_key().public
            return str(vault.store.need_identity().recipient), taking.signer_words(public)

        session.operations.read(self, work, self._show)

    def _show(self, found: tuple[str, list[str]]) -> None:
        self.key.setText(found[0])
        self.key.setCursorPosition(0)
        self._words.setText(" · ".join(found[1]))

    def copy(self) -> None:
        """Copy the key; it is no secret."""
        QGuiApplication.clipboard().setText(self.key.text())


class TakeShare(QDialog):
    """Who it is from, what it holds, and the question whether to take it in."""

    def __init__(self, session: Session, received: Received, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._received = session, received
        self.setWindowTitle(text("A share from a partner"))
        self.notice = Notice()
        self.desk = DeskChoice(session)
        counts: dict[str, int] = {}
        title = ""
        for record in received.records:
            counts[record["kind"]] = counts.get(record["kind"], 0) + 1
            if record["kind"] == "case" and record["id"] == received.case:
                title = str(record["fields"].get("title") or "")
        holds = ", ".join(
            f"{text(kind_of(kind).plural if n > 1 else kind_of(kind).label)} ({n})"
            for kind, n in counts.items()
        )
        who = label(f"{received.organisation} · {received.member}", "heading", wrap=True)
        words_shown = label(" · ".join(received.words), "lead", wrap=True)
        said = label(
            text("Compare these words by voice with the partner before you take it in. Where "
                 "your case says something else, both values stand until somebody decides."),
            "muted", wrap=True,
        )  # fmt: skip
        said.setMinimumWidth(theme.px(420))
        self._take = button(text("Take it in"), self.take, "primary", "check")
        parts: list[QWidget] = [who, words_shown, said, label(title, "lead", wrap=True)]
        if received.purpose:
            parts.append(label(received.purpose, wrap=True))
        parts.append(label(holds, "muted", wrap=True))
        layout = column(
            *parts,
            self.desk,
            self.notice,
            row(None, button(text("Leave it"), self.reject), self._take),
            gap=Space.M,
            margins=Space.XL,
        )
        self.setLayout(layout)
        self.desk.hide_with(self.desk)

    def take(self) -> None:
        """Take it in."""
        vault, received, desk = self._session.vault, self._received, self.desk.code or None
        self._take.setEnabled(False)

        def done(taken: Taken) -> None:
            self._session.tell(EVERYTHING)
            self.accept()

        def failed(exc: BaseException) -> None:
            self._take.setEnabled(True)
            self.notice.fail(exc)

        self._session.operations.write(
            self, partial(taking.take, vault, received, desk), done, failed
        )
