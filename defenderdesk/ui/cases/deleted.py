"""The page of what was deleted: by whom, when, and one press to bring it back, until it is erased."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidgetItem, QStackedWidget, QWidget

from defenderdesk import i18n
from defenderdesk.domain.kinds import kind_of
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Notice, Toast
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import EmptyState, button, column, label, panel, row
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import Change, Deleted

_MOST = 500


class DeletedPage(QWidget):
    """The page. `opened`: a case that something was brought back to."""

    opened = Signal(object, str, object)

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session, self._toast = session, toast
        self._count = label("", "muted")
        self.notice = Notice()
        self.list = lines(text("Deleted"))
        self.list.currentItemChanged.connect(lambda *_: self._chosen())
        self.list.itemActivated.connect(lambda _: self.restore())
        self.back = button(text("Bring it back"), self.restore, "primary", "undo")
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                "trash",
                text("Nothing is deleted"),
                text("What somebody deletes waits here and can be brought back, until it is erased."),
            )
        )
        below = column(self.list, row(self.back, None), gap=Space.M)
        below.setStretch(0, 1)
        self._stack.addWidget(panel(below))
        head = row(label(text("Deleted"), "title"), self._count, None, gap=Space.M)
        layout = column(head, self.notice, self._stack, gap=Space.M, margins=Space.XL)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        session.changed.connect(lambda _change: self.load())
        self.load()

    def focus_first(self) -> None:
        """Put the cursor into the list."""
        self.list.setFocus()

    def load(self) -> None:
        """Read what is deleted."""
        vault = self._session.vault
        self._session.operations.read(
            self, lambda: vault.deleted(_MOST), self._show, key=f"deleted-{id(self)}"
        )

    def _show(self, found: list[Deleted]) -> None:
        chosen, line = record_of(self.list.currentItem()), max(self.list.currentRow(), 0)
        more = "+" if len(found) == _MOST else ""
        self._count.setText(plural("{n} record", "{n} records", len(found)) + more if found else "")
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for one in found:
            item = QListWidgetItem(f"{self._title(one)}\n{self._about(one)}")
            item.setIcon(icons.icon(ICONS.get(one.kind, "file"), "muted"))
            set_record(item, one.id)
            self.list.addItem(item)
        self.list.blockSignals(blocked)
        self._stack.setCurrentIndex(1 if found else 0)
        if found:
            ids = [one.id for one in found]
            self.list.setCurrentRow(ids.index(chosen) if chosen in ids else min(line, len(ids) - 1))
        self._chosen()

    def _title(self, one: Deleted) -> str:
        kind = text(kind_of(one.kind).label)
        title = one.title.split("\n")[0]
        return text("{kind}: {title}", kind=kind, title=title) if title else kind

    def _about(self, one: Deleted) -> str:
        when = i18n.day_and_time(one.author.time)
        said = text("Deleted by {member}, {when}", member=one.author.member or "?", when=when)
        return f"{said} · {one.case_title}" if one.case_title else said

    def _chosen(self) -> None:
        self.back.setEnabled(bool(record_of(self.list.currentItem())))

    def restore(self) -> None:
        """Bring the marked record back."""
        record = record_of(self.list.currentItem())
        if not record:
            return
        vault = self._session.vault
        self.notice.clear()

        def done(_change: Change) -> None:
            self._session.operations.read(self, lambda: vault.views.place_of(record), told)

        def told(place: tuple[str, str, str, str]) -> None:
            found, kind, above, above_kind = place
            case = found if kind == "case" else above if above_kind == "case" else ""
            act = (lambda: self.opened.emit(case, "", "")) if case else None
            self._toast.say(text("It is back."), text("Go to the case") if case else "", act)

        self._session.change(self, lambda: vault.restore(record), done, self.notice.fail)
