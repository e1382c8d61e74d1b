"""Labels, buttons, rows, columns, cards: the small blocks, each dressed by its `look`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from defenderdesk.ui.look import icons, palette
from defenderdesk.ui.look.palette import Space


def label(words: str, look: str = "", wrap: bool = False, buddy: QWidget | None = None) -> QLabel:
    """Words on the screen; `look` as the style sheet names it. Never rich text: what a record
    holds is shown as it is, not as markup."""
    made = QLabel(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if look:
        made.setProperty("look", look)
    made.setWordWrap(wrap)
    if wrap:
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    if buddy:
        made.setBuddy(buddy)
        buddy.setAccessibleName(words)
    return made


def button(
    words: str,
    clicked: Callable[[], object],
    look: str = "",
    icon: str = "",
    tip: str = "",
) -> QPushButton:
    """A button; `look`: "", primary, quiet, danger, link, choice, tab, side, nav, group, mark."""
    made = QPushButton(words)
    made.setAutoDefault(False)
    if look:
        made.setProperty("look", look)
    if icon:
        role = {"primary": "on_accent", "danger": "danger", "quiet": "accent", "nav": "muted"}.get(
            look, "text"
        )
        made.setIcon(icons.icon(icon, role, active="accent" if look in ("side", "tab", "nav") else ""))
        made.setIconSize(QSize(palette.px(18), palette.px(18)))
    if tip:
        made.setToolTip(tip)
        if not words:
            made.setAccessibleName(tip)
    made.clicked.connect(lambda: clicked())
    return made


def drawing(name: str, role: str = "text", size: int = 18) -> QLabel:
    """An icon as a label."""
    made = QLabel()
    made.setPixmap(icons.pixmap(name, role, size))
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


Item = QWidget | QLayout | int | None


def fill(layout: QBoxLayout, items: Sequence[Item]) -> QBoxLayout:
    """Put items in: a widget, a layout, a distance in pixels, or None for a stretch."""
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


def row(*items: Item, gap: int = Space.S, margins: int = 0) -> QHBoxLayout:
    """Items side by side."""
    layout = QHBoxLayout()
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(gap)
    fill(layout, items)
    return layout


def column(*items: Item, gap: int = Space.S, margins: int = 0) -> QVBoxLayout:
    """Items one under the other."""
    layout = QVBoxLayout()
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(gap)
    fill(layout, items)
    return layout


def panel(layout: QLayout, look: str = "") -> QWidget:
    """A widget around a layout."""
    made = QFrame() if look.startswith(("card", "notice", "toast")) else QWidget()
    if look:
        made.setProperty("look", look)
        made.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    made.setLayout(layout)
    return made


def card(*items: Item, gap: int = Space.M, look: str = "card") -> QWidget:
    """A surface with an edge, for things that belong together."""
    return panel(column(*items, gap=gap, margins=Space.L), look)


def field(words: str, editor: QWidget, hint: str = "") -> QWidget:
    """A control under its name, with an optional hint below."""
    items: list[Item] = [label(words, "label", buddy=editor), editor]
    if hint:
        items.append(label(hint, "small", wrap=True))
    return panel(column(*items, gap=Space.XS))


def rule() -> QFrame:
    """A hairline."""
    made = QFrame()
    made.setProperty("look", "rule")
    return made


def scroll(content: QWidget) -> QScrollArea:
    """`content` in a vertical scroll area without an edge."""
    area = QScrollArea()
    holder = QWidget()
    holder.setProperty("look", "flow")
    holder.setLayout(column(content, gap=0))
    area.setWidget(holder)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def set_look(widget: QWidget, name: str, value: object) -> None:
    """Change a property that the style sheet looks at, and redraw."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def empty(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
        elif inner := item.layout():
            empty(inner)


class Elided(QLabel):
    """One line that is cut, with an ellipsis, where its place ends; whole in its tool tip."""

    def __init__(self, look: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", look)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(60)
        self._whole = ""

    def setText(self, words: str) -> None:
        self._whole = words
        self.setToolTip(words)
        self.setAccessibleName(words)
        self._cut()

    def whole(self) -> str:
        """All of it."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        end = Qt.TextElideMode.ElideRight
        super().setText(self.fontMetrics().elidedText(self._whole, end, self.width() - 2))


class EmptyState(QWidget):
    """Fills the place where nothing is yet: a drawing, a sentence, what to do."""

    def __init__(self, icon: str, heading: str, sentence: str, action: QWidget | None = None) -> None:
        super().__init__()
        layout = column(
            None,
            row(None, drawing(icon, "muted", 44), None),
            row(None, label(heading, "lead"), None),
            gap=Space.S,
        )
        self.sentence = label(sentence, "muted", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sentence.setMinimumWidth(palette.px(320))
        self.sentence.setMaximumWidth(palette.px(420))
        fill(layout, [row(None, self.sentence, None)])
        if action:
            fill(layout, [Space.S, row(None, action, None)])
        layout.addStretch(2)
        self.setLayout(layout)
