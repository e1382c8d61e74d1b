"""Picking a file or folder, without leaving a trace of it.

Neither of Qt's choices will do here. The system's own dialog writes what was picked to the
system's recent files (Windows jump lists, GTK's recently-used.xbel); Qt's built-in one writes
the folders visited to the settings "QtProject". So this is a dialog of our own, small on
purpose: the places of this computer, the sticks that are in it with their free space, and the
files of one folder. It remembers nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QDir, QModelIndex, QStandardPaths, QStorageInfo, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileIconProvider,
    QFileSystemModel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from defenderdesk import i18n
from defenderdesk.i18n import text
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.widgets import button, column, field, label, row

Mode = Literal["file", "folder", "new", "file or folder"]


def sticks() -> list[tuple[str, Path, int]]:
    """(name, where, free bytes) of what looks like a USB stick or card, without waiting for
    network drives."""
    found = []
    for volume in QStorageInfo.mountedVolumes():
        where = Path(volume.rootPath())
        removable = where.parts[1:2] in (("media",), ("Volumes",), ("run",)) or (
            where.drive not in ("", "C:")
        )
        if volume.isValid() and volume.isReady() and removable and volume.bytesTotal() > 2**20:
            if where.parts[1:3] not in ((), ("run", "media")) and where.parts[1] == "run":
                continue
            found.append((volume.displayName() or where.name, where, volume.bytesAvailable()))
    return found


def places() -> list[tuple[str, str, Path]]:
    """(icon, name, where) of the usual places that exist."""
    location = QStandardPaths.StandardLocation
    usual = [
        ("home", text("Home"), location.HomeLocation),
        ("desk", text("Desktop"), location.DesktopLocation),
        ("file", text("Documents"), location.DocumentsLocation),
        ("receive", text("Downloads"), location.DownloadLocation),
    ]
    found: list[tuple[str, str, Path]] = []
    for icon, name, kind in usual:
        where = Path(QStandardPaths.writableLocation(kind))
        if where.is_dir() and where not in [w for _, _, w in found]:
            found.append((icon, name, where))
    return found


class _Icons(QFileIconProvider):
    """Our own two drawings: no thumbnails, no look inside files."""

    def icon(self, info: object) -> QIcon:
        folder = getattr(info, "isDir", lambda: info == QFileIconProvider.IconType.Folder)()
        return icons.icon("folder" if folder else "file", "muted")


class Picker(QDialog):
    """`mode`: an existing file, a folder, either, or a new file named in the dialog."""

    def __init__(
        self,
        title: str,
        mode: Mode,
        suffixes: tuple[str, ...] = (),
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(720, 480)
        self._mode = mode
        self._suffixes = suffixes
        self.picked: Path | None = None
        self._model = QFileSystemModel(self)
        self._model.setOption(QFileSystemModel.Option.DontWatchForChanges, False)
        self._model.setIconProvider(_Icons())
        shown = QDir.Filter.AllDirs | QDir.Filter.NoDotAndDotDot
        if mode != "folder":
            shown |= QDir.Filter.Files
        self._model.setFilter(shown)
        if suffixes and mode != "new":
            self._model.setNameFilters([f"*{suffix}" for suffix in suffixes])
            self._model.setNameFilterDisables(False)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.activated.connect(self._open)
        self._list.selectionModel().currentChanged.connect(lambda *_: self._look())
        self._where = label("", "muted")
        self._places = QListWidget()
        self._places.setFixedWidth(210)
        self._name = QLineEdit(name)
        self._fill_places()
        self._places.currentItemChanged.connect(lambda item, _: self._go_place(item))
        self._up = button("", self._go_up, "quiet", "back", text("Up one folder"))
        words_of = {
            "file": text("Choose"),
            "folder": text("Choose this folder"),
            "new": text("Save here"),
            "file or folder": text("Choose"),
        }
        self.ok = button(words_of[mode], self._accept, "primary")
        self.ok.setDefault(True)
        foot = row(None, button(text("Cancel"), self.reject), self.ok)
        right = column(row(self._up, self._where, None), self._list, gap=Space.S)
        if mode == "new":
            right.addWidget(field(text("File name"), self._name))
        self.setLayout(column(row(self._places, right, gap=Space.M), foot, margins=Space.L))
        self._folder = Path.home()
        self._places.setCurrentRow(0)
        self._look()

    @classmethod
    def ask(
        cls,
        parent: QWidget,
        title: str,
        mode: Mode,
        suffixes: tuple[str, ...] = (),
        name: str = "",
    ) -> Path | None:
        """Show the dialog; None when the person changed their mind."""
        dialog = cls(title, mode, suffixes, name, parent)
        dialog.exec()
        picked = dialog.picked
        dialog.deleteLater()
        return picked

    def _fill_places(self) -> None:
        for name, where, free in sticks():
            shown = text("{name} ({free} free)", name=name, free=i18n.size(free))
            self._add_place("usb", shown, where)
        for icon, name, where in places():
            self._add_place(icon, name, where)

    def _add_place(self, icon: str, name: str, where: Path) -> None:
        item = QListWidgetItem(icons.icon(icon, "muted"), name)
        item.setData(Qt.ItemDataRole.UserRole, str(where))
        self._places.addItem(item)

    def _go_place(self, item: QListWidgetItem | None) -> None:
        if item:
            self.go(Path(item.data(Qt.ItemDataRole.UserRole)))

    def go(self, folder: Path) -> None:
        """Show a folder."""
        self._folder = folder
        self._list.setRootIndex(self._model.setRootPath(str(folder)))
        self._list.clearSelection()
        self._where.setText(str(folder))
        self._up.setEnabled(folder.parent != folder)
        self._look()

    def _go_up(self) -> None:
        self.go(self._folder.parent)

    def _selected(self) -> Path | None:
        indexes = self._list.selectionModel().selectedIndexes()
        return Path(self._model.filePath(indexes[0])) if indexes else None

    def _open(self, index: QModelIndex) -> None:
        path = Path(self._model.filePath(index))
        if path.is_dir():
            self.go(path)
        elif self._mode == "new":
            self._name.setText(path.name)
        else:
            self._take(path)

    def _look(self) -> None:
        selected = self._selected()
        if self._mode == "file":
            self.ok.setEnabled(bool(selected and selected.is_file()))
        elif self._mode == "new" and selected and selected.is_file():
            self._name.setText(selected.name)

    def _accept(self) -> None:
        selected = self._selected()
        if self._mode == "new":
            name = self._name.text().strip()
            if name and "/" not in name and "\\" not in name:
                folder = selected if selected and selected.is_dir() else self._folder
                if self._suffixes and not name.endswith(self._suffixes):
                    name += self._suffixes[0]
                self._take(folder / name)
        elif self._mode == "folder":
            self._take(selected if selected and selected.is_dir() else self._folder)
        elif self._mode == "file or folder":
            self._take(selected or self._folder)
        elif selected and selected.is_file():
            self._take(selected)

    def _take(self, path: Path) -> None:
        self.picked = path
        self.accept()
