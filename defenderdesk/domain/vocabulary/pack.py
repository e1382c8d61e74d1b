"""A pack: the terms of some lists, under one name and version. Its text form is read here.

The format is specified in `docs/format/vocabulary.md`: a `pack.json` that says what the pack is,
and tables in CSV. Reading is strict, for a pack comes from outside: a table that is not as the
format says is refused whole, with the line. Only what stands between terms is forgiven: a parent
that is not there, or parents in a circle (`tree` puts such terms on top).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from defenderdesk.crypto import plain_json
from defenderdesk.domain.vocabulary.term import CODE, KEY, LANGUAGE, MAX_LABEL, NOTHING, Term
from defenderdesk.errors import DamagedError, LimitError, Message, NewerError

FORMAT = "defenderdesk-vocabulary"
FORMAT_VERSION = 1

MAX_TERMS = 100_000
MAX_CELL = 2_000
"""Characters of a cell that is not a label."""
MAX_COLUMNS = 100
MAX_CHARACTERS = 64 * 1024 * 1024
"""Of all tables of a pack together."""
MAX_HEAD = 64 * 1024
MAX_ORDER = 10**9
MAX_VERSION = 2**31 - 1

_COLUMNS = ("list", "code", "parent", "order", "huridocs")

# Control characters, and those that reverse the direction of what follows them: nothing a label
# needs, and a screen or a document could be made to lie with them. Line breaks become spaces.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Pack:
    """A pack. `title`: what people call it, by language; `languages`: of its labels; `lists`:
    the lists it declares, of which some may be empty."""

    name: str
    version: int
    title: Mapping[str, str]
    languages: tuple[str, ...]
    lists: tuple[str, ...]
    terms: tuple[Term, ...]


def read_pack(head: str, tables: Mapping[str, str]) -> Pack:
    """The pack of a `pack.json` (its text) and its tables (file name to text).

    Raises `DamagedError` for what is not a pack, `LimitError` for one that is too large,
    `NewerError` for a format of a later version.
    """
    about = _head(head)
    declared = about.get("lists", [])
    languages = about.get("languages", [])
    title = about.get("title", {})
    if (
        not _is_list_of(declared, CODE)
        or not _is_list_of(languages, LANGUAGE)
        or not isinstance(title, dict)
        or not _is_list_of(list(title), LANGUAGE)
        or not all(isinstance(one, str) and len(one) <= MAX_LABEL for one in title.values())
    ):
        raise _not_a_pack()
    titles = {language: clean(text) for language, text in title.items()}
    return _pack(about["name"], about["version"], titles, tuple(languages), declared, tables)


def read_table(text: str, name: str, version: int = 1) -> Pack:
    """The pack of a single table, as an office writes one in a spreadsheet.

    Raises as `read_pack` does; also for a `name` or `version` that cannot be one.
    """
    if not CODE.match(name) or not 0 < version <= MAX_VERSION:
        raise _not_a_pack()
    return _pack(name, version, {"en": name}, (), [], {name: text})


def clean(text: str) -> str:
    """`text` without control characters and directional overrides, on one line."""
    if text.isprintable():  # what is unwanted is not; nor is any white space but a space
        return text.strip()
    return " ".join(_UNWANTED.sub("", text).split())


def _pack(
    name: str,
    version: int,
    title: Mapping[str, str],
    languages: tuple[str, ...],
    declared: list[str],
    tables: Mapping[str, str],
) -> Pack:
    if sum(map(len, tables.values())) > MAX_CHARACTERS:
        raise _too_large()
    terms: list[Term] = []
    known: set[tuple[str, str]] = set()
    for file in sorted(tables):
        for term, line in _rows(tables[file], file):
            if (term.list_name, term.code) in known:
                raise _wrong(file, line, Message("the code stands there twice"))
            if len(terms) == MAX_TERMS:
                raise _too_large()
            known.add((term.list_name, term.code))
            terms.append(term)
    lists = tuple(dict.fromkeys([*declared, *(term.list_name for term in terms)]))
    if not languages:
        languages = tuple(dict.fromkeys(code for term in terms for code in term.labels))
    return Pack(name, version, title, languages, lists, tuple(terms))


def _head(text: str) -> dict[str, Any]:
    if len(text) > MAX_HEAD:
        raise _too_large()
    try:
        about = plain_json.loads(text.encode("utf-8", "replace"))
    except DamagedError as exc:
        raise _not_a_pack() from exc
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise _not_a_pack()
    if not _is_number(about.get("format_version")):
        raise _not_a_pack()
    if about["format_version"] > FORMAT_VERSION:
        raise NewerError(what="a vocabulary pack")
    name = about.get("name")
    if not isinstance(name, str) or not CODE.match(name) or not _is_number(about.get("version")):
        raise _not_a_pack()
    return about


def _is_number(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_VERSION


def _is_list_of(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and pattern.match(v) for v in value)


def _not_a_pack() -> DamagedError:
    return DamagedError(what="it is not a vocabulary pack")


def _too_large() -> LimitError:
    return LimitError(what="a vocabulary that is too large")


def _wrong(file: str, line: int, why: Message) -> DamagedError:
    return DamagedError(what=Message("line {line} of {file}: {why}", line=line, file=file, why=why))


def _rows(text: str, file: str) -> Iterator[tuple[Term, int]]:
    """The terms of one table, each with the number of its line."""
    text = _UNWANTED.sub("", text.removeprefix("\ufeff"))
    first = text.split("\n", 1)[0]
    # Spreadsheets of half the world write semicolons for commas.
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ","
    )
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        read = _Reader(header, file)
        for cells in reader:
            if any(cells):
                yield read(cells, reader.line_num), reader.line_num
    except csv.Error as exc:
        raise _not_a_pack() from exc


class _Reader:
    """Reads rows under one header. Written to be quick: the shipped pack is read at every start."""

    def __init__(self, header: list[str], file: str) -> None:
        named = [column for column in header if column]
        labels = {
            at: column.removeprefix("label_")
            for at, column in enumerate(header)
            if column.startswith("label_") and LANGUAGE.match(column.removeprefix("label_"))
        }
        if (
            not labels
            or not {"list", "code"} <= set(named)
            or len(set(named)) != len(named)
            or len(header) > MAX_COLUMNS
        ):
            raise _not_a_pack()
        self.file = file
        self.width = len(header)
        self.languages = tuple(labels.values())
        self._pick: Callable[[list[str]], tuple[str, ...]] = (
            itemgetter(*labels) if len(labels) > 1 else lambda cells: (cells[next(iter(labels))],)
        )
        # A column that is missing reads the empty cell that is put behind each row.
        self.at = tuple(header.index(c) if c in header else self.width for c in _COLUMNS)
        taken = {*self.at, *labels}
        self.extra = [(at, name) for at, name in enumerate(header) if name and at not in taken]
        self._lists: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}

    def __call__(self, cells: list[str], line: int) -> Term:
        """The term of one row; without an order of its own it stands behind its siblings so far."""
        if len(cells) > self.width:
            raise _wrong(self.file, line, Message("it has more cells than there are columns"))
        cells += [""] * (self.width + 1 - len(cells))
        in_list, code, above, place, keys = self.at
        list_name, parent = cells[in_list].strip(), cells[above].strip()
        if list_name not in self._lists:
            if not CODE.match(list_name):
                raise _wrong(self.file, line, Message("the list or the code is not one"))
            self._lists.add(list_name)
        if not CODE.match(name := cells[code].strip()):
            raise _wrong(self.file, line, Message("the list or the code is not one"))
        huridocs = tuple(cells[keys].split()) if cells[keys] else ()
        if (parent and not CODE.match(parent)) or not all(map(KEY.match, huridocs)):
            raise _wrong(self.file, line, Message("the code above or of HURIDOCS is not one"))
        siblings = (list_name, parent)
        order = self._counts[siblings] = self._counts.get(siblings, 0) + 1
        if cells[place]:
            order = self._order(cells[place].strip(), line)
        labels = self._labels(cells, line)
        return Term(list_name, name, labels, parent, order, huridocs, self._extra(cells))

    def _order(self, text: str, line: int) -> int:
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 9:
            raise _wrong(self.file, line, Message("the order is not a number"))
        return int(text)

    def _labels(self, cells: list[str], line: int) -> dict[str, str]:
        found = self._pick(cells)
        joined = "|".join(found)
        tidy = joined.isprintable() and " |" not in joined and "| " not in joined
        if all(found) and tidy and len(joined) <= MAX_LABEL and joined == joined.strip():
            return dict(zip(self.languages, found, strict=True))
        labels = {}
        for language, label in zip(self.languages, map(clean, found), strict=True):
            if len(label) > MAX_LABEL:
                raise LimitError(what=Message("a label of more than {n} characters", n=MAX_LABEL))
            if label:
                labels[language] = label
        if not labels:
            raise _wrong(self.file, line, Message("it has no label"))
        return labels

    def _extra(self, cells: list[str]) -> Mapping[str, str]:
        extra = {}
        for at, column in self.extra:
            if cell := cells[at]:
                if len(cell) > MAX_CELL:
                    raise LimitError(what=Message("a cell of more than {n} characters", n=MAX_CELL))
                extra[column] = cell
        return extra or NOTHING
