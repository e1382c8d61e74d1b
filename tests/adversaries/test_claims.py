"""What a colleague says of others without their signature: believed as far as it is checked, named with
who says it, and let go when it is refuted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from defenderdesk.bundle import manifest, ranges, writer
from defenderdesk.errors import DamagedError
from defenderdesk.ledger import feeds
from defenderdesk.sync import alerts, synchronise
from defenderdesk.sync.bundles import receiving as bundles
from defenderdesk.sync.server.report import SyncReport
from defenderdesk.vault import Vault
from defenderdesk.vault.receiving import receive as receiving
from defenderdesk.vault.receiving import verification
from defenderdesk.vault.replication import planning
from tests.conftest import Pair
from tests.sync_link.server import Running, running
from tests.worlds.clones import titles
from tests.worlds.feeds import written
from tests.worlds.forge import Forge, forge
from tests.worlds.records import new_case
from tests.worlds.rounds import meet

__all__ = ["forge"]


# -- of another's history ----------------------------------------------------------------------------


def sent(forge: Forge, part: ranges.Range, **detail: object) -> io.BytesIO:
    """A bundle of the mole's with a range of somebody's, and what it says of it."""
    data, told = ranges.pack(part)
    parts, _ = writer.measure([writer.Source(manifest.FEED, {**told, **detail}, lambda: data)])
    return io.BytesIO(forge.seal(replace(forge.manifest, parts=tuple(parts)).encode(), data))


def ranges_of(vault: Vault, first: int, last: int) -> ranges.Range:
    """A true range of a laptop's own feed."""
    conn = vault.store.reader
    rows = conn.execute("SELECT header, body, hash, signature FROM change_sets ORDER BY id").fetchall()
    items = [feeds.ChangeSet(bytes(h), bytes(b)) for h, b, _, _ in rows[first - 1 : last]]
    previous = bytes(rows[first - 2][2])
    return ranges.Range(vault.store.device, first, previous, bytes(rows[last - 1][3]), items)


@pytest.mark.parametrize("detail", [{}, {"feed": b"f" * 16, "parent": b"p" * 16, "base": 2}])
def test_nobody_says_for_a_laptop_that_it_has_a_second_history(
    forge: Forge, detail: dict[str, object]
) -> None:
    """Its owner would take new keys, and everybody send everything for ever."""
    laptop = forge.pair.laptop
    for number in range(3):
        new_case(laptop, f"Case {number}")
    items = written(3, 3)
    chain = feeds.link(b"x" * 32, items[0].header)
    for signature in (b"s" * 64, forge.key.sign(feeds.SIGNATURE, chain)):
        false = ranges.Range(laptop.store.device, 3, b"x" * 32, signature, items)
        before = laptop.store.device
        with pytest.raises(DamagedError):
            receiving.receive(laptop.store, sent(forge, false, **detail))
        assert laptop.store.device == before
        assert not laptop.store.reader.execute("SELECT 1 FROM suspects").fetchall()


@pytest.mark.parametrize("base", [0, 1])
def test_a_true_history_under_a_false_name_raises_no_doubt(forge: Forge, base: int) -> None:
    laptop = forge.pair.laptop
    for number in range(3):
        new_case(laptop, f"Case {number}")
    before = laptop.store.device
    true = ranges_of(laptop, 2, 3)
    said = {"feed": b"f" * 16, "parent": b"p" * 16, "base": base}
    report = receiving.receive(laptop.store, sent(forge, true, **said))
    assert not report.forked and not report.new_identity and laptop.store.device == before
    assert not laptop.store.reader.execute("SELECT 1 FROM suspects").fetchall()
    assert verification.vault(laptop.store).problems == []


def test_another_history_that_somebody_says_they_were_shown_is_told_with_who_says_so(
    forge: Forge, tmp_path: Path
) -> None:
    laptop = forge.pair.laptop
    new_case(laptop, "Of the laptop")
    device = laptop.store.device
    said = manifest.Receipt({device: 1}, roster=bytes(16), heads={device: b"x" * 16}, key=b"k" * 16)
    made = replace(forge.manifest, receipt=said, created=laptop.now_ms())
    (tmp_path / "said.ddbundle").write_bytes(forge.seal(made.encode()))
    report = bundles.receive(laptop, tmp_path / "said.ddbundle")
    assert report.parted == ["Amina"] and not report.forked and laptop.store.device == device
    [(_, (seen, todo))] = alerts.kept(laptop)
    assert str(seen) == "Office was shown another history of Amina than you, or says so."
    assert "Office’s laptop says what is not so" in str(todo)


# -- of what lies on a server --------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "server") as made:
        yield made


class Liar:
    """A colleague (the pair's laptop) whose receipts say that it holds `more` of others' work."""

    def __init__(self, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
        self.vault, self.more = vault, dict[bytes, int]()
        true = planning.own_receipt

        def said(conn: object, desk: object, roster: bytes) -> manifest.Receipt:
            receipt = true(conn, desk, roster)  # type: ignore[arg-type]
            if roster == vault.store.log.digest and self.speaks:
                receipt.holds.update(self.more)
            return receipt

        self.speaks = False
        monkeypatch.setattr(planning, "own_receipt", said)

    def sync(self) -> SyncReport:
        """Writes something, and sends it with what it claims."""
        new_case(self.vault, f"Case {len(titles(self.vault))}")
        self.speaks = True
        try:
            return synchronise.sync(self.vault)
        finally:
            self.speaks = False


@pytest.fixture
def liar(pair: Pair, third: Vault, server: Running, monkeypatch: pytest.MonkeyPatch) -> Liar:
    """The office has written; everybody has it, and nobody anything to say."""
    new_case(pair.office, "Of the office")
    new_case(third, "Of the third")
    meet(server.url, pair.office, pair.laptop, third)
    for vault in (pair.office, pair.laptop, third):
        synchronise.sync(vault)
    return Liar(pair.laptop, monkeypatch)


def sentences(report: SyncReport) -> str:
    return " ".join(str(line) for line in alerts.lines(alerts.alerts_of(report)))


def test_a_false_receipt_is_refuted_by_whom_it_is_about_and_named_with_who_made_it(
    pair: Pair, third: Vault, liar: Liar
) -> None:
    """Neither the true author nor anybody else accuses the server for ever."""
    liar.more = {third.store.device: 1000}
    liar.sync()
    report = synchronise.sync(pair.office)
    assert report.withheld == ["Bako"] and report.claimed_by == ["Amina"] and report.unsure
    assert "held by: Amina, they say" in sentences(report), "it is somebody's word"
    own = synchronise.sync(third)
    assert own.refuted == [("Amina", "", "unknown")] and not own.withheld and not own.unsure
    assert "work of yours that you never wrote" in sentences(own) and "server does not" not in sentences(own)
    report = synchronise.sync(pair.office)
    assert report.refuted == [("Amina", "Bako", "unknown")] and not report.withheld and not report.unsure
    assert "Bako does not know of" in sentences(report) and "does not deliver" not in sentences(report)
    for _ in range(3):  # it goes on, and is said no more
        liar.more = {third.store.device: liar.more[third.store.device] + 1}
        liar.sync()
        for vault in (third, pair.office):
            again = synchronise.sync(vault)
            assert not (again.refuted or again.withheld or again.unsure)
    for vault in (pair.office, third):
        synchronise.sync(vault)
        assert synchronise.sync(vault).sent_bundles == 0, "and it is silent"


def test_a_claim_about_somebody_who_is_away_is_let_go_where_it_is_not_sent(
    pair: Pair, third: Vault, liar: Liar
) -> None:
    for turn in range(6):
        liar.more = {third.store.device: 1000 + turn}
        liar.sync()
        report = synchronise.sync(pair.office)
        if report.refuted:
            break
        assert report.unsure
        assert bool(report.withheld) is (turn == 0), "each hole is said once"
    assert turn == 3 and report.refuted == [("Amina", "Bako", "not sent")] and not report.unsure
    assert "does not send it" in sentences(report)
    liar.sync()
    assert not synchronise.sync(pair.office).unsure


def test_who_was_right_after_all_is_believed_again(pair: Pair, third: Vault, liar: Liar) -> None:
    held = third.store.reader.execute(
        "SELECT held FROM feeds WHERE device = ?", (third.store.device,)
    ).fetchone()[0]
    liar.more = {third.store.device: held + 1}
    liar.sync()
    synchronise.sync(third)
    assert synchronise.sync(pair.office).refuted
    new_case(third, "What was claimed")
    synchronise.sync(third)
    liar.more = {}
    liar.sync()
    assert not synchronise.sync(pair.office).refuted
    name = next(
        row[0]
        for row in pair.office.store.reader.execute("SELECT name FROM meta WHERE name LIKE 'mailbox.%'")
        if pair.office.settings.get(row[0], {}).get("claims")
    )
    standing, _, refuted, _ = pair.office.settings.get(name)["claims"]
    assert not standing and not refuted


def test_a_claim_that_an_earlier_program_kept_without_its_author_is_let_go(
    pair: Pair, third: Vault, liar: Liar
) -> None:
    for row in pair.office.store.reader.execute(
        "SELECT name FROM meta WHERE name LIKE 'mailbox.%'"
    ).fetchall():
        kept = pair.office.settings.get(row[0])
        kept["told"] = [[third.store.device, 1000]]
        kept.pop("claims")
        pair.office.settings.put(row[0], kept)
    report = synchronise.sync(pair.office)
    assert not report.withheld and not report.unsure
