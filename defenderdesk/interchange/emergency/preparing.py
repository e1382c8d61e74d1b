"""Preparing an emergency package for a trusted partner, and writing its release.

What it holds: a share of the case (exactly what `exporting.preview` gives), a letter that stands
nowhere else, and attachments that a person chose. It is handed to the partner now; it opens when
the agreed persons release it (`vault.emergency.steps`).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from defenderdesk import files
from defenderdesk.bundle import emergency as sealing
from defenderdesk.bundle.emergency import Content, File, Letter
from defenderdesk.domain import custody
from defenderdesk.domain.checkins import Agreement
from defenderdesk.domain.kinds import EMERGENCY, KIND
from defenderdesk.domain.values import Value
from defenderdesk.errors import DamagedError, EmergencyError, LimitError, UsageError
from defenderdesk.interchange.shares import exporting
from defenderdesk.interchange.shares.exporting import Chosen
from defenderdesk.sync import link_policy
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.custody.entries import Act
from defenderdesk.vault.emergency import packages, steps
from defenderdesk.vault.identity import partner_keys

MAX_TITLE = 200


@dataclass(frozen=True)
class Wish:
    """The plan of a package. `holders`: the persons who may release it, `need` of them together.
    `letters`: the server passes releases on; `timed`: it hands one out by itself when check-ins
    were missed (it counts as one person)."""

    case: str
    organisation: str
    title: str
    agreed: str
    holders: tuple[str, ...]
    need: int = 1
    person: str = ""
    chosen: Chosen = field(default_factory=dict)
    letter: str = ""
    attachments: tuple[str, ...] = ()
    agreement: Agreement | None = None
    letters: bool = False
    timed: bool = False


def prepare(vault: Vault, wish: Wish, out: Path) -> str:
    """Writes the package's file and the record of it, which this returns the id of. Raises
    `UsageError` for a wish that does not hold together, `NotGrantedError` without a needed
    approval, `LimitError` for one that is too large."""
    case = vault.get(wish.case)
    _check(vault, wish, case.desk)
    partner = vault.get(wish.organisation)
    recipient, sealed_to, _ = partner_keys.parse(partner.text("recipient"))
    name = partner.text("name") or partner.text("acronym")
    given: dict[str, Value] = {}
    share_id, body = "", b""
    if wish.chosen:
        made = exporting.preview(vault.views.casefile(wish.case), wish.chosen)
        share_id = vault.new_id()
        told = {
            "share": share_id,
            "reply_to": "",
            "purpose": wish.title,
            "case": wish.case,
            "updates": "",
            "records": made.records,
        }
        body = exporting.signed_body(vault, told, case.desk)
        given = {r["id"]: sorted({*r["fields"], *r.get("sets", {})}) for r in made.records}
    server = link_policy.public_address(str(vault.setting("server") or "")) if wish.letters else ""
    key, info = vault.partners.of_desk(case.desk), vault.info()
    about = {
        "organisation": info.workspace,
        "member": info.member,
        "recipient": key.recipient,
        "created": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "person": wish.title,
        "agreed": wish.agreed,
    }
    content = Content(wish.letter, body, tuple(_files(vault, wish.attachments, name)))
    count = len(wish.holders) + wish.timed
    sealed = sealing.seal(
        content,
        about,
        wish.need,
        count,
        server,
        key.signing,
        recipient,
        vault.partners.earlier(key),
    )
    timed = b""
    if wish.timed:
        letter = Letter(sealed.number, b"", count - 1, sealed.pieces[-1], "", "")
        timed = sealing.seal_letter(letter, recipient)
    record = vault.new_id()
    told_of: dict[str, Value] = {
        "case": wish.case,
        "title": wish.title,
        "person": wish.person,
        "organisation": wish.organisation,
        "agreed": wish.agreed,
        "prepared": date.today().isoformat(),
        "need": wish.need,
        "holders": list(wish.holders),
        "check_ins": wish.agreement.value() if wish.agreement else None,
        "package": _text(sealed.number),
        "hashes": [_text(h) for h in sealed.lock.hashes],
        "drill_hashes": [_text(h) for h in sealed.drill_lock.hashes],
        "drill_seed": _text(sealed.drill_seed),
        "token": _text(sealed.token) if server else "",
        "server": server,
        "timed": _text(timed),
        "key": sealed_to,
        "share_id": share_id,
        "content": given,
        "sha256": hashlib.sha256(sealed.file).hexdigest(),
    }
    edits = [Edit(record, KIND, EMERGENCY.name)]
    edits += [Edit(record, k, v) for k, v in told_of.items() if v not in ("", None, {})]
    terms = packages.terms_of(told_of)
    for index, member in enumerate(wish.holders):
        step = vault.emergency.piece_step(
            case.desk,
            member,
            terms,
            index,
            sealed.pieces[index],
            sealed.drill_pieces[index],
        )
        edits += steps.step_edits(vault.new_id(), record, step)
    why = wish.agreed[: custody.MAX_TEXT]
    act = Act(wish.case, custody.SHARED, {}, {"to": name, "purpose": why})
    with vault.approvals.giving(out, wish.case, act=act, edits=edits, desk=case.desk) as out_file:
        out_file.file.write(sealed.file)
    return record


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _check(vault: Vault, wish: Wish, desk: str) -> None:
    known = vault.emergency.persons(desk)
    if not wish.holders or len(set(wish.holders)) != len(wish.holders):
        raise UsageError(what="Say who may release it")
    if any(one not in known for one in wish.holders):
        raise UsageError(what="Only persons who hold the case’s desk can release it")
    if not 1 <= wish.need <= min(2, len(wish.holders)):
        raise UsageError(what="One or two persons release it, of as many or more")
    if len(wish.holders) + wish.timed > sealing.MAX_HOLDERS:
        raise UsageError(what="At most 15 persons can release it")
    if not wish.title.strip() or not wish.agreed.strip():
        raise UsageError(what="Say for whom it is, and when it is to be released")
    if len(wish.title) > MAX_TITLE:
        raise UsageError(what="Say in at most 200 characters for whom it is")
    if not (wish.chosen or wish.letter.strip() or wish.attachments):
        raise UsageError(what="There is nothing in it")
    if len(wish.letter) > sealing.MAX_TEXT or len(wish.agreed) > sealing.MAX_TEXT:
        raise UsageError(what="The letter is too long; attach a file instead")
    releases = wish.agreement is not None and wish.agreement.wait is not None
    if wish.timed and not (releases and wish.letters):
        raise UsageError(
            what="The server can release it only where check-ins were agreed and it passes releases on"
        )
    if wish.letters and not link_policy.public_address(str(vault.setting("server") or "")):
        raise UsageError(what="No server is set that could pass releases on")


def _files(vault: Vault, attachments: Sequence[str], to: str) -> list[File]:
    """The chosen attachments; that they leave is written down first."""
    out, total = [], 0
    for attachment in attachments:
        record = vault.get(attachment)
        size = record.fields.get("size")
        total += size if isinstance(size, int) else 0
        if total > sealing.MAX_FILE - 4 * 1024 * 1024 or len(attachments) > sealing.MAX_FILES:
            raise LimitError(what="an emergency package of more than 64 MiB")
    for attachment in attachments:
        record, memory = vault.get(attachment), io.BytesIO()
        vault.fetch(attachment, memory, act=custody.SHARED, to=to)
        out.append(File(record.text("name")[:200], record.text("media_type")[:200], memory.getvalue()))
    return out


# -- the release ----------------------------------------------------------------------------------


def write_release(vault: Vault, record: str, out: Path, drill: str = "") -> int:
    """Writes a file for the partner with what was released until now; how many persons' it holds.
    Raises `EmergencyError` where nobody released it."""
    found = vault.emergency.need(record)
    letters = steps.letters(found, drill)
    if not letters:
        raise EmergencyError(what="nobody has released it yet")
    data = sealing.pack_letters([sealed for _, sealed in letters])
    with files.whole(files.outside(vault.profile, out)) as target:
        target.write(data)
    with contextlib.suppress(UsageError, DamagedError):  # the case may be gone; the file is written
        vault.emergency.note_share(found)
    return len(letters)
