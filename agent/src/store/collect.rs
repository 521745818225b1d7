//! Rows on their way into a batch, and batches on their way to the writer.

use super::SubmitError;
use super::ledger::{
    Incident, Judge, NewIncident, Posting, Reading, Repair, RepairRecord, Replace, RoomSlot,
    TooManyRows, WITHDRAWAL, Withdraws,
};
use super::names::{Kind, Names, NewName};
use super::outbox::{HubOrder, Measure, NewLife, Progress, Terms};
use super::pack::{self, Key};
use super::query::Reader;
use super::reading::{self, LoggedRepair};
use super::rows::{
    Batch, Calibrate, Change, Command, LogRow, LossRecord, NewCheckpoint, NewConfiguration,
    Unclaimed, Wish, kind,
};
use super::rules::{InForce, NewRules, RulesChange, RulesVersion};
use crate::limits;
use serde::Serialize;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;

/// Collects rows into batches and hands them to the writer.
///
/// Rows of the log are replayed in the order in which they were added; add each exactly when the
/// controller is told.
#[derive(Debug)]
pub struct Store {
    names: Names,
    pub(super) pending: Batch,
    submitted: u64,
    writer: Option<Link>,
    reader: Reader,
    is_summed: bool,
    /// Only to save an allocation per frame.
    fields: String,
}

/// The way to the writer's thread.
#[derive(Debug)]
pub(super) struct Link {
    pub batches: SyncSender<Box<Batch>>,
    pub stop: SyncSender<()>,
    pub thread: JoinHandle<()>,
}

impl Store {
    pub(super) fn new(names: Names, writer: Link, reader: Reader) -> Self {
        Self {
            names,
            pending: Batch::default(),
            submitted: 0,
            writer: Some(writer),
            reader,
            is_summed: false,
            fields: String::new(),
        }
    }

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
    pub fn hello(
        &mut self,
        at_ms: i64,
        node: &str,
        hello: &wire::Hello<'_>,
        condition: &wire::Condition<'_>,
    ) {
        let node = self.number(Kind::Node, node);
        let key = Key { at_ms, kind: kind::HELLO, node, boot: hello.boot, seq: 0 };
        let mut payload = [0; wire::PAYLOAD_BYTES_MAX];
        // Documented: 768 bytes always suffice. A body that is cut would be counted at replay.
        let length = hello.emit_with(condition, &mut payload).unwrap_or(0);
        self.plain(key, &payload[..length]);
    }

    /// Keeps what became of settings or of a command.
    pub fn outcome(&mut self, at_ms: i64, node: &str, outcome: &wire::Outcome<'_>) {
        let node = self.number(Kind::Node, node);
        let key = Key { at_ms, kind: kind::OUTCOME, node, boot: outcome.boot, seq: 0 };
        let mut payload = [0; wire::PAYLOAD_BYTES_MAX];
        // Documented: 224 bytes always suffice.
        let length = outcome.emit(&mut payload).unwrap_or(0);
        self.plain(key, &payload[..length]);
    }

    /// Keeps what a node was told to do once.
    pub fn command(&mut self, at_ms: i64, command: &Command) {
        self.decision(at_ms, kind::COMMAND, command);
    }

    /// Keeps a person's wish: an override, or, without a level, its end.
    pub fn wish(&mut self, at_ms: i64, wish: &Wish) {
        let kind = if wish.set.is_some() { kind::OVERRIDE } else { kind::AUTO };
        self.decision(at_ms, kind, wish);
    }

    /// Keeps that a person has the lamps of a room measured.
    pub fn calibrate(&mut self, at_ms: i64, calibrate: &Calibrate) {
        self.decision(at_ms, kind::CALIBRATE, calibrate);
    }

    /// Keeps that the agent had not listened for a while: it began, or its machine slept.
    pub fn resumed(&mut self, at_ms: i64) {
        self.plain(Key { at_ms, kind: kind::RESUMED, node: 0, boot: 0, seq: 0 }, &[]);
    }

    /// Keeps that something was decided by nothing but time, or that the agent ends: what was due
    /// until then has happened.
    pub fn passed(&mut self, at_ms: i64) {
        self.plain(Key { at_ms, kind: kind::PASSED, node: 0, boot: 0, seq: 0 }, &[]);
    }

    /// Keeps a register that was polled.
    pub fn reading(&mut self, at_ms: i64, meter: &str, reading: &Reading<'_>) {
        let node = self.number(Kind::Meter, meter);
        let start = self.pending.bytes.len();
        reading::pack(reading, at_ms, &mut self.pending.bytes);
        self.seal(Key { at_ms, kind: kind::READING, node, boot: 0, seq: 0 }, start);
    }

    /// Keeps that a meter was replaced: in the log, and for good as a decision.
    pub fn replace(&mut self, at_ms: i64, replace: &Replace) {
        self.decision(at_ms, kind::REPLACE, replace);
        let when = (replace.at_ms, replace.at_ms);
        let why = (&*replace.by, &*replace.why);
        self.decided(at_ms, &replace.meter, "replace", replace, when, why);
    }

    /// Keeps what a person thinks of a doubtful reading: in the log, and for good as a decision.
    pub fn judge(&mut self, at_ms: i64, judge: &Judge) {
        self.decision(at_ms, kind::JUDGE, judge);
        let why = (&*judge.by, &*judge.why);
        self.decided(at_ms, &judge.meter, "judge", judge, (at_ms, at_ms), why);
    }

    /// Keeps a repair: the log row, the decision, its rows, its incidents, what it withdraws.
    ///
    /// # Errors
    /// [`TooManyRows`] above [`limits::REPAIR_ROWS_MAX`]; then nothing is kept.
    pub fn repair(&mut self, at_ms: i64, record: RepairRecord) -> Result<(), TooManyRows> {
        let RepairRecord { meter, rows, incidents, withdrawn, .. } = &record;
        if rows.len() > limits::REPAIR_ROWS_MAX {
            return Err(TooManyRows(rows.len()));
        }
        self.decision(at_ms, kind::REPAIR, &LoggedRepair::new(meter, rows, incidents));
        let number = self.number(Kind::Meter, meter);
        let at = Some(self.pending.repairs.len());
        let all = withdrawn.iter().map(|id| withdrawal(meter, *id, at_ms));
        for incident in incidents.iter().cloned().chain(all) {
            self.pending.incidents.push(NewIncident { meter: number, incident, repair: at });
        }
        let RepairRecord { meter, from_ms, to_ms, judgement, by, why, .. } = record;
        let (before_wh, after_wh) = (record.before_wh, record.after_wh);
        let id = 0;
        let repair =
            Repair { id, at_ms, meter, from_ms, to_ms, judgement, by, why, before_wh, after_wh };
        self.pending.repairs.push((number, repair));
        record.rows.into_iter().for_each(|row| self.posting(row));
        Ok(())
    }

    /// Keeps an entry of the energy ledger.
    pub fn posting(&mut self, posting: Posting) {
        let meter = self.number(Kind::Meter, &posting.meter);
        self.pending.postings.push((meter, posting));
    }

    /// Keeps what happened to a register.
    pub fn incident(&mut self, incident: Incident) {
        let meter = self.number(Kind::Meter, &incident.meter);
        self.pending.incidents.push(NewIncident { meter, incident, repair: None });
    }

    /// Keeps what the time of a room was spent on.
    pub fn room_slot(&mut self, slot: RoomSlot) {
        let room = self.number(Kind::Room, &slot.room);
        self.pending.room_slots.push((room, slot));
    }

    /// Keeps what sensors and meters said in a slot.
    pub fn measure(&mut self, measure: Measure) {
        let room = measure.room.as_ref().map(|room| self.number(Kind::Room, room));
        let meter = measure.meter.as_ref().map(|meter| self.number(Kind::Meter, meter));
        self.pending.measures.push((room, meter, measure));
    }

    /// From now on summaries are made, of this.
    pub fn summarise(&mut self, terms: Terms) {
        self.is_summed = true;
        self.pending.is_summed = true;
        self.pending.terms = Some(Box::new(terms));
    }

    /// Whether summaries are made.
    pub fn is_summed(&self) -> bool {
        self.is_summed
    }

    /// Keeps what a hub said, or a person asks about hubs.
    pub fn hub(&mut self, order: HubOrder) {
        match order {
            HubOrder::Confirmed(progress) => {
                let same = |other: &Progress| {
                    (&other.hub, other.incarnation) == (&progress.hub, progress.incarnation)
                };
                // The later one of a batch says it all but what was refused before.
                match self.pending.progress.iter_mut().find(|other| same(other)) {
                    Some(earlier) => {
                        let refused = std::mem::take(&mut earlier.refused);
                        let mut again = std::mem::take(&mut earlier.again);
                        again.retain(|(id, _)| progress.again.iter().all(|(later, _)| id != later));
                        *earlier = progress;
                        earlier.refused.extend(refused);
                        earlier.again.extend(again);
                    }
                    None => self.pending.progress.push(progress),
                }
            }
            HubOrder::Again(from_ms, to_ms) => self.pending.again.push((from_ms, to_ms)),
            HubOrder::Resend(asked) => self.pending.asked.push(asked),
            HubOrder::Copied { why, base } => {
                self.pending.copied = Some(NewLife { why, base, ..NewLife::default() });
            }
            HubOrder::Begin(life) => self.pending.copied = Some(life),
        }
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

    /// Keeps the configuration that holds for every log row added from now on.
    /// `campus_crc` is over what was made of it.
    pub fn configuration(
        &mut self,
        at_ms: i64,
        (text, rules): (String, Option<String>),
        campus_crc: u32,
    ) {
        let after = self.pending.log.len();
        let new = NewConfiguration { after, at_ms, text, rules, campus_crc };
        self.pending.configuration = Some(new);
    }

    /// Keeps that other rules are in force: with a row of the log, unless an agent takes them at its start,
    /// before every row that it adds; and the version, where it is new.
    pub fn rules(&mut self, version: Option<RulesVersion>, change: RulesChange) {
        let (at_ms, live) = (change.at_ms, change.came_live());
        let in_force: InForce = change.in_force.clone();
        let after = self.pending.log.len();
        self.pending.rules.push(NewRules { after, version, change });
        if live {
            self.decision(at_ms, kind::RULES, &in_force);
        }
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
        self.pending.is_summed = self.is_summed;
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
        let dictionary = self.names.of(kind);
        if let Some(number) = dictionary.number(name) {
            return number;
        }
        let number = dictionary.add(name);
        self.pending.names.push(NewName { kind, number, name: name.into() });
        number
    }

    /// A log row of what a person decided.
    pub(super) fn decision(&mut self, at_ms: i64, kind: u8, what: &impl Serialize) {
        // Text and integers only: this cannot fail, and an empty body would be counted at replay.
        let body = serde_json::to_vec(what).unwrap_or_default();
        self.plain(Key { at_ms, kind, node: 0, boot: 0, seq: 0 }, &body);
    }

    /// A decision that changes no closed slot.
    fn decided(
        &mut self,
        at_ms: i64,
        meter: &str,
        verb: &str,
        what: &impl Serialize,
        (from_ms, to_ms): (i64, i64),
        (by, why): (&str, &str),
    ) {
        let number = self.number(Kind::Meter, meter);
        let repair = Repair {
            id: 0,
            at_ms,
            meter: meter.to_owned(),
            from_ms,
            to_ms,
            judgement: serde_json::json!({ verb: what }).to_string(),
            by: by.to_owned(),
            why: why.to_owned(),
            before_wh: 0,
            after_wh: 0,
        };
        self.pending.repairs.push((number, repair));
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

/// A row that only says that the incident `id` no longer holds.
fn withdrawal(meter: &str, id: i64, at_ms: i64) -> Incident {
    Incident {
        meter: meter.to_owned(),
        kind: WITHDRAWAL,
        from_ms: at_ms,
        at_ms,
        before_wh: 0,
        after_wh: 0,
        jump_wh: 0,
        withdraws: Withdraws::Id(id),
    }
}
