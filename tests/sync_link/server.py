"""A real server in a process of its own, and a proxy that cuts the line."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from defenderdesk.server import run


class Running:
    """A coordinating server on loopback; `public` is the address it printed, `url` the same with a
    token that its keeper asked for."""

    def __init__(self, data: Path, port: int = 0) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "defenderdesk",
                "serve",
                "--data",
                str(data),
                "--listen",
                f"127.0.0.1:{port}",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.public = self.process.stdout.readline().strip()
        assert self.public.startswith("https://"), self.public
        self.port = int(self.public.split(":")[2].split("/")[0])
        self.url = run.token(data)
        assert self.url.startswith(f"{self.public}&token=")

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(15)


class CutLine:
    """A TCP proxy in front of a server; cuts every connection after `allow` bytes."""

    def __init__(self, port: int) -> None:
        self.target, self.allow = port, 10**12
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, server: str) -> str:
        return server.replace(f":{self.target}/", f":{self.port}/")

    def _accept(self) -> None:
        while True:
            try:
                inside, _ = self.listening.accept()
            except OSError:
                return
            outside = socket.create_connection(("127.0.0.1", self.target))
            left = [self.allow]
            for one, two in ((inside, outside), (outside, inside)):
                threading.Thread(target=self._pump, args=(one, two, left), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, left: list[int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                left[0] -= len(data)
                if left[0] < 0:
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.listening.close()


@contextlib.contextmanager
def running(data: Path) -> Iterator[Running]:
    server = Running(data)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
