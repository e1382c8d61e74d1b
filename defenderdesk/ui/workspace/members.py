"""Members and their laptops: roles, desks, removal, and what waits for a second administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QLayout,
    QMenu,
    QMessageBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from defenderdesk import i18n
from defenderdesk.bundle.membership import ADMINISTRATOR, COORDINATOR, ROLES
from defenderdesk.crypto import signing
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import (
    button,
    card,
    column,
    drawing,
    empty,
    label,
    panel,
    row,
    rule,
)
from defenderdesk.ui.work.session import EVERYTHING, Session
from defenderdesk.vault.types import Device, Proposed


def role_name(role: str) -> str:
    """A role in words."""
    names = {
        "researcher": text("researcher"),
        "desk officer": text("desk officer"),
        "coordinator": text("coordinator"),
        "administrator": text("administrator"),
    }
    return names.get(role, role)


@dataclass
class Found:
    """The contents of the card. `aside`: device → saves that were set aside."""

    devices: list[Device]
    proposals: list[Proposed]
    aside: dict[str, int]
    quorum: int
    admissions: int


class Members(QWidget):
    """The card. What an administrator may do stands behind each name. `lost`: a laptop (`Device`) that
    somebody asks about because it is lost."""

    lost = Signal(object)

    def __init__(self, session: Session, notice: Notice) -> None:
        super().__init__()
        self._session, self.notice = session, notice
        self._waiting = QVBoxLayout()
        self._waiting.setSpacing(Space.S)
        self._waiting.setContentsMargins(0, 0, 0, 0)
        self._proposals = panel(self._waiting)
        self._people = QVBoxLayout()
        self._people.setSpacing(0)
        self._people.setContentsMargins(0, 0, 0, 0)
        self.two = QCheckBox(text("Two administrators for what is dangerous"))
        self.two.setToolTip(
            text("To make or remove an administrator, a second one must agree; where there is one.")
        )
        self.two.clicked.connect(lambda on: self._choose(session.vault.members.set_quorum, on))
        self.door = QCheckBox(text("Two administrators to let anybody in"))
        self.door.setToolTip(
            text("Nobody comes in by one administrator’s laptop alone; where there is a second.")
        )
        self.door.clicked.connect(lambda on: self._choose(session.vault.members.set_admissions, on))
        for choice in (self.two, self.door):
            choice.hide()
        self.setLayout(
            column(
                card(
                    row(
                        drawing("workspace", "accent", 22),
                        label(text("Members"), "heading"),
                        None,
                    ),
                    self._proposals,
                    panel(self._people),
                    self.two,
                    self.door,
                )
            )
        )

    def load(self) -> None:
        """Read who is here, and what waits."""
        vault = self._session.vault

        def work() -> Found:
            return Found(
                vault.devices(),
                vault.members.proposals(),
                vault.members.quarantined(),
                vault.identity.roster.quorum,
                vault.identity.roster.admissions,
            )

        self._session.operations.read(self, work, self._show, key=f"people-{id(self)}")

    @property
    def administers(self) -> bool:
        """True if this device is an administrator's."""
        return self._session.info.role == ADMINISTRATOR

    def _show(self, found: Found) -> None:
        empty(self._waiting)
        for proposal in found.proposals:
            self._waiting.addWidget(self._proposal(proposal))
        self._proposals.setVisible(bool(found.proposals))
        empty(self._people)
        gone = [d for d in found.devices if d.removed and not d.successor]
        for device in (d for d in found.devices if d.present):
            self._people.addWidget(self._line(device, found))
        if gone:
            self._people.addWidget(rule())
            self._people.addSpacing(Space.S)
            self._people.addWidget(label(text("No longer of the workspace"), "muted"))
        for device in gone:
            self._people.addWidget(self._line(device, found))
        for choice, number in ((self.two, found.quorum), (self.door, found.admissions)):
            choice.setVisible(self.administers)
            choice.setChecked(number > 1)

    def _proposal(self, one: Proposed) -> QWidget:
        who = ", ".join(one.behind)
        about = text("Proposed by {who}; {n} administrators are needed.", who=who, n=one.need)
        agree = button(text("Agree"), partial(self._endorse, one), "primary", "check")
        agree.setEnabled(self.administers and not one.mine)
        line = row(
            drawing("approval", "warning", 22),
            column(
                label(i18n.translate(one.what), "lead", wrap=True),
                label(about, "muted", wrap=True),
                gap=0,
            ),
            agree,
            gap=Space.M,
            margins=Space.S,
        )
        line.setStretch(1, 1)
        return panel(line, "notice-warning")

    def _line(self, device: Device, found: Found) -> QWidget:
        about = role_name(device.role)
        if device.is_self:
            about = text("{role}, this device", role=about)
        if device.removed:
            about = text("removed")
        elif device.travelling:
            about = text("{role}, travelling: holds nothing", role=role_name(device.role))
        # A name stays beside its drawing, whichever way it is written.
        pieces: list[QWidget | QLayout] = [
            row(label(device.label, "lead"), None),
            row(label(about, "muted"), None),
        ]
        count = found.aside.get(device.id, 0)
        if count:
            said = plural(
                "{n} save was written after the desk was taken, and set aside.",
                "{n} saves were written after the desk was taken, and set aside.",
                count,
            )
            pieces.append(label(said, "warning", wrap=True))
        actions: list[QWidget] = []
        if count and self.administers:
            actions.append(button(text("Take in"), partial(self._accept, device)))
        may_welcome = self._session.info.role in (ADMINISTRATOR, COORDINATOR)
        if device.travelling and device.present and may_welcome and not device.is_self:
            actions.append(button(text("Is back"), partial(self.ask_welcome, device)))
        if device.present and self.administers and not device.is_self:
            actions.append(self._menu_button(device))
        elif not device.is_self:
            held = button(text("What it held…"), partial(self.lost.emit, device))
            held.setAccessibleName(text("What the laptop of {member} held", member=device.label))
            actions.append(held)
        line = row(drawing("device", "muted", 22), column(*pieces, gap=0), *actions, gap=Space.M)
        line.setStretch(1, 1)
        line.setContentsMargins(0, Space.S, 0, Space.S)
        return panel(line)

    # -- what an administrator may do ----------------------------------------------------------

    def _menu_button(self, device: Device) -> QToolButton:
        made = QToolButton()
        made.setIcon(icons.icon("more"))
        made.setAutoRaise(True)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made.setAccessibleName(text("Role, desks and removal of {member}", member=device.label))
        made.setToolTip(made.accessibleName())
        made.setMenu(self.menu(device, made))
        return made

    def menu(self, device: Device, parent: QWidget) -> QMenu:
        """Role, desks, removal."""
        menu = QMenu(parent)
        members = self._session.vault.members
        roles = menu.addMenu(text("Role"))
        for role in ROLES:
            self._check(
                roles,
                role_name(role),
                device.role == role,
                partial(self._act, partial(members.set_role, role=role), device),
            )
        desks = menu.addMenu(text("Desks"))
        for desk in self._session.info.desks:
            has = desk.name in device.desks
            change = members.withdraw if has else members.grant
            self._check(
                desks,
                desk.name,
                has,
                partial(self._act, partial(change, desk=signing.id_bytes(desk.id)), device),
            )
        menu.addSeparator()
        lost = QAction(text("If it is lost…"), menu)
        lost.triggered.connect(lambda _=False: self.lost.emit(device))
        menu.addAction(lost)
        action = QAction(text("Remove…"), menu)
        action.triggered.connect(lambda _=False: self.ask_removal(device))
        menu.addAction(action)
        return menu

    @staticmethod
    def _check(menu: QMenu, words_: str, on: bool, work: Callable[[], None]) -> None:
        action = QAction(words_, menu)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(lambda _=False: work())
        menu.addAction(action)

    def _act(self, change: Callable[..., object], device: Device) -> None:

        def done(holds: object) -> None:
            if holds is False:
                self.notice.say(
                    text("Another administrator must agree first."),
                    text("They find it under Workspace, after the next exchange."),
                    "warning",
                )
            self._session.tell(EVERYTHING)

        self._session.operations.write(self, lambda: change(device.id), done, self.notice.fail)

    def ask_removal(self, device: Device) -> None:
        """Ask, then remove."""
        dialog = Removal(device, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._act(
                partial(self._session.vault.members.remove, destroy=dialog.erase.isChecked()),
                device,
            )
        dialog.deleteLater()

    def ask_welcome(self, device: Device) -> None:
        """Ask whether one has spoken with the owner; then the desks go out again."""
        asked = QMessageBox(
            QMessageBox.Icon.Question,
            text("Is back"),
            text("Have you spoken with {member}, by voice, and are they safe?", member=device.label),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            self,
        )
        asked.setInformativeText(
            text(
                "With the next exchange their laptop gets its desks again, and all that is in them."
                " If somebody made them unlock it on the way, remove it instead, and let it in"
                " anew."
            )
        )
        asked.setDefaultButton(QMessageBox.StandardButton.No)
        if asked.exec() == QMessageBox.StandardButton.Yes:
            self._act(self._session.vault.travel.welcome, device)
        asked.deleteLater()

    def _endorse(self, one: Proposed) -> None:
        self._session.operations.write(
            self,
            lambda: self._session.vault.members.endorse(one.id),
            lambda _: self._session.tell(EVERYTHING),
            self.notice.fail,
        )

    def _accept(self, device: Device) -> None:

        def done(count: int) -> None:
            self.notice.say(plural("{n} save taken in.", "{n} saves taken in.", count), kind="success")
            self._session.tell(EVERYTHING)

        self._session.operations.write(
            self, lambda: self._session.vault.members.accept(device.id), done, self.notice.fail
        )

    def _choose(self, choose: Callable[[int], bool], two: bool) -> None:

        def done(holds: bool) -> None:
            if not holds:
                self.notice.say(text("Another administrator must agree first."), kind="warning")
            self._session.tell(EVERYTHING)

        self._session.operations.write(self, lambda: choose(2 if two else 1), done, self.notice.fail)


class Removal(QDialog):
    """Explains what a removal does, and asks whether the laptop is asked to destroy its keys."""

    def __init__(self, device: Device, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Remove a laptop"))
        self.erase = QCheckBox(text("Ask it to destroy its keys at the next contact"))
        cancel = button(text("Cancel"), self.reject)
        remove = button(text("Remove"), self.accept, "danger")
        self.setLayout(
            column(
                label(text("Remove {member}?", member=device.label), "heading", wrap=True),
                label(
                    text(
                        "From now on this laptop opens nothing that is sealed by whoever knows of "
                        "the removal, and what it writes is set aside. What it wrote before stays. "
                        "What lies on it stays readable there."
                    ),
                    wrap=True,
                ),
                self.erase,
                label(
                    text(
                        "For a laptop that was taken. What it has not sent yet is then lost. It "
                        "hears of it from the server or a colleague's stick. It cannot be relied "
                        "on: who took it may never let it hear."
                    ),
                    "muted",
                    wrap=True,
                ),
                label(
                    text("Exchange with everybody soon: until then they still seal for it."),
                    "muted",
                    wrap=True,
                ),
                row(None, cancel, remove),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(480)
        cancel.setFocus()
