"""Memory of the idle desktop over a vault of 100,000 cases (limit: under 250 MB), and the time
from unlocked to the list shown. Offscreen. `python -m tests.bench.bench_desktop [cases]`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.bench_search import fill


def rss_mb() -> float:
    """Memory of this process now, in MB (10^6 bytes)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def desktop(profile: Path) -> None:
    """Opens the vault in the real window, looks at every page, sits still, and reports."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from defenderdesk.ui.shell.app import Window, application
    from defenderdesk.vault import Vault

    app = application()
    window = Window(profile)
    window.show()
    vault = Vault.open(profile, "p")
    began = time.perf_counter()
    window.open(vault, vault.info())
    assert window.session is not None
    assert window.view is not None

    def settle(seconds: float) -> None:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until or (window.session and window.session.operations.busy):
            app.processEvents()
            time.sleep(0.002)

    settle(0)
    shown = time.perf_counter() - began
    for page in ("conflicts", "exchange", "workspace", "settings", "cases"):
        window.view.show_page(page)
        settle(0.2)
    settle(2)
    print(json.dumps({"idle_rss_mb": round(rss_mb(), 1), "shown_s": round(shown, 3)}))
    window.close()


def main() -> None:
    """Makes the vault, and measures in a process of its own."""
    if len(sys.argv) > 2 and sys.argv[1] == "--desktop":
        desktop(Path(sys.argv[2]))
        return
    from defenderdesk.vault import Vault

    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "v"
        vault, _ = Vault.create(profile, "p", unlock_seconds=0)
        vault.found("W", "M", "D")
        fill(vault, cases)
        vault.close()
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.bench_desktop", "--desktop", str(profile)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        result = json.loads(done.stdout.strip().splitlines()[-1])
        print(json.dumps({"bench": "desktop", "cases": cases, **result}))


if __name__ == "__main__":
    main()
