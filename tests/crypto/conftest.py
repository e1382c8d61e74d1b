"""What the tests of age take from npm: vectors, and a second implementation run by node."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def npm() -> Path:
    """The folder the npm packages of the tests are installed in."""
    folder = ROOT / "build" / "npm"
    if os.environ.get("DEFENDERDESK_SKIP_NPM"):
        pytest.skip("DEFENDERDESK_SKIP_NPM is set")
    if not (folder / "vectors").is_dir() or not (folder / "node_modules").is_dir():
        pytest.fail(
            "build/npm is missing: run `make test` (or tests/npm/setup.sh), which installs the "
            "test vectors; or set DEFENDERDESK_SKIP_NPM=1 to go without"
        )
    return folder


class NodeAge:
    """npm's age-encryption in a process of its own."""

    def __init__(self, folder: Path) -> None:
        script = ROOT / "tests" / "npm" / "age.mjs"
        self._process = subprocess.Popen(
            ["node", str(script), str(folder / "node_modules")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, **request: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "error" not in reply, reply["error"]
        return reply

    def keys(self, *, hybrid: bool) -> tuple[str, str]:
        """A new identity and its recipient."""
        reply = self._ask(do="keys", hybrid=hybrid)
        return reply["identity"], reply["recipient"]

    def seal(self, data: bytes, **how: object) -> bytes:
        text = base64.b64encode(data).decode()
        return base64.b64decode(self._ask(do="seal", data=text, **how)["data"])

    def open(self, data: bytes, *identities: str) -> bytes:
        text = base64.b64encode(data).decode()
        return base64.b64decode(self._ask(do="open", data=text, identities=identities)["data"])

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture(scope="session")
def node_age(npm: Path) -> Iterator[NodeAge]:
    node = NodeAge(npm)
    yield node
    node.close()
