"""The vault is locked while others still read: nobody crashes, nobody reads on."""

from __future__ import annotations

import threading

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
