"""The registry of what a device keeps by name: one list, with type, default, and what each entry outlives.

Everything else about records is in tables; here stand the few dozen small things that a device
remembers. Whoever adds one says here what it is, and what becomes of it when the laptop travels or
a desk is taken from it; a name that does not stand here can be neither written nor asked for, unless
a later program left it. A backup is a copy of the database: every entry outlives that, and restoring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from defenderdesk.errors import OurError


@dataclass(frozen=True)
class Entry:
    """One kept thing. A name that ends in `.*` stands for all that begin so: one for each server,
    desk or mailbox. `travels`: it stays on a laptop that everything else leaves before a border;
    `of_desk`: it leaves with the desk whose mailbox its name ends in."""

    name: str
    type: type | tuple[type, ...]
    default: Any = None
    travels: bool = False
    of_desk: bool = False


_ENTRIES = (
    # Who this device is. It is the same before and after a journey, until it is home.
    Entry("workspace", bytes, b"", travels=True),
    Entry("workspace_name", str, "", travels=False),  # neutral while it travels
    Entry("device", bytes, b"", travels=True),
    Entry("signing_seed", bytes, travels=True),
    Entry("identity_seed", bytes, travels=True),
    Entry("clock", int, 0, travels=True),
    Entry("successions", list, []),
    Entry("former_identities", list, []),
    Entry("helpers", list, []),
    Entry("helpers.next", list),
    # How it is opened.
    Entry("own_slot", list, []),
    Entry("tries_limit", list, [0], travels=True),
    Entry("keyring", list, []),
    Entry("keys_put_back", bool, False),
    # On its way in, and on its way home.
    Entry("pending_member", str, ""),
    Entry("pending_name", str, ""),
    Entry("pending_token", bytes, b""),
    Entry("pending_words", (str, list)),
    Entry("pending_workspace", bytes, b""),
    Entry("invitations", dict, {}),
    Entry("travelled", bool, False),
    Entry("travel_boxes", list, []),
    # What it knows of servers, by epoch.
    Entry("mailbox.*", dict, of_desk=True),
    Entry("doorstep.*", (int, list), 0),
    Entry("brought.*", list, []),
    Entry("roll.*", list, []),
    Entry("shut_out.*", list, []),
    Entry("destroyed.*", int, 0),
    Entry("vouched.*", int, 0),
    Entry("deposits.*", dict, {}),
    Entry("deposits_known", dict, {}),
    Entry("worries", list, []),
    # What is worked out, or waits to be.
    Entry("derived", list, [0, 0]),
    Entry("derived_rules", str, ""),
    Entry("warnings", (dict, list)),
    Entry("calendar_given", dict, {}),
    Entry("counted_mark", int, 0),
    Entry("clean_wanted", bool, False),
    Entry("chunks_leaving", list, []),
    Entry("duplicates_told", list, []),
    Entry("erasures_swept", list, []),
    Entry("left.*", list),
    Entry("stamp.wanted.*", int, 0),
    Entry("recalled_early", list, []),
    Entry("backup", list),
    Entry("undo", list, [[], []]),
    # What its owner chose.
    Entry("setting.language", str, "en", travels=True),
    Entry("setting.server", str, travels=True),
    Entry("setting.route", str, travels=True),
    Entry("setting.paused", bool, False, travels=True),
    Entry("setting.member", str),
    Entry("setting.link_reason", str),
    Entry("setting.authorities", list),
    Entry("setting.stick.id", str),
    Entry("setting.stick.name", str),
    Entry("setting.stick.panic", bool, False),
    Entry("setting.ui.join.words", list),
)
REGISTRY = {entry.name: entry for entry in _ENTRIES}


def entry_of(name: str) -> Entry:
    """The entry of a name. Raises `OurError` for one that nobody registered."""
    if found := REGISTRY.get(name):
        return found
    at = name.find(".")
    while at >= 0:
        if found := REGISTRY.get(f"{name[: at + 1]}*"):
            return found
        at = name.find(".", at + 1)
    raise OurError(what=f"a setting that stands in no registry: {name[:60]}")


def checked(name: str, value: Any) -> Any:
    """The value, if it is of the entry's type; None unsets. Raises `OurError` for another."""
    entry = entry_of(name)
    if value is not None and not isinstance(value, entry.type):
        raise OurError(what=f"a setting of another type: {entry.name}")
    return value


def travelling() -> tuple[str, ...]:
    """The names of what stays on a laptop that travels."""
    return tuple(entry.name for entry in _ENTRIES if entry.travels)


def patterns_of_desk(box: str) -> tuple[str, ...]:
    """Patterns of SQL's LIKE for what leaves with a desk. `box`: the name of its mailbox."""
    return tuple(f"{entry.name.removesuffix('*')}%.{box}" for entry in _ENTRIES if entry.of_desk)
