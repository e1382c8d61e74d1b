"""A process that erases is killed at random moments: the content is there whole with its file, or
it is gone everywhere once the vault was opened again."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.casework import descendants
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.replication import erasure_status
from tests.conftest import PASSPHRASE, MakeVault
from tests.crash.kill import ROUNDS, run_and_kill
from tests.worlds.erasing import CANARY, pages
from tests.worlds.records import new_case


def test_killed_while_erasing(make_vault: MakeVault, tmp_path: Path) -> None:
    vault = make_vault()
    (tmp_path / "photo").write_bytes(CANARY.encode() * 200_000)
    for number in range(300):
        new_case(vault, f"Other {number} " + "x" * 300)
    vault.close()
    chance = random.Random(7)
    for _ in range(ROUNDS):
        with Vault.open(vault.profile, PASSPHRASE) as mine:
            case, photo = new_case(mine, "Case"), mine.new_id()
            mine.save([Edit(case, "summary", f"{CANARY} was threatened")])
            mine.attach(case, tmp_path / "photo", attachment=photo)
            before = len(erasure_status.erasures(mine.store))

        def work(say: Callable[[str], None], case: str = case) -> None:
            with Vault.open(vault.profile, PASSPHRASE) as mine:
                more = [one.id for one in descendants.to_erase(mine.store, case)]
                say("ready")
                erase.erase(mine.store, [case, *more], "Withdrawn")
                say("erased")
                erase.clean(mine.store)

        said = run_and_kill(work, 0.12, chance)
        with Vault.open(vault.profile, PASSPHRASE) as again:
            assert verification.vault(again.store).problems == []
            if len(erasure_status.erasures(again.store)) == before:
                assert "erased" not in said
                again.fetch(photo, io.BytesIO())
                more = [one.id for one in descendants.to_erase(again.store, case)]
                erase.erase(again.store, [case, *more], "Withdrawn")
                erase.clean(again.store)
            assert CANARY.encode() not in pages(again)
            assert not [p for p in (again.profile / "chunks").rglob("*") if p.is_file()]
