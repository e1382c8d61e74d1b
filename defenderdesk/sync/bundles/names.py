"""Names of bundle files: how they end, and which come first."""

from __future__ import annotations

SUFFIX = ".ddbundle"
FOR_SOME = "0-"
"""How the names of bundles begin that only certain devices open; they come first."""
