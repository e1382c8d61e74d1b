"""Sharing a case with a partner: choose what leaves, see exactly that, seal it to their key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from defenderdesk.domain import partners
from defenderdesk.domain.casefile import CaseFile, one
from defenderdesk.domain.kinds import Type, kind_of
from defenderdesk.errors import UsageError
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.shares import exporting
from defenderdesk.interchange.shares.exporting import Preview
from defenderdesk.ui.exchange.partners import KeyWords
from defenderdesk.ui.exchange.share_fields import WhatLeaves
from defenderdesk.ui.look import palette
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.record_picker import Found, Linker
from defenderdesk.ui.parts.widgets import button, column, field, label, panel, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session, concerns
from defenderdesk.vault.casework import approvals
from defenderdesk.vault.casework.approvals import Standing
from defenderdesk.vault.types import Change, Edit


class ShareDialog(QDialog):
    """The window."""

    def __init__(self, session: Session, case: str, links: Links, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Share the case"))
        self._session, self._case = session, case
        self._file: CaseFile | None = None
        self._standing = Standing(False, False)
        self._refused = False
        self.notice = Notice()

        def find(typed: str, done: Callable[[Sequence[Found]], None]) -> None:
            links.find(self, ("organisation",), typed, done)

        def name(record: str, done: Callable[[Found], None]) -> None:
            links.name(self, record, done)

        def make(typed: str, done: Callable[[Found], None]) -> None:
            links.make(self, "organisation", typed, done)

        self.partner = Linker(find, name, make, many=False)
        self.partner.changed.connect(self._look)
        self._words = KeyWords(session)
        self.partner.changed.connect(lambda: self._words.show_for(self.partner.values))
        self.purpose = QLineEdit()
        self.purpose.setMaxLength(300)
        self.tree = WhatLeaves()
        self.tree.ticked.connect(self._look)
        self.page = QPlainTextEdit()
        self.page.setReadOnly(True)
        self.page.setAccessibleName(text("Exactly what leaves"))
        self._said = label("", "muted", wrap=True)
        self.ask_button = button(text("Ask for approval"), self.ask, "", "approval")
        self.ask_button.hide()
        self.seal_button = button(text("Seal it for them…"), self.pick, "primary", "share")
        left = column(
            field(text("With whom"), self.partner),
            self._words,
            field(text("Why"), self.purpose),
            label(text("What leaves"), "label"),
            self.tree,
            gap=Space.S,
        )
        right = column(label(text("Exactly what leaves"), "label"), self._said, self.page, gap=Space.S)
        both = row(panel(left), panel(right), gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 3)
        foot = row(
            label(text("Attachments and emergency plans are never in a share."), "muted"),
            None,
            self.ask_button,
            button(text("Cancel"), self.reject),
            self.seal_button,
        )
        layout = column(self.notice, both, foot, gap=Space.M, margins=Space.L)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.resize(palette.px(1040), palette.px(700))
        vault = session.vault

        def work() -> tuple[CaseFile, Standing]:
            return (
                vault.views.casefile(case),
                vault.approvals.standing(approvals.EXPORT, case),
            )

        session.operations.read(self, work, self._show)
        session.changed.connect(self._news)

    def _news(self, change: Change) -> None:
        """A colleague may have answered."""
        if not concerns(change, kinds=("approval", "policy")):
            return
        vault, case = self._session.vault, self._case

        def told(standing: Standing) -> None:
            self._standing = standing
            self._look()

        self._session.operations.read(
            self,
            lambda: vault.approvals.standing(approvals.EXPORT, case),
            told,
            key=f"standing-{id(self)}",
        )

    def _show(self, found: tuple[CaseFile, Standing]) -> None:
        self._file, self._standing = found
        self.tree.offer(self._file)
        self._look()
        self.partner.line.setFocus()

    def _look(self) -> None:
        if self._file is None:
            return
        made: Preview | None = None
        try:
            made = exporting.preview(self._file, self.tree.chosen())
            if self._refused:
                self.notice.clear()
        except UsageError as exc:
            self.notice.fail(exc)
        self._refused = made is None
        self.page.setPlainText(self._readable(made) if made else "")
        parts = []
        if made:
            parts.append(plural("{n} record leaves.", "{n} records leave.", len(made.records)))
            if made.withheld:
                parts.append(
                    plural(
                        "{n} field marked as not to be shared stays.",
                        "{n} fields marked as not to be shared stay.",
                        made.withheld,
                    )
                )
        if made and self.partner.values:
            unasked = partners.named(self._file, self.partner.values[0], date.today(), made.text())
            if unasked:
                names = ", ".join(unasked)
                parts.append(text("Not asked, or did not agree: {names}.", names=names))
        waits = self._standing.needed and not self._standing.approved
        if waits:
            parts.append(text("The office wants a second person to approve it."))
        self._said.setText(" ".join(parts))
        self.ask_button.setVisible(waits and not self._standing.approval)
        self.seal_button.setEnabled(bool(made and self.partner.values) and not waits)

    def _readable(self, made: Preview) -> str:
        """The records in words, field by field."""
        pieces = []
        names = {
            str(r.get("id")): one(r, "name") or one(r, "title")
            for r in (self._file.all() if self._file else ())
        }
        for record in made.records:
            kind = kind_of(record["kind"])
            pieces.append(text(kind.label).upper())
            values: dict[str, Any] = {**record["fields"], **record.get("sets", {})}
            for spec in kind.fields:
                value = values.get(spec.name)
                if value in (None, "", []) or spec.name in ("case", "position"):
                    continue
                if spec.type is Type.LINK:
                    many = value if isinstance(value, list) else [value]
                    shown = ", ".join(names.get(str(v)) or "…" for v in many)
                else:
                    shown = formatting.shown(spec, value)
                pieces.append("    " + text("{what}: {why}", what=text(spec.label), why=shown))
            pieces.append("")
        return "\n".join(pieces)

    def ask(self) -> None:
        """Ask a second person."""
        self.ask_button.setEnabled(False)
        vault = self._session.vault
        record = vault.new_id()
        edits = [
            Edit(record, "kind", "approval"),
            Edit(record, "case", self._case),
            Edit(record, "what", approvals.EXPORT),
            Edit(record, "answer", "pending"),
        ]
        if self.purpose.text().strip():
            edits.append(Edit(record, "reason", self.purpose.text().strip()))

        def done(_: Change) -> None:
            self._session.tell(Change(frozenset({"approval"}), frozenset({self._case}), None))
            self.ask_button.hide()
            self.notice.say(
                text("Asked. A colleague answers under Papers, Approvals, in this case."),
                kind="success",
            )

        def failed(exc: BaseException) -> None:
            self.ask_button.setEnabled(True)
            self.notice.fail(exc)

        self._session.save(self, edits, done, failed)

    def pick(self) -> None:
        """Ask where the sealed file goes."""
        title = text("Save the share")
        if path := Picker.ask(self, title, "new", (exporting.SUFFIX,), f"share{exporting.SUFFIX}"):
            self.seal(path)

    def seal(self, path: Path) -> None:
        """Write it, and record what left."""
        vault, case, chosen = self._session.vault, self._case, self.tree.chosen()
        partner, purpose = self.partner.values[0], self.purpose.text().strip()
        self.seal_button.setEnabled(False)

        def work() -> Change:
            return exporting.share(vault, case, partner, chosen, path, purpose)

        def failed(exc: BaseException) -> None:
            self.seal_button.setEnabled(True)
            self.notice.fail(exc)

        def done(_: Change) -> None:
            self._session.tell(Change(frozenset({"share"}), frozenset({case}), None))
            self.accept()

        self._session.change(self, work, done, failed)
