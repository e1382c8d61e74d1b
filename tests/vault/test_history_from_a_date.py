"""What goes along of a desk's history from a day on, and what does not."""

from __future__ import annotations

import pytest

from defenderdesk.crypto import signing
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.replication import history_cut_off
from defenderdesk.vault.storage.chunks import Chunk, chunks_value
from tests.worlds.edits import make
from tests.worlds.records import new_case

SINCE = 1_750_000_000_000
STAMP = SINCE << 16


def since(vault: Vault, **records: str) -> set[str]:
    """The names of those among `records` that go along."""
    found = history_cut_off.records_since(vault.store.reader, 1, SINCE)
    assert history_cut_off.records_since(vault.store.reader, 2, SINCE) == frozenset()
    return {name for name, record in records.items() if signing.id_bytes(record) in found}


def worked_on(vault: Vault, stamp: int, *records: str, case_too: bool = True) -> None:
    with vault.store.writing() as conn:
        for record in records:
            raw = signing.id_bytes(record)
            conn.execute("UPDATE records SET updated = ? WHERE id = ?", (stamp, raw))
            if case_too:
                conn.execute(
                    "UPDATE cases SET updated = ? WHERE num = (SELECT num FROM records WHERE id = ?)",
                    (stamp, raw),
                )


def test_cases_and_what_stands_alone_go_by_the_day(vault: Vault) -> None:
    cases = [new_case(vault, title) for title in ("exactly", "before", "with")]
    alone = [make(vault, "task", title=title) for title in ("exactly", "before")]
    term = make(vault, "term", code="x")
    worked_on(vault, STAMP, cases[0], alone[0])
    worked_on(vault, STAMP - 1, cases[1], cases[2], alone[1], term)
    event = make(vault, "event", case=cases[2])  # the case was worked on with it
    worked_on(vault, STAMP - 1, cases[2], event, case_too=False)
    assert since(vault, exactly=cases[0], before=cases[1], with_=cases[2], event=event) == {
        "exactly", "with_", "event",
    }  # fmt: skip
    assert since(vault, exactly=alone[0], before=alone[1]) == {"exactly"}
    assert since(vault, term=term) == {"term"}, "what an office set up always goes along"


def test_what_belongs_to_them_goes_with_them(vault: Vault) -> None:
    new, old = new_case(vault, "New"), new_case(vault, "Old")
    events = {name: make(vault, "event", case=case) for name, case in (("new", new), ("old", old))}
    photos = {name: make(vault, "attachment", of=event) for name, event in events.items()}
    assert vault.store.reader.execute("SELECT count(*) FROM records WHERE parent IS NULL").fetchone()[0] == 2
    worked_on(vault, STAMP - 1, old, events["new"], photos["new"])
    for name in ("new", "old"):
        taken = {name} if name == "new" else set()
        assert since(vault, **{name: events[name]}) == since(vault, **{name: photos[name]}) == taken


def test_persons_go_with_those_who_name_them(vault: Vault) -> None:
    named, listed, other, of_old = (make(vault, "person", name=name) for name in "abcd")
    body = make(vault, "organisation", name="Body")
    note = make(vault, "event", case=named)
    case = new_case(vault, "New", lead=named)
    vault.save([Edit(case, "others", ["!" * 26, listed, 5]), Edit(case, "body", body, "add")])
    vault.save([Edit(case, "odd", "!" * 26), Edit(case, "self", case), Edit(case, "long", named + "a")])
    for name in "xyz":  # each by another record
        new_case(vault, "New", lead=(person := make(vault, "person", name=name)))
        assert since(vault, person=person) == {"person"}
    old = new_case(vault, "Old", lead=of_old)
    worked_on(vault, STAMP - 1, old)
    everybody = {
        "named": named,
        "listed": listed,
        "other": other,
        "of_old": of_old,
        "body": body,
        "note": note,
    }
    assert since(vault, **everybody) == {"named", "listed", "body", "note"}


def test_the_way_up_is_bounded() -> None:
    """Whoever lets records belong to each other in a circle holds nobody up."""
    names = [bytes([n]) * 16 for n in range(12)]
    chain: dict[bytes, bytes | None] = dict(zip(names, [*names[1:], None], strict=True))
    assert history_cut_off._top(names[3], chain) == names[11]
    assert history_cut_off._top(names[4], chain) == names[11]
    assert history_cut_off._top(names[2], chain) == names[10]
    assert history_cut_off._top(names[0], {names[0]: names[0]}) == names[0]
    assert history_cut_off._top(b"alone", {}) == b"alone"


@pytest.mark.parametrize("wrong", ["rubbish", [["a", "b", "c"]], None])
def test_the_chunks_of_these_attachments_and_no_others(vault: Vault, wrong: object) -> None:
    names = [bytes([n]) * 32 for n in range(3)]
    values = [chunks_value([Chunk(name, b"k" * 32, 5)]) for name in names]
    one, two = (make(vault, "attachment") for _ in range(2))
    vault.save([Edit(one, "chunks", values[0]), Edit(two, "chunks", values[1])])
    other = make(vault, "event")
    vault.save([Edit(other, "chunks", values[2])])
    odd = make(vault, "attachment")
    vault.save([Edit(odd, "chunks", wrong)])  # type: ignore[arg-type]
    conn = vault.store.reader

    def of(*records: str) -> set[bytes]:
        return history_cut_off.chunks_of(conn, 1, frozenset(map(signing.id_bytes, records)))

    assert of(one, other, odd) == {names[0]} and of(one, two) == {names[0], names[1]} and of() == set()
    assert history_cut_off.chunks_of(conn, 2, frozenset([signing.id_bytes(one)])) == set()
