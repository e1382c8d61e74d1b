"""Choosing a desk, among those this device holds now; out of sight while there is only one."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from defenderdesk.i18n import text
from defenderdesk.ui.parts.combo import Choice
from defenderdesk.ui.work.session import Session


class DeskChoice(Choice):
    """`blank`: what stands for all desks; None when one must be chosen."""

    def __init__(self, session: Session, blank: str | None = None) -> None:
        self._session = session
        self._around: QWidget = self
        super().__init__(self._known, self._called, blank)
        self.setAccessibleName(text("Desk"))

    def hide_with(self, around: QWidget) -> None:
        """The widget that is hidden with it: its field with the name above."""
        self._around = around
        self.look()

    def look(self) -> None:
        """Desks may have come or gone."""
        desks = self._known()
        if self._blank is None and self.code not in dict(desks) and desks:
            self.set_code(desks[0][0])
        self.forget()
        if len(desks) < 2:
            self._around.hide()
        elif self._around.parent():  # shown before it stands in a window, it would be one itself
            self._around.show()

    def _known(self) -> list[tuple[str, str]]:
        return [(desk.id, desk.name) for desk in self._session.info.desks]

    def _called(self, desk: str) -> str:
        return dict(self._known()).get(desk, desk)
