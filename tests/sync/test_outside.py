"""A bundle for somebody outside of the workspace is an export."""

from __future__ import annotations

import pytest

from defenderdesk.errors import NotGrantedError
from defenderdesk.sync.bundles import exporting
from defenderdesk.vault import Edit
from tests.conftest import MakeVault, Pair
from tests.worlds.devices import device
from tests.worlds.edits import make


@pytest.mark.parametrize("name", ["a folder", "one.ddbundle"])
def test_it_wants_two_persons_where_the_office_does(pair: Pair, make_vault: MakeVault, name: str) -> None:
    office, laptop = pair.office, pair.laptop
    to = [str(make_vault("partner").store.require_identity().recipient)]
    make(office, "policy", name="Rules", two_for_export=True)
    with pytest.raises(NotGrantedError):
        exporting.export(office, pair.folder / name, to=to)
    with pytest.raises(NotGrantedError):
        exporting.export(office, pair.folder / name, to=[device(laptop), *to])
    assert not (pair.folder / name).exists()
    asked = make(office, "approval", what="export", answer="pending")
    pair.carry(office, laptop)
    laptop.save([Edit(asked, "answer", "approved")])
    pair.carry(laptop, office)
    assert exporting.export(office, pair.folder / name, to=to).bundles
    with pytest.raises(NotGrantedError):
        exporting.export(office, pair.folder / "again", to=to)
    exporting.export(office, pair.folder / "inside", to=[device(laptop)])
