"""The page of likely duplicates: two records side by side, and a person says whether they are one.

Nothing is merged by itself. Keys: up and down in the list, 1 and 2 keep a record and let the other go
into it, 3 says that they are not the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListWidgetItem, QWidget

from defenderdesk import i18n
from defenderdesk.domain.kinds import MERGED_INTO, NOT_SAME, Type, kind_of
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.fitting import CutButton
from defenderdesk.ui.parts.inbox import inbox
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Notice, Toast
from defenderdesk.ui.parts.widgets import (
    EmptyState,
    button,
    card,
    column,
    empty,
    label,
    panel,
    row,
)
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.sections import ICONS
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.casework.duplicates import MOST, WHY
from defenderdesk.vault.types import Change, Duplicate, Record

_MOST_LINES = 14
"""Fields and parts of a record that a card shows."""


Work = Callable[[], Change]
Said = Callable[[Change], str]


@dataclass(frozen=True)
class _Pair:
    pair: Duplicate
    below: tuple[list[Record], list[Record]]


class Duplicates(QWidget):
    """The page. `opened`: a record is to be looked at."""

    opened = Signal(object)

    def __init__(self, session: Session, toast: Toast) -> None:
        super().__init__()
        self._session, self._toast = session, toast
        self._pairs: list[_Pair] = []
        self._count = label("", "muted")
        self.notice = Notice()
        self.list = lines(text("Likely duplicates"))
        self.list.setMinimumWidth(220)
        self.list.setMaximumWidth(320)
        self.list.currentRowChanged.connect(lambda _row: self._chosen())
        self._heading = label("", "heading", wrap=True)
        self._why = label("", "muted", wrap=True)
        self._cards = QHBoxLayout()
        self._cards.setSpacing(Space.M)
        self._apart = button(text("They are not the same (3)"), self.tell_apart, "", "close")
        said = label(
            text(
                "What belongs to the other one, and what this one lacks, is taken over. Where two cases "
                "differ, both values wait among the conflicts. It can be undone."
            ),
            "small",
            wrap=True,
        )
        detail = panel(
            column(self._heading, self._why, self._cards, said, row(self._apart, None), None, gap=Space.M)
        )
        nothing = EmptyState(
            "check",
            text("No likely duplicates"),
            text("When two records seem to be of one person or case, they wait here for you."),
        )
        layout, self._stack = inbox(
            text("Likely duplicates"), self._count, self.notice, self.list, detail, nothing
        )
        self.setLayout(layout)
        for key, act in (
            ("1", partial(self.keep, 0)),
            ("2", partial(self.keep, 1)),
            ("3", self.tell_apart),
        ):
            keys = QShortcut(QKeySequence(key), self)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(act)
        session.changed.connect(lambda _change: self.load())
        self.load()

    def focus_first(self) -> None:
        """Put the cursor into the list."""
        self.list.setFocus()

    def load(self) -> None:
        """Read the pairs."""
        vault = self._session.vault

        def work() -> list[_Pair]:
            return [
                _Pair(pair, (vault.children(pair.one.id), vault.children(pair.other.id)))
                for pair in vault.casework.duplicates()
            ]

        self._session.operations.read(self, work, self._show, key=f"duplicates-{id(self)}")

    def _show(self, found: list[_Pair]) -> None:
        more = "+" if len(found) == MOST else ""
        self._count.setText(plural("{n} pair", "{n} pairs", len(found)) + more if found else "")
        before, line = self.current(), max(self.list.currentRow(), 0)
        if found == self._pairs and before:
            return
        self._pairs = found
        names = [(one.pair.one.id, one.pair.other.id) for one in found]
        chosen = (before.pair.one.id, before.pair.other.id) if before else None
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for one in found:
            kind = text(kind_of(one.pair.kind).label)
            item = QListWidgetItem(f"{formatting.title_of(one.pair.one)}\n{kind}")
            item.setIcon(icons.icon(ICONS.get(one.pair.kind, "file"), "muted"))
            item.setToolTip(_reasons(one.pair))
            self.list.addItem(item)
        if found:
            place = names.index(chosen) if chosen in names else min(line, len(names) - 1)
            self.list.setCurrentRow(place)
        self.list.blockSignals(blocked)
        self._stack.setCurrentIndex(1 if found else 0)
        self._chosen()

    def current(self) -> _Pair | None:
        """The pair that is shown."""
        line = self.list.currentRow()
        return self._pairs[line] if 0 <= line < len(self._pairs) else None

    def _chosen(self) -> None:
        pair = self.current()
        empty(self._cards)
        if pair is None:
            return
        case = pair.pair.kind == "case"
        self._heading.setText(text("Is this one case?") if case else text("Is this one person?"))
        self._why.setText(_reasons(pair.pair))
        records = (pair.pair.one, pair.pair.other)
        for number, record in enumerate(records):
            self._cards.addWidget(self._card(number, record, records[1 - number], pair.below[number]), 1)

    def _card(self, number: int, record: Record, other: Record, below: list[Record]) -> QWidget:
        look = button(text("Look at it"), partial(self.opened.emit, record.id), "quiet", "forward")
        keep = CutButton(text("Keep this one ({n})", n=number + 1), partial(self.keep, number), "primary")
        said = [label(one, "small", wrap=True) for one in _described(record, other, below)]
        title = label(formatting.title_of(record), "lead", wrap=True)
        return card(title, panel(column(*said, gap=Space.XS)), None, row(look, None), keep)

    # -- deciding ------------------------------------------------------------------------------

    def keep(self, number: int) -> None:
        """Keep one of the two; the other goes into it."""
        pair = self.current()
        if pair is None:
            return
        records = (pair.pair.one, pair.pair.other)
        stays, goes = records[number].id, records[1 - number].id
        vault = self._session.vault

        def said(change: Change) -> str:
            if not change.conflicts:
                return text("Two records are one now.")
            return plural(
                "Two records are one now. They differ in {n} field: see Conflicts.",
                "Two records are one now. They differ in {n} fields: see Conflicts.",
                change.conflicts,
            )

        self._decide(lambda: vault.merge(stays, goes), said)

    def tell_apart(self) -> None:
        """They are two; nobody is asked again, on no laptop of the desk."""
        pair = self.current()
        if pair is None:
            return
        vault = self._session.vault
        one, other = pair.pair.one.id, pair.pair.other.id
        self._decide(
            lambda: vault.casework.not_same(one, other), lambda _: text("Nobody will be asked again.")
        )

    def _decide(self, work: Work, said: Said) -> None:
        session, toast = self._session, self._toast
        self.notice.clear()

        def done(change: Change) -> None:
            toast.say(said(change), text("Undo"), lambda: session.undo_one(toast, change.change_set))

        session.change(self, work, done, self.notice.fail)


def _reasons(pair: Duplicate) -> str:
    return " · ".join(i18n.translate(WHY[reason]) for reason in pair.why)


def _described(record: Record, other: Record, below: list[Record]) -> list[str]:
    """The lines of a card: what the two say differently first, then what they agree in, then what
    belongs to the record."""
    kind = kind_of(record.kind)
    differ, agree = list[str](), list[str]()
    for field in kind.fields:
        if field.type in (Type.LINK, Type.DATA) or field.name in (kind.title, MERGED_INTO, NOT_SAME):
            continue
        value = record.sets.get(field.name) if field.many else record.fields.get(field.name)
        there = other.sets.get(field.name) if field.many else other.fields.get(field.name)
        if said := formatting.shown(field, value or None):
            line = text("{field}: {value}", field=text(field.label), value=_short(said))
            (agree if value == there else differ).append(line)
    parts = [
        text("{kind}: {title}", kind=text(kind_of(one.kind).label), title=_short(_part(one))) for one in below
    ]
    lines_of = [*differ, *agree, *parts]
    if len(lines_of) > _MOST_LINES:
        more = len(lines_of) - _MOST_LINES
        lines_of[_MOST_LINES:] = [plural("and {n} more", "and {n} more", more)]
    return lines_of


def _part(record: Record) -> str:
    title, about = formatting.title_of(record), formatting.line_of(record)
    return f"{title} ({about})" if about else title


def _short(said: str) -> str:
    said = " ".join(said.split())
    return said if len(said) <= 160 else said[:159] + "…"
