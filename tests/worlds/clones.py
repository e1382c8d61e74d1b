"""Two histories of one laptop, and a meeting of all."""

from __future__ import annotations

from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault import Vault
from defenderdesk.vault.receiving import verification
from tests.conftest import Pair


def everyone_meets(pair: Pair, *vaults: Vault, rounds: int = 3) -> None:
    for _ in range(rounds):
        for one in vaults:
            for two in vaults:
                if one is not two:
                    pair.carry(one, two, everything=True)
    dumps = [exchange_json.dump_text(vault) for vault in vaults]
    assert len(set(dumps)) == 1
    assert len({vault.store.log.digest for vault in vaults}) == 1
    for vault in vaults:
        assert verification.vault(vault.store).problems == []


def titles(vault: Vault) -> list[str]:
    from defenderdesk.vault import CaseFilter

    return sorted(row.title for row in vault.cases(CaseFilter(), 0, 100))
