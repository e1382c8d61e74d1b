"""Small mutations of what decides, each tried against the tests that reach it:
`python -m tests.torture.mutants [ledger | crypto | bundle | vault | FILE …]`.

mutmut gives the parser and most of the operators. Its own runner copies the tree and swaps whole
functions, which leaves out everything with a decorator; here the tests are collected and run once,
with coverage per test, and each mutant is a fork of that process in which the code objects of the
mutated function are exchanged. So a mutant costs what its tests cost, and properties, context
managers and cached functions are mutated as well.

Left out, because no decision lies in it: what an error says, annotations, assertions (they narrow
types), defaults of parameters, and code outside functions. By default mutmut's operators that
nearly always end in a `TypeError` are left out too (an argument becomes None or goes, an
assignment becomes None, a text is spelt otherwise): they would flatter the rate. `--all` adds them.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import coverage
import libcst as cst
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation import mutators
from mutmut.mutation.file_mutation import deep_replace

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "defenderdesk"

DECIDING = (
    "apply",
    "writing",
    "projection",
    "rebuild",
    "forks",
    "fork_split",
    "cut_off",
    "undo_log",
    "chunks",
    "registry",
    "redaction",
    "erase",
    "import_feed",
    "history_cut_off",
    "remove_device",
    "revoke_desk",
    "receive",
    "rekey",
    "sealed_backup",
    "travel",
    "giving",
)
"""Files of `vault/` in which something is decided, by their names."""
PARTS = {
    "ledger": ("ledger", ("tests/ledger", "tests/refusals", "tests/format")),
    "crypto": ("crypto", ("tests/crypto", "tests/refusals", "tests/format")),
    "membership": ("bundle/membership", ("tests/bundle", "tests/refusals", "tests/format")),
    "bundle": (
        "bundle",
        (
            "tests/bundle/test_reading.py",
            "tests/bundle/test_emergency_sealed.py",
            "tests/bundle/test_proof.py",
            "tests/format",
            "tests/refusals",
            "tests/sync/test_hostile_bundles.py",
        ),
    ),
    "vault": (
        "vault",
        (
            "tests/vault",
            "tests/refusals",
            "tests/sync",
            "tests/adversaries/test_colleague.py",
        ),
    ),
}
"""Part → its folder, and the tests that are nearest to it. What lies in the folder of another part
belongs to that one."""
NOT_HERE = ("tests/ui", "tests/cli", "tests/server", "tests/sync_link")
"""Slow, and never the nearest."""
MEMORY = 2 * 1024**3
LATEST, TOLD = 4, "killed by"
"""How many of the tests that killed last are tried first; the file in which a mutant names its own."""
GRACE = 2.0
"""Seconds beside five times what a test takes otherwise, before a mutant counts as hanging."""
KILLED, SURVIVED, HUNG, BROKEN = "killed", "survived", "hung", "the same code"
ENDED = {0: SURVIVED, 2: BROKEN, -signal.SIGALRM: HUNG}
"""What the end of a mutant's process means; any other: killed."""


def part_of(path: Path) -> str:
    """The part that a file belongs to; empty where it belongs to none."""
    found = [name for name, (folder, _) in PARTS.items() if path.is_relative_to(PACKAGE / folder)]
    return max(found, key=lambda name: len(PARTS[name][0]), default="")


def files_of(given: str) -> list[Path]:
    """The source files that a part, a folder or a file means."""
    where = PACKAGE / PARTS[given][0] if given in PARTS else ROOT / given
    found = [where] if where.is_file() else sorted(where.rglob("*.py"))
    if given in PARTS:
        found = [path for path in found if part_of(path) == given]
    if given == "vault":
        found = [path for path in found if path.stem in DECIDING]
    return [path for path in found if path.stat().st_size > 200]  # else it holds no code


def tests_for(given: str) -> list[str]:
    """The tests to collect for a part, or for a path within one."""
    _, patterns = PARTS[given if given in PARTS else part_of(files_of(given)[0])]
    found = [path for one in patterns for path in sorted(ROOT.glob(one))]
    kept = [str(path.relative_to(ROOT)) for path in found]
    return [path for path in kept if not path.startswith(NOT_HERE)]


# -- operators ------------------------------------------------------------------------------------

Operator = tuple[type, Callable[[Any], Any]]


def _forced(node: cst.If | cst.CompIf) -> Iterator[cst.CSTNode]:
    """A condition that never holds, and one that always does."""
    if not isinstance(node, cst.CompIf):
        yield node.with_changes(test=cst.Name("False"), whitespace_before_test=cst.SimpleWhitespace(" "))
    yield node.with_changes(test=cst.Name("True"), whitespace_before_test=cst.SimpleWhitespace(" "))


def _operand(node: cst.BooleanOperation) -> Iterator[cst.CSTNode]:
    """One side of an `and` or `or` alone."""
    yield cst.ensure_type(node.left, cst.BaseExpression).with_changes(**_brackets(node.left))
    yield cst.ensure_type(node.right, cst.BaseExpression).with_changes(**_brackets(node.right))


def _brackets(node: cst.BaseExpression) -> dict[str, Any]:
    return {
        "lpar": [cst.LeftParen(), *node.lpar],
        "rpar": [*node.rpar, cst.RightParen()],
    }


def _nothing(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A call, a store into something, or the next round that does not happen."""
    yield cst.Pass()


STRICT: tuple[Operator, ...] = (
    (cst.BaseNumber, mutators.operator_number),
    (cst.Name, mutators.operator_name),
    (cst.AugAssign, mutators.operator_augmented_assignment),
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    (cst.Call, mutators.operator_symmetric_string_methods_swap),
    (cst.Call, mutators.operator_unsymmetrical_string_methods_swap),
    (cst.CSTNode, mutators.operator_keywords),
    (cst.CSTNode, mutators.operator_swap_op),
    (cst.Match, mutators.operator_match),
    (cst.IfExp, mutators.operator_if_exp),
    (cst.If, _forced),
    (cst.CompIf, _forced),
    (cst.BooleanOperation, _operand),
)
FLATTERING: tuple[Operator, ...] = (
    (cst.BaseString, mutators.operator_string),
    (cst.Assign, mutators.operator_assignment),
    (cst.AnnAssign, mutators.operator_assignment),
    (cst.Call, mutators.operator_dict_arguments),
    (cst.Call, mutators.operator_arg_removal),
    (cst.Lambda, mutators.operator_lambda),
)


@dataclass
class Mutant:
    """One mutation of one file. `lines`: where it stands; `scope`: the lines of its function."""

    path: Path
    module: cst.Module
    node: cst.CSTNode
    new: cst.CSTNode
    lines: range
    scope: range
    column: int
    outcome: str = ""
    tried: int = 0

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.lines.start}:{self.column}"

    def said(self) -> str:
        """The change in one line."""
        one, other = (" ".join(self.module.code_for_node(n).split()) for n in (self.node, self.new))
        if isinstance(self.node, cst.If | cst.CompIf):
            one = " ".join(self.module.code_for_node(self.node.test).split())
            other = self.module.code_for_node(self.new.test)  # type: ignore[attr-defined]
            return f"if {_short(one)}  =>  if {other}"
        return f"{_short(one)}  =>  {_short(other)}"

    def source(self) -> str:
        """The whole file with the change."""
        changed = deep_replace(self.module, self.node, self.new)
        return cst.ensure_type(changed, cst.Module).code  # type: ignore[arg-type]


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


class Finder(cst.CSTVisitor):
    """Walks one file and makes its mutants."""

    METADATA_DEPENDENCIES = (PositionProvider, ParentNodeProvider)

    def __init__(self, path: Path, module: cst.Module, operators: Sequence[Operator]) -> None:
        super().__init__()
        self.path, self.module, self.operators = path, module, operators
        self.functions: list[cst.FunctionDef] = []
        self.mutants: list[Mutant] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Decorator | cst.Raise | cst.Assert | cst.Import):
            if isinstance(node, cst.Raise) and self._falls_through(node):
                self._add(node, cst.Pass())
            return False
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "Says":
            return False
        if isinstance(node, cst.Param):
            return False
        if isinstance(node, cst.Arg) and node.keyword and node.keyword.value == "strict":
            return False  # of `zip`: an assertion
        if isinstance(node, cst.FunctionDef):
            self.functions.append(node)
        elif self.functions:
            self._mutate(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self.functions and original_node is self.functions[-1]:
            self.functions.pop()

    def _mutate(self, node: cst.CSTNode) -> None:
        if self._to_drop(node):
            self._add(node, cst.Pass())
        for kind, operator in self.operators:
            if isinstance(node, kind):
                for new in operator(node):
                    self._add(node, new)

    @staticmethod
    def _to_drop(node: cst.CSTNode) -> bool:
        """Whether a statement can go without leaving a name unbound."""
        if isinstance(node, cst.Expr):
            return isinstance(node.value, cst.Call)
        if isinstance(node, cst.Assign):
            return all(isinstance(target.target, cst.Attribute | cst.Subscript) for target in node.targets)
        return isinstance(node, cst.Del | cst.Continue)

    def _falls_through(self, node: cst.Raise) -> bool:
        """Whether this is no body of an `if`, whose condition is forced anyway."""
        above = self.get_metadata(ParentNodeProvider, node)
        for _ in range(2):
            above = self.get_metadata(ParentNodeProvider, above)
        return not isinstance(above, cst.If)

    def _add(self, node: cst.CSTNode, new: cst.CSTNode) -> None:
        where = self.get_metadata(PositionProvider, node)
        around = self.get_metadata(PositionProvider, self.functions[-1])
        last = where.end.line
        if isinstance(node, cst.If):
            last = self.get_metadata(PositionProvider, node.test).end.line
        self.mutants.append(
            Mutant(
                self.path,
                self.module,
                node,
                new,
                range(where.start.line, last + 1),
                range(around.start.line, around.end.line + 1),
                where.start.column,
            )
        )


def mutants_of(path: Path, operators: Sequence[Operator]) -> list[Mutant]:
    """Every mutant of a file, in the order of its lines."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text("utf-8")))
    finder = Finder(path, wrapper.module, operators)
    wrapper.visit(finder)
    return sorted(finder.mutants, key=lambda one: (one.lines.start, one.column))


# -- exchanging code ------------------------------------------------------------------------------

Codes = dict[tuple[str, int], list[types.CodeType]]


def codes_of(source: str, path: Path) -> Codes:
    """The code objects of a file, by qualified name and first line."""
    out: Codes = {}

    def walk(code: types.CodeType) -> None:
        out.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
        for const in code.co_consts:
            if isinstance(const, types.CodeType):
                walk(const)

    walk(compile(source, str(path), "exec", dont_inherit=True))
    return out


class Live:
    """The functions of the mutated files that exist in this process."""

    def __init__(self, paths: Sequence[Path]) -> None:
        wanted = {str(path) for path in paths}
        self.functions: dict[str, list[types.FunctionType]] = {}
        for one in gc.get_objects():
            if type(one) is types.FunctionType and one.__code__.co_filename in wanted:
                self.functions.setdefault(one.__code__.co_filename, []).append(one)
        self.before = {path: codes_of(path.read_text("utf-8"), path) for path in paths}

    def exchange(self, mutant: Mutant) -> bool:
        """Puts the mutant in; False where it came to no other code that anything runs."""
        changed = 0
        after = codes_of(mutant.source(), mutant.path)
        for key, old in self.before[mutant.path].items():
            new = after.get(key, [])
            if key[0] == "<module>" or len(new) != len(old):
                continue
            for one, other in zip(old, new, strict=True):
                if one == other or one.co_freevars != other.co_freevars:
                    continue
                for function in self.functions.get(str(mutant.path), ()):
                    if function.__code__ == one:
                        function.__code__ = other
                        changed += 1
        return changed > 0


# -- running --------------------------------------------------------------------------------------


@dataclass
class Run:
    """One run, as a plugin of pytest: collects, measures, forks."""

    mutants: list[Mutant]
    processes: int
    budget: float
    say: Callable[[str], None]
    reach: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    killers: dict[str, list[int]] = field(default_factory=dict)

    def pytest_collection(self) -> None:
        """Lets hypothesis find a failure without making it small."""
        settings.register_profile(
            "mutants",
            settings.get_profile("repeatable"),
            max_examples=60,
            phases=(Phase.explicit, Phase.generate),
        )
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Everything happens here."""
        items = session.items
        paths = sorted({mutant.path for mutant in self.mutants})
        self._measure(items, paths)
        for path in paths:
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        live = Live(paths)
        gc.collect()
        gc.freeze()
        self._go(items, live)
        return True

    def _measure(self, items: list[pytest.Item], paths: list[Path]) -> None:
        """Runs each test once: how long it takes, and which lines it reaches."""
        began = time.monotonic()
        measured = coverage.Coverage(data_file=None, include=[str(path) for path in paths])
        bad = []
        for number, item in enumerate(items):
            start = time.monotonic()
            measured.switch_context(str(number)) if number else None
            if not number:
                measured.start()
                measured.switch_context("0")
            reports = runtestprotocol(item, log=False, nextitem=None)
            self.took.append(time.monotonic() - start)
            if any(report.failed for report in reports):
                bad.append(number)
                self.say(f"left out, fails by itself: {item.nodeid}")
        measured.stop()
        data = measured.get_data()
        for path in paths:
            for line, contexts in data.contexts_by_lineno(str(path)).items():
                found = {int(one) for one in contexts if one} - set(bad)
                self.reach[(str(path), line)] = found
        self.say(f"{len(items)} tests, measured in {time.monotonic() - began:.0f} s")

    def tests_of(self, mutant: Mutant) -> list[int]:
        """The tests that reach a mutant, as many as the budget lets: first those that killed the
        last ones of its file, then for each line of its function the quickest that comes there as
        well (so both ways of every branch are tried), then the quickest of all."""
        path = str(mutant.path)
        for lines in (mutant.lines, mutant.scope):
            found = {n for line in lines for n in self.reach.get((path, line), ())}
            if found:
                break
        quickest = sorted(found, key=lambda n: self.took[n])
        others = (found & self.reach.get((path, line), set()) for line in mutant.scope)
        branches = {min(reached, key=lambda n: self.took[n]) for reached in others if reached}
        killers = [n for n in self.killers.get(path, ()) if n in found][:LATEST]
        out, spent = [], 0.0
        for number in dict.fromkeys((*killers, *sorted(branches, key=lambda n: self.took[n]), *quickest)):
            spent += self.took[number]
            if out and spent > self.budget:
                break
            out.append(number)
        return out

    def _killed_by(self, mutant: Mutant, temporary: str) -> None:
        """Remembers the test that killed a mutant, the latest first."""
        told = Path(temporary, TOLD)
        if told.exists():
            number, before = int(told.read_text("ascii")), self.killers.get(str(mutant.path), [])
            self.killers[str(mutant.path)] = [number, *(n for n in before if n != number)]

    def _go(self, items: list[pytest.Item], live: Live) -> None:
        running: dict[int, tuple[Mutant, str]] = {}
        waiting = list(reversed(self.mutants))
        while waiting or running:
            while waiting and len(running) < self.processes:
                mutant = waiting.pop()
                numbers = self.tests_of(mutant)
                mutant.tried = len(numbers)
                if not numbers:
                    mutant.outcome = SURVIVED
                    self.say(f"no test   {mutant.place}  {mutant.said()}")
                    continue
                temporary = tempfile.mkdtemp(prefix="mutant-")
                tests = [(n, items[n], GRACE + 5 * self.took[n]) for n in numbers]
                pid = os.fork()
                if not pid:
                    _child(mutant, live, tests, temporary)
                running[pid] = (mutant, temporary)
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in running:
                mutant, temporary = running.pop(pid)
                ended = os.waitstatus_to_exitcode(status)
                mutant.outcome = ENDED.get(ended, KILLED)
                self._killed_by(mutant, temporary)
                shutil.rmtree(temporary, ignore_errors=True)
                if mutant.outcome == SURVIVED:
                    self.say(f"survived  {mutant.place}  {mutant.said()}")
            elif not pid:
                time.sleep(0.002)


def _child(mutant: Mutant, live: Live, tests: list[tuple[int, pytest.Item, float]], temporary: str) -> None:
    """Runs the tests of a mutant until one fails, and ends this process."""
    code = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        quiet = os.open(os.devnull, os.O_RDWR)
        for number in (1, 2):
            os.dup2(quiet, number)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        factory = tests[0][1].config._tmp_path_factory  # type: ignore[attr-defined]
        factory._basetemp = Path(temporary)
        try:
            if not live.exchange(mutant):
                os._exit(2)
        except SyntaxError:
            os._exit(2)
        code = 0
        for number, item, limit in tests:
            signal.setitimer(signal.ITIMER_REAL, limit)
            item._initrequest() if hasattr(item, "_initrequest") else None
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=None)):
                code = 1
                Path(temporary, TOLD).write_text(str(number), "ascii")
                break
    finally:
        os._exit(code)


def _told(mutants: list[Mutant], say: Callable[[str], None]) -> float:
    """Prints the figures by file; the share that was killed."""
    by_file: dict[Path, Counter[str]] = {}
    for mutant in mutants:
        by_file.setdefault(mutant.path, Counter())[mutant.outcome] += 1
    total: Counter[str] = Counter()
    for path, counted in sorted(by_file.items()):
        total += counted
        say(
            f"{_share(counted):6.1%}  {_dead(counted):5} of {_dead(counted) + counted[SURVIVED]:5}"
            f"  {path.relative_to(ROOT)}"
        )
    say(
        f"{_share(total):6.1%}  {_dead(total)} killed ({total[HUNG]} of them hung), "
        f"{total[SURVIVED]} survived; {total[BROKEN]} came to the same code"
    )
    return _share(total)


def _dead(counted: Counter[str]) -> int:
    return counted[KILLED] + counted[HUNG]


def _share(counted: Counter[str]) -> float:
    return _dead(counted) / max(1, _dead(counted) + counted[SURVIVED])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it; 1 where fewer were killed than `--least`."""
    parser = argparse.ArgumentParser(prog="tests.torture.mutants")
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--tests", nargs="*", help="collect these instead")
    parser.add_argument("--lines", help="only mutants on these lines: FROM-TO")
    parser.add_argument("--every", type=int, default=1, help="only every Nth mutant")
    parser.add_argument("--all", action="store_true", help="also operators that flatter the rate")
    parser.add_argument("--budget", type=float, default=8, help="seconds of tests for a mutant")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--least", type=float, default=0.9, help="the share that must be killed")
    parser.add_argument("--out", type=Path, help="write the survivors of one part as JSON")
    parser.add_argument("--again", type=Path, help="only the survivors that --out wrote")
    given = parser.parse_args(arguments)
    if len(given.parts) != 1:
        return _each(given.parts or list(PARTS), list(arguments or sys.argv[1:]))
    [part] = given.parts
    operators = STRICT + FLATTERING if given.all else STRICT
    out = io.TextIOWrapper(os.fdopen(os.dup(1), "wb"), "utf-8", line_buffering=True)

    def say(line: str) -> None:
        print(line, file=out)

    found = [one for path in files_of(part) for one in mutants_of(path, operators)]
    if given.lines:
        first, _, last = given.lines.partition("-")
        found = [m for m in found if int(first) <= m.lines.start <= int(last or first)]
    if given.again:
        again = {(one["place"], one["change"]) for one in json.loads(given.again.read_text("utf-8"))}
        found = [m for m in found if (m.place, m.said()) in again]
    found = found[:: given.every]
    say(f"== {part}: {len(found)} mutants")
    run = Run(found, given.processes, given.budget, say)
    pytest.main(
        [
            "-q",
            "-s",
            "-p",
            "no:cacheprovider",
            "-o",
            "timeout=0",
            "-p",
            "no:xdist",
            "-W",
            "ignore",
            "-m",
            "not alone",
            *(given.tests or tests_for(part)),
        ],
        plugins=[run],
    )
    if given.out:
        left = [
            {"place": m.place, "change": m.said(), "tests": m.tried} for m in found if m.outcome == SURVIVED
        ]
        given.out.write_text(json.dumps(left, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return int(_told(found, say) < given.least)


def _each(parts: list[str], arguments: list[str]) -> int:
    """Runs each part in a process of its own, since what one has frozen the next cannot see."""
    options = [one for one in arguments if one not in parts]
    command = [sys.executable, "-m", "tests.torture.mutants"]
    return max(subprocess.run([*command, part, *options], check=False).returncode for part in parts)


if __name__ == "__main__":
    sys.exit(main())
