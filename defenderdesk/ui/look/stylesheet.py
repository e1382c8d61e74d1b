"""The style sheet, generated from colour roles and the scale of type.

Widgets say what they are with the property `look` (`heading`, `muted`, `primary`, `quiet`,
`danger`, `card`, `notice`…); this page alone says what each looks like. Paddings are the same
left and right, and Qt mirrors `text-align`, so that a mirrored layout needs nothing else.

A style sheet cannot recolour an image: the few marks it needs (arrow, tick) stand ready in
`resources/icons/light` and `dark`, made by `python -m defenderdesk.ui.look.stylesheet`.
"""

from __future__ import annotations

from string import Template

from defenderdesk import resources
from defenderdesk.ui.look.palette import DARK, PALETTES, Colours, Size

_SHEET = Template("""
* { outline: none; }
QWidget { color: $text; font-size: ${body}px; }
QMainWindow, QDialog, QWidget[look="page"], QWidget[look="ground"] { background: $ground; }
QWidget[look="surface"] { background: $surface; }
QLabel { background: transparent; }
QLabel[look="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[look="heading"] { font-size: ${heading}px; font-weight: 600; }
QLabel[look="lead"] { font-size: ${lead}px; font-weight: 600; }
QLabel[look="label"] { font-size: ${small}px; font-weight: 600; color: $muted; }
QLabel[look="muted"] { color: $muted; }
QLabel[look="small"] { color: $muted; font-size: ${small}px; }
QLabel[look="problem"] { color: $danger; font-size: ${small}px; }
QLabel[look="good"] { color: $success; font-size: ${small}px; }
QLabel[look="warning"] { color: $warning; }
QLabel[look="alert"] { color: $danger; font-weight: 600; }
QLabel[look="well"] { color: $success; }
QLabel[look="words"] { font-size: ${words}px; font-weight: 600; color: $accent; }
QLabel[look="code"] { font-family: "DejaVu Sans Mono", "Consolas", "Menlo", monospace;
    font-size: ${lead}px; font-weight: 600; }
QLabel[look="badge"] { background: $danger; color: $on_danger; border-radius: 9px;
    padding: 1px 6px; font-size: ${small}px; font-weight: 600; }
QLabel[look="pill"] { background: $raised; border-radius: 10px; padding: 2px 9px;
    font-size: ${small}px; }

QFrame[look="card"] { background: $surface; border: 1px solid $line; border-radius: 8px; }
QFrame[look="card-danger"] { background: $surface; border: 2px solid $danger; border-radius: 8px; }
QFrame[look="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[look="notice-danger"] { background: $danger_soft; border-radius: 6px; }
QFrame[look="notice-warning"] { background: $warning_soft; border-radius: 6px; }
QFrame[look="notice-success"] { background: $success_soft; border-radius: 6px; }
QFrame[look="notice-info"] { background: $accent_soft; border-radius: 6px; }
QFrame[look="toast"] { background: $text; border-radius: 8px; }
QFrame[look="toast"] QLabel { color: $ground; }
QFrame[look="toast"] QPushButton { color: $ground; background: transparent;
    border: 1px solid $ground; min-height: 26px; padding: 0 12px; }
QFrame[look="toast"] QPushButton:focus { border: 2px solid $ground; }

QPushButton { background: $surface; border: 1px solid $edge; border-radius: ${radius}px;
    min-height: ${button}px; padding: 0 14px; }
QPushButton:hover { background: $raised; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 0 13px; }
QPushButton:disabled { color: $muted; border-color: $line; background: $ground; }
QPushButton[look="toggle"]:checked { border: 1px solid $accent; background: $accent_soft;
    color: $accent; }
QPushButton[look="toggle"]:focus { border: 2px solid $accent; }
QPushButton[look="primary"] { background: $accent; color: $on_accent; border: 1px solid $accent;
    font-weight: 600; }
QPushButton[look="primary"]:hover { background: $accent_hover; }
QPushButton[look="primary"]:focus { border: 2px solid $text; }
QPushButton[look="primary"]:disabled { background: $raised; color: $muted; border-color: $line; }
QPushButton[look="danger"] { color: $danger; border-color: $danger; }
QPushButton[look="quiet"], QToolButton { background: transparent; border: 1px solid transparent;
    border-radius: ${radius}px; }
QPushButton[look="quiet"] { color: $accent; padding: 0 9px; }
QPushButton[look="quiet"]:hover, QToolButton:hover { background: $raised; }
QPushButton[look="quiet"]:focus, QToolButton:focus { border: 2px solid $accent; }
QPushButton[look="quiet"]:disabled { color: $muted; }
QPushButton[look="link"] { background: transparent; border: none; color: $accent; padding: 0;
    min-height: 22px; text-align: left; text-decoration: underline; }
QPushButton[look="link"]:focus { border: 1px solid $accent; }
QToolButton { padding: 5px; }
QToolButton::menu-indicator { image: none; }
QPushButton[look="chip"] { background: $accent_soft; color: $text; border: 1px solid transparent;
    border-radius: 12px; min-height: 24px; padding: 0 9px; font-size: ${small}px; }
QPushButton[look="chip"]:hover { border: 1px solid $edge; }
QPushButton[look="chip"]:focus { border: 2px solid $accent; padding: 0 8px; }
QFrame[look="chips"] { background: $accent_soft; border: 1px solid transparent;
    border-radius: 12px; }
QFrame[look="chips"]:hover { border: 1px solid $edge; }
QPushButton[look="in-chip"] { background: transparent; border: 1px solid transparent;
    border-radius: 11px; min-height: 22px; padding: 0 8px; font-size: ${small}px; }
QPushButton[look="in-chip"]:hover { text-decoration: underline; }
QPushButton[look="in-chip"]:focus { border: 2px solid $accent; padding: 0 7px; }
QPushButton[look="out-chip"] { background: transparent; border: 1px solid transparent;
    border-radius: 11px; min-height: 22px; padding: 0 5px; font-size: ${small}px; }
QPushButton[look="out-chip"]:hover { background: $raised; }
QPushButton[look="out-chip"]:focus { border: 2px solid $accent; padding: 0 4px; }
QPushButton[look="alarm"] { background: $danger_soft; color: $text; border: 1px solid $danger;
    border-radius: 12px; min-height: 24px; padding: 0 9px; font-size: ${small}px; }
QPushButton[look="alarm"]:focus { border: 2px solid $danger; padding: 0 8px; }
QPushButton[look="conflict"] { background: $warning_soft; color: $warning; border: 1px solid
    $warning; border-radius: 11px; min-height: 22px; padding: 0 9px; font-size: ${small}px;
    font-weight: 600; }

QWidget[look="side"] { background: $side; }
QPushButton[look="side"] { background: transparent; border: 2px solid transparent;
    border-radius: ${radius}px; min-height: 33px; padding: 0 10px; text-align: left; }
QPushButton[look="side"]:hover { background: $raised; }
QPushButton[look="side"]:checked { background: $accent_soft; color: $accent; font-weight: 600; }
QPushButton[look="side"]:focus { border: 2px solid $accent; }
QPushButton[look="nav"] { background: transparent; border: 2px solid transparent;
    border-radius: ${radius}px; min-height: 28px; padding: 0 7px; text-align: left; color: $text; }
QPushButton[look="nav"]:hover { background: $raised; }
QPushButton[look="nav"]:checked { background: $accent_soft; color: $accent; font-weight: 600; }
QPushButton[look="nav"]:focus { border: 2px solid $accent; }
QLabel[look="group"] { color: $muted; font-size: ${small}px; font-weight: 600; }
QPushButton[look="small-quiet"] { background: transparent; border: 1px solid transparent;
    border-radius: ${radius}px; min-height: 22px; max-height: 22px; padding: 0 3px; }
QPushButton[look="small-quiet"]:hover { background: $raised; }
QPushButton[look="small-quiet"]:focus { border: 2px solid $accent; }
QPushButton[look="group"] { background: transparent; border: none; border-bottom: 1px solid $line;
    border-radius: 0; min-height: 32px; padding: 0 2px; text-align: left; font-weight: 600; }
QPushButton[look="group"]:hover { background: $raised; }
QPushButton[look="group"]:focus { border: 2px solid $accent; border-radius: ${radius}px; }
QPushButton[look="mark"] { background: transparent; border: none; min-height: 18px;
    max-height: 18px; padding: 0 2px; }
QPushButton[look="tab"] { background: transparent; border: none; border-bottom: 3px solid
    transparent; border-radius: 0; min-height: 36px; padding: 0 10px; color: $muted; }
QPushButton[look="tab"]:hover { color: $text; }
QPushButton[look="tab"]:checked { color: $accent; border-bottom: 3px solid $accent; }
QPushButton[look="tab"]:focus { border: 2px solid $accent; border-bottom: 3px solid $accent;
    border-radius: ${radius}px; padding: 0 8px; color: $text; }
QPushButton[look="choice"] { text-align: left; padding: 8px 14px; min-height: 44px; }
QPushButton[look="choice"]:checked { border: 2px solid $accent; background: $accent_soft; }

QLineEdit, QPlainTextEdit, QComboBox { background: $surface; border: 1px solid $edge;
    border-radius: ${radius}px; padding: 0 9px; selection-background-color: $accent;
    selection-color: $on_accent; }
QLineEdit, QComboBox { min-height: ${field}px; }
QPlainTextEdit { padding: 4px 5px; }
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus {
    border: 2px solid $accent; padding: 0 8px; }
QPlainTextEdit:focus { padding: 3px 4px; }
QLineEdit[problem="true"], QPlainTextEdit[problem="true"], QComboBox[problem="true"] {
    border: 2px solid $danger; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled { color: $muted;
    background: $ground; border-color: $line; }
QLineEdit[look="search"] { border-radius: 17px; padding: 0 12px; }
QComboBox QLineEdit, QComboBox QLineEdit:focus { border: none; padding: 0; background: transparent;
    min-height: 0; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url($marks/down.svg); width: 14px; height: 14px; }
QAbstractItemView { background: $surface; border: 1px solid $edge; color: $text;
    selection-background-color: $accent_soft; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: 30px; padding: 0 6px; }
QListView[look="popup"]::item { min-height: 30px; padding: 0 8px; }

QCheckBox, QRadioButton { spacing: 9px; min-height: 28px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator, QTreeView::indicator { width: 18px; height: 18px;
    border: 1px solid $edge; background: $surface; }
QCheckBox::indicator, QTreeView::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 9px; }
QCheckBox::indicator:checked, QTreeView::indicator:checked { background: $accent;
    border-color: $accent; image: url($marks/check.svg); }
QTreeView::indicator:indeterminate { background: $accent_soft; border: 1px solid $accent;
    image: url($marks/dash.svg); }
QTreeView::item { min-height: 28px; }
QRadioButton::indicator:checked { border: 6px solid $accent; width: 8px; height: 8px;
    border-radius: 10px; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }

QTableView, QListView, QTreeView { background: $surface; border: 1px solid $line;
    border-radius: 8px; gridline-color: $line; }
QTableView:focus, QListView:focus, QTreeView:focus { border: 1px solid $accent; }
QListView[look="bare"], QListView[look="bare"]:focus { border: none; background: transparent; }
QListView::item { min-height: 28px; }
QListWidget::item { min-height: 34px; padding: 4px 8px; border-radius: 4px; }
QListWidget::item:hover { background: $raised; }
QListWidget::item:selected { background: $accent_soft; color: $text; }
QTableWidget::item { padding: 0 10px; border-bottom: 1px solid $line; }
QTableWidget::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: $surface; color: $muted; border: none;
    border-bottom: 1px solid $line; padding: 8px 12px; font-size: ${small}px; font-weight: 600; }
QHeaderView::section:hover { background: $raised; }
QHeaderView::section:first { border-top-left-radius: 7px; }
QHeaderView::section:last { border-top-right-radius: 7px; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QTableCornerButton::section { background: $surface; border: none; }

QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget[look="flow"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $edge; border-radius: 3px; }
QScrollBar::handle:hover { background: $muted; }
QScrollArea[look="nav"] QScrollBar:vertical { width: 7px; margin: 2px 1px; }
QScrollArea[look="nav"] QScrollBar::handle { background: $line; border-radius: 2px; }
QScrollArea[look="nav"] QScrollBar::handle:hover { background: $edge; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $raised; border: none; border-radius: 4px; min-height: 8px;
    max-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QToolTip { background: $surface; color: $text; border: 1px solid $edge; padding: 4px 6px; }
QMenu { background: $surface; border: 1px solid $edge; padding: 4px; }
QMenu::item { padding: 7px 18px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QSplitter::handle { background: transparent; }
QWidget[look="status"] { background: $side; }
""")


def stylesheet(colours: Colours, scale: float = 1.0) -> str:
    """The whole sheet for one palette; `scale` enlarges type and controls."""
    dark = colours is DARK
    sizes = {
        name: round(getattr(Size, name.upper()) * scale)
        for name in ("small", "body", "lead", "heading", "title", "words")
    }
    roles = {name: getattr(colours, name) for name in colours.__dataclass_fields__}
    return _SHEET.substitute(
        roles,
        **sizes,
        radius=Size.RADIUS,
        button=round((Size.CONTROL - 4) * scale),
        field=round((Size.CONTROL - 4) * scale),
        accent_hover="#8ADAD7" if dark else "#084B4E",
        marks=_folder_of_marks("dark" if dark else "light"),
    )


def _folder_of_marks(palette: str) -> str:
    """The folder of a palette's images. Raises `IncompleteInstallError` where one is missing."""
    found = [resources.shipped("icons", palette, f"{name}.svg") for name in MARKS]
    return found[0].parent.as_posix()


MARKS = {"down": "muted", "check": "on_accent", "dash": "accent"}
"""The images of the sheet and the role each is painted in."""


def marks() -> dict[str, str]:
    """Relative path of each mark -> its drawing in the right colour."""
    made = {}
    for palette, colours in PALETTES.items():
        for name, role in MARKS.items():
            drawing = resources.shipped("icons", f"{name}.svg").read_text(encoding="utf-8")
            made[f"{palette}/{name}.svg"] = drawing.replace("currentColor", getattr(colours, role))
    return made


if __name__ == "__main__":
    for path, drawing in marks().items():
        target = resources.path("icons", path)
        target.parent.mkdir(exist_ok=True)
        target.write_text(drawing, encoding="utf-8")
