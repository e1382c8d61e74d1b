"""Opening a bundle: one pass, one part in memory at a time, nothing believed before it is
checked. The caller applies parts as they come, and keeps them only once `finish` returned."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from defenderdesk.bundle import manifest, padme
from defenderdesk.bundle.manifest import Manifest, Part
from defenderdesk.bundle.membership import Act, Log, Member
from defenderdesk.crypto.age import Identity, Opener
from defenderdesk.errors import (
    DamagedError,
    LimitError,
    Message,
    NotForUsError,
    OtherWorkspaceError,
    TruncatedError,
    UnknownDeviceError,
)


@dataclass
class Opened:
    """A bundle whose manifest is verified. `log`: the membership with what the bundle told of it;
    `news`: the acts of it that were not known."""

    manifest: Manifest
    sender: Member
    log: Log
    news: list[Act]


class Reader:
    """Reads one bundle from `source` (a binary file) with these identities."""

    def __init__(self, source: BinaryIO, identities: Sequence[Identity]) -> None:
        self._opener = Opener(source, identities)
        self._read = 0
        magic = self._take(len(manifest.MAGIC))
        if magic != manifest.MAGIC:
            raise DamagedError(what="it is not a bundle of DefenderDesk")
        size = int.from_bytes(self._take(4), "big")
        if size > manifest.MAX_MANIFEST:
            raise LimitError(what=Message("a list of contents of {size} bytes", size=size))
        self._head = self._take(size)
        self._signature = self._take(64)
        self.manifest = manifest.read(self._head)

    @property
    def opened_by(self) -> Identity:
        """The identity that opened the bundle."""
        return self._opener.opened_by

    def _take(self, count: int) -> bytes:
        pieces = []
        left = count
        while left:
            piece = self._opener.read(left)
            if not piece:
                raise TruncatedError(what="the bundle ends before its contents do")
            pieces.append(piece)
            left -= len(piece)
        self._read += count
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def trust(self, workspace: bytes | None, devices: Collection[bytes], known: Log | None) -> Opened:
        """Verifies sender and addressee. `workspace` and `known` None: a stranger verifies
        (`defenderdesk verify`), or a device before its first contact. `devices`: whom it may be
        for, one device under all its keys; empty: anybody."""
        contents = self.manifest
        if workspace is not None and contents.workspace != workspace:
            raise OtherWorkspaceError
        if devices and contents.recipients and not set(devices) & set(contents.recipients):
            raise NotForUsError
        mine = known is not None and known.workspace == contents.workspace
        if known is not None and mine and (sender := known.roster.devices.get(contents.sender)) is not None:
            # before its acts are looked at, each of which costs more than this
            manifest.verify_signature(sender.signing_key, self._head, self._signature)
        log = known.copy() if known is not None and mine else Log(contents.workspace)
        news = log.add(contents.acts)
        sender = log.roster.devices.get(contents.sender)
        if sender is None:
            raise UnknownDeviceError(what="the bundle's sender is unknown")
        manifest.verify_signature(sender.signing_key, self._head, self._signature)
        return Opened(contents, sender, log, news)

    def parts(self, progress: Callable[[int, int], None] | None = None) -> Iterator[tuple[Part, bytes]]:
        """Each part with its bytes, checked against the manifest, in order."""
        total = sum(part.length for part in self.manifest.parts)
        done = 0
        for part in self.manifest.parts:
            data = self._take(part.length)
            if hashlib.sha256(data).digest() != part.sha256:
                raise DamagedError(what="a part is not what the list of contents says")
            yield part, data
            done += part.length
            if progress:
                progress(done, total)

    def finish(self) -> None:
        """Reads the padding to the authenticated end; nothing else may stand behind the parts."""
        left = padme.padded(self._read) - self._read
        while True:
            data = self._opener.read(1 << 20)
            if not data:
                break
            left -= len(data)
            if left < 0 or data.count(0) != len(data):
                raise DamagedError(what="it is larger than its list of contents says")
        if left:
            raise TruncatedError(what="the end is missing")
