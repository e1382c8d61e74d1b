"""Commands on the chain of custody: show, print, export, measure; timestamp authorities."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from defenderdesk import files, i18n
from defenderdesk.cli.face import Face, progress_bar, show
from defenderdesk.crypto import signing, timestamp
from defenderdesk.crypto.timestamp import Root
from defenderdesk.domain import custody as acts
from defenderdesk.errors import DamagedError, Message, NotFoundError
from defenderdesk.interchange.evidence import check, custody_page, package
from defenderdesk.ledger.branches import Fork

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")
_FILE = click.Path(path_type=Path)


@click.group("custody")
def custody() -> None:
    """The chain of custody of an attachment or another record."""


@custody.command("show")
@click.argument("record")
@_JSON
@click.pass_obj
def show_chain(face: Face, record: str, as_json: bool) -> None:
    """Every step of a record since it was taken in: who, which device, when, what."""
    with face.vault() as vault:
        rid = vault.resolve(record)
        vault.saw(rid)
        page = custody_page.of_chain(vault.chain(rid))
    show(dataclasses.asdict(page), as_json, lambda: _readable(page))


def _readable(page: custody_page.Page) -> str:
    lines = [page.title, *(f"  {name}: {value}" for name, value in page.facts)]
    lines += [
        f"{one.when}  {one.who}  {one.what}" + (f"  [{one.more}]" if one.more else "") for one in page.lines
    ]
    lines += [f"! {mark}" for mark in page.marks]
    return "\n".join([*lines, *page.histories, *page.times])


@custody.command("print")
@click.argument("record")
@click.argument("out", type=_FILE)
@click.pass_obj
def print_chain(face: Face, record: str, out: Path) -> None:
    """Write a record's chain of custody as an HTML page (in clear text, outside the vault)."""
    with face.vault() as vault:
        rid = vault.resolve(record)
        with files.whole(files.outside(vault.profile, out)) as target:
            vault.note(rid, acts.PRINTED)
            target.write(custody_page.as_html(custody_page.of_chain(vault.chain(rid))).encode())


@custody.command("export")
@click.argument("attachment")
@click.argument("out", type=_FILE)
@click.option("--to", default="", help="To whom it is given.")
@click.option("--purpose", default="", help="Why.")
@click.option(
    "--take",
    "fields",
    default="",
    metavar="FIELD,FIELD",
    help="Describe it too: title, creator… (default: none of it).",
)
@click.option("--details", is_flag=True, help="Also to whom and why it was given out before.")
@click.option(
    "--whole-chain", is_flag=True, help="The devices' whole chains, with the time of every save they made."
)
@_JSON
@click.pass_obj
def export(
    face: Face,
    attachment: str,
    out: Path,
    to: str,
    purpose: str,
    fields: str,
    details: bool,
    whole_chain: bool,
    as_json: bool,
) -> None:
    """Write an attachment in clear text with the proof of its history: a folder, or a .zip."""
    wanted = package.Wanted(frozenset(f for f in fields.split(",") if f), details, whole_chain)
    with face.vault() as vault:
        rid = vault.resolve(attachment)
        bar = progress_bar(out.name, as_json)
        made = package.export(vault, rid, out, to, purpose, wanted, bar)
    result = {**dataclasses.asdict(made), "path": str(made.path)}
    show(
        result,
        as_json,
        lambda: i18n.plural(
            "The package has {n} entry. Anyone can check it: defenderdesk verify {path}",
            "The package has {n} entries. Anyone can check it: defenderdesk verify {path}",
            made.entries,
            path=made.path,
        ),
    )


@custody.command("measure")
@click.argument("attachment")
@_JSON
@click.pass_obj
def measure(face: Face, attachment: str, as_json: bool) -> None:
    """Hash an attachment that was taken in before both digests were recorded."""
    with face.vault() as vault:
        rid = vault.resolve(attachment)
        vault.measure(rid, progress_bar("", as_json))
        facts = dict(vault.chain(rid).steps[-1].facts)
    show(facts, as_json, lambda: f"SHA-256 {facts['sha256']}\nSHA-512 {facts['sha512']}")


@custody.command("stamp")
@_JSON
@click.pass_obj
def stamp(face: Face, as_json: bool) -> None:
    """Ask the authorities for the timestamps that wait."""
    from defenderdesk.sync.server import timestamping

    with face.vault() as vault:
        report = timestamping.stamp(vault)
        left = timestamping.waiting(vault)
    show(
        {**dataclasses.asdict(report), "waiting": left},
        as_json,
        lambda: "\n".join(
            [
                i18n.plural("{n} timestamp kept.", "{n} timestamps kept.", report.kept),
                *(f"{name}: {i18n.text(why)}" for name, why in report.failed.items()),
            ]
        ),
    )


@custody.group("authority")
def authority() -> None:
    """The timestamp authorities (RFC 3161) that this device asks. None is preset."""


@authority.command("add")
@click.argument("name")
@click.argument("address")
@click.argument("root", type=_FILE, metavar="ROOT.pem")
@_JSON
@click.pass_obj
def authority_add(face: Face, name: str, address: str, root: Path, as_json: bool) -> None:
    """Ask this authority from now on; compare its root's fingerprint by another way."""
    from defenderdesk.sync.server import timestamping

    made = _root(root)
    pem = _read(root).decode("ascii", "replace")
    with face.vault() as vault:
        timestamping.add(vault, timestamping.Authority(name, address, pem))
    show(
        {"name": name, "root": made.name, "fingerprint": made.fingerprint},
        as_json,
        lambda: f"{made.name}\nSHA-256 {made.fingerprint}",
    )


@authority.command("list")
@_JSON
@click.pass_obj
def authority_list(face: Face, as_json: bool) -> None:
    """The authorities that are asked."""
    from defenderdesk.sync.server import timestamping

    with face.vault() as vault:
        found = [
            {"name": a.name, "address": a.address, "fingerprint": a.read_root().fingerprint}
            for a in timestamping.authorities(vault)
        ]
    show(found, as_json, lambda: "\n".join(" ".join(one.values()) for one in found))


@authority.command("remove")
@click.argument("name")
@click.pass_obj
def authority_remove(face: Face, name: str) -> None:
    """Ask this authority no more; its timestamps stay."""
    from defenderdesk.sync.server import timestamping

    with face.vault() as vault:
        timestamping.remove(vault, name)


# -- verify, for a stranger ----------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb", opener=files.regular) as source:
            return source.read(timestamp.MAX_ROOT + 1)
    except OSError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error


def _root(path: Path) -> Root:
    return timestamp.read_root(_read(path))


def verify_package(path: Path, roots: tuple[Path, ...], workspace: str, as_json: bool) -> None:
    """Verifies a custody package and says what it proves. Raises `DamagedError` on any flaw."""
    checked = check.verify(path, [_root(one) for one in roots], workspace)
    page = custody_page.of_proof(checked.proof, checked.verdict)
    result: dict[str, Any] = {
        "kind": "custody",
        "ok": checked.sound,
        "problems": page.marks,
        "workspace": signing.id_text(checked.proof.workspace),
        "workspace_name": checked.verdict.workspace_name,
        "founder": checked.verdict.founder,
        "sha256": checked.sha256,
        "sha512": checked.sha512,
        "size": checked.size,
        "entries": len(checked.verdict.entries),
        "timestamps": [
            {"time": t.time.isoformat(), "authority": t.authority, "root": t.root, "pinned": t.pinned}
            for t in checked.verdict.times
        ],
        "histories": page.histories,
        "forks": [_fork(fork) for fork in checked.verdict.forks],
        "proven": page.proven if checked.sound else [],
        "not_proven": page.not_proven,
    }
    show(result, as_json, lambda: _verdict(page, checked.sound))
    if not checked.sound:
        raise DamagedError(what=checked.problems[0])


def _fork(fork: Fork) -> dict[str, Any]:
    return {
        "device": signing.id_text(fork.device),
        "history": fork.label,
        "base": fork.base,
        "entries": list(fork.entries),
        "histories": [
            {"history": way.label, "name": signing.id_text(way.name), "entries": list(way.entries)}
            for way in fork.ways
        ],
    }


def _verdict(page: custody_page.Page, sound: bool) -> str:
    if not sound:
        said = i18n.text("This package proves nothing: it was altered, or is not whole.")
        return "\n".join([said, *(f"! {mark}" for mark in page.marks)])
    lines = [_readable(page), "", i18n.text("What is proven"), *(f"+ {p}" for p in page.proven)]
    return "\n".join([*lines, i18n.text("What is not"), *(f"- {p}" for p in page.not_proven)])


COMMANDS: tuple[click.Command, ...] = (custody,)
