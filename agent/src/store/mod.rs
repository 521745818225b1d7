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
//! | [`rows`], [`ledger`], [`rules`], [`hardware`] | what can be kept |
//! | `collect` | rows into batches |
//! | `pack`, `reading` | how a frame becomes some 50 bytes, a register some 20, and back |
//! | `names` | numbers for names |
//! | `open` | lock, look, check, migrate; or set aside and begin anew |
//! | `migrate` | the shape of the database |
//! | `writer` | commit, and what to do when it fails |
//! | `insert`, `book` | rows into tables |
//! | `daily`, `day` | days of the ledger, added up and packed |
//! | `retain` | what expires |
//! | [`outbox`] | summaries on their way to hubs |
//! | `ballast` | room for a full disk |
//! | `salvage` | what a damaged database still tells |
//! | `replay` | checkpoints, and the log after them |
//! | [`query`], [`registers`], [`report`] | what people ask |
//! | [`import`] | a past from elsewhere |
//! | [`fault`] | what can go wrong |
//!
//! A batch is one transaction. Nothing of it may be acknowledged before [`Event::Committed`] names
//! it; until then the writer keeps it and tries again, whatever happens.

pub mod fault;
pub mod hardware;
pub mod import;
pub mod imposed;
pub mod ledger;
pub mod outbox;
pub mod query;
pub mod registers;
pub mod replay;
pub mod report;
pub mod rows;
pub mod rules;

mod ballast;
mod book;
mod collect;
mod daily;
mod day;
mod insert;
mod migrate;
mod names;
mod open;
mod pack;
mod reading;
mod retain;
mod salvage;
mod writer;

#[cfg(test)]
mod tests;

pub use collect::Store;
pub use fault::{Fault, OpenError, QueryError, Salvaged, SetAside};
pub use hardware::Hardware;
pub use imposed::Imposed;
pub use ledger::{
    Incident, Judge, Posting, Reading, Repair, RepairRecord, Replace, RoomSlot, RoomSlotRef,
    Snapshot, TooManyRows, Withdraws,
};
pub use outbox::{Asked, HubOrder, Measure, NewLife, Progress, Resend, Terms};
pub use query::Reader;
pub use registers::{KeptIncident, SlotRow};
pub use replay::{Entry, HeldConfiguration, Logged, Replayed, Start};
pub use report::PeriodEnergy;
pub use rows::{Calibrate, Change, Checkpoint, Command, Level, LossRecord, Unclaimed, Wish};
pub use rules::{Canary, InForce, RulesChange, RulesVersion};

use crate::limits;
use collect::Link;
use names::Names;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

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
    /// How many slots of rooms stay.
    pub room_slot_rows_max: i64,
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
            room_slot_rows_max: limits::ROOM_SLOT_ROWS_MAX,
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
    /// It is a copy of another database, and has a new incarnation: how that is known.
    pub copied: Option<outbox::Copied>,
    /// The last number of the outbox, whenever it grows.
    pub outbox: watch::Receiver<i64>,
}

/// Opens or creates the database and starts its writer.
///
/// # Errors
/// [`OpenError`] says what, where, and what to do. A damaged database of ours is no error.
pub fn open(path: &Path, limits: Limits, now_ms: i64) -> Result<Opened, OpenError> {
    let mut ready = open::open(path, &limits, now_ms)?;
    let path = ready.path.clone();
    let failed = |error: rusqlite::Error| OpenError::Io(path.clone(), error.to_string());
    let copied = outbox::life::settle(&mut ready.connection, &path, now_ms).map_err(failed)?;
    let names = Names::load(&ready.connection).map_err(failed)?;
    let checkpoints = replay::checkpoints(&ready.connection).map_err(failed)?;
    let incarnation = query::incarnation(&ready.connection).map_err(failed)?;
    let (set_aside, migrated) = (ready.set_aside.clone(), ready.migrated.clone());
    let check_later = ready.check_later;

    let reader = Reader::new(path.clone());
    let (batches, work) = sync_channel(limits::STORE_QUEUE_BATCHES);
    let (stop, stopping) = sync_channel(1);
    let (report, events) = mpsc::unbounded_channel();
    let (last, outbox) = watch::channel(outbox::last(&ready.connection).map_err(failed)?);
    let writer = writer::Writer::new(ready, limits, names.clone(), reader.clone(), report, last)
        .map_err(failed)?;
    let thread = std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || writer.run(&work, &stopping))
        .map_err(|error| OpenError::Io(path.clone(), error.to_string()))?;
    let store = Store::new(names, Link { batches, stop, thread }, reader);
    let events = Events(events);
    Ok(Opened {
        store,
        events,
        incarnation,
        checkpoints,
        set_aside,
        migrated,
        check_later,
        copied,
        outbox,
    })
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
        /// `log`, `posting`, `room_slot`, `incident`, `repair`, `change` or `loss`.
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
