"""Sharing one case with a partner organisation: chosen fields, sealed to its key, and back.

What leaves is exactly what `preview` gives: the chosen fields of the chosen records, without what
is marked as not to be shared, without links that lead out of it. It is signed by the desk,
padded (Padmé) and sealed as an age file to the partner's key. The partner takes it in as a case
of its own and may send it back: what they added comes as theirs (`origin`), and where both
changed a field both values stand until a person decides. Specified in `docs/format/share.md`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from defenderdesk.bundle.padme import padded
from defenderdesk.crypto.age import Recipient, seal_bytes
from defenderdesk.domain import custody, withheld
from defenderdesk.domain.casefile import CaseFile, Fields
from defenderdesk.domain.kinds import KIND, KINDS, ORGANISATION, Type, kind_of
from defenderdesk.domain.values import Value
from defenderdesk.errors import UsageError
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.identity import partner_keys
from defenderdesk.vault.types import Change

SUFFIX = ".ddshare"
FORMAT, VERSION = "defenderdesk-share", 1
MAX_FILE = 64 * 1024 * 1024
MAX_RECORDS = 20_000
MAGIC = b"DDSHARE\x01"
SIGN = b"defenderdesk.org/v1/share\x00"

NEVER = frozenset(
    {
        "plan",
        "approval",
        "share",
        "task",
        "term",
        "pack",
        "mechanism",
        "rule",
        "submitter",
        "alert",
        "template",
        "policy",
        "attachment",
        "recovery_share",
        "emergency",
        "emergency_step",
        "held_emergency",
    }
)
"""Kinds that no share carries: the office's own, and what is agreed for an emergency. Attachments
go by bundle or by hand: they are large and a person must look at each."""
AT_FIRST = frozenset(
    {
        "case",
        "involvement",
        "event",
        "act",
        "chain",
        "proceeding",
        "charge",
        "hearing",
        "step",
        "intervention",
    }
)
"""Kinds that are chosen to begin with; sources, consents, notes, risks wait for a person."""
KEYS = frozenset({"recipient", "signer", "key_checked"})
"""Fields of an organisation that no share carries: whoever sent one could put their own key in the
place of another partner's."""
NOT_AT_FIRST = frozenset({"contact", "note", "comments", "remarks", "editor_note", "responsible"})
"""Fields that are not chosen to begin with."""

OWN = frozenset({("submission", "names_hidden"), ("submission", "names_kept")})
"""Fields that no share carries: what the office said of words in its drafts holds the very names that
the drafts leave out."""

Chosen = dict[str, frozenset[str]]
"""Kind -> the names of its fields that leave."""


@dataclass(frozen=True)
class Preview:
    """The content that would leave: records as exchange JSON has them, and how many fields stay
    behind because they are marked."""

    case: str
    records: list[dict[str, Any]]
    withheld: int

    def text(self) -> str:
        """The content that leaves, as it leaves."""
        return json.dumps(self.records, ensure_ascii=False, indent=2, sort_keys=True)


def at_first(case: CaseFile) -> Chosen:
    """The choice to begin with: what the case holds, the cautious part of it."""
    chosen: Chosen = {}
    for record in case.all():
        kind = KINDS.get(str(record.get("kind")))
        if kind is not None and kind.name in AT_FIRST:
            chosen[kind.name] = (
                frozenset(f.name for f in kind.fields if f.type is not Type.DATA) - NOT_AT_FIRST
            )
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
            held = record.get(spec.name) not in (None, "", [])
            if held and spec.type is not Type.DATA and not stays(kind.name, spec.name):
                names[spec.name] = None
    return {kind: list(names) for kind, names in found.items()}


def stays(kind: str, field: str) -> bool:
    """Tells whether no share carries a field, whoever chooses it."""
    return is_key(kind, field) or (kind, field) in OWN


def is_key(kind: str, field: str) -> bool:
    """Tells whether a field says by which key a partner is known."""
    return kind == ORGANISATION.name and field in KEYS


def preview(case: CaseFile, chosen: Mapping[str, frozenset[str]]) -> Preview:
    """The content that would leave. Raises `UsageError` where the case itself is withheld."""
    opened = withheld.open_case(case)
    if opened is None:
        raise UsageError(what="This case is marked as not to be shared")
    if "case" not in chosen:
        raise UsageError(what="Something of the case itself has to be chosen")
    hidden = sum(len(withheld.names(r)) for r in case.all() if r.get("kind") in chosen)
    kept = [r for r in opened.all() if r.get("kind") in chosen and str(r.get("kind")) not in NEVER]
    ids = {str(r.get("id")) for r in kept}
    records = [_one(r, chosen[str(r["kind"])], ids) for r in kept]
    return Preview(str(case.case.get("id")), records, hidden)


def _one(record: Fields, names: frozenset[str], ids: set[str]) -> dict[str, Any]:
    kind = kind_of(str(record["kind"]))
    fields: dict[str, Any] = {}
    sets: dict[str, Any] = {}
    for spec in kind.fields:
        value = record.get(spec.name)
        if value in (None, "", []) or spec.type is Type.DATA or stays(kind.name, spec.name):
            continue
        inside = spec.type is Type.LINK
        if not inside and spec.name not in names:
            continue
        if inside:  # links hold the share together; one that leads out of it stays behind
            every = value if isinstance(value, list) else [value]
            linked = [one for one in every if isinstance(one, str) and one in ids]
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
    partner = vault.get(organisation)
    recipient, key, _ = partner_keys.parse(partner.text("recipient"))
    made = preview(vault.views.casefile(case), chosen)
    number = vault.new_id()
    updates = last_given(vault, case, organisation)
    sealed = sealed_body(
        vault,
        recipient,
        {
            "share": number,
            "reply_to": reply_to,
            "updates": updates,
            "purpose": purpose,
            "case": case,
            "records": made.records,
        },
        vault.get(case).desk,
    )
    record = vault.new_id()
    edits = [Edit(record, KIND, "share"), Edit(record, "case", case)]
    told: dict[str, Value] = {
        "organisation": organisation,
        "date": date.today().isoformat(),
        "direction": "given",
        "share_id": number,
        "key": key,
        "sha256": hashlib.sha256(sealed).hexdigest(),
        "records": len(made.records),
        "purpose": purpose,
        "content": {r["id"]: sorted({*r["fields"], *r.get("sets", {})}) for r in made.records},
    }
    for name, value in told.items():
        if value not in ("", None):
            edits.append(Edit(record, name, value))
    detail = {"to": partner.text("name") or partner.text("acronym"), "purpose": purpose}
    act = Act(case, custody.SHARED, {}, {k: v for k, v in detail.items() if v})
    with vault.approvals.giving(out, case, act=act, edits=edits) as given:
        given.file.write(sealed)
    return given.change


def last_given(vault: Vault, case: str, organisation: str) -> str:
    """The number of the last share of a case that a partner was given and not asked back: what a
    new one updates; empty where there is none."""
    given = [
        r
        for r in vault.children(case, "share")
        if r.text("organisation") == organisation
        and r.text("direction") == "given"
        and not r.text("recalled")
        and r.text("share_id")
    ]
    return max(given, key=lambda r: r.updated).text("share_id") if given else ""


def sealed_body(vault: Vault, recipient: Recipient, told: dict[str, Any], desk: str) -> bytes:
    """A share (or a recall) as a file: signed by the desk, padded, sealed."""
    return seal_bytes(signed_body(vault, told, desk), [recipient])


def signed_body(vault: Vault, told: dict[str, Any], desk: str) -> bytes:
    """The bytes that are sealed: signed by the desk, and padded."""
    info, key = vault.info(), vault.partners.of_desk(desk)
    body = {
        "format": FORMAT,
        "version": VERSION,
        "from": {
            "organisation": info.workspace,
            "member": info.member,
            "signing_key": key.signing.public.hex(),
            "recipient": key.recipient,
            "earlier": vault.partners.earlier(key),
        },
        "created": datetime.now(UTC).replace(microsecond=0).isoformat(),
        **told,
    }
    content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    content = content.ljust(padded(len(content)))
    return MAGIC + key.signing.sign(SIGN, content) + content
