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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from defenderdesk import files
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import parse_recipient
from defenderdesk.domain.kinds import DELETED, KIND, KINDS, ORIGIN
from defenderdesk.domain.values import Value
from defenderdesk.errors import DamagedError, Message, NotFoundError, UsageError
from defenderdesk.interchange.operation import operation
from defenderdesk.interchange.shares import exporting
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.types import Change, Record

if TYPE_CHECKING:
    from defenderdesk.interchange.shares.received import Received

NEW = "new"
"""Beside a record's digests: the share made the record."""
MOST_EARLY = 1000
_AT_ONCE = 100
_NUMBER = 64
"""Shares that one request is remembered for, and characters of a number: anybody can write one."""
_EARLY = "recalled_early"
"""Setting of the vault: [who signed, number] of shares that were asked back before they came."""
_OURS = frozenset({KIND, DELETED, ORIGIN})
Content = Mapping[str, Any]


def digest(value: Value) -> str:
    """16 hexadecimal digits that tell whether a value is still the one that came."""
    return hashlib.sha256(canonical.encode(value)).hexdigest()[:16]


def noted(
    item: Mapping[str, Any], new: bool, news: Sequence[Edit], updates: Sequence[Edit]
) -> dict[str, Value]:
    """The digests that are kept of one record of a share: the digests of the values that it
    brought, of a set a list of them."""
    out: dict[str, Value] = {}
    for edit in (*news, *updates):
        if edit.record != item["id"]:
            continue
        if edit.op == "add":
            held = out.setdefault(edit.field, [])
            if isinstance(held, list):
                held.append(digest(edit.value))
        else:
            out[edit.field] = digest(edit.value)
    if new:
        out[NEW] = True
    return out


def content_of(vault: Vault, partner: str, case: str, share: str) -> Content:
    """The digests of what an earlier share of this partner brought; empty where it is not known."""
    found = received_of(vault, partner, case, share) if share else None
    value = found.fields.get("content") if found else None
    return value if isinstance(value, dict) else {}


def received_of(vault: Vault, partner: str, case: str, share: str) -> Record | None:
    """The record of a share of a case that this partner gave."""
    for record in vault.children(case, "share"):
        if (record.text("share_id"), record.text("direction"), record.text("organisation")) == (
            share,
            "received",
            partner,
        ):
            return record
    return None


def stands(record: Record, name: str, earlier: Content) -> bool:
    """Tells whether a field still holds what the earlier share brought."""
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
    before = [  # an update took their place: what they brought is asked back with it
        other
        for other in vault.children(record.text("case"), "share")
        if other.text("direction") == "given"
        and not other.text("recalled")
        and other.text("organisation") == record.text("organisation")
        and other.id != record.id
        and other.updated <= record.updated
    ]
    sealed = exporting.sealed_body(
        vault,
        recipient,
        {
            "share": vault.new_id(),
            "reply_to": "",
            "recalls": record.text("share_id"),
            "also": [other.text("share_id") for other in before],
            "purpose": reason,
            "case": record.text("case"),
            "records": [],
        },
        record.desk,
    )
    with files.whole(files.outside(vault.profile, out)) as target:
        target.write(sealed)
        today = date.today().isoformat()
        return vault.save([Edit(one.id, "recalled", today) for one in (record, *before)])


@dataclass(frozen=True)
class Asked:
    """A request to take shares back: which ones, and what of them still stands as it came.
    `whole`: records that go altogether; `fields`: of others; `stays`: records in which we wrote
    on."""

    shares: tuple[str, ...]
    case: str
    whole: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    stays: int


def asked(vault: Vault, received: Received) -> Asked:
    """The content that a recall would take away here. Raises `NotFoundError` where this partner
    gave no such share (only who signed it may ask it back)."""
    partner = next(
        (r.id for r in vault.views.of_kind("organisation") if r.text("signer") == received.signer),
        "",
    )
    numbers = {received.recalls, *received.also}
    found = [
        r
        for r in vault.children(received.case, "share")
        if partner
        and r.text("organisation") == partner
        and r.text("direction") == "received"
        and r.text("share_id") in numbers
    ]
    _remember(vault, received.signer, numbers - {r.text("share_id") for r in found})
    if not found:
        raise NotFoundError(what=Message("share of {who} that is asked back", who=received.organisation))
    whole: dict[str, None] = {}
    parts: dict[str, tuple[str, ...]] = {}
    stays = 0
    gave = _gave(vault, found)
    for rid, brought in gave.items():
        try:
            record = vault.get(rid)
        except NotFoundError:
            continue
        if record.deleted:
            continue
        standing = _standing(vault, record)
        parents = KINDS[record.kind].parents if record.kind in KINDS else ()
        same = tuple(
            n for n in brought if n not in parents and any(theirs(brought, n, v) for v in standing.get(n, ()))
        )
        if NEW in brought and all(theirs(brought, n, v) for n, vs in standing.items() for v in vs):
            whole[rid] = None
        else:
            stays += 1
        if same:
            parts[rid] = same
    for rid in _lasting(vault, whole):  # what is ours stays where it is found
        del whole[rid]
        stays += 1
    parts = {rid: names for rid, names in parts.items() if rid not in whole}
    return Asked(tuple(r.id for r in found), received.case, tuple(whole), parts, stays)


def _remember(vault: Vault, signer: str, numbers: set[str]) -> None:
    """The shares that a recall names may come after it, on another stick."""
    before: list[list[str]] = vault.settings.get(_EARLY, [])
    short = sorted(number for number in numbers if len(number) <= _NUMBER)[:_AT_ONCE]
    news = [one for number in short if (one := [signer, number]) not in before]
    if news:
        vault.settings.put(_EARLY, [*before, *news][-MOST_EARLY:])


def came_before(vault: Vault, received: Received) -> bool:
    """Tells whether whoever signed a share asked it back before it came."""
    return [received.signer, received.share] in vault.settings.get(_EARLY, [])


def _gave(vault: Vault, shares: Sequence[Record]) -> dict[str, dict[str, frozenset[str]]]:
    """Record → field → digests of what these shares of one partner brought; of those fields also
    what this partner had given before, which it took the place of."""
    partner, case = shares[0].text("organisation"), shares[0].text("case")
    before = [
        _content(other)
        for other in vault.children(case, "share")
        if (other.text("direction"), other.text("organisation")) == ("received", partner)
    ]
    out: dict[str, dict[str, frozenset[str]]] = {}
    for rid, kept in (item for share in shares for item in _content(share).items()):
        for name in kept if isinstance(kept, dict) else ():
            if name == NEW and kept[name] is not True:
                continue  # a field that is named so
            out.setdefault(rid, {})[name] = frozenset(
                one for earlier in before for one in _digests(earlier.get(rid), name)
            )
    return out


def _content(share: Record) -> Content:
    value = share.fields.get("content")
    return value if isinstance(value, dict) else {}


def _digests(kept: object, name: str) -> list[str]:
    value = kept.get(name) if isinstance(kept, dict) else None
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _standing(vault: Vault, record: Record) -> dict[str, list[Value]]:
    """Field → every value that stands in it, of what a person can write."""
    out = {n: [v] for n, v in record.fields.items() if n not in record.conflicts}
    out |= {n: vault.standing(record.id, n) for n in record.conflicts}
    for name, values in record.sets.items():
        out[name] = [*out.get(name, []), *values]
    return {n: values for n, values in out.items() if n not in _OURS}


def theirs(brought: Mapping[str, frozenset[str]], name: str, value: Value) -> bool:
    """Tells whether a value is one that the partner gave."""
    return digest(value) in brought.get(name, ())


def _lasting(vault: Vault, going: Mapping[str, None]) -> list[str]:
    """Of the records that would go altogether, those in which something stays."""
    out: list[str] = []
    kept: set[str] = set()
    while more := [
        rid
        for rid in going
        if rid not in kept
        and any(
            child.id not in going or child.id in kept
            for child in vault.children(rid)
            if child.kind != "share"
        )
    ]:
        kept.update(more)
        out += more
    return out


def honour(vault: Vault, received: Received) -> Asked:
    """Erases what the shares brought and nobody here changed, and notes that they were asked back.
    What was ours before, or stands beside theirs, stays: an erasure is for good."""
    found = _give_back(vault, received)
    vault.erasure.clean()  # once it is written: what leaves the disk does not come back
    return found


@operation
def _give_back(vault: Vault, received: Received) -> Asked:
    """As `honour`, without what leaves the disk."""
    found = asked(vault, received)
    reason = received.purpose or f"{received.organisation}: {received.recalls[:8]}"
    shares = [vault.get(share) for share in found.shares]
    gave = _gave(vault, shares)
    desks: dict[str, list[str]] = {}
    for rid in found.whole:
        desks.setdefault(vault.get(rid).desk, []).append(rid)
    for records in desks.values():
        vault.erasure.erase(records, reason)
    for rid, names in found.fields.items():
        vault.erasure.erase([rid], reason, names, of=partial(theirs, gave[rid]))
    today = date.today().isoformat()
    vault.save([Edit(share.id, "recalled", today) for share in shares])
    if kept := [share.id for share in shares if _content(share)]:
        vault.erasure.erase(kept, reason, ["content"])  # digests of names are soon guessed
    return found
