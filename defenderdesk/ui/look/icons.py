"""Icons: our own line drawings in `resources/icons`, recoloured through the theme's roles.

Each is an SVG of 24 by 24 that draws with `currentColor`; the role's colour is put in its place
before rendering, at the sharpness the screen has.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from defenderdesk import resources
from defenderdesk.ui.look import palette

MIRRORED = frozenset({"back", "chevron", "forward", "exchange", "export", "lock-open"})
"""Drawings that point somewhere: they point the other way in right-to-left languages."""


@cache
def _drawing(name: str) -> str:
    return resources.shipped("icons", f"{name}.svg").read_text(encoding="utf-8")


@cache
def _pixmap(name: str, colour: str, size: int, ratio: float, mirrored: bool) -> QPixmap:
    drawing = _drawing(name).replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    picture = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, picture.width(), picture.height()))
    painter.end()
    if mirrored:
        picture = QPixmap.fromImage(picture.toImage().flipped(Qt.Orientation.Horizontal))
    picture.setDevicePixelRatio(ratio)
    return picture


def pixmap(name: str, role: str = "text", size: int = 18, ratio: float = 2.0) -> QPixmap:
    """One drawing in the colour of `role`, `size` pixels wide."""
    from defenderdesk import i18n

    mirrored = i18n.is_rtl() and name in MIRRORED
    return _pixmap(name, getattr(palette.current(), role), palette.px(size), ratio, mirrored)


def icon(name: str, role: str = "text", active: str = "") -> QIcon:
    """An icon whose disabled state is muted; `active` is the role when checked."""
    made = QIcon()
    made.addPixmap(pixmap(name, role), QIcon.Mode.Normal, QIcon.State.Off)
    made.addPixmap(pixmap(name, "muted"), QIcon.Mode.Disabled, QIcon.State.Off)
    if active:
        made.addPixmap(pixmap(name, active), QIcon.Mode.Normal, QIcon.State.On)
    return made


def forget() -> None:
    """Draw anew from now on (the theme changed)."""
    _pixmap.cache_clear()
