"""A version is a number: what says `true` in its place, which Python takes for 1, is no version.
(Change sets, manifests, letters and packages are among the vectors: `tests/format`.)"""

from __future__ import annotations

from pathlib import Path

import pytest

from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import seal_bytes
from defenderdesk.errors import DamagedError, NewerError, NotHelpedError, VaultDamagedError
from defenderdesk.sync.enrolment import invitation as invitations
from defenderdesk.vault import Vault
from defenderdesk.vault.recovery import shares
from defenderdesk.vault.recovery.trustees import Round

NAME = b"n" * 16


@pytest.mark.parametrize(
    ("found", "right"), [(1, True), (True, False), (2, False), ("1", False), (None, False), ([1], False)]
)
def test_a_version_is_a_number(found: object, right: bool) -> None:
    assert canonical.is_version(found, 1) is right
    assert not canonical.is_version(False, 0)


def test_a_round_of_recovery_shares() -> None:
    rest = [NAME, 2, [b"h" * 32] * 3]
    assert Round.unpack(canonical.encode([1, *rest])) == Round(NAME, 2, (b"h" * 32,) * 3)
    for wrong in (True, 2, "1"):
        with pytest.raises(VaultDamagedError):
            Round.unpack(canonical.encode([wrong, *rest]))


def test_a_recovery_share(vault: Vault) -> None:
    store, of = vault.store, b"o" * 16
    recipient = store.require_identity().recipient

    def share(*told: object) -> shares.Share:
        sealed = seal_bytes(canonical.encode(list(told)), [recipient])
        return shares.Share("record", of, store.device, NAME, 2, sealed)

    assert shares.opened(store, share(1, NAME, of, store.device, "words")) == "words"
    for wrong in (
        (True, NAME, of, store.device),
        (2, NAME, of, store.device),
        (1, b"m" * 16, of, store.device),
        (1, NAME, b"p" * 16, store.device),
        (1, NAME, of, b"d" * 16),
    ):
        with pytest.raises(NotHelpedError, match="belongs to another"):
            shares.opened(store, share(*wrong, "words"))


def test_an_invitation(vault: Vault, tmp_path: Path) -> None:
    invitations.invite(vault, tmp_path / "invitation")
    data = (tmp_path / "invitation").read_bytes()
    magic = data[: data.index(b"\x01") + 1]
    statement = canonical.decode(data[len(magic) + 64 :])

    def signed(version: object) -> bytes:
        told = canonical.encode([version, *statement[1:]])
        key = vault.store.require_signing_key()
        return magic + key.sign(b"defenderdesk.org/v1/invitation", told) + told

    assert invitations.read_invitation(signed(1)) == invitations.read_invitation(data)
    for wrong in (True, 0, "1"):
        with pytest.raises(DamagedError, match="not an invitation"):
            invitations.read_invitation(signed(wrong))
    with pytest.raises(NewerError):
        invitations.read_invitation(signed(2))
