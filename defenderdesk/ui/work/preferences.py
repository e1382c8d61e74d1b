"""Preferences that a screen must know before the vault is open: language, theme, size of type,
minutes until it locks by itself, and which guards are on.

They stand in `screen.json` in the profile, in plain text, because the unlock screen needs them.
Nothing about a case, a person or a workspace is ever written there; QSettings is not used at all
(it would write outside the profile, and remembers more than it is asked to).
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from PySide6.QtCore import QLocale

from defenderdesk import i18n

_FILE = "screen.json"


@dataclass
class Preferences:
    """The look and the language of the screens."""

    language: str = ""
    theme: str = "system"
    text_size: str = "normal"
    lock_minutes: int = 15
    lock_with_computer: bool = True
    """True if sleep, the lid, the screen's lock and another user lock the vault."""
    panic: bool = True
    """True if the panic shortcut is listened to."""
    clipboard_seconds: int = 60
    """Seconds after which what was copied is cleared; 0 for never before the lock."""
    hide_from_captures: bool = True
    """True if windows stay out of screenshots, where the platform can."""

    @classmethod
    def load(cls, profile: Path) -> Preferences:
        """Those of a profile; defaults where something is missing or strange."""
        made = cls()
        try:
            found = json.loads((profile / _FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        for field in fields(cls):
            value = found.get(field.name) if isinstance(found, dict) else None
            if type(value) is type(getattr(made, field.name)):
                setattr(made, field.name, value)
        if made.language not in i18n.LANGUAGES and made.language not in i18n.PLANNED:
            system = QLocale.system().name().split("_")[0]
            made.language = system if system in i18n.LANGUAGES else "en"
        return made

    def save(self, profile: Path) -> None:
        """Write them, whole or not at all. A profile that cannot be written is no reason to
        stop: the choice then holds until the program ends."""
        try:
            profile.mkdir(parents=True, exist_ok=True)
            new = profile / f"{_FILE}.new"
            new.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
            os.replace(new, profile / _FILE)
        except OSError:
            return
