"""An older build to measure beside: the source of one commit, out of the repository's history.

It is laid out under `build/older` (git-ignored) and run with the libraries of now. Where the
history is not there (an archive, a shallow clone), nothing is compared, and that is said.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

COMMIT = "c4a0848"
"""The build of before: what a list, a status and many values of one field cost then."""
ROOT = Path(__file__).parents[2]


def tree(commit: str = COMMIT) -> Path | None:
    """The folder of that build's source; None where the commit is not there."""
    folder = ROOT / "build" / "older" / commit
    if folder.is_dir():
        return folder
    found = subprocess.run(
        ["git", "archive", commit, "defenderdesk", "resources", "tests"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if found.returncode:
        print(f"commit {commit} is not in this history: nothing is compared", file=sys.stderr)
        return None
    part = folder.with_suffix(".part")
    with tarfile.open(fileobj=BytesIO(found.stdout)) as archive:
        archive.extractall(part, filter="data")
    part.rename(folder)
    return folder


def environment(source: Path) -> dict[str, str]:
    """An environment in which Python finds the program in `source` first, and keeps what it
    compiled, as it is on a person's machine."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(source)}
