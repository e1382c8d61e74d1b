"""A package of evidence to look at and to spoil, and the authority that stamped it."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.bundle.evidence import check, proof_format
from defenderdesk.bundle.evidence.proof_format import Proof
from defenderdesk.domain import custody
from defenderdesk.interchange.evidence import bags
from defenderdesk.interchange.evidence import package as packages
from defenderdesk.sync.server import timestamping
from defenderdesk.sync.server.timestamping import Authority
from defenderdesk.vault import Edit
from tests.conftest import Pair
from tests.tsa import Server, Tsa
from tests.worlds.photos import with_photo

CANARIES = (
    "CANARY-TITLE",
    "CANARY-SUMMARY",
    "CANARY-CREATOR",
    "CANARY-NOTE",
    "CANARY-LAWYER",
    "CANARY-BYSTANDER",
    "CANARY-CONTACT",
)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[tuple[Tsa, Server]]:
    tsa = Tsa(tmp_path / "tsa")
    server = Server(tsa.answer)
    yield tsa, server
    server.close()


@pytest.fixture
def told(pair: Pair, authority) -> tuple[Pair, str]:
    """A photograph taken in by the laptop, stamped, seen by both; with canaries all around."""
    tsa, server = authority
    laptop, office = pair.laptop, pair.office
    case, photo = with_photo(laptop, pair.folder)
    other = laptop.new_id()
    laptop.save(
        [
            Edit(case, "title", CANARIES[0]),
            Edit(case, "summary", CANARIES[1]),
            Edit(photo, "creator", CANARIES[2]),
            Edit(other, "kind", "note"),
            Edit(other, "case", case),
            Edit(other, "text", CANARIES[3]),
        ]
    )
    timestamping.add(laptop, Authority("One", server.address, tsa.root.decode()))
    assert timestamping.stamp(laptop).kept == 1
    laptop.fetch(photo, io.BytesIO(), to=CANARIES[4])
    laptop.save([Edit(photo, "title", "The gate"), Edit(case, "reference", CANARIES[6])])
    pair.carry(laptop, office)
    office.fetch(photo, io.BytesIO(), act=custody.OPENED)
    office.saw(photo)
    return pair, photo


def made(told: tuple[Pair, str], name: str = "package", **wanted: object) -> Path:
    pair, photo = told
    out = pair.folder / name
    chosen = packages.Wanted(**wanted)  # type: ignore[arg-type]
    packages.export(pair.office, photo, out, "The court", "Hearing", chosen)
    return out


def proof_of(out: Path) -> Proof:
    return proof_format.decode((out / bags.PROOF).read_bytes())


def problems(proof: Proof) -> list[str]:
    return [str(p) for p in check.verify(proof_format.decode(proof_format.encode(proof))).problems]


def altered(proof: Proof, at: int, **change: object) -> Proof:
    segments = list(proof.segments)
    segments[at] = dataclasses.replace(segments[at], **change)  # type: ignore[arg-type]
    return dataclasses.replace(proof, segments=segments)


def remanifest(out: Path) -> None:
    """As a forger would: every manifest made anew; only the seal cannot be."""
    for place, algorithm in enumerate(("sha256", "sha512")):
        for names, keep in ((bags.MANIFESTS, True), (bags.TAG_MANIFESTS, False)):
            sums = {}
            for path in out.rglob("*"):
                name = path.relative_to(out).as_posix()
                if path.is_file() and name.startswith("data/") == keep and "tagmanifest" not in name:
                    sums[name] = hashlib.new(algorithm, path.read_bytes()).hexdigest()
            (out / names[place]).write_bytes(bags.manifest(sums))
