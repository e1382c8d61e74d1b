"""The devices that may speak: those that the roll of a workspace lists, and their successors."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from defenderdesk.bundle.membership import MAX_MEMBERS, device_id
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.bundle.membership.roll import Lineage, Roll
from defenderdesk.crypto import signing
from defenderdesk.server import tables, tokens
from defenderdesk.server.database import Database, insert
from defenderdesk.server.refused import Refused
from defenderdesk.server.standing import Standing

MAX_LINE = 250
"""Keys that may follow one listed device, one after another or side by side."""
_NOT = "only an administrator's device may"


@dataclass(frozen=True)
class Device:
    """A device that the server has heard of. `speaks`: the roll lists it, or one whose place it
    took. `line`: it, and those, the latest first."""

    device: str
    workspace: str
    signing_key: bytes
    speaks: bool
    line: tuple[str, ...]


class Speakers:
    """The workspaces of this server, their rolls and devices."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def device(self, workspace: str, device: str) -> Device | None:
        """A device, whether it may speak or not; None where the server never heard of it."""
        with self._database.reading() as conn:
            number, rows = self._number(conn, workspace), _line(conn, workspace, device)
        if not rows:
            return None
        return Device(
            device,
            workspace,
            bytes(rows[0].signing_key),
            any(row.listed == number for row in rows),
            tuple(row.device for row in rows),
        )

    def administers(self, device: Device) -> bool:
        """Tells whether the roll of now says that a device that speaks administers."""
        with self._database.reading() as conn:
            current, _ = _standing(conn, device.workspace)
            line = _keys(conn, device)
        return device.speaks and current is not None and any(key in current.administrators for key in line)

    # -- rolls --------------------------------------------------------------------------------------

    def roll(self, device: Device) -> tuple[int, Roll | None]:
        """The roll of now, for an administrator, or one that later ones left out. Its number is 0
        for a workspace from before there were rolls, which any device of it may hear."""
        with self._database.reading() as conn:
            number = self._number(conn, device.workspace)
            current, standing = _standing(conn, device.workspace)
            line = _keys(conn, device)
        if current is None:
            return number, None
        if not any(key in current.administrators for key in line) and not standing.may_claim(line):
            raise Refused(403, "not-administrator", _NOT)
        return number, current

    def put(self, device: Device, new: Roll, said: list[bytes]) -> None:
        """Puts a new roll in the place of the one of now."""
        with self._database.writing() as conn:
            current, standing = _held(conn, device.workspace)
            if current is None:
                raise Refused(403, "not-administrator", "the workspace is to be registered first")
            if signing.id_text(device_id(new.author)) != device.device:
                raise Refused(400, "malformed", "another device signed this roll")
            _fits(current, new)
            standing.follow(current, new, functools.partial(_line_of, conn, device.workspace), said)
            self._keep(conn, device.workspace, new, standing)

    def register(self, new: Roll, found: Lineage, token: str) -> None:
        """The first roll of a workspace (with a token, where the server never heard of it), or one by
        its founder, of whom the server did not know."""
        workspace = signing.id_text(new.workspace)
        with self._database.writing() as conn:
            made = insert(conn, tables.workspaces).values(
                workspace=workspace, number=0, roll=b"", standing=b""
            )
            fresh = conn.execute(made.on_conflict_do_nothing()).rowcount == 1
            if fresh and not tokens.spend(conn, token):
                raise Refused(403, "token", "this token is not one of this server's, or it was used")
            current, standing = _held(conn, workspace)
            _fits(current, new)
            standing.begin(new, functools.partial(_line_of, conn, workspace), found)
            self._keep(conn, workspace, new, standing)

    def _keep(self, conn: sa.Connection, workspace: str, new: Roll, standing: Standing) -> None:
        if len(new.keys) > MAX_MEMBERS:
            raise Refused(413, "too-large", "the roll is too long")
        conn.execute(
            tables.workspaces.update()
            .where(tables.workspaces.c.workspace == workspace)
            .values(number=new.number, roll=new.data, standing=standing.encode())
        )
        listed = [_row(new.workspace, key, new.number) for key in new.keys]
        for start in range(0, len(listed), 100):
            made = insert(conn, tables.speakers).values(listed[start : start + 100])
            conn.execute(
                made.on_conflict_do_update(
                    index_elements=[tables.speakers.c.workspace, tables.speakers.c.device],
                    set_={"listed": made.excluded.listed},
                )
            )

    @staticmethod
    def _number(conn: sa.Connection, workspace: str) -> int:
        found = conn.execute(
            sa.select(tables.workspaces.c.number).where(tables.workspaces.c.workspace == workspace)
        ).scalar()
        return int(found or 0)

    # -- successions and notices ----------------------------------------------------------------------

    def succeed(self, device: Device, key: bytes) -> str:
        """A device took a new key, as its old one said: it may what that one may, as long as that
        one may. The new device's id."""
        workspace, table = device.workspace, tables.speakers
        row = _row(signing.id_bytes(workspace), key, -1)
        row |= {"place_of": device.device, "root": device.line[-1]}
        with self._database.writing() as conn:
            conn.execute(  # holds the row: of many at once each counts the others
                sa.select(table.c.device)
                .where(table.c.workspace == workspace, table.c.device == device.line[-1])
                .with_for_update()
            )
            mine = (table.c.workspace == workspace) & (table.c.root == device.line[-1])
            count = int(conn.execute(sa.select(sa.func.count()).where(mine)).scalar_one())
            made = insert(conn, table).values(**row)
            known = made.on_conflict_do_update(
                index_elements=[table.c.workspace, table.c.device],
                set_={"place_of": device.device, "root": device.line[-1]},
                where=(table.c.place_of == "") & (table.c.device != device.line[-1]),
            )
            conn.execute(known)
            if count >= MAX_LINE:
                raise Refused(409, "too-many", "this device took new keys too often")
        return str(row["device"])

    def put_notice(self, workspace: str, device: str, notice: bytes) -> None:
        """Keeps the sealed word to a device of the workspace that a roll leaves out."""
        if self.device(workspace, device) is None:
            raise Refused(404, "not-found", "there is no such device")
        table = tables.notices
        with self._database.writing() as conn:
            made = insert(conn, table).values(workspace=workspace, device=device, notice=notice)
            conn.execute(
                made.on_conflict_do_update(
                    index_elements=[table.c.workspace, table.c.device], set_={"notice": notice}
                )
            )

    def notice(self, device: Device) -> bytes | None:
        """The word to a device that may not speak any more, or to one whose place it took; None
        for one that speaks, and where there is none."""
        if device.speaks:
            return None
        table = tables.notices
        with self._database.reading() as conn:
            rows = conn.execute(
                sa.select(table.c.device, table.c.notice).where(
                    table.c.workspace == device.workspace, table.c.device.in_(device.line)
                )
            ).fetchall()
        found = {row.device: bytes(row.notice) for row in rows}
        return next((found[name] for name in device.line if name in found), None)

    def put_farewell(self, device: Device, said: bytes) -> None:
        """Keeps the answer of a device to its notice: the first, for those whom it is left to."""
        if self.notice(device) is None:
            raise Refused(404, "not-found", "this device was not removed")
        with self._database.writing() as conn:
            made = insert(conn, tables.farewells)
            made = made.values(workspace=device.workspace, device=device.device, said=said)
            conn.execute(made.on_conflict_do_nothing())

    def farewell(self, workspace: str, device: str) -> bytes | None:
        """The answer that a device left, or None."""
        table = tables.farewells
        with self._database.reading() as conn:
            found = conn.execute(
                sa.select(table.c.said).where(table.c.workspace == workspace, table.c.device == device)
            ).scalar()
        return bytes(found) if found is not None else None


def _row(workspace: bytes, key: bytes, listed: int) -> dict[str, Any]:
    name = device_id(key)
    return {
        "workspace": signing.id_text(workspace),
        "device": signing.id_text(name),
        "signing_key": key,
        "listed": listed,
        "place_of": "",
        "root": signing.id_text(name),
        "door": rolls.door(workspace, name),
    }


def _line(conn: sa.Connection, workspace: str, device: str) -> list[Any]:
    """The rows of a device and of those whose place it took, the latest first."""
    out: list[Any] = []
    table = tables.speakers
    while device and len(out) <= MAX_LINE and device not in {row.device for row in out}:
        row = conn.execute(
            sa.select(table).where(table.c.workspace == workspace, table.c.device == device)
        ).fetchone()
        if row is None:
            break
        out.append(row)
        device = row.place_of
    return out


def _line_of(conn: sa.Connection, workspace: str, key: bytes) -> list[bytes]:
    found = [bytes(row.signing_key) for row in _line(conn, workspace, signing.id_text(device_id(key)))]
    return found or [key]


def _keys(conn: sa.Connection, device: Device) -> list[bytes]:
    return _line_of(conn, device.workspace, device.signing_key)


def _standing(conn: sa.Connection, workspace: str, *, hold: bool = False) -> tuple[Roll | None, Standing]:
    table = tables.workspaces
    query = sa.select(table.c.roll, table.c.standing).where(table.c.workspace == workspace)
    row = conn.execute(query.with_for_update() if hold else query).fetchone()
    if row is None:
        return None, Standing()
    return _read(bytes(row.roll)) if row.roll else None, Standing.decode(bytes(row.standing))


def _held(conn: sa.Connection, workspace: str) -> tuple[Roll | None, Standing]:
    """The same, and nobody else changes it until the caller's write ends."""
    return _standing(conn, workspace, hold=True)


@functools.lru_cache(maxsize=256)
def _read(data: bytes) -> Roll:
    return rolls.read(data)


def _fits(current: Roll | None, new: Roll) -> None:
    """Raises `Refused` unless the new roll takes the place of the one of now."""
    number, before = (current.number, current.sha256) if current else (0, rolls.NONE)
    if (new.number, new.before) != (number + 1, before):
        raise Refused(409, "superseded", "another roll came first", number=number, sha256=before.hex())
