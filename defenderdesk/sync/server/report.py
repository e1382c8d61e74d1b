"""The report of one synchronisation."""

from __future__ import annotations

from dataclasses import dataclass, field

from defenderdesk.sync import alerts


@dataclass
class SyncReport(alerts.Seen):
    """The report of one synchronisation. `waiting`: changes that still wait; `refused`: bundles of
    the server that were not taken, and why; `joins`: members who ask to be let in; `timestamps`:
    trusted timestamps got, `no_timestamp`: by authority why there is none; `unsure`: something that
    colleagues sent did not come yet."""

    sent_changes: int = 0
    sent_bundles: int = 0
    received_changes: int = 0
    received_bundles: int = 0
    attachments_sent: int = 0
    attachments_received: int = 0
    conflicts: int = 0
    waiting: int = 0
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    timestamps: int = 0
    unsure: bool = False
    no_timestamp: dict[str, str] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
