"""The vault's schema, as numbered migrations. A migration that was released never changes."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    # 1: the first schema
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

    CREATE TABLE desks (num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name TEXT NOT NULL);
    CREATE TABLE desk_keys (
        desk INTEGER NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL,
        PRIMARY KEY (desk, epoch)
    ) WITHOUT ROWID;

    CREATE TABLE devices (id BLOB PRIMARY KEY, certificate BLOB NOT NULL);
    CREATE TABLE receipts (
        device BLOB NOT NULL, desk INTEGER NOT NULL, created INTEGER NOT NULL,
        receipt BLOB NOT NULL, PRIMARY KEY (device, desk)
    );

    -- One device's chain in one desk. `held`: without a gap from 1; `hash`: behind `held`.
    CREATE TABLE feeds (
        num INTEGER PRIMARY KEY, desk INTEGER NOT NULL, device BLOB NOT NULL,
        held INTEGER NOT NULL, hash BLOB NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0,
        UNIQUE (desk, device)
    );
    -- id = feed << 40 | sequence number. `hash`: the chain behind it. `signature` only where one
    -- is held. `count`: changes in it.
    CREATE TABLE change_sets (
        id INTEGER PRIMARY KEY, count INTEGER NOT NULL, header BLOB NOT NULL,
        hash BLOB NOT NULL, signature BLOB, body BLOB NOT NULL
    );
    -- Ranges that arrived before what they follow: checked, kept, applied when the gap fills.
    CREATE TABLE held_ranges (
        feed INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        data BLOB NOT NULL, detail BLOB NOT NULL, PRIMARY KEY (feed, first, last)
    );

    -- One row per record: its state packed beside it. `history`: the change sets that touched
    -- it, 8 bytes each, in the order they were applied here.
    CREATE TABLE records (
        num INTEGER PRIMARY KEY, id BLOB NOT NULL, desk INTEGER NOT NULL, kind TEXT NOT NULL,
        parent BLOB, updated INTEGER NOT NULL, conflicts INTEGER NOT NULL,
        deleted INTEGER NOT NULL, state BLOB NOT NULL, history BLOB NOT NULL
    );
    CREATE UNIQUE INDEX records_id ON records (id, desk);
    CREATE INDEX records_parent ON records (parent) WHERE parent IS NOT NULL;
    CREATE INDEX records_conflicts ON records (conflicts) WHERE conflicts > 0;

    -- What the list of cases shows and sorts by.
    CREATE TABLE cases (
        num INTEGER PRIMARY KEY, id BLOB NOT NULL, desk INTEGER NOT NULL, title TEXT NOT NULL,
        title_key TEXT NOT NULL, reference TEXT NOT NULL, country TEXT NOT NULL,
        status TEXT NOT NULL, priority TEXT NOT NULL, updated INTEGER NOT NULL
    );
    -- Sorted by anything else, the list reads the rows: a scan of 100,000 is quick enough, and
    -- every index makes every import dearer.
    CREATE INDEX cases_title ON cases (title_key);
    CREATE INDEX cases_updated ON cases (updated);

    -- The attachment chunks that the records name. `first_set`: the change set that named it.
    CREATE TABLE chunks (
        hash BLOB NOT NULL, desk INTEGER NOT NULL, size INTEGER NOT NULL,
        present INTEGER NOT NULL, feed INTEGER NOT NULL, seq INTEGER NOT NULL,
        confirmed INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (hash, desk)
    );
    CREATE INDEX chunks_desk ON chunks (desk, present);

    CREATE VIRTUAL TABLE found USING fts5(
        content, content='', contentless_delete=1, detail=full,
        tokenize="unicode61 remove_diacritics 2", prefix='1 2'
    );
    INSERT INTO found (found, rank) VALUES ('hashsize', 33554432);
    """,
    # 2: what is derived from the records, for looking things up (`vault.lookup.indexes`)
    """
    -- Records whose derived rows are old. New records lie above the watermark in `meta`.
    CREATE TABLE stale (num INTEGER PRIMARY KEY);
    CREATE TRIGGER records_changed AFTER UPDATE OF state ON records BEGIN
        INSERT OR IGNORE INTO stale VALUES (old.num);
    END;

    CREATE TABLE links (
        target BLOB NOT NULL, num INTEGER NOT NULL, field TEXT NOT NULL,
        PRIMARY KEY (target, num, field)
    ) WITHOUT ROWID;
    CREATE INDEX links_num ON links (num);

    CREATE TABLE agenda (
        day TEXT NOT NULL, num INTEGER NOT NULL, what TEXT NOT NULL, latest TEXT NOT NULL,
        PRIMARY KEY (day, num, what)
    ) WITHOUT ROWID;
    CREATE INDEX agenda_num ON agenda (num);

    CREATE TABLE names (word TEXT NOT NULL, num INTEGER NOT NULL, PRIMARY KEY (word, num))
        WITHOUT ROWID;
    CREATE INDEX names_num ON names (num);

    -- `parent`: what the record belongs to, for counting cases without reading records.
    CREATE TABLE facts (
        field TEXT NOT NULL, value TEXT NOT NULL, num INTEGER NOT NULL, parent BLOB,
        PRIMARY KEY (field, value, num)
    ) WITHOUT ROWID;
    CREATE INDEX facts_num ON facts (num);

    -- `day`: days since 0001-01-01. `parent`: the case.
    CREATE TABLE happened (
        day INTEGER NOT NULL, code TEXT NOT NULL, num INTEGER NOT NULL, parent BLOB,
        PRIMARY KEY (day, code, num)
    ) WITHOUT ROWID;
    CREATE INDEX happened_num ON happened (num);
    CREATE INDEX records_hidden ON records (id) WHERE deleted = 1;
    """,
    # 3: membership as a log of signed acts; several keys of one epoch; branches of forked feeds
    """
    DROP TABLE devices;
    CREATE TABLE acts (num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, data BLOB NOT NULL);

    -- `name` commits to the key in the log. `box`: the desk's mailbox on a server.
    DROP TABLE desk_keys;
    CREATE TABLE desk_keys (
        desk INTEGER NOT NULL, epoch INTEGER NOT NULL, name BLOB NOT NULL, key BLOB NOT NULL,
        PRIMARY KEY (desk, name)
    ) WITHOUT ROWID;
    ALTER TABLE desks ADD COLUMN box BLOB NOT NULL DEFAULT x'';

    -- A forked feed ends where its histories part; each goes on as a feed of its own, named by
    -- `device`, written by `origin`, after `base` change sets of the feed `parent`.
    ALTER TABLE feeds ADD COLUMN origin BLOB;
    ALTER TABLE feeds ADD COLUMN parent BLOB;
    ALTER TABLE feeds ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
    -- Up to here it was given in part (history from a date): others get it from somebody else.
    ALTER TABLE feeds ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
    -- Feeds of which another history exists whose beginning has not arrived.
    CREATE TABLE suspects (desk INTEGER NOT NULL, device BLOB NOT NULL, PRIMARY KEY (desk, device))
        WITHOUT ROWID;
    -- Change sets that erase, and the changes whose content went: what arrives late goes as well.
    CREATE TABLE erasures (id INTEGER PRIMARY KEY, done INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE erased (
        desk INTEGER NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (desk, device, seq, at)
    ) WITHOUT ROWID;
    """,
    # 4: of what was erased also whose it is: a change of another record or field stays
    """
    ALTER TABLE erased RENAME TO erased_before;
    CREATE TABLE erased (
        desk INTEGER NOT NULL, device BLOB NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
        record BLOB NOT NULL, field TEXT NOT NULL,
        PRIMARY KEY (desk, device, seq, at, record, field)
    ) WITHOUT ROWID;
    INSERT INTO erased SELECT desk, device, seq, at, x'', '' FROM erased_before;
    DROP TABLE erased_before;
    """,
    # 5: kinds of which an office has few are found without what is derived (`query.few`)
    """
    CREATE INDEX records_few ON records (kind, num) WHERE kind IN (
        'alert','approval','emergency','held_emergency','mechanism','pack','policy','rule',
        'template','term','timestamp');
    DELETE FROM facts WHERE field IN (
        'alert.kind','emergency.kind','held_emergency.kind','mechanism.kind','pack.kind',
        'policy.kind','rule.kind','template.kind','term.kind','timestamp.kind');
    """,
    # 6: what is derived names what a record belongs to by its row: an id alone names no record
    """
    DROP TABLE facts;
    CREATE TABLE facts (
        field TEXT NOT NULL, value TEXT NOT NULL, num INTEGER NOT NULL, parent INTEGER,
        PRIMARY KEY (field, value, num)
    ) WITHOUT ROWID;
    CREATE INDEX facts_num ON facts (num);
    DROP TABLE happened;
    CREATE TABLE happened (
        day INTEGER NOT NULL, code TEXT NOT NULL, num INTEGER NOT NULL, parent INTEGER,
        PRIMARY KEY (day, code, num)
    ) WITHOUT ROWID;
    CREATE INDEX happened_num ON happened (num);
    """,
    # 7: what is derived from a case by what belongs to it follows when that moves to another one
    """
    CREATE TRIGGER records_moved AFTER UPDATE OF parent ON records
    WHEN old.parent IS NOT new.parent BEGIN
        INSERT OR IGNORE INTO stale SELECT num FROM records WHERE id = old.parent AND desk = old.desk;
    END;
    """,
    # 8: records whose words are to be indexed (`vault.records.search_index`)
    """
    CREATE TABLE unindexed (num INTEGER PRIMARY KEY);
    """,
    # 9: who submits is one of the few
    """
    DROP INDEX records_few;
    CREATE INDEX records_few ON records (kind, num) WHERE kind IN (
        'alert','approval','emergency','held_emergency','mechanism','pack','policy','rule',
        'submitter','template','term','timestamp');
    """,
    # 10: words are found by more than they were (`domain.grouped`): all are indexed anew, later
    """
    INSERT INTO found (found) VALUES ('delete-all');
    INSERT OR IGNORE INTO unindexed SELECT num FROM records WHERE deleted = 0;
    INSERT OR IGNORE INTO stale SELECT num FROM records;
    """,
    # 11: days follow from a whole case: the cases and visits of which they are to be reckoned anew
    """
    CREATE TABLE stale_days (num INTEGER PRIMARY KEY);
    CREATE TRIGGER records_moved_days AFTER UPDATE OF parent ON records
    WHEN old.parent IS NOT NULL AND old.parent IS NOT new.parent BEGIN
        INSERT OR IGNORE INTO stale_days
            SELECT num FROM records WHERE id = old.parent AND desk = old.desk;
    END;
    """,
    # 12: the last that a laptop said it holds, of those that lost a desk: what is lost with it
    """
    CREATE TABLE last_receipts (
        device BLOB NOT NULL, desk INTEGER NOT NULL, created INTEGER NOT NULL,
        receipt BLOB NOT NULL, PRIMARY KEY (device, desk)
    ) WITHOUT ROWID;
    """,
)

FEW = (
    "alert",
    "approval",
    "emergency",
    "held_emergency",
    "mechanism",
    "pack",
    "policy",
    "rule",
    "submitter",
    "template",
    "term",
    "timestamp",
)
"""The kinds of the index `records_few`. A query names them all, in this order, to be given it."""

VERSION = len(MIGRATIONS)
LOG_OF_MEMBERSHIP = 3
"""The version since which membership is a log."""
