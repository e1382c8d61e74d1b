"""DefenderDesk: offline-first case work for those who protect human rights defenders."""

from defenderdesk import resources
from defenderdesk.domain import tables

__version__ = "0.1.0"

tables.hand(resources.tables)
