"""Custody packages over a forked feed: both histories shown, each checked to where they part."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

from defenderdesk.bundle.evidence import check, proof_format
from defenderdesk.crypto import canonical, signing
from defenderdesk.domain import custody
from defenderdesk.interchange.evidence import bags, custody_page
from defenderdesk.interchange.evidence import check as stranger
from defenderdesk.interchange.evidence import package as packages
from defenderdesk.ledger import branches
from defenderdesk.sync.server import timestamping
from defenderdesk.sync.server.timestamping import Authority
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.membership import administer
from tests.conftest import PASSPHRASE, Pair
from tests.interchange.evidence_world import authority, problems
from tests.worlds.branched import World, forked, world
from tests.worlds.photos import with_photo

__all__ = ["authority", "forked", "world"]


def test_a_stranger_sees_both_histories_and_what_lies_in_which(forked: World) -> None:
    out = forked.package()
    for gone in ("office", "laptop", "clone"):  # nothing but the package is left
        shutil.move(forked.pair.folder / gone, forked.pair.folder / f"{gone}-away")
    checked = stranger.verify(out)
    assert checked.problems == []
    found = checked.verdict
    acts = [(e.name, signing.id_text(e.device) == forked.device) for e in found.entries]
    assert sorted(acts) == sorted(
        [("ingested", True), ("evidence", False), *[("opened", True), ("", True), ("copied", True)] * 2]
    )
    [fork] = found.forks
    assert signing.id_text(fork.device) == forked.device and fork.label == ""
    assert fork.entries == (1,) or fork.entries == (2,)
    assert [way.label for way in fork.ways] == ["1", "2"]
    following = tuple(range(fork.base + 1, fork.base + 4))
    assert [way.entries for way in fork.ways] == [following, following]
    page = custody_page.of_proof(checked.proof, found)
    first, last = following[0], following[-1]
    said = " ".join(page.histories)
    assert "there are 2 histories" in said and f"the same up to entry {fork.base}" in said
    assert said.count(f"entries {first}-{last}.") == 2
    whose = [line.who for line in page.lines]
    assert f"Amina ({forked.device[:8]}, history 2, entry {last})" in whose
    assert f"Amina ({forked.device[:8]}, entry {fork.entries[0]})" in whose
    html = (out / bags.STATEMENT).read_text()
    assert "Several histories of one device" in html and "a copy signs as the device does" in html
    assert json.loads((out / bags.DATA).read_text())["histories"] == page.histories


def test_what_was_taken_in_in_one_history_alone(world: World) -> None:
    """The other one is shown by its signed beginning, and nothing that it says."""
    _, photo = with_photo(world.second, world.pair.folder, b"seen by the copy alone")
    case = world.first.new_id()
    world.first.save([Edit(case, "kind", "case"), Edit(case, "title", "CANARY")])
    world.meet()
    proof = world.proof(photo)
    found = check.verify(proof_format.decode(proof_format.encode(proof)))
    assert found.problems == []
    [fork] = found.forks
    assert sorted(len(way.entries) for way in fork.ways) == [0, 1] and not fork.entries
    [concurrent] = [way.name for way in fork.ways if not way.entries]
    [shown] = [s for s in proof.segments if s.device == concurrent]
    assert shown.bodies == {} and shown.last in shown.signatures
    assert b"CANARY" not in proof_format.encode(proof)
    said = custody_page.of_proof(proof, found).histories
    assert any("none of these entries" in one for one in said)


def test_what_was_written_before_they_part_needs_no_branch(world: World) -> None:
    for vault in (world.first, world.second):
        case = vault.new_id()
        vault.save([Edit(case, "kind", "case")])
    world.meet()
    proof = world.proof()
    assert proof.branches == {} and problems(proof) == []
    assert canonical.decode(proof_format.encode(proof))[1] == proof_format.PLAIN


def test_acts_that_name_a_history_as_it_was_called_before_the_fork_was_known(world: World) -> None:
    """The office looked when it knew one history: its act names the feed, not the branch."""
    world.first.fetch(world.photo, io.BytesIO(), to="the lawyer")
    world.pair.carry(world.first, world.pair.office)
    world.pair.office.fetch(world.photo, io.BytesIO(), act=custody.OPENED)
    world.second.fetch(world.photo, io.BytesIO(), act=custody.OPENED)
    assert world.pair.carry(world.second, world.pair.office).forked
    chain = world.pair.office.chain(world.photo)
    assert chain.marks == [] and len(chain.forks) == 1
    assert {step.history for step in chain.steps} == {"", "1", "2"}
    page = custody_page.of_chain(chain)
    assert any("there are 2 histories" in one for one in page.histories)
    proof = world.proof()
    assert problems(proof) == []
    office = [a for e in check.verify(proof).entries if (a := e.act) and e.name == "opened"]
    named = {signing.id_bytes(one.device) for act in office for one in act.follows}
    assert signing.id_bytes(world.device) in named


def test_timestamps_of_before_the_fork_was_known_still_count(world: World, authority) -> None:
    """One over what the histories share, one over what only one of them holds."""
    tsa, server = authority
    for name, vault in (("One", world.first), ("Two", world.second)):
        _, photo = with_photo(vault, world.pair.folder, name.encode())
        timestamping.add(vault, Authority(name, server.address, tsa.root.decode()))
        assert timestamping.stamp(vault).kept == 1
    world.meet()
    assert len(world.pair.office.chain(photo).stamps) == 1
    proof = world.proof(photo)
    assert problems(proof) == []
    [only] = check.verify(proof).times
    assert only.device in proof.branches
    page = custody_page.of_proof(proof, check.verify(proof))
    assert any("Amina (history" in one for one in page.proven)
    shared = world.proof(name="shared")
    found = check.verify(shared)
    assert found.problems == [] and {time.device for time in found.times} == set(shared.branches)


def test_a_copy_of_a_copy(world: World, tmp_path: Path) -> None:
    world.second.fetch(world.photo, io.BytesIO(), to="second")
    world.second.close()
    shutil.copytree(world.second.profile, tmp_path / "again")
    with (
        Vault.open(world.second.profile, PASSPHRASE) as second,
        Vault.open(tmp_path / "again", PASSPHRASE) as third,
    ):
        for vault in (second, third, world.first):
            vault.fetch(world.photo, io.BytesIO(), act=custody.OPENED)
            world.pair.carry(vault, world.pair.office)
    for whole in (False, True):
        proof = world.proof(name=f"whole {whole}", whole=whole)
        found = check.verify(proof_format.decode(proof_format.encode(proof)))
        assert found.problems == []
        assert [len(fork.ways) for fork in found.forks] == [2, 2]
        deeper = found.forks[1]
        assert deeper.label in ("1", "2")
        assert [way.label for way in deeper.ways] == [f"{deeper.label}.1", f"{deeper.label}.2"]
        names = {branches.labels(proof.branches).get(e.feed) for e in found.entries}
        assert {deeper.label, f"{deeper.label}.1", f"{deeper.label}.2"} < names
        trunk = next(s for s in proof.segments if s.device == signing.id_bytes(world.device))
        assert (trunk.first == 1) == whole or trunk.last == 1


def test_any_number_of_copies_does_not_fill_a_package(world: World, tmp_path: Path) -> None:
    """Who holds a device's keys can make histories without end; some are shown, no entry lost."""
    world.second.close()
    _, photo = with_photo(world.first, world.pair.folder, b"seen by one")
    world.pair.carry(world.first, world.pair.office)
    for number in range(12):
        shutil.copytree(world.second.profile, tmp_path / f"copy {number}")
        with Vault.open(tmp_path / f"copy {number}", PASSPHRASE) as one:
            case = one.new_id()
            one.save([Edit(case, "kind", "case")])
            world.pair.carry(one, world.pair.office)
    proof = world.proof(photo)
    found = check.verify(proof_format.decode(proof_format.encode(proof)))
    assert found.problems == []
    [fork] = found.forks
    assert len(fork.ways) == 11 and sum(len(way.entries) for way in fork.ways) == 1


def test_the_laptop_under_its_new_identity_gives_it_out(forked: World) -> None:
    forked.pair.carry(forked.pair.office, forked.first)
    assert forked.first.info().device != forked.device
    packages.export(forked.first, forked.photo, forked.pair.folder / "own.zip")
    checked = stranger.verify(forked.pair.folder / "own.zip")
    assert checked.problems == [] and len(checked.verdict.forks) == 1
    assert checked.verdict.who(checked.verdict.closing.device) == "Amina"


def test_histories_that_share_nothing(pair: Pair, tmp_path: Path) -> None:
    """A copy of a laptop that had written nothing yet."""
    pair.laptop.close()
    shutil.copytree(pair.laptop.profile, tmp_path / "clone")
    with (
        Vault.open(pair.laptop.profile, PASSPHRASE) as first,
        Vault.open(tmp_path / "clone", PASSPHRASE) as second,
    ):
        _, photo = with_photo(first, pair.folder)
        with_photo(second, pair.folder, b"other")
        world = World(pair, photo, first, second, first.info().device)
        world.meet()
        proof = world.proof()
        assert problems(proof) == []
        [fork] = check.verify(proof).forks
        assert fork.base == 0
        page = custody_page.of_proof(proof, check.verify(proof))
        assert any("They share no entry." in one for one in page.histories)


def test_a_branch_of_a_removed_device(world: World) -> None:
    """The copy of a laptop that was removed writes on: it counts nowhere, and is no reason to
    refuse the history that counts. Its signed beginning shows that it is there."""
    office = world.pair.office
    world.first.fetch(world.photo, io.BytesIO(), act=custody.OPENED)
    world.pair.carry(world.first, office)
    assert administer.remove(office.store, world.device)
    world.second.fetch(world.photo, io.BytesIO(), to="a stranger")
    world.pair.carry(world.second, office)
    chain = office.chain(world.photo)
    assert [step.act for step in chain.steps] == ["ingested", "opened"]
    proof = world.proof()
    found = check.verify(proof_format.decode(proof_format.encode(proof)))
    assert found.problems == []
    assert [e.name for e in found.entries] == ["ingested", "opened", "evidence"]
    [fork] = found.forks
    assert sorted(len(way.entries) for way in fork.ways) == [0, 1]
    assert b"a stranger" not in proof_format.encode(proof)
