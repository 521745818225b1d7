-- What the district hears: summaries on their way to hubs, and what is known of those hubs.

-- What sensors said on average in a slot, and the highest power that was said. One of room and meter is
-- there. Of two rows of a slot the later counts.
CREATE TABLE measure (
    id             INTEGER PRIMARY KEY,
    slot_ms        INTEGER NOT NULL,
    room           INTEGER REFERENCES room (id),
    meter          INTEGER REFERENCES meter (id),
    illuminance_lx INTEGER,
    co2_ppm        INTEGER,
    peak_w         INTEGER
) STRICT;
CREATE INDEX measure_by_slot ON measure (slot_ms);

-- Slots of which rows have changed since they were summarised, and when that was first known. kind: 0
-- all of it, 1 a meter, 2 a room; number is that of its name. Written with those rows.
CREATE TABLE touched (
    slot_ms  INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (slot_ms, kind, number)
) STRICT, WITHOUT ROWID;
-- Local days of which a slot was summarised anew; day_ms is the local midnight.
CREATE TABLE touched_day (
    day_ms   INTEGER PRIMARY KEY,
    since_ms INTEGER NOT NULL
) STRICT;

-- Lives of this database: a restored or cloned one begins another, and with it every chain. Rows of
-- `outbox` above `base`, up to the next one's, are of it; at the hub they are numbered from `base` + 1.
CREATE TABLE incarnation (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    base     INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    why      TEXT NOT NULL
) STRICT;

CREATE TABLE stream (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
-- The hash of the last row of a stream and class. class: 1 quarter, 2 day, 3 loss.
CREATE TABLE chain (
    stream INTEGER NOT NULL REFERENCES stream (id),
    class  INTEGER NOT NULL,
    hash   BLOB NOT NULL,
    PRIMARY KEY (stream, class)
) STRICT, WITHOUT ROWID;

-- Summaries, numbered as they were made. Append-only; the oldest go as `controller::outbox` decides.
-- kind: 1 slot of a room, 2 slot of a building or meter, 3 day, 4 loss record. body: what it says,
-- src/store/outbox/body.rs; prev: the hash before it in its chain; crc: over all of it.
CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    stream   INTEGER NOT NULL REFERENCES stream (id),
    slot_ms  INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    body     BLOB NOT NULL,
    prev     BLOB NOT NULL,
    crc      INTEGER NOT NULL
) STRICT;
-- Nothing is summarised twice, whatever crashed.
CREATE UNIQUE INDEX outbox_by_slot ON outbox (slot_ms, stream, kind, revision);

-- How much of each kind there is; first_seq: none of it lies below.
CREATE TABLE outbox_size (
    kind      INTEGER PRIMARY KEY,
    rows      INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    first_seq INTEGER NOT NULL
) STRICT;

-- What each hub has confirmed of each incarnation: had is JSON, runs of numbers as the hub counts them.
CREATE TABLE hub (
    name        TEXT NOT NULL,
    incarnation INTEGER NOT NULL REFERENCES incarnation (id),
    had         TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    PRIMARY KEY (name, incarnation)
) STRICT, WITHOUT ROWID;
-- Rows that a hub has put aside, and why. seq is that of `outbox`.
CREATE TABLE hub_refused (
    hub    TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    code   TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (hub, seq)
) STRICT, WITHOUT ROWID;
