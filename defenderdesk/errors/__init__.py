"""The tree of errors, with two roots.

`WorldError`: something outside the program (a wrong passphrase, a damaged bundle, a full
disk, no safe link). The person is told what happened and what to do next.
`OurError`: a mistake of the program. It is told apart, and its report holds no case data.

An error carries facts, not finished sentences: `text` and `next_step` are message ids in
English with `{placeholders}`; the faces (ui, cli, server) translate them and fill in `facts`.
Facts never hold passphrases, keys or the text of a record.
"""

from __future__ import annotations

from defenderdesk.errors.asking import (
    EmergencyError,
    MoreMustAgreeError,
    NoHelpError,
    NotFoundError,
    NotGrantedError,
    NotHelpedError,
    NotOpenYetError,
    NoWorkspaceError,
    RemovedError,
    RevokedError,
    SameIdError,
    UsageError,
)
from defenderdesk.errors.base import (
    DefenderDeskError,
    Exit,
    Message,
    OurError,
    WorldError,
)
from defenderdesk.errors.hostile import (
    AnswerError,
    BackupDamagedError,
    DamagedError,
    LimitError,
    NewerError,
    NotForUsError,
    OtherWorkspaceError,
    TruncatedError,
    UnknownDeviceError,
    VaultDamagedError,
)
from defenderdesk.errors.machine import (
    Cancelled,
    IncompleteInstallError,
    NoSafeLinkError,
    NoServerYetError,
    ReadOnlyError,
    ServerNotInstalledError,
    ServerRunningError,
    StorageError,
)
from defenderdesk.errors.opening import (
    DatabaseMissingError,
    EarlyVaultError,
    InUseError,
    KeyringError,
    KeyringLockedError,
    KeyringLostError,
    KeyringMissingError,
    KeysMissingError,
    LockedError,
    NoKeyringError,
    NoVaultError,
    UnusableKeyringError,
    VaultExistsError,
    WrongCodeError,
    WrongPassphraseError,
)

__all__ = [
    "AnswerError",
    "BackupDamagedError",
    "Cancelled",
    "DamagedError",
    "DatabaseMissingError",
    "DefenderDeskError",
    "EarlyVaultError",
    "EmergencyError",
    "Exit",
    "InUseError",
    "IncompleteInstallError",
    "KeyringError",
    "KeyringLockedError",
    "KeyringLostError",
    "KeyringMissingError",
    "KeysMissingError",
    "LimitError",
    "LockedError",
    "Message",
    "MoreMustAgreeError",
    "NewerError",
    "NoHelpError",
    "NoKeyringError",
    "NoSafeLinkError",
    "NoServerYetError",
    "NoVaultError",
    "NoWorkspaceError",
    "NotForUsError",
    "NotFoundError",
    "NotGrantedError",
    "NotHelpedError",
    "NotOpenYetError",
    "OtherWorkspaceError",
    "OurError",
    "ReadOnlyError",
    "RemovedError",
    "RevokedError",
    "SameIdError",
    "ServerNotInstalledError",
    "ServerRunningError",
    "StorageError",
    "TruncatedError",
    "UnknownDeviceError",
    "UnusableKeyringError",
    "UsageError",
    "VaultDamagedError",
    "VaultExistsError",
    "WorldError",
    "WrongCodeError",
    "WrongPassphraseError",
]
