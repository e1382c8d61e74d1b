"""The chain of custody of a record: what was done with it, in order, what is lacking; to write out
for printing, and, for an attachment, to give out as evidence."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF, Qt
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from defenderdesk import files, i18n
from defenderdesk.domain import custody
from defenderdesk.i18n import text
from defenderdesk.interchange.evidence import custody_page
from defenderdesk.ui.cases.evidence import EvidenceDialog, Given
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.ask import ask
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.widgets import Elided, button, column, drawing, empty, label, panel, row
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.custody.chain import Chain

PDF, HTML = ".pdf", ".html"
_MARKS = 4
"""Sentences of one sort that are shown; the written page has all."""
_WHO = 1


class CustodyDialog(QDialog):
    """Shows one record's chain; opening it is a look that is written down."""

    def __init__(self, session: Session, record: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(text("Chain of custody"))
        self.resize(980, 660)
        self._session = session
        self._record = record
        self.chain: Chain | None = None
        self.title = Elided("heading")
        self.notice = Notice()
        self.progress = ProgressPanel()
        self._facts = QGridLayout()
        self._facts.setContentsMargins(0, 0, 0, 0)
        self._facts.setHorizontalSpacing(Space.L)
        self._facts.setVerticalSpacing(Space.XS)
        self._facts.setColumnStretch(1, 1)
        self._marks = column(gap=Space.XS)
        self.table = _table()
        self.write = button(text("Write out to print…"), self.ask_write, "", "print")
        self.give = button(text("Give out as evidence…"), self.ask_give, "", "export")
        self.measure = button(text("Hash it now"), self.hash_now, "", "check")
        for tool in (self.write, self.give, self.measure):
            tool.setEnabled(False)
        close = button(text("Close"), self.accept, "primary")
        layout = column(
            self.title,
            panel(self._facts),
            self.notice,
            self.progress,
            panel(self._marks),
            self.table,
            row(self.write, self.give, self.measure, None, close),
            gap=Space.M,
            margins=Space.XL,
        )
        layout.setStretch(5, 1)
        self.setLayout(layout)
        self.give.hide()
        self.measure.hide()
        self.load(look=True)

    def load(self, look: bool = False) -> None:
        """Read it anew. `look`: write down that it is looked at."""
        vault, record = self._session.vault, self._record

        def work() -> Chain:
            if look:
                vault.saw(record)
            return vault.chain(record)

        self._session.operations.write(self, work, self._show, self.notice.fail)

    def _show(self, chain: Chain) -> None:
        self.chain = chain
        page = custody_page.of_chain(chain)
        self.title.setText(page.title)
        empty(self._facts)
        for line, (name, value) in enumerate(page.facts):
            said = label(value, wrap=False)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            said.setMinimumWidth(60)
            said.setToolTip(value)
            said.setText(_breakable(value))
            said.setWordWrap(True)
            self._facts.addWidget(label(name, "muted"), line, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(said, line, 1)
        self._say_marks(page)
        self.table.setRowCount(len(page.lines))
        for at, one in enumerate(page.lines):
            when = one.when.removesuffix(" UTC")
            for place, said_there in enumerate((when, one.who, one.what, one.more)):
                item = QTableWidgetItem(said_there)
                item.setToolTip(said_there)
                self.table.setItem(at, place, item)
        if page.histories:  # which of them an entry lies in is said beside its device
            self.table.resizeColumnToContents(_WHO)
        self.table.scrollToBottom()
        attachment = chain.record.kind == "attachment"
        self.give.setVisible(attachment)
        lacking = attachment and not chain.record.text("sha512")
        self.measure.setVisible(lacking)
        for tool in (self.write, self.give, self.measure):
            tool.setEnabled(True)

    def _say_marks(self, page: custody_page.Page) -> None:
        empty(self._marks)
        for icon, role, sentences in (
            ("warning", "warning", _first(page.marks)),
            ("info", "muted", _first(page.histories)),
            ("check", "success", _times(page)),
        ):
            for sentence in sentences:
                line = row(drawing(icon, role, 16), label(sentence, wrap=True), gap=Space.S)
                line.setStretch(1, 1)
                self._marks.addLayout(line)

    # -- written out -----------------------------------------------------------------------------

    def ask_write(self) -> None:
        """Ask where to, after saying that it will not be encrypted."""
        sentence = text("The page will not be encrypted. Whoever has the disk or stick can read it.")
        if not ask(self, text("Write out to print"), sentence, text("Write it all the same")):
            return
        name = text("history") + PDF
        if path := Picker.ask(self, text("Write out to print"), "new", (PDF, HTML), name):
            self.write_to(path)

    def write_to(self, path: Path) -> None:
        """Write the page as PDF, or as HTML where the name ends so."""
        vault, record = self._session.vault, self._record
        as_html = path.suffix.lower() in (HTML, ".htm")
        self.write.setEnabled(False)

        def noted() -> Chain:
            vault.note(record, custody.PRINTED)
            return vault.chain(record)

        def done(chain: Chain) -> None:
            self._show(chain)
            page = custody_page.as_html(custody_page.of_chain(chain))
            data = page.encode() if as_html else pdf(page)

            def work(_: Progress) -> None:
                files.write(files.outside(vault.profile, path), data)

            self._session.operations.errand(self, work, lambda _: self._written(path), self._failed)

        self._session.operations.write(self, noted, done, self._failed)

    def _written(self, path: Path) -> None:
        self.write.setEnabled(True)
        self.notice.say(text("The history was written out."), str(path), "success")

    def _failed(self, exc: BaseException) -> None:
        self.progress.end()
        self.write.setEnabled(True)
        self.notice.fail(exc)

    # -- given out -------------------------------------------------------------------------------

    def ask_give(self) -> None:
        """Ask to whom, and where to."""
        dialog = EvidenceDialog(self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            name = text("evidence") + (".zip" if dialog.given().zipped else "")
            if path := Picker.ask(self, text("Give out as evidence"), "new", name=name):
                self.give_to(path, dialog.given())
        dialog.deleteLater()

    def give_to(self, path: Path, given: Given) -> None:
        """Write the package."""
        vault, record = self._session.vault, self._record

        def work(progress: Progress) -> object:
            from defenderdesk.interchange.evidence import package

            return package.export(vault, record, path, given.to, given.purpose, given.wanted, progress)

        def done(_: object) -> None:
            self.progress.end()
            self.load()
            self.notice.say(
                text("The package is written. Anyone can check it with: defenderdesk verify"),
                str(path),
                "success",
            )

        self.progress.begin(text("Writing the package…"))
        task = self._session.operations.errand(self, work, done, self._failed, self.progress.advance)
        self.progress.follow(task)

    def hash_now(self) -> None:
        """Hash an attachment of before both digests were recorded."""
        vault, record = self._session.vault, self._record

        def done(_: object) -> None:
            self.progress.end()
            self.load()

        self.progress.begin(text("Reading the content…"))
        task = self._session.operations.errand(
            self,
            lambda progress: vault.measure(record, progress),
            done,
            self._failed,
            self.progress.advance,
        )
        self.progress.follow(task)


def _first(sentences: list[str]) -> list[str]:
    """The first sentences, and how many more there are."""
    left = len(sentences) - _MARKS
    more = [i18n.plural("and {n} more", "and {n} more", left)] if left > 0 else []
    return [*sentences[:_MARKS], *more]


def _times(page: custody_page.Page) -> list[str]:
    return [text("Trusted timestamp: {said}", said=said) for said in page.times]


def _breakable(value: str) -> str:
    """A digest that may be broken between lines, every eight characters."""
    if len(value) < 60 or " " in value:
        return value
    return "\u200b".join(value[at : at + 8] for at in range(0, len(value), 8))


def _table() -> QTableWidget:
    table = QTableWidget(0, 4)
    table.setHorizontalHeaderLabels([text("When (UTC)"), text("Who"), text("What"), text("Details")])
    table.setAccessibleName(text("Chain of custody"))
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(34)
    table.setShowGrid(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
    header.setStretchLastSection(True)
    metrics = table.fontMetrics()
    for place, sample in enumerate(
        ("2026-11-25 10:00:00", "Amina Diallo (abcdefgh)", text("Details or history looked at"))
    ):
        table.setColumnWidth(place, metrics.horizontalAdvance(sample) + 2 * Space.L)
    return table


def pdf(page: str) -> bytes:
    """An HTML page as PDF, A4, made in memory."""
    out = QBuffer()
    out.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(out)
    writer.setCreator("")
    writer.setTitle("")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(15, 15, 15, 15), QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    document.setHtml(page)
    document.documentLayout().setPaintDevice(writer)
    area = writer.pageLayout().paintRectPixels(writer.resolution())
    document.setPageSize(QSizeF(area.size()))
    document.print_(writer)
    del writer
    return bytes(out.data().data())
