"""The link policy: may this device speak to the server now, over this route, and why (not)?

Pure: it decides from what it is told, and its reason can be shown. Reasons are message ids.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

NO_SERVER = "no server is set"
NOT_PINNED = "the server's address carries no pinned identity"
NOT_HTTPS = "the server's address is not https"
PAUSED = "synchronising is paused"
BAD_ROUTE = "the route is not one that DefenderDesk knows"
NOT_REACHED = "server not reached"
NO_ROUTE = "the route (Tor or proxy) is not available"
WRONG_IDENTITY = "the server is not the one that was pinned"
UNKNOWN_DEVICE = "the server does not know this device"
MISBEHAVES = "the server answers what it should not"
TOO_SLOW = "the server answers too slowly"
ENDLESS = "the server kept this laptop busy without an end"
FULL = "the server is full"
QUOTA = "the workspace has used up its part of the server"
NOT_REGISTERED = "the token in the server’s address is not this server’s, or it was used already"
NO_PROOF = "this laptop cannot prove to the server that the workspace’s founder gave it authority"
OLDER = "the server’s program is older than this one and has to be updated first"
NEWER = "the server’s program is newer: update DefenderDesk on this laptop"
SAFE = "safe link"
AUTHORITY_SILENT = "the timestamp authority does not answer"

DIRECT = "direct"
_PIN = re.compile(r"[0-9a-f]{64}\Z")
_SOCKS = re.compile(r"socks5h://[^/\s@]+:\d{1,5}\Z")


@dataclass(frozen=True)
class Address:
    """A server's address: host, port, pin (SHA-256 of its certificate), registration token."""

    host: str
    port: int
    pin: str
    token: str = ""

    @property
    def origin(self) -> str:
        """`https://host:port`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}:{self.port}"

    def public(self) -> str:
        """The address without the registration token: what an invitation carries."""
        return f"{self.origin}/#sha256={self.pin}"


@dataclass(frozen=True)
class Decision:
    """Decides whether to speak, and gives the reason either way. `route`: "direct" or a SOCKS
    address."""

    safe: bool
    reason: str
    address: Address | None = None
    route: str = DIRECT


def decide(server: str, route: str = DIRECT, paused: bool = False) -> Decision:
    """The decision for a server's full address, a route, and whether the person paused."""
    if not server:
        return Decision(False, NO_SERVER)
    try:
        parts = urlsplit(server)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        return Decision(False, NO_SERVER)
    if parts.scheme != "https" or not host:
        return Decision(False, NOT_HTTPS)
    facts = dict(pair.partition("=")[::2] for pair in parts.fragment.split("&"))
    pin = facts.get("sha256", "").replace(":", "").lower()
    if not _PIN.match(pin):
        return Decision(False, NOT_PINNED)
    address = Address(host, port, pin, facts.get("token", ""))
    if paused:
        return Decision(False, PAUSED, address)
    route = route or DIRECT
    if route != DIRECT and not _SOCKS.match(route):
        return Decision(False, BAD_ROUTE, address)
    return Decision(True, SAFE, address, route)


def route(wanted: str, paused: bool) -> Decision:
    """Decides whether others than the server may be asked (timestamp authorities), and over which
    route: the same one."""
    if paused:
        return Decision(False, PAUSED)
    wanted = wanted or DIRECT
    if wanted != DIRECT and not _SOCKS.match(wanted):
        return Decision(False, BAD_ROUTE)
    return Decision(True, SAFE, route=wanted)


def public_address(server: str) -> str:
    """A server's address without its registration token; empty where it is no safe address."""
    decision = decide(server)
    return decision.address.public() if decision.address else ""
