"""The keyring as a second secret of the passphrase slot, against a real Secret Service."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.errors import (
    KeyringLockedError,
    KeyringLostError,
    NoKeyringError,
    VaultDamagedError,
    WrongCodeError,
    WrongPassphraseError,
)
from defenderdesk.vault import CaseFilter, Vault
from defenderdesk.vault.coercion import attempt_limit
from defenderdesk.vault.keys import attempt_log, keyring_secret, os_keyring, slots
from tests.conftest import PASSPHRASE, MakeVault
from tests.secret_service import Machine, machine
from tests.worlds.duress import FORCED, case

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is Linux's")
OTHER = "another quiet garden here"


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Machine]:
    with machine(tmp_path / "home") as made:
        yield made


def tied(make_vault: MakeVault) -> tuple[Path, str]:
    """(profile, recovery code) of a vault with one case, tied to the keyring, and locked."""
    vault = make_vault()
    case(vault, "Canary")
    code = vault.new_recovery_code()
    vault.set_keyring(PASSPHRASE)
    vault.close()
    return vault.profile, code


def opens(profile: Path, passphrase: str) -> int:
    with Vault.open(profile, passphrase) as vault:
        return vault.count_cases(CaseFilter())


def test_with_the_keyring_it_opens_and_a_wrong_passphrase_does_not(
    make_vault: MakeVault, laptop: Machine
) -> None:
    profile, _ = tied(make_vault)
    assert opens(profile, PASSPHRASE) == 1
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, "not it")
    laptop.stop()
    laptop.start()  # the next login
    assert opens(profile, PASSPHRASE) == 1


def test_a_copied_folder_cannot_be_guessed_at(make_vault: MakeVault, laptop: Machine, tmp_path: Path) -> None:
    """No derivation of the right passphrase alone opens any slot of the file."""
    profile, _ = tied(make_vault)
    present = slots.load(profile)
    assert slots.opened(present, PASSPHRASE) is None
    assert slots.opened(present, PASSPHRASE, lambda: os.urandom(32)) is None
    copy = tmp_path / "copy"
    shutil.copytree(profile, copy)
    with machine(tmp_path / "elsewhere"), pytest.raises(KeyringLostError):
        Vault.open(copy, PASSPHRASE)
    entry = slots.load_keyring(profile)
    assert os_keyring.fetch(entry) not in b"".join(
        path.read_bytes() for path in profile.rglob("*") if path.is_file()
    )


def test_missing_locked_and_lost_are_told_apart_and_the_recovery_code_opens(
    make_vault: MakeVault, laptop: Machine
) -> None:
    profile, code = tied(make_vault)
    laptop.stop()
    with pytest.raises(NoKeyringError):
        Vault.open(profile, PASSPHRASE)
    laptop.start(unlocked=False)
    with pytest.raises(KeyringLockedError):
        Vault.open(profile, PASSPHRASE)
    laptop.stop()
    laptop.start()
    assert os_keyring.forget(slots.load_keyring(profile))
    with pytest.raises(KeyringLostError):
        Vault.open(profile, PASSPHRASE)
    with Vault.open_with_recovery(profile, code) as vault:
        assert vault.uses_keyring() and vault.count_cases(CaseFilter()) == 1
        vault.change_passphrase(OTHER, keyring=False)
        assert not vault.uses_keyring()
    laptop.stop()
    assert opens(profile, OTHER) == 1


def test_other_bytes_in_its_place_are_told_from_a_wrong_passphrase_and_count_nothing(
    make_vault: MakeVault, laptop: Machine
) -> None:
    """Whoever can write into the keyring of an unlocked login must not bring the owner's right
    passphrases to destroy the keys."""
    profile, code = tied(make_vault)
    with Vault.open(profile, PASSPHRASE) as vault:
        attempt_limit.choose(vault.store, PASSPHRASE, slots.FEWEST)
    entry = slots.load_keyring(profile)
    os_keyring._put(entry, os.urandom(32))
    for _ in range(slots.FEWEST + 1):
        with pytest.raises(KeyringLostError):
            Vault.open(profile, PASSPHRASE)
    assert attempt_log.count(profile) == 0
    with Vault.open_with_recovery(profile, code) as vault:
        secret = keyring_secret.held(vault.store)
    assert os_keyring.put(secret) == entry
    assert opens(profile, PASSPHRASE) == 1


def test_turned_off_it_needs_no_keyring_and_leaves_nothing_in_it(
    make_vault: MakeVault, laptop: Machine
) -> None:
    profile, _ = tied(make_vault)
    entry = slots.load_keyring(profile)
    with Vault.open(profile, PASSPHRASE) as vault:
        with pytest.raises(WrongPassphraseError):
            vault.clear_keyring("not it")
        vault.clear_keyring(PASSPHRASE)
    with pytest.raises(KeyringLostError):
        os_keyring.fetch(entry)
    laptop.stop()
    assert opens(profile, PASSPHRASE) == 1
    assert json.loads((profile / "keys.json").read_bytes())["version"] == 1


def test_a_new_passphrase_and_a_new_secret_while_it_is_on(make_vault: MakeVault, laptop: Machine) -> None:
    profile, _ = tied(make_vault)
    first = slots.load_keyring(profile)
    with Vault.open(profile, PASSPHRASE) as vault:
        laptop.stop()  # the vault knows its secret: no keyring is needed for this
        vault.change_passphrase(OTHER)
        laptop.start()
        vault.set_keyring(OTHER)
    second = slots.load_keyring(profile)
    assert second != first
    with pytest.raises(KeyringLostError):
        os_keyring.fetch(first)
    assert opens(profile, OTHER) == 1
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, PASSPHRASE)


@pytest.mark.parametrize("keyring", ["there", "missing", "locked"])
def test_the_duress_passphrase_works_whatever_the_keyring_does(
    make_vault: MakeVault, laptop: Machine, keyring: str
) -> None:
    profile, code = tied(make_vault)
    with Vault.open(profile, PASSPHRASE) as vault:
        vault.set_duress(PASSPHRASE, FORCED, "My work", "Notes")
    assert opens(profile, PASSPHRASE) == 1  # tied still
    entry = slots.load_keyring(profile)
    assert entry
    laptop.stop()
    if keyring != "missing":
        laptop.start(unlocked=keyring == "there")
    assert opens(profile, FORCED) == 0
    laptop.stop()
    assert opens(profile, FORCED) == 0 and not slots.load_keyring(profile)
    with pytest.raises(WrongPassphraseError):
        Vault.open(profile, PASSPHRASE)
    with pytest.raises(WrongCodeError):
        Vault.open_with_recovery(profile, code)


def test_the_two_slots_look_the_same_with_the_keyring_too(make_vault: MakeVault, laptop: Machine) -> None:
    profile, _ = tied(make_vault)

    def shape() -> object:
        content = json.loads((profile / "keys.json").read_bytes())
        return (
            sorted(content),
            content["version"],
            [(s["kind"], sorted(s), len(s["wrapped"])) for s in content["slots"]],
            len({s["salt"] for s in content["slots"] if s["kind"] == "passphrase"}),
        )

    before = shape()
    with Vault.open(profile, PASSPHRASE) as vault:
        vault.set_duress(PASSPHRASE, FORCED, "W", "D")
        assert shape() == before
        vault.clear_duress(PASSPHRASE)
        assert shape() == before
    assert opens(profile, PASSPHRASE) == 1


@pytest.mark.parametrize(
    "at", ["coercion.duress.replace_own", "keys.os_keyring.put", "keys.os_keyring.forget"]
)
def test_a_crash_while_it_is_turned_on_locks_nobody_out(
    make_vault: MakeVault, laptop: Machine, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    profile, _ = tied(make_vault)

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with Vault.open(profile, PASSPHRASE) as vault, monkeypatch.context() as patch:
        patch.setattr(f"defenderdesk.vault.{at}", crash)
        with pytest.raises(KeyboardInterrupt):
            vault.set_keyring(PASSPHRASE)
    with Vault.open(profile, PASSPHRASE) as vault:
        assert keyring_secret.held(vault.store)
        vault.change_passphrase(OTHER)
    assert opens(profile, OTHER) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        "keyring.backends.fail.Keyring",
        "keyring.backends.null.Keyring",
        "keyrings.alt.file.PlaintextKeyring",
        "some.where.Keyring",
    ],
)
def test_a_keyring_that_keeps_nothing_or_in_plain_text_is_refused_and_not_loaded(
    make_vault: MakeVault, laptop: Machine, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    loaded: list[str] = []
    fake = types.ModuleType("some.where")
    fake.__getattr__ = loaded.append  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "some.where", fake)
    vault = make_vault()
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", wanted)
    before = (vault.profile / "keys.json").read_bytes()
    with pytest.raises(NoKeyringError) as caught:
        vault.set_keyring(PASSPHRASE)
    assert wanted in str(caught.value) and not loaded
    assert "passphrase" not in str(caught.value)  # this vault's needs no keyring
    assert (vault.profile / "keys.json").read_bytes() == before


def test_one_named_in_the_users_file_is_refused_too(
    make_vault: MakeVault, laptop: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "python_keyring").mkdir(parents=True)
    file = tmp_path / "config" / "python_keyring" / "keyringrc.cfg"
    file.write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    with pytest.raises(NoKeyringError):
        os_keyring.backend()
    file.write_text("not a configuration")
    assert os_keyring.name()


def test_a_chain_is_taken_for_its_safe_links_only(monkeypatch: pytest.MonkeyPatch, laptop: Machine) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.chainer.ChainerBackend")
    assert type(os_keyring.backend()).__module__ == "keyring.backends.SecretService"
    laptop.stop()
    with pytest.raises(NoKeyringError):
        os_keyring.backend()


def test_a_keyring_that_never_answers_is_not_waited_for(
    make_vault: MakeVault, laptop: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, _ = tied(make_vault)
    monkeypatch.setattr(os_keyring, "PATIENCE", 0.2)
    assert laptop.daemon
    os.kill(laptop.daemon.pid, 19)  # SIGSTOP
    try:
        with pytest.raises((KeyringLockedError, NoKeyringError)):
            os_keyring._ask(lambda: os_keyring.backend().get_password("a", "b"))
    finally:
        os.kill(laptop.daemon.pid, 18)
    assert opens(profile, PASSPHRASE) == 1


def test_one_that_never_answers_does_not_hold_up_the_way_out(
    make_vault: MakeVault, laptop: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in the keyring is removed if it answers; the vault is done with it already."""
    profile, code = tied(make_vault)
    monkeypatch.setattr(os_keyring, "BRIEF", 0.2)
    assert laptop.daemon
    os.kill(laptop.daemon.pid, 19)  # SIGSTOP
    ended = threading.Event()

    def leave() -> None:
        with Vault.open_with_recovery(profile, code) as vault:
            vault.change_passphrase(OTHER, keyring=False)
        ended.set()

    try:
        threading.Thread(target=leave, daemon=True).start()
        assert ended.wait(20)
        assert opens(profile, OTHER) == 1
    finally:
        os.kill(laptop.daemon.pid, 18)


def test_a_key_file_that_lies_about_the_keyring_is_damaged(make_vault: MakeVault, laptop: Machine) -> None:
    profile, _ = tied(make_vault)
    content = json.loads((profile / "keys.json").read_bytes())
    for lie in ("", "AAAA", 7, None):
        (profile / "keys.json").write_text(json.dumps({**content, "keyring": lie}))
        with pytest.raises(VaultDamagedError):
            Vault.open(profile, PASSPHRASE)
