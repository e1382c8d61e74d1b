"""Emergency packages that partners entrusted to us: kept, tried in drills, opened when released.

The file is kept as it came, sealed, within the vault. Whoever holds the desk that it was sealed to
opens it; a drill shows whether that still works.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from defenderdesk import files
from defenderdesk.bundle import emergency as sealing
from defenderdesk.bundle.emergency import Content, Letter, Package
from defenderdesk.crypto import signing
from defenderdesk.domain.kinds import HELD_EMERGENCY, KIND
from defenderdesk.errors import (
    DamagedError,
    EmergencyError,
    LimitError,
    Message,
    NoSafeLinkError,
    NotForUsError,
    NotFoundError,
    StorageError,
)
from defenderdesk.interchange.operation import operation
from defenderdesk.interchange.shares import importing, received
from defenderdesk.sync.server import release_drops
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.identity import partner_keys
from defenderdesk.vault.types import Progress, Record

_KEPT_DRILLS = 5
_FILE = "package" + sealing.SUFFIX


def look(vault: Vault, path: Path) -> Package:
    """Opens the outer seal and checks the signature; keeps nothing. Raises `NotForUsError`,
    `DamagedError`."""
    return sealing.open_package(_read(path, sealing.MAX_FILE), vault.partners.identities())


def words(package: Package) -> list[str]:
    """Six words that stand for who signed it, to compare by voice."""
    return partner_keys.words(package.recipient, package.signer)


def _read(path: Path, most: int) -> bytes:
    try:
        if path.stat().st_size > most:
            raise LimitError(what="a file of more than 64 MiB")
        return files.read(path)
    except FileNotFoundError as error:
        raise NotFoundError(what=Message("file {name}", name=path.name)) from error
    except OSError as error:
        raise StorageError(what=f"{path.name}: {error.strerror or error}") from error


@operation
def keep(vault: Vault, path: Path, desk: str | None = None, *, asks: bool = False) -> str:
    """Keeps a package; its record's id. `asks`: their server is asked for its release now and
    then, over our route. A package that is kept already is left as it is."""
    data = _read(path, sealing.MAX_FILE)  # once: what was looked at is what is kept
    package = sealing.open_package(data, vault.partners.identities())
    number = _text(package.number)
    for one in all_of(vault):
        if one.text("package") == number:
            if _has_file(vault, one.id):
                raise EmergencyError(what="it is kept already")
            _attach(vault, one.id, data)  # a full disk, or a kill, kept it by half
            return one.id
    partner = importing.partner_of(
        vault,
        package.signer.hex(),
        package.recipient,
        package.organisation or package.member,
        desk,
        partner_keys.known_as(package.signer, package.earlier),
    )
    record = vault.new_id()
    fields = {
        KIND: HELD_EMERGENCY.name,
        "title": package.person,
        "organisation": partner,
        "agreed": package.agreed,
        "prepared": package.created[:10],
        "received": date.today().isoformat(),
        "package": number,
    }
    edits = [Edit(record, name, value) for name, value in fields.items()]
    if asks and package.server:
        edits.append(Edit(record, "asks", True))
    vault.save(edits, desk)
    _attach(vault, record, data)
    return record


def _has_file(vault: Vault, record: str) -> bool:
    return any(child.text("name") == _FILE for child in vault.children(record, "attachment"))


def _attach(vault: Vault, record: str, data: bytes) -> None:
    vault.custody.attach_from(record, io.BytesIO(data), _FILE, len(data), vault.new_id())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def all_of(vault: Vault) -> list[Record]:
    """Every package that is kept, the newest first."""
    found = vault.views.of_kind(HELD_EMERGENCY.name)
    return [record for record in reversed(found) if not record.deleted]


def package_of(vault: Vault, record: str) -> Package:
    """A kept package, opened as far as it opens now: of the number that was kept, whatever else was
    attached under that name."""
    wanted, failed = vault.get(record).text("package"), None
    for child in vault.children(record, "attachment"):
        if child.text("name") != _FILE:
            continue
        memory = io.BytesIO()
        try:
            vault.custody.fetch(child, memory, None)
            found = sealing.open_package(memory.getvalue(), vault.partners.identities())
        except (DamagedError, NotForUsError, NotFoundError) as error:
            failed = failed or error
            continue
        if _text(found.number) == wanted:
            return found
    if failed is not None:
        raise failed
    raise NotFoundError(what=Message("package of {record}", record=record))


@dataclass(frozen=True)
class State:
    """The state of a kept package. `released`: it opens now; `by`: who released it so far, with
    their reasons; `drills`: those that open, by their id, the newest last."""

    record: Record
    package: Package
    by: tuple[Letter, ...]
    drills: tuple[bytes, ...]

    @property
    def released(self) -> bool:
        """True if enough persons released it."""
        return sealing.enough(self.package, self.by)


def state(vault: Vault, record: str) -> State:
    """The state of a kept package. Raises `NotForUsError` where no desk here opens it."""
    found, package = vault.get(record), package_of(vault, record)
    letters = _letters(vault, found)
    drills = dict.fromkeys(one.drill for one in letters if one.drill)
    return State(
        found,
        package,
        tuple(one for one in letters if not one.drill and sealing.fits(package, one)),
        tuple(d for d in drills if sealing.enough(package, letters, d)),
    )


def _letters(vault: Vault, record: Record) -> list[Letter]:
    return [letter for letter, _ in _kept(vault, record)]


def _kept(vault: Vault, record: Record) -> list[tuple[Letter, str]]:
    """The letters that are kept and open here, each with the value that holds it."""
    out, keys = [], vault.partners.identities()
    for value in record.sets.get("letters", []):
        try:
            sealed = base64.b64decode(str(value), validate=True)
            out.append((sealing.open_letter(sealed, keys), str(value)))
        except (DamagedError, NotForUsError, ValueError, binascii.Error):
            continue
    return out


@operation
def take_release(vault: Vault, path: Path) -> list[str]:
    """Takes a release file in: the packages that it tells something new of. Raises
    `NotForUsError` where it is for none that this laptop keeps."""
    found = sealing.unpack_letters(_read(path, sealing.MAX_LETTER * sealing.MAX_HOLDERS * 2))
    told: list[str] = []
    known = False
    for record in all_of(vault):
        try:
            package = package_of(vault, record.id)
        except (DamagedError, NotForUsError, NotFoundError):
            continue
        fitting = _fit(vault, package, found)
        known |= bool(fitting)
        if _take(vault, record, package, fitting):
            told.append(record.id)
    if not known:
        raise NotForUsError()
    return told


def ask(vault: Vault, progress: Progress | None = None) -> list[str]:
    """Asks the partners' servers for releases, of the packages where a person agreed to it: those
    that it told something new of. Raises `NoSafeLinkError` where none could be asked. `progress`
    may raise to stop between two questions."""
    told: list[str] = []
    failed: NoSafeLinkError | None = None
    reached = False
    for record in all_of(vault):
        if record.fields.get("asks") is not True:
            continue
        try:
            package = package_of(vault, record.id)
            names = [
                sealing.letter_name(package.token, drill, index)
                for drill in (False, True)
                for index in range(len(package.lock.hashes))
            ]
            sealed = release_drops.fetch(vault, package.server, names, progress)
        except (DamagedError, NotForUsError, NotFoundError):
            continue  # another desk's
        except NoSafeLinkError as error:
            failed = error
            continue
        reached = True
        if _take(vault, record, package, _fit(vault, package, sealed)):
            told.append(record.id)
    if failed and not reached:
        raise failed
    return told


def _fit(vault: Vault, package: Package, sealed: Sequence[bytes]) -> list[tuple[Letter, bytes]]:
    out, keys = [], vault.partners.identities()
    for one in sealed:
        try:
            letter = sealing.open_letter(one, keys)
        except (DamagedError, NotForUsError):
            continue
        if sealing.fits(package, letter):
            out.append((letter, one))
    return out


def _take(vault: Vault, record: Record, package: Package, fitting: Sequence[tuple[Letter, bytes]]) -> int:
    """Keeps what is new of what fits a package; how much. Of drills only the latest few stay."""
    kept = [pair for pair in _kept(vault, record) if sealing.fits(package, pair[0])]
    present = {(one.drill, one.index): data for one, data in kept}
    edits = []
    for letter, data in fitting:
        if (letter.drill, letter.index) not in present:
            present[letter.drill, letter.index] = _text(data)
            edits.append(Edit(record.id, "letters", _text(data), "add"))
    if not edits:
        return 0
    drills = [drill for drill in dict.fromkeys(drill for drill, _ in present) if drill]
    for (drill, _), value in present.items():
        if drill in drills[:-_KEPT_DRILLS]:
            edits.append(Edit(record.id, "letters", value, "remove"))
    vault.save(edits, record.desk or None)
    return sum(edit.op == "add" for edit in edits)


@operation
def drill(vault: Vault, record: str, drill_id: bytes = b"") -> list[str]:
    """The words to say to the partner: of the newest drill, or of one. Raises `EmergencyError`
    where none has come."""
    found = state(vault, record)
    wanted = drill_id or (found.drills[-1] if found.drills else b"")
    if wanted not in found.drills:
        raise EmergencyError(what="no drill of it has come that opens")
    said = sealing.open_drill(found.package, _letters(vault, found.record), wanted)
    edits = [
        Edit(record, "drilled", date.today().isoformat()),
        Edit(record, "drill", signing.id_text(wanted)),
    ]
    vault.save(edits, found.record.desk or None)
    return said


def drill_said(record: Record, drill_id: bytes) -> bool:
    """Tells whether the words of this drill were looked at already."""
    return record.text("drill") == signing.id_text(drill_id)


@dataclass(frozen=True)
class Opened:
    """The report of what an opened package brought: its letter, the case it made or changed (empty
    for none), how many records and files."""

    letter: str
    case: str
    records: int
    files: int
    conflicts: int


@operation
def open_released(vault: Vault, record: str, desk: str | None = None) -> Opened:
    """Opens a released package and takes in what it holds. Raises `EmergencyError` where too few
    persons released it."""
    found = state(vault, record)
    if not found.released:
        raise EmergencyError(what="it has not been released by enough persons")
    content: Content = sealing.open_content(found.package, found.by)
    case, records, conflicts = "", 0, 0
    home = desk or found.record.desk or None
    if content.share:
        received = importing.read(content.share, found.record.text("package"))
        if received.signer != found.package.signer.hex():
            raise DamagedError(what="the share in it is signed by somebody else")
        if received.recalls:
            raise DamagedError(what="the share in it asks something back")
        if not _taken(vault, received):
            taken = importing.take(vault, received, home)
            records, conflicts = taken.records, taken.conflicts
        case = received.case
    place = case or record
    present = {c.text("sha256") for c in vault.children(place, "attachment")}
    files = 0
    for file in content.files:
        if hashlib.sha256(file.data).hexdigest() in present:
            continue
        vault.custody.attach_from(
            place,
            io.BytesIO(file.data),
            file.name or "?",
            len(file.data),
            vault.new_id(),
        )
        files += 1
    edits = [Edit(record, "opened", date.today().isoformat())]
    if content.letter:
        edits.append(Edit(record, "note", content.letter))
    if case:
        edits.append(Edit(record, "case", case))
    vault.save(edits, found.record.desk or None)
    return Opened(content.letter, case, records, files, conflicts)


def _taken(vault: Vault, received: received.Received) -> bool:
    """Tells whether this share was taken in before (the package was opened twice)."""
    try:
        shares = vault.children(received.case, "share")
    except NotFoundError:
        return False
    return any(s.text("share_id") == received.share and s.text("direction") == "received" for s in shares)
