"""What an exchange looks up (emergency packages, timestamps, the office's rules, approvals) it
finds without deriving anything, however much came just before."""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.crypto.age import HybridIdentity
from defenderdesk.errors import NotGrantedError
from defenderdesk.sync import synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.server import timestamping
from defenderdesk.sync.server.timestamping import Authority
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.lookup import indexes
from defenderdesk.vault.storage import schema
from tests.conftest import Pair
from tests.sync_link.server import running
from tests.tsa import Tsa
from tests.worlds.records import new_case


def make(vault: Vault, kind: str, **fields: object) -> str:
    record = vault.new_id()
    vault.save([Edit(record, "kind", kind), *(Edit(record, n, v) for n, v in fields.items())])
    return record


def is_derived(vault: Vault) -> bool:
    last = vault.store.reader.execute("SELECT max(num) FROM records").fetchone()[0]
    return bool(vault.store.meta("derived", [0, 0])[1] == last)


def test_no_exchange_derives_tables(pair: Pair, nothing_derived, tmp_path: Path) -> None:
    """With everything at hand that once made an exchange look: a package that has ended, an
    authority for timestamps, two persons for an export."""
    office, laptop = pair.office, pair.laptop
    package = make(office, "emergency", case=new_case(office, "Nora"), ended="2026-01-01")
    make(office, "policy", name="Rules", two_for_export=True)
    tsa = Tsa(tmp_path / "tsa")
    for vault in (office, laptop):
        timestamping.add(vault, Authority("T", "http://127.0.0.1:9/", tsa.root.decode()))
    with running(tmp_path / "server") as server:
        for vault in (office, laptop, office, laptop):
            assert not synchronise.sync(vault, server.url).refused
    pair.carry(laptop, office)
    outsider = str(HybridIdentity.generate().recipient)
    with pytest.raises(NotGrantedError):
        exporting.export(laptop, tmp_path / "out", to=[outsider], everything=True)
    assert not is_derived(laptop)
    assert {"sync", "export", "receive"} <= set(nothing_derived)
    assert packages.read(laptop.store, package), "it came, and was looked at"


def test_the_watch_would_tell(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_receive", lambda vault, *_: vault.views.refresh())
    with pytest.raises(AssertionError, match="receive derives tables"):
        receiving.receive(pair.laptop, Path("none"))


def test_few_are_found_by_their_index_as_they_stand(vault: Vault) -> None:
    for kind in schema.FEW:
        kept, hidden = make(vault, kind, title="kept"), make(vault, kind, title="hidden")
        vault.save([Edit(hidden, "deleted", True)])
        wanted = [kept, hidden] if kind == "emergency" else [kept]  # hiding ends no package
        assert [r.id for r in vault.views.of_kind(kind)] == wanted
    assert not is_derived(vault)
    indexes.refresh(vault.store)
    [plan] = vault.store.reader.execute("SELECT sql FROM sqlite_master WHERE name = 'records_few'").fetchone()
    assert all(f"'{kind}'" in plan for kind in schema.FEW)
