-- The first shape: dictionaries, the log, the ledger, what changed, what was lost, checkpoints.

-- What is true of the whole database; `incarnation` names this copy of it.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Names get small numbers, so that a row of the log stays around 70 bytes.
CREATE TABLE node (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
-- Which readings a frame has, in order: `motion illuminance_lx power_w.window`. A node says the same
-- ones every time.
CREATE TABLE shape (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE meter (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Everything that the controller was told, in that order. Append-only: a key that begins with the
-- node would write twenty times as much to the flash (docs/adr/0004).
-- kind: 1 frame, 2 hello, 3 override, 4 auto, 5 resumed. node, boot, seq are 0 where there is none.
-- body: src/store/pack.rs; its last four bytes are a checksum over the whole row.
CREATE TABLE log (
    id    INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind  INTEGER NOT NULL,
    node  INTEGER NOT NULL,
    boot  INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    body  BLOB NOT NULL
) STRICT;

-- The controller's state after the row `log_id` of the log.
CREATE TABLE checkpoint (
    id     INTEGER PRIMARY KEY,
    log_id INTEGER NOT NULL,
    at_ms  INTEGER NOT NULL,
    state  BLOB NOT NULL,
    crc    INTEGER NOT NULL
) STRICT;

-- The energy ledger: each row adds energy to a slot of a meter. quality and cause are codes of the
-- controller. Corrections are further rows; none is ever changed. crc is over the other columns.
CREATE TABLE posting (
    id          INTEGER PRIMARY KEY,
    meter       INTEGER NOT NULL REFERENCES meter (id),
    slot_ms     INTEGER NOT NULL,
    energy_wh   INTEGER NOT NULL,
    quality     INTEGER NOT NULL,
    cause       INTEGER NOT NULL,
    register_wh INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    crc         INTEGER NOT NULL
) STRICT;
-- Slot before meter: new rows land at the end of the index, not all over it.
CREATE INDEX posting_by_slot ON posting (slot_ms, meter);

-- Every change of a zone's level; verdict is JSON: the winning request and the losers.
CREATE TABLE change (
    id       INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    room     TEXT NOT NULL,
    zone     TEXT NOT NULL,
    from_pct INTEGER NOT NULL,
    to_pct   INTEGER NOT NULL,
    verdict  TEXT NOT NULL
) STRICT;
CREATE INDEX change_by_room ON change (room);

-- Loss records: the frames from_seq to to_seq of that boot are gone.
CREATE TABLE loss (
    id       INTEGER PRIMARY KEY,
    at_ms    INTEGER NOT NULL,
    node     INTEGER NOT NULL REFERENCES node (id),
    boot     INTEGER NOT NULL,
    from_seq INTEGER NOT NULL,
    to_seq   INTEGER NOT NULL,
    cause    TEXT NOT NULL
) STRICT;
CREATE INDEX loss_by_node ON loss (node);

-- Nodes that speak and that no configuration knows.
CREATE TABLE unclaimed (
    name       TEXT PRIMARY KEY,
    first_ms   INTEGER NOT NULL,
    last_ms    INTEGER NOT NULL,
    frames     INTEGER NOT NULL,
    board      TEXT NOT NULL,
    firmware   TEXT NOT NULL,
    last_frame TEXT NOT NULL
) STRICT, WITHOUT ROWID;
