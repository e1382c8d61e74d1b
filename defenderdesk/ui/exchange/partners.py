"""Partners: this device's key for them, and a share of theirs looked at before it is taken in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QWidget

from defenderdesk import i18n
from defenderdesk.domain.kinds import kind_of
from defenderdesk.errors import UsageError
from defenderdesk.i18n import text
from defenderdesk.interchange.shares import importing
from defenderdesk.interchange.shares.importing import Taken
from defenderdesk.interchange.shares.received import Received
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import button, card, column, drawing, field, label, row
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.vault.identity import partner_keys


class PartnerKey(QWidget):
    """The card with what a partner needs to seal a share to this device, and the words to
    compare."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.key = QLineEdit()
        self.key.setReadOnly(True)
        self.key.setAccessibleName(text("Key for partners"))
        self._words = label("", "lead", wrap=True)
        self._renewed = label(
            text(
                "It was renewed when somebody left the desk, or came to it with less: partners "
                "who have an older one need this one."
            ),
            "warning",
            wrap=True,
        )
        self._renewed.hide()
        copy = button(text("Copy"), self.copy, "", "file")
        self.desk = DeskChoice(session)
        self.desk.chosen.connect(self.load)
        desk = field(text("Desk"), self.desk)
        self._session = session
        self.setLayout(
            column(
                card(
                    row(drawing("share", "accent", 22), label(text("For partners"), "heading"), None),
                    label(
                        text(
                            "A partner organisation seals to this key; every laptop of the desk "
                            "opens it. Compare the six words by voice."
                        ),
                        "muted",
                        wrap=True,
                    ),
                    desk,
                    row(self.key, copy),
                    self._words,
                    self._renewed,
                ),
                gap=0,
            )
        )
        self.desk.hide_with(desk)
        self.load()

    def load(self) -> None:
        """Read the chosen desk's key."""
        vault, desk = self._session.vault, self.desk.code or None

        def work() -> partner_keys.PartnerKey | None:
            if not vault.identity.workspace:
                return None
            return vault.partners.of_desk(desk)

        self._session.operations.read(self, work, self._show, key=f"partner-key-{id(self)}")

    def _show(self, found: partner_keys.PartnerKey | None) -> None:
        self.key.setText(found.text if found else "")
        self.key.setCursorPosition(0)
        self._words.setText(" · ".join(found.words) if found else "")
        self._renewed.setVisible(bool(found and found.renewed))

    def copy(self) -> None:
        """Copy the key; it is no secret."""
        QGuiApplication.clipboard().setText(self.key.text())


class KeyWords(QLabel):
    """Under the partner that was chosen: the six words of their key, or that they have none."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("look", "small")

    def show_for(self, partners: Sequence[str]) -> None:
        """Look at the partner that was chosen (none: nothing)."""
        if not partners:
            self.setText("")
            return
        vault, partner = self._session.vault, partners[0]

        def work() -> str:
            record = vault.get(partner)
            try:
                _, recipient, signer = partner_keys.parse(record.text("recipient"))
                known = signer or bytes.fromhex(record.text("signer"))
            except (UsageError, ValueError) as error:
                return i18n.error(error)[0]
            said = " · ".join(partner_keys.words(recipient, known))
            return text("Their six words: {words}. Compare them by voice.", words=said)

        self._session.operations.read(self, work, self.setText, key=f"key-words-{id(self)}")


class TakeShare(QDialog):
    """Shows who it is from, what it holds, and the question whether to take it in."""

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
            text(
                "Compare these words by voice with the partner before you take it in. Where "
                "your case says something else, both values stand until somebody decides."
            ),
            "muted",
            wrap=True,
        )
        said.setMinimumWidth(palette.px(420))
        self._take = button(text("Take it in"), self.take, "primary", "check")
        parts: list[QWidget] = [who, words_shown, said, label(title, "lead", wrap=True)]
        if received.purpose:
            parts.append(label(received.purpose, wrap=True))
        parts.append(label(holds, "muted", wrap=True))
        self._renewed = label("", "warning", wrap=True)
        self._renewed.hide()
        layout = column(
            *parts,
            self._renewed,
            self.desk,
            self.notice,
            row(None, button(text("Leave it"), self.reject), self._take),
            gap=Space.M,
            margins=Space.XL,
        )
        self.setLayout(layout)
        self.desk.hide_with(self.desk)
        vault = session.vault

        def renewed() -> str:
            known = importing.known_partner(vault, received.signer, received.recipient, received.earlier)
            if known is None or known.text("signer") not in received.earlier:
                return ""
            return known.text("name")

        session.operations.read(self, renewed, self._show_renewed)

    def _show_renewed(self, name: str) -> None:
        self._renewed.setText(
            text("The key of {name} was renewed: the words are other ones than before.", name=name)
        )
        self._renewed.setVisible(bool(name))

    def take(self) -> None:
        """Take it in."""
        vault, received, desk = self._session.vault, self._received, self.desk.code or None
        self._take.setEnabled(False)

        def done(taken: Taken) -> None:
            self._session.tell(EVERYTHING)
            if not taken.warnings:
                self.accept()
                return
            self.notice.say(
                text("It was taken in. Some of it cannot be so, and is to be looked at:"),
                "\n".join(taken.warnings),
                "warning",
            )

        def failed(exc: BaseException) -> None:
            self._take.setEnabled(True)
            self.notice.fail(exc)

        self._session.operations.write(self, partial(importing.take, vault, received, desk), done, failed)
