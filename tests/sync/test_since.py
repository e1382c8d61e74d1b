"""A new member gets the history from a chosen date: cases worked on since then, whole; of the
rest nothing but proof that it was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.errors import NotForUsError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import approval, invitation, join_request
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.storage.store import Store
from tests.conftest import MakeVault, Pair
from tests.sync_link.server import running
from tests.worlds.clones import titles
from tests.worlds.records import new_case

OLD, CUT, NEW = 1_700_000_000_000, 1_750_000_000_000, 1_790_000_000_000


@pytest.fixture
def dated(pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[str, str]:
    """An old case, an old one that was worked on since, both with persons; and sticks of then."""
    monkeypatch.setattr(Store, "now_ms", staticmethod(lambda: OLD))
    old, both = new_case(pair.laptop, "Old secret"), new_case(pair.laptop, "Old and new")
    for case, name in ((old, "Old person"), (both, "Kept person")):
        person, involvement = pair.laptop.new_id(), pair.laptop.new_id()
        pair.laptop.save([Edit(person, "kind", "person"), Edit(person, "name", name)])
        pair.laptop.save(
            [
                Edit(involvement, "kind", "involvement"),
                Edit(involvement, "case", case),
                Edit(involvement, "person", person),
            ]
        )
        (tmp_path / f"{name}.txt").write_text(f"{name} states")
        pair.laptop.attach(case, tmp_path / f"{name}.txt")
    pair.carry(pair.laptop, pair.office)
    exporting.export(pair.office, tmp_path / "stick of then", everything=True)
    monkeypatch.setattr(Store, "now_ms", staticmethod(lambda: NEW))
    pair.office.save([Edit(both, "summary", "Worked on since")])
    new_case(pair.office, "New")
    return old, both


def newcomer(pair: Pair, make_vault: MakeVault, name: str, since: int) -> Vault:
    made = make_vault(name, found=False)
    folder = pair.folder / name.title()
    folder.mkdir()
    invitation.invite(pair.office, folder / "i")
    join_request.join(made, folder / "i", name.title(), folder / "j")
    approval.approve(pair.office, folder / "j", folder / "f", since_ms=since)
    receiving.receive(made, folder / "f")
    return made


def test_cases_worked_on_since_are_whole_and_the_rest_is_not_there(
    pair: Pair, dated: tuple[str, str], make_vault: MakeVault, tmp_path: Path
) -> None:
    late = newcomer(pair, make_vault, "late", CUT)
    assert titles(late) == ["New", "Old and new"]
    both = late.get(dated[1])
    assert both.fields["title"] == "Old and new" and both.fields["summary"] == "Worked on since"
    [involvement] = late.children(dated[1], "involvement")
    assert late.get(str(involvement.fields["person"])).fields["name"] == "Kept person"
    [attachment] = late.children(dated[1], "attachment")
    with (tmp_path / "out").open("wb") as out:
        late.fetch(attachment.id, out)
    assert (tmp_path / "out").read_text() == "Kept person states"
    dump = exchange_json.dump_text(late)
    bodies = b"".join(r[0] for r in late.store.reader.execute("SELECT body FROM change_sets"))
    for secret in ("Old secret", "Old person"):
        assert secret not in dump and secret.encode() not in bodies
    found = verification.vault(late.store)
    assert found.problems == [] and found.erased > 0
    assert late.store.members[late.store.device].since == CUT
    # it works like everybody else from now on
    late.save([Edit(dated[1], "status", "open")])
    pair.carry(late, pair.office)
    assert pair.office.get(dated[1]).fields["status"] == "open"
    new_case(pair.office, "Newer")
    pair.carry(pair.office, late)
    assert "Newer" in titles(late)


def test_bundles_of_before_do_not_open(
    pair: Pair, dated: tuple[str, str], make_vault: MakeVault, tmp_path: Path
) -> None:
    late = newcomer(pair, make_vault, "late", CUT)
    for path in sorted((tmp_path / "stick of then").iterdir()):
        with pytest.raises(NotForUsError):
            receiving.receive_file(late, path)
    names = {r[0] for r in late.store.reader.execute("SELECT name FROM desk_keys")}
    assert len(names) == 1, "the key of now, and none before"
    # a later grant does not bring them either
    exporting.export(pair.office, tmp_path / "later", everything=True)
    receiving.receive(late, tmp_path / "later")
    assert {r[0] for r in late.store.reader.execute("SELECT name FROM desk_keys")} == names


def test_what_it_holds_in_part_it_passes_on_to_nobody(
    pair: Pair, dated: tuple[str, str], make_vault: MakeVault
) -> None:
    late = newcomer(pair, make_vault, "late", CUT)
    full = newcomer(pair, make_vault, "full", 0)
    assert titles(full) == ["New", "Old and new", "Old secret"]
    pair.carry(late, full, everything=True)
    pair.carry(late, pair.laptop, everything=True)
    pair.carry(pair.office, pair.laptop)
    for vault in (full, pair.laptop, pair.office):
        assert "Old person" in exchange_json.dump_text(vault)
        assert verification.vault(vault.store).erased == 0


def test_over_a_server(pair: Pair, dated: tuple[str, str], make_vault: MakeVault, tmp_path: Path) -> None:
    with running(tmp_path / "server") as server:
        for _ in range(2):
            synchronise.sync(pair.office, server.url)
            synchronise.sync(pair.laptop, link_policy.public_address(server.url))
        late = newcomer(pair, make_vault, "late", CUT)
        synchronise.sync(pair.office)
        report = synchronise.sync(late, link_policy.public_address(server.url))
        assert report.refused == [] and report.withheld == []
        new_case(late, "From the newcomer")
        synchronise.sync(late)
        synchronise.sync(pair.office)
        synchronise.sync(pair.laptop)
        for vault in (pair.office, pair.laptop):
            assert titles(vault) == ["From the newcomer", "New", "Old and new", "Old secret"]
        assert titles(late) == ["From the newcomer", "New", "Old and new"]
        full = newcomer(pair, make_vault, "full", 0)
        synchronise.sync(pair.office)
        synchronise.sync(full, link_policy.public_address(server.url))
        assert titles(full) == titles(pair.office)
