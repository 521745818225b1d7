-- Meters that are polled, what people say about registers, what rooms spent their time on.
-- The log has kinds 6 register read, 7 replaced, 8 judged, 9 repaired; `node` is the meter's number
-- in a row of kind 6.

-- The last reading that was believed before the end of the slot; rows from before have none.
-- crc is over these two as well, where they are.
ALTER TABLE posting ADD COLUMN read_ms INTEGER;
ALTER TABLE posting ADD COLUMN read_wh INTEGER;

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

CREATE TABLE room (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

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
