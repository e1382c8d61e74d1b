"""A chain of custody as a page to read and print: from the vault (all of it), or from a package's
proof (what is disclosed there). HTML without scripts, pictures or addresses; no file but this."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from defenderdesk import i18n
from defenderdesk.bundle.evidence.check import Verdict
from defenderdesk.bundle.evidence.proof_format import Proof
from defenderdesk.crypto import signing, timestamp
from defenderdesk.domain import custody
from defenderdesk.domain.kinds import kind_of
from defenderdesk.domain.values import Value
from defenderdesk.i18n import plural, text
from defenderdesk.ledger import branches
from defenderdesk.ledger.branches import Fork
from defenderdesk.vault.custody.chain import Chain

_NONE: Mapping[str, Value] = {}


@dataclass(frozen=True)
class Line:
    """One step: when, who, what, and what more there is to it."""

    when: str
    who: str
    what: str
    more: str = ""


@dataclass
class Page:
    """A page: facts by name, the steps, and what has to be said about them."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    histories: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    not_proven: list[str] = field(default_factory=list)


def _shown(name: str, value: Value) -> str:
    """A fact of the head; a size to the byte."""
    if name == "size" and isinstance(value, int):
        return i18n.plural("{n} byte", "{n} bytes", value)
    return str(value)


def moment(value: datetime) -> str:
    """A moment for a document: in UTC, to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def of_chain(chain: Chain) -> Page:
    """The page of a record of the vault, with everything that is known."""
    record, kind = chain.record, kind_of(chain.record.kind)
    page = Page(record.text(kind.title) or text(kind.label))
    for name in ("name", "reference", "size", "media_type", "sha256", "sha512"):
        spec = kind.field(name)
        if spec and record.text(name):
            page.facts.append((text(spec.label), _shown(name, record.fields[name])))
    page.facts.append((text("Record"), record.id))
    for step in chain.steps:
        who = step.author.member or step.author.device[:8]
        forked = any(fork.device == signing.id_bytes(step.author.device) for fork in chain.forks)
        place = _place(step.author.device, step.history, step.seq if forked else 0)
        more = [*told(step.facts, record.fields), *told(step.detail)]
        changed = dict.fromkeys(_label(record.kind, c.field) for c in step.changed)
        if changed and not step.act:
            more.append(", ".join(changed))
        page.lines.append(
            Line(
                moment(step.author.time),
                f"{who} ({place})",
                text(custody.ACTS[step.act]) if step.act else text("Changed"),
                " · ".join(more),
            )
        )
    page.marks = [i18n.translate(mark) for mark in chain.marks]
    names = {step.author.device: step.author.member for step in chain.steps}
    page.histories = histories(chain.forks, lambda raw: names.get(signing.id_text(raw), ""))
    page.times = [
        text(
            "{authority}: {time} (root certificate {name}, SHA-256 {root})",
            authority=s.authority,
            time=moment(s.time),
            name=root.name,
            root=root.fingerprint,
        )
        for s in chain.stamps
        if (root := timestamp.read_root(s.root))
    ]
    return _within_lines(page)


def of_proof(proof: Proof, verdict: Verdict) -> Page:
    """The page of a package: what its proof discloses, what it proves and what it cannot."""
    page = Page(str(verdict.fixed.get("name") or text("Chain of custody")))
    facts: Mapping[str, Value] = verdict.fixed
    for name in ("name", "size", "media_type", "sha256", "sha512"):
        spec = kind_of("attachment").field(name)
        if spec and facts.get(name) not in (None, ""):
            page.facts.append((text(spec.label), _shown(name, facts[name])))
    page.facts += [
        (text("Workspace"), f"{verdict.workspace_name} ({signing.id_text(proof.workspace)})"),
        (text("Key of its founder (SHA-256)"), verdict.founder),
        (text("Record"), signing.id_text(proof.record)),
        (text("Package"), signing.id_text(proof.package)),
    ]
    labels = branches.labels(proof.branches)
    forked = {fork.device for fork in verdict.forks}
    for entry in verdict.entries:
        more = [*(told(entry.act.facts, facts) if entry.act else ()), *told(entry.detail)]
        if not entry.act:
            more += list(dict.fromkeys(_label("attachment", n) for n, _, _ in entry.changes))
        seq = entry.seq if entry.device in forked else 0
        place = _place(signing.id_text(entry.device), labels.get(entry.feed, ""), seq)
        page.lines.append(
            Line(
                moment(entry.time),
                f"{verdict.who(entry.device)} ({place})",
                text(custody.ACTS[entry.name]) if entry.name else text("Changed"),
                " · ".join(more),
            )
        )
    page.marks = [i18n.translate(one) for one in (*verdict.problems, *verdict.told)]
    page.histories = histories(verdict.forks, verdict.who)
    page.proven, page.not_proven = proven(verdict), not_proven(verdict)
    return _within_lines(page)


def _within_lines(page: Page) -> Page:
    """The page, of which each piece stays within its line: a file's name is chosen by whoever made
    it, and must not pass for a sentence that this program says."""
    safe = i18n.one_line
    return Page(
        safe(page.title),
        [(name, safe(value)) for name, value in page.facts],
        [Line(one.when, safe(one.who), one.what, safe(one.more)) for one in page.lines],
        *(
            [safe(one) for one in said]
            for said in (page.marks, page.times, page.histories, page.proven, page.not_proven)
        ),
    )


def _place(device: str, history: str, seq: int) -> str:
    """The place of an entry: its device, and of one with several histories which and where."""
    if history:
        return text("{device}, history {history}, entry {seq}", device=device[:8], history=history, seq=seq)
    return text("{device}, entry {seq}", device=device[:8], seq=seq) if seq else device[:8]


def histories(forks: Iterable[Fork], who: Callable[[bytes], str]) -> list[str]:
    """That several histories of a device exist, where they part, and which entries lie in which."""
    out = []
    for fork in forks:
        facts = {
            "device": signing.id_text(fork.device),
            "who": who(fork.device),
            "base": fork.base,
            "history": fork.label,
        }
        n = len(fork.ways)
        if fork.label:
            out.append(
                plural(
                    "History {history} of the device {device} of {who} goes on as {n} history "
                    "behind entry {base}.",
                    "History {history} of the device {device} of {who} goes on as {n} histories "
                    "behind entry {base}.",
                    n,
                    **facts,
                )
            )
        elif fork.base:
            out.append(
                plural(
                    "Of the device {device} of {who} {n} history goes on behind entry {base}.",
                    "Of the device {device} of {who} there are {n} histories, as when a disk is "
                    "copied or a backup restored. They are the same up to entry {base} and part "
                    "behind it.",
                    n,
                    **facts,
                )
            )
        else:
            out.append(
                plural(
                    "Of the device {device} of {who} {n} history is there from the first entry on.",
                    "Of the device {device} of {who} there are {n} histories, as when a disk is "
                    "copied. They share no entry.",
                    n,
                    **facts,
                )
            )
        if fork.entries:
            out.append(
                plural(
                    "Before they part: entry {numbers}.",
                    "Before they part: entries {numbers}.",
                    len(fork.entries),
                    numbers=runs(fork.entries),
                )
            )
        for way in fork.ways:
            where = {"history": way.label, "name": signing.id_text(way.name)}
            if way.entries:
                out.append(
                    plural(
                        "In history {history} ({name}): entry {numbers}.",
                        "In history {history} ({name}): entries {numbers}.",
                        len(way.entries),
                        **where,
                        numbers=runs(way.entries),
                    )
                )
            else:
                out.append(text("In history {history} ({name}): none of these entries.", **where))
    return out


def runs(numbers: Sequence[int]) -> str:
    """Ascending numbers, those in a row as one: 3, 5-8."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def proven(verdict: Verdict) -> list[str]:
    """The proof of a sound package, in sentences."""
    out = []
    if verdict.origin:
        who, device = verdict.who(verdict.origin.device), verdict.origin.device
        out.append(
            text(
                "The device {device} of {who} signed that it held exactly this file when it wrote "
                "entry {seq}; by its own clock on {time}.",
                device=signing.id_text(device),
                who=who,
                seq=verdict.origin.seq,
                time=moment(verdict.origin.time),
            )
        )
    out.append(
        text(
            "The workspace {workspace} vouches for the devices, up to the founder's key {key}. "
            "Compare this key with the organisation by another way.",
            workspace=verdict.workspace_name,
            key=verdict.founder,
        )
    )
    if verdict.closing:
        out.append(
            text(
                "Every entry that {who} had when the package was made is in it, unchanged and in its order.",
                who=verdict.who(verdict.closing.device),
            )
        )
    for time in verdict.times:
        trusted = (
            text("its root certificate is one that you gave")
            if time.pinned
            else text("if you trust its root certificate {name}", name=time.root_name)
        )
        label = branches.labels(verdict.branches).get(time.device, "")
        who = verdict.who(time.device)
        out.append(
            text(
                "Entry {seq} of {who} and all before it existed on {time}: timestamp of "
                "{authority}, {trusted}, SHA-256 {root}.",
                seq=time.seq,
                time=moment(time.time),
                who=text("{who} (history {history})", who=who, history=label) if label else who,
                authority=time.authority,
                trusted=trusted,
                root=time.root,
            )
        )
    return out


def not_proven(verdict: Verdict) -> list[str]:
    """The list of what no package can prove, and what this one lacks."""
    out = []
    if not verdict.times:
        out.append(text("When it was signed: there is no trusted timestamp, only the device's clock."))
    if "sha512" not in verdict.fixed:
        out.append(text("The SHA-512 was not recorded when it was taken in."))
    if verdict.forks:
        out.append(text("Which of a device's histories its owner wrote: a copy signs as the device does."))
    return [
        *out,
        text("That the file is true, or what happened to it before it was taken in."),
        text("Who sat at a device: a signature is a device's."),
        text("What a device did that had not exchanged with the one that made this package."),
        text("What was done with a copy after it had left."),
    ]


def told(facts: Mapping[str, str | int], head: Mapping[str, Value] = _NONE) -> Iterable[str]:
    """The facts of an act, in words; not again what the page's `head` says."""
    labels = {
        "sha256": "SHA-256",
        "sha512": "SHA-512",
        "size": text("Size"),
        "package": text("Package"),
        "to": text("To"),
        "purpose": text("Purpose"),
        "name": text("Name"),
        "way": text("Way"),
    }
    for name, value in facts.items():
        if value not in ("", head.get(name)):
            yield f"{labels.get(name, name)}: {value}"


def _label(kind: str, name: str) -> str:
    spec = kind_of(kind).field(name)
    return text(spec.label) if spec else {"kind": text("Created")}.get(name, name)


_STYLE = """
body{font:11pt/1.45 "Segoe UI",Helvetica,Arial,sans-serif;margin:2cm auto;max-width:26cm;color:#111}
h1{font-size:18pt;margin:0 0 2pt}h2{font-size:12pt;margin:16pt 0 4pt}
table{border-collapse:collapse;width:100%}td,th{text-align:start;vertical-align:top;
padding-top:4pt;padding-bottom:4pt;padding-left:2pt;padding-right:10pt;
border-bottom:1px solid #ccc}th{font-weight:600}
td{overflow-wrap:anywhere}.n{white-space:nowrap}.k{color:#555;width:22%}
.m{border-inline-start:4px solid #a40;padding-inline-start:8pt;margin:4pt 0}
tr{page-break-inside:avoid}@page{margin:1.5cm}@media print{body{margin:0}}
"""


def as_html(page: Page) -> str:
    """The page as one HTML document."""
    safe = html.escape
    direction, side = ("rtl", "right") if i18n.is_rtl() else ("ltr", "left")
    parts = [
        f'<!doctype html><html lang="{i18n.language()}" dir="{direction}"><head>'
        '<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{safe(text('Chain of custody'))}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{safe(page.title)}</h1><p>{safe(text('Chain of custody'))}</p>",
    ]
    parts += [f'<p class="m">{safe(mark)}</p>' for mark in page.marks]
    parts.append('<table width="100%">')
    parts += [f'<tr><td class="k">{safe(n)}</td><td>{safe(v)}</td></tr>' for n, v in page.facts]
    parts.append("</table>")
    heads = (text("When"), text("Who"), text("What"), text("Details"))
    parts.append(f'<h2>{safe(text("History"))}</h2><table width="100%"><tr>')
    parts += [f'<th align="{side}">{safe(head)}</th>' for head in heads]
    parts.append("</tr>")
    parts += [
        f'<tr><td class="n">{safe(one.when)}</td><td>{safe(one.who)}</td>'
        f"<td>{safe(one.what)}</td><td>{safe(one.more)}</td></tr>"
        for one in page.lines
    ]
    parts.append("</table>")
    for heading, said in (
        (text("Several histories of one device"), page.histories),
        (text("Trusted timestamps"), page.times),
        (text("What is proven"), page.proven),
        (text("What is not"), page.not_proven),
    ):
        if said:
            parts.append(f"<h2>{safe(heading)}</h2><ul>")
            parts += [f"<li>{safe(one)}</li>" for one in said]
            parts.append("</ul>")
    parts.append("</body></html>\n")
    return "".join(parts)
