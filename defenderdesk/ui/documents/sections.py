"""The sections of a draft to be edited, each in a field of its own: a heading stays a heading,
whatever is typed below it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.domain.values import Value
from defenderdesk.i18n import text
from defenderdesk.interchange.documents.drafts import Draft, Part
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.growing import GrowingPage
from defenderdesk.ui.parts.widgets import empty, label, panel, scroll

_MOST_LINES = 400


class Sections(QWidget):
    """The editor. `edited`: something was typed."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._made: Draft | None = None
        self._quiet = False
        self.title = GrowingPage(1, 4)
        self.title.setAccessibleName(text("Title"))
        self.title.textChanged.connect(self._typed)
        self.pages: dict[str, GrowingPage] = {}
        self._inside = QVBoxLayout()
        self._inside.setSpacing(Space.S)
        self._inside.setContentsMargins(0, 0, Space.M, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.area = scroll(panel(self._inside))
        layout.addWidget(self.area)

    def show_draft(self, made: Draft) -> None:
        """Show a draft's sections."""
        self._quiet = True
        self._made = made
        rtl = made.language.split("-")[0] in i18n.RTL
        direction = Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
        self.title.setParent(None)
        empty(self._inside)
        self.pages = {}
        self.title.setPlainText(made.title)
        self.title.setLayoutDirection(direction)
        self._inside.addWidget(self.title)
        for number, part in enumerate(made.parts, 1):
            page = GrowingPage(1, _MOST_LINES)
            page.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
            page.setPlainText("\n".join(part.paragraphs))
            page.setLayoutDirection(direction)
            page.textChanged.connect(self._typed)
            said = f"{number}. {part.heading}"
            if part.confidential:
                said += f" – {text('confidential')}"
            head = label(said, "heading", wrap=True, buddy=page)
            page.setAccessibleName(part.heading)
            head.setLayoutDirection(direction)
            self._inside.addWidget(head)
            self._inside.addWidget(page)
            self.pages[part.id] = page
        self._inside.addStretch(1)
        self._quiet = False

    def _typed(self) -> None:
        if not self._quiet:
            self.edited.emit()

    def written(self) -> Draft | None:
        """The draft with what stands in the fields now."""
        made = self._made
        if made is None:
            return None
        parts = tuple(_as_typed(part, self.pages[part.id].words()) for part in made.parts)
        return replace(made, title=self.title.words().replace("\n", " ").strip(), parts=parts)

    def changed(self) -> bool:
        """Tells whether anything was typed since the draft was shown."""
        return self._made is not None and self.written() != self._made


def _as_typed(part: Part, typed: str) -> Part:
    if typed == "\n".join(part.paragraphs):
        return part
    lines = tuple(line.strip() for line in typed.split("\n") if line.strip())
    before = dict(zip(part.paragraphs, part.sources, strict=False))
    return replace(part, paragraphs=lines, sources=tuple(before.get(line, ()) for line in lines))


def kept(made: Draft) -> Value:
    """A draft as it is kept with its submission."""
    return {
        "language": made.language,
        "title": made.title,
        "parts": [
            {
                "id": p.id,
                "heading": p.heading,
                "text": "\n".join(p.paragraphs),
                "confidential": p.confidential,
            }
            for p in made.parts
        ],
    }


def read(value: object, made: Draft) -> Draft | None:
    """A kept draft in the sections of a new one; None for what is none, or of another language."""
    if not isinstance(value, dict) or value.get("language") != made.language:
        return None
    parts = value.get("parts")
    if not isinstance(parts, list):
        return None
    texts = {p["id"]: p["text"] for p in parts if isinstance(p, dict) and _told(p)}
    title = value.get("title")
    return replace(
        made,
        title=title if isinstance(title, str) and title else made.title,
        parts=tuple(_as_typed(p, texts.get(p.id, "\n".join(p.paragraphs))) for p in made.parts),
    )


def _told(part: dict[object, object]) -> bool:
    return isinstance(part.get("id"), str) and isinstance(part.get("text"), str)
