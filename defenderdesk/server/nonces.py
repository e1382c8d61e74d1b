"""The numbers of requests that were taken once, until they would be too old anyway."""

from __future__ import annotations

import time

from sqlalchemy.exc import IntegrityError

from defenderdesk.server import auth, tables
from defenderdesk.server.database import Database
from defenderdesk.server.refused import Refused

_KEEP = 2 * auth.MAX_AGE.total_seconds()
"""Seconds: a clock may be ahead by as much as a request may be old."""
_CLEAN_EVERY = 1000


class Nonces:
    """Each nonce once. The last may be lost with the power, so they wait for no disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._used = 0

    def use(self, nonce: str) -> None:
        """Raises `Refused` where it was used before; the unique key decides, whoever asks."""
        now = int(time.time())
        try:
            with self._database.hasty() as conn:
                conn.execute(tables.nonces.insert().values(nonce=nonce, until=now + int(_KEEP)))
                self._used += 1
                if self._used % _CLEAN_EVERY == 0:
                    conn.execute(tables.nonces.delete().where(tables.nonces.c.until < now))
        except IntegrityError as error:
            raise Refused(401, "replayed", "the request was taken already") from error
