"""Registration tokens: each lets one workspace in, once. The server keeps their hashes only."""

from __future__ import annotations

import hashlib
import secrets
import time

import sqlalchemy as sa

from defenderdesk.server import tables
from defenderdesk.server.database import Database

DAYS = 30
"""A token that nobody used is good for so long."""


def issue(database: Database) -> str:
    """A new token, 36 hexadecimal digits."""
    token = secrets.token_hex(18)
    with database.writing() as conn:
        conn.execute(tables.tokens.insert().values(digest=_digest(token), made=int(time.time())))
    return token


def spend(conn: sa.Connection, token: str) -> bool:
    """Uses a token up, within the caller's write; False where there is none."""
    oldest = int(time.time()) - DAYS * 86400
    table = tables.tokens
    conn.execute(table.delete().where(table.c.made < oldest))
    return conn.execute(table.delete().where(table.c.digest == _digest(token))).rowcount == 1


def _digest(token: str) -> str:
    return hashlib.sha256(b"defenderdesk.org/v1/token\x00" + token.encode()).hexdigest()
