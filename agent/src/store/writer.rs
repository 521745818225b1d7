//! The one thread that writes: takes a batch, commits it, says so; when it cannot, keeps the batch,
//! cures what it can, and tries again.

use super::ballast::Ballast;
use super::daily::Daily;
use super::fault::Fault;
use super::insert::{self, NextIds};
use super::names::Names;
use super::open::{self, Ready};
use super::outbox::make::{self, Maker};
use super::outbox::{Terms, last as put_seq, life};
use super::query::Reader;
use super::retain::Retain;
use super::rows::Batch;
use super::{Committed, Event, Limits};
use crate::limits;
use rusqlite::{Connection, TransactionBehavior};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

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
    daily: Daily,
    maker: Maker,
    terms: Option<Terms>,
    /// The last number of the outbox, for whoever forwards it.
    outbox: watch::Sender<i64>,
    ballast: Ballast,
    /// When a missing ballast may be restored.
    restore_at: Option<Instant>,
    reader: Reader,
    report: UnboundedSender<Event>,
    check_later: bool,
    opened_ms: i64,
    /// The last believable time, and when the database was last begun anew.
    last_now_ms: i64,
    anew_at: Option<Instant>,
    /// Held until the last commit is done.
    _lock: File,
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
        outbox: watch::Sender<i64>,
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
            daily: Daily::new(),
            maker: Maker::new(),
            terms: None,
            outbox,
            ballast,
            restore_at: None,
            reader,
            report,
            check_later: ready.check_later,
            opened_ms: ready.opened_ms,
            last_now_ms: 0,
            anew_at: None,
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
        let mut wait = limits::RETAIN_EVERY;
        loop {
            match work.recv_timeout(wait) {
                Ok(batch) => {
                    if !self.keep(*batch, stop) {
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            // While summaries are due it makes them, and looks for the next batch in between.
            wait = if self.tend() { Duration::ZERO } else { limits::RETAIN_EVERY };
        }
        if let Some(check) = check {
            check.end();
        }
        // Readers may outlive the writer, and then nobody else would empty the write-ahead log.
        self.empty_wal();
    }

    /// Commits one batch, however long it takes. `false`: the agent stops, and it was given up.
    fn keep(&mut self, batch: Batch, stop: &Receiver<()>) -> bool {
        self.names.learn(&batch.names);
        if let Some(terms) = &batch.terms {
            self.maker.learn(terms);
            self.terms = Some((**terms).clone());
        }
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
                    self.daily.touched(&batch);
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
        insert::write(&transaction, batch, self.next)?;
        let mut last = None;
        if let Some(terms) = &self.terms {
            let now_ms = batch.now_ms.unwrap_or(self.last_now_ms);
            last = make::put_losses(&transaction, terms, &batch.losses, now_ms)?;
        }
        transaction.commit()?;
        self.next = self.next.after(batch);
        if let (Some(new), Some(terms)) = (&batch.copied, &self.terms) {
            // Not done is no fault of the batch: the hub says it again, and a person is told.
            let campus = new.base.map(|_| terms.campus);
            let begun = life::begin(connection, self.last_now_ms, new, campus);
            last = begun.and_then(|()| put_seq(connection)).ok();
        }
        if let Some(last) = last {
            self.outbox.send_replace(last);
        }
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
        if self.anew_at.is_some_and(|at| at.elapsed() < limits::STORE_ANEW_INTERVAL) {
            // A disk that damages whatever it is given would be filled with damaged files.
            return false;
        }
        self.anew_at = Some(Instant::now());
        let now_ms = self.last_now_ms.max(self.opened_ms);
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
                self.daily = Daily::new();
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

    /// What is done between two batches. `true` when there is more of it at once.
    fn tend(&mut self) -> bool {
        if self.restore_at.is_some_and(|at| at <= Instant::now()) {
            self.restore_at = if self.ballast.restore() {
                self.say(Event::BallastRestored);
                None
            } else {
                Some(Instant::now() + limits::STORE_BALLAST_RETRY)
            };
        }
        let Some(connection) = self.connection.as_mut() else { return false };
        // What cannot be made now can be next time: its mark stays.
        let made = self.maker.tend(connection, &self.names, &self.path, self.last_now_ms);
        let made = made.unwrap_or_default();
        if let Some(last) = made.last {
            self.outbox.send_replace(last);
        }
        if self.retain.is_due() {
            // What cannot be deleted now can be next time; a lasting fault shows at the next commit.
            let shed = self.retain.sweep(connection, &self.limits, self.last_now_ms);
            for (table, rows) in shed.unwrap_or_default() {
                let _ = self.report.send(Event::Shed { table, rows });
            }
        }
        // What cannot be packed now can be later: until then the rows are asked.
        let _ = self.daily.pack_when_due(connection, self.last_now_ms);
        made.is_more_due
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

/// Device and inode: what tells one file from another.
fn file_id(path: &std::path::Path) -> Option<FileId> {
    std::fs::metadata(path).ok().map(|is| (is.dev(), is.ino()))
}
