"""`verify` of a custody package, for a stranger: the files, the seal over them, the proof, and
that the file is the one the proof speaks of. Needs no vault, no network, no passphrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from defenderdesk.bundle.evidence import check, proof_format
from defenderdesk.bundle.evidence.check import Verdict
from defenderdesk.bundle.evidence.proof_format import Proof
from defenderdesk.crypto import canonical, signing
from defenderdesk.crypto.timestamp import Root
from defenderdesk.domain import custody
from defenderdesk.errors import DamagedError, DefenderDeskError, Message
from defenderdesk.interchange.evidence import bags, openssl
from defenderdesk.interchange.evidence.bags import Reader
from defenderdesk.interchange.evidence.package import name_of_before, safe_name


@dataclass
class Checked:
    """A package that was read to its end. `problems`: every flaw; a package with one proves
    nothing."""

    proof: Proof
    verdict: Verdict
    sha256: str
    sha512: str
    size: int
    problems: list[Message] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """True if nothing was found wrong."""
        return not self.problems


def verify(path: Path, pinned: Sequence[Root] = (), workspace: str = "") -> Checked:
    """Verifies a package. `pinned`: roots that the reader trusts; `workspace`: the id it is to
    be of. Raises `DamagedError` where it cannot be read at all."""
    with bags.reading(path) as bag:
        problems: list[Message] = []
        sums = _files(bag, problems)
        proof = proof_format.decode(bag.small(bags.PROOF))
        verdict = check.verify(proof, pinned)
        problems += verdict.problems
        _seal(bag, verdict, problems)
        sha256, sha512, size = sums[bag.original]
        _plain_files(bag, proof, verdict, problems)
        _original(bag, verdict, (sha256, sha512, size), problems)
        if workspace and workspace != signing.id_text(proof.workspace):
            problems.append(Message("It is of another workspace than the one you named."))
        verdict.problems = problems
        return Checked(proof, verdict, sha256, sha512, size, problems)


def _files(bag: Reader, problems: list[Message]) -> dict[str, tuple[str, str, int]]:
    """Every file against both manifests, and the manifests against those of the tags."""
    if bag.small("bagit.txt") != bags.BAGIT:
        problems.append(Message("{name} is not what the package says.", name="bagit.txt"))
    sums = {name: bag.sums(name) for name in bag.sizes}
    payload = {name for name in sums if name.startswith("data/")}
    tags = set(sums) - payload - set(bags.TAG_MANIFESTS)
    listed = ((bags.MANIFESTS, payload), (bags.TAG_MANIFESTS, tags))
    for manifests, expected in listed:
        for place, manifest in enumerate(manifests):
            said = bags.manifest_lines(bag.small(manifest))
            if set(said) != expected:
                problems.append(Message("{name} does not list what is there.", name=manifest))
            for name in sorted(expected & set(said)):
                if sums[name][place] != said[name]:
                    problems.append(Message("{name} is not what the package says.", name=name))
    return sums


def _plain_files(bag: Reader, proof: Proof, verdict: Verdict, problems: list[Message]) -> None:
    """The files for `openssl` are those that follow from the proof. A package of a program before this
    one has none."""
    if not bag.openssl:
        return
    try:
        made = openssl.files(proof, verdict)
    except (DefenderDeskError, ValueError) as error:
        problems.append(Message("The files for openssl do not follow from the proof: {why}", why=str(error)))
        return
    for name in sorted(bag.openssl ^ {*made, openssl.README}):
        problems.append(Message("{name} is not what the package says.", name=name))
    for name in sorted(bag.openssl & made.keys()):
        if bag.small(name) != made[name]:
            problems.append(Message("{name} is not what the package says.", name=name))


def _seal(bag: Reader, verdict: Verdict, problems: list[Message]) -> None:
    """The device that closed the history also signed the list of files."""
    try:
        value = canonical.decode(bag.small(bags.SEALED), "the seal is malformed")
        if type(value) is not list or len(value) != 2 or {type(v) for v in value} != {bytes}:
            raise DamagedError(what="the seal is malformed")
        device, signature = value
        signer = verdict.signers.get(device)
        if signer is None or verdict.closing is None or verdict.closing.device != device:
            raise DamagedError(what="it is not of the device that made the package")
        signing.verify(signer.signing_key, bags.SEAL, bag.small(bags.MANIFESTS[1]), signature, "the package")
    except DamagedError as error:
        problems.append(
            Message(
                "The seal over the files does not hold: {why}",
                why=Message(error.text, **error.facts),
            )
        )


def _original(bag: Reader, verdict: Verdict, sums: tuple[str, str, int], problems: list[Message]) -> None:
    """The file is the one that was taken in."""
    sha256, sha512, size = sums
    fixed = verdict.fixed
    same = fixed.get("sha256") == sha256 and fixed.get("size") == size
    if not same or fixed.get("sha512") not in (None, sha512):
        problems.append(Message("The file is not the one that was taken in."))
    for entry in verdict.entries:
        if entry.act and entry.name == custody.MEASURED:
            told = entry.act.facts
            if told.get("sha256") != sha256 or told.get("sha512") != sha512:
                problems.append(Message("The file is not the one that was hashed later."))
    name = fixed.get("name")
    if isinstance(name, str) and bag.original not in (
        bags.ORIGINAL + safe_name(name),
        bags.ORIGINAL + name_of_before(name),
    ):
        problems.append(Message("The file has another name than the one that was taken in."))
