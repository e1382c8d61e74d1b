"""A process that is killed has not tried for nothing, and its end destroys nothing by itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from defenderdesk.errors import (
    KeysMissingError,
    NoVaultError,
    VaultDamagedError,
    WrongPassphraseError,
)
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.coercion import attempt_limit, duress
from defenderdesk.vault.coercion.attempt_limit import DestroyedError, NoTriesError
from defenderdesk.vault.keys import attempt_log, slots
from tests.conftest import PASSPHRASE, MakeVault
from tests.crash.kill import ROUNDS, run_and_kill
from tests.worlds.tries import WRONG, chosen

Say = Callable[[str], None]
DESTROYED = (NoVaultError, VaultDamagedError, KeysMissingError)
"""The key file is gone or means nothing; the database that nobody opens may still lie there."""


def test_killed_between_the_mark_and_the_try(make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    profile, code = chosen(make_vault)

    def killed_while_it_tries(passphrase: str) -> None:
        def work(say: Say) -> None:
            def opened(*_: object) -> None:
                say("ready")
                time.sleep(60)

            monkeypatch.setattr(slots, "opened", opened)
            Vault.open(profile, passphrase, last=True)

        assert run_and_kill(work, 0, random.Random(0)) == []

    for times in range(1, 6):
        killed_while_it_tries(PASSPHRASE if times == 5 else WRONG)
        assert attempt_log.count(profile) == times
    assert attempt_limit.left(profile) == 0
    for secret in (WRONG, PASSPHRASE):
        with pytest.raises(NoTriesError):
            Vault.open(profile, secret, last=True)
    with Vault.open_with_recovery(profile, code) as vault:  # nothing was destroyed
        assert vault.count_cases(CaseFilter()) == 1
    with Vault.open(profile, PASSPHRASE) as vault:
        assert vault.count_cases(CaseFilter()) == 1


def test_killed_at_any_moment_no_outcome_is_learnt_for_nothing(make_vault: MakeVault) -> None:
    profile, code = chosen(make_vault, slots.MOST)
    chance = random.Random(21)
    for _ in range(ROUNDS):
        before = attempt_log.count(profile)

        def work(say: Say) -> None:
            say("ready")
            for _ in range(20):
                try:
                    Vault.open(profile, WRONG)
                except WrongPassphraseError:
                    say("wrong")

        learnt = run_and_kill(work, 0.6, chance).count("wrong")
        assert learnt <= attempt_log.count(profile) - before <= learnt + 1
        Vault.open_with_recovery(profile, code).close()


def test_killed_while_the_keys_are_destroyed(make_vault: MakeVault, tmp_path: Path) -> None:
    chance = random.Random(22)
    ends: set[str] = set()
    for number in range(2 * ROUNDS):
        vault = make_vault(f"laptop {number}")
        code = vault.new_recovery_code()
        attempt_limit.choose(vault.store, PASSPHRASE, 5)
        vault.close()
        profile = vault.profile
        for _ in range(4):
            attempt_log.mark(profile)

        def work(say: Say, profile: Path = profile) -> None:
            real = duress.destroy

            def destroy(where: Path) -> None:
                say("ready")
                real(where)

            duress.destroy = destroy
            with pytest.raises(DestroyedError):
                Vault.open(profile, WRONG, last=True)

        run_and_kill(work, 0.01, chance)
        try:
            Vault.open(profile, PASSPHRASE, last=True)
        except NoTriesError:  # before the keys were replaced: no more tries, nothing destroyed
            Vault.open_with_recovery(profile, code).close()
            ends.add("kept")
        except DESTROYED:
            with pytest.raises(DESTROYED):
                Vault.open_with_recovery(profile, code)
            ends.add("destroyed")
        else:
            pytest.fail("one more try was given")
    assert "destroyed" in ends
