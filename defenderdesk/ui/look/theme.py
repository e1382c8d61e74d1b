"""Dressing the whole application: palette, font, style sheet, icons."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.stylesheet import stylesheet

FAMILIES = ["Segoe UI", "SF Pro Text", "Noto Sans", "Cantarell", "Ubuntu", "DejaVu Sans"]
"""First family that the computer has; the system falls back per script for others."""


def system_choice() -> str:
    """The scheme that the computer is set to."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication

    dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def apply(app: QApplication, theme: str = "system", text_size: str = "normal") -> None:
    """Dress the whole application; widgets already on screen follow."""
    palette.use(theme if theme in palette.PALETTES else system_choice(), text_size)
    icons.forget()
    app.setStyle("Fusion")
    font = QFont()
    font.setFamilies(FAMILIES)
    font.setPixelSize(palette.px(palette.Size.BODY))
    app.setFont(font)
    app.setPalette(qt_palette(palette.current()))
    app.setStyleSheet(stylesheet(palette.current(), palette.scale()))


def qt_palette(colours: palette.Colours) -> QPalette:
    """The palette for what a style sheet does not reach."""
    made = QPalette()
    role = QPalette.ColorRole
    for qt_role, colour in (
        (role.Window, colours.ground),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.raised),
        (role.Text, colours.text),
        (role.Button, colours.surface),
        (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.surface),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.muted),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.Accent, colours.accent),
    ):
        made.setColor(qt_role, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for qt_role in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(disabled, qt_role, QColor(colours.muted))
    return made
