"""The vault is locked while others still read: nobody crashes, nobody reads on."""

from __future__ import annotations

import threading
import time

from sqlcipher3 import dbapi2

from defenderdesk.errors import LockedError
from defenderdesk.vault import Edit


def test_a_vault_that_closes_while_it_is_read_stops_its_readers(make_vault) -> None:
    for number in range(4):
        vault = make_vault(f"v{number}")
        edits = []
        for place in range(200):
            record = vault.new_id()
            edits += [
                Edit(record, "kind", "event"),
                Edit(record, "date", "2024-01-02"),
                Edit(record, "acts", "killing", "add"),
                Edit(record, "description", f"Event {place}"),
            ]
        vault.save(edits)
        ends: list[type[BaseException]] = []
        started = threading.Event()

        def read(vault=vault, ends=ends, started=started) -> None:
            try:
                while True:
                    started.set()  # some have not even connected when it closes
                    vault.views.counts("case.status")
                    vault.search("event")
            except BaseException as exc:
                ends.append(type(exc))

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert started.wait(20)
        vault.close()
        for thread in threads:
            thread.join(20)
        assert ends == [LockedError] * 3


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n"


def test_who_is_spared_reads_and_writes_on_and_all_others_are_stopped(make_vault) -> None:
    """As in a panic: what was typed is still written, an import is rolled back whole."""
    store = make_vault().store
    ends: dict[str, object] = {}
    idents: dict[str, int] = {}
    ready = threading.Barrier(4)

    def run(name, work) -> None:
        idents[name] = threading.get_ident()
        ready.wait()
        try:
            ends[name] = work()
        except BaseException as exc:
            ends[name] = type(exc)

    def imports() -> None:
        with store.writing() as conn:
            conn.execute("INSERT INTO meta VALUES ('half', x'01')")
            conn.execute(ENDLESS).fetchone()

    def types() -> int:
        found = store.reader.execute(LONG).fetchone()[0]
        with store.writing() as conn:
            conn.execute(LONG).fetchone()
            store.set_meta("clock", found)
        return int(found)

    work = {
        "reads": lambda: store.reader.execute(ENDLESS).fetchone(),
        "imports": imports,
        "types": types,
    }
    threads = [threading.Thread(target=run, args=one, daemon=True) for one in work.items()]
    for thread in threads:
        thread.start()
    ready.wait()
    until = time.monotonic() + 30
    while len(ends) < 3 and time.monotonic() < until:
        store.interrupt(idents["types"])
        time.sleep(0.003)
    assert ends["types"] == 3_000_000 and store.meta("clock") == 3_000_000
    assert {ends["reads"], ends["imports"]} <= {LockedError, dbapi2.OperationalError}
    assert store.meta("setting.member", None) is None
