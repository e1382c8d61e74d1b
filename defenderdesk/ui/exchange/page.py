"""Exchange: over the coordinating server, or by a stick that someone carries. Three cards
(synchronise, export, receive); each errand has a progress bar, can be stopped, and says in words
what it did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QRadioButton, QWidget

from defenderdesk import i18n
from defenderdesk.domain.values import Value
from defenderdesk.i18n import plural, text
from defenderdesk.ui.exchange.alerts import Alerts
from defenderdesk.ui.exchange.escrow import HeldCard, show_held
from defenderdesk.ui.exchange.import_card import Receive
from defenderdesk.ui.exchange.task_card import Errand, conflict_words
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.widgets import button, column, empty, field, label, panel, row, scroll
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session

if TYPE_CHECKING:
    from defenderdesk.vault.types import Device

DIRECT, TOR = "direct", "socks5h://127.0.0.1:9050"


def routes() -> dict[str, str]:
    """Routes to the server, by the code that `sync.link_policy` knows."""
    return {DIRECT: text("Directly"), TOR: text("Through Tor on this computer (port 9050)")}


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
            self, lambda: vault.setting("server"), lambda found: self.server.setText(str(found or ""))
        )
        session.operations.read(self, self._chosen, self._show_chosen)

    def _chosen(self) -> tuple[Value, Value]:
        return self.session.vault.setting("route"), self.session.vault.setting("paused")

    def _show_chosen(self, found: tuple[Value, Value]) -> None:
        """Show what is kept: after a save that failed too, for what was clicked does not hold."""
        route, paused = found
        self.route.set_code(str(route or DIRECT))
        self.pause.setChecked(paused is True)

    def _set(self, name: str, value: Value) -> None:
        vault = self.session.vault

        def failed(exc: BaseException) -> None:
            self.session.operations.trouble.emit(exc)
            self.session.operations.read(self, self._chosen, self._show_chosen)

        self.session.operations.write(self, lambda: vault.set_setting(name, value), None, failed)

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
            from defenderdesk.sync import synchronise

            return synchronise.sync(vault, server, progress=progress)

        self.run(text("Synchronising…"), work, self._done)

    def _done(self, report: Any) -> None:
        parts = [
            plural("{n} change sent.", "{n} changes sent.", report.sent_changes),
            plural("{n} change received.", "{n} changes received.", report.received_changes),
        ]
        steps = [conflict_words(report.conflicts)]
        steps += [f"{name}: {text(why)}" for name, why in report.no_timestamp.items()]
        if report.joins:
            who = ", ".join(report.joins)
            steps.append(text("Waiting under Workspace to be let in: {who}", who=who))
        self.notice.say(
            " ".join(parts),
            " ".join(step for step in steps if step),
            "warning" if report.no_timestamp else "success",
        )
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
            from defenderdesk.sync.bundles import exporting

            return exporting.export(vault, out, desk=desk, to=to, everything=everything, progress=progress)

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
            size=i18n.size(report.bytes),
        )
        where = ", ".join(str(path) for path in report.bundles)
        self.notice.say(message, where, "success")
        self.session.tell(EVERYTHING)


class Exchange(QWidget):
    """The page with the three cards."""

    running = Signal(bool)
    case_wanted = Signal(object)
    """A case that a partner's package brought is to be shown."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.synchronise = Synchronise(session)
        self.export = Export(session)
        self.receive = Receive(session)
        self.held = HeldCard(session)
        self.held.wanted.connect(self._held_wanted)
        right = column(self.synchronise, self.receive, None, gap=Space.L)
        left = column(self.export, self.held, None, gap=Space.L)
        both = row(panel(left), panel(right), gap=Space.L)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        self.alerts = Alerts(session)
        layout = column(
            label(text("Exchange"), "title"),
            self.alerts,
            scroll(panel(both)),
            gap=Space.M,
            margins=Space.XL,
        )
        layout.setStretch(2, 1)
        self.alerts.load()
        self.setLayout(layout)
        self.setAcceptDrops(True)
        self._session = session

    def _held_wanted(self, record: str) -> None:
        show_held(self._session, record, self).opened.connect(self.case_wanted)

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
