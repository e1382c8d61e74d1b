"""Replication: what others lack, feeds that arrive, and where erasures have arrived."""
