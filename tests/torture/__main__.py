"""`make torture`: the long runs: hundreds of kills, and far more examples for hypothesis."""

from __future__ import annotations

import os
import subprocess
import sys


def main() -> int:
    """Runs them; returns the exit code of pytest."""
    environment = {
        **os.environ,
        "DEFENDERDESK_CRASH_ROUNDS": os.environ.get("DEFENDERDESK_CRASH_ROUNDS", "100"),
        "DEFENDERDESK_EXAMPLES": os.environ.get("DEFENDERDESK_EXAMPLES", "5000"),
    }
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-o", "timeout=7200", "tests/crash", "tests/ledger",
         "tests/sync", "tests/crypto"],
        env=environment, check=False,
    ).returncode  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
