"""Roles, and the bounds of what the log may hold."""

from __future__ import annotations

RECIPIENT_SIZE = 1216
"""Bytes of a hybrid age recipient (ML-KEM-768 1184 + X25519 32)."""
RESEARCHER = "researcher"
DESK_OFFICER = "desk officer"
COORDINATOR = "coordinator"
ADMINISTRATOR = "administrator"
ROLES = (RESEARCHER, DESK_OFFICER, COORDINATOR, ADMINISTRATOR)
"""From the one who may least to the one who may most."""
MAX_NAME = 200
MAX_MEMBERS = 20_000
MAX_ACTS = 50_000
RESERVE = 10_000
"""Acts beyond `MAX_ACTS` that fit where an administrator made them, or made one on top of them."""
MAX_ACT = 4 * 1024 * 1024
MAX_PARENTS = 64
MAX_RENEWALS = 200
"""The number of times that a device may take a new identity before it must be let in anew."""
MAX_DESKS = 1_000

SHARE, SHARE_BYTES = 500, 1024 * 1024
"""The acts of one member's laptop, under all its keys, that no administrator has answered yet: so
many, and so many bytes of them."""
ABLE_SHARE, ABLE_SHARE_BYTES = 20_000, 12 * 1024 * 1024
"""As above, of a laptop that may administer, and another's answer."""
