"""DefenderDesk: offline-first case work for those who protect human rights defenders."""

__version__ = "0.1.0"
