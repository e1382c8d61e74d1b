"""A locked laptop and the administrators who help it: a request, six words, answers.

The laptop makes a key for this one time, which never leaves its memory, and writes a request: which
round of shares, and what to seal them to. A request is not signed, for the vault is locked: so each
administrator sees whom the shares belong to, and both compare six words by voice before an answer
is written. An answer holds one share, sealed to the key of the request. `docs/format/recovery.md`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from defenderdesk import files
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.age import HybridIdentity, HybridRecipient, open_bytes, seal_bytes
from defenderdesk.errors import (
    AnswerError,
    DamagedError,
    Message,
    NewerError,
    NoHelpError,
    NotForUsError,
    WorldError,
)
from defenderdesk.sync.enrolment import invitation, join_request
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members
from defenderdesk.vault.recovery import shares, trustees

REQUEST, ANSWER = ".ddask", ".ddhelp"
_MAGIC_REQUEST, _MAGIC_ANSWER = b"DDASK\x01", b"DDHELP\x01"
_WORDS = b"defenderdesk.org/v1/recovery-words\x00"
_MOST_NAME = members.MAX_NAME


@dataclass
class Locked:
    """A request of a locked laptop. `answers`: who answered → the share."""

    profile: Path
    round: trustees.Round
    identity: HybridIdentity
    request: bytes
    language: str
    answers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, profile: Path, language: str = "en") -> Locked:
        """A new request. Raises `NoHelpError` where nobody was asked to help this vault."""
        found = trustees.round_of(profile)
        if found is None:
            raise NoHelpError(what="no administrators were chosen for this vault")
        identity = HybridIdentity.generate()
        content = canonical.encode([1, found.name, identity.recipient.public, language])
        return cls(profile, found, identity, _MAGIC_REQUEST + content, language)

    @property
    def words(self) -> list[str]:
        """The six words that the administrators see as well."""
        return _words(self.request, self.language)

    @property
    def lacking(self) -> int:
        """The number of answers that are still needed."""
        return max(0, self.round.need - len(self.answers))

    def write(self, out: Path) -> None:
        """The request as a file."""
        files.write(files.outside(self.profile, out), self.request)

    def add(self, path: Path) -> str:
        """Takes an answer; who gave it. Raises `AnswerError`."""
        data = invitation.read_small(path)
        if not data.startswith(_MAGIC_ANSWER):
            raise AnswerError(what="it is no answer to a request for help")
        try:
            content = open_bytes(data[len(_MAGIC_ANSWER) :], [self.identity])
            version, request, name, member, share = canonical.decode(content)
        except NotForUsError as error:
            raise AnswerError(what="it answers another request, or it is damaged") from error
        except (DamagedError, ValueError, TypeError) as error:
            raise AnswerError(what="it is damaged or was altered") from error
        if not canonical.is_version(version, 1) or type(member) is not str or type(share) is not str:
            raise AnswerError(what="it is damaged or was altered")
        member = member[:_MOST_NAME]
        if request != hashlib.sha256(self.request).digest():
            raise AnswerError(what=Message("{member} answered another request", member=member))
        if name != self.round.name:
            raise AnswerError(what=Message("the share from {member} is an older one", member=member))
        if trustees.share_hash(name, share) not in self.round.hashes:
            raise AnswerError(
                what=Message("the share from {member} is not one of this vault’s", member=member)
            )
        if share in self.answers.values():
            raise AnswerError(what=Message("the share from {member} is here already", member=member))
        self.answers[f"{member}\x00{len(self.answers)}"] = share
        return member

    def open(self, *, wait: float = 0) -> Vault:
        """The vault, once enough have answered; the caller asks for a new passphrase and calls
        `trustees.renew`. Raises `NoHelpError` before."""
        if self.lacking:
            raise NoHelpError(what=Message("{n} more must answer", n=self.lacking))
        if trustees.round_of(self.profile) != self.round:
            raise NoHelpError(what="its shares were made anew since this request")
        secret = trustees.secret_of(list(self.answers.values())[: self.round.need])
        return Vault.open_with_administrators(self.profile, secret, wait=wait)


@dataclass(frozen=True)
class Asked:
    """A request as an administrator sees it: whose laptop, which words."""

    member: str
    device: str
    name: str
    words: list[str]
    need: int
    request: bytes
    recipient: bytes
    share: shares.Share


def read(vault: Vault, path: Path) -> Asked:
    """A request that this administrator's laptop holds a share for. Raises `NotHelpedError` where
    it must not be answered, `DamagedError`."""
    data = invitation.read_small(path)
    what = "it is no request for help"
    if not data.startswith(_MAGIC_REQUEST[:-1]) or len(data) < len(_MAGIC_REQUEST):
        raise DamagedError(what=what)
    if not data.startswith(_MAGIC_REQUEST):
        raise NewerError(what="the request for help")
    value = canonical.decode(data[len(_MAGIC_REQUEST) :], what)
    if (
        type(value) is not list
        or len(value) != 4
        or not canonical.is_version(value[0], 1)
        or type(value[1]) is not bytes
        or type(value[2]) is not bytes
        or type(value[3]) is not str
    ):
        raise DamagedError(what=what)
    _, name, recipient, language = value
    HybridRecipient(recipient)
    share, member = vault.recovery.for_round(name)
    return Asked(
        member.member,
        signing.id_text(member.device),
        member.name,
        _words(data, language),
        share.need,
        data,
        recipient,
        share,
    )


def answer(vault: Vault, asked: Asked, out: Path) -> None:
    """Writes the answer, once the words were compared. Looks again whether it may."""
    share, _ = vault.recovery.for_round(asked.share.round)
    own = vault.identity.members[vault.identity.device]
    content = canonical.encode(
        [1, hashlib.sha256(asked.request).digest(), share.round, own.member, vault.recovery.opened(share)]
    )
    sealed = seal_bytes(content, [HybridRecipient(asked.recipient)])
    files.write(files.outside(vault.profile, out), _MAGIC_ANSWER + sealed)


def _words(request: bytes, language: str) -> list[str]:
    return join_request.words_of(hashlib.sha256(_WORDS + request).digest(), b"", language)


def finish(vault: Vault, passphrase: str, *, keyring: bool = True) -> bool:
    """After an opening with help: the new passphrase, and new shares, for the ones before were
    told. `keyring`: False for one that works without the machine's keyring, which may be what was
    lost. False where new shares must be arranged by hand."""
    vault.change_passphrase(passphrase, keyring=keyring)
    try:
        return vault.recovery.renew()
    except WorldError:
        return False
