"""The ledger: change sets, feeds, clocks and merge. Pure: no I/O, no clock of its own, no keys."""
