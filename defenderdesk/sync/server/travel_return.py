"""The way back from a journey: an empty vault looks in its desks' mailboxes for the key that an
administrator has given it again. What came before is not opened by it, and not even fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from defenderdesk import files
from defenderdesk.errors import DamagedError, NoSafeLinkError, NotForUsError
from defenderdesk.sync import link_policy
from defenderdesk.sync.bundles import receiving
from defenderdesk.sync.server.client import Client, ServerError, disk
from defenderdesk.sync.server.transfer import PAGE, listed
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.receiving.receive import Received

MOST = 64 * 1024 * 1024
"""Bytes of a bundle that can be the one: it holds keys and the membership, no cases."""


def look(vault: Vault, client: Client) -> bool:
    """Takes in what is sealed for this device; whether it holds a desk again."""
    boxes: list[tuple[bytes, str, int]] = [tuple(b) for b in vault.settings.get(travel.BOXES, [])]
    folder = vault.profile / "sync"
    files.make_folder(folder)
    for at, (raw, state, cursor) in enumerate(boxes):
        box = raw.hex()
        while True:
            page = client.json("GET", f"/v1/mailboxes/{box}?after={cursor}&limit={PAGE}")
            found = page.get("bundles")
            if not isinstance(found, list):
                raise NoSafeLinkError(reason=link_policy.MISBEHAVES)
            if not found:
                break
            for item in found:
                cursor, _ = take_one(vault, client, folder, box, item, cursor)
            boxes[at] = (raw, state, cursor)
            vault.settings.put(travel.BOXES, boxes)
    if not vault.info().desks:
        return False
    vault.settings.put(travel.BOXES, [])
    return True


def take_one(
    vault: Vault, client: Client, folder: Path, box: str, item: Any, cursor: int
) -> tuple[int, Received | None]:
    """Takes in one listed bundle of keys or acts: (its number, what it brought; None where it is
    not for this device, or not right)."""
    seq, size, sha256 = listed(item, cursor)
    if size > MOST:
        return seq, None
    path = folder / "homecoming.part"
    digest, have, received = hashlib.sha256(), 0, None
    try:
        with open(path, "wb") as out:
            for data in client.download(f"/v1/mailboxes/{box}/{seq}", 0):
                have += len(data)
                if have > size:
                    return seq, None
                digest.update(data)
                out.write(data)
        if digest.hexdigest() == sha256:
            received = receiving.receive_file(vault, path)
    except (DamagedError, NotForUsError, ServerError):
        return seq, None
    except OSError as error:
        raise disk(error) from error
    finally:
        path.unlink(missing_ok=True)
    return seq, received
