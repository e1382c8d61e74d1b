"""A colleague who signs what no honest program writes."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from defenderdesk.bundle import manifest, padme, writer
from defenderdesk.bundle.manifest import Manifest
from defenderdesk.crypto.age import Recipient, Sealer
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.ledger import feeds
from defenderdesk.vault.identity import members
from defenderdesk.vault.receiving import receive as receiving
from tests.conftest import Pair


def take(pair: Pair, data: bytes) -> None:
    receiving.receive(pair.laptop.store, io.BytesIO(data))


class Forge:
    """A colleague with valid keys and bad intentions."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.store = pair, pair.office.store
        self.desk = members.desk_keys(self.store.reader, self.store.roster)[0]
        self.key: SigningKey = self.store.require_signing_key()
        self.manifest = Manifest(
            self.store.workspace,
            self.desk.id,
            self.store.device,
            1,
            (),
            manifest.Receipt({}, roster=bytes(16)),
            (),
        )

    def seal(
        self, head: bytes, rest: bytes = b"", pad: bool = True, seal: list[Recipient] | None = None
    ) -> bytes:
        plain = manifest.MAGIC + len(head).to_bytes(4, "big") + head
        plain += self.key.sign(manifest.SIGNATURE, head) + rest
        if pad:
            plain += bytes(padme.padded(len(plain)) - len(plain))
        out = io.BytesIO()
        with Sealer(out, seal or [self.desk.current]) as sealer:
            sealer.write(plain)
        return out.getvalue()

    def feed(
        self, items: list[feeds.ChangeSet], device: bytes, wrong: dict[str, object] | None = None
    ) -> bytes:
        genesis = feeds.genesis(self.store.workspace, self.desk.id, device)
        chain = genesis
        for item in items:
            chain = feeds.link(chain, item.header)
        from defenderdesk.bundle import ranges

        data, detail = ranges.pack(
            ranges.Range(device, 1, genesis, self.key.sign(feeds.SIGNATURE, chain), items)
        )
        detail.update(wrong or {})
        sources = [writer.Source(manifest.FEED, detail, lambda: data)]
        parts, _ = writer.measure(sources)
        return self.seal(replace(self.manifest, parts=tuple(parts)).encode(), data)


@pytest.fixture
def forge(pair: Pair) -> Forge:
    return Forge(pair)
