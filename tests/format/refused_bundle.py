"""Vectors of bundles: the manifest, the parts that carry ranges, the proof of a custody package.

`manifest`: the bytes that are signed. `feed_part`: a part with its detail (`raw`, `count`).
`proof`: of the form of `proof.cbor`; what it proves is another matter.
"""

from __future__ import annotations

import sys
from typing import Any

from defenderdesk.bundle import manifest, ranges
from defenderdesk.bundle.evidence import proof_format
from defenderdesk.bundle.manifest import Manifest, Part, Receipt
from defenderdesk.crypto import canonical
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import SET, Change
from defenderdesk.ledger.feeds import ChangeSet

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Vector = dict[str, Any]
A, B, HASH = b"A" * 16, b"B" * 16, b"h" * 32
FEED_DETAIL = {"device": A, "first": 4, "count": 1, "raw": 10}
BRANCH = {**FEED_DETAIL, "feed": B, "parent": A, "base": 3}
WHOLE = canonical.decode(
    Manifest(
        b"W" * 16,
        b"D" * 16,
        A,
        1,
        (B,),
        Receipt({A: 2}, (HASH,), False, b"r" * 16, {A: b"h" * 16}, b"k" * 16),
        (Part(manifest.FEED, 20, HASH, FEED_DETAIL),),
        (b"act",),
    ).encode()
)


def _with(**other: object) -> bytes:
    return canonical.encode({**WHOLE, **other})


def _part(
    kind: object = manifest.FEED, length: object = 20, sha256: object = HASH, **detail: object
) -> bytes:
    return _with(parts=[[kind, length, sha256, {**FEED_DETAIL, **detail}]])


def _branch(**other: object) -> bytes:
    return _with(parts=[[manifest.FEED, 20, HASH, {**BRANCH, **other}]])


MANIFESTS_REFUSED: list[tuple[str, bytes, str]] = [
    ("no map", canonical.encode([]), "damaged"),
    ("a later version", _with(version=2), "newer"),
    ("an act of 31 bytes", _with(since=[b"a" * 31]), "damaged"),
    ("acts that are no list", _with(since=b"a" * 32), "damaged"),
    ("too many acts", _with(since=[b"a" * 32] * 65), "limit"),
    ("version 0", _with(version=0), "damaged"),
    ("a version of true", _with(version=True), "damaged"),
    ("a version of text", _with(version="1"), "damaged"),
    ("a workspace of 15 bytes", _with(workspace=b"W" * 15), "damaged"),
    ("a desk of text", _with(desk="D" * 16), "damaged"),
    ("a sender of 17 bytes", _with(sender=A + b"A"), "damaged"),
    ("a negative time", _with(created=-1), "damaged"),
    ("a time of 49 bits", _with(created=2**48), "damaged"),
    ("a time of true", _with(created=True), "damaged"),
    ("recipients that are no list", _with(recipients=B), "damaged"),
    ("a recipient of 15 bytes", _with(recipients=[B[1:]]), "damaged"),
    ("holds a feed of 15 bytes", _with(holds=[[A[1:], 2]]), "damaged"),
    ("holds up to 2^48", _with(holds=[[A, 2**48]]), "damaged"),
    ("holds up to less than nothing", _with(holds=[[A, -1]]), "damaged"),
    ("holds with one item", _with(holds=[[A]]), "damaged"),
    ("holds with three items", _with(holds=[[A, 2, 2]]), "damaged"),
    ("holds a number", _with(holds=[7]), "damaged"),
    ("a head of 15 bytes", _with(heads=[[A, b"h" * 15]]), "damaged"),
    ("a head of a feed of 17 bytes", _with(heads=[[A + b"A", b"h" * 16]]), "damaged"),
    ("a missing chunk of 31 bytes", _with(missing=[HASH[1:]]), "damaged"),
    ("2,001 missing chunks", _with(missing=[HASH] * 2001), "limit"),
    ("a roster of 15 bytes", _with(roster=b"r" * 15), "damaged"),
    ("no roster", _with(roster=b""), "damaged"),
    ("a key's name of 15 bytes", _with(key=b"k" * 15), "damaged"),
    ("a key's name of text", _with(key="k" * 16), "damaged"),
    ("acts that are no list", _with(acts=b"act"), "damaged"),
    ("an act of text", _with(acts=["act"]), "damaged"),
    ("a purpose of bytes", _with(purpose=b"exchange"), "damaged"),
    ("parts that are no list", _with(parts={}), "damaged"),
    ("a part of three items", _with(parts=[[manifest.CHUNK, 1, HASH]]), "damaged"),
    ("a part of five items", _with(parts=[[manifest.CHUNK, 1, HASH, {}, 1]]), "damaged"),
    ("a part that is a number", _with(parts=[1]), "damaged"),
    ("a kind of bytes", _part(b"feed"), "damaged"),
    ("a detail that is a list", _with(parts=[[manifest.CHUNK, 1, HASH, []]]), "damaged"),
    ("a part of 32 MiB and a byte", _part(length=32 * 1024**2 + 1), "limit"),
    ("a part of less than nothing", _part(length=-1), "damaged"),
    ("a part's length of true", _part(length=True), "damaged"),
    ("a part's hash of 31 bytes", _part(sha256=HASH[1:]), "damaged"),
    ("a range of a device of 15 bytes", _part(device=A[1:]), "damaged"),
    ("a range that begins with number 0", _part(first=0), "damaged"),
    ("a range that begins with number 2^48", _part(first=2**48), "damaged"),
    ("a range of nothing", _part(count=0), "damaged"),
    ("a range of 2^32", _part(count=2**32), "damaged"),
    ("a range that unpacks to 32 MiB and a byte", _part(raw=32 * 1024**2 + 1), "limit"),
    ("a range that unpacks to 2^48 bytes", _part(raw=2**48), "damaged"),
    ("a range that unpacks to nearly as much", _part(raw=2**48 - 1), "limit"),
    ("20,001 recipients", _with(recipients=[B] * 20_001), "limit"),
    ("a range that unpacks to less than nothing", _part(raw=-1), "damaged"),
    ("a range that unpacks to a text", _part(raw="10"), "damaged"),
    (
        "a branch without its name",
        _with(parts=[[manifest.FEED, 20, HASH, {**FEED_DETAIL, "parent": A, "base": 3}]]),
        "damaged",
    ),
    (
        "a branch without its base",
        _with(parts=[[manifest.FEED, 20, HASH, {**FEED_DETAIL, "parent": A, "feed": B}]]),
        "damaged",
    ),
    ("a branch's name of 15 bytes", _branch(feed=B[1:]), "damaged"),
    ("what a branch comes of of 17 bytes", _branch(parent=A + b"A"), "damaged"),
    ("a range of a branch that begins at its base", _branch(base=4), "damaged"),
    ("a range of a branch that begins before its base", _branch(base=9), "damaged"),
    ("a negative base", _branch(base=-1), "damaged"),
    ("a base of true", _branch(base=True), "damaged"),
    (
        "a grant to a device of 15 bytes",
        _with(parts=[[manifest.GRANT, 20, HASH, {"device": A[1:]}]]),
        "damaged",
    ),
    ("a grant to nobody", _with(parts=[[manifest.GRANT, 20, HASH, {}]]), "damaged"),
    *(
        (f"without {name}", canonical.encode({k: v for k, v in WHOLE.items() if k != name}), "damaged")
        for name in WHOLE
        if name != "since"
    ),
]
MANIFESTS_TAKEN: list[tuple[str, bytes, None]] = [
    ("as it is", _with(), None),
    ("keys that a later version added", _with(later=[1]), None),
    ("no key", _with(key=b""), None),
    ("the last moment", _with(created=2**48 - 1), None),
    ("holds nothing of a feed", _with(holds=[[A, 0]]), None),
    ("holds a feed to its last", _with(holds=[[A, 2**48 - 1]]), None),
    ("2,000 missing chunks", _with(missing=[HASH] * 2000), None),
    ("a part of 32 MiB", _part(length=32 * 1024**2), None),
    ("an empty part", _part(length=0), None),
    ("the first change set", _part(first=1), None),
    ("the last change set", _part(first=2**48 - 1), None),
    ("as many change sets as can be said", _part(count=2**32 - 1), None),
    ("20,000 recipients", _with(recipients=[B] * 20_000), None),
    ("a range that unpacks to 32 MiB", _part(raw=32 * 1024**2), None),
    ("a branch", _branch(), None),
    ("a branch that shares nothing", _branch(base=0), None),
    ("a part of an unknown kind", _part("later"), None),
]


# -- parts that carry ranges --------------------------------------------------------------------

MADE = [
    ChangeSet(*changes.make([Change(b"R" * 16, "title", SET, "One")], A, n, n << 16, b"S" * 16))
    for n in (1, 2)
]
START = feeds.genesis(b"W" * 16, b"D" * 16, A)
RANGE = [START, b"s" * 64, [one.header for one in MADE], [one.body for one in MADE]]
LINK = ranges.links(ranges.Range(A, 1, START, b"s" * 64, MADE))


def _packed(
    why: str,
    items: object,
    error: str | None,
    *,
    count: int = 2,
    by: int = 0,
    behind: bytes = b"",
    cut: int = 0,
    data: bytes | None = None,
) -> Vector:
    """A part of these items. `by`: how much longer its detail says that it unpacks to."""
    raw = canonical.encode(items)
    packed = zstd.compress(raw) if data is None else data
    packed = packed[: len(packed) - cut] + behind
    return {"why": why, "bytes": packed, "raw": len(raw) + by, "count": count, "error": error}


def _open_frame() -> bytes:
    """Everything, in a frame to which more could be added."""
    compressor = zstd.ZstdCompressor()
    return compressor.compress(canonical.encode(RANGE), mode=compressor.FLUSH_BLOCK)


def _place(at: int, value: object) -> list[object]:
    return [*RANGE[:at], value, *RANGE[at + 1 :]]


PARTS_REFUSED = [
    _packed("no list", {}, "damaged"),
    _packed("a map of four", {"a": 1, "b": 2, "c": 3, "d": 4}, "damaged"),
    _packed("three items", RANGE[:3], "damaged"),
    _packed("six items", [*RANGE, [], []], "damaged"),
    _packed("a hash of 31 bytes", _place(0, START[1:]), "damaged"),
    _packed("a hash of text", _place(0, "h" * 32), "damaged"),
    _packed("a signature of 63 bytes", _place(1, b"s" * 63), "damaged"),
    _packed("a signature of text", _place(1, "s" * 64), "damaged"),
    _packed("headers in a map", _place(2, {b"a": 1, b"b": 2}), "damaged"),
    _packed("bodies in a map", _place(3, {b"a": 1, b"b": 2}), "damaged"),
    _packed("a body too few", _place(3, RANGE[3][:1]), "damaged"),
    _packed("a header too few", _place(2, RANGE[2][:1]), "damaged"),
    _packed("another number than its detail says", RANGE, "damaged", count=1),
    _packed("a header of text", _place(2, [MADE[0].header, "x"]), "damaged"),
    _packed("a body of text", _place(3, [MADE[0].body, "x"]), "damaged"),
    _packed("a tail that is no list", [*RANGE, b"x"], "damaged"),
    _packed("a tail in a map", [*RANGE, {b"x": 1}], "damaged"),
    _packed("a tail of text", [*RANGE, ["x"]], "damaged"),
    _packed("a tail with a header of 200 bytes", [*RANGE, [bytes(200)]], "damaged"),
    _packed("longer than its detail says", RANGE, "damaged", by=-1),
    _packed("shorter than its detail says", RANGE, "damaged", by=1),
    _packed("a byte behind the end of its frame", RANGE, "damaged", behind=b"\x00"),
    _packed("a second frame behind the first", RANGE, "damaged", behind=zstd.compress(b"x")),
    _packed("an empty frame behind the first", RANGE, "damaged", behind=zstd.compress(b"")),
    _packed("a frame that is cut short", RANGE, "damaged", cut=1),
    _packed("a frame that holds all and does not end", RANGE, "damaged", data=_open_frame()),
    _packed("nothing", RANGE, "damaged", data=b""),
    _packed("no frame", RANGE, "damaged", data=b"no frame"),
]
PARTS_TAKEN = [
    _packed("as it is", RANGE, None),
    _packed("a tail that leads on", [*RANGE, [bytes(199)]], None),
]


# -- proofs ----------------------------------------------------------------------------------------

SEGMENT: list[Any] = [
    A,
    1,
    START,
    [one.header for one in MADE],
    [[1, MADE[0].body]],
    [[2, b"s" * 64]],
]
STAMP: list[Any] = [A, 2, "One", b"token", b"root"]
PROOF: list[Any] = [
    proof_format.FORMAT,
    1,
    b"W" * 16,
    b"D" * 16,
    b"R" * 16,
    b"P" * 16,
    [b"act"],
    [SEGMENT],
    [STAMP],
]
FORKED: list[Any] = [*PROOF, [[B, A, 2]]]
FORKED[1] = 2


def _in(at: int, value: object, whole: list[Any] = PROOF) -> bytes:
    return canonical.encode([*whole[:at], value, *whole[at + 1 :]])


def _segment(at: int, value: object) -> bytes:
    return _in(7, [[*SEGMENT[:at], value, *SEGMENT[at + 1 :]]])


def _stamp(at: int, value: object) -> bytes:
    return _in(8, [[*STAMP[:at], value, *STAMP[at + 1 :]]])


def _forked(*branches: list[object]) -> bytes:
    return canonical.encode([*FORKED[:9], list(branches)])


PROOFS_REFUSED: list[tuple[str, bytes, str]] = [
    ("no list", canonical.encode({}), "damaged"),
    ("a map of two", canonical.encode({"a": 1, "b": 2}), "damaged"),
    ("the format alone", canonical.encode([proof_format.FORMAT]), "damaged"),
    ("another format", _in(0, "defenderdesk-share"), "damaged"),
    ("a later version", _in(1, 3), "newer"),
    ("a later version of another form", canonical.encode([proof_format.FORMAT, 3]), "newer"),
    ("version 0", _in(1, 0), "damaged"),
    ("a version of true", _in(1, True), "damaged"),
    ("a version of text", _in(1, "1"), "damaged"),
    ("version 1 with branches", canonical.encode([*PROOF, [[B, A, 2]]]), "damaged"),
    ("version 2 without branches", _in(1, 2), "damaged"),
    ("eight items", canonical.encode(PROOF[:8]), "damaged"),
    *((f"item {at} of 15 bytes", _in(at, b"x" * 15), "damaged") for at in (2, 3, 4, 5)),
    *((f"item {at} of text", _in(at, "x" * 16), "damaged") for at in (2, 3, 4, 5)),
    ("members that are no list", _in(6, b"act"), "damaged"),
    ("a member of text", _in(6, ["act"]), "damaged"),
    ("stretches that are no list", _in(7, {}), "damaged"),
    ("a stretch of five items", _in(7, [SEGMENT[:5]]), "damaged"),
    ("a stretch of seven items", _in(7, [[*SEGMENT, 1]]), "damaged"),
    ("a stretch of a feed of 17 bytes", _segment(0, A + b"A"), "damaged"),
    ("a stretch that begins with number 0", _segment(1, 0), "damaged"),
    ("a stretch that begins with number 2^48", _segment(1, 2**48), "damaged"),
    ("a stretch that begins with true", _segment(1, True), "damaged"),
    ("a stretch behind a hash of 31 bytes", _segment(2, START[1:]), "damaged"),
    ("a stretch without headers", _segment(3, []), "damaged"),
    ("a header of 129 bytes", _segment(3, [MADE[0].header, b"x" * 129]), "damaged"),
    ("a header of text", _segment(3, [MADE[0].header, "x"]), "damaged"),
    ("a body before the stretch", _in(7, [[A, 2, *SEGMENT[2:4], [[1, b"x"]], []]]), "damaged"),
    ("a body behind the stretch", _segment(4, [[1, b"x"], [3, b"x"]]), "damaged"),
    ("a signature behind the stretch", _segment(5, [[3, b"s" * 64]]), "damaged"),
    ("bodies out of order", _segment(4, [[2, b"x"], [1, b"x"]]), "damaged"),
    ("a body twice", _segment(4, [[1, b"x"], [1, b"x"]]), "damaged"),
    ("a body of three items", _segment(4, [[1, b"x", 1]]), "damaged"),
    ("a body of number 0", _segment(4, [[0, b"x"]]), "damaged"),
    ("a body of text", _segment(4, [[1, "x"]]), "damaged"),
    ("a signature of 65 bytes", _segment(5, [[2, b"s" * 65]]), "damaged"),
    ("a stretch without a body where nothing parts", _segment(4, []), "damaged"),
    ("a stamp of four items", _in(8, [STAMP[:4]]), "damaged"),
    ("a stamp over a feed of 15 bytes", _stamp(0, A[1:]), "damaged"),
    ("a stamp over number 0", _stamp(1, 0), "damaged"),
    ("a stamp over number 2^48", _stamp(1, 2**48), "damaged"),
    ("a stamp of six items", _in(8, [[*STAMP, 1]]), "damaged"),
    ("an authority of 201 characters", _stamp(2, "n" * 201), "damaged"),
    ("an authority of bytes", _stamp(2, b"One"), "damaged"),
    ("a token of 32 KiB and a byte", _stamp(3, bytes(32 * 1024 + 1)), "damaged"),
    ("a root of 16 KiB and a byte", _stamp(4, bytes(16 * 1024 + 1)), "damaged"),
    ("1,001 stamps", _in(8, [[A, 1, "", b"", b""]] * 1001), "damaged"),
    ("branches that are none", _forked(), "damaged"),
    ("a branch of two items", _forked([B, A]), "damaged"),
    ("a branch of four items", _forked([B, A, 2, 1]), "damaged"),
    ("a branch of a negative base", _forked([B, A, -1]), "damaged"),
    ("a branch of base 2^48", _forked([B, A, 2**48]), "damaged"),
    ("a branch of base true", _forked([B, A, True]), "damaged"),
    ("a branch's name of 15 bytes", _forked([B[1:], A, 2]), "damaged"),
    ("what a branch comes of of 15 bytes", _forked([B, A[1:], 2]), "damaged"),
    ("branches out of the order of their bases", _forked([B, A, 2], [b"C" * 16, A, 1]), "damaged"),
    ("branches out of the order of their names", _forked([b"C" * 16, A, 2], [B, A, 2]), "damaged"),
    ("a branch twice", _forked([B, A, 2], [B, A, 2]), "damaged"),
    ("a branch at two bases", _forked([B, A, 2], [B, A, 3]), "damaged"),
    ("a branch that begins where the one it comes of does", _forked([B, A, 2], [b"C" * 16, B, 2]), "damaged"),
    ("a branch that comes of itself", _forked([B, B, 2]), "damaged"),
    ("bytes behind the end", canonical.encode(PROOF) + b"\x00", "damaged"),
]
PROOFS_TAKEN: list[tuple[str, bytes, None]] = [
    ("as it is", canonical.encode(PROOF), None),
    ("with a branch", canonical.encode(FORKED), None),
    ("with branches of branches", _forked([B, A, 0], [b"C" * 16, A, 0], [b"E" * 16, B, 5]), None),
    ("a branch at the last number", _forked([B, A, 2**48 - 1]), None),
    ("a header of 128 bytes", _segment(3, [MADE[0].header, b"x" * 128]), None),
    ("an authority of 200 characters", _stamp(2, "n" * 200), None),
    ("a stamp over the last number", _stamp(1, 2**48 - 1), None),
    (
        "a stretch of one change set",
        _in(7, [[*SEGMENT[:3], SEGMENT[3][:1], SEGMENT[4], [[1, b"s" * 64]]]]),
        None,
    ),
    ("1,000 stamps", _in(8, [[A, 1, "", b"", b""]] * 1000), None),
    (
        "a stretch without a body where histories part",
        canonical.encode([*FORKED[:7], [[*SEGMENT[:4], [], SEGMENT[5]]], *FORKED[8:]]),
        None,
    ),
]


def _named(given: list[Any]) -> list[Vector]:
    return [{"why": why, "bytes": data, "error": error} for why, data, error in given]


def make() -> tuple[dict[str, list[Vector]], dict[str, list[Vector]]]:
    """(refused, taken)."""
    return (
        {
            "manifest": _named(MANIFESTS_REFUSED),
            "feed_part": PARTS_REFUSED,
            "proof": _named(PROOFS_REFUSED),
        },
        {
            "manifest": _named(MANIFESTS_TAKEN),
            "feed_part": PARTS_TAKEN,
            "proof": _named(PROOFS_TAKEN),
        },
    )


def read_part(vector: Vector) -> ranges.Range:
    """Reads a part that carries a range."""
    detail = {"device": A, "first": 1, "count": vector["count"], "raw": vector["raw"]}
    data = bytes.fromhex(vector["bytes"])
    return ranges.unpack(data, Part(manifest.FEED, len(data), b"", detail))
