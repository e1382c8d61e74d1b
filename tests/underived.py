"""No exchange derives tables: whoever breaks that is told by every test that exchanges something.

What is derived from records (`vault.lookup.indexes`) is worked out when somebody looks. An exchange of
10,000 records that waits for it takes twice as long, and a laptop in the field waits on the line.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from defenderdesk.sync import synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.vault.lookup import indexes

EXCHANGES = (
    (synchronise, "sync"),
    (exporting, "export"),
    (receiving, "receive"),
    (receiving, "receive_file"),
)


@pytest.fixture(autouse=True)
def nothing_derived(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuses `indexes.refresh` to whoever is inside an exchange. Gives the names of the exchanges
    that were run."""
    inside, run = threading.local(), list[str]()
    refresh = indexes.refresh

    def refused(*args: Any, **options: Any) -> bool:
        assert not getattr(inside, "name", ""), f"{inside.name} derives tables"
        return refresh(*args, **options)

    def watched(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        def exchanging(*args: Any, **options: Any) -> Any:
            before, inside.name = getattr(inside, "name", ""), name
            run.append(name)
            try:
                return work(*args, **options)
            finally:
                inside.name = before

        return exchanging

    monkeypatch.setattr(indexes, "refresh", refused)
    for module, name in EXCHANGES:
        monkeypatch.setattr(module, name, watched(name, getattr(module, name)))
    return run
