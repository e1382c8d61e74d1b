"""A day of the calendar as it may leave: without what is marked as not to be shared.

Marks stand on the record, on what it belongs to, and on the records from whose dates a rule reckoned
the day (a petition's last day says when the final decision was).
"""

from __future__ import annotations

from msgspec import structs

from defenderdesk.domain import withheld
from defenderdesk.domain.agenda import FIELDS_OF
from defenderdesk.domain.kinds import WHOLE, Type, kind_of
from defenderdesk.vault import Vault
from defenderdesk.vault.types import Day, Record

_SOURCES = {
    "filing_limit": {
        "proceeding": {WHOLE, "final_decision_date"},
        "act": {WHOLE, "date", "act_type", "event"},
        "event": {WHOLE, "date", "acts"},
    }
}
"""For a reason, the kinds in the same case from which it is reckoned, and the marks that hide it."""


def _marks(record: Record) -> set[str]:
    return set(withheld.names({**record.fields, **record.sets}))


class Shareable:
    """Looks at the marks, those of each case once."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._above: dict[str, set[str]] = {}
        self._hidden: dict[tuple[str, str], bool] = {}

    def of(self, day: Day) -> Day | None:
        """The day without what may not leave; None where it may not leave itself."""
        marks = _marks(day.record)
        above = self._of_above(day)
        if WHOLE in marks or WHOLE in above or (day.of and day.of.withheld):
            return None
        if marks & self._dates(day) or self._reckoned_from_hidden(day):
            return None
        # A country may be told by the time zone as well; so both go where one is marked.
        country = "" if "country" in above | marks else day.country or (day.of.country if day.of else "")
        if not country or "time_zone" in marks:
            day = structs.replace(day, zone="", holiday="")
        if "time" in marks:
            day = structs.replace(day, time="", zone="", moment=None)
        return structs.replace(day, country=country)

    def _of_above(self, day: Day) -> set[str]:
        if day.of is None:
            return set()
        if day.of.id not in self._above:
            self._above[day.of.id] = _marks(self._vault.get(day.of.id))
        return self._above[day.of.id]

    def _dates(self, day: Day) -> set[str]:
        """The fields that the day may have come from: of one that a rule reckoned, every date of the
        record and what it is about."""
        if day.what in FIELDS_OF and any(day.record.fields.get(name) for name in FIELDS_OF[day.what]):
            return set(FIELDS_OF[day.what])
        dates = {field.name for field in kind_of(day.record.kind).fields if field.type is Type.DATE}
        return dates | {"mechanism", "stage"}

    def _reckoned_from_hidden(self, day: Day) -> bool:
        sources = _SOURCES.get(day.what)
        if sources is None or day.of is None:
            return False
        key = (day.of.id, day.what)
        if key not in self._hidden:
            self._hidden[key] = any(
                _marks(record) & hiding
                for kind, hiding in sources.items()
                for record in self._vault.children(day.of.id, kind)
            )
        return self._hidden[key]
