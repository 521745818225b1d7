//! What can go wrong with a database, and what each fault calls for.

use rusqlite::ErrorCode;
use std::path::PathBuf;

/// Why no database could be opened. Says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another agent has it.
    #[error(
        "the database `{0}` is in use by another agent; stop that one first, or give this one a database of its own (`[store] path`)"
    )]
    InUse(PathBuf),
    /// The file is somebody else's.
    #[error(
        "`{0}` is not a database of Campus Edge ({1}); it was left as it is: correct `[store] path`, or move the file away"
    )]
    Foreign(PathBuf, String),
    /// A later program wrote it.
    #[error("the database `{path}` is of a newer program (shape {found}, this program knows {known}); install that program again, or restore the copy `{path}.before-v{next}`", path = .0.display(), found = .1, known = .2, next = .2 + 1)]
    Newer(PathBuf, i64, i64),
    /// The folder or file cannot be used.
    #[error(
        "the database `{0}` cannot be opened: {1}; check that its folder exists and that this user may write there"
    )]
    Io(PathBuf, String),
    /// The file system cannot do what durability needs.
    #[error(
        "the database `{0}` is on a file system without write-ahead logging (it answered `{1}`); put it on a local disk, not on a network share"
    )]
    NoWal(PathBuf, String),
    /// The SQLite built in is too old.
    #[error(
        "SQLite {0} has a bug that can lose commits; this program needs 3.51.3 or newer: build it with the bundled one"
    )]
    OldSqlite(&'static str),
}

/// What kind of fault stopped a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// No room: on the disk, or in what the file may hold.
    Full,
    /// Somebody else holds the lock.
    Busy,
    /// Reading, writing or syncing failed: the connection is opened again.
    Io,
    /// The file is damaged or gone: it is set aside, and a new one begun.
    Damaged,
    /// Anything else.
    Other,
}

impl Fault {
    /// The name under which it is counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Busy => "busy",
            Self::Io => "io",
            Self::Damaged => "damaged",
            Self::Other => "other",
        }
    }

    /// Which fault an answer of SQLite stands for.
    pub(super) fn of(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                Self::Io
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged,
            _ => Self::Other,
        }
    }
}

/// A damaged database was moved out of the way: a person should look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now; absent when the file was gone altogether.
    pub to: Option<PathBuf>,
    /// What was wrong with it.
    pub what: String,
    /// What could be carried over into the new one.
    pub salvaged: Salvaged,
}

/// Rows that were read from a damaged database and written into the new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Rows of the log since the older checkpoint.
    pub log: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Postings.
    pub postings: u64,
    /// Incidents, decisions, slots of rooms, changes and loss records.
    pub others: u64,
    /// Whether everything that was looked for could be read.
    pub complete: bool,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It took longer than [`crate::limits::STORE_QUERY_TIME`].
    #[error("the question takes too long to answer; ask for a shorter time")]
    TooLong,
    /// A row is not what was written: no answer is better than a wrong one.
    #[error(
        "row {id} of `{table}` in the database is damaged; restart the agent, so that it checks the file"
    )]
    Damaged {
        /// In which table.
        table: &'static str,
        /// Which row.
        id: i64,
    },
    /// SQLite refused.
    #[error("the database did not answer: {0}")]
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for QueryError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Self::TooLong,
            _ => Self::Sql(error),
        }
    }
}
