"""Membership: who is of a workspace, with which devices, roles and desks.

It is a log of signed acts (`acts`), each naming by hash the acts that its author knew (`log`), so
that every device computes the same standing from the same acts, in whatever order they came
(`standing`). A workspace is named by a hash of its founder's signing key, so the log needs no
other root, and no server can add to it. Specified in `docs/format/membership.md`.
"""

from __future__ import annotations

from defenderdesk.bundle.membership.acts import (
    Act,
    Cut,
    check_vouched,
    device_id,
    key_name,
    workspace_id,
)
from defenderdesk.bundle.membership.limits import (
    ADMINISTRATOR,
    COORDINATOR,
    DESK_OFFICER,
    MAX_ACTS,
    MAX_MEMBERS,
    MAX_NAME,
    RECIPIENT_SIZE,
    RESEARCHER,
    RESERVE,
    ROLES,
)
from defenderdesk.bundle.membership.log import Log
from defenderdesk.bundle.membership.roster import Member, Proposal, Roster

__all__ = [
    "ADMINISTRATOR",
    "COORDINATOR",
    "DESK_OFFICER",
    "MAX_ACTS",
    "MAX_MEMBERS",
    "MAX_NAME",
    "RECIPIENT_SIZE",
    "RESEARCHER",
    "RESERVE",
    "ROLES",
    "Act",
    "Cut",
    "Log",
    "Member",
    "Proposal",
    "Roster",
    "check_vouched",
    "device_id",
    "key_name",
    "workspace_id",
]
