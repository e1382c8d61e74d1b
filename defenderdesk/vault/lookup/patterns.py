"""The same value in several cases: a judge, a court, an article of a law."""

from __future__ import annotations

from defenderdesk.ledger.merge import State
from defenderdesk.vault.storage.database import Connection, guard
from defenderdesk.vault.types import Pattern


def found(conn: Connection, field: str, least: int, limit: int) -> list[Pattern]:
    """Values of a fact that stand in at least so many cases, the most common first."""
    with guard():
        rows = conn.execute(
            "SELECT value, count(DISTINCT parent) AS n FROM facts WHERE field = ? "
            "AND parent NOT IN (SELECT num FROM records INDEXED BY records_hidden WHERE deleted = 1) "
            "GROUP BY value HAVING n >= ? ORDER BY n DESC, value LIMIT ?",
            (field, least, limit),
        ).fetchall()
    return [_pattern(conn, field, value, count) for value, count in rows]


def _pattern(conn: Connection, field: str, value: str, count: int) -> Pattern:
    """A pattern as its first record writes it. The records themselves: `Views.by_fact`."""
    with guard():
        row = conn.execute(
            "SELECT r.state FROM facts f JOIN records r ON r.num = f.num "
            "WHERE f.field = ? AND f.value = ? ORDER BY f.num LIMIT 1",
            (field, value),
        ).fetchone()
    shown = value
    if row:
        fields = State.unpack(row[0]).registers()
        names = ("law", "article") if field == "charge.law" else (field.partition(".")[2],)
        shown = " ".join(str(fields[n]) for n in names if fields.get(n)) or value
    return Pattern(field, value, shown, count)
