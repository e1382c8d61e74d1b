"""The list of a case's sections, beside it: grouped, counted, the empty rarer ones folded away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QMenu, QPushButton, QSizePolicy, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.i18n import number, text
from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.fitting import CutButton
from defenderdesk.ui.parts.widgets import button, column, label, panel, row, scroll
from defenderdesk.ui.records.sections import ICONS, groups


class CaseNav(QWidget):
    """`chosen` is told a section by its kind; "case" is the overview."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.tabs: dict[str, CutButton] = {}
        self._group = QButtonGroup(self)
        self._always: set[str] = set()
        self._more: dict[str, QPushButton] = {}
        inside = column(gap=0)
        for name, words, icon in (
            ("case", text("Overview"), "overview"),
            ("timeline", text("Timeline"), "timeline"),
            ("advice", text("What can be done"), "shield"),
        ):
            inside.addWidget(self._tab(name, words, icon))
            self._always.add(name)
        for group in groups():
            more = button("", partial(self._offer, group.name), "quiet", "plus")
            more.setProperty("look", "small-quiet")
            more.setToolTip(text("More under {group}", group=group.name))
            more.setAccessibleName(text("More under {group}", group=group.name))
            self._more[group.name] = more
            head = row(label(group.name, "group"), None, more, gap=0)
            head.setContentsMargins(Space.S, Space.S, 0, 0)
            inside.addLayout(head)
            for kind in group.kinds:
                plural = text(kind_of(kind).plural)
                inside.addWidget(self._tab(kind, plural, ICONS[kind]))
            self._always.update(group.always)
            if set(group.kinds) == set(group.always):
                more.hide()
        history = self._tab("history", text("History"), "history")
        inside.addSpacing(Space.S)
        inside.addWidget(history)
        self._always.add("history")
        inside.addStretch(1)
        self._area = scroll(panel(inside))
        self._area.setProperty("look", "nav")
        self.setLayout(column(self._area, gap=0))
        self.setFixedWidth(palette.px(212))
        self.tabs["case"].setChecked(True)
        self.count({})

    def _tab(self, name: str, words: str, icon: str) -> CutButton:
        drawn = icons.icon(icon, "muted", active="accent")
        tab = CutButton(words, partial(self.chosen.emit, name), "nav", drawn)
        tab.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        tab.setCheckable(True)
        self._group.addButton(tab)
        self.tabs[name] = tab
        return tab

    def _kinds(self, group_name: str) -> tuple[str, ...]:
        return next(g.kinds for g in groups() if g.name == group_name)

    def count(self, counts: Mapping[str, int]) -> None:
        """Show how many records each section holds."""
        for group in groups():
            for kind in group.kinds:
                tab, many = self.tabs[kind], counts.get(kind, 0)
                plural = text(kind_of(kind).plural)
                tab.say(plural, f"  {number(many)}" if many else "")
                shown = many > 0 or kind in self._always or tab.isChecked()
                tab.setVisible(shown)

    def choose(self, name: str) -> None:
        """Mark a section as the one that is shown."""
        self.tabs[name].setVisible(True)
        self.tabs[name].setChecked(True)
        tab = self.tabs[name]
        QTimer.singleShot(0, tab, lambda: self._area.ensureWidgetVisible(tab))  # once it has a place

    def shown(self) -> list[str]:
        """The sections that are not folded away, in order."""
        return [name for name, tab in self.tabs.items() if tab.isVisibleTo(self)]

    def _offer(self, group_name: str) -> None:
        menu = QMenu(self)
        for kind in self._kinds(group_name):
            if not self.tabs[kind].isVisibleTo(self):
                act = menu.addAction(icons.icon(ICONS[kind]), text(kind_of(kind).plural))
                act.triggered.connect(partial(self.chosen.emit, kind))
        if menu.isEmpty():
            act = menu.addAction(text("All of them are shown"))
            act.setEnabled(False)
        more = self._more[group_name]
        menu.popup(more.mapToGlobal(more.rect().bottomLeft()))
