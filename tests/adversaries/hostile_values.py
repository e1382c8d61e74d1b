"""What a colleague with valid keys and bad intentions may write: records of every kind with values
that no form would give, among good ones, so that they get far into the program."""

from __future__ import annotations

import random
from collections.abc import Iterator

from defenderdesk.crypto import signing
from defenderdesk.domain import custody, kinds, vocabulary
from defenderdesk.domain.kinds import KINDS, Field, Type
from defenderdesk.domain.values import Value
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import ADD, NOTE, SET, Change

EACH = 3
"""Records of each kind."""
_DEEP: Value = []
for _ in range(12):  # what stands around it counts as well
    _DEEP = [_DEEP]
HOSTILE: tuple[Value, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    "",
    " ",
    "x" * 3000,
    "\u202eevil\u202c",
    "a\0b",
    "\n\r\t",
    "\ufeff",
    _DEEP,
    {"a": {"b": []}},
    {"": ""},
    ["a", 1, None, {}],
    [],
    {},
    "no id",
    "2024-13-45",
    "2024-02-30",
    "9999-12-31",
    "0000-00-00",
    "~2024",
    "0001-01-01",
    "<b>html</b><img src=x>",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "{placeholder}{0}",
    "%s%n",
    "=cmd|' /C calc'!A0",
    "NaN",
    "1e999",
    "../../etc",
    "CON",
    "a/b\\c",
    "2024-05-01T25:61:00",
    "2024-05-01T10:00:00+99:00",
    "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00+14:00",
    "24:00",
    "10:00 Mars/Base",
)
_GOOD: dict[Type, tuple[Value, ...]] = {
    Type.TEXT: ("Some words", "مدافع عن حقوق الإنسان"),
    Type.PARAGRAPH: ("Some words.\n\nMore of them.",),
    Type.DATE: ("2026-11-25", "2026-11", "2026", "~2025-01-01", ">2026-12-01"),
    Type.TIME: ("10:00", "23:59"),
    Type.INTEGER: (0, 1, 3, 2026, 10**9),
    Type.FLAG: (True, False),
    Type.URL: ("https://example.org/",),
    Type.COUNTRY: ("UG", "FR", "XX"),
    Type.LANGUAGE: ("en", "fr", "ar"),
}


class Mole:
    """Writes such records. `present`: the records (id → kind) that are there already: they are
    linked to, and written into. `made`: what it made."""

    def __init__(self, seed: int, present: dict[bytes, str]) -> None:
        self.chance, self.present = random.Random(seed), present
        self.made = {self.chance.randbytes(16): kind for kind in KINDS for _ in range(EACH)}
        self._of: dict[str, list[bytes]] = {}
        for record, kind in (self.made | present).items():
            self._of.setdefault(kind, []).append(record)

    def feed(self, device: bytes, now: int) -> list[feeds.ChangeSet]:
        """Its own feed, from the beginning."""
        chance = self.chance
        written = [*self.made, *chance.sample(sorted(self.present), min(25, len(self.present)))]
        groups = [list(self._record(record)) for record in written]
        return [
            feeds.ChangeSet(
                *changes.make(
                    group,
                    device,
                    seq,
                    chance.choice([now + seq, now + seq, 0, 2**63]),
                    chance.randbytes(16),
                )
            )
            for seq, group in enumerate(filter(None, groups), 1)
        ]

    def _record(self, record: bytes) -> Iterator[Change]:
        chance = self.chance
        kind = self.made.get(record) or self.present[record]
        if record in self.made or chance.random() < 0.1:
            name: Value = kind if chance.random() < 0.93 else chance.choice(HOSTILE)
            yield Change(record, kinds.KIND, SET, name)
        for field in kinds.kind_of(kind).fields:
            if chance.random() < 0.25:
                continue
            op = ADD if field.many else SET
            if chance.random() < 0.08:
                op = chance.choice([SET, ADD, NOTE])
            for _ in range(chance.choice([1, 1, 2, 3]) if op == ADD else 1):
                yield Change(record, field.name, op, self._value(field))
        for every, odds in ((kinds.WITHHELD, 0.2), (kinds.ORIGIN, 0.2)):
            if chance.random() < odds:
                op = chance.choice([ADD, ADD, SET])
                yield Change(record, every, op, self._any(kinds.WHOLE, "name"))
        if chance.random() < 0.1:
            yield Change(record, kinds.DELETED, chance.choice([SET, ADD]), chance.choice(HOSTILE))
        if chance.random() < 0.2:
            act = chance.choice(list(custody.ACTS))
            shapes: list[Value] = [{"act": act, "x": 1}, [act, {"package": chance.choice(HOSTILE)}]]
            yield Change(record, custody.FIELD, chance.choice([NOTE, NOTE, SET, ADD]), self._any(*shapes))
        if chance.random() < 0.1:
            yield Change(record, "unknown_field", SET, chance.choice(HOSTILE))

    def _any(self, *good: Value) -> Value:
        link = signing.id_text(self.chance.choice([*self.made, *self.present]))
        return self.chance.choice([*good, link, *HOSTILE])

    def _value(self, field: Field) -> Value:
        chance = self.chance
        if (odds := chance.random()) > 0.65:
            return chance.choice(HOSTILE)
        if field.type is Type.LINK and odds < 0.55:
            of = [one for kind in field.links for one in self._of.get(kind, ())]
            return signing.id_text(chance.choice(of or [*self.made]))
        if field.type is Type.TERM and odds < 0.55:
            return chance.choice([*vocabulary.terms(field.terms), "no term"])
        return chance.choice(_GOOD.get(field.type, HOSTILE)) if odds < 0.55 else self._any()
