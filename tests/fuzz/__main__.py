"""`python -m tests.fuzz [SECONDS [TARGET…]]`: each target for so many seconds, under atheris where
it is installed (coverage leads it), else with blind mutations. A find is kept in
`build/fuzz/<target>/` and ends the run of its target; put it into `make_corpus.py` with its fix.
`python -m tests.fuzz --one TARGET SECONDS` runs one target in this process."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import time
from pathlib import Path

OUT = Path("build") / "fuzz"
SLOWEST = 5
"""Seconds after which one input counts as a find."""
MEMORY = 1024
"""MiB of the whole process."""
LONGEST = 64 * 1024


def with_atheris(name: str, seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["defenderdesk"]):
        from tests.fuzz import make_corpus, targets

    folder = OUT / name
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    atheris.Setup(
        [
            sys.argv[0],
            str(folder / "corpus"),
            str(make_corpus.FOLDER / name),
            f"-max_total_time={seconds}",
            f"-timeout={SLOWEST}",
            f"-rss_limit_mb={MEMORY}",
            f"-max_len={LONGEST}",
            f"-artifact_prefix={folder}/",
            "-verbosity=0",
            "-print_final_stats=1",
        ],
        lambda data: targets.run(name, data),
    )
    atheris.Fuzz()


def blindly(name: str, seconds: int) -> None:
    from tests.fuzz import make_corpus, targets
    from tests.fuzz.mutate import mutated

    seeds = [path.read_bytes() for path in sorted((make_corpus.FOLDER / name).iterdir())]
    seed = random.randrange(2**32)
    chance, end, runs = random.Random(seed), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = mutated(chance.choice(seeds), chance)
        began, runs = time.monotonic(), runs + 1
        try:
            targets.run(name, data)
            if time.monotonic() - began > SLOWEST:
                raise TimeoutError(f"{time.monotonic() - began:.1f} s")
        except Exception as error:
            (OUT / name).mkdir(parents=True, exist_ok=True)
            (OUT / name / "crash").write_bytes(data)
            print(f"{name}: {error!r} with seed {seed}: {OUT / name / 'crash'}", flush=True)
            sys.exit(1)
    print(f"stat::number_of_executed_units: {runs}", flush=True)


def main(arguments: list[str]) -> int:
    led = importlib.util.find_spec("atheris") is not None
    if arguments[:1] == ["--one"]:
        (with_atheris if led else blindly)(arguments[1], int(arguments[2]))
        return 0
    from tests.fuzz import targets

    print(
        "led by coverage (atheris)"
        if led
        else "atheris is not installed (pip install atheris, for CPython 3.11): blind mutations",
        flush=True,
    )
    seconds, bad = int(arguments[0]) if arguments else 30, []
    for name in arguments[1:] or targets.TARGETS:
        done = subprocess.run(
            [sys.executable, "-m", "tests.fuzz", "--one", name, str(seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        lines = done.stdout.decode(errors="replace").splitlines()
        runs = next((ln.split()[-1] for ln in lines if "number_of_executed_units" in ln), "?")
        print(f"  {name}: {runs} inputs, {'ok' if done.returncode == 0 else 'FOUND'}", flush=True)
        if done.returncode:
            bad.append(name)
            print("\n".join(lines[-30:]), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
