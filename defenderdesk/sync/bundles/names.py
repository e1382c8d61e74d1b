"""Names of bundle files: how they end, and which come first."""

from __future__ import annotations

SUFFIX = ".ddbundle"
FOR_SOME = "0-"
"""The beginning of the names of bundles that only certain devices open; they come first."""
