"""Sentences of other records about whoever is erased: a list to tick, before anything is erased."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDialog, QVBoxLayout, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, label, panel, row, scroll
from defenderdesk.vault.erasure.mentions import Found, Mention


class MentionsDialog(QDialog):
    """Nothing is ticked at first: a name may be somebody else's."""

    def __init__(self, found: Found, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("What other records say"))
        self.ticks: list[tuple[QCheckBox, Mention]] = []
        lines = QVBoxLayout()
        lines.setSpacing(Space.M)
        lines.setContentsMargins(0, 0, 0, 0)
        for whole, said in ((True, text("The whole name")), (False, text("A part of a name"))):
            here = [one for one in found.mentions if one.whole is whole]
            if not here:
                continue
            every = QCheckBox(text("All of these"))
            head = row(label(said, "lead"), None, every)
            lines.addLayout(head)
            made = [self._line(lines, one) for one in here]
            every.setMinimumWidth(every.sizeHint().width() + Space.M)
            every.toggled.connect(lambda on, made=made: [one.setChecked(on) for one in made])
        self.count = label("", "muted")
        self.go = button("", self.accept, "danger")
        side = row(panel(lines), Space.L, gap=0)  # the scroll bar, on either side
        side.setStretch(0, 1)
        area = scroll(panel(side))
        items: list[object] = [
            label(text("What other records say"), "heading"),
            label(
                text(
                    "These fields, in every desk of this laptop, hold or held the names. Tick "
                    "what is to be erased as well: the whole field goes, with every value it ever "
                    "had. Read each sentence: it may be about somebody else."
                ),
                wrap=True,
            ),
            area,
        ]
        if found.more:
            more = plural(
                "At least {n} more field holds one of these words.",
                "At least {n} more fields hold one of these words.",
                found.more,
            )
            items.append(label(more, "problem", wrap=True))
        items += [
            label(
                text("The content of attached files is not looked at."),
                "muted",
                wrap=True,
            ),
            row(self.count, None, button(text("Cancel"), self.reject), self.go),
        ]
        layout = column(*items, gap=Space.M, margins=Space.XL)  # type: ignore[arg-type]
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.setMinimumSize(640, 460)
        self.resize(720, 640)
        self._counted()
        if self.ticks:
            self.ticks[0][0].setFocus()

    def _line(self, lines: QVBoxLayout, one: Mention) -> QCheckBox:
        kind = kind_of(one.kind)
        known = kind.field(one.field)
        name = text(known.label) if known else one.field
        of = text("{kind}: {title}", kind=text(kind.label), title=one.title)
        tick = QCheckBox(f"{of if one.title else text(kind.label)} · {name}")
        tick.setAccessibleDescription(one.sentence)
        tick.toggled.connect(lambda _: self._counted())
        where = [one.desk, one.case if one.case != one.title else ""]
        where.append(text("deleted") if one.deleted else "")
        where.append(text("as it stood earlier") if one.earlier else "")
        about = label(" · ".join(filter(None, where)), "small", wrap=True)
        said = label(one.sentence, wrap=True)
        below = row(Space.XL, panel(column(said, about, gap=2)), gap=0)  # mirrored with the rest
        below.setStretch(1, 1)
        lines.addWidget(panel(column(tick, panel(below), gap=2)))
        self.ticks.append((tick, one))
        return tick

    def _counted(self) -> None:
        n = len(self.places)
        self.count.setText(plural("{n} field ticked", "{n} fields ticked", n))
        self.go.setText(text("Erase with these") if n else text("Erase without these"))

    @property
    def places(self) -> list[tuple[str, str]]:
        """(record, field) of what was ticked."""
        return [one.place for tick, one in self.ticks if tick.isChecked()]
