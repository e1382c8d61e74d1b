"""A mistake of the binding that the program works around, so that we notice when it is mended."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

import defenderdesk.ui


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_none_has_references_to_lose(qapp):
    assert defenderdesk.ui.__doc__
    thing = QObject()
    for _ in range(20_000):
        thing.property("nothing")
    assert sys.getrefcount(None) > 1 << 39


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True is immortal from Python 3.12 on")
def test_true_has_references_to_lose(qapp):
    made = QListWidget()
    item = QListWidgetItem("a")
    item.setData(Qt.ItemDataRole.UserRole, True)
    made.addItem(item)
    for _ in range(20_000):
        assert item.data(Qt.ItemDataRole.UserRole) is True
    assert min(sys.getrefcount(True), sys.getrefcount(False)) > 1 << 39
