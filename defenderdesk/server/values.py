"""The values of a request, taken as what they have to be; else it is refused."""

from __future__ import annotations

import base64
import re
from typing import Any

from defenderdesk.crypto import plain_json, signing
from defenderdesk.errors import DamagedError, LimitError
from defenderdesk.server.refused import Refused

MOST_VALUES = 200_000
"""Values in a request."""


def an_object(body: bytes) -> dict[str, Any]:
    """A JSON object."""
    try:
        value = plain_json.loads(body, MOST_VALUES)
    except (DamagedError, LimitError) as error:
        raise Refused(400, "malformed", "the request is not JSON") from error
    if not isinstance(value, dict):
        raise Refused(400, "malformed", "the request is not an object")
    return value


def key(value: Any) -> bytes:
    """A public key in base64."""
    return raw(value, signing.PUBLIC_KEY_SIZE)


def raw(value: Any, size: int) -> bytes:
    """So many bytes in base64."""
    try:
        data = base64.b64decode(value if isinstance(value, str) else "", validate=True)
    except ValueError as error:
        raise Refused(400, "malformed", "a key or a signature is needed") from error
    if len(data) != size:
        raise Refused(400, "malformed", f"{size} bytes are needed")
    return data


def data(value: Any) -> bytes:
    """Bytes in base64, of whatever length."""
    try:
        return base64.b64decode(value if isinstance(value, str) else "!", validate=True)
    except ValueError as error:
        raise Refused(400, "malformed", "base64 is needed") from error


def some(value: dict[str, Any], name: str, most: int) -> list[Any]:
    """A list in an object, of at most so many."""
    found = value.get(name, [])
    if not isinstance(found, list) or len(found) > most:
        raise Refused(400, "malformed", "a list in the request is none, or too long")
    return found


def match(pattern: re.Pattern[str], value: Any) -> str:
    """A name of that form."""
    if not isinstance(value, str) or not pattern.match(value):
        raise Refused(400, "malformed", "a name in the request is malformed")
    return value


def number(text: str) -> int:
    """A number that is not negative."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Refused(400, "malformed", "a number in the request is malformed")
    return int(text)
