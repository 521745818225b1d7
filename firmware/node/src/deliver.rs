//! What is published, and what is asked of the frame log for it.
//!
//! In this order: hello, answers, frames that are made now, frames of earlier boots, the rest of this boot's. The
//! log is asked for one record at a time; what it gives is published in the same call or asked for
//! again.

use crate::backlog::{Backlog, Moment};
use crate::gone::Gone;
use crate::kept;
use crate::limits::{FORGET_FRAMES, FORGET_SPACING_MS, RECALL_MS_MAX};
use crate::link::Next;
use crate::log::{Key, LogState};
use crate::{Millis, Node, Out, What, count};
use wire::frame::READINGS_MAX;
use wire::{Condition, Frame, Full, Hello, Loss, Mode, Reading, Reset, Sample};

/// The frame log as the node uses it.
pub(crate) struct Logs {
    pub backlog: Backlog,
    /// What the board was asked for, and until when it may take.
    asked: Option<(Asked, Millis)>,
    /// Everything up to here may go, and the board was told so; the next time not before.
    forgotten: Key,
    forget_at: Millis,
    /// A frame was kept before the time was known.
    pub undated: bool,
    /// Something could be sent that did not fit.
    again: bool,
}

/// For whom a record was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The first one behind this key.
    Backlog(Option<Key>),
    /// A frame of this boot that is no longer in memory.
    Live(u32),
}

impl Logs {
    pub fn new(boot: u32, log: LogState, gone: Gone) -> Self {
        let backlog = Backlog::new(boot, Some(log), gone);
        let forgotten = match log.held {
            Some((oldest, _)) => Key { boot: oldest.boot, seq: oldest.seq.saturating_sub(1) },
            None => Key { boot, seq: 0 },
        };
        Self { backlog, asked: None, forgotten, forget_at: 0, undated: false, again: false }
    }

    /// The log is about to overwrite everything up to `key`.
    pub fn shed(&mut self, key: Key) {
        self.forgotten = self.forgotten.max(key);
    }

    /// When something is due.
    pub fn deadline(&self, settled: Option<Key>, alive: bool, now: Millis) -> Option<Millis> {
        let forget = settled.filter(|key| *key > self.forgotten).map(|_| self.forget_at);
        let asked = self.asked.map(|(_, until)| until);
        let again = self.again.then_some(now);
        [forget, asked, again, self.backlog.deadline(alive)].into_iter().flatten().min()
    }
}

impl<const RING: usize> Node<RING> {
    /// Sends what may be sent, as far as it fits; `recalled` is what the log gave.
    pub(crate) fn send(&mut self, recalled: Option<Option<&[u8]>>, now: Millis, out: &mut Out) {
        let alive = self.lamps.alive(now);
        if self.link.step(&mut self.ring, alive, now) {
            count(&mut self.counters.given_up);
        }
        let fits = self.say(out) && self.send_live(now, out).is_ok();
        self.send_backlog(recalled, fits, now, out);
        if self.orders.restarts(now) && !self.restarted {
            self.restarted = true;
            self.save(now, out);
            out.restart();
        }
    }

    /// Hello and answers. False when something did not fit.
    #[inline(never)]
    fn say(&mut self, out: &mut Out) -> bool {
        if !self.link.is_connected() {
            return true;
        }
        if self.link.next(&self.ring) == Some(Next::Hello) {
            let said =
                out.publish(What::Hello, |bytes| self.hello().emit_with(&self.condition(), bytes));
            if said.is_err() {
                return false;
            }
            self.link.sent(Next::Hello, self.now);
        }
        while let Some(outcome) = self.orders.next(self.boot, self.tuning.version()) {
            if out.publish(What::Result, |bytes| outcome.emit(bytes)).is_err() {
                return false;
            }
            self.orders.sent();
        }
        true
    }

    /// Frames of this boot that are in memory.
    #[inline(never)]
    fn send_live(&mut self, now: Millis, out: &mut Out) -> Result<(), Full> {
        while let Some(next @ (Next::Frame(seq) | Next::Fresh(seq) | Next::Again(seq))) =
            self.link.next(&self.ring)
        {
            if self.ring.has(seq) {
                self.publish(seq, out)?;
                self.sent(next, seq, now);
            } else if matches!(next, Next::Fresh(_)) {
                // Left memory before it fitted: it is looked for when it is the oldest.
                self.link.sent(next, now);
            } else {
                break;
            }
        }
        Ok(())
    }

    /// One frame of this boot that is in memory.
    #[inline(never)]
    fn publish(&self, seq: u32, out: &mut Out) -> Result<(), Full> {
        let record = self.ring.get(seq).unwrap_or_default();
        let named = |(slot, sample): &(u8, Sample)| {
            let (quantity, channel) = self.slots.name(*slot)?;
            Some(Reading { quantity, channel, sample: *sample })
        };
        let mut readings = heapless::Vec::<_, READINGS_MAX>::new();
        readings.extend(record.readings.iter().filter_map(named));
        let frame = self.frame(seq, record.up, readings);
        out.publish(What::Frame, |bytes| frame.emit(bytes))
    }

    /// Frames that only the log has.
    fn send_backlog(
        &mut self,
        recalled: Option<Option<&[u8]>>,
        fits: bool,
        now: Millis,
        out: &mut Out,
    ) {
        if self.logs.is_none() {
            return;
        }
        let at = self.moment(now);
        if let Some(logs) = &mut self.logs {
            logs.again = !fits;
            logs.backlog.step(at);
        }
        if let Some(bytes) = recalled {
            self.recalled(bytes, at, out);
        }
        self.tell_losses(at, out);
        self.ask(at, out);
        let settled = self.settled();
        if let Some(logs) = &mut self.logs
            && let Some(key) = settled.filter(|key| *key > logs.forgotten)
        {
            let many =
                key.boot != logs.forgotten.boot || key.seq - logs.forgotten.seq >= FORGET_FRAMES;
            if now >= logs.forget_at || (many && logs.forget_at < now + FORGET_SPACING_MS / 5) {
                logs.forgotten = key;
                logs.forget_at = now + FORGET_SPACING_MS;
                out.forget(key);
            }
        }
        self.counters.resent_old = self.logs.as_ref().map_or(0, |logs| logs.backlog.resent);
        self.counters.given_up_old = self.logs.as_ref().map_or(0, |logs| logs.backlog.given_up);
    }

    /// The board gave what it was asked for.
    fn recalled(&mut self, bytes: Option<&[u8]>, at: Moment, out: &mut Out) {
        let Some(logs) = &mut self.logs else { return };
        let Some((asked, _)) = logs.asked.take() else { return };
        match asked {
            Asked::Backlog(after) => self.recalled_old(after, bytes, at, out),
            Asked::Live(seq) => self.recalled_live(seq, bytes, at.now, out),
        }
    }

    // Both apart, because each has a frame on the stack.
    #[inline(never)]
    fn recalled_old(
        &mut self,
        after: Option<Key>,
        bytes: Option<&[u8]>,
        at: Moment,
        out: &mut Out,
    ) {
        let Some(logs) = &mut self.logs else { return };
        // Another one may be wanted by now: the connection broke, or an acknowledgement came.
        if logs.backlog.wants(at) != Some(after) {
            return;
        }
        let found = bytes.and_then(kept::unpack);
        let Some(frame) = logs.backlog.recalled(found.as_ref(), at) else { return };
        match out.publish(What::Frame, |bytes| frame.emit(bytes)) {
            Ok(()) => logs.backlog.sent(frame.seq, at),
            Err(Full) => logs.again = true,
        }
    }

    #[inline(never)]
    fn recalled_live(&mut self, seq: u32, bytes: Option<&[u8]>, now: Millis, out: &mut Out) {
        let next = match self.link.next(&self.ring) {
            Some(next @ (Next::Frame(wanted) | Next::Again(wanted))) if wanted == seq => next,
            _ => return,
        };
        let found = bytes.and_then(kept::unpack);
        let found = found.filter(|found| found.key.boot == self.boot && found.key.seq >= seq);
        match found {
            Some(found) if found.key.seq == seq => {
                let frame = self.frame(seq, found.up, found.readings);
                match out.publish(What::Frame, |bytes| frame.emit(bytes)) {
                    Ok(()) => self.sent(next, seq, now),
                    Err(Full) => self.logs.iter_mut().for_each(|logs| logs.again = true),
                }
            }
            // A hole in the log: what stands before it is still on its way, so it waits for its turn.
            _ if seq > self.ring.oldest() => self.link.skip(seq),
            found => {
                let next = found.map_or(self.ring.cached(), |found| found.key.seq);
                self.shed_live(next.saturating_sub(1));
            }
        }
    }

    /// Losses that no frame carries.
    #[inline(never)]
    fn tell_losses(&mut self, at: Moment, out: &mut Out) {
        let Some(logs) = &mut self.logs else { return };
        logs.backlog.opens(at);
        let Some((boot, seq, lost)) = logs.backlog.tells(at) else { return };
        let frame = empty(boot, seq, lost);
        match out.publish(What::Frame, |bytes| frame.emit(bytes)) {
            Ok(()) => logs.backlog.sent(seq, at),
            Err(Full) => logs.again = true,
        }
    }

    /// Asks the board for the record that is wanted next.
    fn ask(&mut self, at: Moment, out: &mut Out) {
        let live = match self.link.next(&self.ring) {
            Some(Next::Frame(seq) | Next::Again(seq)) if !self.ring.has(seq) => Some(seq),
            _ => None,
        };
        let Some(logs) = &mut self.logs else { return };
        if logs.asked.is_some_and(|(_, until)| at.now < until) {
            return;
        }
        logs.asked = None;
        let until = at.now + RECALL_MS_MAX;
        if let Some(key) = logs.backlog.wants(at) {
            logs.asked = Some((Asked::Backlog(key), until));
            out.recall(key);
        } else if let Some(seq) = live {
            logs.asked = Some((Asked::Live(seq), until));
            out.recall(Some(Key { boot: self.boot, seq: seq - 1 }));
        }
    }

    /// The log overwrites, or no longer has, frames of this boot up to `seq`.
    pub(crate) fn shed_live(&mut self, seq: u32) {
        // What is still in memory is lost too, should the supply go.
        self.save_due |= seq >= self.ring.oldest();
        let given_up = self.ring.shed(seq);
        self.counters.given_up = self.counters.given_up.saturating_add(given_up);
        self.link.follow(&self.ring);
    }

    fn sent(&mut self, next: Next, seq: u32, now: Millis) {
        self.ring.sent(seq);
        if matches!(next, Next::Again(_)) {
            count(&mut self.counters.resent);
        }
        self.link.sent(next, now);
    }

    pub(crate) fn moment(&self, now: Millis) -> Moment {
        Moment {
            now,
            utc: self.time_of(now),
            alive: self.link.is_connected() && self.lamps.alive(now),
            resend_ms: self.settings.resend_ms,
        }
    }

    /// The last record of the log that nobody needs any more.
    pub(crate) fn settled(&self) -> Option<Key> {
        self.logs.as_ref().and_then(|logs| logs.backlog.settled(self.ring.oldest()))
    }

    fn frame<'a>(
        &self,
        seq: u32,
        up: Millis,
        readings: heapless::Vec<Reading<'a>, READINGS_MAX>,
    ) -> Frame<'a> {
        Frame {
            boot: self.boot,
            seq,
            oldest: self.ring.oldest(),
            t: self.time_of(up),
            up,
            sent: self.now,
            lost: self.ring.lost(),
            readings,
            unknown: 0,
        }
    }

    fn hello(&self) -> Hello<'_> {
        Hello {
            boot: self.boot,
            online: true,
            firmware: &self.settings.firmware,
            board: &self.settings.board,
            profile: &self.settings.profile,
            reset: self.settings.reset,
            channels: self.settings.lamps.iter().map(|id| id.as_str()).collect(),
        }
    }

    fn condition(&self) -> Condition<'_> {
        let clean = matches!(self.settings.reset, Reset::Asked | Reset::Update);
        let lost = Some(self.lost_wh_max).filter(|wh| *wh > 0 && !clean);
        Condition {
            panic: Some(self.panic.as_str()).filter(|panic| !panic.is_empty()),
            mode: self.starts.mode,
            settings: self.tuning.told(),
            energy_lost_wh_max: lost,
            refused: self.counters.refused,
            untold: self.logs.as_ref().map_or(0, |logs| logs.backlog.gone.untold),
        }
    }

    /// How much of its work it does; it stays as it is until the next start. In core mode the
    /// board starts no sensors.
    pub const fn mode(&self) -> Mode {
        self.starts.mode
    }
}

/// A frame that carries nothing but a loss of its boot.
fn empty(boot: u32, seq: u32, lost: Loss) -> Frame<'static> {
    Frame {
        boot,
        seq,
        oldest: seq,
        t: None,
        up: 0,
        sent: 0,
        lost: Some(lost),
        readings: heapless::Vec::new(),
        unknown: 0,
    }
}
