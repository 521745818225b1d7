//! Rows on their way to the disk, and everything that must wait until they are there.
//!
//! A batch is one transaction. With each go the PUBACKs, the `down/ack`s and the answers that are
//! given when it is committed, and only then. When to commit is decided here: by count, by time,
//! when a person waits, and when the broker's window is full, because then nothing comes any more
//! until we acknowledge.

use crate::api::{Answer, types};
use crate::mqtt::Receipt;
use crate::{limits, store};
use controller::{NodeIx, RoomIx, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use store::{Store, SubmitError};
use tokio::sync::oneshot;
use wire::Ack;

/// An answer that waits for a commit.
pub type Waiting = (Then, oneshot::Sender<Result<Answer, types::Problem>>);

/// What is answered once it is committed.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// The room as it is then.
    Room(RoomIx),
    /// What is imposed then.
    Events,
    /// That it is done.
    Done,
    /// That rules are in force, and which levels that changed.
    Ruled(Vec<types::PlannedLevel>),
}

/// What may be said once a batch is committed.
#[derive(Default)]
pub struct Done {
    /// PUBACKs.
    pub receipts: Vec<Receipt>,
    /// The furthest `down/ack` of every node in it, boot by boot: after a power cut a node sends what it
    /// kept of earlier boots too.
    pub acks: BTreeMap<(NodeIx, u32), Ack>,
    /// People who wait.
    pub answers: Vec<Waiting>,
    /// Postings: until then the database does not know them. Meter, slot, Wh.
    pub postings: Vec<(String, i64, i64)>,
}

/// Collects rows, and knows what waits for them.
pub struct Keeper {
    /// Where rows go.
    pub store: Store,
    /// How long a row waits at most.
    delay: Duration,
    next: Done,
    /// Handed over and not committed yet, oldest first.
    under_way: VecDeque<(u64, Done)>,
    /// When the oldest row that was not handed over came.
    since: Option<Instant>,
    hurry: bool,
    /// The writer has as many batches as it takes.
    busy: bool,
    /// The writer has ended: rows can only be sent again, to the next start of the agent.
    given_up: bool,
    window: Window,
    last_committed: u64,
    rows_since_checkpoint: u64,
    checkpoint_at: Instant,
}

impl Keeper {
    /// For a database that has just been opened, on a campus that runs `speed` times as fast.
    pub fn new(store: Store, speed: f64) -> Self {
        let delay = limits::COMMIT_DELAY.div_f64(speed.max(1.0)).max(limits::COMMIT_DELAY_MIN);
        Self {
            store,
            delay,
            next: Done::default(),
            under_way: VecDeque::new(),
            since: None,
            hurry: false,
            busy: false,
            given_up: false,
            window: Window::default(),
            last_committed: 0,
            rows_since_checkpoint: 0,
            checkpoint_at: Instant::now(),
        }
    }

    /// This delivery is acknowledged to the broker with the next commit.
    pub fn receipt(&mut self, receipt: Receipt) {
        self.next.receipts.push(receipt);
    }

    /// Frames of this node are acknowledged up to here with the next commit.
    pub fn ack(&mut self, node: NodeIx, ack: Ack) {
        self.next.acks.insert((node, ack.boot), ack);
    }

    /// Keeps an entry of the ledger.
    pub fn posting(&mut self, posting: store::Posting) {
        self.next.postings.push((posting.meter.clone(), posting.slot_ms, posting.energy_wh));
        self.store.posting(posting);
    }

    /// A person waits: answered with the next commit, which comes at once.
    pub fn answer_when_committed(
        &mut self,
        then: Then,
        answer: oneshot::Sender<Result<Answer, types::Problem>>,
    ) {
        self.next.answers.push((then, answer));
    }

    /// The next commit should not wait for more rows.
    pub fn hurry(&mut self) {
        self.hurry = true;
    }

    /// Room for another frame; without it a frame must not even be decided about, because it would
    /// be taken for a duplicate when it comes again.
    pub fn has_room(&self) -> bool {
        self.store.pending_rows() < limits::UNKEPT_ROWS_MAX
    }

    /// Energy of a meter's slots that are posted and not committed yet.
    pub fn uncommitted(&self, meter: &str) -> impl Iterator<Item = (i64, i64)> {
        let all = self.under_way.iter().map(|(_, done)| done).chain([&self.next]);
        all.flat_map(|done| &done.postings)
            .filter(move |(of, _, _)| of == meter)
            .map(|(_, slot_ms, energy_wh)| (*slot_ms, *energy_wh))
    }

    /// Hands rows over if it is time. Answers what may be said at once, because it waits for nothing.
    pub fn submit_when_due(
        &mut self,
        now: Timestamp,
        heard: Instant,
        at_once: bool,
    ) -> Option<Done> {
        if self.since.is_none() && self.waits() {
            self.since = Some(Instant::now());
        }
        if self.busy || self.given_up || !(at_once || self.is_due(heard)) {
            return None;
        }
        let rows = self.store.pending_rows() as u64;
        match self.store.submit(Some(now.0)) {
            Ok(Some(batch)) => {
                self.under_way.push_back((batch, std::mem::take(&mut self.next)));
                self.rows_since_checkpoint += rows;
            }
            // Only duplicates: they wait for the batch that holds the original, if there is one.
            Ok(None) => match self.under_way.back_mut() {
                Some((_, last)) => last.join(std::mem::take(&mut self.next)),
                None => {
                    self.since = None;
                    return Some(std::mem::take(&mut self.next));
                }
            },
            Err(SubmitError::Busy | SubmitError::Gone) => {
                self.busy = true;
                return None;
            }
        }
        self.since = None;
        self.hurry = false;
        None
    }

    /// A batch is on the disk; so are all before it.
    pub fn committed(&mut self, batch: u64) -> Done {
        self.busy = false;
        self.last_committed = batch;
        let mut done = Done::default();
        while self.under_way.front().is_some_and(|(number, _)| *number <= batch) {
            if let Some((_, earlier)) = self.under_way.pop_front() {
                done.join(earlier);
            }
        }
        done
    }

    /// Last batch that is on the disk.
    pub fn last_committed(&self) -> u64 {
        self.last_committed
    }

    /// When to look again, if nothing else happens before.
    pub fn due(&self, heard: Instant) -> Duration {
        if self.busy || !self.waits() {
            return Duration::from_secs(3600);
        }
        let full =
            self.since.map_or(self.delay, |since| self.delay.saturating_sub(since.elapsed()));
        if self.hurry || self.window.is_full(self.next.receipts.len()) {
            return Duration::ZERO;
        }
        if self.may_stall() {
            full.min(limits::STALL.saturating_sub(heard.elapsed()))
        } else {
            full
        }
    }

    /// Whether the controller's state should be saved with the next batch.
    pub fn checkpoint_is_due(&self) -> bool {
        self.rows_since_checkpoint >= limits::CHECKPOINT_ROWS
            || (self.rows_since_checkpoint > 0
                && self.checkpoint_at.elapsed() >= limits::CHECKPOINT_INTERVAL)
    }

    /// Saves the controller's state with the next batch.
    pub fn checkpoint(&mut self, now: Timestamp, state: Vec<u8>) {
        self.store.checkpoint(now.0, state);
        self.rows_since_checkpoint = 0;
        self.checkpoint_at = Instant::now();
    }

    /// Rows that are handled and not handed over.
    pub fn rows_waiting(&self) -> usize {
        self.store.pending_rows()
    }

    /// Frames that are handled and not handed over.
    pub fn frames_waiting(&self) -> usize {
        self.store.pending_frames()
    }

    /// Whether everything is on the disk and said.
    pub fn is_empty(&self) -> bool {
        self.given_up || (!self.waits() && self.under_way.is_empty())
    }

    /// Nothing will be committed any more.
    pub fn give_up(&mut self) {
        self.under_way.clear();
        self.next = Done::default();
        self.given_up = true;
    }

    fn waits(&self) -> bool {
        self.store.pending_rows() > 0 || !self.next.is_empty()
    }

    fn is_due(&mut self, heard: Instant) -> bool {
        let receipts = self.next.receipts.len();
        let stalled = self.may_stall() && heard.elapsed() >= limits::STALL;
        self.window.learn(receipts, stalled);
        let late = self.since.is_some_and(|since| since.elapsed() >= self.delay);
        self.hurry || stalled || late || self.store.is_full() || self.window.is_full(receipts)
    }

    /// Several deliveries wait for us and no commit is under way: silence may be our own doing.
    fn may_stall(&self) -> bool {
        self.under_way.is_empty() && self.next.receipts.len() >= limits::STALL_DELIVERIES_MIN
    }
}

impl Done {
    fn join(&mut self, later: Self) {
        self.receipts.extend(later.receipts);
        self.acks.extend(later.acks);
        self.answers.extend(later.answers);
        self.postings.extend(later.postings);
    }

    fn is_empty(&self) -> bool {
        self.receipts.is_empty() && self.acks.is_empty() && self.answers.is_empty()
    }
}

/// How many deliveries the broker sends before it waits for the first PUBACK, as far as is known.
///
/// Mosquitto's default is 20, whatever the client asks for. With a batch that waits for a full
/// second that would be 20 frames a second; so the window is learnt from the silence it causes.
#[derive(Default)]
struct Window {
    deliveries: Option<usize>,
}

impl Window {
    /// `waiting` deliveries wait; `stalled` when nothing has come for a while since.
    fn learn(&mut self, waiting: usize, stalled: bool) {
        if stalled {
            self.deliveries = Some(waiting);
        } else if self.deliveries.is_some_and(|known| waiting > known) {
            self.deliveries = None;
        }
    }

    fn is_full(&self, waiting: usize) -> bool {
        self.deliveries.is_some_and(|known| waiting >= known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_nobody_can_keep_any_more_do_not_hold_up_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = store::Limits { ballast_bytes: 0, ..store::Limits::default() };
        let opened = store::open(&folder.path().join("campus.db"), limits, 0).expect("a database");
        let mut keeper = Keeper::new(opened.store, 1.0);
        keeper.store.resumed(0);
        assert!(!keeper.is_empty(), "a row waits");
        keeper.give_up();
        assert!(keeper.is_empty(), "a loop that waits for it would never end");
    }

    #[test]
    fn a_window_is_learnt_from_silence_and_forgotten_when_it_was_none() {
        let mut window = Window::default();
        window.learn(20, false);
        assert!(!window.is_full(20), "nothing is known yet");
        window.learn(20, true);
        assert!(window.is_full(20) && !window.is_full(19));
        window.learn(21, false);
        assert!(!window.is_full(500), "more than the window came: it was a pause");
    }
}
