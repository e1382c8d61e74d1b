"""A colleague writes a record under an id that stands in a desk which is not theirs: nothing that is
meant for the one goes to the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from defenderdesk.crypto import signing
from defenderdesk.errors import NotFoundError, SameIdError
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.types import RecordKey
from tests.conftest import PASSPHRASE, Pair
from tests.worlds.cli import Cli

SECRET, FIELD = "Secret", "Great Lakes desk"


class Crossed:
    """An office with two desks; of a case of the one a record of the same id stands in the other."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.office = pair, pair.office
        self.field = self.office.info().desks[0].id
        self.secret = self.office.add_desk(SECRET).id
        self.id = self.office.new_id()
        self.office.save(
            [
                Edit(self.id, "kind", "case"),
                Edit(self.id, "title", "Who hid whom"),
                Edit(self.id, "reference", "S-1"),
            ],
            SECRET,
        )
        bait = [Edit(self.id, "kind", "case"), Edit(self.id, "title", "Bait")]
        pair.laptop.save(bait)
        pair.carry(pair.laptop, pair.office)
        self.true = RecordKey(self.id, self.secret)
        self.bait = RecordKey(self.id, self.field)

    def written_to(self, desk: str) -> int:
        """The number of change sets of the office in a desk."""
        [row] = self.office.store.reader.execute(
            "SELECT coalesce(max(held), 0) FROM feeds f JOIN desks d ON d.num = f.desk "
            "WHERE d.id = ? AND device = ?",
            (signing.id_bytes(desk), self.office.store.device),
        )
        return int(row[0])

    def reaches_the_colleague(self) -> str:
        """All that the colleague has after the next stick."""
        self.pair.carry(self.office, self.pair.laptop)
        return self.pair.dumps()[1]


@pytest.fixture
def crossed(pair: Pair) -> Crossed:
    return Crossed(pair)


def _file(tmp_path: Path) -> Path:
    path = tmp_path / "order.txt"
    path.write_text("CONFIDENTIAL order")
    return path


def _write_a_field(vault: Vault, record: str, _: Path) -> None:
    vault.save([Edit(record, "summary", "CONFIDENTIAL summary")])


def _write_a_note(vault: Vault, record: str, _: Path) -> None:
    note = vault.new_id()
    vault.save(
        [Edit(note, "kind", "note"), Edit(note, "case", record), Edit(note, "text", "CONFIDENTIAL note")]
    )


def _attach(vault: Vault, record: str, tmp_path: Path) -> None:
    vault.attach(record, _file(tmp_path))


def _look(vault: Vault, record: str, _: Path) -> None:
    vault.saw(record)


def _note_an_act(vault: Vault, record: str, _: Path) -> None:
    vault.note(record, "printed")


def _erase(vault: Vault, record: str, _: Path) -> None:
    vault.erasure.erase([record], "Asked for")


def _erase_a_field(vault: Vault, record: str, _: Path) -> None:
    vault.erasure.erase([record], "Asked for", ["title"])


def _hide(vault: Vault, record: str, _: Path) -> None:
    vault.save([Edit(record, "deleted", True)])


WAYS = [_write_a_field, _write_a_note, _attach, _look, _note_an_act, _erase, _erase_a_field, _hide]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_written_to_a_record_stays_in_its_desk(crossed: Crossed, way, tmp_path) -> None:
    before = crossed.written_to(crossed.field), crossed.written_to(crossed.secret)
    way(crossed.office, crossed.true, tmp_path)
    assert crossed.written_to(crossed.field) == before[0]
    assert crossed.written_to(crossed.secret) == before[1] + 1
    assert crossed.office.get(crossed.bait).text("title") == "Bait"
    got = crossed.reaches_the_colleague()
    assert "CONFIDENTIAL" not in got and "hid whom" not in got


@pytest.mark.parametrize("way", WAYS)
def test_a_bare_id_that_several_desks_hold_is_asked_back_and_nothing_written(
    crossed: Crossed, way, tmp_path
) -> None:
    before = crossed.written_to(crossed.field), crossed.written_to(crossed.secret)
    with pytest.raises(SameIdError) as caught:
        way(crossed.office, crossed.id, tmp_path)
    assert f"{crossed.id}@{SECRET}" in caught.value.facts["desks"]
    assert (crossed.written_to(crossed.field), crossed.written_to(crossed.secret)) == before


READS = [
    lambda vault, record: vault.get(record).text("title"),
    lambda vault, record: [entry.value for entry in vault.history(record) if entry.field == "title"],
    lambda vault, record: vault.standing(record, "title"),
    lambda vault, record: vault.views.casefile(record).case["title"],
    lambda vault, record: vault.views.place_of(record)[0].desk,
    lambda vault, record: [p.record.text("title") for p in vault.views.placed([record])],
    lambda vault, record: [b.title for b in vault.views.titles([record]).values()],
    lambda vault, record: vault.chain(record).record.text("title"),
]


@pytest.mark.parametrize("read", READS)
def test_what_is_read_is_of_the_desk_that_is_meant(crossed: Crossed, read) -> None:
    secret, bait = read(crossed.office, crossed.true), read(crossed.office, crossed.bait)
    assert "Who hid whom" in secret or secret == crossed.secret
    assert "Bait" in bait or bait == crossed.field
    with pytest.raises(SameIdError):
        read(crossed.office, crossed.id)


def test_a_person_names_the_one_or_the_other_by_its_desk(crossed: Crossed) -> None:
    office = crossed.office
    assert office.resolve(f"{crossed.id}@{SECRET}") == crossed.true
    assert office.resolve(f"{crossed.id[:8]}@{FIELD}") == crossed.bait
    assert office.resolve("S-1") == crossed.true
    with pytest.raises(SameIdError):
        office.resolve(crossed.id)
    with pytest.raises(NotFoundError):
        office.resolve(f"{crossed.id}@Elsewhere")


def test_lists_and_search_show_each_as_what_it_is(crossed: Crossed) -> None:
    hits = {hit.title: hit.id.desk for hit in crossed.office.search("who")} | {
        hit.title: hit.id.desk for hit in crossed.office.search("bait")
    }
    assert hits == {"Who hid whom": crossed.secret, "Bait": crossed.field}
    rows = crossed.office.cases(CaseFilter(), 0, 10)
    assert {(row.title, row.id.desk) for row in rows} == {
        ("Who hid whom", crossed.secret),
        ("Bait", crossed.field),
    }


def test_what_a_colleague_calls_a_part_of_the_case_is_none(crossed: Crossed) -> None:
    laptop, office = crossed.pair.laptop, crossed.office
    event = laptop.new_id()
    laptop.save(
        [Edit(event, "kind", "event"), Edit(event, "case", crossed.id), Edit(event, "date", "2026-05-01")]
    )
    laptop.save([Edit(crossed.id, "deleted", True)])
    crossed.pair.carry(laptop, office)
    assert office.children(crossed.true) == []
    assert not office.get(crossed.true).deleted and office.get(crossed.bait).deleted
    assert office.views.days_of(crossed.true) == []
    task = office.new_id()
    office.save(
        [
            Edit(task, "kind", "task"),
            Edit(task, "case", crossed.true),
            Edit(task, "title", "Move them"),
            Edit(task, "due", "2026-12-01"),
        ]
    )
    [day] = office.views.days("2026-11-01", "2026-12-31")
    assert day.record.id.desk == crossed.secret and day.of is not None and day.of.title == "Who hid whom"


def test_what_is_linked_is_of_the_linking_records_desk(crossed: Crossed) -> None:
    laptop, office = crossed.pair.laptop, crossed.office
    nora = office.new_id()
    office.save([Edit(nora, "kind", "person"), Edit(nora, "name", "Nora Ali")], SECRET)
    one = office.new_id()
    office.save(
        [Edit(one, "kind", "involvement"), Edit(one, "case", crossed.true), Edit(one, "person", nora)], SECRET
    )
    laptop.save([Edit(nora, "kind", "person"), Edit(nora, "name", "Bait person")])
    crossed.pair.carry(laptop, office)
    file = office.views.casefile(crossed.true)
    assert [p["name"] for p in file.of("person")] == ["Nora Ali"]
    [linked] = office.views.linked(RecordKey(nora, crossed.secret))
    assert linked[1].record.id == RecordKey(one, crossed.secret)
    assert office.views.linked(RecordKey(nora, crossed.field)) == []
    [link] = [r for r in office.children(crossed.true) if r.kind == "involvement"]
    assert office.get(link.fields["person"]).text("name") == "Nora Ali"


def test_a_case_is_moved_out_of_its_own_desk(crossed: Crossed) -> None:
    third = crossed.office.add_desk("Third").id
    there, _ = crossed.office.casework.carry(crossed.true, third, move=True)
    assert crossed.office.get(there).text("title") == "Who hid whom"
    assert crossed.office.get(crossed.true).deleted and not crossed.office.get(crossed.bait).deleted


def test_a_conflict_is_settled_where_it_stands(crossed: Crossed) -> None:
    office, laptop = crossed.office, crossed.pair.laptop
    crossed.pair.carry(office, laptop)
    office.save([Edit(crossed.bait, "summary", "one")])
    laptop.save([Edit(crossed.id, "summary", "two")])
    crossed.pair.carry(laptop, office)
    [conflict] = office.conflicts()
    assert conflict.record == crossed.bait
    before = crossed.written_to(crossed.secret)
    office.settle(conflict.id, "both")
    assert office.get(crossed.bait).text("summary") == "both" and office.conflicts() == []
    assert crossed.written_to(crossed.secret) == before


def test_the_key_of_a_desk_that_left_does_not_mean_another_desks_record(crossed: Crossed) -> None:
    gone = RecordKey(crossed.id, signing.id_text(bytes(16)))
    with pytest.raises(NotFoundError):
        crossed.office.save([Edit(gone, "summary", "CONFIDENTIAL")])
    with pytest.raises(NotFoundError):
        crossed.office.get(gone)


def test_early_warning_counts_each_under_its_own_case(crossed: Crossed) -> None:
    office, laptop = crossed.office, crossed.pair.laptop
    office.save([Edit(crossed.true, "country", "UG")])
    laptop.save([Edit(crossed.id, "country", "KE")])
    laptop.save([Edit(crossed.id, "deleted", True)])
    crossed.pair.carry(laptop, office)
    charge = office.new_id()
    other = office.new_id()
    office.save([Edit(other, "kind", "case"), Edit(other, "title", "Other")], SECRET)
    for case, record in ((crossed.true, charge), (other, office.new_id())):
        office.save(
            [Edit(record, "kind", "charge"), Edit(record, "case", case), Edit(record, "offence", "x")]
        )
    [pattern] = office.views.patterns("charge.offence")
    assert pattern.cases == 2, "a record of the same id that somebody hid elsewhere hides nothing"
    assert office.early_warning().run(date(2026, 11, 30)).cases == 2


def test_verify_finds_ids_that_several_desks_hold(crossed: Crossed) -> None:
    found = crossed.office.receiving.verify()
    assert found.problems == [] and found.sound
    assert found.crossed == [f"{crossed.id}: {FIELD}, {SECRET}"]


def test_the_command_line_asks_which_one_is_meant(crossed: Crossed, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("DEFENDERDESK_PASSPHRASE", PASSPHRASE)
    profile = crossed.office.profile
    crossed.office.close()
    cli = Cli(profile.parent, capsys)
    cli(profile.name, "set", crossed.id, "summary", "CONFIDENTIAL", code=2)
    assert f"{crossed.id}@{SECRET}" in cli.err and f"{crossed.id}@{FIELD}" in cli.err
    cli(profile.name, "new", "note", "--case", crossed.id, "text=CONFIDENTIAL", code=2)
    cli(profile.name, "attach", crossed.id[:8], _file(tmp_path), code=2)
    named = f"{crossed.id}@{SECRET}"
    cli(profile.name, "set", named, "summary", "kept")
    cli(profile.name, "new", "note", "--case", named, "text=kept")
    shown = cli(profile.name, "show", named, "--json")
    assert shown["fields"]["summary"] == "kept" and shown["desk"] == crossed.secret
    assert shown["same_id_in"] == [FIELD] and FIELD in cli(profile.name, "show", named)
    assert cli(profile.name, "verify", profile, "--json")["crossed"] == [f"{crossed.id}: {FIELD}, {SECRET}"]


def test_an_erasure_leaves_no_word_in_another_desk_that_names_the_id(crossed: Crossed) -> None:
    """A share's record of the other desk that notes the same id is nothing of it."""
    office = crossed.office
    share = office.new_id()
    office.save(
        [
            Edit(share, "kind", "share"),
            Edit(share, "case", crossed.bait),
            Edit(share, "content", {crossed.id: {"title": "a digest"}}),
        ]
    )
    before = crossed.written_to(crossed.field)
    office.erasure.erase([crossed.true], "Asked for")
    assert crossed.written_to(crossed.field) == before
    assert office.get(share).fields["content"] == {crossed.id: {"title": "a digest"}}
