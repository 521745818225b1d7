-- Rows of the outbox of a database that was damaged and put aside, which hubs may not have: what the first loss
-- records of this one will say, then empty. remake: everything else could be read, so that its slots are
-- summarised again.
CREATE TABLE outbox_lost (
    stream  TEXT PRIMARY KEY,
    rows    INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms   INTEGER NOT NULL,
    remake  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of an incarnation that a person began: who, and what for.
ALTER TABLE incarnation ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE incarnation ADD COLUMN asked_for TEXT NOT NULL DEFAULT '';
