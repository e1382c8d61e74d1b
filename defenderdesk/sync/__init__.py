"""Sync: what goes out and comes in, by USB stick and by the coordinating server."""
