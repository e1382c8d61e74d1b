"""A mistake of the binding that the program works around, so that we notice when it is mended."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject

import defenderdesk.ui


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_none_has_references_to_lose(qapp):
    assert defenderdesk.ui.__doc__
    thing = QObject()
    for _ in range(20_000):
        thing.property("nothing")
    assert sys.getrefcount(None) > 1 << 39
