//! Frames of earlier boots that lie in the log: sent with the boot and number of then, one boot after
//! the other, oldest first, and forgotten when they are acknowledged.
//!
//! However many boots there are, memory holds what belongs to the oldest only:
//!
//! ```text
//! forgotten │ the boot being sent: acked │ lost │ oldest … sent … │ further boots │ this boot
//! ```
//!
//! - Nothing is sent while the agent is away or the time is not known: a frame must not pass for new.
//! - A frame from before its boot knew the time is dated by a later frame of that boot. When there
//!   is none, the whole boot cannot be dated: it is given up, as a counted loss. So are frames
//!   older than the agent believes ([`AGE_MS_MAX`]).
//! - What was given up rides in the frames that follow; where none follows, an empty frame
//!   behind the last one carries it.
//! - A frame that a living agent does not acknowledge after [`RESENDS_MAX`] resends of one connection is given
//!   up; when it acknowledged nothing of that boot, so is the boot.

use crate::Millis;
use crate::gone::Gone;
use crate::kept::Recalled;
use crate::limits::{
    AGE_MS_MAX, AHEAD_MS_MAX, RESEND_MS_MAX, RESENDS_MAX, TIME_MS_MAX, WINDOW_FRAMES,
};
use crate::log::{Key, LogState};
use wire::{Frame, Loss};

/// What earlier boots left in the log.
#[derive(Clone, Debug)]
pub(crate) struct Backlog {
    /// The present boot.
    boot: u32,
    /// Everything up to here is done, or belongs to `row`.
    done: Option<Key>,
    /// There may be frames of earlier boots behind `done`.
    more: bool,
    row: Option<Row>,
    /// Losses of boots that are not being sent.
    pub gone: Gone,
    /// Something was given up that is not saved yet.
    pub unsaved: bool,
    /// Frames given up since the start.
    pub given_up: u32,
    /// Frames sent again since the start.
    pub resent: u32,
}

/// The boot being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    boot: u32,
    /// Oldest frame that is held, and next one to send on this connection.
    oldest: u32,
    next: u32,
    /// The last frame, once it is known that there is no further one.
    end: Option<u32>,
    lost: Option<Loss>,
    clock: Option<i64>,
    stage: Stage,
    /// Something of it was acknowledged.
    heard: bool,
    resends: u8,
    wait_ms: u32,
    resend_at: Option<Millis>,
    again: bool,
}

/// What is done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Looking for a frame that knew the time; none up to here does.
    Dating(u32),
    /// Looking for the end of a boot that is given up.
    Ending(u32),
    Sending,
}

/// The world as far as the backlog must know it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub now: Millis,
    /// Now, ms UTC.
    pub utc: Option<i64>,
    /// The connection stands and the agent lives.
    pub alive: bool,
    pub resend_ms: u32,
}

impl Backlog {
    /// What the log holds at the start of `boot`, and what was not told before.
    pub fn new(boot: u32, log: Option<LogState>, gone: Gone) -> Self {
        let oldest = log.and_then(|log| log.held).map(|(oldest, _)| oldest.boot);
        Self {
            boot,
            done: None,
            more: oldest.is_some_and(|oldest| oldest < boot),
            row: None,
            gone,
            unsaved: false,
            given_up: 0,
            resent: 0,
        }
    }

    /// The loss of the boot being sent, for what is saved.
    pub fn loss(&self) -> Option<(u32, Loss)> {
        self.row.and_then(|row| Some((row.boot, row.lost?)))
    }

    /// The last record that nobody needs any more; `None` while nothing is known, `oldest` of the present
    /// boot when nothing older is left.
    pub fn settled(&self, oldest: u32) -> Option<Key> {
        match (&self.row, self.more) {
            // A loss without frames lies before everything that is still in the log.
            (Some(row), more) if !(more && row.end.is_some_and(|end| row.oldest > end)) => {
                Some(Key { boot: row.boot, seq: row.oldest - 1 })
            }
            (_, true) => self.done,
            (_, false) => Some(Key { boot: self.boot, seq: oldest - 1 }),
        }
    }

    /// The connection stands: everything that is not acknowledged goes out again.
    pub fn connected(&mut self, resend_ms: u32) {
        if let Some(row) = &mut self.row {
            row.next = row.oldest;
            // What a broken connection swallowed was not refused by the agent.
            (row.again, row.resend_at, row.resends, row.wait_ms) = (false, None, 0, resend_ms);
        }
    }

    /// An acknowledgement of an earlier boot. False when it says nothing new.
    pub fn ack(&mut self, boot: u32, seq: u32, resend_ms: u32, now: Millis) -> bool {
        let Some(row) = self.row.as_mut().filter(|row| row.boot == boot) else { return false };
        let told = row.lost;
        let news = row.ack(seq, resend_ms, now);
        // What was told is not to be told again after a power cut.
        self.unsaved |= told != row.lost;
        self.close();
        news
    }

    /// The log is about to overwrite frames of an earlier boot.
    pub fn shed(&mut self, boot: u32, frames: Loss) {
        let row = self.row.filter(|row| row.boot == boot && !row.is_told());
        let before = self.given_up;
        match row {
            Some(mut row) => {
                self.given_up = self.given_up.saturating_add(row.give_up(frames.to));
                match &mut row.stage {
                    Stage::Dating(at) | Stage::Ending(at) => *at = (*at).max(frames.to),
                    Stage::Sending => {}
                }
                self.row = Some(row);
            }
            None if self.done.is_none_or(|done| Key { boot, seq: frames.to } > done) => {
                let from = match self.done {
                    Some(done) if done.boot == boot => frames.from.max(done.seq.saturating_add(1)),
                    _ => frames.from,
                };
                let lost = Loss { from, to: frames.to };
                self.gone.add(boot, lost);
                self.given_up = self.given_up.saturating_add(lost.count());
                self.done = Some(Key { boot, seq: frames.to });
            }
            None => {}
        }
        self.unsaved |= self.given_up != before;
    }

    /// Resends that are due, and boots that are done.
    pub fn step(&mut self, at: Moment) {
        let resends = self.row.is_some_and(|row| row.resend_at.is_some_and(|due| at.now >= due));
        if !at.alive || !resends {
            return;
        }
        let Some(row) = &mut self.row else { return };
        row.resend_at = None;
        if row.resends < RESENDS_MAX {
            row.resends += 1;
            row.again = row.next > row.oldest;
            return;
        }
        row.resends = 0;
        if row.is_told() {
            // Even the loss is refused there: it stays as a number.
            let count = row.lost.map_or(0, Loss::count);
            row.lost = None;
            self.gone.untold = self.gone.untold.saturating_add(count);
        } else if row.heard {
            let oldest = row.oldest;
            self.given_up = self.given_up.saturating_add(row.give_up(oldest));
            row.again = row.next > row.oldest;
        } else {
            row.stage = Stage::Ending(row.oldest);
        }
        self.unsaved = true;
        self.close();
    }

    /// The record to ask the board for, if any: the first behind this key.
    pub fn wants(&self, at: Moment) -> Option<Option<Key>> {
        if !at.alive || at.utc.is_none() {
            return None;
        }
        let Some(row) = self.row else { return self.more.then_some(self.done) };
        let behind = |seq: u32| Some(Some(Key { boot: row.boot, seq }));
        match row.stage {
            Stage::Dating(seq) | Stage::Ending(seq) => behind(seq),
            Stage::Sending if row.is_told() => None,
            Stage::Sending if row.again => behind(row.oldest - 1),
            Stage::Sending if row.is_open() => behind(row.next - 1),
            Stage::Sending => None,
        }
    }

    /// A loss that no frame carries, to be sent now: boot, number and loss.
    pub fn tells(&self, at: Moment) -> Option<(u32, u32, Loss)> {
        let row = self.row.filter(|row| at.alive && at.utc.is_some() && row.is_told())?;
        let due = row.again || row.next == row.oldest;
        due.then_some((row.boot, row.oldest, row.lost?))
    }

    /// A loss without frames is due although nothing was asked for.
    pub fn opens(&mut self, at: Moment) {
        if self.row.is_some() || self.more || !at.alive {
            return;
        }
        if let Some(boot) = self.gone.first().filter(|boot| *boot != self.boot)
            && let Some(lost) = self.gone.take(boot)
        {
            self.row = Some(Row::told(boot, lost, at.resend_ms));
        }
    }

    /// The board gave what [`Backlog::wants`] asked for. The frame to publish, if it is one.
    pub fn recalled<'a>(&mut self, found: Option<&Recalled<'a>>, at: Moment) -> Option<Frame<'a>> {
        let found = found.filter(|found| found.key.boot < self.boot);
        let Some(mut row) = self.row else {
            self.open(found, at);
            return self.first(found?, at);
        };
        let Some(found) = found.filter(|found| found.key.boot == row.boot) else {
            self.given_up = self.given_up.saturating_add(row.ends());
            self.unsaved |= row.lost.is_some();
            self.row = Some(row);
            self.close();
            return None;
        };
        match row.stage {
            Stage::Ending(_) => row.stage = Stage::Ending(found.key.seq),
            Stage::Dating(_) if found.clock.is_none() => row.stage = Stage::Dating(found.key.seq),
            Stage::Dating(_) => (row.clock, row.stage) = (found.clock, Stage::Sending),
            Stage::Sending => {
                self.row = Some(row);
                return self.first(found, at);
            }
        }
        self.row = Some(row);
        None
    }

    /// It was published; a frame that did not fit is asked for again.
    pub fn sent(&mut self, seq: u32, at: Moment) {
        let Some(row) = &mut self.row else { return };
        if row.again && seq == row.oldest {
            self.resent = self.resent.saturating_add(1);
            row.again = false;
            row.wait_ms = row.wait_ms.saturating_mul(2).min(RESEND_MS_MAX);
            row.resend_at = Some(at.now + Millis::from(row.wait_ms));
        }
        row.next = row.next.max(seq + 1);
        row.resend_at = row.resend_at.or(Some(at.now + Millis::from(row.wait_ms)));
    }

    /// When a resend is due; never while the agent is away.
    pub fn deadline(&self, alive: bool) -> Option<Millis> {
        self.row.filter(|_| alive).and_then(|row| row.resend_at)
    }

    /// The next boot of the log, or one that lost everything before it.
    fn open(&mut self, found: Option<&Recalled<'_>>, at: Moment) {
        let boot = found.map(|found| found.key.boot);
        let gone = self.gone.first().filter(|gone| boot.is_none_or(|boot| *gone < boot));
        if let Some(gone) = gone.filter(|gone| *gone != self.boot)
            && let Some(lost) = self.gone.take(gone)
        {
            self.row = Some(Row::told(gone, lost, at.resend_ms));
            return;
        }
        let Some(found) = found else {
            self.more = false;
            return;
        };
        let mut row = Row::new(found.key, at.resend_ms);
        row.lost = self.gone.take(row.boot);
        // What was given up before may still lie there.
        row.oldest = row.oldest.max(row.lost.map_or(0, |lost| lost.to + 1));
        row.next = row.oldest;
        row.clock = found.clock;
        row.stage = match found.clock {
            Some(_) => Stage::Sending,
            None => Stage::Dating(found.key.seq.max(row.oldest - 1)),
        };
        self.row = Some(row);
    }

    /// The frame of a record, when it may be sent now; what cannot be sent is given up as soon as it
    /// is the oldest.
    fn first<'a>(&mut self, found: &Recalled<'a>, at: Moment) -> Option<Frame<'a>> {
        let row = self.row.as_mut().filter(|row| row.boot == found.key.boot)?;
        if row.stage != Stage::Sending || found.key.seq < row.oldest {
            return None;
        }
        let wanted = if row.again { row.oldest } else { row.next };
        let t = found.clock.or(row.clock).and_then(|clock| clock.checked_add_unsigned(found.up));
        let t = t.filter(|t| is_believed(*t, at.utc));
        let lost_to = match t {
            None => found.key.seq,
            Some(_) => found.key.seq - 1,
        };
        if wanted == row.oldest && lost_to >= row.oldest {
            let given_up = row.give_up(lost_to);
            self.given_up = self.given_up.saturating_add(given_up);
            self.unsaved = true;
        }
        if t.is_none() {
            row.again = false;
            row.next = row.next.max(found.key.seq + 1);
            return None;
        }
        // A gap in the middle is given up when everything before it is acknowledged.
        row.next = if row.again { row.next } else { found.key.seq };
        Some(Frame {
            boot: row.boot,
            seq: found.key.seq,
            oldest: row.oldest,
            t,
            up: found.up,
            sent: found.up,
            lost: row.lost,
            readings: found.readings.clone(),
            unknown: 0,
        })
    }

    /// A boot of which nothing is left to tell is done.
    fn close(&mut self) {
        let Some(row) = self.row else { return };
        let Some(end) = row.end.filter(|end| row.oldest > *end && row.lost.is_none()) else {
            return;
        };
        self.done = self.done.max(Some(Key { boot: row.boot, seq: end }));
        self.row = None;
    }
}

impl Row {
    fn new(first: Key, resend_ms: u32) -> Self {
        Self {
            boot: first.boot,
            oldest: first.seq.max(1),
            next: first.seq.max(1),
            end: None,
            lost: None,
            clock: None,
            stage: Stage::Sending,
            heard: false,
            resends: 0,
            wait_ms: resend_ms,
            resend_at: None,
            again: false,
        }
    }

    /// A boot of which only a loss is left.
    fn told(boot: u32, lost: Loss, resend_ms: u32) -> Self {
        let mut row = Self::new(Key { boot, seq: lost.to.saturating_add(1) }, resend_ms);
        (row.end, row.lost) = (Some(lost.to), Some(lost));
        row
    }

    /// No frame is left; only a loss may be.
    fn is_told(&self) -> bool {
        self.end.is_some_and(|end| self.oldest > end)
    }

    /// One more frame may be on its way.
    fn is_open(&self) -> bool {
        self.end.is_none_or(|end| self.next <= end) && self.next - self.oldest < WINDOW_FRAMES
    }

    fn ack(&mut self, seq: u32, resend_ms: u32, now: Millis) -> bool {
        // Its own boot may have sent more than this one has: only the end is known, if that.
        let told = u32::from(self.is_told());
        let possible = seq < u32::MAX && self.end.is_none_or(|end| seq <= end + told);
        let known = seq < self.oldest && self.lost.is_none_or(|lost| seq < lost.from);
        if !possible || known {
            return false;
        }
        self.lost = match self.lost {
            Some(lost) if seq >= lost.to => None,
            Some(lost) if seq >= lost.from => Some(Loss { from: seq + 1, to: lost.to }),
            lost => lost,
        };
        if self.is_told() {
            // The frame that told the loss is none of the boot's own.
            self.lost = self.lost.filter(|_| seq < self.oldest);
        } else {
            self.oldest = self.oldest.max(seq + 1);
        }
        // The scan for a time goes on behind what is done.
        if let Stage::Dating(at) | Stage::Ending(at) = &mut self.stage {
            *at = (*at).max(self.oldest - 1);
        }
        self.next = self.next.max(self.oldest);
        (self.heard, self.resends, self.wait_ms, self.again) = (true, 0, resend_ms, false);
        let in_flight = self.next > self.oldest;
        self.resend_at = in_flight.then_some(now + Millis::from(resend_ms));
        true
    }

    /// Gives everything up to `to` up, and says how many frames that were.
    fn give_up(&mut self, to: u32) -> u32 {
        if to < self.oldest {
            return 0;
        }
        let from = self.oldest;
        self.lost = Some(Loss { from: self.lost.map_or(from, |lost| lost.from), to });
        self.oldest = to.saturating_add(1);
        self.next = self.next.max(self.oldest);
        to - from + 1
    }

    /// There is no further frame. Says how many are given up by that.
    fn ends(&mut self) -> u32 {
        let given_up = match self.stage {
            Stage::Dating(last) | Stage::Ending(last) => {
                self.end = Some(last.max(self.oldest - 1));
                self.give_up(last)
            }
            // The oldest was asked for again, and it and all behind it are no longer there.
            Stage::Sending if self.again => {
                let last = self.next - 1;
                self.end = Some(last);
                self.give_up(last)
            }
            Stage::Sending => {
                self.end = Some(self.next - 1);
                0
            }
        };
        self.stage = Stage::Sending;
        if self.is_told() {
            (self.next, self.again, self.resend_at) = (self.oldest, false, None);
        }
        given_up
    }
}

/// Whether the agent would take `t` for the time it is.
fn is_believed(t: i64, utc: Option<i64>) -> bool {
    let possible = (0..=TIME_MS_MAX as i64).contains(&t);
    possible && utc.is_some_and(|utc| t >= utc - AGE_MS_MAX && t <= utc + AHEAD_MS_MAX)
}
