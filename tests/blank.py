"""New vaults for tests, without deriving their keys anew: made once per run and passphrase, then
copied. (Three derivations of 64 MiB each were most of the suite's time.) What they share is the
data key and the recovery code; each gets keys of its own when it founds or joins."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from defenderdesk.vault import Vault
from defenderdesk.vault.storage import lock
from defenderdesk.vault.storage.store import Store


@functools.cache
def _template(passphrase: str) -> tuple[Path, bytes, str]:
    folder = Path(tempfile.mkdtemp(prefix="blank-vault-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    vault, code = Vault.create(folder / "profile", passphrase, unlock_seconds=0)
    key = vault.store.data_key
    vault.close()
    return folder / "profile", key, code


def vault_in(profile: Path, passphrase: str) -> tuple[Vault, str]:
    """An open vault without a workspace, as `Vault.create` makes it, and its recovery code."""
    template, key, code = _template(passphrase)
    shutil.copytree(template, profile)
    held = lock.take(profile, 0)
    return Vault(Store(profile, key), held), code
