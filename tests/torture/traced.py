"""What processes wrote, as `strace` saw it: every path and every byte, also of what was deleted
since. Needs `strace` (Linux). Writes through a memory map are not system calls: SQLite's shared
index of the WAL is one, which holds page numbers; it is searched as a file at the end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

CALLS = (
    "write,pwrite64,writev,pwritev,pwritev2,open,openat,creat,rename,renameat,renameat2,mkdir,"
    "mkdirat,link,linkat,symlink,symlinkat"
)
_WRITES = re.compile(r"(?:write|pwrite64|writev|pwritev2?)\(\d+<((?:\\x[0-9a-f]{2})+)>(?:\(deleted\))?, ")
_NEW = re.compile(r"(?:O_WRONLY|O_RDWR|O_CREAT)")
_MADE = re.compile(r"(?:open|openat|creat|renameat2?|rename|mkdirat|mkdir|linkat|link|symlinkat|symlink)\(")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_RESUMED = re.compile(r"<unfinished \.\.\.>$")


def command(folder: Path) -> list[str]:
    """The start of a command whose system calls are noted in `folder`."""
    strace = shutil.which("strace")
    if strace is None:
        raise FileNotFoundError("strace is not installed (packaging/system-packages.sh test)")
    folder.mkdir(exist_ok=True)
    return [
        strace,
        "-f",
        "--seccomp-bpf",
        "-y",
        "-xx",
        "-s",
        str(16 * 1024 * 1024),
        "-e",
        f"trace={CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(folder / "{}.trace"),
    ]


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def written(trace: Path) -> tuple[dict[bytes, bytearray], set[bytes]]:
    """(path -> all bytes written to it in order of time, paths that were made or opened to be
    written) by the processes of one trace. Pipes, sockets and terminals are left out."""
    data: dict[bytes, bytearray] = {}
    paths: set[bytes] = set()
    with trace.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            call = line.split(" ", 1)[1].lstrip() if " " in line else line
            if match := _WRITES.match(call):
                path = _bytes(match.group(1))
                if path.startswith(b"/") and not path.startswith((b"/dev/pts", b"/dev/null")):
                    data.setdefault(path, bytearray()).extend(
                        b"".join(_bytes(text) for text in _TEXT.findall(call))
                    )
            elif _MADE.match(call) and (not call.startswith("open") or _NEW.search(call)):
                paths |= {_bytes(text) for text in _TEXT.findall(call)}
    return data, paths | set(data)


def all_written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(where, bytes) of everything that the traces in `folder` tell: what was written to each
    path by each process, and the paths themselves."""
    for trace in sorted(folder.glob("*.trace")):
        data, paths = written(trace)
        for path, content in data.items():
            yield (
                f"{path.decode(errors='replace')} (as process {trace.stem} wrote it)",
                bytes(content),
            )
        for path in paths:
            yield f"the path {path.decode(errors='replace')}", path
