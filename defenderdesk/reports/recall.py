"""Updating and recalling a share.

A recall is a request, signed like the share and sealed to the same key: the partner's program
shows it and, if a person there agrees, erases what the share brought. Nobody can make them. What
they changed or added since is theirs and stays. To know later what a share brought, whoever takes
it in keeps a digest of each value beside the record of the share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import parse_recipient
from defenderdesk.domain.kinds import DELETED, KIND, ORIGIN
from defenderdesk.domain.values import Value
from defenderdesk.errors import DamagedError, NotFoundError, Says, UsageError
from defenderdesk.reports import sharing
from defenderdesk.vault import Edit, Vault, erasure, files
from defenderdesk.vault.types import Change, Record

if TYPE_CHECKING:
    from defenderdesk.reports.taking import Received

NEW = "new"
"""Beside a record's digests: the share made the record."""
_OURS = frozenset({KIND, DELETED, ORIGIN})
Content = Mapping[str, Any]


def digest(value: Value) -> str:
    """16 hexadecimal digits that tell whether a value is still the one that came."""
    return hashlib.sha256(canonical.encode(value)).hexdigest()[:16]


def noted(
    item: Mapping[str, Any], new: bool, news: Sequence[Edit], updates: Sequence[Edit]
) -> dict[str, Value]:
    """What is kept of one record of a share: the digests of the values that it brought."""
    brought = {e.field for e in (*news, *updates) if e.record == item["id"]}
    out: dict[str, Value] = {
        name: digest(value) for name, value in item.get("fields", {}).items() if name in brought
    }
    if new:
        out[NEW] = True
    return out


def content_of(vault: Vault, partner: str, case: str, share: str) -> Content:
    """What an earlier share of this partner brought; empty where it is not known."""
    found = received_of(vault, partner, case, share) if share else None
    value = found.fields.get("content") if found else None
    return value if isinstance(value, dict) else {}


def received_of(vault: Vault, partner: str, case: str, share: str) -> Record | None:
    """The record of a share of a case that this partner gave."""
    for record in vault.children(case, "share"):
        if (record.text("share_id"), record.text("direction"), record.text("organisation")) == (
            share, "received", partner,
        ):  # fmt: skip
            return record
    return None


def stands(record: Record, name: str, earlier: Content) -> bool:
    """Whether a field still holds what the earlier share brought."""
    kept = earlier.get(record.id)
    known = kept.get(name) if isinstance(kept, dict) else None
    return known is not None and known == digest(record.fields.get(name))


# -- asking back ------------------------------------------------------------------------------


def ask_back(vault: Vault, given: str, out: Path, reason: str = "") -> Change:
    """Writes the request to take a share back, sealed to the key it was sealed to. Raises
    `UsageError` for what was not given by us."""
    record = vault.get(given)
    if record.kind != "share" or record.text("direction") != "given":
        raise UsageError(what="Only a share that was given can be asked back")
    try:
        recipient = parse_recipient(record.text("key").strip())
    except (ValueError, DamagedError) as error:
        raise UsageError(what="This share does not say for whom it was sealed") from error
    sealed = sharing.sealed_body(
        vault, recipient,
        {"share": vault.new_id(), "reply_to": "", "recalls": record.text("share_id"),
         "purpose": reason, "case": record.text("case"), "records": []},
        record.desk,
    )  # fmt: skip
    with files.whole(files.outside(vault.profile, out)) as target:
        target.write(sealed)
        return vault.save([Edit(given, "recalled", date.today().isoformat())])


@dataclass(frozen=True)
class Asked:
    """A request to take a share back: which one, and what of it still stands as it came. `whole`:
    records that go altogether; `fields`: of others; `stays`: records in which we wrote on."""

    share: str
    case: str
    whole: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    stays: int


def asked(vault: Vault, received: Received) -> Asked:
    """What a recall would take away here. Raises `NotFoundError` where this partner gave no such
    share (only who signed it may ask it back)."""
    partner = next(
        (r.id for r in vault.views.of_kind("organisation") if r.text("signer") == received.signer),
        "",
    )
    found = received_of(vault, partner, received.case, received.recalls) if partner else None
    if found is None:
        raise NotFoundError(
            what=Says("share of {who} that is asked back", who=received.organisation)
        )
    content = found.fields.get("content")
    whole, parts, stays = [], {}, 0
    for rid, kept in (content if isinstance(content, dict) else {}).items():
        try:
            record = vault.get(rid)
        except NotFoundError:
            continue
        if record.deleted or not isinstance(kept, dict):
            continue
        same = [n for n in kept if n != NEW and stands(record, n, {rid: kept})]
        ours = [n for n in record.fields if n not in _OURS and n not in same]
        if kept.get(NEW) is True and not ours:
            whole.append(rid)
        elif same:
            parts[rid] = tuple(same)
            stays += 1
        else:
            stays += 1
    return Asked(found.id, received.case, tuple(whole), parts, stays)


def honour(vault: Vault, received: Received) -> Asked:
    """Erases what the share brought and nobody here changed, and notes that it was asked back."""
    found = asked(vault, received)
    reason = received.purpose or f"{received.organisation}: {received.recalls[:8]}"
    if found.whole:
        erasure.erase(vault.store, found.whole, reason)
    for rid, names in found.fields.items():
        erasure.erase(vault.store, [rid], reason, names)
    vault.save([Edit(found.share, "recalled", date.today().isoformat())])
    erasure.clean(vault.store)
    return found
