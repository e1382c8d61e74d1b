"""Formats in and out: exchange JSON, and files in the shape of published cases."""
