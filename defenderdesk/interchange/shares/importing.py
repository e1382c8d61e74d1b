"""Taking in what a partner shares: opened, checked, looked at, and only then kept.

Records that are new become ours with their origin; of what we know, a value that differs stands
beside ours. Where it updates an earlier share of theirs, what we left as they gave it takes their
new value. Specified in `docs/format/share.md`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from defenderdesk import files
from defenderdesk.crypto import canonical, plain_json, signing
from defenderdesk.crypto.age import Opener, parse_recipient
from defenderdesk.domain.kinds import DELETED, KIND, KINDS, MERGED_INTO, NOT_SAME, ORIGIN
from defenderdesk.domain.values import Value, is_value
from defenderdesk.errors import (
    DamagedError,
    LimitError,
    Message,
    NewerError,
    NotFoundError,
    StorageError,
    UsageError,
)
from defenderdesk.interchange import flaws
from defenderdesk.interchange.operation import operation
from defenderdesk.interchange.shares import recall
from defenderdesk.interchange.shares.exporting import (
    FORMAT,
    MAGIC,
    MAX_FILE,
    MAX_RECORDS,
    NEVER,
    SIGN,
    VERSION,
    is_key,
)
from defenderdesk.interchange.shares.received import Received
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.identity import partner_keys
from defenderdesk.vault.types import Record


@dataclass
class Taken:
    """The report of taking a share in. `replaced`: values of an earlier share that took their
    update."""

    case: str
    records: int = 0
    conflicts: int = 0
    replaced: int = 0
    erased: int = 0
    """Records that stay erased here."""
    organisation: str = ""
    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """Values that cannot be so: they are taken in as they stand, to be looked at."""


def open_share(vault: Vault, path: Path) -> Received:
    """Opens a share sealed to this device and checks its signature; takes nothing in. Raises
    `NotForUsError`, `DamagedError`, `LimitError`."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise LimitError(what="a share of more than 64 MiB")
        sealed = files.read(path)
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except OSError as error:
        raise StorageError(what=f"{path.name}: {error.strerror or error}") from error
    opened = Opener(io.BytesIO(sealed), vault.partners.identities()).read(MAX_FILE + 1)
    if len(opened) > MAX_FILE:
        raise LimitError(what="a share of more than 64 MiB")
    return read(opened, hashlib.sha256(sealed).hexdigest())


def read(opened: bytes, sha256: str) -> Received:
    """A share that was opened, its signature checked. `sha256`: of the file that it came in."""
    head = len(MAGIC)
    if opened[: head - 1] != MAGIC[:-1]:
        raise DamagedError(what="it is not a share")
    if opened[:head] != MAGIC:
        raise NewerError(what="this share")
    signature, content = opened[head : head + 64], opened[head + 64 :]
    body = _body(content)
    sender = body["from"]
    try:
        public = bytes.fromhex(sender["signing_key"])
        parse_recipient(sender["recipient"])
    except (ValueError, TypeError) as error:
        raise DamagedError(what="it does not say who sent it") from error
    signing.verify(public, SIGN, content, signature, "the share")
    return Received(
        body["share"],
        body["reply_to"],
        sender["organisation"][:200],
        sender["member"][:200],
        sender["signing_key"],
        sender["recipient"],
        partner_keys.words(sender["recipient"], public),
        body["purpose"][:2000],
        body["case"],
        body["records"],
        sha256,
        body.get("updates", ""),
        body.get("recalls", ""),
        tuple(body.get("also", [])),
        tuple(partner_keys.known_as(public, sender.get("earlier", []))),
    )


def _body(content: bytes) -> dict[str, Any]:
    body = plain_json.loads(content)
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise DamagedError(what="it is not a share")
    if not canonical.is_version(body.get("version"), VERSION):
        raise NewerError(what="this share")
    sender, records = body.get("from"), body.get("records")
    texts = [body.get(name) for name in ("share", "reply_to", "purpose", "case")]
    texts += [body.get("updates", ""), body.get("recalls", "")]
    if not isinstance(sender, dict) or not all(
        isinstance(one, str)
        for one in (*texts, *(sender.get(n) for n in ("organisation", "member", "signing_key", "recipient")))
    ):
        raise DamagedError(what="it does not say who sent it")
    also = body.get("also", [])
    if not isinstance(also, list) or len(also) > MAX_RECORDS or not all(isinstance(one, str) for one in also):
        raise DamagedError(what="it is not a share")
    earlier = sender.get("earlier", [])
    if (
        not isinstance(earlier, list)
        or len(earlier) > partner_keys.MOST_EARLIER
        or not all(
            isinstance(one, list) and len(one) == 2 and all(isinstance(t, str) for t in one)
            for one in earlier
        )
    ):
        raise DamagedError(what="it does not say who sent it")
    if not isinstance(records, list) or len(records) > MAX_RECORDS:
        raise LimitError(what="a share of too many records")
    for record in records:
        _check(record)
    if len({record["id"] for record in records}) < len(records):
        raise DamagedError(what="a record in it stands there twice")
    if body.get("recalls"):
        if records:
            raise DamagedError(what="it asks something back and gives something")
        return body
    if body["case"] not in {r["id"] for r in records if r["kind"] == "case"}:
        raise DamagedError(what="the case is not in it")
    return body


def _check(record: Any) -> None:
    """One record of a share: of a kind that may be shared, with fields that can be kept."""
    if not isinstance(record, dict):
        raise DamagedError(what="a record in it is not one")
    rid, kind = record.get("id"), record.get("kind")
    fields, sets = record.get("fields", {}), record.get("sets", {})
    try:
        signing.id_bytes(rid if isinstance(rid, str) else "")
    except ValueError as error:
        raise DamagedError(what="a record in it has no id") from error
    if not isinstance(kind, str) or kind not in KINDS or kind in NEVER:
        raise DamagedError(what=Message("the record {rid} in it is malformed", rid=rid))
    if not isinstance(fields, dict):
        raise DamagedError(what=Message("the record {rid} in it is malformed", rid=rid))
    if not isinstance(sets, dict) or not all(isinstance(v, list) for v in sets.values()):
        raise DamagedError(what=Message("the record {rid} in it is malformed", rid=rid))
    reserved = {
        KIND,
        DELETED,
        ORIGIN,
        "withheld",
        MERGED_INTO,
        NOT_SAME,
        erase.ERASED,
        erase.CONFIRMED,
    }
    for name, value in (*fields.items(), *((n, v) for n, vs in sets.items() for v in vs)):
        if name in reserved or is_key(kind, name) or not 0 < len(name) <= 100 or not is_value(value):
            raise DamagedError(what=Message("the record {rid} in it is malformed", rid=rid))


@operation
def take(vault: Vault, received: Received, desk: str | None = None) -> Taken:
    """Takes a share in: records that are new here become ours with their origin; a field that
    holds another value here gets theirs beside it, for a person to decide. One that a later share
    of theirs took the place of fills in what is empty. Raises `UsageError` for one that they asked
    back, or whose case was erased here: an old stick does not undo that."""
    if received.recalls:
        raise UsageError(what="This asks for a share back; it gives nothing")
    if recall.came_before(vault, received):
        raise UsageError(what="They asked this share back before it came: nothing was taken")
    known = {p.record.id: p.record for p in vault.views.placed([r["id"] for r in received.records])}
    gone = _erased(vault, [r["id"] for r in received.records if r["id"] not in known])
    if received.case in gone:
        raise UsageError(what="This case was erased here")
    partner = partner_of(
        vault,
        received.signer,
        received.recipient,
        received.organisation or received.member,
        desk,
        received.earlier,
    )
    taken = Taken(received.case, organisation=partner)
    before_it = _shares(vault, partner, received.case)
    if any(r.text("share_id") == received.share and r.text("recalled") for r in before_it):
        raise UsageError(what="They asked this share back, and it was given back here")
    if any(r.text("sha256") == received.sha256 for r in before_it):
        return taken  # what was changed, hidden or erased since stays so
    late = _is_older(received, before_it)
    earlier = {} if late else recall.content_of(vault, partner, received.case, received.updates)
    taken.erased = len(gone)
    home = known[received.case].desk if received.case in known else desk
    edits: list[Edit] = []
    updates: list[Edit] = []
    content: dict[str, Value] = {}
    for item in received.records:
        rid, before = item["id"], known.get(item["id"])
        if rid in gone:
            continue
        if before is None:
            edits.append(Edit(rid, KIND, item["kind"]))
            taken.records += 1
        elif before.kind != item["kind"]:
            raise DamagedError(what=Message("the record {rid} in it is malformed", rid=rid))
        news = []
        for name, value in item.get("fields", {}).items():
            if before is None or before.fields.get(name) != value:
                if before and recall.stands(before, name, earlier):
                    updates.append(Edit(rid, name, value))
                    taken.replaced += 1
                elif not (late and before and before.fields.get(name) is not None):
                    news.append(Edit(rid, name, value))
        for name, values in item.get("sets", {}).items():
            present = before.sets.get(name, []) if before else []
            news += [Edit(rid, name, value, "add") for value in values if value not in present]
        content[rid] = recall.noted(item, before is None, news, updates)
        if news:
            edits += [*news, Edit(rid, ORIGIN, received.organisation, "add")]
            if before is not None:
                taken.changes.append(rid)
    record = vault.new_id()
    edits += [
        Edit(record, KIND, "share"),
        Edit(record, "case", received.case),
        Edit(record, "organisation", partner),
        Edit(record, "date", date.today().isoformat()),
        Edit(record, "direction", "received"),
        Edit(record, "share_id", received.share),
        Edit(record, "updates", received.updates or None),
        Edit(record, "sha256", received.sha256),
        Edit(record, "records", len(received.records)),
        Edit(record, "purpose", received.purpose or None),
        Edit(record, "content", content),
    ]
    of = {item["id"]: item["kind"] for item in received.records}
    taken.warnings = flaws.cut(flaws.told([*edits, *updates], of))
    if updates:
        vault.save(updates, home)
    change = vault.save([e for e in edits if e.value is not None], home, concurrent=True)
    taken.conflicts = change.conflicts
    return taken


def _shares(vault: Vault, partner: str, case: str) -> list[Record]:
    """The shares of a case that this partner gave, as they were taken in."""
    return [
        r
        for r in vault.children(case, "share")
        if (r.text("direction"), r.text("organisation")) == ("received", partner)
    ]


def _is_older(received: Received, taken: Sequence[Record]) -> bool:
    """Tells whether one that was taken in took the place of this one."""
    return received.share in {r.text("updates") for r in taken}


def _erased(vault: Vault, records: Sequence[str]) -> set[str]:
    """Those of these records that were erased here for good."""
    out = set()
    for rid in records:
        with contextlib.suppress(NotFoundError):
            record = vault.get(rid)
            if record.deleted and record.fields.get(erase.ERASED):
                out.add(record.id)
    return out


@operation
def partner_of(
    vault: Vault,
    signer: str,
    recipient: str,
    name: str,
    desk: str | None = None,
    earlier: Sequence[str] = (),
) -> str:
    """The organisation that signs with this key (`earlier`: or did with one that it took the place
    of), with the keys of now; made where it is not known yet."""
    known = known_partner(vault, signer, recipient, earlier)
    fields = {"signer": signer, "recipient": recipient}
    if known is not None:
        held = known.text("recipient").strip().partition(partner_keys.MARK)[0]
        same = known.text("signer") == signer and held == recipient
        if not same:
            news = [Edit(known.id, field, value) for field, value in fields.items()]
            vault.save([*news, Edit(known.id, "key_checked", None)])  # other words than before
        return known.id
    made = vault.new_id()
    edits = [Edit(made, KIND, "organisation"), Edit(made, "name", name)]
    vault.save([*edits, *(Edit(made, f, value) for f, value in fields.items())], desk)
    return made


def known_partner(vault: Vault, signer: str, recipient: str, earlier: Sequence[str] = ()) -> Record | None:
    """The organisation that a partner's key stands for; None where it is not known yet."""
    organisations = vault.views.of_kind("organisation")
    for record in organisations:
        entered = record.text("recipient").strip().partition(partner_keys.MARK)[2]
        if signer in (record.text("signer"), entered):
            return record
    for record in organisations:
        if record.text("signer") and record.text("signer") in earlier:
            return record
    for record in organisations:
        if record.text("recipient").strip() == recipient and not record.text("signer"):
            return record
    return None
