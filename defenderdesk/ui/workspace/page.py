"""The workspace: its members and their devices, its desks, and how a new colleague comes in.

A new device comes in with three small files and six words: the office writes an *invitation*;
the new device answers with a *join file*; an administrator reads it, compares six words with the
person (by voice), and *approves*, which writes the first bundle for the new device.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.bundle.membership import ADMINISTRATOR
from defenderdesk.i18n import text
from defenderdesk.ui.exchange.partners import PartnerKey
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.desks import DeskChoice
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.verify_words import Compare
from defenderdesk.ui.parts.widgets import (
    button,
    card,
    column,
    drawing,
    empty,
    field,
    label,
    panel,
    row,
    rule,
    scroll,
)
from defenderdesk.ui.settings.recovery import HelpCard
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.ui.workspace.erasures import Erasures
from defenderdesk.ui.workspace.lost_laptop import LostLaptop
from defenderdesk.ui.workspace.members import Members
from defenderdesk.vault.types import Change, Device

if TYPE_CHECKING:
    pass

INVITATION, JOIN, BUNDLE = ".ddinvite", ".ddjoin", ".ddbundle"


class Workspace(QWidget):
    """The page. `case_opened`: a case that a lost laptop held."""

    case_opened = Signal(object, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.notice = Notice()
        self.progress = ProgressPanel()
        self._since = 0
        self.members = Members(session, self.notice)
        self.erasures = Erasures(session, self.notice, self.progress)
        self._desks = QVBoxLayout()
        self._desks.setSpacing(Space.XS)
        self.desk_name = QLineEdit()
        self.desk_name.setPlaceholderText(text("Name of a new desk"))
        self.desk_name.setAccessibleName(text("Name of a new desk"))
        self.desk_name.returnPressed.connect(self.add_desk)
        self.desk = DeskChoice(session)
        desks = card(
            row(drawing("desk", "accent", 22), label(text("Desks"), "heading"), None),
            label(text("A device holds only the desks that it was given."), "muted", wrap=True),
            panel(self._desks),
            row(self.desk_name, button(text("Add"), self.add_desk, "", "plus")),
        )
        which = field(text("For which desk"), self.desk)
        self.desk.hide_with(which)
        invite = card(
            row(drawing("key", "accent", 22), label(text("Invite a colleague"), "heading"), None),
            _step("1", text("Write an invitation and give it to your colleague.")),
            which,
            row(button(text("Write an invitation…"), self.pick_invitation, "", "export"), None),
            rule(),
            _step("2", text("Their laptop answers with a join file. Compare six words by voice.")),
            row(
                button(text("Approve a join file…"), self.pick_join, "primary", "check"),
                button(text("Look on the server"), self.look_on_server, "", "cloud"),
                None,
            ),
        )
        self.help = HelpCard(session, self.notice)
        if session.info.role != ADMINISTRATOR:
            self.help.hide()
        right = panel(column(invite, desks, self.help, PartnerKey(session), None, gap=Space.L))
        both = row(panel(column(self.members, self.erasures, None, gap=Space.L)), right, gap=Space.L)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        self._title = label(session.info.workspace, "title")
        layout = column(
            self._title,
            self.notice,
            self.progress,
            scroll(panel(both)),
            gap=Space.M,
            margins=Space.XL,
        )
        layout.setStretch(3, 1)
        self.lost = LostLaptop(session)
        self.lost.left.connect(self.show_members)
        self.lost.case_opened.connect(lambda case: self.case_opened.emit(case, "", ""))
        self.members.lost.connect(self.show_lost)
        self._stack = QStackedWidget()
        self._stack.addWidget(panel(layout))
        self._stack.addWidget(self.lost)
        self.setLayout(column(self._stack))
        session.changed.connect(self._news)
        self.load()

    def show_lost(self, device: Device) -> None:
        """Show what a laptop that is lost held."""
        self.lost.show_device(device)
        self._stack.setCurrentWidget(self.lost)
        self.lost.focus_first()

    def show_members(self) -> None:
        """Go back from there."""
        self._stack.setCurrentIndex(0)
        self.focus_first()

    def load(self) -> None:
        """Read members and desks."""
        self.members.load()
        self.erasures.load()
        self._show_desks()

    def _news(self, change: Change) -> None:
        if "*" in change.kinds:
            self.load()

    def _show_desks(self) -> None:
        empty(self._desks)
        self.desk.look()
        self._title.setText(self._session.info.workspace)
        for desk in self._session.info.desks:
            self._desks.addWidget(panel(row(drawing("desk", "muted"), label(desk.name, wrap=True), None)))

    def add_desk(self) -> None:
        """Add the desk whose name is written."""
        name = self.desk_name.text().strip()
        if not name:
            self.desk_name.setFocus()
            return
        vault = self._session.vault

        def done(_: object) -> None:
            self.desk_name.clear()
            self._session.tell(EVERYTHING)

        self._session.operations.write(self, lambda: vault.add_desk(name), done, self.notice.fail)

    # -- a new colleague -----------------------------------------------------------------------

    def pick_invitation(self) -> None:
        """Ask where the invitation goes."""
        name = text("invitation") + INVITATION
        if out := Picker.ask(self, text("Write an invitation"), "new", (INVITATION,), name):
            self.write_invitation(out)

    def write_invitation(self, out: Path) -> None:
        """Write the invitation."""
        vault, desk = self._session.vault, self.desk.code or None

        def work() -> None:
            from defenderdesk.sync.enrolment import invitation

            invitation.invite(vault, out, desk)

        def done(_: None) -> None:
            self.notice.say(
                text("The invitation is written: {name}", name=out.name),
                text("Your colleague opens it in DefenderDesk and brings back a join file."),
                "success",
            )
            self._open_letterbox()

        self._session.operations.write(self, work, done, self.notice.fail)

    def _open_letterbox(self) -> None:
        """Opens the enrolment mailbox, where a server is set: the invitation can be answered over
        the network at once."""
        vault = self._session.vault

        def work(_: Progress) -> None:
            from defenderdesk.sync.enrolment import mailbox

            if vault.setting("server"):
                mailbox.pending(vault)

        def failed(_: BaseException) -> None:
            self.notice.say(
                self.notice.message,
                text("The server was not reached: until you synchronise, it is answered by file."),
                "warning",
            )

        self._session.operations.errand(self, work, None, failed)

    def pick_join(self) -> None:
        """Ask for the join file."""
        if path := Picker.ask(self, text("Approve a join file"), "file", (JOIN,)):
            self.read_join(path)

    def read_join(self, path: Path) -> None:
        """Read a join file and show the words to compare."""
        vault = self._session.vault

        def work() -> Any:
            from defenderdesk.sync.enrolment import approval

            return approval.read_join(vault, path)

        def done(request: Any) -> None:
            if not self._same_words(request):
                return
            name = f"{_file_name(request.member)}{BUNDLE}"
            out = Picker.ask(self, text("Save the first bundle"), "new", (BUNDLE,), name)
            if out:
                self.approve(path, out)

        self._session.operations.read(self, work, done, self.notice.fail)

    def _same_words(self, request: Any) -> bool:
        dialog = Compare(request.member, list(request.words), self)
        same = dialog.exec() == QDialog.DialogCode.Accepted
        self._since = dialog.since
        dialog.deleteLater()
        if not same:
            self.notice.say(
                text("Not approved."),
                text("Ask your colleague for a new join file, handed over in person."),
                "warning",
            )
        return same

    def look_on_server(self) -> None:
        """See who asks over the network to be let in; compare, and approve."""
        vault = self._session.vault

        def work(_: Progress) -> list[Any]:
            from defenderdesk.sync.enrolment import mailbox

            return [request for request, _ in mailbox.pending(vault)]

        def done(requests: list[Any]) -> None:
            if not requests:
                self.notice.say(text("Nobody waits on the server."))
            elif self._same_words(requests[0]):
                self.approve_on_server(requests[0])

        self._run(text("Looking on the server…"), work, done)

    def approve_on_server(self, request: Any) -> None:
        """Approve over the network: the first bundle waits on the server."""
        vault, since = self._session.vault, self._since

        def work(progress: Progress) -> None:
            from defenderdesk.sync.enrolment import mailbox

            mailbox.approve(vault, request, progress, since)

        def done(_: None) -> None:
            self.notice.say(
                text("{member} is approved.", member=request.member),
                text("Their laptop finds the answer on the server."),
                "success",
            )
            self._session.tell(EVERYTHING)

        self._run(text("Writing the first bundle…"), work, done)

    def _run(self, what: str, work: Any, done: Any) -> None:
        self.progress.run(self._session.operations, self.notice, what, work, done)

    def approve(self, join_file: Path, out: Path) -> None:
        """Approve, and write the first bundle of the new device."""
        vault, since = self._session.vault, self._since

        def work(progress: Progress) -> Any:
            from defenderdesk.sync.enrolment import approval

            return approval.approve(vault, join_file, out, since_ms=since, progress=progress)

        def done(report: Any) -> None:
            self.notice.say(
                text("{member} is approved.", member=report.member),
                text("Give them this file, they receive it: {name}", name=out.name),
                "success",
            )
            self._session.tell(EVERYTHING)

        self._run(text("Writing the first bundle…"), work, done)

    def focus_first(self) -> None:
        """Put the cursor where one starts."""
        if self._stack.currentWidget() is self.lost:
            self.lost.focus_first()
        else:
            self.desk_name.setFocus()


def _step(number: str, sentence: str) -> QWidget:
    line = row(panel(column(label(number, "pill"), None)), label(sentence, wrap=True), gap=Space.M)
    line.setStretch(1, 1)
    return panel(line)


def _file_name(member: str) -> str:
    plain = i18n.sort_key(member)
    return plain or "device"
