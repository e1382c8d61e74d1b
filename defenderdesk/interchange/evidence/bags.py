"""Custody packages as bags (BagIt, RFC 8493): a folder, or a zip that is only stored.

Written whole or not at all. Reading takes nothing for granted: a handful of known names, sizes
bounded before anything is read, nothing unpacked, nothing followed.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from defenderdesk import files
from defenderdesk.bundle.evidence.proof_format import MAX_PROOF, MAX_TOKENS
from defenderdesk.errors import DamagedError, LimitError, Message, NotFoundError, StorageError

SEAL = b"defenderdesk.org/v1/custody-package"
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO, SEALED = "bag-info.txt", "seal.cbor"
PROOF, STATEMENT, DATA = "data/proof.cbor", "data/statement.html", "data/statement.json"
ORIGINAL, OPENSSL = "data/original/", "data/openssl/"
MANIFESTS = ("manifest-sha256.txt", "manifest-sha512.txt")
TAG_MANIFESTS = ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt")
NAMES = frozenset({"bagit.txt", INFO, SEALED, PROOF, STATEMENT, DATA, *MANIFESTS, *TAG_MANIFESTS})
MOST_SIGNATURES = 200
"""Signatures that stand as files of their own; all of them stand in the proof."""
MAX_FILES = len(NAMES) + 2 + 3 * MOST_SIGNATURES + 3 * MAX_TOKENS
MAX_SMALL = 16 * 1024 * 1024
_ORIGINAL = re.compile(r"data/original/[^/\\\x00-\x1f:]{1,255}\Z")
_OPENSSL = re.compile(r"data/openssl/[0-9]{3}(-[0-9]{1,4})?\.[a-z.]{3,20}\Z|data/openssl/README\.txt\Z")
_LINE = re.compile(r"([0-9a-f]{64,128})  ([^\n]+)\Z")
_BLOCK = 1 << 20
_LOCAL = struct.Struct("<6xH18xHH")  # a zip's local header: flags, length of name, of extra
_END = struct.Struct("<4s8xI4xH")  # the end of its list: mark, size of the list, of a comment
_END_64 = 76  # … of a large one
_MOST_EXTRA = 64
_STRANGE = "the package holds a file that does not belong into one"


def manifest_lines(data: bytes) -> dict[str, str]:
    """A manifest's digests by name. Raises `DamagedError`."""
    out: dict[str, str] = {}
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise DamagedError(what="a manifest of the package is malformed") from error
    for line in lines:
        found = _LINE.match(line)
        if not found or found[2] in out or len(out) > MAX_FILES:
            raise DamagedError(what="a manifest of the package is malformed")
        out[found[2]] = found[1]
    if manifest(out) != data:
        raise DamagedError(what="a manifest of the package is malformed")
    return out


def manifest(sums: dict[str, str]) -> bytes:
    """A manifest's lines, in the order of their names."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items())).encode()


# -- writing --------------------------------------------------------------------------------------


class _Hashing:
    """Hashes what it hands on."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._both = (hashlib.sha256(), hashlib.sha512())
        self.size = 0

    def write(self, data: bytes) -> int:
        for digest in self._both:
            digest.update(data)
        self.size += len(data)
        return self._target.write(data)

    def sums(self) -> tuple[str, str, int]:
        return self._both[0].hexdigest(), self._both[1].hexdigest(), self.size


class Bag:
    """A bag that is being written. `sums`: SHA-256, SHA-512 and size by name."""

    def __init__(self) -> None:
        self.sums: dict[str, tuple[str, str, int]] = {}

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        raise NotImplementedError
        yield

    def add(self, name: str, data: bytes) -> None:
        """A small file."""
        self.stream(name, lambda target: target.write(data))

    def stream(self, name: str, fill: Callable[[BinaryIO], object]) -> None:
        """A file that `fill` writes."""
        with self.open(name) as target:
            counted = _Hashing(target)
            fill(counted)  # type: ignore[arg-type]
        self.sums[name] = counted.sums()


class _Folder(Bag):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())


class _Zip(Bag):
    def __init__(self, target: BinaryIO) -> None:
        super().__init__()
        self.zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.external_attr = 0o600 << 16
        with self.zip.open(info, "w", force_zip64=True) as target:
            yield target  # type: ignore[misc]


@contextmanager
def bag_at(out: Path) -> Iterator[Bag]:
    """The bag under `out`, there whole or not at all."""
    if out.suffix.lower() == ".zip":
        with files.whole(out) as target:
            bag = _Zip(target)
            try:
                yield bag
            except BaseException:
                with contextlib.suppress(ValueError):  # it is in the middle of an entry
                    bag.zip.close()
                raise
            bag.zip.close()
        return
    partial = out.with_name(f".{out.name}.{os.urandom(4).hex()}{files.PARTIAL}")
    try:
        partial.mkdir(mode=0o700)
        yield _Folder(partial)
        os.rename(partial, out)
        files.sync_folder(out.parent)
    except OSError as error:
        raise StorageError(what=f"{out.name}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


# -- reading -------------------------------------------------------------------------------------


class Reader:
    """A package that is read. `sizes`: of every file in it, all of known names."""

    sizes: dict[str, int]

    def open(self, name: str) -> BinaryIO:
        """One file's bytes."""
        raise NotImplementedError

    def close(self) -> None:
        """Lets go."""

    def check_names(self) -> None:
        """Every name is one of a package, all are there, and none is larger than it may be."""
        originals = [name for name in self.sizes if _ORIGINAL.match(name)]
        if len(originals) != 1 or ".." in originals[0].split("/"):
            raise DamagedError(what="the package does not hold exactly one original")
        self.original = originals[0]
        self.openssl = frozenset(name for name in self.sizes if _OPENSSL.match(name))
        if set(self.sizes) - NAMES - {self.original} - self.openssl:
            raise DamagedError(what=_STRANGE)
        if lacking := NAMES - set(self.sizes):
            raise DamagedError(what=Message("{name} is missing from the package", name=min(lacking)))
        for name, size in self.sizes.items():
            most = MAX_PROOF if name == PROOF else MAX_SMALL
            if name != self.original and size > most:
                raise LimitError(what=Message("{name} is too large", name=name))

    def small(self, name: str) -> bytes:
        """One small file whole."""
        with self.open(name) as source:
            data = source.read(self.sizes[name] + 1)
        if len(data) != self.sizes[name]:
            raise DamagedError(what=Message("{name} changed while it was read", name=name))
        return data

    def sums(self, name: str) -> tuple[str, str, int]:
        """SHA-256, SHA-512 and size of one file, read piece by piece."""
        both, size = (hashlib.sha256(), hashlib.sha512()), 0
        with self.open(name) as source:
            while data := source.read(_BLOCK):
                size += len(data)
                if size > self.sizes[name]:
                    raise DamagedError(what=Message("{name} is longer than it says", name=name))
                for digest in both:
                    digest.update(data)
        return both[0].hexdigest(), both[1].hexdigest(), size


class _FolderReader(Reader):
    def __init__(self, folder: Path) -> None:
        self.folder, self.sizes = folder, {}
        for place in ("", "data", "data/original", "data/openssl"):
            inside = folder / place
            if place == "data/openssl" and not os.path.lexists(inside):
                continue  # of a program before this one
            look = os.lstat if place else os.stat  # the way to the package may be a link
            if not os.path.lexists(inside) or not stat.S_ISDIR(look(inside).st_mode):
                raise DamagedError(what=_STRANGE)
            for entry in os.scandir(inside):
                name = f"{place}/{entry.name}" if place else entry.name
                if name in ("data", "data/original", "data/openssl"):
                    continue
                found = entry.stat(follow_symlinks=False)
                if not stat.S_ISREG(found.st_mode) or len(self.sizes) > MAX_FILES:
                    raise DamagedError(what=_STRANGE)
                self.sizes[name] = found.st_size

    def open(self, name: str) -> BinaryIO:
        return open(self.folder / name, "rb")


class _Careful(io.RawIOBase):
    """A file of which nothing large is read at once: a zip's directory says its own size."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == os.SEEK_SET and offset < 0:
            raise zipfile.BadZipFile
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def read(self, size: int = -1) -> bytes:
        most = 2 * _BLOCK
        data = self._source.read(size if 0 <= size <= most else most + 1)
        if len(data) > most:
            raise LimitError(what="the package's list of files is too large")
        return data


class _ZipReader(Reader):
    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb")  # noqa: SIM115
        try:
            self._zip = zipfile.ZipFile(_Careful(self._file))
            self.sizes = {}
            for info in self._zip.infolist():
                plain = info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 0x41
                if not plain or info.compress_size != info.file_size or info.is_dir():
                    raise DamagedError(what=_STRANGE)
                if info.filename in self.sizes or len(self.sizes) > MAX_FILES:
                    raise DamagedError(what=_STRANGE)
                self.sizes[info.filename] = info.file_size
            if not self._nothing_beside():
                raise DamagedError(what=_STRANGE)
        except BaseException:
            self._file.close()
            raise

    def _nothing_beside(self) -> bool:
        """Tells whether the files and their list are all of it: nothing before, between or behind
        them, where another program would find a file that this one does not see."""
        at = 0
        for info in sorted(self._zip.infolist(), key=lambda one: one.header_offset):
            self._file.seek(at)
            head = self._file.read(_LOCAL.size)
            if info.header_offset != at or info.comment or len(head) < _LOCAL.size:
                return False
            flags, name, extra = _LOCAL.unpack(head)
            if flags & 0x08 or extra > _MOST_EXTRA:
                return False
            at += _LOCAL.size + name + extra + info.compress_size
        if at != self._zip.start_dir:
            return False
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(size - _END.size)
        mark, directory, comment = _END.unpack(self._file.read(_END.size))
        return mark == b"PK\x05\x06" and not comment and size - at - directory - _END.size in (0, _END_64)

    def open(self, name: str) -> BinaryIO:
        return self._zip.open(name)  # type: ignore[return-value]

    def close(self) -> None:
        self._zip.close()
        self._file.close()


def is_package(path: Path) -> bool:
    """Tells whether it looks like a custody package: a folder with a file of one, or a zip."""
    try:
        if path.is_dir():
            return any(os.path.lexists(path / name) for name in NAMES)
        with open(path, "rb", opener=files.regular) as source:
            return source.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """The package at `path`. Whatever is wrong with its bytes is a `DamagedError`."""
    try:
        bag = _FolderReader(path) if path.is_dir() else _ZipReader(path)
        try:
            bag.check_names()
            yield bag
        finally:
            bag.close()
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except (
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
        ValueError,
        KeyError,
        EOFError,
        OverflowError,
    ) as error:
        raise DamagedError(what="the package is not a whole zip") from error
    except OSError as error:
        raise StorageError(what=error.strerror or "reading the package") from error
