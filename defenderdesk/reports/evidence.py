"""Writing a custody package: one attachment with the proof of its history, for a stranger.

A BagIt bag (RFC 8493), as a folder or as a zip that is only stored. The original is in clear
text: the person asks for that. Nothing else of the case is in it (`docs/format/custody.md`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from defenderdesk.bundle import evidence, evidence_check
from defenderdesk.bundle.evidence import Proof, Segment, Stamped
from defenderdesk.crypto import canonical, signing
from defenderdesk.domain import custody
from defenderdesk.domain.kinds import DELETED, WHOLE, WITHHELD
from defenderdesk.errors import Says, UsageError
from defenderdesk.ledger import changes, feeds
from defenderdesk.ledger.changes import NOTE
from defenderdesk.reports import custody_page
from defenderdesk.reports.bag import (
    BAGIT,
    DATA,
    INFO,
    MANIFESTS,
    ORIGINAL,
    PROOF,
    SEAL,
    SEALED,
    STATEMENT,
    TAG_MANIFESTS,
    Bag,
    bag_at,
    manifest,
)  # fmt: skip
from defenderdesk.vault import Vault, approvals, attaching, custody_members, files, stamps
from defenderdesk.vault import custody as written
from defenderdesk.vault.apply import set_id
from defenderdesk.vault.chunks import Progress
from defenderdesk.vault.custody import Act, Found
from defenderdesk.vault.database import Connection
from defenderdesk.vault.stamps import Stamp
from defenderdesk.vault.store import Store
from defenderdesk.vault.types import Record

ALWAYS = frozenset(
    {"kind", "name", "media_type", "size", "sha256", "sha512", DELETED, custody.FIELD}
)
"""Fields that a package shows; everything else only if it is asked for."""
FAR = 50_000
"""A timestamp that lies more change sets ahead is left out: its chain would be too long."""


@dataclass(frozen=True)
class Made:
    """What was written: where, the package's id, entries, timestamps."""

    path: Path
    package: str
    entries: int
    timestamps: int


@dataclass(frozen=True)
class Wanted:
    """What is disclosed beyond `ALWAYS`: more `fields` of the attachment; to whom and why it was
    given out before (`details`); the devices' whole chains, with the times of all their work."""

    fields: frozenset[str] = frozenset()
    details: bool = False
    whole: bool = False


def export(
    vault: Vault,
    attachment: str,
    out: Path,
    to: str = "",
    purpose: str = "",
    wanted: Wanted | None = None,
    progress: Progress | None = None,
) -> Made:
    """Writes the package of an attachment to `out`: a zip where it ends so, else a new folder.
    First it is written down that this is done, else nothing leaves."""
    record = vault.get(attachment)
    attaching.need_content(vault.store, record)
    marked = frozenset(map(str, record.sets.get(WITHHELD, ())))
    case = record.text("of")
    holder = vault.get(case) if case else None
    if WHOLE in marked or (holder and WHOLE in holder.sets.get(WITHHELD, ())):
        raise UsageError(what="This record is marked as not to be shared")
    files.outside(vault.profile, out)
    if out.exists():
        raise UsageError(what="There is already something of that name")
    used = approvals.need(vault, approvals.EXPORT, case)
    package = vault.new_id()
    detail = {k: v for k, v in (("to", to), ("purpose", purpose)) if v}
    act = Act(record.id, custody.EVIDENCE, {"package": package}, detail)
    vault.save(used, act=act)
    proof = collect(vault, record, package, wanted or Wanted(), marked)
    verdict = evidence_check.verify(proof)
    if not verdict.sound:
        raise UsageError(
            what=Says("The history of this attachment does not hold: {why}",
                      why=verdict.problems[0])
        )  # fmt: skip
    page = custody_page.of_proof(proof, verdict)
    name = ORIGINAL + safe_name(record.text("name") if "name" not in marked else "")
    with bag_at(out) as bag:
        bag.stream(name, lambda target: attaching.fetch(vault.store, record, target, progress))
        bag.add(PROOF, evidence.encode(proof))
        bag.add(STATEMENT, custody_page.as_html(page).encode())
        bag.add(DATA, _machine(page))
        _close(vault, bag)
    return Made(out, package, len(verdict.entries), len(verdict.times))


def _machine(page: custody_page.Page) -> bytes:
    value = {
        "facts": dict(page.facts),
        "history": [vars(line) for line in page.lines],
        "proven": page.proven,
        "not_proven": page.not_proven,
    }
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def safe_name(name: str) -> str:
    """A file's name that can do nothing but name: letters, digits, dots, dashes, spaces."""
    plain = re.sub(r"[^\w.\- ]", "_", name).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    plain = f"{stem[:80]}{dot}{suffix[:10]}" if stem else plain[:80]
    return plain if plain.strip("_ ") else "original.bin"


# -- the proof -----------------------------------------------------------------------------------


def collect(
    vault: Vault, record: Record, package: str, wanted: Wanted, marked: frozenset[str]
) -> Proof:
    """The proof of an attachment's history as this vault holds it."""
    store = vault.store
    fields = (ALWAYS | wanted.fields) - (marked - {"kind", "sha256", "sha512", "size"})
    fields -= {"chunks"}  # names keys
    kept = vault.timestamps()
    with store.snapshot() as conn:
        found = written.all_of(conn, record.id)
        desk = signing.id_bytes(record.desk)
        by_device: dict[bytes, list[Found]] = {}
        for one in found:
            by_device.setdefault(one.device, []).append(one)
        segments: list[Segment] = []
        stamped: list[Stamped] = []
        for device in sorted(by_device):
            mine = sorted(by_device[device], key=lambda one: one.head.seq)
            tokens = _tokens(store, conn, kept, record.desk, device, mine)
            segments += _segments(conn, store.workspace, desk, device, mine, tokens, wanted.whole)
            stamped += [
                Stamped(device, s.seq, s.authority, s.token, s.root) for s in tokens
            ]  # fmt: skip
        rid = signing.id_bytes(record.id)
        for segment in segments:
            for seq in list(segment.bodies):
                keep = _shown(segment.bodies[seq], segment.device, rid, fields, package, wanted)
                segment.bodies[seq] = evidence.redacted(segment.bodies[seq], rid, keep)
        members = custody_members.carry(conn, store.workspace, by_device)
    return Proof(store.workspace, desk, rid, signing.id_bytes(package), members, segments, stamped)


def _tokens(
    store: Store, conn: Connection, kept: list[Stamp], desk: str, device: bytes, mine: list[Found]
) -> list[Stamp]:  # fmt: skip
    """Of each authority the first token over each change set that took in or gave out."""
    out: dict[tuple[str, bytes, int], Stamp] = {}
    name = signing.id_text(device)
    for one in mine:
        if written.act_of(one) in (custody.INGESTED, custody.MEASURED, custody.EVIDENCE):
            for stamp in stamps.covering(store, conn, kept, desk, name, one.head.seq):
                if stamp.seq - one.head.seq <= FAR:
                    out[(stamp.authority, stamp.root, stamp.seq)] = stamp
    return sorted(out.values(), key=lambda stamp: (stamp.seq, stamp.authority))


def _segments(
    conn: Connection, workspace: bytes, desk: bytes, device: bytes, mine: list[Found],
    tokens: list[Stamp], whole: bool,
) -> list[Segment]:  # fmt: skip
    """The stretches of a feed that show these change sets: each from the change set to the next
    signature that is held, and on to the timestamps."""
    [num] = conn.execute(
        "SELECT f.num FROM feeds f JOIN desks d ON d.num = f.desk WHERE d.id = ? AND f.device = ?",
        (desk, device),
    ).fetchone()
    spans: list[list[int]] = []
    for one in mine:
        seq = one.head.seq
        [end] = conn.execute(
            "SELECT min(id) FROM change_sets WHERE id BETWEEN ? AND ? AND signature IS NOT NULL",
            (set_id(num, seq), set_id(num, 2**40 - 1)),
        ).fetchone()
        far = max((t.seq for t in tokens if 0 <= t.seq - seq <= FAR), default=0)
        last = max((end or 0) & (2**40 - 1), far)
        if spans and seq <= spans[-1][1] + 1:
            spans[-1][1] = max(spans[-1][1], last)
        else:
            spans.append([seq, last])
    if whole and spans:
        spans = [[1, spans[-1][1]]]
    bodies = {one.head.seq for one in mine}
    out = []
    for first, last in spans:
        start = feeds.genesis(workspace, desk, device)
        segment = Segment(device, first, start, [])
        if first > 1:
            [previous] = conn.execute(
                "SELECT hash FROM change_sets WHERE id = ?", (set_id(num, first - 1),)
            ).fetchone()
            segment = Segment(device, first, bytes(previous), [])
        signed = {t.seq: t.signature for t in tokens}
        for row, header, body, signature in conn.execute(
            "SELECT id, header, body, signature FROM change_sets WHERE id BETWEEN ? AND ? "
            "ORDER BY id",
            (set_id(num, first), set_id(num, last)),
        ):
            seq = row & (2**40 - 1)
            segment.headers.append(bytes(header))
            if seq in bodies:
                segment.bodies[seq] = bytes(body)
            if seq in signed or (signature is not None and (seq in bodies or seq == last)):
                segment.signatures[seq] = signed.get(seq) or bytes(signature)
        out.append(segment)
    return out


def _shown(
    body: bytes, device: bytes, rid: bytes, fields: frozenset[str], package: str, wanted: Wanted
) -> list[int]:
    """The indices of the changes of a body that are disclosed."""
    _, groups = canonical.decode(body)
    items = [(owner, item) for owner, group in groups for item in group]
    own = [(at, i) for at, (o, i) in enumerate(items) if o == rid and isinstance(i, bytes)]
    read = changes.read_changes([item for _, item in own], device)
    ours = any(
        name == custody.FIELD
        and (act := custody.read(value))
        and act.facts.get("package") == package
        for name, _, value, _ in read
    )
    out = []
    for (at, _), (name, op, value, _) in zip(own, read, strict=True):
        if name == custody.DETAIL and op == NOTE:
            if wanted.details or ours:
                out.append(at)
        elif name == custody.FIELD:
            if op == NOTE and custody.read(value) is not None:  # else it says nothing
                out.append(at)
        elif name in fields and op != NOTE:
            out.append(at)
    return out


def _close(vault: Vault, bag: Bag) -> None:
    """The bag's declaration and manifests, and this device's seal over them."""
    payload = {name: sums for name, sums in bag.sums.items() if name.startswith("data/")}
    octets = sum(size for _, _, size in payload.values())
    bag.add("bagit.txt", BAGIT)
    bag.add(INFO, f"Payload-Oxum: {octets}.{len(payload)}\n".encode())
    for place, name in enumerate(MANIFESTS):
        bag.add(name, manifest({path: str(sums[place]) for path, sums in payload.items()}))
    data = manifest({path: sums[1] for path, sums in payload.items()})
    seal = vault.store.need_signing_key().sign(SEAL, data)
    bag.add(SEALED, canonical.encode([vault.store.device, seal]))
    tags = {path: sums for path, sums in bag.sums.items() if path not in payload}
    for place, name in enumerate(TAG_MANIFESTS):
        bag.add(name, manifest({path: str(sums[place]) for path, sums in tags.items()}))
