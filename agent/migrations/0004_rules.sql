-- Versions of the staff's rules, and which of them was in force when. The log has kind 13: other rules.

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
