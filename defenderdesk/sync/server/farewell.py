"""The last word of a laptop that was asked to destroy its keys: that it did.

It is signed with the key that goes, made before, and left with the server once the keys are gone. The
office hears of it with its next exchange. It is the laptop's word: whoever has its key and another
program can say so falsely; that nothing is heard proves nothing either.
"""

from __future__ import annotations

import contextlib

from defenderdesk.crypto import canonical, signing
from defenderdesk.errors import DamagedError, NoSafeLinkError, WorldError
from defenderdesk.sync import link_policy
from defenderdesk.sync.server.client import Client, ServerError
from defenderdesk.vault import Vault
from defenderdesk.vault.membership.seizure import DESTROYED

LABEL = b"defenderdesk.org/v1/farewell"
FAREWELL = "/v1/farewell"
VERSION = 1


def of(vault: Vault) -> bytes:
    """The word: signature and statement."""
    identity = vault.identity
    said = canonical.encode([VERSION, identity.require_workspace(), identity.device, vault.now_ms()])
    return identity.require_signing_key().sign(LABEL, said) + said


def leave(client: Client, word: bytes) -> None:
    """Leaves it with the server, if that takes it: the keys are gone either way."""
    with contextlib.suppress(ServerError, WorldError):
        client.request("PUT", FAREWELL, word)


def hear(vault: Vault, client: Client) -> None:
    """Asks for the word of every laptop that was asked to destroy its keys and has not said so yet."""
    for device, member in vault.identity.roster.devices.items():
        name = DESTROYED + signing.id_text(device)
        if not (member.removed and member.destroy) or vault.settings.get(name, 0):
            continue
        try:
            word = client.request("GET", f"/v1/devices/{signing.id_text(device)}/farewell")
            vault.settings.put(name, read(vault, device, word))
        except ServerError as error:
            if error.code != "not-found":
                raise
        except NoSafeLinkError as error:
            if error.facts.get("reason") != link_policy.MISBEHAVES:
                raise
            return  # a server of before knows no such word
        except DamagedError:
            continue  # it is not what that laptop said; perhaps it says so yet


def read(vault: Vault, device: bytes, word: bytes) -> int:
    """The time at which a laptop says that it destroyed its keys (ms, by its clock). Raises `DamagedError`
    for what it did not sign."""
    what = "the last word of a laptop is malformed"
    said, key = word[64:], vault.identity.roster.devices[device].signing_key
    signing.verify(key, LABEL, said, word[:64], "the last word of a removed laptop")
    value = canonical.decode(said, what)
    if (
        type(value) is not list
        or len(value) != 4
        or not canonical.is_version(value[0], VERSION)
        or value[1:3] != [vault.identity.require_workspace(), device]
        or type(value[3]) is not int
        or not 0 < value[3] < 2**48
    ):
        raise DamagedError(what=what)
    return value[3]
