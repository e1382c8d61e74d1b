"""The page of one laptop that is lost or was seized: what it held, and what can be done now."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QDialog, QListWidgetItem, QVBoxLayout, QWidget

from defenderdesk.bundle.membership import ADMINISTRATOR
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.documents import lost_laptop
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import button, card, column, drawing, empty, label, panel, row, scroll
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.ui.workspace.members import Removal
from defenderdesk.vault.membership.seizure import HeldDesk, Seizure
from defenderdesk.vault.types import Change, Device

_ROWS = 8
"""Cases that a desk's list shows without scrolling."""


class LostLaptop(QWidget):
    """The page. `left`: back to the members. `case_opened`: a case that it held."""

    left = Signal()
    case_opened = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self.device = session, ""
        self.found: Seizure | None = None
        self.notice = Notice()
        self.back = button(text("Back to the members"), self.left.emit, "", "back")
        self._title = label("", "title", wrap=True)
        self._state = QVBoxLayout()
        self._state.setSpacing(Space.XS)
        self._state.setContentsMargins(0, 0, 0, 0)
        self.remove = button(text("Remove…"), self.ask_removal, "danger")
        self.renew = button(text("New keys for its desks"), self.renew_keys, "primary", "key")
        self._desks = QVBoxLayout()
        self._desks.setSpacing(Space.L)
        self._desks.setContentsMargins(0, 0, 0, 0)
        self.lists: list[QWidget] = []
        layout = column(
            row(self.back, None),
            self._title,
            self.notice,
            scroll(
                panel(
                    column(
                        card(panel(self._state), row(self.remove, self.renew, None)),
                        panel(self._desks),
                        None,
                        gap=Space.L,
                    )
                )
            ),
            gap=Space.M,
            margins=Space.XL,
        )
        layout.setStretch(3, 1)
        self.setLayout(layout)
        leave = QShortcut(Qt.Key.Key_Escape, self, self.left.emit)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        session.changed.connect(self._news)

    def show_device(self, device: Device) -> None:
        """Show what is known of this laptop."""
        self.device, self.found = device.id, None
        self.notice.clear()
        self._title.setText(text("If it is lost: {member}", member=device.label))
        for button_ in (self.remove, self.renew):
            button_.hide()
        empty(self._state)
        empty(self._desks)
        self.load()

    def load(self) -> None:
        """Read what it held."""
        device = self.device
        self._session.operations.read(
            self,
            lambda: self._session.vault.members.seizure(device),
            self._show,
            key=f"lost-{id(self)}",
            failed=self.notice.fail,
        )

    def _news(self, change: Change) -> None:
        if self.device and "*" in change.kinds and self.isVisible():
            self.load()

    def focus_first(self) -> None:
        """Put the cursor where one goes back: nothing is done by a key that was pressed too early."""
        self.back.setFocus()

    def _show(self, found: Seizure) -> None:
        if found.device.id != self.device and self.found is not None:
            return
        self.found = found
        self.device = found.device.id
        empty(self._state)
        for line in lost_laptop.state(found):
            self._state.addWidget(label(line, wrap=True))
        administers = self._session.info.role == ADMINISTRATOR
        self.remove.setVisible(administers and found.removed is None and not found.device.is_self)
        self.renew.setVisible(administers and found.renewable)
        empty(self._desks)
        self.lists = []
        for desk in found.desks:
            self._desks.addWidget(self._desk(desk))

    def _desk(self, desk: HeldDesk) -> QWidget:
        items: list[QWidget] = [panel(row(drawing("desk", "accent", 22), self._heading(desk), None))]
        items += [label(line, "muted", wrap=True) for line in lost_laptop.about(desk)]
        if desk.cases:
            shown = lines(text("Cases of {desk}", desk=desk.name))
            shown.itemActivated.connect(lambda item: self.case_opened.emit(record_of(item)))
            for case in desk.cases:
                number = case.reference or str(case.id)[:8]
                files = (
                    plural("{n} attachment", "{n} attachments", case.attachments) if case.attachments else ""
                )
                quiet = " · ".join(one for one in (number, lost_laptop.remark_of(case), files) if one)
                item = QListWidgetItem(f"{case.title.split(chr(10))[0] or number}\n{quiet}")
                item.setIcon(icons.icon("cases" if case.sure else "info", "muted"))
                set_record(item, case.id)
                shown.addItem(item)
            height = shown.sizeHintForRow(0) * min(len(desk.cases), _ROWS)
            shown.setFixedHeight(height + 2 * shown.frameWidth())
            self.lists.append(shown)
            items.append(shown)
        return card(*items, gap=Space.S)

    @staticmethod
    def _heading(desk: HeldDesk) -> QWidget:
        return label(lost_laptop.name_of(desk), "heading", wrap=True)

    # -- what can be done ------------------------------------------------------------------------

    def ask_removal(self) -> None:
        """Ask, then remove it."""
        if self.found is None:
            return
        dialog, device = Removal(self.found.device, self), self.found.device.id
        dialog.erase.setChecked(True)  # it is in somebody else's hands
        if dialog.exec() == QDialog.DialogCode.Accepted:
            destroy, members = dialog.erase.isChecked(), self._session.vault.members
            self._session.operations.write(
                self, lambda: members.remove(device, destroy=destroy), self._removed, self.notice.fail
            )
        dialog.deleteLater()

    def _removed(self, holds: bool) -> None:
        if holds:
            self.notice.say(
                text("It is removed, and its desks have new keys."),
                text("Exchange with everybody now: until they hear of it, they still seal for it."),
                "success",
            )
        else:
            self.notice.say(
                text("Another administrator must agree first."),
                text("They find it under Workspace, after the next exchange."),
                "warning",
            )
        self._session.tell(EVERYTHING)

    def renew_keys(self) -> None:
        """Give the desks that it still has a key of a new one."""
        device, members = self.device, self._session.vault.members

        def done(count: int) -> None:
            self.notice.say(
                plural("{n} desk has a new key.", "{n} desks have new keys.", count), kind="success"
            )
            self._session.tell(EVERYTHING)

        self._session.operations.write(self, lambda: members.renew_keys(device), done, self.notice.fail)
