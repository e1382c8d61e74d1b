"""The stick that holds the vault open: while it is plugged in. A volume is known by its UUID (on
Windows by its volume GUID), never by its name."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QStorageInfo


@dataclass(frozen=True)
class Stick:
    """A removable volume: its id, and what a person calls it."""

    id: str
    name: str


class Sticks:
    """The volumes that are plugged in. The base knows of nothing: macOS, where the volume's UUID is
    not to be had without its own frameworks."""

    folder = ""
    """A folder whose change is a reason to look at once."""

    def present(self) -> list[Stick]:
        """The removable volumes that are mounted. May wait for the system: not for the GUI
        thread."""
        return []

    def there(self, stick: str) -> bool | None:
        """Tells whether that one is plugged in; None where this cannot be told. Quick."""
        return None


class LinuxSticks(Sticks):
    """By the links of udev and the tree of devices under `root`."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._links = root / "dev/disk/by-uuid"
        self._blocks = root / "sys/class/block"
        self.folder = str(self._links)

    def mounted(self) -> list[tuple[str, str]]:
        """(device, name) of what is mounted."""
        return [
            (
                os.path.realpath(bytes(volume.device().data()).decode(errors="replace")),
                volume.displayName() or volume.rootPath(),
            )
            for volume in QStorageInfo.mountedVolumes()
        ]

    def present(self) -> list[Stick]:
        found = []
        ids = {os.path.basename(os.path.realpath(link)): link.name for link in self._uuids()}
        for device, name in self.mounted():
            for block in self._below(os.path.basename(device)):
                if block in ids and self._removable(block):
                    found.append(Stick(ids[block], os.path.basename(name) or name))
                    break
        return found

    def there(self, stick: str) -> bool | None:
        if not self._links.is_dir():
            return None
        return bool(stick) and os.sep not in stick and (self._links / stick).exists()

    def _uuids(self) -> list[Path]:
        try:
            return list(self._links.iterdir())
        except OSError:
            return []

    def _below(self, block: str, depth: int = 4) -> list[str]:
        """A device and those it lies on (of an encrypted volume, the partition)."""
        try:
            below = sorted(os.listdir(self._blocks / block / "slaves")) if depth else []
        except OSError:
            below = []
        return [block, *(deep for one in below for deep in self._below(one, depth - 1))]

    def _removable(self, block: str) -> bool:
        place = Path(os.path.realpath(self._blocks / block))
        if any(part.startswith("usb") for part in place.parts):
            return True
        for folder in (place, place.parent):
            try:
                if (folder / "removable").read_text().strip() == "1":
                    return True
            except OSError:
                continue
        return False


class WindowsSticks(Sticks):
    """By volume GUIDs. Not run by this project's tests."""

    def present(self) -> list[Stick]:
        if sys.platform != "win32":
            return []
        import ctypes

        found = []
        for volume in QStorageInfo.mountedVolumes():
            kind = ctypes.windll.kernel32.GetDriveTypeW(volume.rootPath().replace("/", "\\"))
            if kind == 2:  # DRIVE_REMOVABLE
                device = bytes(volume.device().data()).decode(errors="replace")
                found.append(Stick(device, volume.displayName() or volume.rootPath()))
        return found

    def there(self, stick: str) -> bool | None:
        if sys.platform != "win32":
            return None
        import ctypes

        return bool(ctypes.windll.kernel32.GetFileAttributesW(stick) != 0xFFFFFFFF)


def of_this_machine() -> Sticks:
    """The one for this platform."""
    if sys.platform == "linux":
        return LinuxSticks()
    if sys.platform == "win32":
        return WindowsSticks()
    return Sticks()
