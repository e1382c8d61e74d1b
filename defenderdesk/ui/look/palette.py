"""Colour roles, spacing, sizes of type: what every widget names in place of colours and pixels.

Both palettes keep WCAG 2.2 AA: 4.5:1 for text, 3:1 for what marks a control (`PAIRS` says which
pairs; the tests measure them). Sizes are device-independent pixels on a grid of 4.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Colours:
    """One palette by role."""

    ground: str
    """Behind everything."""
    surface: str
    """Cards, tables, fields."""
    raised: str
    """Hover, headers, chips."""
    side: str
    """The sidebar."""
    text: str
    muted: str
    """Second-rank text: hints, times."""
    line: str
    """Hairlines between things."""
    edge: str
    """Edges of controls; must be seen (3:1)."""
    accent: str
    on_accent: str
    accent_soft: str
    """Selected rows and the open page."""
    danger: str
    on_danger: str
    danger_soft: str
    warning: str
    warning_soft: str
    success: str
    success_soft: str


LIGHT = Colours(
    ground="#F4F6F7",
    surface="#FFFFFF",
    raised="#EDF1F2",
    side="#E9EEEF",
    text="#17242B",
    muted="#52626B",
    line="#DAE1E4",
    edge="#7C8B93",
    accent="#0B6367",
    on_accent="#FFFFFF",
    accent_soft="#D9ECEC",
    danger="#A82222",
    on_danger="#FFFFFF",
    danger_soft="#FBE6E4",
    warning="#7A4D00",
    warning_soft="#FCEFD2",
    success="#1B6338",
    success_soft="#DDF1E3",
)
DARK = Colours(
    ground="#12181B",
    surface="#1A2226",
    raised="#243036",
    side="#161E21",
    text="#E8EEF0",
    muted="#A7B5BB",
    line="#2E3B41",
    edge="#75868E",
    accent="#66C7C4",
    on_accent="#06292A",
    accent_soft="#173F41",
    danger="#FF9C93",
    on_danger="#3A0A07",
    danger_soft="#4A2220",
    warning="#F0C267",
    warning_soft="#40320F",
    success="#84D6A0",
    success_soft="#1B3A28",
)
PALETTES = {"light": LIGHT, "dark": DARK}
PAIRS: tuple[tuple[str, str, float], ...] = (
    *(("text", ground, 7.0) for ground in ("ground", "surface", "raised", "side", "accent_soft")),
    *(("muted", ground, 4.5) for ground in ("ground", "surface", "raised", "side", "accent_soft")),
    ("accent", "surface", 4.5),
    ("accent", "ground", 4.5),
    ("accent", "accent_soft", 4.5),
    ("on_accent", "accent", 4.5),
    ("danger", "surface", 4.5),
    ("danger", "danger_soft", 4.5),
    ("on_danger", "danger", 4.5),
    ("warning", "surface", 4.5),
    ("warning", "warning_soft", 4.5),
    ("success", "surface", 4.5),
    ("success", "success_soft", 4.5),
    ("text", "danger_soft", 4.5),
    ("text", "warning_soft", 4.5),
    ("text", "success_soft", 4.5),
    ("edge", "surface", 3.0),
    ("edge", "ground", 3.0),
)
"""(role in front, role behind, least contrast)."""


class Space:
    """Distances."""

    XS, S, M, L, XL, XXL = 4, 8, 12, 16, 24, 40


class Size:
    """Type, in pixels at scale 1, and the height of a control."""

    SMALL, BODY, LEAD, HEADING, TITLE, WORDS = 12, 14, 16, 19, 25, 30
    CONTROL = 36
    RADIUS = 6


SCALES = {"normal": 1.0, "large": 1.15, "larger": 1.35}
_current = "light"
_scale = 1.0


def use(name: str, text_size: str) -> None:
    """The palette and the scale of type from now on; an unknown scale is the normal one."""
    global _current, _scale
    _current = name
    _scale = SCALES.get(text_size, 1.0)


def scale() -> float:
    """The scale of type in use."""
    return _scale


def current() -> Colours:
    """The palette in use."""
    return PALETTES[_current]


def name() -> str:
    """Its name: light or dark."""
    return _current


def px(size: int) -> int:
    """A size of type or control at the scale in use."""
    return round(size * _scale)


def contrast(front: str, behind: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    high, low = sorted((_luminance(front), _luminance(behind)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def roles() -> list[str]:
    """The names of all roles."""
    return [field.name for field in fields(Colours)]
