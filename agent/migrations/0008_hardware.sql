-- Hardware of nodes: which board has which name, since when, and who said so.

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
