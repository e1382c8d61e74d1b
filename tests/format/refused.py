"""Vectors of what a reader refuses, and of what lies just inside the bounds.

Each names the form it is of, why it is refused, the bytes, and the code of the error
(`defenderdesk/errors/hostile.py`): `damaged`, `limit`, `newer`. Those with more than 4 KiB are not
written into the file of vectors; the tests make them.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from defenderdesk.bundle import manifest
from defenderdesk.bundle.evidence import proof_format
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import canonical
from defenderdesk.errors import WorldError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import SET, Change, Header
from defenderdesk.ledger.feeds import ChangeSet
from tests.format import refused_bundle, refused_membership

PATH = Path(__file__).resolve().parents[2] / "docs" / "format" / "vectors.json"
DEVICE, OTHER, RECORD, SEED = b"V" * 16, b"O" * 16, b"R" * 16, b"S" * 16
LARGE = 4096
Vector = dict[str, Any]
Kind = dict[str, list[Vector]]


def code(read: Callable[[], object]) -> str | None:
    """The code of the error that a reader raises; None where it takes what it read."""
    try:
        read()
    except WorldError as error:
        return error.code
    return None


def _vectors(given: list[tuple[Any, ...]], names: tuple[str, ...]) -> list[Vector]:
    return [dict(zip(("why", *names, "error"), one, strict=True)) for one in given]


# -- headers, bodies, changes, ranges -------------------------------------------------------------

ROOT = hashlib.sha256(b"root").digest()


def _header(*items: object) -> bytes:
    return canonical.encode(list(items))


HEADERS_REFUSED = [
    ("no list", canonical.encode({}), "damaged"),
    ("an empty list", canonical.encode([]), "damaged"),
    ("a text", canonical.encode("1234"), "damaged"),
    ("a version of text", _header("1", 1, 1, ROOT), "damaged"),
    ("version 0", _header(0, 1, 1, ROOT), "damaged"),
    ("version true", _header(True, 1, 1, ROOT), "damaged"),
    ("a later version", _header(2, 1, 1, ROOT), "newer"),
    ("a later version of another form", _header(2), "newer"),
    ("three items", _header(1, 1, 1), "damaged"),
    ("five items", _header(1, 1, 1, ROOT, ROOT), "damaged"),
    ("sequence number 0", _header(1, 0, 1, ROOT), "damaged"),
    ("a negative sequence number", _header(1, -1, 1, ROOT), "damaged"),
    ("a sequence number of 49 bits", _header(1, 2**48, 1, ROOT), "damaged"),
    ("a sequence number of true", _header(1, True, 1, ROOT), "damaged"),
    ("a sequence number of text", _header(1, "1", 1, ROOT), "damaged"),
    ("a negative clock", _header(1, 1, -1, ROOT), "damaged"),
    (
        "a clock of 65 bits, which CBOR has no integer for",
        bytes.fromhex("840101c249010000000000000000") + b"\x58\x20" + ROOT,
        "damaged",
    ),
    ("a clock of text", _header(1, 1, "1", ROOT), "damaged"),
    ("a clock of false", _header(1, 1, False, ROOT), "damaged"),
    ("a root of 31 bytes", _header(1, 1, 1, ROOT[1:]), "damaged"),
    ("a root of 33 bytes", _header(1, 1, 1, ROOT + b"x"), "damaged"),
    ("a root of text", _header(1, 1, 1, "r" * 32), "damaged"),
    ("bytes behind the end", _header(1, 1, 1, ROOT) + b"\x00", "damaged"),
    ("cut short", _header(1, 1, 1, ROOT)[:-1], "damaged"),
    ("not the shortest form", b"\x84\x18\x01" + _header(1, 1, 1, ROOT)[2:], "damaged"),
]
HEADERS_TAKEN = [
    ("the first", _header(1, 1, 0, ROOT), None),
    ("the last sequence number", _header(1, 2**48 - 1, 1, ROOT), None),
    ("the last clock", _header(1, 1, 2**64 - 1, ROOT), None),
]

TWO = [Change(RECORD, "title", SET, "One"), Change(RECORD, "note", SET, "Two")]
HEADER, BODY = changes.make(TWO, DEVICE, 1, 1 << 16, SEED)
_DATA = [changes.encode_change(one, DEVICE) for one in TWO]
_SALTS = [changes.salts_of(SEED, 2)[at : at + 16] for at in (0, 16)]
_COMMITTED = [changes.commitment(salt, RECORD, data) for salt, data in zip(_SALTS, _DATA, strict=True)]


def _committing(*parts: bytes) -> bytes:
    """A header over these commitments, so that the form of a body alone is at fault."""
    root = hashlib.sha256(b"defenderdesk.org/v1/changes\x00" + b"".join(parts)).digest()
    return _header(1, 1, 1 << 16, root)


def _over(count: int, seed: bytes, *given: tuple[bytes, bytes]) -> bytes:
    """A header over what a body of these (record, change) would come to, whatever its form."""
    salts = changes.salts_of(seed, count)
    return _committing(
        *(changes.commitment(salts[16 * n : 16 * n + 16], *one) for n, one in enumerate(given))
    )


def _body(seed: object, groups: object) -> bytes:
    return canonical.encode([seed, groups])


BODIES_REFUSED = [
    ("no list", HEADER, canonical.encode({}), "damaged"),
    ("one item", HEADER, canonical.encode([SEED]), "damaged"),
    ("three items", HEADER, canonical.encode([SEED, [[RECORD, _DATA]], 1]), "damaged"),
    ("groups that are no list", HEADER, _body(SEED, {}), "damaged"),
    ("no changes", _committing(), _body(SEED, []), "damaged"),
    ("a group that is no list", HEADER, _body(SEED, [{}]), "damaged"),
    ("a group of one item", HEADER, _body(SEED, [[RECORD]]), "damaged"),
    ("a group of three items", HEADER, _body(SEED, [[RECORD, _DATA, 1]]), "damaged"),
    ("a group without changes", HEADER, _body(SEED, [[RECORD, _DATA], [OTHER, []]]), "damaged"),
    ("changes that are a text", HEADER, _body(SEED, [[RECORD, "ab"]]), "damaged"),
    ("changes that are a map", HEADER, _body(SEED, [[RECORD, {"a": 1}]]), "damaged"),
    (
        "changes that are a map, its keys the changes",
        _over(1, SEED, (RECORD, _DATA[0])),
        _body(SEED, [[RECORD, {_DATA[0]: 1}]]),
        "damaged",
    ),
    (
        "something beside the changes that is passed over",
        _over(1, SEED, (RECORD, _DATA[0])),
        _body(SEED, [[RECORD, [_DATA[0], 7]]]),
        "damaged",
    ),
    (
        "a record of 15 bytes",
        _over(1, SEED, (RECORD[1:], _DATA[0])),
        _body(SEED, [[RECORD[1:], _DATA[:1]]]),
        "damaged",
    ),
    (
        "a record of 17 bytes",
        _over(1, SEED, (RECORD + b"R", _DATA[0])),
        _body(SEED, [[RECORD + b"R", _DATA[:1]]]),
        "damaged",
    ),
    ("a record of text", HEADER, _body(SEED, [["R" * 16, _DATA]]), "damaged"),
    ("a change that is a text", HEADER, _body(SEED, [[RECORD, ["a"]]]), "damaged"),
    ("a change that is an empty list", HEADER, _body(SEED, [[RECORD, [[]]]]), "damaged"),
    ("a commitment of 31 bytes", _committing(ROOT[1:]), _body([None], [[RECORD, [[ROOT[1:]]]]]), "damaged"),
    (
        "a commitment of 33 bytes",
        _committing(ROOT + b"x"),
        _body([None], [[RECORD, [[ROOT + b"x"]]]]),
        "damaged",
    ),
    ("a commitment of text", _committing(ROOT), _body([None], [[RECORD, [["r" * 32]]]]), "damaged"),
    (
        "two commitments in the place of one",
        _committing(ROOT),
        _body([None], [[RECORD, [[ROOT, ROOT]]]]),
        "damaged",
    ),
    ("a commitment in a map", _committing(ROOT), _body([None], [[RECORD, [{"0": ROOT}]]]), "damaged"),
    (
        "a redacted body that keeps its seed, from which the erased value could be guessed",
        HEADER,
        _body(SEED, [[RECORD, [_DATA[0], [_COMMITTED[1]]]]]),
        "damaged",
    ),
    (
        "a redacted body that keeps the salt of what is erased",
        HEADER,
        _body(_SALTS, [[RECORD, [_DATA[0], [_COMMITTED[1]]]]]),
        "damaged",
    ),
    ("salts where nothing is erased", HEADER, _body(_SALTS, [[RECORD, _DATA]]), "damaged"),
    ("a salt too few", HEADER, _body(_SALTS[:1], [[RECORD, [_DATA[0], [_COMMITTED[1]]]]]), "damaged"),
    (
        "a salt too many",
        HEADER,
        _body([_SALTS[0], None, None], [[RECORD, [_DATA[0], [_COMMITTED[1]]]]]),
        "damaged",
    ),
    (
        "no salt for what is there",
        HEADER,
        _body([None, None], [[RECORD, [_DATA[0], [_COMMITTED[1]]]]]),
        "damaged",
    ),
    (
        "a salt of 15 bytes",
        _committing(changes.commitment(_SALTS[0][1:] + bytes(1), RECORD, _DATA[0]), ROOT),
        _body([_SALTS[0][1:], None], [[RECORD, [_DATA[0], [ROOT]]]]),
        "damaged",
    ),
    ("a salt of text", HEADER, _body(["s" * 16, None], [[RECORD, [_DATA[0], [_COMMITTED[1]]]]]), "damaged"),
    ("salts as a map", HEADER, _body({"0": None}, [[RECORD, [[_COMMITTED[1]]]]]), "damaged"),
    (
        "a seed of 15 bytes",
        _over(1, SEED[1:], (RECORD, _DATA[0])),
        _body(SEED[1:], [[RECORD, _DATA[:1]]]),
        "damaged",
    ),
    (
        "a seed of 17 bytes",
        _over(1, SEED + b"S", (RECORD, _DATA[0])),
        _body(SEED + b"S", [[RECORD, _DATA[:1]]]),
        "damaged",
    ),
    ("a seed of text", HEADER, _body("S" * 16, [[RECORD, _DATA]]), "damaged"),
    ("no seed and nothing erased", HEADER, _body(None, [[RECORD, _DATA]]), "damaged"),
    (
        "another change than was committed to",
        HEADER,
        _body(SEED, [[RECORD, [_DATA[0], _DATA[0]]]]),
        "damaged",
    ),
    ("another record than was committed to", HEADER, _body(SEED, [[OTHER, _DATA]]), "damaged"),
    ("the changes in another order", HEADER, _body(SEED, [[RECORD, _DATA[::-1]]]), "damaged"),
]
BODIES_TAKEN = [
    ("as it was written", HEADER, BODY, None),
    ("one change erased", HEADER, changes.redact(BODY, [1]), None),
    ("all erased", HEADER, changes.redact(BODY, [0, 1]), None),
    ("one record in two groups", HEADER, _body(SEED, [[RECORD, _DATA[:1]], [RECORD, _DATA[1:]]]), None),
]


def _change(*items: object) -> bytes:
    return canonical.encode(list(items))


def _nested(depth: int) -> object:
    value: object = 0
    for _ in range(depth):
        value = [value]
    return value


CHANGES_REFUSED = [
    ("no list", canonical.encode("abcd"), "damaged"),
    ("a map of two", canonical.encode({"a": 1, "b": 2}), "damaged"),
    ("an empty list", _change(), "damaged"),
    ("one item", _change("f"), "damaged"),
    ("three items", _change("f", 0, "x"), "damaged"),
    ("five items", _change("f", 0, "x", [], 1), "damaged"),
    ("a field without a name", _change("", "x"), "damaged"),
    ("a field without a name, and a number", _change("", 1), "damaged"),
    ("a field's name of 129 characters", _change("f" * 129, "x"), "damaged"),
    ("a field's name of 129 characters, and a number", _change("f" * 129, 1), "damaged"),
    ("a field's name of bytes", _change(b"f", "x"), "damaged"),
    ("a field's name of a number", _change(1, 1), "damaged"),
    ("an unknown operation", _change("f", 5, None, []), "newer"),
    ("a negative operation", _change("f", -1, None, []), "newer"),
    ("an operation of true", _change("f", True, None, []), "newer"),
    ("an operation of text", _change("f", "0", None, []), "newer"),
    ("a value of bytes", _change("f", b"x"), "damaged"),
    ("a value of bytes, within", _change("f", 0, [{"a": b"x"}], []), "damaged"),
    ("an integer of 64 bits and no sign", _change("f", 2**63), "damaged"),
    ("a map with a key of bytes", _change("f", {b"a": 1}), "damaged"),
    ("a value 17 deep", _change("f", _nested(17)), "damaged"),
    ("a fraction", bytes.fromhex("826166f93e00"), "damaged"),
    ("an undefined value", bytes.fromhex("826166f7"), "damaged"),
    ("replaces that is no list", _change("f", 0, "x", {}), "damaged"),
    ("replaces that is nothing", _change("f", 0, "x", None), "damaged"),
    ("a dot that is no list", _change("f", 0, "x", [1]), "damaged"),
    ("a dot that is a text of three letters", _change("f", 0, "x", ["abc"]), "damaged"),
    ("an empty dot", _change("f", 0, "x", [[]]), "damaged"),
    ("a dot of one item", _change("f", 0, "x", [[1]]), "damaged"),
    ("a dot of four items", _change("f", 0, "x", [[OTHER, 1, 1, 1]]), "damaged"),
    ("a dot's device of 15 bytes", _change("f", 0, "x", [[OTHER[1:], 1, 1]]), "damaged"),
    ("a dot's device of 17 bytes", _change("f", 0, "x", [[OTHER + b"O", 1, 1]]), "damaged"),
    ("a dot's device of text", _change("f", 0, "x", [["O" * 16, 1, 1]]), "damaged"),
    ("a dot of number 0", _change("f", 0, "x", [[0, 1]]), "damaged"),
    ("a dot of a negative number", _change("f", 0, "x", [[-1, 1]]), "damaged"),
    ("a dot of number 2^48", _change("f", 0, "x", [[2**48, 1]]), "damaged"),
    ("a dot of number true", _change("f", 0, "x", [[True, 1]]), "damaged"),
    ("a dot of a number of text", _change("f", 0, "x", [["1", 1]]), "damaged"),
    ("a dot of index -1", _change("f", 0, "x", [[1, -1]]), "damaged"),
    ("a dot of index 20,000", _change("f", 0, "x", [[1, 20_000]]), "damaged"),
    ("a dot of index false", _change("f", 0, "x", [[1, False]]), "damaged"),
    ("a dot of an index of text", _change("f", 0, "x", [[1, "0"]]), "damaged"),
]
CHANGES_TAKEN = [
    ("a field's name of one character", _change("f", "x"), None),
    ("a field's name of one character, and a number", _change("f", 1), None),
    ("a field's name of 128 characters", _change("f" * 128, "x"), None),
    ("a field's name of 128 characters, and a number", _change("f" * 128, 1), None),
    ("a note", _change("f", 4, "x", []), None),
    ("the first dot", _change("f", 0, "x", [[1, 0]]), None),
    ("the last dot", _change("f", 0, "x", [[2**48 - 1, 19_999]]), None),
    ("a dot of another device", _change("f", 0, "x", [[OTHER, 1, 0]]), None),
    ("the least integer", _change("f", -(2**63)), None),
    ("the greatest integer", _change("f", 2**63 - 1), None),
    ("a value 16 deep", _change("f", _nested(16)), None),
]


def _chain() -> tuple[bytes, list[ChangeSet]]:
    start = feeds.genesis(b"w" * 16, b"k" * 16, DEVICE)
    return start, [ChangeSet(*changes.make(TWO, DEVICE, n, n << 16, SEED)) for n in (1, 2, 3)]


START, ITEMS = _chain()


def _range(why: str, first: int, items: list[ChangeSet], error: str | None) -> Vector:
    sets = [{"header": one.header, "body": one.body} for one in items]
    return {"why": why, "previous": START, "first": first, "change_sets": sets, "error": error}


RANGES_REFUSED = [
    _range("it begins with another number than it says", 2, ITEMS, "damaged"),
    _range("a change set is left out", 1, [ITEMS[0], ITEMS[2]], "damaged"),
    _range("a change set comes twice", 1, [ITEMS[0], ITEMS[0]], "damaged"),
    _range("in another order", 1, [ITEMS[1], ITEMS[0]], "damaged"),
]
RANGES_TAKEN = [_range("in its order", 1, ITEMS, None)]


def make() -> tuple[Kind, Kind]:
    """(what is refused, what is taken), by form."""
    named = ("header", "bytes")
    bad, good = refused_membership.make()
    worse, better = refused_bundle.make()
    return (
        {
            "header": _vectors(HEADERS_REFUSED, ("bytes",)),
            "body": _vectors(BODIES_REFUSED, named),
            "change": _vectors(CHANGES_REFUSED, ("bytes",)),
            "range": RANGES_REFUSED,
            **bad,
            **worse,
        },
        {
            "header": _vectors(HEADERS_TAKEN, ("bytes",)),
            "body": _vectors(BODIES_TAKEN, named),
            "change": _vectors(CHANGES_TAKEN, ("bytes",)),
            "range": RANGES_TAKEN,
            **good,
            **better,
        },
    )


def is_large(vector: Vector) -> bool:
    """Whether a vector has more bytes than belong into a file of them."""
    return len(vector.get("bytes", b"")) > LARGE


def written() -> tuple[Kind, Kind]:
    """What `make` gives, without the large ones."""
    refused, taken = (
        {form: [one for one in found if not is_large(one)] for form, found in every.items()}
        for every in make()
    )
    return refused, taken


# -- reading them back, as another implementation would ----------------------------------------


def _bytes(vector: Vector, name: str = "bytes") -> bytes:
    return bytes.fromhex(vector[name])


@functools.cache
def _known_logs() -> dict[str, list[str]]:
    known: dict[str, list[str]] = json.loads(PATH.read_text("utf-8"))["known_logs"]
    return known


def _read_body(vector: Vector) -> object:
    heads: list[Header] = changes.read_headers([_bytes(vector, "header")])
    return changes.read_bodies([_bytes(vector)], heads)


def _read_range(vector: Vector) -> object:
    items = [ChangeSet(_bytes(one, "header"), _bytes(one, "body")) for one in vector["change_sets"]]
    return feeds.verify_range(_bytes(vector, "previous"), vector["first"], items)


READERS: dict[str, Callable[[Vector], object]] = {
    "act": lambda vector: acts.read(_bytes(vector)),
    "log": lambda vector: refused_membership.read_log(vector, _known_logs()),
    "header": lambda vector: changes.read_headers([_bytes(vector)]),
    "manifest": lambda vector: manifest.read(_bytes(vector)),
    "feed_part": refused_bundle.read_part,
    "proof": lambda vector: proof_format.decode(_bytes(vector)),
    "body": _read_body,
    "change": lambda vector: changes.read_changes([_bytes(vector)], DEVICE),
    "range": _read_range,
}
"""How each form is read."""
