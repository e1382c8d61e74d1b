"""Vectors of acts of the membership: of their form, and of logs that no reader may take.

`act`: one act, its signature nothing (only the form is read). `log`: acts of `workspace` to add to
those of a log that is known (`known_logs`, by its name; none where it is empty).
"""

from __future__ import annotations

from typing import Any

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import (
    ADMINISTRATOR,
    COORDINATOR,
    RESEARCHER,
    Log,
    acts,
    limits,
)
from defenderdesk.crypto import canonical
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.ledger import feeds
from tests.bundle.people import DESK, NONCE, OTHER, RECIPIENT, Person, admission, founder

Vector = dict[str, Any]
WHO, PARENT = b"A" * 16, b"P" * 32
CUT = [b"F" * 16, 3, b"H" * 32, b"s" * 64]
FORMS: dict[str, list[Any]] = {
    acts.FOUND: [b"k" * 32, RECIPIENT, "Olga", "laptop", NONCE, "Network"],
    acts.DESK: [DESK, b"n" * 16],
    acts.ADMIT: [b"k" * 32, RECIPIENT, "Amina", "", RESEARCHER, [DESK], 0, b"s" * 64],
    acts.ROLE: [WHO, RESEARCHER],
    acts.GRANT: [WHO, DESK],
    acts.WITHDRAW: [WHO, DESK],
    acts.REMOVE: [WHO, True],
    acts.ROTATE: [DESK, 1, b"n" * 16, [CUT]],
    acts.ACCEPT: [DESK, CUT],
    acts.QUORUM: [2],
    acts.ADMISSIONS: [2],
    acts.ENDORSE: [PARENT],
    acts.SUCCEED: [b"k" * 32, RECIPIENT, b"s" * 64],
    acts.TRAVEL: [],
    acts.RETURN: [WHO],
}
"""One detail in order per kind; each wrong one below differs from it in one place."""
_LONG = "n" * (limits.MAX_NAME + 1)
WRONG: dict[str, dict[int, list[Any]]] = {
    acts.FOUND: {
        0: [b"k" * 31, "k" * 32],
        1: [RECIPIENT[1:], "r"],
        2: [_LONG, b"Olga"],
        3: [_LONG, 1],
        4: [NONCE[1:], "n" * 16],
        5: [_LONG, None],
    },
    acts.DESK: {0: [b"d" * 17, "d" * 16], 1: [b"n" * 15]},
    acts.ADMIT: {
        0: [b"k" * 33],
        1: [RECIPIENT + b"r"],
        2: [_LONG],
        3: [7],
        4: ["founder", "", 1],
        5: [DESK, [DESK[1:]], [1], [DESK] * (limits.MAX_DESKS + 1)],
        6: [-1, 2**48, True, "0"],
        7: [b"s" * 63, "s" * 64],
    },
    acts.ROLE: {0: [b"A" * 15], 1: ["Administrator", [], None]},
    acts.GRANT: {0: ["A" * 16], 1: [DESK + b"d"]},
    acts.WITHDRAW: {0: [b""], 1: [b""]},
    acts.REMOVE: {0: [b"A" * 17], 1: [1, None]},
    acts.ROTATE: {
        0: [DESK[1:]],
        1: [-1, 2**31, True],
        2: [b"n" * 17],
        3: [
            CUT,
            [[]],
            [CUT[:3]],
            [[*CUT, 1]],
            [[b"F" * 15, *CUT[1:]]],
            [[CUT[0], -1, *CUT[2:]]],
            [[CUT[0], 2**40, *CUT[2:]]],
            [[CUT[0], True, *CUT[2:]]],
            [[*CUT[:2], b"H" * 31, CUT[3]]],
            [[*CUT[:3], b""]],
            [[*CUT[:3], b"s" * 63]],
            [[CUT[0], 0, *CUT[2:]]],
            [{}],
            None,
        ],
    },
    acts.ACCEPT: {
        0: [DESK[1:]],
        1: [{"a": 1, "b": 2, "c": 3, "d": 4}, [CUT], [CUT[0], 0, CUT[2], CUT[3]], [*CUT[:3], b""]],
    },
    acts.QUORUM: {0: [-1, 100, True, "2"]},
    acts.ADMISSIONS: {0: [-1, 100, False]},
    acts.ENDORSE: {0: [PARENT[1:], PARENT + b"P"]},
    acts.SUCCEED: {0: [b"k" * 31], 1: [RECIPIENT[1:]], 2: [b"s" * 65]},
    acts.RETURN: {0: [b"A" * 15, "A" * 16]},
}
"""Kind → place → what may not stand there."""


def statement(kind: object, detail: object, other: dict[str, object] | None = None) -> bytes:
    """An act whose signature is nothing; `other`: what stands in the place of what is right."""
    whole = {
        "version": 1,
        "workspace": b"W" * 16,
        "kind": kind,
        "parents": [PARENT],
        "author": WHO,
        "when": 1,
        "detail": detail,
        **(other or {}),
    }
    return bytes(64) + canonical.encode(list(whole.values()))


def _acts_refused() -> list[Vector]:
    out: list[tuple[str, bytes, str]] = []
    for kind, places in WRONG.items():
        for place, values in places.items():
            for number, value in enumerate(values, 1):
                detail = list(FORMS[kind])
                detail[place] = value
                why = f"{kind}: item {place} of its detail, {number}"
                out.append((why, statement(kind, detail), "damaged"))
    for kind, detail in FORMS.items():
        out.append((f"{kind}: an item too many", statement(kind, [*detail, 1]), "damaged"))
        if detail:
            out.append((f"{kind}: an item too few", statement(kind, detail[:-1]), "damaged"))
    right = FORMS[acts.ROLE]
    whole = canonical.decode(statement(acts.ROLE, right)[64:])
    for why, other, error in (
        ("version 0", {"version": 0}, "damaged"),
        ("a version of text", {"version": "1"}, "damaged"),
        ("a version of true", {"version": True}, "damaged"),
        ("a later version", {"version": 2}, "newer"),
        ("a workspace of 15 bytes", {"workspace": b"W" * 15}, "damaged"),
        ("a workspace of text", {"workspace": "W" * 16}, "damaged"),
        ("a kind of bytes", {"kind": b"role"}, "damaged"),
        ("an unknown kind", {"kind": "banish"}, "newer"),
        ("parents that are no list", {"parents": PARENT}, "damaged"),
        ("a parent of 31 bytes", {"parents": [PARENT[1:]]}, "damaged"),
        ("a parent of text", {"parents": ["P" * 32]}, "damaged"),
        ("a parent twice", {"parents": [PARENT, PARENT]}, "damaged"),
        ("parents out of order", {"parents": [b"Q" * 32, PARENT]}, "damaged"),
        ("65 parents", {"parents": [bytes([n]) * 32 for n in range(65)]}, "damaged"),
        ("an author of 17 bytes", {"author": WHO + b"A"}, "damaged"),
        ("an author of text", {"author": "A" * 16}, "damaged"),
        ("a negative time", {"when": -1}, "damaged"),
        ("a time of 49 bits", {"when": 2**48}, "damaged"),
        ("a time of true", {"when": True}, "damaged"),
        ("a detail of text", {"detail": "ab"}, "damaged"),
        ("a detail in a map", {"detail": {"0": WHO, "1": RESEARCHER}}, "damaged"),
    ):
        out.append((why, statement(acts.ROLE, right, other), error))
    out += [
        ("nothing", b"", "damaged"),
        ("a signature alone", bytes(64), "damaged"),
        ("six items", bytes(64) + canonical.encode(whole[:-1]), "damaged"),
        ("eight items", bytes(64) + canonical.encode([*whole, 1]), "damaged"),
        ("no list", bytes(64) + canonical.encode({}), "damaged"),
        ("an empty list", bytes(64) + canonical.encode([]), "damaged"),
        ("bytes behind the end", statement(acts.ROLE, right) + b"\x00", "damaged"),
    ]
    return [{"why": why, "bytes": data, "error": error} for why, data, error in out]


def _acts_taken() -> list[Vector]:
    out = [(kind, statement(kind, detail)) for kind, detail in FORMS.items()]
    zero = [CUT[0], 0, CUT[2], b""]
    out += [
        ("a name of 200 characters", statement(acts.FOUND, [*FORMS[acts.FOUND][:5], "n" * 200])),
        ("an end before the first change set", statement(acts.ACCEPT, [DESK, zero])),
        ("no ends", statement(acts.ROTATE, [DESK, 2**31 - 1, b"n" * 16, []])),
        ("the last end", statement(acts.ACCEPT, [DESK, [CUT[0], 2**40 - 1, *CUT[2:]]])),
        ("no parents", statement(acts.TRAVEL, [], {"parents": []})),
        ("64 parents", statement(acts.TRAVEL, [], {"parents": [bytes([n]) * 32 for n in range(64)]})),
        ("the first time", statement(acts.TRAVEL, [], {"when": 0})),
        ("the last time", statement(acts.TRAVEL, [], {"when": 2**48 - 1})),
        ("the greatest quorum", statement(acts.QUORUM, [99])),
        (
            "history from the last moment",
            statement(acts.ADMIT, [*FORMS[acts.ADMIT][:6], 2**48 - 1, b"s" * 64]),
        ),
    ]
    return [{"why": why, "bytes": data, "error": None} for why, data in out]


# -- logs -----------------------------------------------------------------------------------------


class Office:
    """Olga founded it; a coordinator, a desk officer, a researcher of the desk."""

    def __init__(self) -> None:
        self.olga = founder("Olga")
        self.people = {
            role: Person(role.title()) for role in (ADMINISTRATOR, COORDINATOR, "desk officer", RESEARCHER)
        }
        self.olga.act(acts.QUORUM, 1)
        for role, person in self.people.items():
            self.olga.admit(person, role)
        for person in self.people.values():
            person.log.add(a.data for a in self.olga.log.acts)

    @property
    def log(self) -> Log:
        assert self.olga.log is not None
        return self.olga.log

    def __getitem__(self, role: str) -> Person:
        return self.people[role]

    def wrong(
        self, who: Person | SigningKey, kind: str, *detail: object, parents: tuple[bytes, ...] | None = None
    ) -> list[bytes]:
        """One act more than is known."""
        key = who if isinstance(who, SigningKey) else who.key
        heads = self.log.heads if parents is None else parents
        return [acts.make(key, self.log.workspace, kind, heads, 1, detail)]


def _logs() -> tuple[list[Vector], list[Vector]]:
    refused: list[Vector] = []
    taken: list[Vector] = []
    it = Office()
    workspace = it.log.workspace
    olga, field = it.olga, it[RESEARCHER]
    stranger = Person("Stranger")
    asked = admission(workspace, stranger.key, "Stranger")
    end = b"H" * 32

    def cut(who: Person, said: bytes = end, by: Person | None = None) -> list[object]:
        return [who.id, 3, end, (by or who).key.sign(feeds.SIGNATURE, said)]

    def add(
        why: str, items: list[bytes], right: bool = False, of: bytes = workspace, known: str = "office"
    ) -> None:
        error = None if right else "damaged"
        one = {"why": why, "workspace": of, "known": known, "acts": items, "error": error}
        (taken if right else refused).append(one)

    for role in (ADMINISTRATOR, COORDINATOR):
        add(f"a {role} says that a traveller is back", it.wrong(it[role], acts.RETURN, field.id), True)
    for role in ("desk officer", RESEARCHER):
        add(f"a {role} says that a traveller is back", it.wrong(it[role], acts.RETURN, olga.id))
    add(
        "a coordinator says of themselves that they are back",
        it.wrong(it[COORDINATOR], acts.RETURN, it[COORDINATOR].id),
    )
    add("somebody unknown is said to be back", it.wrong(olga, acts.RETURN, stranger.id))
    add("everybody may travel", it.wrong(field, acts.TRAVEL), True)
    add("who is not of the workspace travels", it.wrong(stranger, acts.TRAVEL))
    add(
        "an end that the device signed",
        it.wrong(olga, acts.ROTATE, DESK, 1, b"n" * 16, [cut(field)]),
        True,
    )
    add(
        "an end with the signature of another device",
        it.wrong(olga, acts.ROTATE, DESK, 1, b"n" * 16, [cut(field, by=it[COORDINATOR])]),
    )
    add(
        "an end with the signature of whoever states it",
        it.wrong(olga, acts.ROTATE, DESK, 1, b"n" * 16, [cut(field, by=olga)]),
    )
    add(
        "an end with a signature over another hash",
        it.wrong(olga, acts.ROTATE, DESK, 1, b"n" * 16, [cut(field, b"G" * 32)]),
    )
    add(
        "the second of two ends has a wrong signature",
        it.wrong(olga, acts.ROTATE, DESK, 1, b"n" * 16, [cut(field), cut(it[COORDINATOR], by=field)]),
    )
    add(
        "work is accepted up to an end with a signature of another",
        it.wrong(olga, acts.ACCEPT, DESK, cut(field, by=olga)),
    )
    add(
        "work is accepted up to an end that the device signed",
        it.wrong(olga, acts.ACCEPT, DESK, cut(field)),
        True,
    )
    for role in (COORDINATOR, "desk officer", RESEARCHER):
        add(f"a {role} accepts work", it.wrong(it[role], acts.ACCEPT, DESK, cut(field)))
        add(f"a {role} lets somebody in", it.wrong(it[role], acts.ADMIT, *asked))
        add(f"a {role} grants a desk", it.wrong(it[role], acts.GRANT, field.id, OTHER))
        add(f"a {role} changes how many must agree", it.wrong(it[role], acts.QUORUM, 1))
        add(f"a {role} makes a desk", it.wrong(it[role], acts.DESK, OTHER, b"n" * 16))
    add("an administrator demotes themselves", it.wrong(olga, acts.ROLE, olga.id, RESEARCHER))
    add(
        "an admission that the device did not agree to",
        it.wrong(olga, acts.ADMIT, *asked[:7], olga.key.sign(b"x", b"y")),
    )
    add(
        "an admission under another name than the device agreed to",
        it.wrong(olga, acts.ADMIT, *asked[:2], "Another", *asked[3:]),
    )
    add(
        "an admission with another recipient than the device agreed to",
        it.wrong(olga, acts.ADMIT, asked[0], b"r" + RECIPIENT[1:], *asked[2:]),
    )
    add("an admission that the device agreed to", it.wrong(olga, acts.ADMIT, *asked), True)
    fresh = SigningKey(b"f" * 32)
    right = acts.succession(workspace, field.id, fresh, RECIPIENT)
    add("a device takes new keys", it.wrong(field, acts.SUCCEED, *right), True)
    add(
        "new keys that do not say so themselves",
        it.wrong(field, acts.SUCCEED, *acts.succession(workspace, olga.id, fresh, RECIPIENT)),
    )
    add(
        "a colleague's device as one's own successor",
        it.wrong(field, acts.SUCCEED, *acts.succession(workspace, field.id, olga.key, RECIPIENT)),
    )
    add(
        "a rotation by who does not hold the desk",
        it.wrong(field, acts.ROTATE, OTHER, 1, b"n" * 16, []),
    )
    add("a desk of that id for the second time", it.wrong(olga, acts.DESK, DESK, b"n" * 16))
    add("a quorum of nobody", it.wrong(olga, acts.QUORUM, 0))
    add("nobody is asked to let anybody in", it.wrong(olga, acts.ADMISSIONS, 0))
    add(
        "a harmless act is endorsed",
        it.wrong(it[ADMINISTRATOR], acts.ENDORSE, next(a.id for a in it.log.acts if a.kind == acts.DESK)),
    )
    add("an act by a stranger", it.wrong(stranger, acts.ROLE, field.id, COORDINATOR))
    add("an act that follows none", it.wrong(olga, acts.ROLE, field.id, COORDINATOR, parents=()))
    add(
        "an act that follows one that is not there",
        it.wrong(olga, acts.ROLE, field.id, COORDINATOR, parents=(b"P" * 32,)),
    )
    torn = it.wrong(olga, acts.ROLE, field.id, COORDINATOR)
    torn[-1] = bytes([torn[-1][0] ^ 1]) + torn[-1][1:]
    add("an act with a wrong signature", torn)

    # The founding: by nobody but the one whose key the workspace is named by.
    found = it.log.acts[0]
    other = Person("Other")
    detail = list(found.detail)
    add(
        "a founding act by another author",
        [other.key.sign(acts._SIGNATURE, body) + body for body in (_founding(workspace, other.id, detail),)],
        known="",
    )
    add(
        "a founding act by another key under the founder's name",
        [other.key.sign(acts._SIGNATURE, body) + body for body in (_founding(workspace, olga.id, detail),)],
        known="",
    )
    add(
        "a founding act with another nonce",
        [acts.make(olga.key, workspace, acts.FOUND, (), 1, [*detail[:4], bytes(16), detail[5]])],
        known="",
    )
    add("a founding act that follows another", it.wrong(olga, acts.FOUND, *detail[:5], "Renamed"))
    add("a second founding act", it.wrong(olga, acts.FOUND, *detail[:5], "Renamed", parents=()))
    first = [act.data for act in it.log.acts[:2]]
    add("acts of another workspace", first, of=b"X" * 16, known="")
    add("an act without what it follows", first[1:], known="")
    add("in another order than they were made", first[::-1], True, known="")
    return refused, taken


def known() -> dict[str, list[bytes]]:
    """The logs that vectors add to."""
    return {"office": [act.data for act in Office().log.acts]}


def _founding(workspace: bytes, author: bytes, detail: list[Any]) -> bytes:
    return canonical.encode([1, workspace, acts.FOUND, [], author, 1, detail])


def make() -> tuple[dict[str, list[Vector]], dict[str, list[Vector]]]:
    """(refused, taken)."""
    refused, taken = _logs()
    return {"act": _acts_refused(), "log": refused}, {"act": _acts_taken(), "log": taken}


def read_log(vector: Vector, known: dict[str, list[str]]) -> object:
    """Adds the acts of a vector to the log that it is about."""
    before = known[vector["known"]] if vector["known"] else []
    log = membership.Log(bytes.fromhex(vector["workspace"]), map(bytes.fromhex, before))
    return log.add([bytes.fromhex(one) for one in vector["acts"]])
