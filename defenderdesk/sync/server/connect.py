"""A greeted client of the server that the vault knows, over a route that its policy allows."""

from __future__ import annotations

from defenderdesk.sync import link_policy
from defenderdesk.sync.server.client import Client
from defenderdesk.vault import Vault


def connect(vault: Vault, server: str | None = None) -> tuple[Client, str]:
    """A greeted client, and the server's epoch. Remembers `server` once it answered rightly."""
    address = server or str(vault.setting("server") or "")
    decision = link_policy.decide(address, str(vault.setting("route") or ""), vault.setting("paused") is True)
    signed = bool(vault.identity.device)
    client = Client(
        decision,
        vault.identity.device if signed else None,
        vault.identity.require_signing_key() if signed else None,
        vault.identity.workspace,
    )
    hello = client.hello()
    if server and server != vault.setting("server"):
        vault.set_setting("server", server)
    return client, hello.epoch
