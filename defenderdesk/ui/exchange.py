"""Exchange: over the coordinating server, or by a stick that someone carries. Three cards
(synchronise, export, receive); each errand has a progress bar, can be stopped, and says in words
what it did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QRadioButton, QWidget

from defenderdesk import words
from defenderdesk.domain.values import Value
from defenderdesk.reports import sharing, taking
from defenderdesk.ui.operations import Progress
from defenderdesk.ui.partners import TakeShare
from defenderdesk.ui.parts.blocks import (
    button,
    card,
    column,
    drawing,
    empty,
    field,
    label,
    panel,
    row,
    scroll,
)
from defenderdesk.ui.parts.choose import Choice
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.pick import Picker
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.recall import GiveBack
from defenderdesk.ui.session import EVERYTHING, Session
from defenderdesk.ui.theme import Space
from defenderdesk.ui.worries import Worries
from defenderdesk.words import plural, text

if TYPE_CHECKING:
    from defenderdesk.vault.types import Device

BUNDLE = ".ddbundle"
DIRECT, TOR = "direct", "socks5h://127.0.0.1:9050"


def routes() -> dict[str, str]:
    """Routes to the server, by the code that `sync.policy` knows."""
    return {DIRECT: text("Directly"), TOR: text("Through Tor on this computer (port 9050)")}


class Errand(QWidget):
    """Base of the three cards: one errand at a time, its progress, its outcome."""

    def __init__(self, session: Session, icon: str, heading: str, about: str) -> None:
        super().__init__()
        self.session = session
        self.progress = ProgressPanel()
        self.notice = Notice()
        self.body = column(gap=Space.M)
        head = row(drawing(icon, "accent", 22), label(heading, "heading"), None)
        inner = card(head, label(about, "muted", wrap=True), self.body, self.progress, self.notice)
        self.setLayout(column(inner))

    def run(self, what: str, work: Any, done: Any) -> None:
        """Start `work(progress)`; `done(report)` says what it did."""
        if self.progress.isVisible():
            return
        self.notice.clear()
        self.progress.begin(what)

        def finished(report: Any) -> None:
            self.progress.end()
            done(report)

        def failed(exc: BaseException) -> None:
            self.progress.end()
            if getattr(exc, "code", "") == "revoked":
                self.session.revoked.emit()
                return
            message, next_step = words.error(exc)
            kind = "warning" if getattr(exc, "code", "") in ("cancelled", "no-safe-link") else ""
            self.notice.say(message, next_step, kind or "danger")
            self.session.tell(EVERYTHING)

        task = self.session.operations.errand(self, work, finished, failed, self.progress.advance)
        self.progress.follow(task)


class Synchronise(Errand):
    """With the coordinating server."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            "cloud",
            text("Synchronise"),
            text("Through your organisation's server. It stores only what it cannot read."),
        )
        self.server = QLineEdit()
        self.server.setPlaceholderText("https://")
        self.server.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.server.returnPressed.connect(self.go)
        self.start = button(text("Synchronise now"), self.go, "primary", "cloud")
        self.route = Choice(lambda: list(routes().items()), lambda c: routes().get(c, c), None)
        self.route.chosen.connect(lambda: self._set("route", self.route.code))
        self.pause = QCheckBox(text("Pause: exchange nothing over the network"))
        self.pause.clicked.connect(lambda paused: self._set("paused", bool(paused)))
        hint = text("As your office gave it, with its fingerprint behind #sha256=")
        self.body.addWidget(field(text("Address of the server"), self.server, hint))
        self.body.addWidget(field(text("Route"), self.route))
        self.body.addWidget(self.pause)
        self.body.addLayout(row(self.start, None))
        vault = session.vault
        session.operations.read(
            self,
            lambda: [vault.setting(name) for name in ("server", "route", "paused")],
            self._show_settings,
        )

    def _show_settings(self, found: list[Value]) -> None:
        server, route, paused = found
        self.server.setText(str(server or ""))
        self.route.set_code(str(route or DIRECT))
        self.pause.setChecked(paused is True)

    def _set(self, name: str, value: Value) -> None:
        vault = self.session.vault
        self.session.operations.write(self, lambda: vault.set_setting(name, value))

    def go(self) -> None:
        """Synchronise."""
        server = self.server.text().strip() or None
        if not server:
            self.notice.say(
                text("No server yet."),
                text("Write the address your office gave you, or use a stick."),
                "warning",
            )
            self.server.setFocus()
            return
        vault = self.session.vault

        def work(progress: Progress) -> Any:
            from defenderdesk.sync import link

            return link.sync(vault, server, progress=progress)

        self.run(text("Synchronising…"), work, self._done)

    def _done(self, report: Any) -> None:
        parts = [
            plural("{n} change sent.", "{n} changes sent.", report.sent_changes),
            plural("{n} change received.", "{n} changes received.", report.received_changes),
        ]
        steps = [conflict_words(report.conflicts)]
        if report.joins:
            who = ", ".join(report.joins)
            steps.append(text("Waiting under Workspace to be let in: {who}", who=who))
        self.notice.say(" ".join(parts), " ".join(step for step in steps if step), "success")
        self.session.tell(EVERYTHING)


class Export(Errand):
    """To a stick or folder, for colleagues."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            "export",
            text("Export"),
            text("Onto a stick or into a folder, sealed for the colleagues you choose."),
        )
        self._devices: list[Device] = []
        self.boxes: dict[str, QCheckBox] = {}
        self._who = column(gap=0)
        self.desk = DeskChoice(session, text("All desks"))
        self.lack = QRadioButton(text("Only what they lack"))
        self.lack.setChecked(True)
        self.all = QRadioButton(text("Everything"))
        self.start = button(text("Export…"), self.pick, "primary", "export")
        who = column(label(text("For whom"), "label"), panel(self._who), gap=Space.XS)
        desk = field(text("Desk"), self.desk)
        self.desk.hide_with(desk)
        self.body.addLayout(who)
        self.body.addWidget(desk)
        self.body.addLayout(row(self.lack, self.all, None, gap=Space.L))
        self.body.addLayout(row(self.start, None))
        self.load()

    def load(self) -> None:
        """Read who there is."""
        self.desk.look()
        vault = self.session.vault
        self.session.operations.read(self, vault.devices, self._show, key=f"devices-{id(self)}")

    def _show(self, devices: list[Device]) -> None:
        if devices == self._devices and devices:
            return
        self._devices = devices
        unticked = {device for device, box in self.boxes.items() if not box.isChecked()}
        empty(self._who)
        self.boxes = {}
        for device in devices:
            if device.is_self or not device.present:
                continue
            box = QCheckBox(device.label)
            box.setChecked(device.id not in unticked)
            self.boxes[device.id] = box
            self._who.addWidget(box)
        if not self.boxes:
            self._who.addWidget(
                label(text("No other device yet: invite one under Workspace."), "muted", wrap=True)
            )

    def pick(self) -> None:
        """Ask where to, and go."""
        if self.boxes and not any(box.isChecked() for box in self.boxes.values()):
            self.notice.say(text("Choose at least one colleague."), kind="warning")
            return
        if out := Picker.ask(self, text("Export to"), "folder"):
            self.go(out)

    def go(self, out: Path) -> None:
        """Export into a folder (or a file)."""
        vault = self.session.vault
        chosen = [device for device, box in self.boxes.items() if box.isChecked()]
        to = [] if len(chosen) == len(self.boxes) else chosen
        desk, everything = self.desk.code or None, self.all.isChecked()

        def work(progress: Progress) -> Any:
            from defenderdesk.sync import exchange

            return exchange.export(
                vault, out, desk=desk, to=to, everything=everything, progress=progress
            )

        self.run(text("Exporting…"), work, self._done)

    def _done(self, report: Any) -> None:
        if report.nothing_new:
            self.notice.say(
                text("They have everything already: nothing was written."),
                text("Choose Everything to export it all the same."),
                "info",
            )
            return
        message = text(
            "Exported: {changes}, {attachments}, {size}.",
            changes=plural("{n} change", "{n} changes", report.changes),
            attachments=plural("{n} attachment", "{n} attachments", report.attachments),
            size=words.size(report.bytes),
        )
        where = ", ".join(str(path) for path in report.bundles)
        self.notice.say(message, where, "success")
        self.session.tell(EVERYTHING)


class Receive(Errand):
    """What a colleague brought."""

    def __init__(self, session: Session) -> None:
        super().__init__(
            session,
            "receive",
            text("Receive"),
            text(
                "A bundle or a folder of bundles that a colleague brought, or a partner's share. "
                "Or drop it here."
            ),
        )
        self.start = button(text("Receive…"), self.pick, "primary", "receive")
        self.body.addLayout(row(self.start, None))

    def pick(self) -> None:
        """Ask for the file or folder, and go."""
        path = Picker.ask(self, text("Receive"), "file or folder", (BUNDLE, sharing.SUFFIX))
        if path:
            self.go(path)

    def go(self, path: Path) -> None:
        """Receive a bundle, all bundles of a folder, or look at a partner's share."""
        vault = self.session.vault
        if path.suffix == sharing.SUFFIX:
            self.session.operations.read(
                self, lambda: taking.open_share(vault, path), self.look_at, self.notice.fail
            )
            return

        def work(progress: Progress) -> Any:
            from defenderdesk.sync import exchange

            return exchange.receive(vault, path, progress=progress)

        self.run(text("Receiving…"), work, self._done)

    def look_at(self, received: taking.Received) -> None:
        """Show a partner's share before anything of it is taken in."""
        dialog: QDialog
        if received.recalls:
            dialog, said = GiveBack(self.session, received, self), text("It is erased here.")
        else:
            dialog = TakeShare(self.session, received, self)
            said = text("The case is among yours now.")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.notice.say(said, kind="success"))
        dialog.open()

    def _done(self, report: Any) -> None:
        if not report.changes and not report.attachments:
            message = (
                text("Nothing new: you had all of it.")
                if report.bundles
                else text("There is no bundle here.")
            )
            self.notice.say(message, kind="info")
        else:
            message = text(
                "Received: {changes}, {attachments}.",
                changes=plural("{n} change", "{n} changes", report.changes),
                attachments=plural("{n} attachment", "{n} attachments", report.attachments),
            )
            self.notice.say(message, conflict_words(report.conflicts), "success")
        if report.missing:
            self.notice.say(
                self.notice.message,
                text("Something before it is missing: {what}", what="; ".join(report.missing)),
                "warning",
            )
        if report.refused:
            name, exc = report.refused[0]
            why, next_step = words.error(exc)
            self.notice.say(
                text("{name} was refused: {why}", name=name, why=why), next_step, "danger"
            )
        self.session.tell(EVERYTHING)


def conflict_words(count: int) -> str:
    """What to say of new conflicts."""
    if not count:
        return ""
    return plural(
        "{n} conflict waits for your decision.", "{n} conflicts wait for your decision.", count
    )


class Exchange(QWidget):
    """The page with the three cards."""

    running = Signal(bool)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.synchronise = Synchronise(session)
        self.export = Export(session)
        self.receive = Receive(session)
        right = column(self.synchronise, self.receive, None, gap=Space.L)
        left = column(self.export, None, gap=Space.L)
        both = row(panel(left), panel(right), gap=Space.L)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        self.worries = Worries(session)
        layout = column(
            label(text("Exchange"), "title"),
            self.worries,
            scroll(panel(both)),
            gap=Space.M,
            margins=Space.XL,
        )
        layout.setStretch(2, 1)
        self.worries.load()
        self.setLayout(layout)
        self.setAcceptDrops(True)
        self._session = session

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls()[:1]:
            self.receive.go(Path(url.toLocalFile()))

    def focus_first(self) -> None:
        """Put the cursor where one starts."""
        self.export.load()
        self.synchronise.start.setFocus()
