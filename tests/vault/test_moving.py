"""Desks are compartments: a case is moved or copied, and nothing else comes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.domain import kinds
from defenderdesk.errors import NotFoundError, UsageError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync.bundles import receiving
from defenderdesk.sync.enrolment import approval, invitation, join_request
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.casework import transfer
from defenderdesk.vault.receiving import verification
from tests.conftest import MakeVault
from tests.worlds.records import new_case


@pytest.fixture
def office(vault: Vault) -> Vault:
    """Two desks; a case with a person, an event, an attachment, and another case."""
    vault.add_desk("Sahel desk")
    return vault


@pytest.fixture
def case(office: Vault, tmp_path: Path) -> str:
    case = new_case(office, "Threats")
    office.save([Edit(case, "summary", "An old sentence")])
    office.save([Edit(case, "summary", "As it stands"), Edit(case, "tags", "urgent", "add")])
    person, involvement, event = (office.new_id() for _ in range(3))
    office.save([Edit(person, "kind", "person"), Edit(person, "name", "Aïssata")])
    office.save(
        [
            Edit(involvement, "kind", "involvement"),
            Edit(involvement, "case", case),
            Edit(involvement, "person", person),
        ]
    )
    office.save([Edit(event, "kind", "event"), Edit(event, "case", case), Edit(event, "title", "E")])
    (tmp_path / "photo").write_bytes(b"p" * 10_000)
    office.attach(event, tmp_path / "photo")
    other = new_case(office, "Unrelated secret")
    office.save([Edit(other, "summary", "Unrelated")])
    return case


def sahel(office: Vault, make_vault: MakeVault, folder: Path) -> Vault:
    """A laptop that holds the other desk only."""
    made = make_vault("sahel", found=False)
    folder.mkdir()
    invitation.invite(office, folder / "i", "Sahel desk")
    join_request.join(made, folder / "i", "Bako", folder / "j")
    approval.approve(office, folder / "j", folder / "f")
    receiving.receive(made, folder / "f")
    return made


def test_a_moved_case_is_whole_and_nothing_else_comes_along(
    office: Vault, case: str, make_vault: MakeVault, tmp_path: Path
) -> None:
    there, change = transfer.carry(office.store, case, "Sahel desk", move=True)
    assert change.change_set
    laptop = sahel(office, make_vault, tmp_path / "s")
    assert [row.title for row in laptop.cases(CaseFilter(), 0, 9)] == ["Threats"]
    moved = laptop.get(there)
    assert moved.fields["summary"] == "As it stands" and moved.sets["tags"] == ["urgent"]
    [involvement] = laptop.children(there, "involvement")
    assert laptop.get(str(involvement.fields["person"])).fields["name"] == "Aïssata"
    [event] = laptop.children(there, "event")
    [attachment] = laptop.children(event.id, "attachment")
    out = tmp_path / "out"
    with out.open("wb") as target:
        laptop.fetch(attachment.id, target)
    assert out.read_bytes() == b"p" * 10_000
    dump = exchange_json.dump_text(laptop)
    for secret in ("Unrelated", "An old sentence", case, "Great Lakes"):
        assert secret not in dump
    content = b"".join(row[0] for row in laptop.store.reader.execute("SELECT body FROM change_sets"))
    assert b"An old sentence" not in content and b"Unrelated" not in content
    assert verification.vault(laptop.store).problems == []
    # in the desk it came from it is hidden, and says where it went
    assert [row.title for row in office.cases(CaseFilter(), 0, 9)] != []
    left = office.get(case)
    assert left.deleted and left.fields[kinds.MOVED_TO] == there
    titles = sorted(row.title for row in office.cases(CaseFilter(), 0, 9))
    assert titles == ["Threats", "Unrelated secret"]
    assert verification.vault(office.store).problems == []


def test_a_copy_lives_on_by_itself_with_what_was_chosen(office: Vault, case: str) -> None:
    there, _ = transfer.carry(office.store, case, "Sahel desk", move=False, only=["event"])
    assert not office.get(case).deleted
    assert office.children(there, "involvement") == []
    assert len(office.children(there, "event")) == 1
    office.save([Edit(there, "summary", "Changed in the copy")])
    assert office.get(case).fields["summary"] == "As it stands"


def test_what_is_refused(office: Vault, case: str) -> None:
    with pytest.raises(UsageError, match="in this desk already"):
        transfer.carry(office.store, case, "Great Lakes desk", move=True)
    with pytest.raises(NotFoundError):
        transfer.carry(office.store, case, "No such desk", move=True)
    [event] = office.children(case, "event")
    with pytest.raises(UsageError, match="Only a case"):
        transfer.carry(office.store, event.id, "Sahel desk", move=True)
    transfer.carry(office.store, case, "Sahel desk", move=True)
    with pytest.raises(UsageError, match="Only a case"):
        transfer.carry(office.store, case, "Sahel desk", move=True)
