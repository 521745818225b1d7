-- The shape of the database: the sum of the files in migrations/, for people to read. A test compares.


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
CREATE TABLE room (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Everything that the controller was told, in that order. Append-only: a key that begins with the
-- node would write twenty times as much to the flash (docs/adr/0004).
-- kind: 1 frame, 2 hello, 3 override, 4 auto, 5 resumed, 6 register read, 7 replaced, 8 judged,
-- 9 repaired, 10 commanded, 11 a node's result, 12 nothing but time has
-- passed, 13 other rules, 14 lamps are measured. node, boot, seq are 0 where there is none; in kind 6 node is the meter's number.
-- body: src/store/pack.rs, reading.rs; its last four bytes are a checksum over the whole row.
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

-- The configuration that held from the row `log_id` of the log on, until the next of these rows: as it
-- was read, with the rules of the staff where there were any, so that the past is explained by those of
-- then. campus_crc is over what the program of then made of it, with all the files that it names.
CREATE TABLE configuration (
    id     INTEGER PRIMARY KEY,
    log_id INTEGER NOT NULL,
    at_ms  INTEGER NOT NULL,
    text   TEXT NOT NULL,
    rules  TEXT,
    campus_crc INTEGER NOT NULL,
    crc    INTEGER NOT NULL
) STRICT;

-- A version is what somebody applied, from 1; version 0 is no rules at all and has no row.
CREATE TABLE rules_version (
    id    INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    text  TEXT NOT NULL,
    crc   INTEGER NOT NULL
) STRICT;

-- From the row `log_id` of the log on `version` is in force, and in `rooms` (JSON) `canary`, where one
-- is tried. Who did it (`uid` as the kernel says, where it does; `by` as that person says) and why. Rows
-- are never changed.
CREATE TABLE rules_change (
    id       INTEGER PRIMARY KEY,
    log_id   INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    verb     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    canary   INTEGER,
    rooms    TEXT NOT NULL,
    findings INTEGER NOT NULL,
    uid      INTEGER,
    by       TEXT NOT NULL,
    why      TEXT NOT NULL,
    crc      INTEGER NOT NULL
) STRICT;

-- The energy ledger: each row adds energy to a slot of a meter. quality and cause are codes of the
-- controller. Corrections are further rows; none is ever changed. crc is over the other columns.
-- read_ms, read_wh: the last reading that was believed before the end of the slot; rows from before
-- the second shape have none.
CREATE TABLE posting (
    id          INTEGER PRIMARY KEY,
    meter       INTEGER NOT NULL REFERENCES meter (id),
    slot_ms     INTEGER NOT NULL,
    energy_wh   INTEGER NOT NULL,
    quality     INTEGER NOT NULL,
    cause       INTEGER NOT NULL,
    register_wh INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    crc         INTEGER NOT NULL,
    read_ms     INTEGER,
    read_wh     INTEGER
) STRICT;
-- Slot before meter: new rows land at the end of the index, not all over it.
CREATE INDEX posting_by_slot ON posting (slot_ms, meter);

-- What happened to a register. kind is a code of the controller; 0 only withdraws another. Rows are
-- never changed: a later one names what it withdraws. repair is the decision that it belongs to.
CREATE TABLE incident (
    id        INTEGER PRIMARY KEY,
    meter     INTEGER NOT NULL REFERENCES meter (id),
    kind      INTEGER NOT NULL,
    from_ms   INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    before_wh INTEGER NOT NULL,
    after_wh  INTEGER NOT NULL,
    jump_wh   INTEGER NOT NULL,
    withdraws INTEGER,
    repair    INTEGER,
    crc       INTEGER NOT NULL
) STRICT;
CREATE INDEX incident_by_meter ON incident (meter, kind);
CREATE INDEX incident_by_withdrawn ON incident (withdraws) WHERE withdraws IS NOT NULL;

-- What a person decided about a meter's past: judgement is JSON; the energy of that time before and
-- after, in Wh.
CREATE TABLE repair (
    id        INTEGER PRIMARY KEY,
    at_ms     INTEGER NOT NULL,
    meter     INTEGER NOT NULL REFERENCES meter (id),
    from_ms   INTEGER NOT NULL,
    to_ms     INTEGER NOT NULL,
    judgement TEXT NOT NULL,
    by        TEXT NOT NULL,
    why       TEXT NOT NULL,
    before_wh INTEGER NOT NULL,
    after_wh  INTEGER NOT NULL,
    crc       INTEGER NOT NULL
) STRICT;
CREATE INDEX repair_by_meter ON repair (meter);

-- What the time of a room was spent on, slot by slot. Of two rows of a slot the later counts.
CREATE TABLE room_slot (
    id           INTEGER PRIMARY KEY,
    room         INTEGER NOT NULL REFERENCES room (id),
    slot_ms      INTEGER NOT NULL,
    occupied_ms  INTEGER NOT NULL,
    lit_ms       INTEGER NOT NULL,
    lit_empty_ms INTEGER NOT NULL,
    lit_hold_ms  INTEGER NOT NULL,
    dark_ms      INTEGER NOT NULL,
    unknown_ms   INTEGER NOT NULL,
    crc          INTEGER NOT NULL
) STRICT;
CREATE INDEX room_slot_by_slot ON room_slot (slot_ms);

-- A UTC day of `posting` and of `room_slot`, added up and packed, so that a month is read in some
-- 50 ms and not in a second (docs/adr/0004). Derived: the transaction that brings a late row of a
-- day deletes the day, and the writer packs it again. day counts from 1970; body: src/store/day.rs.
CREATE TABLE posting_day (
    day  INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE room_day (
    day  INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

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
-- asked_by, asked_for: of one that a person began, who and what for.
CREATE TABLE incarnation (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    base     INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    why      TEXT NOT NULL,
    asked_by TEXT NOT NULL DEFAULT '',
    asked_for TEXT NOT NULL DEFAULT ''
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

-- Summaries that a hub shall get once more because somebody asked, until they went: a restart in between changes
-- nothing. runs is JSON, as the hub counts; ids are never used again, so that a row that went is not taken for
-- another. Asked twice in one moment is asked once.
CREATE TABLE resend (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    hub         TEXT NOT NULL,
    incarnation INTEGER NOT NULL REFERENCES incarnation (id),
    from_ms     INTEGER NOT NULL,
    to_ms       INTEGER NOT NULL,
    asked_ms    INTEGER NOT NULL,
    runs        TEXT NOT NULL,
    UNIQUE (hub, incarnation, from_ms, to_ms, asked_ms)
) STRICT;

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

-- verb: `provision` (a board gets a name, or the same board a new credential), `replace` (another board takes the
-- name), `revoke` (the name's board is shut out), `unlock` (a serial console was opened). uid as the
-- kernel says, where it does. crc is over the other columns. Rows are never changed.
CREATE TABLE hardware (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    verb   TEXT NOT NULL,
    node   TEXT NOT NULL,
    serial TEXT NOT NULL,
    board  TEXT NOT NULL,
    uid    INTEGER,
    by     TEXT NOT NULL,
    why    TEXT NOT NULL,
    crc    INTEGER NOT NULL
) STRICT;
CREATE INDEX hardware_by_node ON hardware (node);
