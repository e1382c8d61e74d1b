"""Sharing one case with a partner organisation: chosen fields, sealed to its key, and back.

What leaves is exactly what `preview` gives: the chosen fields of the chosen records, without what
is marked as not to be shared, without links that lead out of it. It is signed by this device,
padded (Padmé) and sealed as an age file to the partner's key. The partner takes it in as a case
of its own and may send it back: what they added comes as theirs (`origin`), and where both
changed a field both values stand until a person decides. Specified in `docs/format/share.md`.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from defenderdesk.bundle.padme import padded
from defenderdesk.crypto import signing
from defenderdesk.crypto.age import Opener, parse_recipient, seal_bytes
from defenderdesk.domain import withheld
from defenderdesk.domain.casefile import CaseFile, Fields
from defenderdesk.domain.kinds import DELETED, KIND, KINDS, ORIGIN, Type, kind_of
from defenderdesk.domain.values import Value, is_value
from defenderdesk.errors import (
    DamagedError,
    LimitError,
    NewerError,
    NoSpaceError,
    NotFoundError,
    Says,
    UsageError,
)
from defenderdesk.vault import Edit, Vault, approvals, files
from defenderdesk.vault.types import Change

SUFFIX = ".ddshare"
FORMAT, VERSION = "defenderdesk-share", 1
MAX_FILE = 64 * 1024 * 1024
MAX_RECORDS = 20_000
_MAGIC = b"DDSHARE\x01"
_SIGN = b"defenderdesk.org/v1/share\x00"
_WORDS = b"defenderdesk.org/v1/signer-words\x00"

NEVER = frozenset(
    {"plan", "approval", "share", "task", "term", "pack", "mechanism", "rule", "alert", "template",
     "policy", "attachment"}
)  # fmt: skip
"""Kinds that no share carries: the office's own, and emergency plans. Attachments go by bundle
or by hand: they are large and a person must look at each."""
AT_FIRST = frozenset(
    {"case", "involvement", "event", "act", "chain", "proceeding", "charge", "hearing",
     "intervention"}
)  # fmt: skip
"""Kinds that are chosen to begin with; sources, consents, notes, risks wait for a person."""
NOT_AT_FIRST = frozenset({"contact", "note", "comments", "remarks", "editor_note", "responsible"})
"""Fields that are not chosen to begin with."""

Chosen = dict[str, frozenset[str]]
"""Kind -> the names of its fields that leave."""


@dataclass(frozen=True)
class Preview:
    """What would leave: records as exchange JSON has them, and how many fields stay behind
    because they are marked."""

    case: str
    records: list[dict[str, Any]]
    withheld: int

    def text(self) -> str:
        """What leaves, as it leaves."""
        return json.dumps(self.records, ensure_ascii=False, indent=2, sort_keys=True)


@dataclass(frozen=True)
class Received:
    """A share that was opened and whose signature is right, before it is taken in."""

    share: str
    reply_to: str
    organisation: str
    member: str
    signer: str
    recipient: str
    words: list[str]
    purpose: str
    case: str
    records: list[dict[str, Any]]
    sha256: str


@dataclass
class Taken:
    """What taking a share in did."""

    case: str
    records: int = 0
    conflicts: int = 0
    organisation: str = ""
    changes: list[str] = field(default_factory=list)


def at_first(case: CaseFile) -> Chosen:
    """The choice to begin with: what the case holds, the cautious part of it."""
    chosen: Chosen = {}
    for record in case.all():
        kind = KINDS.get(str(record.get("kind")))
        if kind is not None and kind.name in AT_FIRST:
            chosen[kind.name] = frozenset(
                f.name for f in kind.fields if f.type is not Type.DATA
            ) - NOT_AT_FIRST  # fmt: skip
    return chosen


def possible(case: CaseFile) -> dict[str, list[str]]:
    """Kind -> fields that hold something and could be chosen, in the order of the forms."""
    found: dict[str, dict[str, None]] = {}
    for record in case.all():
        kind = KINDS.get(str(record.get("kind")))
        if kind is None or kind.name in NEVER:
            continue
        names = found.setdefault(kind.name, {})
        for spec in kind.fields:
            if spec.type is not Type.DATA and record.get(spec.name) not in (None, "", []):
                names[spec.name] = None
    return {kind: list(names) for kind, names in found.items()}


def preview(case: CaseFile, chosen: Mapping[str, frozenset[str]]) -> Preview:
    """What would leave. Raises `UsageError` where the case itself is withheld."""
    opened = withheld.open_case(case)
    if opened is None:
        raise UsageError(what="This case is marked as not to be shared")
    if "case" not in chosen:
        raise UsageError(what="Something of the case itself has to be chosen")
    hidden = sum(len(withheld.names(r)) for r in case.all() if r.get("kind") in chosen)
    kept = [
        r for r in opened.all() if r.get("kind") in chosen and str(r.get("kind")) not in NEVER
    ]  # fmt: skip
    ids = {str(r.get("id")) for r in kept}
    records = [_one(r, chosen[str(r["kind"])], ids) for r in kept]
    return Preview(str(case.case.get("id")), records, hidden)


def _one(record: Fields, names: frozenset[str], ids: set[str]) -> dict[str, Any]:
    kind = kind_of(str(record["kind"]))
    fields: dict[str, Any] = {}
    sets: dict[str, Any] = {}
    for spec in kind.fields:
        value = record.get(spec.name)
        if value in (None, "", []) or spec.type is Type.DATA:
            continue
        inside = spec.type is Type.LINK
        if not inside and spec.name not in names:
            continue
        if inside:  # links hold the share together; one that leads out of it stays behind
            linked = [v for v in (value if isinstance(value, list) else [value]) if v in ids]
            if not linked:
                continue
            value = linked if spec.many else linked[0]
        (sets if spec.many else fields)[spec.name] = value
    out: dict[str, Any] = {"id": record["id"], "kind": kind.name, "fields": fields}
    if sets:
        out["sets"] = sets
    return out


def share(
    vault: Vault,
    case: str,
    organisation: str,
    chosen: Mapping[str, frozenset[str]],
    out: Path,
    purpose: str = "",
    reply_to: str = "",
) -> Change:
    """Writes the sealed file and records in the case what left, to whom, and when. Raises
    `UsageError` for a partner without a key, `NotGrantedError` without a needed approval."""
    used = approvals.need(vault, approvals.EXPORT, case)
    partner = vault.get(organisation)
    try:
        recipient = parse_recipient(partner.text("recipient").strip())
    except (ValueError, DamagedError) as error:
        raise UsageError(what="This organisation has no key, or it is not an age key") from error
    made = preview(vault.views.casefile(case), chosen)
    number = vault.new_id()
    info = vault.info()
    key = vault.store.need_signing_key()
    body = {
        "format": FORMAT,
        "version": VERSION,
        "share": number,
        "reply_to": reply_to,
        "from": {
            "organisation": info.workspace,
            "member": info.member,
            "signing_key": key.public.hex(),
            "recipient": str(vault.store.need_identity().recipient),
        },
        "created": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "purpose": purpose,
        "case": case,
        "records": made.records,
    }
    content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    content = content.ljust(padded(len(content)))
    sealed = seal_bytes(_MAGIC + key.sign(_SIGN, content) + content, [recipient])
    with files.whole(files.outside(vault.profile, out)) as target:
        target.write(sealed)
    record = vault.new_id()
    edits = [*used, Edit(record, KIND, "share"), Edit(record, "case", case)]
    told: dict[str, Value] = {
        "organisation": organisation,
        "date": date.today().isoformat(),
        "direction": "given",
        "share_id": number,
        "key": partner.text("recipient"),
        "sha256": hashlib.sha256(sealed).hexdigest(),
        "records": len(made.records),
        "purpose": purpose,
        "content": {r["id"]: sorted({*r["fields"], *r.get("sets", {})}) for r in made.records},
    }
    for name, value in told.items():
        if value not in ("", None):
            edits.append(Edit(record, name, value))
    return vault.save(edits)


# -- in ----------------------------------------------------------------------------------------


def open_share(vault: Vault, path: Path) -> Received:
    """Opens a share sealed to this device and checks its signature; takes nothing in. Raises
    `NotForUsError`, `DamagedError`, `LimitError`."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise LimitError(what="a share of more than 64 MiB")
        sealed = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(what=Says("file {name}", name=path.name)) from error
    except OSError as error:
        raise NoSpaceError(what=f"{path.name}: {error.strerror or error}") from error
    opened = Opener(io.BytesIO(sealed), [vault.store.need_identity()]).read(MAX_FILE + 1)
    if len(opened) > MAX_FILE:
        raise LimitError(what="a share of more than 64 MiB")
    head = len(_MAGIC)
    if opened[: head - 1] != _MAGIC[:-1]:
        raise DamagedError(what="it is not a share")
    if opened[:head] != _MAGIC:
        raise NewerError(what="this share")
    signature, content = opened[head : head + 64], opened[head + 64 :]
    body = _body(content)
    sender = body["from"]
    try:
        public = bytes.fromhex(sender["signing_key"])
        parse_recipient(sender["recipient"])
    except (ValueError, TypeError) as error:
        raise DamagedError(what="it does not say who sent it") from error
    signing.verify(public, _SIGN, content, signature, "the share")
    return Received(
        body["share"], body["reply_to"], sender["organisation"][:200], sender["member"][:200],
        sender["signing_key"], sender["recipient"], signer_words(public), body["purpose"][:2000],
        body["case"], body["records"], hashlib.sha256(sealed).hexdigest(),
    )  # fmt: skip


def signer_words(public: bytes) -> list[str]:
    """Six words that stand for a partner's signing key, to compare by voice."""
    from mnemonic import Mnemonic

    digest = hashlib.sha256(_WORDS + public).digest()
    book = Mnemonic("english").wordlist
    number = int.from_bytes(digest[:9], "big") >> 6
    return [book[number >> (11 * i) & 2047] for i in reversed(range(6))]


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise DamagedError(what="it is not a share") from error
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise DamagedError(what="it is not a share")
    if body.get("version") != VERSION:
        raise NewerError(what="this share")
    sender, records = body.get("from"), body.get("records")
    texts = [body.get(name) for name in ("share", "reply_to", "purpose", "case")]
    if not isinstance(sender, dict) or not all(
        isinstance(one, str)
        for one in (*texts, *(sender.get(n) for n in
                              ("organisation", "member", "signing_key", "recipient")))
    ):  # fmt: skip
        raise DamagedError(what="it does not say who sent it")
    if not isinstance(records, list) or len(records) > MAX_RECORDS:
        raise LimitError(what="a share of too many records")
    for record in records:
        _check(record)
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
    if not isinstance(kind, str) or not isinstance(fields, dict):
        raise DamagedError(what=Says("the record {rid} in it is malformed", rid=rid))
    if kind not in KINDS or kind in NEVER:
        raise DamagedError(what=Says("the record {rid} in it is malformed", rid=rid))
    if not isinstance(sets, dict) or not all(isinstance(v, list) for v in sets.values()):
        raise DamagedError(what=Says("the record {rid} in it is malformed", rid=rid))
    reserved = {KIND, DELETED, ORIGIN, "withheld", "merged_into"}
    for name, value in (*fields.items(), *((n, v) for n, vs in sets.items() for v in vs)):
        if name in reserved or not 0 < len(name) <= 100 or not is_value(value):
            raise DamagedError(what=Says("the record {rid} in it is malformed", rid=rid))


def take(vault: Vault, received: Received, desk: str | None = None) -> Taken:
    """Takes a share in: records that are new here become ours with their origin; a field that
    holds another value here gets theirs beside it, for a person to decide."""
    partner = _partner(vault, received, desk)
    taken = Taken(received.case, organisation=partner)
    known = {p.record.id: p.record for p in vault.views.placed([r["id"] for r in received.records])}
    home = known[received.case].desk if received.case in known else desk
    edits: list[Edit] = []
    for item in received.records:
        rid, before = item["id"], known.get(item["id"])
        if before is None:
            edits.append(Edit(rid, KIND, item["kind"]))
            taken.records += 1
        elif before.kind != item["kind"]:
            raise DamagedError(what=Says("the record {rid} in it is malformed", rid=rid))
        news = []
        for name, value in item.get("fields", {}).items():
            if before is None or before.fields.get(name) != value:
                news.append(Edit(rid, name, value))
        for name, values in item.get("sets", {}).items():
            present = before.sets.get(name, []) if before else []
            news += [Edit(rid, name, value, "add") for value in values if value not in present]
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
        Edit(record, "sha256", received.sha256),
        Edit(record, "records", len(received.records)),
        Edit(record, "purpose", received.purpose or None),
    ]
    change = vault.save([e for e in edits if e.value is not None], home, beside=True)
    taken.conflicts = change.conflicts
    return taken


def _partner(vault: Vault, received: Received, desk: str | None) -> str:
    """The organisation that signs with this key; made where it is not known yet."""
    for record in vault.views.of_kind("organisation"):
        if record.text("signer") == received.signer:
            return record.id
    for record in vault.views.of_kind("organisation"):
        same = record.text("recipient").strip() == received.recipient
        if same and not record.text("signer"):
            vault.save([Edit(record.id, "signer", received.signer)])
            return record.id
    made = vault.new_id()
    vault.save(
        [
            Edit(made, KIND, "organisation"),
            Edit(made, "name", received.organisation or received.member),
            Edit(made, "signer", received.signer),
            Edit(made, "recipient", received.recipient),
        ],
        desk,
    )
    return made
