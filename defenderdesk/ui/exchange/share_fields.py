"""The tree of what leaves: kinds of record and their fields, ticked one by one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.i18n import text
from defenderdesk.interchange.shares import exporting
from defenderdesk.interchange.shares.exporting import Chosen

_NAME = Qt.ItemDataRole.UserRole


class WhatLeaves(QTreeWidget):
    """Of one case; begins with the cautious choice."""

    ticked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setAccessibleName(text("What leaves"))
        self.itemChanged.connect(lambda _item, _column: self.ticked.emit())

    def offer(self, file: CaseFile) -> None:
        """Show what of a case could leave."""
        first = exporting.at_first(file)
        blocked = self.blockSignals(True)
        self.clear()
        for kind_name, names in exporting.possible(file).items():
            kind = kind_of(kind_name)
            count = len(file.of(kind_name)) if kind_name != "case" else 1
            plural_name = text(kind.plural if count > 1 else kind.label)
            top = QTreeWidgetItem([f"{plural_name} ({count})"])
            top.setData(0, _NAME, kind_name)
            top.setFlags(top.flags() | Qt.ItemFlag.ItemIsAutoTristate)
            self.addTopLevelItem(top)
            for name in names:
                spec = kind.field(name)
                if spec is None or spec.type is Type.LINK or spec.name == "position":
                    continue
                item = QTreeWidgetItem([text(spec.label)])
                item.setData(0, _NAME, name)
                chosen = name in first.get(kind_name, ())
                item.setCheckState(0, Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
                top.addChild(item)
        self.blockSignals(blocked)

    def chosen(self) -> Chosen:
        """The fields that are ticked."""
        found: Chosen = {}
        for place in range(self.topLevelItemCount()):
            top = self.topLevelItem(place)
            if top is None:
                continue
            children = [top.child(i) for i in range(top.childCount())]
            names = frozenset(
                str(c.data(0, _NAME))
                for c in children
                if c is not None and c.checkState(0) == Qt.CheckState.Checked
            )
            if names:
                found[str(top.data(0, _NAME))] = names
        return found
