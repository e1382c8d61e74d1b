"""Text of others, as a terminal or a page may show it."""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Controls, separators of lines, everything that turns the direction of writing (Unicode's
Bidi_Control), and halves of letters."""


def harmless(shown: str) -> str:
    """Text of others as a terminal or a page may show it: what steers a terminal or turns the
    direction of writing stands there as an escape. Lines and tabs stay."""
    return _STEERING.sub(lambda found: found.group().encode("unicode_escape").decode(), shown)


def harmless_json(written: str) -> str:
    """JSON that says the same and steers no terminal: such characters stand there as JSON's escapes."""
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


def one_line(shown: str) -> str:
    """The same for what has to stay within its line: it cannot pass for a sentence of ours."""
    return harmless(shown).replace("\n", "\\n").replace("\t", "\\t")
