"""The vault: the encrypted local store of one profile on one device."""

from defenderdesk.vault.types import (
    Author,
    CaseFilter,
    CaseRow,
    Change,
    Conflict,
    Desk,
    Device,
    Edit,
    HistoryEntry,
    Hit,
    Info,
    Record,
    Standing,
    Waiting,
)
from defenderdesk.vault.vault import Vault

__all__ = [
    "Author",
    "CaseFilter",
    "CaseRow",
    "Change",
    "Conflict",
    "Desk",
    "Device",
    "Edit",
    "HistoryEntry",
    "Hit",
    "Info",
    "Record",
    "Standing",
    "Vault",
    "Waiting",
]
