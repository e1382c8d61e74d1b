"""The tables of a server's database."""

from __future__ import annotations

import sqlalchemy as sa

META = sa.MetaData()
settings = sa.Table(
    "settings",
    META,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.LargeBinary),
)
devices = sa.Table(
    "devices",
    META,
    sa.Column("device", sa.String, primary_key=True),
    sa.Column("workspace", sa.String, index=True),
    sa.Column("signing_key", sa.LargeBinary),
    sa.Column("administrator", sa.Boolean),
)
removed = sa.Table(
    "removed",
    META,
    sa.Column("device", sa.String, primary_key=True),
    sa.Column("notice", sa.LargeBinary),
)
mailboxes = sa.Table(
    "mailboxes",
    META,
    sa.Column("mailbox", sa.String, primary_key=True),
    sa.Column("workspace", sa.String),
    sa.Column("last", sa.Integer),
)
bundles = sa.Table(
    "bundles",
    META,
    sa.Column("mailbox", sa.String, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("size", sa.BigInteger),
    sa.Column("sha256", sa.String, index=True),
)
uploads = sa.Table(
    "uploads",
    META,
    sa.Column("upload", sa.String, primary_key=True),
    sa.Column("mailbox", sa.String),
    sa.Column("device", sa.String),
    sa.Column("size", sa.BigInteger),
    sa.Column("sha256", sa.String),
    sa.Column("created", sa.Float),
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
