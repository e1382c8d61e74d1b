"""The attachments of a case: take files in, look at pictures and text from memory, or write a
copy outside, after saying that the copy is no longer encrypted. Nothing is opened through the
disk."""

from __future__ import annotations

import io
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QListWidgetItem,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QWidget,
)

from defenderdesk.domain import custody
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.ask import ask
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.progress import ProgressPanel
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import EmptyState, button, column, panel, row
from defenderdesk.ui.records import formatting
from defenderdesk.ui.work.operations import Progress
from defenderdesk.ui.work.session import Session, deletion
from defenderdesk.vault.types import Change, Record

LARGEST_SHOWN = 64 * 2**20
"""Bytes: a larger file is not looked at in the program."""

LONGEST_LINE = 5_000
"""Characters of a line in the viewer of texts."""


class Files(QWidget):
    """The attachments section."""

    deleted = Signal(str, object)  # title, change set

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._case = ""
        self._last = ""
        self._records: dict[str, Record] = {}
        self.notice = Notice()
        self.progress = ProgressPanel()
        self.list = lines(text("Attachments"))
        self.list.itemActivated.connect(lambda _: self.look())
        self.list.itemSelectionChanged.connect(self._selected)
        self._look = button(text("Look"), self.look, "", "eye")
        self._copy = button(text("Save a copy outside…"), self.copy_out, "", "export")
        self._history = button(text("Chain of custody…"), self.show_history, "", "history")
        self._remove = button(text("Delete"), self.remove, "quiet", "trash")
        tools = FlowLayout(Space.S)  # in two lines where the type is large
        add = button(text("Add files…"), self.pick, "primary", "plus")
        for tool in (add, self._look, self._copy, self._history, self._remove):
            tools.addWidget(tool)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                "attachment",
                text("Attachments"),
                text("Photographs, statements, documents. They are encrypted as they are taken in."),
                button(text("Add files…"), self.pick, "primary", "plus"),
            )
        )
        self._stack.addWidget(panel(column(panel(tools), self.list, gap=Space.M)))
        self.setLayout(column(self.notice, self.progress, self._stack, gap=Space.S))
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls()])

    def show_records(self, case: str, records: list[Record]) -> None:
        """Show these attachments."""
        self._case = case
        chosen = self._current()
        self._records = {record.id: record for record in records}
        self.list.clear()
        for record in records:
            item = QListWidgetItem(icons.icon("file", "muted"), self._line(record))
            set_record(item, record.id)
            self.list.addItem(item)
            if record.id == chosen:
                self.list.setCurrentItem(item)
        if records and not self.list.currentItem():
            self.list.setCurrentRow(0)
        self._stack.setCurrentIndex(1 if records else 0)
        self._selected()

    def _line(self, record: Record) -> str:
        return f"{record.text('name')}\n{formatting.line_of(record)}"

    def choose(self, record: str) -> None:
        """Mark one."""
        for i in range(self.list.count()):
            if record_of(self.list.item(i)) == record:
                self.list.setCurrentRow(i)

    def _current(self) -> str:
        item = self.list.currentItem()
        return record_of(item)

    def _selected(self) -> None:
        for tool in (self._look, self._copy, self._history, self._remove):
            tool.setEnabled(bool(self._current()))
        self._seen()

    def showEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().showEvent(event)
        self._seen()

    def _seen(self) -> None:
        """The details of the marked one are in sight: that is written down."""
        record = self._current()
        if record and self.isVisible() and record != self._last:
            self._last = record
            self._session.look(record)

    def hideEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().hideEvent(event)
        self._last = ""

    def show_history(self) -> None:
        """Open the chain of custody of the marked one."""
        from defenderdesk.ui.cases.custody import CustodyDialog

        if record := self._current():
            dialog = CustodyDialog(self._session, record, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def pick(self) -> None:
        """Ask for a file and take it in."""
        if path := Picker.ask(self, text("Add a file"), "file"):
            self.take([path])

    def take(self, paths: list[Path]) -> None:
        """Take files in, one after the other."""
        if not paths or not self._case:
            return
        path, rest, case = paths[0], paths[1:], self._case
        self.notice.clear()
        self.progress.begin(text("Taking in {name}…", name=path.name))

        def done(change: Change) -> None:
            self.progress.end()
            self._session.tell(change)
            self.take(rest)

        def work(progress: Progress) -> Change:
            return self._session.vault.attach(case, path, progress)

        task = self._session.operations.errand(self, work, done, self._failed, self.progress.advance)
        self.progress.follow(task)

    def _failed(self, exc: BaseException) -> None:
        self.progress.end()
        self.notice.fail(exc)

    def _fetch(self, record: Record, then: object) -> None:
        def work(progress: Progress) -> bytes:
            out = io.BytesIO()
            self._session.vault.fetch(record.id, out, progress, custody.OPENED)
            return out.getvalue()

        self.progress.begin(text("Decrypting {name}…", name=record.text("name")))

        def done(data: bytes) -> None:
            self.progress.end()
            then(record, data)  # type: ignore[operator]

        task = self._session.operations.errand(self, work, done, self._failed, self.progress.advance)
        self.progress.follow(task)

    def look(self) -> None:
        """Show a picture or text from memory."""
        record = self._records.get(self._current())
        if not record:
            return
        size = record.fields.get("size")
        if isinstance(size, int) and size > LARGEST_SHOWN:
            self.notice.say(text("This file is too large to look at here."), kind="warning")
            return
        self._fetch(record, self._show)

    def _show(self, record: Record, data: bytes) -> None:
        viewer = viewer_of(record.text("name"), data, self)
        if viewer:
            viewer.exec()
            viewer.deleteLater()
        else:
            self.notice.say(
                text("DefenderDesk shows pictures and plain text; this is neither."),
                text("Save a copy outside to open it with another program."),
                "warning",
            )

    def copy_out(self) -> None:
        """Write a decrypted copy where the person says, after a warning."""
        record = self._records.get(self._current())
        if not record:
            return
        sentence = text("The copy will not be encrypted. Whoever has the disk or stick can read it.")
        if not ask(self, text("Save a copy outside"), sentence, text("Save it all the same")):
            return
        path = Picker.ask(self, text("Save a copy outside"), "new", name=record.text("name"))
        if path:
            self.write_copy(record.id, path)

    def write_copy(self, attachment: str, path: Path) -> None:
        """Decrypt one attachment into a file."""

        def work(progress: Progress) -> None:
            with path.open("xb") as out:
                self._session.vault.fetch(attachment, out, progress)

        def done(_: None) -> None:
            self.progress.end()
            self.notice.say(text("A copy was saved outside."), str(path), "success")

        self.progress.begin(text("Saving a copy…"))
        task = self._session.operations.errand(self, work, done, self._failed, self.progress.advance)
        self.progress.follow(task)

    def remove(self) -> None:
        """Hide the marked one."""
        record = self._records.get(self._current())
        if record:
            title = record.text("name")
            self._session.save(self, deletion(record.id), lambda c: self.deleted.emit(title, c.change_set))


def _broken(written: str) -> str:
    """The text with endless lines broken: Qt lays out a line as a whole, and one of megabytes
    keeps the screen busy for minutes."""
    return "\n".join(
        line[at : at + LONGEST_LINE]
        for line in written.split("\n")
        for at in range(0, max(len(line), 1), LONGEST_LINE)
    )


def viewer_of(name: str, data: bytes, parent: QWidget | None = None) -> QDialog | None:
    """A window with the picture or text in `data`; None when it is neither."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(name)
    dialog.resize(900, 640)
    image = QImage.fromData(data)
    content: QWidget
    if not image.isNull():
        shown = QLabel()
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        fitted = image
        if image.width() > 1600 or image.height() > 1600:
            fitted = image.scaled(
                1600,
                1600,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        shown.setPixmap(QPixmap.fromImage(fitted))
        area = QScrollArea()
        area.setWidget(shown)
        area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        content = area
    else:
        try:
            written = data.decode()
        except UnicodeDecodeError:
            return None
        page = QPlainTextEdit(_broken(written))
        page.setReadOnly(True)
        content = page
    close = button(text("Close"), dialog.accept, "primary")
    dialog.setLayout(column(content, row(None, close), margins=Space.L))
    return dialog
