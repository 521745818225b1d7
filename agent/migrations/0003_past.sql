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
