"""The allowance of one bundle: changes, records, values within values, dots; counted as they are read.

Each bound is far above what an office writes, and grows with the bytes that were carried where an
office may write more. It is for what arrives: what is here already is read whatever it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from defenderdesk.domain.values import nodes
from defenderdesk.errors import LimitError, Message
from defenderdesk.ledger.changes import Decoded

VALUE_NODES = 200_000
"""Values within one value: the list of the chunks of an attachment of 195 GiB."""
CHANGE_DOTS = 100_000
"""Changes that one change takes the place of: all values of a field in conflict, settled at once."""
CHANGES, BYTES_A_CHANGE = 1_000_000, 32
RECORDS, BYTES_A_RECORD = 200_000, 128
"""Of one bundle: so many, and one more for so many bytes carried."""
NODES, NODES_A_CHANGE = 1_000_000, 8
"""Values within values and dots of one bundle: so many, and so many more for each change."""
FRESH = 16
"""So many times as many changes, records and values, where nothing of the desk is held yet: the work
of years comes in one bundle then."""
OF_ONE_RECORD = 100_000
"""Changes of one record in one bundle."""
GONE = 100_000
"""Changes that a record remembers as replaced before they came. Beyond, one bundle adds few."""
GONE_BEYOND = 1_000
REWRITTEN, REWRITTEN_A_BYTE = 256 * 1024 * 1024, 4
"""Bytes of records that one bundle may have read and written again, as its ranges come back to them: so
many, and so many more for each byte carried."""
STANDING = 64 * 1024 * 1024
"""Bytes of memory that the standing values of one device in one record may come to."""

_MANY = 1_000


class Allowance:
    """The part of it that is left. `carried`: the bytes of the bundle; `fresh`: nothing of the desk is
    held here. Each method raises `LimitError` that names the member whose changes they are."""

    def __init__(self, carried: int = 0, *, fresh: bool = False) -> None:
        times = FRESH if fresh else 1
        self._changes = times * (CHANGES + carried // BYTES_A_CHANGE)
        self._records = times * (RECORDS + carried // BYTES_A_RECORD)
        self._nodes = times * NODES
        self._rewritten = times * (REWRITTEN + REWRITTEN_A_BYTE * carried)
        self._gone = GONE_BEYOND
        self._of_record: dict[bytes, int] = {}

    def take(self, read: Sequence[Decoded], member: str) -> None:
        """Counts changes that were read."""
        spent = 0
        for _, _, value, dots in read:
            if dots:
                spent += len(dots)
                if len(dots) > CHANGE_DOTS:
                    raise LimitError(
                        what=Message(
                            "one change of {member} that replaces more than {most}",
                            most=CHANGE_DOTS,
                            member=member,
                        )
                    )
            if type(value) is list or type(value) is dict:
                within = nodes(value)
                spent += within
                if within > VALUE_NODES:
                    raise LimitError(
                        what=Message(
                            "a value of {member} that holds more than {most} others",
                            most=VALUE_NODES,
                            member=member,
                        )
                    )
        self._changes -= len(read)
        if self._changes < 0:
            raise LimitError(
                what=Message(
                    "more than {most} changes by {member} and others in one bundle",
                    most=CHANGES,
                    member=member,
                )
            )
        self._nodes += NODES_A_CHANGE * len(read) - spent
        if self._nodes < 0:
            raise LimitError(
                what=Message(
                    "more than {most} values within values by {member} in one bundle",
                    most=NODES,
                    member=member,
                )
            )

    def records(self, grouped: Mapping[bytes, Sequence[Any]], count: int, member: str) -> None:
        """Counts the records that these `count` changes are of. `grouped`: their runs by record."""
        self._records -= len(grouped)
        if self._records < 0:
            raise LimitError(
                what=Message(
                    "more than {most} records by {member} and others in one bundle",
                    most=RECORDS,
                    member=member,
                )
            )
        if count - len(grouped) < _MANY:
            return
        for record, runs in grouped.items():
            of_it = sum(len(run[3]) for run in runs)
            if of_it >= _MANY:
                of_it += self._of_record.get(record, 0)
                self._of_record[record] = of_it
                if of_it > OF_ONE_RECORD:
                    raise LimitError(
                        what=Message(
                            "more than {most} changes of one record by {member}",
                            most=OF_ONE_RECORD,
                            member=member,
                        )
                    )

    def rewritten(self, size: int, member: str) -> None:
        """Counts the bytes of records that are here and are written again, or looked through."""
        self._rewritten -= size
        if self._rewritten < 0:
            raise LimitError(
                what=Message(
                    "changes by {member} that come back to the same records too often", member=member
                )
            )

    def gone(self, before: int, after: int, member: str) -> None:
        """Counts what a record remembers as replaced before it came."""
        if after > GONE and after > before:
            self._gone -= after - before
            if self._gone < 0:
                raise LimitError(
                    what=Message(
                        "more than {most} replaced changes that are not there, by {member}",
                        most=GONE,
                        member=member,
                    )
                )

    def standing(self, size: int, member: str) -> None:
        """Looks at how much of one record one device wrote."""
        if size > STANDING:
            raise LimitError(
                what=Message(
                    "one record with more than {most} bytes by {member}", most=STANDING, member=member
                )
            )
