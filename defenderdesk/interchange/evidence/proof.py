"""Collecting the proof of a custody package from the vault: which stretches of whose feeds show an
attachment's history, and what of them is disclosed (`docs/format/custody.md`)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from defenderdesk.bundle.evidence import proof_format
from defenderdesk.bundle.evidence.proof_format import Proof, Segment, Stamped
from defenderdesk.crypto import canonical, signing
from defenderdesk.domain import custody
from defenderdesk.domain.kinds import DELETED
from defenderdesk.ledger import branches, changes
from defenderdesk.ledger.changes import NOTE
from defenderdesk.vault import Vault
from defenderdesk.vault.custody import entries as written
from defenderdesk.vault.custody import signers
from defenderdesk.vault.custody.entries import Found
from defenderdesk.vault.custody.segments import Feeds
from defenderdesk.vault.custody.timestamps import Stamp
from defenderdesk.vault.types import Record, Snapshot

ALWAYS = frozenset({"kind", "name", "media_type", "size", "sha256", "sha512", DELETED, custody.FIELD})
"""Fields that a package shows; everything else only if it is asked for."""
FAR = 50_000
"""A timestamp that lies more change sets ahead is left out: its chain would be too long."""


@dataclass(frozen=True)
class Wanted:
    """The disclosure beyond `ALWAYS`: more `fields` of the attachment; to whom and why it was
    given out before (`details`); the devices' whole chains, with the times of all their work."""

    fields: frozenset[str] = frozenset()
    details: bool = False
    whole: bool = False


def collect(vault: Vault, record: Record, package: str, wanted: Wanted, marked: frozenset[str]) -> Proof:
    """The proof of an attachment's history as this vault holds it."""
    fields = (ALWAYS | wanted.fields) - (marked - {"kind", "sha256", "sha512", "size"})
    fields -= {"chunks"}  # names keys
    kept = vault.timestamps()
    with vault.snapshot() as conn:
        desk, rid = signing.id_bytes(record.desk), signing.id_bytes(record.id)
        feeds = vault.custody.feeds(conn, desk)
        mine: dict[bytes, list[int]] = {}
        found = written.all_of(conn, record.id)
        for one in found:
            mine.setdefault(one.feed, []).append(one.head.seq)
        tokens = _tokens(vault, conn, kept, record.desk, found)
        furthest = {feed: max(numbers) for feed, numbers in mine.items()}
        for feed, stamped in tokens.items():
            furthest[feed] = max(furthest.get(feed, 0), *(stamp.seq for stamp in stamped))
        parted = feeds.needed(furthest)
        ends = {branch.parent: branch.base for branch in parted.values()}
        segments: list[Segment] = []
        for feed in sorted(mine.keys() | parted.keys() | {f for f, end in ends.items() if end}):
            numbers, over = sorted(mine.get(feed, ())), tokens.get(feed, [])
            if feed in parted or feed in ends:
                first = 1 if wanted.whole else min(numbers, default=ends.get(feed, 0))
                first = parted[feed].base + 1 if feed in parted else first
                spans = [(first, ends.get(feed) or _end(feeds, feed, first, numbers, over))]
            else:
                spans = _spans(feeds, feed, numbers, over, wanted.whole)
            segments += [_segment(feeds, feed, *span, set(numbers), over) for span in spans]
        for segment in segments:
            for seq in list(segment.bodies):
                keep = _shown(segment.bodies[seq], segment.device, rid, fields, package, wanted)
                segment.bodies[seq] = proof_format.redacted(segment.bodies[seq], rid, keep)
        devices = {branches.origin(parted, segment.device) for segment in segments}
        members = signers.carry(conn, vault.identity.workspace, sorted(devices))
    times = [
        Stamped(feed, s.seq, s.authority, s.token, s.root) for feed in sorted(tokens) for s in tokens[feed]
    ]
    return Proof(
        vault.identity.workspace,
        desk,
        rid,
        signing.id_bytes(package),
        members,
        segments,
        times,
        parted,
    )


def _tokens(
    vault: Vault, conn: Snapshot, kept: list[Stamp], desk: str, found: list[Found]
) -> dict[bytes, list[Stamp]]:
    """By feed: of each authority the first token over each change set that took in or gave out."""
    out: dict[bytes, dict[tuple[str, bytes, int], Stamp]] = {}
    for one in found:
        if written.act_of(one) in (custody.INGESTED, custody.MEASURED, custody.EVIDENCE):
            name, seq = signing.id_text(one.feed), one.head.seq
            for stamp in vault.custody.covering(conn, kept, desk, name, seq):
                if stamp.seq - seq <= FAR:
                    of_feed = out.setdefault(signing.id_bytes(stamp.device), {})
                    of_feed[(stamp.authority, stamp.root, stamp.seq)] = stamp
    return {
        feed: sorted(every.values(), key=lambda stamp: (stamp.seq, stamp.authority))
        for feed, every in out.items()
    }


def _spans(
    feeds: Feeds, feed: bytes, numbers: list[int], tokens: list[Stamp], whole: bool
) -> list[tuple[int, int]]:
    """The stretches of a feed that is not forked which show these change sets: each from the change
    set to the next signature that is held, and on to the timestamps."""
    spans: list[list[int]] = []
    for seq in numbers:
        far = max((t.seq for t in tokens if 0 <= t.seq - seq <= FAR), default=0)
        last = max(feeds.signed(feed, seq) or seq, far)
        if spans and seq <= spans[-1][1] + 1:
            spans[-1][1] = max(spans[-1][1], last)
        else:
            spans.append([seq, last])
    if whole and spans:
        spans = [[1, spans[-1][1]]]
    return [(first, last) for first, last in spans]


def _end(feeds: Feeds, feed: bytes, first: int, numbers: list[int], tokens: list[Stamp]) -> int:
    """The end of the stretch of a branch. It has no gap, so that what lies in it is shown to lie
    in that history and in no other."""
    furthest = max([first, *numbers, *(stamp.seq for stamp in tokens)])
    return feeds.signed(feed, furthest) or furthest


def _segment(
    feeds: Feeds, feed: bytes, first: int, last: int, bodies: Set[int], tokens: list[Stamp]
) -> Segment:
    """A stretch with the bodies and signatures that are needed."""
    segment = Segment(feed, first, feeds.previous(feed, first), [])
    signed = {stamp.seq: stamp.signature for stamp in tokens}
    for seq, header, signature in feeds.rows(feed, first, last):
        segment.headers.append(bytes(header))
        if seq in bodies:
            segment.bodies[seq] = feeds.body(feed, seq)
        if seq in signed or (signature is not None and (seq in bodies or seq == last)):
            segment.signatures[seq] = signed.get(seq) or bytes(signature or b"")
    return segment


def _shown(
    body: bytes, feed: bytes, rid: bytes, fields: frozenset[str], package: str, wanted: Wanted
) -> list[int]:
    """The indices of the changes of a body that are disclosed."""
    _, groups = canonical.decode(body)
    items = [(owner, item) for owner, group in groups for item in group]
    own = [(at, i) for at, (o, i) in enumerate(items) if o == rid and isinstance(i, bytes)]
    read = changes.read_changes([item for _, item in own], feed)
    ours = any(
        name == custody.FIELD and (act := custody.read(value)) and act.facts.get("package") == package
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
