"""Grants of a desk that are not what a grant is: sealed rightly, by a colleague with a program of
their own. The whole bundle is refused then, and nothing of it was taken."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from defenderdesk.bundle import manifest, membership, writer
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import HybridIdentity, seal_bytes
from defenderdesk.errors import DamagedError, NewerError, NotForUsError
from defenderdesk.vault.identity import members
from defenderdesk.vault.receiving import receive as receiving
from defenderdesk.vault.receiving.receive import Received
from tests.conftest import MakeVault, Pair
from tests.worlds.forge import Forge, forge

__all__ = ["forge"]

AT = {"version": 0, "workspace": 1, "desk": 2, "name": 3, "box": 4, "keys": 5}


def right(forge: Forge) -> list[object]:
    """The content of a grant as the office makes it."""
    desk = forge.desk
    keys = [[key.epoch, key.key] for key in desk.keys]
    return [1, forge.store.workspace, desk.id, desk.name, desk.box, keys]


def receive(forge: Forge, told: object, device: bytes = b"", seal: object = None) -> Received:
    """What the laptop makes of a bundle with that grant; `device`: whom it is said to be for."""
    laptop = forge.pair.laptop.store
    recipient = seal or laptop.require_identity().recipient
    sealed = seal_bytes(canonical.encode(told), [recipient])  # type: ignore[list-item]
    source = writer.Source(manifest.GRANT, {"device": device or laptop.device}, lambda: sealed)
    parts, _ = writer.measure([source])
    head = replace(forge.manifest, parts=tuple(parts)).encode()
    return receiving.receive(laptop, io.BytesIO(forge.seal(head, sealed)))


def keys_held(pair: Pair) -> list[tuple[object, ...]]:
    rows = pair.laptop.store.reader.execute("SELECT epoch, key FROM desk_keys ORDER BY epoch, name")
    return [tuple(row) for row in rows]


def test_a_grant_of_what_is_held_already_changes_nothing(forge: Forge) -> None:
    before = keys_held(forge.pair)
    report = receive(forge, right(forge))
    assert report.nothing_new and report.desks == 0 and report.skipped == []
    assert keys_held(forge.pair) == before


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("version", 0),
        ("version", "1"),
        ("version", True),
        ("workspace", b"w" * 16),
        ("desk", "d" * 16),
        ("desk", b"d" * 15),
        ("desk", b"d" * 17),
        ("name", b"Desk"),
        ("name", "x" * (membership.MAX_NAME + 1)),
        ("box", "b" * 16),
        ("box", b"b" * 15),
        ("box", b"b" * 17),
        ("keys", {"0": bytes(32)}),
        ("keys", []),
        ("keys", ["01"]),
        ("keys", [[0]]),
        ("keys", [[0, bytes(32), 0]]),
        ("keys", [["0", bytes(32)]]),
        ("keys", [[True, bytes(32)]]),
        ("keys", [[-1, bytes(32)]]),
        ("keys", [[2**31, bytes(32)]]),
        ("keys", [[0, "k" * 32]]),
        ("keys", [[0, bytes(31)]]),
        ("keys", [[0, bytes(33)]]),
    ],
)
def test_a_grant_of_another_shape_is_refused(forge: Forge, what: str, wrong: object) -> None:
    told = right(forge)
    if what == "keys" and type(wrong) is list and wrong:
        wrong = [*told[5], *wrong]  # type: ignore[misc]  # beside what is right
    told[AT[what]] = wrong
    with pytest.raises(DamagedError, match="a grant of a desk is malformed"):
        receive(forge, told)


def test_a_grant_with_more_or_less_in_it_is_refused(forge: Forge) -> None:
    told = right(forge)
    for wrong in ({"version": 1}, [], told[:5], [*told, 0], "grant"):
        with pytest.raises(DamagedError, match="a grant of a desk is malformed"):
            receive(forge, wrong)
    for newer in ([2], [2, *told[1:]], [3, "all of it is another"]):
        with pytest.raises(NewerError):
            receive(forge, newer)


def test_the_bounds_of_a_grant_are_within_it(forge: Forge) -> None:
    told = right(forge)
    told[3], told[5] = "x" * membership.MAX_NAME, told[5] * 10_000  # type: ignore[operator]
    assert receive(forge, told).nothing_new
    told[5] = told[5] + told[5][:1]  # type: ignore[index, operator]
    with pytest.raises(DamagedError, match="malformed"):
        receive(forge, told)
    told[5] = [[2**31 - 1, bytes(32)]]
    with pytest.raises(DamagedError, match="a key that is not its own"):
        receive(forge, told)


def test_of_several_keys_only_those_that_the_log_names_are_kept(forge: Forge) -> None:
    before, told = keys_held(forge.pair), right(forge)
    told[5] = [[7, b"k" * 32], *told[5]]  # type: ignore[misc]
    assert receive(forge, told).nothing_new
    assert keys_held(forge.pair) == before


def test_a_grant_for_somebody_else_is_passed_over_unopened(forge: Forge) -> None:
    other = HybridIdentity.generate().recipient
    for device in (forge.store.device, b"nobody's device "):
        report = receive(forge, ["not even a grant"], device, other)
        assert report.nothing_new and report.skipped == []


def test_a_part_of_a_kind_from_later_is_passed_over_and_named(forge: Forge) -> None:
    parts, _ = writer.measure([writer.Source("song", {}, lambda: b"la la")])
    head = replace(forge.manifest, parts=tuple(parts)).encode()
    report = receiving.receive(forge.pair.laptop.store, io.BytesIO(forge.seal(head, b"la la")))
    assert report.skipped == ["song"] and report.nothing_new


def test_who_has_no_keys_or_was_invited_nowhere_opens_nothing(forge: Forge, make_vault: MakeVault) -> None:
    stranger = make_vault("stranger", found=False).store
    with pytest.raises(NotForUsError):
        receiving.receive(stranger, io.BytesIO(b"rubbish, and not even looked at"))
    _, identity = members.make_keys(stranger)
    sealed = forge.seal(forge.manifest.encode(), seal=[identity.recipient])
    with pytest.raises(NotForUsError) as caught:
        receiving.receive(stranger, io.BytesIO(sealed))
    assert type(caught.value) is NotForUsError and not stranger.workspace


@pytest.mark.parametrize("name", ["changes", "chunks", "acts", "desks", "missing", "aside"])
def test_anything_that_came_is_something_new(name: str) -> None:
    nothing = Manifest(bytes(16), bytes(16), bytes(16), 1, (), manifest.Receipt({}), ())
    report = Received(nothing)
    assert report.nothing_new
    setattr(report, name, {"missing": [("d", 1, 2)], "aside": {"Amina": 1}}.get(name, 1))
    assert not report.nothing_new
