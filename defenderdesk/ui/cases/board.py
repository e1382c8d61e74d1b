"""The board: every submission by its stage, the one with the nearest day on top.

Enter opens it in its case; Ctrl+Right and Ctrl+Left take it to the next stage and back (the
other way round where one reads from the right).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from defenderdesk import i18n
from defenderdesk.domain import vocabulary
from defenderdesk.domain.kinds import SUBMISSION
from defenderdesk.i18n import number, plural, text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.lines import heading, lines
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.widgets import Elided, EmptyState, button, column, label, panel, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.session import Session, concerns
from defenderdesk.vault.types import Change, Edit, Placed

COLUMNS = (
    ("draft", "ready"),
    ("sent", "acknowledged", "transmitted"),
    ("replied", "followed_up"),
    ("decided",),
    ("closed", "withdrawn"),
)
"""The stages of each column. A submission taken on goes to the first stage of the next."""
MOST = 100
"""Submissions shown in one column; below them it says how many more there are."""
_PLACED = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class _Loaded:
    counts: dict[str, int]
    columns: list[list[Placed]]
    short: dict[str, str]


def _columns(counts: dict[str, int]) -> list[tuple[str, ...]]:
    """The stages of each column; one that this version does not know stands in the first, where
    it is seen."""
    known = {stage for stages in COLUMNS for stage in stages}
    return [(*COLUMNS[0], *(stage for stage in counts if stage not in known)), *COLUMNS[1:]]


class Board(QWidget):
    """The page. `opened` is told (case, kind, record)."""

    opened = Signal(object, str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.lists: list[QListWidget] = []
        self._heads = []
        self._all = False
        self._short: dict[str, str] = {}
        self._follow = ""
        """The submission that was just moved, and keeps the cursor."""
        columns = []
        steps = (-1, 1) if i18n.is_rtl() else (1, -1)
        names = (
            text("In preparation"),
            text("Sent, no reply yet"),
            text("Replied"),
            text("Decided"),
            text("Closed"),
        )
        for place, name in enumerate(names):
            made = lines(name)
            made.itemActivated.connect(self._open)
            made.itemDoubleClicked.connect(self._open)
            head = Elided("lead")
            head.setText(name)
            count = label("", "muted")
            self.lists.append(made)
            self._heads.append(count)
            columns.append(panel(column(row(head, count), made, gap=Space.S)))
            for keys, step in zip(("Ctrl+Right", "Ctrl+Left"), steps, strict=True):
                move = QShortcut(QKeySequence(keys), made)
                move.setContext(Qt.ShortcutContext.WidgetShortcut)
                move.activated.connect(partial(self.move_on, place, step))
        self._closed = columns[-1]
        self._closed.hide()
        self._show_closed = button(text("Show closed"), self.turn_closed, "quiet", "eye")
        board = row(*columns, gap=Space.M)
        for place in range(len(columns)):
            board.setStretch(place, 1)
        nothing = EmptyState(
            "board",
            text("No submission yet"),
            text("Open a case and prepare one under Mechanisms: it then stands here, by stage."),
        )
        self._pages = Pages(nothing, panel(board), shown=1)
        self._said = label("", "muted")
        head_line = row(label(text("Submissions"), "title"), self._said, None, self._show_closed, gap=Space.M)
        layout = column(head_line, self._pages, gap=Space.M, margins=Space.XL)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)
        self.load()

    def focus_first(self) -> None:
        """Called when the page is shown."""
        self.load()
        self.lists[0].setFocus()

    def turn_closed(self) -> None:
        """Show or hide what is closed."""
        self._all = not self._all
        self._closed.setVisible(self._all)
        self._show_closed.setText(text("Hide closed") if self._all else text("Show closed"))

    def _news(self, change: Change) -> None:
        if self.isVisible() and concerns(change, kinds=("submission", "case")):
            self.load()

    def load(self) -> None:
        """Read the columns."""
        vault = self._session.vault

        def work() -> _Loaded:
            columns, counts = [], vault.views.counts("submission.stage")
            for stages in _columns(counts):
                found: list[Placed] = []
                for stage in stages:
                    found += vault.views.by_fact("submission.stage", stage, MOST)
                found.sort(key=lambda p: (p.next_day or "9999", p.record.updated))
                columns.append(found[:MOST])
            known = vault.office.corrected().mechanisms
            short = {code: mechanism.acronym for code, mechanism in known.items()}
            return _Loaded(counts, columns, short)

        self._session.operations.read(self, work, self._show, key=f"board-{id(self)}")

    def _show(self, loaded: _Loaded) -> None:
        today = date.today()
        follow, self._follow = self._follow, ""
        self._short = loaded.short
        total = sum(loaded.counts.values())
        self._said.setText(plural("{n} submission", "{n} submissions", total))
        self._pages.turn(1 if total else 0)
        for made, head, stages, found in zip(
            self.lists, self._heads, _columns(loaded.counts), loaded.columns, strict=True
        ):
            count = sum(loaded.counts.get(stage, 0) for stage in stages)
            head.setText(number(count))
            place, chosen = made.currentRow(), self._id(made.currentItem())
            made.clear()
            for one in found:
                made.addItem(self._item(one, today))
            ids = [one.record.id for one in found]
            if count > len(found):
                made.addItem(heading(text("{n} more", n=number(count - len(found)))))
            if follow in ids:
                made.setCurrentRow(ids.index(follow))
                made.setFocus()
            elif chosen in ids:
                made.setCurrentRow(ids.index(chosen))
            else:
                made.setCurrentRow(min(place, len(ids) - 1))

    @staticmethod
    def _id(item: QListWidgetItem | None) -> str:
        one: Placed | None = item.data(_PLACED) if item else None
        return one.record.id if one else ""

    def _item(self, one: Placed, today: date) -> QListWidgetItem:
        record = one.record
        code = record.text("mechanism")
        name = formatting.shown(SUBMISSION.field("mechanism"), code)
        stage = vocabulary.label("submission_stage", record.text("stage"), i18n.language())
        below = [stage] if stage else []
        role = "muted"
        if one.next_day:
            day = date.fromisoformat(one.next_day)
            late = (today - day).days
            below.append(
                plural("{n} day late", "{n} days late", late)
                if late > 0
                else text("due {date}", date=i18n.date(day))
            )
            role = "danger" if late > 0 else "warning" if late > -8 else "accent"
        case = one.of.title if one.of else ""
        title = self._short.get(code) or name or text("Untitled")
        parts = [title, case or " ", " · ".join(below) or " "]
        item = QListWidgetItem("\n".join(parts))
        item.setIcon(icons.icon("submission", role))
        item.setToolTip("\n".join(p for p in (name or title, case, parts[2]) if p.strip()))
        item.setData(_PLACED, one)
        return item

    def _open(self, item: QListWidgetItem) -> None:
        one = item.data(_PLACED)
        if one and one.of:
            self.opened.emit(one.of.id, "submission", one.record.id)

    def move_on(self, place: int, step: int) -> None:
        """Take the marked submission to the next column, or the one before."""
        item = self.lists[place].currentItem()
        target = place + step
        if item is None or not 0 <= target < len(COLUMNS):
            return
        one: Placed | None = item.data(_PLACED)
        if one is None:
            return
        edits = [Edit(one.record.id, "stage", COLUMNS[target][0])]
        dates = {1: "sent", 2: "replied", 3: "decided", 4: "closed"}
        if step > 0 and target in dates and not one.record.text(dates[target]):
            edits.append(Edit(one.record.id, dates[target], date.today().isoformat()))
        if target == 0 and one.record.text("sent"):
            # What was not sent has no day of sending; the history keeps it, and undoing brings it back.
            edits.append(Edit(one.record.id, "sent", None))
        self._follow = one.record.id
        if target == len(COLUMNS) - 1 and not self._all:
            self.turn_closed()
        self._session.save(self, edits)
