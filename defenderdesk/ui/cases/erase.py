"""Erasing content for good: what, why, under which names others may have written of it, and what
it does not reach."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QRadioButton, QWidget

from defenderdesk.domain.kinds import kind_of
from defenderdesk.i18n import plural, text
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, field, label, row
from defenderdesk.ui.records import formatting
from defenderdesk.vault.erasure.erase import MAX_REASON
from defenderdesk.vault.types import Record


class EraseDialog(QDialog):
    """`only`: the field that may be erased by itself; empty: the whole record only. `names`: how
    those are named who go with that field, and with the whole record. `more`: how many records
    belong to it."""

    def __init__(
        self,
        record: Record,
        only: str,
        names: tuple[list[str], list[str]] = ([], []),
        more: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Erase for good"))
        kind = kind_of(record.kind)
        of = text("{kind}: {title}", kind=text(kind.label), title=formatting.title_of(record))
        known = kind.field(only)
        self._only = only if known else ""
        self.one = QRadioButton(
            text("Only “{field}”, with every value it ever had", field=text(known.label)) if known else ""
        )
        self.one.setVisible(False) if not known else self.one.setChecked(True)
        self.whole = QRadioButton(text("The whole record"))
        self.whole.setChecked(not known)
        self.below = QCheckBox(
            plural(
                "With {n} record that belongs to it (events, files…)",
                "With the {n} records that belong to it (events, files…)",
                more,
            )
        )
        self.below.setChecked(True)
        self.below.setVisible(bool(more) and not known)
        self.whole.toggled.connect(lambda on: self.below.setVisible(bool(more) and on))
        self._known = names
        self._named = QLineEdit()
        self.whole.toggled.connect(lambda _: self._name())
        self._name()
        self.reason = QLineEdit()
        self.reason.setMaxLength(MAX_REASON)
        self.reason.textChanged.connect(lambda _: self._ready())
        self.go = button(text("Erase"), self.accept, "danger")
        cancel = button(text("Cancel"), self.reject)
        choices = [self.one, self.whole, self.below] if known else [self.whole, self.below]
        self.setLayout(
            column(
                label(text("Erase for good?"), "heading"),
                label(of, "lead", wrap=True),
                column(*choices, gap=Space.S),
                field(text("Why (this stays readable)"), self.reason),
                field(
                    text("Look for these names in other records"),
                    self._named,
                    text(
                        "Separated by semicolons; add nicknames. What is found is shown before "
                        "anything is erased."
                    ),
                ),
                label(
                    text(
                        "It cannot be undone. The content goes from this laptop, from colleagues’ "
                        "when they next exchange, from the server and from later exports. That "
                        "something was here, when and by whom, stays."
                    ),
                    wrap=True,
                ),
                label(
                    text(
                        "It does not reach partners, backups, Word files or removed laptops. "
                        "What a researcher erases is hidden at once and destroyed when a "
                        "coordinator confirms it."
                    ),
                    "muted",
                    wrap=True,
                ),
                row(None, cancel, self.go),
                gap=Space.M,
                margins=Space.XL,
            )
        )
        self.setMinimumWidth(500)
        self.reason.setFocus()
        self._ready()

    def _ready(self) -> None:
        self.go.setEnabled(bool(self.reason.text().strip()))

    def _name(self) -> None:
        """Offer the names that go, unless a person wrote others."""
        offered = {"; ".join(known) for known in self._known} | {""}
        if self._named.text() in offered:
            self._named.setText("; ".join(self._known[self.whole.isChecked()]))

    @property
    def names(self) -> list[str]:
        """The names to look for in other records."""
        return [name for one in self._named.text().split(";") if (name := one.strip())]

    @property
    def with_below(self) -> bool:
        """True if what belongs to the record goes as well."""
        return self.whole.isChecked() and self.below.isChecked()

    @property
    def fields(self) -> list[str]:
        """The fields to erase; empty: all."""
        return [self._only] if self._only and self.one.isChecked() else []
