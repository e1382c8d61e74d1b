"""Verifying the proof of a custody package, as a stranger: without vault, network or passphrase.

Every flaw is collected, in sentences; a package with one proves nothing. What a sound one proves,
and what it cannot, is said by `interchange.evidence.check`, which also looks at the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from defenderdesk.bundle.evidence import proof_branches, signers
from defenderdesk.bundle.evidence.proof_format import Proof, Segment, Stamped
from defenderdesk.bundle.evidence.signers import Signer
from defenderdesk.crypto import signing, timestamp
from defenderdesk.crypto.timestamp import Root
from defenderdesk.domain import custody, kinds
from defenderdesk.domain.values import Value
from defenderdesk.errors import DamagedError, DefenderDeskError, Message
from defenderdesk.ledger import branches, changes, clock, feeds
from defenderdesk.ledger.branches import Branches, Fork, Seen
from defenderdesk.ledger.changes import NOTE, OPS, SET, Header

_FIXED = (kinds.KIND, *(name for name in kinds.EXHIBIT if name != "chunks"))
"""Fields that are set when a file is taken in and never afterwards."""


@dataclass(frozen=True)
class Entry:
    """One change set of the record, as its device signed it. `changes`: (field, op, value) of
    what is disclosed; `hidden`: how many of the changes in it are not, of this record or others.
    `feed`: the device's, or the branch of it."""

    device: bytes
    seq: int
    time: datetime
    digest: str
    act: custody.Act | None
    detail: Mapping[str, str | int]
    changes: tuple[tuple[str, str, Value], ...]
    hidden: int
    stamp: int
    feed: bytes

    @property
    def name(self) -> str:
        """The act it carries; empty where it carries none."""
        return self.act.name if self.act else ""


class Time(NamedTuple):
    """A token that holds: what was signed as number `seq` of feed `device` and before existed at
    `time`, if one trusts `root` (SHA-256 of the certificate). `pinned`: the reader named it."""

    device: bytes
    seq: int
    time: datetime
    authority: str
    root: str
    root_name: str
    pinned: bool


@dataclass
class Verdict:
    """The findings. `problems` are flaws; `told`: what a reader should know, and is none; `times`
    hold only tokens that verify; `forks`: where histories of one device part."""

    workspace_name: str = ""
    founder: str = ""
    signers: dict[bytes, Signer] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    origin: Entry | None = None
    closing: Entry | None = None
    fixed: dict[str, Value] = field(default_factory=dict)
    times: list[Time] = field(default_factory=list)
    problems: list[Message] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    branches: Branches = field(default_factory=dict)
    forks: list[Fork] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """True if nothing was found wrong."""
        return not self.problems

    def wrong(self, flaw: Message) -> None:
        """Notes a flaw."""
        self.problems.append(flaw)

    def who(self, device: bytes | str) -> str:
        """The member of a device (or of a branch), or the beginning of its id."""
        raw = device if isinstance(device, bytes) else branches.named(device)
        signer = self.signers.get(branches.origin(self.branches, raw))
        if signer:
            return signer.member
        return (device if isinstance(device, str) else signing.id_text(device))[:8]


def verify(proof: Proof, pinned: Sequence[Root] = ()) -> Verdict:
    """Verifies a proof whose form was checked. `pinned`: roots that the reader trusts."""
    found = Verdict(branches=proof.branches)
    try:
        found.signers = signers.check(proof.members, proof.workspace)
        found.workspace_name = signers.workspace_name(proof.members)
        for signer in found.signers.values():
            if signer.founder:
                found.founder = hashlib.sha256(signer.signing_key).hexdigest()
    except DefenderDeskError as error:
        found.wrong(Message("The membership does not hold: {why}", why=_why(error)))
    ends: dict[bytes, tuple[int, bytes]] = {}
    order = [(s.device, s.first) for s in proof.segments]
    if order != sorted(order):
        found.wrong(Message("The stretches of the chains are out of order."))
    for segment in proof.segments:
        try:
            _segment(proof, segment, found, ends)
        except (DefenderDeskError, ValueError) as error:
            why = _why(error)
            found.wrong(
                Message("The chain of {who} does not hold: {why}", who=found.who(segment.device), why=why)
            )
    for flaw in proof_branches.flaws(proof, found.who):
        found.wrong(flaw)
    found.entries.sort(key=lambda e: (e.stamp, e.feed, e.seq))
    found.forks = branches.told(proof.branches, ((e.feed, e.seq) for e in found.entries))
    _origin(found)
    _history(proof, found)
    for stamped in proof.stamps:
        _stamp(proof, stamped, found, pinned)
    if pinned and not any(t.pinned for t in found.times):
        found.wrong(Message("No timestamp holds under a root certificate that was given."))
    return found


def _why(error: Exception) -> Message:
    """An error as a part of a sentence."""
    if isinstance(error, DefenderDeskError):
        return Message(error.text, **error.facts)
    return Message("the proof is malformed")


def _segment(proof: Proof, segment: Segment, found: Verdict, ends: dict[bytes, tuple[int, bytes]]) -> None:
    """Chain, signatures and bodies of one stretch; its entries are added."""
    device = branches.origin(proof.branches, segment.device)
    signer = found.signers.get(device)
    if signer is None:
        raise DamagedError(what="its device is not shown to be of the workspace")
    heads = changes.read_headers(segment.headers)
    if [h.seq for h in heads] != list(range(segment.first, segment.last + 1)):
        raise DamagedError(what="a feed skips a change set")
    before, hash_before = ends.get(segment.device, (0, b""))
    if segment.first <= before:
        raise DamagedError(what="its stretches are out of order")
    start = feeds.genesis(proof.workspace, proof.desk, device)
    if (segment.first == 1 and segment.previous != start) or (
        segment.first == before + 1 and before and segment.previous != hash_before
    ):
        raise DamagedError(what="it does not follow what it should")
    chain = segment.previous
    for number, header in enumerate(segment.headers, segment.first):
        chain = feeds.link(chain, header)
        if number in segment.signatures:
            signing.verify(
                signer.signing_key,
                feeds.SIGNATURE,
                chain,
                segment.signatures[number],
                f"number {number}",
            )
    parted = any(branch.parent == segment.device for branch in proof.branches.values())
    if segment.last not in segment.signatures and not parted:  # else signed through a branch
        raise DamagedError(what="its last change set is not signed")
    ends[segment.device] = (segment.last, chain)
    numbers = list(segment.bodies)
    chosen = [heads[n - segment.first] for n in numbers]
    raw = [segment.headers[n - segment.first] for n in numbers]
    bodies = changes.read_bodies(list(segment.bodies.values()), chosen)
    for head, header, body in zip(chosen, raw, bodies, strict=True):
        found.entries.append(_entry(proof, segment.device, device, head, header, body))


def _entry(
    proof: Proof, feed: bytes, device: bytes, head: Header, header: bytes, body: changes.Body
) -> Entry:
    kept = [(rid, data) for rid, data in body.items if data is not None]
    if any(rid != proof.record for rid, _ in kept):
        raise DamagedError(what="it holds something of another record")
    act: custody.Act | None = None
    detail: Mapping[str, str | int] = {}
    told = []
    for name, op, value, _ in changes.read_changes([data for _, data in kept], feed):
        if op == NOTE and name == custody.FIELD:
            act = custody.read(value)
            if act is None:
                raise DamagedError(what="an act in it is malformed")
        elif op == NOTE and name == custody.DETAIL:
            detail = custody.read_facts(value) or {}
        else:
            told.append((name, OPS[op], value))
    return Entry(
        device,
        head.seq,
        clock.moment(head.hlc),
        hashlib.sha256(header).hexdigest()[:32],
        act,
        detail,
        tuple(told),
        len(body.items) - len(kept),
        head.hlc,
        feed,
    )


def _origin(found: Verdict) -> None:
    """The entry that took the file in. What it fixed counts, whatever somebody wrote there later:
    that is told, and ends the evidence of nothing."""
    made = [e for e in found.entries if ("kind", OPS[SET], "attachment") in e.changes]
    if len(made) != 1:
        found.wrong(Message("It is not shown how the file was taken in."))
        return
    [origin] = made
    found.origin = origin
    found.fixed = {name: value for name, op, value in origin.changes if name in _FIXED}
    if origin.act is not None and origin.act.name == custody.INGESTED:
        for name in ("sha256", "sha512", "size"):
            if origin.act.facts.get(name) != found.fixed.get(name):
                found.wrong(Message("What was recorded when the file was taken in contradicts itself."))
                break
    for entry in found.entries:
        if entry is not origin and any(name in _FIXED for name, _, _ in entry.changes):
            found.told.append(
                Message(
                    "{who} wrote later over what was fixed when the file was taken in. What was fixed "
                    "counts.",
                    who=found.who(entry.device),
                )
            )
        if entry is not origin and entry.name == custody.INGESTED:
            found.wrong(Message("It is said twice how the file was taken in."))


def _history(proof: Proof, found: Verdict) -> None:
    """That every entry is reached from the act which closes the package, and each is as those
    after it saw it: nothing was taken out, put in or changed."""
    present = {(e.feed, e.seq): e for e in found.entries}
    seen = Seen(proof.branches, ((e.feed, e.seq, e.digest) for e in found.entries))
    ends = {branch.parent: branch.base for branch in proof.branches.values()}
    package = signing.id_text(proof.package)
    closing = [
        e
        for e in found.entries
        if e.act and e.name == custody.EVIDENCE and e.act.facts.get("package") == package
    ]
    if len(closing) != 1:
        found.wrong(Message("The act that closes this package is not in it."))
        return
    found.closing = closing[0]
    reached: set[tuple[bytes, int]] = set()
    todo = [(closing[0].feed, closing[0].seq)]
    while todo:
        key = todo.pop()
        if key in reached:
            continue
        reached.add(key)
        entry = present[key]
        for before in entry.act.follows if entry.act else ():
            named, who = branches.named(before.device), found.who(before.device)
            where = seen.find(named, before.seq, before.header)
            if where is not None and present[where, before.seq].name == before.act:
                todo.append((where, before.seq))
            elif where is not None or seen.differs(named, before.seq):
                found.wrong(
                    Message(
                        "An entry of {who} (number {seq}) is not the one that others saw.",
                        who=who,
                        seq=before.seq,
                    )
                )
            elif before.seq > ends.get(named, before.seq):
                found.wrong(
                    Message(
                        "An entry of {who} (number {seq}) lies in a history that is not in the package.",
                        who=who,
                        seq=before.seq,
                    )
                )
            else:
                found.wrong(
                    Message("An entry of {who} (number {seq}) was taken out.", who=who, seq=before.seq)
                )
    for key in present.keys() - reached:
        found.wrong(
            Message(
                "An entry of {who} (number {seq}) is not part of the history.",
                who=found.who(key[0]),
                seq=key[1],
            )
        )


def _stamp(proof: Proof, stamped: Stamped, found: Verdict, pinned: Sequence[Root]) -> None:
    """One token over a signature that is in the proof."""
    signature = next(
        (
            s.signatures[stamped.seq]
            for s in proof.segments
            if s.device == stamped.device and stamped.seq in s.signatures
        ),
        None,
    )
    try:
        if signature is None:
            raise DamagedError(what="a timestamp is over something else")
        given = timestamp.read_root(stamped.root)
        token = timestamp.check(stamped.token, signature, [given])
    except DefenderDeskError as error:
        found.wrong(
            Message(
                "The timestamp of {authority} does not hold: {why}",
                authority=stamped.authority,
                why=_why(error),
            )
        )
        return
    found.times.append(
        Time(
            stamped.device,
            stamped.seq,
            token.time,
            token.authority,
            token.root,
            given.name,
            any(root.fingerprint == token.root for root in pinned),
        )
    )
