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
