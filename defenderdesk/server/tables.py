"""The tables of a server's database. In none stands a name, a role or a text; who administers is
in the signed roll of a workspace."""

from __future__ import annotations

import sqlalchemy as sa

META = sa.MetaData()
settings = sa.Table(
    "settings",
    META,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.LargeBinary),
)
tokens = sa.Table(
    "tokens",
    META,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("made", sa.BigInteger),
)
workspaces = sa.Table(
    "workspaces",
    META,
    sa.Column("workspace", sa.String, primary_key=True),
    sa.Column("number", sa.BigInteger),  # of its roll; 0: registered before there were rolls
    sa.Column("roll", sa.LargeBinary),
    sa.Column("standing", sa.LargeBinary),
)
speakers = sa.Table(
    "speakers",
    META,
    sa.Column("workspace", sa.String, primary_key=True),
    sa.Column("device", sa.String, primary_key=True),
    sa.Column("signing_key", sa.LargeBinary),
    sa.Column("listed", sa.BigInteger),  # the last roll that lists it; -1: none
    sa.Column("place_of", sa.String),  # the device whose place it took; empty: none
    sa.Column("root", sa.String),  # the oldest of that line
    sa.Column("door", sa.String),  # the name of its own mailbox
    sa.Index("speakers_door", "workspace", "door"),
    sa.Index("speakers_root", "workspace", "root"),
)
notices = sa.Table(
    "notices",
    META,
    sa.Column("workspace", sa.String, primary_key=True),
    sa.Column("device", sa.String, primary_key=True),
    sa.Column("notice", sa.LargeBinary),
)
farewells = sa.Table(
    "farewells",
    META,
    sa.Column("workspace", sa.String, primary_key=True),
    sa.Column("device", sa.String, primary_key=True),
    sa.Column("said", sa.LargeBinary),
)
boxes = sa.Table(
    "boxes",
    META,
    sa.Column("workspace", sa.String, primary_key=True),
    sa.Column("box", sa.String, primary_key=True),
    sa.Column("last", sa.BigInteger),
    sa.Column("chain", sa.LargeBinary),
)
entries = sa.Table(
    "entries",
    META,
    sa.Column("workspace", sa.String, primary_key=True),
    sa.Column("box", sa.String, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("size", sa.BigInteger),  # 0: its bytes were deleted
    sa.Column("sha256", sa.String, index=True),
    sa.Column("chain", sa.LargeBinary),
)
blobs = sa.Table(
    "blobs",
    META,
    sa.Column("sha256", sa.String, primary_key=True),
    sa.Column("uses", sa.BigInteger),
)
begun = sa.Table(
    "begun",
    META,
    sa.Column("upload", sa.String, primary_key=True),
    sa.Column("workspace", sa.String),
    sa.Column("box", sa.String),
    sa.Column("device", sa.String),
    sa.Column("size", sa.BigInteger),
    sa.Column("sha256", sa.String),
    sa.Column("created", sa.BigInteger),
    sa.UniqueConstraint("workspace", "box", "device", "sha256", "size"),
)
letterboxes = sa.Table(
    "letterboxes",
    META,
    sa.Column("letterbox", sa.String, primary_key=True),
    sa.Column("workspace", sa.String),
    sa.Column("request", sa.LargeBinary),
)
deposits = sa.Table(
    "deposits",
    META,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("workspace", sa.String, index=True),
    sa.Column("not_before", sa.BigInteger),
    sa.Column("fetched", sa.BigInteger),
    sa.Column("data", sa.LargeBinary),
)
nonces = sa.Table(
    "nonces",
    META,
    sa.Column("nonce", sa.String, primary_key=True),
    sa.Column("until", sa.BigInteger, index=True),
)
usage = sa.Table(
    "usage",
    META,
    sa.Column("workspace", sa.String, primary_key=True),
    sa.Column("device", sa.String, primary_key=True),  # empty: of the whole workspace
    sa.Column("what", sa.String, primary_key=True),
    sa.Column("n", sa.BigInteger),
)
