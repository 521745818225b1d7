//! What is kept: one SQLite database, one thread that writes it, a few connections that read it.
//!
//! ```text
//! main loop ── rows ──► Store (collects a batch) ── submit ──► writer ── commit, FULL ──► file
//!     ▲                                                          │
//!     └──────── Event: committed | failing | set aside … ◄───────┘        Reader ◄── queries
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`rows`] | what can be kept |
//! | `pack` | how a frame becomes some 50 bytes, and back |
//! | `names` | numbers for names |
//! | `open` | lock, look, check, migrate; or set aside and begin anew |
//! | `migrate` | the shape of the database |
//! | `writer` | commit, and what to do when it fails |
//! | `insert` | rows into tables |
//! | `retain` | what expires |
//! | `ballast` | room for a full disk |
//! | `salvage` | what a damaged database still tells |
//! | `replay` | checkpoints, and the log after them |
//! | [`query`] | what people ask |
//! | [`fault`] | what can go wrong |
//!
//! A batch is one transaction. Nothing of it may be acknowledged before [`Event::Committed`] names
//! it; until then the writer keeps it and tries again, whatever happens.

pub mod fault;
pub mod query;
pub mod replay;
pub mod rows;

mod ballast;
mod insert;
mod migrate;
mod names;
mod open;
mod pack;
mod retain;
mod salvage;
mod writer;

#[cfg(test)]
mod tests;

pub use fault::{Fault, OpenError, QueryError, Salvaged, SetAside};
pub use query::Reader;
pub use replay::{Entry, Logged, Replayed};
pub use rows::{Change, Checkpoint, Level, LossRecord, Posting, Unclaimed, Wish};

use crate::limits;
use names::{Kind, Names, NewName};
use pack::Key;
use rows::{Batch, LogRow, NewCheckpoint, kind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;

/// Sizes that differ between a campus, a demo and a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What the database may hold before the oldest rows of the log go, in bytes.
    pub bytes_max: u64,
    /// Where the file stops growing, in bytes.
    pub file_bytes_max: u64,
    /// Room kept for a full disk, in bytes; 0 keeps none.
    pub ballast_bytes: u64,
    /// A larger database is checked beside the work instead of before it, in bytes.
    pub check_bytes: u64,
    /// How long to wait for a lock that somebody else holds, in ms.
    pub busy_ms: u32,
    /// How long rows of the log stay, in ms.
    pub retain_log_ms: i64,
    /// How long changes and loss records stay, in ms.
    pub retain_change_ms: i64,
    /// How many postings stay.
    pub posting_rows_max: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: limits::STORE_BYTES_MAX,
            file_bytes_max: limits::STORE_FILE_BYTES_MAX,
            ballast_bytes: limits::STORE_BALLAST_BYTES,
            check_bytes: limits::STORE_CHECK_BYTES,
            busy_ms: limits::STORE_BUSY_MS,
            retain_log_ms: limits::RETAIN_LOG_DAYS * DAY_MS,
            retain_change_ms: limits::RETAIN_CHANGE_DAYS * DAY_MS,
            posting_rows_max: limits::POSTING_ROWS_MAX,
        }
    }
}

const DAY_MS: i64 = 86_400_000;

/// A database that is ready, and what was met on the way.
#[derive(Debug)]
pub struct Opened {
    /// Where rows go.
    pub store: Store,
    /// What becomes of them.
    pub events: Events,
    /// Random name of this copy of the database, 32 hexadecimal digits.
    pub incarnation: String,
    /// Good checkpoints, newest first: replay begins at the first that the controller can read.
    pub checkpoints: Vec<Checkpoint>,
    /// The database was damaged and is set aside: a person should know.
    pub set_aside: Option<SetAside>,
    /// Copy that was made before the shape of the database was changed.
    pub migrated: Option<PathBuf>,
    /// The database was too large to be checked before use; [`Event::Checked`] follows.
    pub check_later: bool,
}

/// Opens or creates the database and starts its writer.
///
/// # Errors
/// [`OpenError`] says what, where, and what to do. A damaged database of ours is no error.
pub fn open(path: &Path, limits: Limits, now_ms: i64) -> Result<Opened, OpenError> {
    let ready = open::open(path, &limits, now_ms)?;
    let path = ready.path.clone();
    let failed = |error: rusqlite::Error| OpenError::Io(path.clone(), error.to_string());
    let names = Names::load(&ready.connection).map_err(failed)?;
    let checkpoints = replay::checkpoints(&ready.connection).map_err(failed)?;
    let incarnation = query::incarnation(&ready.connection).map_err(failed)?;
    let (set_aside, migrated) = (ready.set_aside.clone(), ready.migrated.clone());
    let check_later = ready.check_later;

    let reader = Reader::new(path.clone());
    let (batches, work) = sync_channel(limits::STORE_QUEUE_BATCHES);
    let (stop, stopping) = sync_channel(1);
    let (report, events) = mpsc::unbounded_channel();
    let writer = writer::Writer::new(ready, limits, names.clone(), reader.clone(), report)
        .map_err(failed)?;
    let thread = std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || writer.run(&work, &stopping))
        .map_err(|error| OpenError::Io(path.clone(), error.to_string()))?;
    let store = Store {
        names,
        pending: Batch::default(),
        submitted: 0,
        writer: Some(Link { batches, stop, thread }),
        reader,
        fields: String::new(),
    };
    let events = Events(events);
    Ok(Opened { store, events, incarnation, checkpoints, set_aside, migrated, check_later })
}

/// What the writer has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A batch is on the disk: what it holds may be acknowledged. Batches are committed in order.
    Committed(Committed),
    /// A batch could not be committed. It is kept and tried again; the store is degraded until the
    /// next [`Event::Committed`]. Said once per batch, and again when the reason changes.
    Failed {
        /// Number of the batch.
        batch: u64,
        /// What kind of fault.
        fault: Fault,
        /// What SQLite said.
        what: String,
    },
    /// The database was damaged or gone, and a new one was begun. Submit a checkpoint soon.
    SetAside(SetAside),
    /// The disk was full and the ballast was given up; the store is degraded until it is restored.
    BallastFreed,
    /// There is room again.
    BallastRestored,
    /// Rows younger than their age limit had to go, because there is no room for more.
    Shed {
        /// `log`, `posting`, `change` or `loss`.
        table: &'static str,
        /// How many.
        rows: u64,
    },
    /// The check of a large database has ended: what is wrong, if anything.
    Checked(Option<String>),
}

/// A batch that is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its number, as [`Store::submit`] gave it.
    pub batch: u64,
    /// Its frames.
    pub frames: usize,
    /// All its rows.
    pub rows: usize,
    /// Last row of the log.
    pub log_id: i64,
    /// How long the transaction took, its sync included.
    pub took: Duration,
}

/// The writer's side of the conversation.
#[derive(Debug)]
pub struct Events(mpsc::UnboundedReceiver<Event>);

impl Events {
    /// The next event; `None` when the writer has ended. Safe to drop while it waits.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }

    /// The next event, waiting for it on this thread: not for async code.
    pub fn next_blocking(&mut self) -> Option<Event> {
        self.0.blocking_recv()
    }
}

/// Why a batch could not be handed over. Its rows stay in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// [`limits::STORE_QUEUE_BATCHES`] batches wait already.
    #[error("the database is behind; rows are collected until it has caught up")]
    Busy,
    /// The writer has ended: only a restart helps.
    #[error("the thread that writes the database has ended")]
    Gone,
}

/// Collects rows into batches and hands them to the writer.
///
/// Rows of the log are replayed in the order in which they were added; add each exactly when the
/// controller is told.
#[derive(Debug)]
pub struct Store {
    names: Names,
    pending: Batch,
    submitted: u64,
    writer: Option<Link>,
    reader: Reader,
    /// Only to save an allocation per frame.
    fields: String,
}

/// The way to the writer's thread.
#[derive(Debug)]
struct Link {
    batches: SyncSender<Box<Batch>>,
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Store {
    /// Keeps a frame of a claimed node.
    pub fn frame(&mut self, at_ms: i64, node: &str, frame: &wire::Frame<'_>) {
        let node = self.number(Kind::Node, node);
        let key = Key { at_ms, kind: kind::FRAME, node, boot: frame.boot, seq: frame.seq };
        let Self { names, pending, fields, .. } = self;
        let shapes = &mut names.shapes;
        let start = pending.bytes.len();
        let number = |shape: &str| {
            if let Some(number) = shapes.number(shape) {
                return Some(number);
            }
            if shapes.len() >= limits::SHAPES_MAX {
                return None;
            }
            let number = shapes.add(shape);
            pending.names.push(NewName { kind: Kind::Shape, number, name: shape.into() });
            Some(number)
        };
        pack::pack(frame, at_ms, number, fields, &mut pending.bytes);
        pending.frames += 1;
        self.seal(key, start);
    }

    /// Keeps a hello of a claimed node, or its will.
    pub fn hello(&mut self, at_ms: i64, node: &str, hello: &wire::Hello<'_>) {
        let node = self.number(Kind::Node, node);
        let key = Key { at_ms, kind: kind::HELLO, node, boot: hello.boot, seq: 0 };
        let mut payload = [0; wire::PAYLOAD_BYTES_MAX];
        // Documented: 512 bytes always suffice. A body that is cut would be counted at replay.
        let length = hello.emit(&mut payload).unwrap_or(0);
        self.plain(key, &payload[..length]);
    }

    /// Keeps a person's wish: an override, or, without a level, its end.
    pub fn wish(&mut self, at_ms: i64, wish: &Wish) {
        let kind = if wish.set.is_some() { kind::OVERRIDE } else { kind::AUTO };
        // Text and integers only: this cannot fail, and an empty body would be counted at replay.
        let body = serde_json::to_vec(wish).unwrap_or_default();
        self.plain(Key { at_ms, kind, node: 0, boot: 0, seq: 0 }, &body);
    }

    /// Keeps that the agent had not listened for a while: it began, or its machine slept.
    pub fn resumed(&mut self, at_ms: i64) {
        self.plain(Key { at_ms, kind: kind::RESUMED, node: 0, boot: 0, seq: 0 }, &[]);
    }

    /// Keeps an entry of the energy ledger.
    pub fn posting(&mut self, posting: Posting) {
        let meter = self.number(Kind::Meter, &posting.meter);
        self.pending.postings.push((meter, posting));
    }

    /// Keeps a change of a zone's level.
    pub fn change(&mut self, change: Change) {
        self.pending.changes.push(change);
    }

    /// Keeps a loss record.
    pub fn loss(&mut self, loss: LossRecord) {
        let node = self.number(Kind::Node, &loss.node);
        self.pending.losses.push((node, loss));
    }

    /// Remembers a node that no configuration knows; at most one row per name and batch.
    pub fn unclaimed(&mut self, heard: Unclaimed) {
        let known = &mut self.pending.unclaimed;
        if let Some(earlier) = known.get_mut(&heard.name) {
            earlier.add(heard);
        } else if known.len() < limits::UNCLAIMED_MAX {
            known.insert(heard.name.clone(), heard);
        }
    }

    /// Keeps the controller's state: it has seen every log row added so far, and none after.
    pub fn checkpoint(&mut self, at_ms: i64, state: Vec<u8>) {
        let after = self.pending.log.len();
        self.pending.checkpoint = Some(NewCheckpoint { after, at_ms, state });
    }

    /// Rows that were not handed over yet.
    pub fn pending_rows(&self) -> usize {
        self.pending.rows()
    }

    /// Frames that were not handed over yet.
    pub fn pending_frames(&self) -> usize {
        self.pending.frames
    }

    /// Whether the batch has [`limits::BATCH_ROWS_MAX`] rows: submit, or take no more frames.
    pub fn is_full(&self) -> bool {
        self.pending.rows() >= limits::BATCH_ROWS_MAX
    }

    /// Hands the rows over and returns the batch's number, from 1; `None` when there are no rows.
    /// Never waits. `now_ms` lets old rows expire; give none while the clock is not believed.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] keeps the rows for the next time.
    pub fn submit(&mut self, now_ms: Option<i64>) -> Result<Option<u64>, SubmitError> {
        if self.pending.rows() == 0 {
            return Ok(None);
        }
        let writer = self.writer.as_ref().ok_or(SubmitError::Gone)?;
        let mut batch = Box::new(std::mem::take(&mut self.pending));
        batch.number = self.submitted + 1;
        batch.now_ms = now_ms;
        let (returned, why) = match writer.batches.try_send(batch) {
            Ok(()) => {
                self.submitted += 1;
                return Ok(Some(self.submitted));
            }
            Err(TrySendError::Full(batch)) => (batch, SubmitError::Busy),
            Err(TrySendError::Disconnected(batch)) => (batch, SubmitError::Gone),
        };
        self.pending = *returned;
        Err(why)
    }

    /// For queries, from any thread.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Commits what was submitted and closes the file. Waits: not for async code. A batch that fails
    /// now is tried once more and given up: nobody was told that it is kept.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(Link { batches, stop, thread }) = self.writer.take() {
            // Full or disconnected means that it knows already.
            let _ = stop.try_send(());
            drop(batches);
            // A panic of the writer was reported by the end of the events.
            let _ = thread.join();
        }
    }

    fn number(&mut self, kind: Kind, name: &str) -> u32 {
        let dictionary = match kind {
            Kind::Node => &mut self.names.nodes,
            Kind::Shape => &mut self.names.shapes,
            Kind::Meter => &mut self.names.meters,
        };
        if let Some(number) = dictionary.number(name) {
            return number;
        }
        let number = dictionary.add(name);
        self.pending.names.push(NewName { kind, number, name: name.into() });
        number
    }

    fn plain(&mut self, key: Key, body: &[u8]) {
        let start = self.pending.bytes.len();
        self.pending.bytes.extend_from_slice(body);
        self.seal(key, start);
    }

    fn seal(&mut self, key: Key, start: usize) {
        let Batch { bytes, log, .. } = &mut self.pending;
        pack::seal(&key, bytes, start);
        log.push(LogRow { key, body: start..bytes.len() });
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.end();
    }
}
