"""The translator's tools: `python -m defenderdesk.catalogs extract|update|compile|check`.

Messages are found in `defenderdesk/` (`text("…")`, `plural("…", "…", n)`), in the labels of
`domain.kinds` and in the sentences of the errors; `extract` then `update` bring the catalogs of
`i18n` up to date, `check` says what a translator still has to do, `compile` is part of set-up.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from defenderdesk import resources
from defenderdesk.i18n import DOMAIN, LANGUAGES, compiled, po_of, read

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog


def _labels() -> Iterator[tuple[str, str]]:
    """(message, where) of the labels of kinds of record, and of the rules of mechanisms."""
    from defenderdesk.domain import countries, custody, mechanisms, questions
    from defenderdesk.domain.kinds import KINDS
    from defenderdesk.interchange.documents import cleaning, formats

    for kind in KINDS.values():
        yield kind.label, "domain/kinds"
        yield kind.plural, "domain/kinds"
        for field in kind.fields:
            yield field.label, "domain/kinds"
            yield field.hint, "domain/kinds"
            yield field.group, "domain/kinds"
    for message in (*mechanisms.messages(), *countries.messages()):
        yield message, "resources/mechanisms"
    for message in custody.ACTS.values():
        yield message, "domain/custody.py"
    for message in questions.messages():
        yield message, "domain/questions.py"
    for message in (*formats.LABELS.values(), *cleaning.messages()):
        yield message, "interchange/documents"


def _calls() -> Iterator[tuple[str | tuple[str, str], str]]:
    """(message, where) of every `text("…")` and `plural("…", "…", …)` in the package, by whatever
    wrapper, and of
    the sentences of its errors, with the facts that are written out in them. Read from the
    syntax tree, for `record.text("name")` is not a message."""
    package = Path(__file__).resolve().parent
    for path in sorted(package.rglob("*.py")):
        where = path.relative_to(package).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = _constants(tree)
        if where == "sync/link_policy.py":  # its constants are the reasons that it gives
            for line in tree.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant):
                    yield str(line.value.value), where
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield from ((sentence, where) for sentence in _sentences(node))
            if not isinstance(node, ast.Call):
                continue
            name = node.func
            called = _called(name)
            raised = name.id if isinstance(name, ast.Name) else ""
            if raised.endswith("Error") and raised != "OurError":
                for fact in node.keywords:
                    if fact.arg in ("what", "reason") and isinstance(fact.value, ast.Constant):
                        yield str(fact.value.value), where
            written = [_written(arg, constants) for arg in node.args]
            found = [value for value in written if value is not None]
            if where.startswith("domain/kinds/"):
                continue  # its text("…") makes a field; labels come from the tables themselves
            if (called == "text" or raised == "Message") and found:
                yield found[0], where
            elif called == "text_in" and found:
                yield found[-1], where
            elif called == "plural" and len(found) == 2:
                yield (found[0], found[1]), where


def _called(name: ast.expr) -> str:
    """The function that a call hands a message to, as `text`, `text_in` or `plural`; empty for
    another."""
    if isinstance(name, ast.Name):
        return name.id
    if isinstance(name, ast.Attribute):
        of = ast.unparse(name.value)
        if of in ("i18n", "words", "messages"):
            return name.attr
        # The wrappers of whoever writes in another language.
        if (of, name.attr) in (("self", "_t"), ("self", "t"), ("tell", "t"), ("self._tell", "t")):
            return "text"
    return ""


def _constants(tree: ast.Module) -> dict[str, str]:
    """The sentences that a module keeps under a name of its own."""
    return {
        target.id: line.value.value
        for line in tree.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        for target in line.targets
        if isinstance(target, ast.Name) and isinstance(line.value.value, str)
    }


def _written(argument: ast.expr, constants: dict[str, str]) -> str | None:
    """The sentence that an argument is, written out or under a name of its module."""
    if isinstance(argument, ast.Name):
        return constants.get(argument.id)
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None


def _sentences(error: ast.ClassDef) -> Iterator[str]:
    """The class attributes `text` and `next_step` of an error."""
    for line in error.body:
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        value = getattr(line, "value", None)
        if names & {"text", "next_step"} and isinstance(value, ast.Constant) and value.value:
            yield str(value.value)


def extract() -> Catalog:
    """Every message of the program, in a template catalog."""
    from babel.messages.catalog import Catalog

    catalog = Catalog(domain=DOMAIN, project="DefenderDesk", charset="utf-8")
    for message, where in [*_calls(), *_labels()]:
        if message:
            catalog.add(message, locations=[(where, 0)])
    for entry in catalog:
        entry.locations = sorted(set(entry.locations))
        entry.flags.discard("python-format")
    return catalog


def update(language: str) -> None:
    """Bring one language's catalog up to date with the sources; new messages stay empty."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    po = po_of(language)
    catalog = read(po) if po.exists() else Catalog(locale=language, domain=DOMAIN)
    catalog.update(extract(), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    for entry in catalog:
        entry.flags.discard("python-format")
    po.parent.mkdir(parents=True, exist_ok=True)
    with po.open("wb") as file:
        write_po(file, catalog, width=96, sort_output=True)


def compile_all() -> None:
    """Write the `.mo` of every catalog there is."""
    for po in sorted(resources.path("locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        po.with_suffix(".mo").write_bytes(compiled(read(po)))


def check(language: str) -> list[str]:
    """Flaws of a language's catalog: missing, fuzzy, or other placeholders."""
    catalog = read(po_of(language))
    problems = []
    for entry in extract():
        if not entry.id:
            continue
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        mine = catalog.get(ids[0])
        found = mine.string if mine else ""
        strings = [str(s) for s in (found if isinstance(found, tuple | list) else [found or ""])]
        if mine is None or not all(strings):
            problems.append(f"missing: {ids[0]}")
        elif mine.fuzzy:
            problems.append(f"fuzzy: {ids[0]}")
        elif any(_placeholders(string) != _placeholders(str(ids[-1])) for string in strings):
            problems.append(f"placeholders differ: {ids[0]}")
    return problems


def _placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def main(arguments: list[str]) -> int:
    """The translator's command: extract, update, compile, check."""
    command = arguments[0] if arguments else ""
    chosen = arguments[1:] or [code for code in LANGUAGES if code != "en"]
    if command == "extract":
        from babel.messages.pofile import write_po

        pot = resources.path("locale", f"{DOMAIN}.pot")
        pot.parent.mkdir(parents=True, exist_ok=True)
        with pot.open("wb") as file:
            write_po(file, extract(), width=96, sort_output=True)
    elif command == "update":
        for code in chosen:
            update(code)
    elif command == "compile":
        compile_all()
    elif command == "check":
        problems = [f"{code}: {problem}" for code in chosen for problem in check(code)]
        print("\n".join(problems) if problems else "complete")
        return 1 if problems else 0
    else:
        print("usage: python -m defenderdesk.catalogs extract|update|compile|check [language…]")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
