//! Getting hold of the one database: lock, look, check, migrate; or set aside and begin anew.
//!
//! A file that is not ours is never touched. A file that is ours and damaged is renamed, never
//! deleted, and the agent starts.

use super::Limits;
use super::fault::{OpenError, SetAside};
use super::migrate::{self, MigrateError};
use super::outbox;
use super::salvage;
use crate::limits;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// `CEdg`: how `file` and we tell our databases from others (`PRAGMA application_id`).
pub(super) const APPLICATION_ID: i32 = 0x4345_6467;

/// The first release without the WAL-reset bug (sqlite.org/wal.html).
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// What an opened database of ours says in its lock file.
pub(super) const LOCK_TEXT: &str = "Campus Edge keeps its database beside this file.\n";

/// The database, ready for the writer.
pub(super) struct Ready {
    pub connection: Connection,
    /// Held as long as the database is in use.
    pub lock: File,
    pub path: PathBuf,
    pub set_aside: Option<SetAside>,
    /// The copy that was made before its shape was changed.
    pub migrated: Option<PathBuf>,
    /// Whether it was too large to be checked before use.
    pub check_later: bool,
    /// What time it was then, ms UTC.
    pub opened_ms: i64,
}

/// Why a database is not ready.
enum Trouble {
    Damaged(String),
    Fatal(OpenError),
}

/// Opens or creates the database at `path`.
pub(super) fn open(path: &Path, limits: &Limits, now_ms: i64) -> Result<Ready, OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    let path = resolve(path)?;
    let (mut lock, marked) = lock(&path)?;
    let mut set_aside = None;
    let prepared = match prepare(&path, limits) {
        Err(Trouble::Damaged(what)) if marked || has_our_id(&path) => {
            set_aside = Some(put_away(&path, what, now_ms)?);
            prepare(&path, limits)
        }
        other => other,
    };
    let (mut connection, migrated, check_later) = prepared.map_err(|trouble| match trouble {
        Trouble::Damaged(what) => OpenError::Foreign(path.clone(), what),
        Trouble::Fatal(error) => error,
    })?;
    if let Some(aside) = &mut set_aside {
        carry_over(&path, aside, &mut connection, now_ms);
    }
    if !marked {
        let written = lock.set_len(0).and_then(|()| lock.write_all(LOCK_TEXT.as_bytes()));
        written.map_err(|error| OpenError::Io(beside(&path, ".lock"), error.to_string()))?;
    }
    Ok(Ready { connection, lock, path, set_aside, migrated, check_later, opened_ms: now_ms })
}

/// Moves a damaged database away and begins a new one, while the lock is held.
pub(super) fn begin_anew(
    path: &Path,
    limits: &Limits,
    what: String,
    now_ms: i64,
) -> Result<(Connection, SetAside), OpenError> {
    let mut aside = put_away(path, what, now_ms)?;
    let (mut connection, ..) = prepare(path, limits).map_err(|trouble| match trouble {
        Trouble::Damaged(what) => OpenError::Io(path.to_owned(), what),
        Trouble::Fatal(error) => error,
    })?;
    carry_over(path, &mut aside, &mut connection, now_ms);
    // Before a row is put: so that a restart does not take the new database for a copy.
    let _ = outbox::life::witness(&connection, path, None);
    Ok((connection, aside))
}

/// What can be read of a database that was put aside, and what hubs may lack of it. A new database without
/// its past is better than none.
fn carry_over(path: &Path, aside: &mut SetAside, new: &mut Connection, now_ms: i64) {
    let Some(old) = &aside.to else { return };
    aside.salvaged = salvage::carry_over(old, new);
    let _ = outbox::lost::find(path, old, new, aside.salvaged.complete, now_ms);
}

/// Opens an existing database for the writer, without looking at it closely.
pub(super) fn connect(path: &Path, limits: &Limits) -> rusqlite::Result<Connection> {
    let connection = raw(path, OpenFlags::SQLITE_OPEN_READ_WRITE, limits.busy_ms)?;
    configure(&connection, limits)?;
    Ok(connection)
}

/// Opens the database for queries.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = raw(path, OpenFlags::SQLITE_OPEN_READ_ONLY, limits::STORE_BUSY_MS)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// The path with something added to the file's name: `campus.db` and `.lock`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// A thorough check in words: the first thing that is wrong, if any.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let first: String = connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    Ok(if first == "ok" { None } else { Some(first) })
}

/// One path per file, so that two names of it cannot be opened at once.
fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let failed = |error: io::Error| OpenError::Io(path.to_owned(), error.to_string());
    if path.exists() {
        return fs::canonicalize(path).map_err(failed);
    }
    let name = path
        .file_name()
        .ok_or_else(|| OpenError::Io(path.to_owned(), "the path names no file".to_owned()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    Ok(folder.join(name))
}

/// Takes the lock, and tells whether the lock file says that the database is ours.
fn lock(path: &Path) -> Result<(File, bool), OpenError> {
    let lock_path = beside(path, ".lock");
    let failed = |error: io::Error| OpenError::Io(lock_path.clone(), error.to_string());
    let mut options = File::options();
    let mut lock = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&lock_path)
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let mut text = Vec::new();
    (&mut lock).take(LOCK_TEXT.len() as u64).read_to_end(&mut text).map_err(failed)?;
    Ok((lock, text == LOCK_TEXT.as_bytes()))
}

/// Opens, recognises, checks and migrates.
fn prepare(path: &Path, limits: &Limits) -> Result<(Connection, Option<PathBuf>, bool), Trouble> {
    let head = head(path).map_err(|error| io_trouble(path, &error))?;
    if !head.is_empty() && !head.starts_with(b"SQLite format 3\0") {
        return Err(Trouble::Damaged("it does not begin like an SQLite database".to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let trouble = |error| sql_trouble(path, &error);
    let mut connection = raw(path, flags, limits.busy_ms).map_err(trouble)?;
    let id: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(trouble)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))
        .map_err(trouble)?;
    match (id, tables) {
        (APPLICATION_ID, _) => {}
        // Before the first table, so that not even a crash leaves a file that we do not recognise.
        (0, 0) => {
            connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(trouble)?
        }
        _ => {
            let what = format!("an SQLite database with application id {id}");
            return Err(Trouble::Fatal(OpenError::Foreign(path.to_owned(), what)));
        }
    }
    let mode = configure(&connection, limits).map_err(trouble)?;
    if mode != "wal" {
        return Err(Trouble::Fatal(OpenError::NoWal(path.to_owned(), mode)));
    }
    let bytes = fs::metadata(path).map_err(|error| io_trouble(path, &error))?.len();
    let check_later = bytes > limits.check_bytes;
    if !check_later && let Some(what) = check(&connection).map_err(trouble)? {
        return Err(Trouble::Damaged(what));
    }
    let migrated = migrate::migrate(&mut connection, path).map_err(|error| match error {
        MigrateError::Newer(found) => {
            Trouble::Fatal(OpenError::Newer(path.to_owned(), found, migrate::VERSION))
        }
        MigrateError::Damaged(found) => {
            Trouble::Damaged(format!("no program has written version {found} of its shape"))
        }
        MigrateError::Sql(error) => sql_trouble(path, &error),
    })?;
    Ok((connection, migrated, check_later))
}

fn raw(path: &Path, flags: OpenFlags, busy_ms: u32) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(std::time::Duration::from_millis(busy_ms.into()))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    Ok(connection)
}

/// What durability and bounds ask of the writer's connection. Returns the journal mode.
fn configure(connection: &Connection, limits: &Limits) -> rusqlite::Result<String> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    // With NORMAL a power cut loses every commit since the last checkpoint (measured: 0 of 200).
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", limits::STORE_WAL_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", limits::STORE_WAL_BYTES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    let page_bytes: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages =
        (limits.file_bytes_max / u64::from(page_bytes.max(512))).min(u64::from(u32::MAX - 1));
    connection.pragma_update(None, "max_page_count", pages as i64)?;
    Ok(mode)
}

/// The first 100 bytes of a database are its header; fewer when there are not so many.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(100).read_to_end(&mut head).map(|_| head),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(head),
        Err(error) => Err(error),
    }
}

/// Whether the header carries our application id (big-endian at byte 68, sqlite.org/fileformat2).
fn has_our_id(path: &Path) -> bool {
    head(path).is_ok_and(|head| head.get(68..72) == Some(&APPLICATION_ID.to_be_bytes()))
}

/// Renames the database, its log and its index to `….corrupt-<utc>`.
fn put_away(path: &Path, what: String, now_ms: i64) -> Result<SetAside, OpenError> {
    let failed = |error: io::Error| OpenError::Io(path.to_owned(), error.to_string());
    let mut to = beside(path, &format!(".corrupt-{}", utc(now_ms)));
    let mut again = 1;
    while to.exists() {
        again += 1;
        to = beside(path, &format!(".corrupt-{}-{again}", utc(now_ms)));
    }
    let mut moved = false;
    for suffix in ["", "-wal", "-shm"] {
        match fs::rename(beside(path, suffix), beside(&to, suffix)) {
            Ok(()) => moved |= suffix.is_empty(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    if let Some(folder) = path.parent() {
        // The rename must be as durable as what follows it.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    let to = if moved { Some(to) } else { None };
    Ok(SetAside { to, what, salvaged: Default::default() })
}

/// `20261121T205800Z`. SQLite knows the calendar; no other part of the store needs one.
fn utc(now_ms: i64) -> String {
    let text = Connection::open_in_memory().and_then(|memory| {
        let sql = "SELECT strftime('%Y%m%dT%H%M%SZ', ?1, 'unixepoch')";
        memory.query_row(sql, (now_ms.div_euclid(1000),), |row| row.get::<_, String>(0))
    });
    text.unwrap_or_else(|_| now_ms.to_string())
}

fn io_trouble(path: &Path, error: &io::Error) -> Trouble {
    Trouble::Fatal(OpenError::Io(path.to_owned(), error.to_string()))
}

fn sql_trouble(path: &Path, error: &rusqlite::Error) -> Trouble {
    match super::Fault::of(error) {
        super::Fault::Damaged => Trouble::Damaged(error.to_string()),
        _ => Trouble::Fatal(OpenError::Io(path.to_owned(), error.to_string())),
    }
}
