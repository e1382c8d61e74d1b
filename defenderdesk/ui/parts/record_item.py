"""Lines of a list that stand for a record: what they hold is its key, desk and all. Qt would make a
bare text of it; in a tuple it stays what it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidgetItem, QTableWidgetItem

RECORD = Qt.ItemDataRole.UserRole


def set_record(item: QListWidgetItem | QTableWidgetItem, record: str) -> None:
    """The line stands for this record."""
    item.setData(RECORD, (record,))


def record_of(item: QListWidgetItem | QTableWidgetItem | None) -> str:
    """The record that a line stands for; empty where it stands for none."""
    held = item.data(RECORD) if item else None
    return held[0] if held else ""
