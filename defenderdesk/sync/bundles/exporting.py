"""Exporting: bundles for a stick, a folder, or one file.

An export into a folder is made of several bundles: first the changes, then attachments in
bundles of at most 32 MiB. Each appears whole or not at all, and is named so that the next
attempt knows what is there already: a stick can be pulled at any moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from defenderdesk import files
from defenderdesk.bundle import writer
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.bundle.writer import Source
from defenderdesk.crypto.age import (
    DeskKey,
    HybridRecipient,
    Recipient,
)
from defenderdesk.sync.bundles.names import FOR_SOME, SUFFIX
from defenderdesk.sync.bundles.notices import Word
from defenderdesk.sync.bundles.plan import Batches, audience
from defenderdesk.vault import Vault
from defenderdesk.vault.casework import approvals
from defenderdesk.vault.identity import members
from defenderdesk.vault.replication import planning
from defenderdesk.vault.types import Edit, Progress


@dataclass
class ExportReport:
    """The report of what an export wrote. `bundles`: the files, in the order to receive them;
    `reused`: how many of them an earlier attempt had finished."""

    bundles: list[Path] = field(default_factory=list)
    desk: str = ""
    change_sets: int = 0
    changes: int = 0
    attachments: int = 0
    bytes: int = 0
    reused: int = 0
    nothing_new: bool = False


def export(
    vault: Vault,
    out: Path,
    *,
    desk: str | None = None,
    to: Sequence[str] = (),
    everything: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Writes bundles of one desk. `out`: a folder (made of a path without suffix, or there
    already), or a file's path for one bundle. `to`: devices, or age recipients."""
    vault.identity.require_workspace()
    files.outside(vault.profile, out)
    vault.identity.rekey_if_stale()
    with vault.snapshot() as conn:
        num = vault.desk_number(conn, desk)
        keys = next(d for d in members.desk_keys(conn, vault.identity.roster) if d.num == num)
        whom = audience(vault, conn, keys, to, everything)
        outside = not all(isinstance(key, DeskKey) for key in whom.seal)
        used = vault.approvals.need(approvals.EXPORT, "") if outside else []
        mine = planning.own_receipt(conn, keys, vault.identity.log.digest)
        plan = planning.plan(conn, keys, mine, whom.receipts)
        report = ExportReport(
            desk=keys.name,
            change_sets=plan.change_sets,
            changes=plan.changes,
            attachments=len(plan.chunks),
            nothing_new=not plan.wanted and not plan.chunks,
        )
        batches = Batches(vault, conn, keys, whom, plan)
        if out.is_dir() or (not out.suffix and not out.exists()):
            files.make_folder(out)
            files.remove_left(out, suffix=SUFFIX)
            _to_folder(batches, out, report, progress, used)
        else:
            path = out
            contents, sources = batches.everything(batches.grants())
            with files.whole(path) as target:
                writer.write(
                    target,
                    contents,
                    sources,
                    vault.identity.require_signing_key(),
                    whom.seal,
                    progress,
                )
                if used:  # with the file, before it has its name: what fails used up nothing
                    vault.save(used)
            report.bundles.append(path)
        report.bytes = sum(path.stat().st_size for path in report.bundles)
    return report


def _to_folder(
    batches: Batches,
    out: Path,
    report: ExportReport,
    progress: Progress | None,
    used: list[Edit],
) -> None:
    """Writes the bundles of a folder. `used`: what marks an approval as used, saved with the first
    of them."""
    key, seal = batches.vault.identity.require_signing_key(), batches.whom.seal
    total = sum(size for _, size in batches.plan.chunks) + 1
    done = 0

    def put(
        path: Path,
        made: Callable[[], tuple[Manifest, list[Source]]],
        to: Sequence[Recipient] = (),
    ) -> None:
        report.bundles.append(path)
        if path.exists():
            report.reused += 1
            return
        contents, sources = made()
        with files.whole(path) as target:
            writer.write(
                target,
                contents,
                sources,
                key,
                to or seal,
                (lambda d, t: progress(done + d, max(total, done + t))) if progress else None,
            )
            if used:
                batches.vault.save(used)
                used.clear()

    keys = batches.lacking()
    if keys:
        label = batches.label("keys|" + ";".join(d.hex() for d in keys) + batches.receipt.key.hex())
        path = out / f"{FOR_SOME}{label}{SUFFIX}"
        put(path, lambda: batches.key_bundle(keys), [HybridRecipient(r) for r in keys.values()])
    for label, device, made in Word(batches).on_stick():
        recipient = HybridRecipient(batches.vault.identity.roster.devices[device].recipient)
        put(out / f"{FOR_SOME}{batches.label(label)}{SUFFIX}", made, [recipient])
    ranges = ";".join(f"{w.feed.hex()}:{w.first}-{w.last}" for w in batches.plan.wanted)
    receipt = ";".join(f"{d.hex()}:{n}" for d, n in sorted(batches.receipt.holds.items()))
    roster = batches.receipt.roster.hex()
    label = batches.label(f"changes|{ranges}|{receipt}|{roster}|{batches.plan.with_acts}")
    put(out / f"1-{label}{SUFFIX}", batches.changes)
    for batch in batches.attachments():
        label = batches.label("chunks|" + ";".join(name.hex() for name, _ in batch))
        put(out / f"2-{label}{SUFFIX}", lambda batch=batch: batches.attachment_bundle(batch))  # type: ignore[misc]
        done += sum(size for _, size in batch)
        if progress:
            progress(done, max(total, done))
