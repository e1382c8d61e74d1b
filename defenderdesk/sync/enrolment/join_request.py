"""The answer to an invitation: a join file, and the words that both sides compare."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from defenderdesk import files
from defenderdesk.bundle.membership import acts
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import HybridRecipient, seal_bytes
from defenderdesk.errors import (
    UsageError,
)
from defenderdesk.sync.enrolment.invitation import VERSION, Invitation, read_invitation, read_small
from defenderdesk.vault import Vault
from defenderdesk.vault.identity import members

JOIN = b"defenderdesk.org/v1/join"
PROOF = b"defenderdesk.org/v1/join-proof\x00"
_WORDS = b"defenderdesk.org/v1/words\x00"
WORD_COUNT = 6
"""66 bits: nobody who stands between the two can try enough keys to meet them."""
_WORD_LISTS = {"en": "english", "fr": "french", "es": "spanish"}


@dataclass(frozen=True)
class JoinReport:
    """After `join`: the words to compare, and the workspace that was asked."""

    words: list[str]
    workspace: str
    desk: str


@dataclass(frozen=True)
class JoinRequest:
    """The request of a join file: compare the words before you approve."""

    member: str
    words: list[str]
    desk: str
    device: str
    signing_key: bytes
    recipient: bytes
    desk_id: bytes
    token: bytes
    consent: bytes


def join(vault: Vault, invitation: Path, member: str, out: Path) -> JoinReport:
    """Answers an invitation with a join file. The vault waits for its first bundle from then."""
    require_new(vault)
    asked = read_invitation(read_small(invitation))
    files.outside(vault.profile, out)
    data, words = make_join(vault, asked, member)
    files.write(out, data)
    return JoinReport(words, asked.workspace_name, asked.desk_name)


def require_new(vault: Vault) -> None:
    """Raises `UsageError` for a vault that could not take in the answer: an invitation is used up by
    the first who asks with it."""
    if vault.identity.workspace:
        raise UsageError(what="This vault already belongs to a workspace")


def make_join(vault: Vault, asked: Invitation, member: str) -> tuple[bytes, list[str]]:
    """(the join file's bytes, the words to compare). Remembers what is waited for. Raises
    `UsageError` where this vault belongs to a workspace."""
    require_new(vault)
    member = members.check_name(member, "A member")
    signing_key, identity = vault.identity.make_keys()
    proof = hashlib.sha256(PROOF + asked.token + asked.digest + signing_key.public).digest()
    statement = canonical.encode(
        [
            VERSION,
            asked.workspace,
            asked.desk,
            member,
            signing_key.public,
            identity.recipient.public,
            asked.token,
            proof,
            acts.consent(asked.workspace, signing_key, identity.recipient.public, member),
        ]
    )
    signature = signing_key.sign(JOIN, statement)
    words = words_of(asked.digest, statement, asked.language)
    with vault.transaction():
        vault.settings.put("pending_workspace", asked.workspace)
        vault.settings.put("pending_name", asked.workspace_name)
        vault.settings.put("pending_member", member)
        vault.settings.put("pending_words", words)
        if asked.server:
            vault.set_setting("server", asked.server)
    return seal_bytes(signature + statement, [HybridRecipient(asked.recipient)]), words


def words_of(invitation: bytes, join_statement: bytes, language: str) -> list[str]:
    """The six words to compare, from the hashes of both statements (BIP 39's word lists)."""
    from mnemonic import Mnemonic

    digest = hashlib.sha256(_WORDS + invitation + hashlib.sha256(join_statement).digest()).digest()
    words = Mnemonic(_WORD_LISTS.get(language[:2], "english")).wordlist
    number = int.from_bytes(digest[:9], "big") >> (72 - 11 * WORD_COUNT)
    return [words[number >> (11 * i) & 2047] for i in reversed(range(WORD_COUNT))]
