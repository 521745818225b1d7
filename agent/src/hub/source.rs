//! Rows to send to one hub, and where its receipts go: what every form of forwarding is built on.
//!
//! A form asks [`Source::lives`] what there is, [`Source::rows`] for some of it, and says with
//! [`Source::confirm`] what the hub has taken. What it has confirmed it remembers itself while it runs; the
//! database remembers it across a restart, a moment later.

use super::Said;
use crate::clock::Clock;
use crate::main_loop::Event;
use crate::store::outbox::{Lives, OutboxRow, OutboxState};
use crate::store::{HubOrder, Progress, QueryError, Reader, Resend};
use controller::ledger::Quality;
use controller::outbox::{LIVE_MS, Run};
use tokio::sync::{mpsc, watch};

/// Rows to send to one hub.
pub struct Source {
    hub: String,
    past: Reader,
    outbox: watch::Receiver<i64>,
    events: mpsc::Sender<Event>,
    clock: Clock,
}

/// Why there are no rows.
#[derive(Debug, thiserror::Error)]
pub enum SourceFault {
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] QueryError),
    /// The agent stops.
    #[error("the agent is stopping")]
    Stopping,
}

impl Source {
    /// Of the outbox, for a hub of this name.
    pub fn new(
        hub: String,
        past: &Reader,
        outbox: &watch::Receiver<i64>,
        events: &mpsc::Sender<Event>,
        clock: Clock,
    ) -> Self {
        Self { hub, past: past.clone(), outbox: outbox.clone(), events: events.clone(), clock }
    }

    /// The name of the hub.
    pub fn hub(&self) -> &str {
        &self.hub
    }

    /// What time it is on the campus, ms UTC.
    pub fn now_ms(&self) -> i64 {
        self.clock.now().0
    }

    /// Waits until the outbox grows.
    ///
    /// # Errors
    /// [`SourceFault::Stopping`].
    pub async fn grown(&mut self) -> Result<(), SourceFault> {
        self.outbox.changed().await.map_err(|_| SourceFault::Stopping)
    }

    /// Every incarnation of this database with its rows, oldest first, and what this hub has confirmed of
    /// each, as the database knows it.
    ///
    /// # Errors
    /// As [`SourceFault`] says.
    pub async fn lives(&mut self) -> Result<Vec<(Lives, Vec<Run>)>, SourceFault> {
        self.outbox.mark_unchanged();
        let hub = self.hub.clone();
        self.ask(move |past| {
            let OutboxState { lives, .. } = past.outbox()?;
            let with = |life: Lives| Ok((life.clone(), past.hub_had(&hub, life.id)?));
            lives.into_iter().map(with).collect()
        })
        .await
    }

    /// Rows after `after` and up to `upto`, as the outbox counts, at most `limit`; and how many were left
    /// out because they are damaged. Numbers between that have no row are gone.
    ///
    /// # Errors
    /// As [`SourceFault`] says.
    pub async fn rows(
        &self,
        after: i64,
        upto: i64,
        limit: u64,
    ) -> Result<(Vec<OutboxRow>, u64), SourceFault> {
        self.ask(move |past| past.outbox_rows(after, upto, limit)).await
    }

    /// The first number, as the outbox counts, that counts as live.
    ///
    /// # Errors
    /// As [`SourceFault`] says.
    pub async fn live_from(&self) -> Result<i64, SourceFault> {
        let since_ms = self.now_ms().saturating_sub(LIVE_MS);
        self.ask(move |past| past.outbox_since(since_ms)).await
    }

    /// What this hub shall get once more because somebody asked. What is left of it is said with
    /// [`Source::confirm`].
    ///
    /// # Errors
    /// As [`SourceFault`] says.
    pub async fn resends(&self) -> Result<Vec<Resend>, SourceFault> {
        let hub = self.hub.clone();
        self.ask(move |past| past.resends(&hub)).await
    }

    /// When the first row from `seq` on was made, ms UTC.
    ///
    /// # Errors
    /// As [`SourceFault`] says.
    pub async fn made(&self, seq: i64) -> Result<Option<i64>, SourceFault> {
        self.ask(move |past| past.outbox_made(seq)).await
    }

    /// The register of each of these meters at the end of a slot, Wh, and how good it is; nothing where the
    /// ledger has no such slot.
    ///
    /// # Errors
    /// As [`SourceFault`] says.
    pub async fn registers(
        &self,
        meters: Vec<String>,
        slot_ms: i64,
    ) -> Result<Vec<Option<(i64, Quality)>>, SourceFault> {
        self.ask(move |past| {
            let one = |meter: &String| {
                let slot = past.slots(meter, slot_ms, slot_ms.saturating_add(1))?.pop();
                let quality = |code| crate::recall::quality(code).unwrap_or(Quality::Incomplete);
                Ok(slot.map(|slot| (slot.register_wh, quality(slot.quality))))
            };
            meters.iter().map(one).collect()
        })
        .await
    }

    /// How much the outbox holds.
    ///
    /// # Errors
    /// As [`SourceFault`] says.
    pub async fn state(&self) -> Result<OutboxState, SourceFault> {
        self.ask(Reader::outbox).await
    }

    /// The hub has confirmed rows.
    ///
    /// # Errors
    /// [`SourceFault::Stopping`].
    pub async fn confirm(&self, progress: Progress) -> Result<(), SourceFault> {
        self.say(Said::Order(HubOrder::Confirmed(progress))).await
    }

    /// Tells the main loop.
    ///
    /// # Errors
    /// [`SourceFault::Stopping`].
    pub async fn say(&self, said: Said) -> Result<(), SourceFault> {
        self.events.send(Event::Hub(said)).await.map_err(|_| SourceFault::Stopping)
    }

    /// Asks the database on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, SourceFault> {
        let past = self.past.clone();
        match tokio::task::spawn_blocking(move || question(&past)).await {
            Ok(answer) => Ok(answer?),
            // The runtime ends, or the question panicked: nothing more can be asked.
            Err(_) => Err(SourceFault::Stopping),
        }
    }
}
