"""The way back from a journey: an empty vault looks in its desks' mailboxes for the key that an
administrator has given it again. What came before is not opened by it, and not even fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

from defenderdesk import files
from defenderdesk.errors import DamagedError, NotForUsError
from defenderdesk.sync.bundles import receiving
from defenderdesk.sync.server import paging
from defenderdesk.sync.server.client import Client, ServerError, disk
from defenderdesk.sync.server.place import Place
from defenderdesk.vault import Vault
from defenderdesk.vault.coercion import travel
from defenderdesk.vault.receiving.receive import Received

LIED: Literal[False] = False
MOST = 64 * 1024 * 1024
"""Bytes of a bundle that can be the one: it holds keys and the membership, no cases."""


def look(vault: Vault, client: Client) -> bool:
    """Takes in what is sealed for this device; whether it holds a desk again."""
    boxes: list[tuple[bytes, Any, Any]] = [tuple(b) for b in vault.settings.get(travel.BOXES, [])]
    folder = vault.profile / files.SYNC
    files.make_folder(folder)
    for at, (raw, state, cursor) in enumerate(boxes):
        place = Place.of(cursor)

        def save(at: int = at, raw: bytes = raw, state: Any = state, place: Place = place) -> None:
            boxes[at] = (raw, state, place.value())
            vault.settings.put(travel.BOXES, boxes)

        def take(one: paging.Listed, raw: bytes = raw) -> bool:
            return take_one(vault, client, folder, raw.hex(), one) is not LIED

        place.read(client, raw.hex(), take, save)
    if not vault.info().desks:
        return False
    vault.settings.put(travel.BOXES, [])
    return True


def take_one(
    vault: Vault, client: Client, folder: Path, box: str, one: paging.Listed
) -> Received | Literal[False] | None:
    """Takes in one listed bundle of keys or acts: what it brought; None where it is not for this
    device, or not right; `LIED` where the server does not send what it listed."""
    if not 0 < one.size <= MOST:
        return None
    path = folder / "homecoming.part"
    digest, have = hashlib.sha256(), 0
    try:
        with open(path, "wb") as out:
            for data in client.download(f"/v1/mailboxes/{box}/{one.seq}", 0):
                have += len(data)
                if have > one.size:
                    return LIED
                digest.update(data)
                out.write(data)
        return receiving.receive_file(vault, path) if digest.hexdigest() == one.sha256 else LIED
    except ServerError:
        return LIED
    except (DamagedError, NotForUsError):
        return None
    except OSError as error:
        raise disk(error) from error
    finally:
        path.unlink(missing_ok=True)
