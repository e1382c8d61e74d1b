"""`make torture`: the long runs: hundreds of kills, far more examples for hypothesis, a working day
under system-call tracing, the fuzzing of every parser, and mutants of what decides."""

from __future__ import annotations

import os
import subprocess
import sys
import time

FUZZ_SECONDS = os.environ.get("DEFENDERDESK_FUZZ_SECONDS", "60")
"""For each target."""
PARTS = {
    "a working day, at rest": ["tests.torture.at_rest"],
    "fuzzing": ["tests.fuzz", FUZZ_SECONDS],
    "mutants": ["tests.torture.mutants", "ledger", "crypto", "membership", "bundle"],
    # A test of the vault takes a second or two, with the laptops that it needs.
    "mutants of the vault": ["tests.torture.mutants", "vault", "--budget", "30", "--least", "0.9"],
    "kills and histories": [
        "pytest",
        "-o",
        "timeout=7200",
        "tests/bundle",
        "tests/crash",
        "tests/ledger",
        "tests/sync",
        "tests/crypto",
        "tests/adversaries",
    ],
}


def main() -> int:
    """Runs them all; 1 if one failed."""
    environment = {
        **os.environ,
        "DEFENDERDESK_CRASH_ROUNDS": os.environ.get("DEFENDERDESK_CRASH_ROUNDS", "100"),
        "DEFENDERDESK_LIVES": os.environ.get("DEFENDERDESK_LIVES", "200"),
        "DEFENDERDESK_HOSTILE": os.environ.get("DEFENDERDESK_HOSTILE", "30"),
        "DEFENDERDESK_BOUNDS": "all",
        "DEFENDERDESK_EXAMPLES": os.environ.get("DEFENDERDESK_EXAMPLES", "5000"),
    }
    bad = []
    for name, module in PARTS.items():
        began = time.monotonic()
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", *module], env=environment, check=False)
        print(f"== {name}: {time.monotonic() - began:.0f} s, exit code {done.returncode}", flush=True)
        if done.returncode:
            bad.append(name)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
