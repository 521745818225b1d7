//! The one thread that writes: takes a batch, commits it, says so; when it cannot, keeps the batch,
//! cures what it can, and tries again.

use super::ballast::Ballast;
use super::fault::Fault;
use super::names::Names;
use super::open::{self, Ready};
use super::query::Reader;
use super::retain::Retain;
use super::rows::{Batch, checkpoint_crc};
use super::{Committed, Event, Limits};
use crate::limits;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// Owns the connection, the lock and the ballast.
pub(super) struct Writer {
    path: PathBuf,
    limits: Limits,
    /// Absent between a fault and the next try.
    connection: Option<Connection>,
    /// Which file the connection has open: somebody may move it away under our hands.
    file: Option<FileId>,
    names: Names,
    next: NextIds,
    retain: Retain,
    ballast: Ballast,
    /// When a missing ballast may be restored.
    restore_at: Option<Instant>,
    reader: Reader,
    report: UnboundedSender<Event>,
    check_later: bool,
    last_now_ms: i64,
    /// Held until the last commit is done.
    _lock: File,
}

/// The next id of each table. Ids are given here and not by SQLite, so that after a fault it can be
/// told whether a batch is in the file or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NextIds {
    log: i64,
    posting: i64,
    change: i64,
    loss: i64,
    checkpoint: i64,
}

type FileId = (u64, u64);

/// Why a batch is not in the file.
pub(super) enum Failure {
    Sql(rusqlite::Error),
    /// The file is not where it was.
    Moved,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Writer {
    pub fn new(
        ready: Ready,
        limits: Limits,
        names: Names,
        reader: Reader,
        report: UnboundedSender<Event>,
    ) -> rusqlite::Result<Self> {
        let next = NextIds::read(&ready.connection)?;
        let ballast = Ballast::new(open::beside(&ready.path, ".ballast"), limits.ballast_bytes);
        let file = file_id(&ready.path);
        Ok(Self {
            path: ready.path,
            limits,
            connection: Some(ready.connection),
            file,
            names,
            next,
            retain: Retain::new(),
            ballast,
            restore_at: None,
            reader,
            report,
            check_later: ready.check_later,
            last_now_ms: 0,
            _lock: ready.lock,
        })
    }

    /// Until the other end of `work` is gone.
    pub fn run(mut self, work: &Receiver<Box<Batch>>, stop: &Receiver<()>) {
        let check = self.check_beside();
        // At start there may be little room: then the ballast is one of the things that are missing.
        if !self.ballast.restore() {
            self.say(Event::BallastFreed);
            self.restore_at = Some(Instant::now() + limits::STORE_BALLAST_RETRY);
        }
        loop {
            match work.recv_timeout(limits::RETAIN_EVERY) {
                Ok(batch) => {
                    if !self.keep(*batch, stop) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.tend();
        }
        if let Some(check) = check {
            check.end();
        }
    }

    /// Commits one batch, however long it takes. `false`: the agent stops, and it was given up.
    fn keep(&mut self, batch: Batch, stop: &Receiver<()>) -> bool {
        self.names.learn(&batch.names);
        self.last_now_ms = batch.now_ms.unwrap_or(self.last_now_ms);
        let mut said: Option<(Fault, String)> = None;
        let mut pause = limits::STORE_RETRY_MIN;
        let mut last_try = false;
        loop {
            let began = Instant::now();
            let failure = match self.try_batch(&batch) {
                Ok(()) => {
                    self.say(Event::Committed(Committed {
                        batch: batch.number,
                        frames: batch.frames,
                        rows: batch.rows(),
                        log_id: self.next.log - 1,
                        took: began.elapsed(),
                    }));
                    self.retain.count(batch.rows() as u64);
                    return true;
                }
                Err(failure) => failure,
            };
            let reason = failure.reason();
            if said.as_ref() != Some(&reason) {
                let (fault, what) = reason.clone();
                self.say(Event::Failed { batch: batch.number, fault, what });
                said = Some(reason);
            }
            if last_try {
                return false;
            }
            if self.cure(&failure) {
                continue;
            }
            match stop.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => last_try = true,
            }
            pause = (pause * 2).min(limits::STORE_RETRY_MAX);
        }
    }

    /// One try, on a fresh connection if the last try cost the old one.
    pub(super) fn try_batch(&mut self, batch: &Batch) -> Result<(), Failure> {
        let after = self.next.after(batch);
        if self.connection.is_none() {
            if file_id(&self.path).is_none() {
                return Err(Failure::Moved);
            }
            let connection = open::connect(&self.path, &self.limits)?;
            let found = NextIds::read(&connection)?;
            self.file = file_id(&self.path);
            self.connection = Some(connection);
            if found == after && found != self.next {
                // The fault came after the commit was on the disk; a second time would double it.
                self.next = found;
                return Ok(());
            }
            self.next = found;
        }
        if self.file.is_none() || file_id(&self.path) != self.file {
            return Err(Failure::Moved);
        }
        let Some(connection) = self.connection.as_mut() else { return Err(Failure::Moved) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write(&transaction, batch, self.next)?;
        transaction.commit()?;
        self.next = self.next.after(batch);
        Ok(())
    }

    /// Commits, and then stands as if the commit had failed at its very end.
    #[cfg(test)]
    pub(super) fn try_and_forget(&mut self, batch: &Batch) -> bool {
        let before = self.next;
        let done = self.try_batch(batch).is_ok();
        self.next = before;
        self.connection = None;
        done
    }

    /// Does what may help. `true`: try again at once.
    fn cure(&mut self, failure: &Failure) -> bool {
        match failure.reason().0 {
            Fault::Busy | Fault::Other => false,
            Fault::Full => {
                let freed = self.ballast.free();
                if freed {
                    self.say(Event::BallastFreed);
                }
                self.restore_at = Some(Instant::now() + limits::STORE_BALLAST_RETRY);
                self.empty_wal();
                // Pages that the log gives back are used again: the file need not grow.
                freed | self.shed()
            }
            Fault::Io => {
                // After a failed sync nobody knows what is on the disk; only a fresh look does.
                self.connection = None;
                false
            }
            Fault::Damaged => self.begin_anew(failure.reason().1),
        }
    }

    /// Sets the damaged file aside and begins a new one with what can be carried over.
    fn begin_anew(&mut self, what: String) -> bool {
        self.connection = None;
        let now_ms = self.last_now_ms;
        let begun = open::begin_anew(&self.path, &self.limits, what, now_ms).and_then(|anew| {
            let (connection, aside) = anew;
            let io =
                |error: rusqlite::Error| super::OpenError::Io(self.path.clone(), error.to_string());
            self.names.save(&connection).map_err(io)?;
            Ok((NextIds::read(&connection).map_err(io)?, connection, aside))
        });
        match begun {
            Ok((next, connection, aside)) => {
                // Ids go on where they were, so that none is used twice.
                self.next = self.next.max(next);
                self.connection = Some(connection);
                self.file = file_id(&self.path);
                self.reader.begin_anew();
                self.say(Event::SetAside(aside));
                true
            }
            Err(_) => false,
        }
    }

    /// Moves the write-ahead log into the file and gives its room back, as far as that works.
    fn empty_wal(&self) {
        if let Some(connection) = &self.connection {
            // On a disk without any room it fails; the next try, with the ballast gone, may not.
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()));
        }
    }

    /// Deletes the oldest log rows to make room. `true` when there were any.
    fn shed(&mut self) -> bool {
        let Some(connection) = self.connection.as_mut() else { return false };
        match self.retain.shed_log(connection) {
            Ok(rows) if rows > 0 => {
                self.say(Event::Shed { table: "log", rows });
                true
            }
            _ => false,
        }
    }

    /// What is done between two batches.
    fn tend(&mut self) {
        if self.restore_at.is_some_and(|at| at <= Instant::now()) {
            self.restore_at = if self.ballast.restore() {
                self.say(Event::BallastRestored);
                None
            } else {
                Some(Instant::now() + limits::STORE_BALLAST_RETRY)
            };
        }
        let Some(connection) = self.connection.as_mut() else { return };
        if self.retain.is_due() {
            // What cannot be deleted now can be next time; a lasting fault shows at the next commit.
            let shed = self.retain.sweep(connection, &self.limits, self.last_now_ms);
            for (table, rows) in shed.unwrap_or_default() {
                self.say(Event::Shed { table, rows });
            }
        }
    }

    /// Checks a large database on a thread of its own.
    fn check_beside(&self) -> Option<Check> {
        if !self.check_later {
            return None;
        }
        let connection = open::connect_reader(&self.path).ok()?;
        let interrupt = connection.get_interrupt_handle();
        let report = self.report.clone();
        let thread = std::thread::Builder::new()
            .name("store-check".to_owned())
            .spawn(move || {
                let found = match open::check(&connection) {
                    Ok(found) => found,
                    Err(error) if Fault::of(&error) == Fault::Damaged => Some(error.to_string()),
                    // Interrupted, or a fault that the writer meets as well.
                    Err(_) => return,
                };
                // Nobody listens when the agent stops.
                let _ = report.send(Event::Checked(found));
            })
            .ok()?;
        Some(Check { interrupt, thread })
    }

    fn say(&self, event: Event) {
        // Nobody listens when the agent stops; the writer goes on to its end.
        let _ = self.report.send(event);
    }
}

/// A check that runs beside the work.
struct Check {
    interrupt: rusqlite::InterruptHandle,
    thread: std::thread::JoinHandle<()>,
}

impl Check {
    fn end(self) {
        while !self.thread.is_finished() {
            // Between two steps an interrupt is lost, so it is repeated.
            self.interrupt.interrupt();
            std::thread::sleep(Duration::from_millis(5));
        }
        // A panic there has no one left to tell.
        let _ = self.thread.join();
    }
}

impl Failure {
    fn reason(&self) -> (Fault, String) {
        match self {
            Self::Sql(error) => (Fault::of(error), error.to_string()),
            Self::Moved => (Fault::Damaged, "the file was moved away or deleted".to_owned()),
        }
    }
}

impl NextIds {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let next = |sql: &str| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
        Ok(Self {
            // All rows may have expired: a number that a checkpoint names is never used again.
            log: next(
                "SELECT 1 + max(coalesce((SELECT max(id) FROM log), 0), \
                 coalesce((SELECT max(log_id) FROM checkpoint), 0))",
            )?,
            posting: next("SELECT 1 + coalesce(max(id), 0) FROM posting")?,
            change: next("SELECT 1 + coalesce(max(id), 0) FROM change")?,
            loss: next("SELECT 1 + coalesce(max(id), 0) FROM loss")?,
            checkpoint: next("SELECT 1 + coalesce(max(id), 0) FROM checkpoint")?,
        })
    }

    fn after(self, batch: &Batch) -> Self {
        Self {
            log: self.log + batch.log.len() as i64,
            posting: self.posting + batch.postings.len() as i64,
            change: self.change + batch.changes.len() as i64,
            loss: self.loss + batch.losses.len() as i64,
            checkpoint: self.checkpoint + i64::from(batch.checkpoint.is_some()),
        }
    }

    fn max(self, other: Self) -> Self {
        Self {
            log: self.log.max(other.log),
            posting: self.posting.max(other.posting),
            change: self.change.max(other.change),
            loss: self.loss.max(other.loss),
            checkpoint: self.checkpoint.max(other.checkpoint),
        }
    }
}

/// Writes all rows of a batch.
fn write(transaction: &Transaction<'_>, batch: &Batch, next: NextIds) -> rusqlite::Result<()> {
    for name in &batch.names {
        transaction
            .prepare_cached(name.kind.insert())?
            .execute((name.number, name.name.as_ref()))?;
    }
    if !batch.log.is_empty() {
        let sql = "INSERT INTO log (id, at_ms, kind, node, boot, seq, body) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let mut insert = transaction.prepare_cached(sql)?;
        for (id, row) in (next.log..).zip(&batch.log) {
            let body = &batch.bytes[row.body.clone()];
            let key = &row.key;
            insert.execute((id, key.at_ms, key.kind, key.node, key.boot, key.seq, body))?;
        }
    }
    write_ledger(transaction, batch, next)?;
    write_unclaimed(transaction, batch)?;
    if let Some(checkpoint) = &batch.checkpoint {
        let log_id = next.log + checkpoint.after as i64 - 1;
        let crc = checkpoint_crc(log_id, checkpoint.at_ms, &checkpoint.state);
        let sql = "INSERT INTO checkpoint (id, log_id, at_ms, state, crc) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = (next.checkpoint, log_id, checkpoint.at_ms, &checkpoint.state, crc);
        transaction.prepare_cached(sql)?.execute(row)?;
        let oldest = next.checkpoint - limits::CHECKPOINTS_KEPT;
        transaction.prepare_cached("DELETE FROM checkpoint WHERE id <= ?1")?.execute((oldest,))?;
    }
    Ok(())
}

fn write_ledger(
    transaction: &Transaction<'_>,
    batch: &Batch,
    next: NextIds,
) -> rusqlite::Result<()> {
    for (id, (meter, posting)) in (next.posting..).zip(&batch.postings) {
        let p = posting;
        let sql = "INSERT INTO posting (id, meter, slot_ms, energy_wh, quality, cause, register_wh, \
                   revision, crc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let (energy_wh, register_wh, crc) = (p.energy_wh, p.register_wh, p.crc(*meter));
        let (quality, cause, revision) = (p.quality, p.cause, p.revision);
        let row = (id, meter, p.slot_ms, energy_wh, quality, cause, register_wh, revision, crc);
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    for (id, change) in (next.change..).zip(&batch.changes) {
        let c = change;
        let sql = "INSERT INTO change (id, at_ms, room, zone, from_pct, to_pct, verdict) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = (id, c.at_ms, &c.room, &c.zone, c.from_pct, c.to_pct, &c.verdict);
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    for (id, (node, loss)) in (next.loss..).zip(&batch.losses) {
        let l = loss;
        let sql = "INSERT INTO loss (id, at_ms, node, boot, from_seq, to_seq, cause) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = (id, l.at_ms, node, l.boot, l.from_seq, l.to_seq, &l.cause);
        transaction.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

fn write_unclaimed(transaction: &Transaction<'_>, batch: &Batch) -> rusqlite::Result<()> {
    if batch.unclaimed.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO unclaimed (name, first_ms, last_ms, frames, board, firmware, last_frame) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO UPDATE SET \
               last_ms = excluded.last_ms, frames = frames + excluded.frames, \
               board = iif(excluded.board = '', board, excluded.board), \
               firmware = iif(excluded.firmware = '', firmware, excluded.firmware), \
               last_frame = iif(excluded.last_frame = '', last_frame, excluded.last_frame)";
    let mut insert = transaction.prepare_cached(sql)?;
    for u in batch.unclaimed.values() {
        let frames = i64::try_from(u.frames).unwrap_or(i64::MAX);
        let row = (&u.name, u.first_ms, u.last_ms, frames, &u.board, &u.firmware, &u.last_frame);
        insert.execute(row)?;
    }
    let sql = "DELETE FROM unclaimed WHERE name IN (SELECT name FROM unclaimed \
               ORDER BY last_ms DESC, name LIMIT -1 OFFSET ?1)";
    transaction.prepare_cached(sql)?.execute((limits::UNCLAIMED_MAX as i64,))?;
    Ok(())
}

/// Device and inode: what tells one file from another.
fn file_id(path: &std::path::Path) -> Option<FileId> {
    std::fs::metadata(path).ok().map(|is| (is.dev(), is.ino()))
}
