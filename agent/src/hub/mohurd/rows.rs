//! Rows of the outbox as a data centre sees them: which ask for a slot to be sent, and what is confirmed.

use super::Mohurd;
use super::pending::{Pending, runs};
use crate::hub::answer::{kept, numbered};
use crate::hub::source::SourceFault;
use crate::limits;
use crate::store::outbox::{Lives, RefusedRow};
use crate::store::{Progress, Resend};
use batch::Class;
use controller::outbox::{self, Run};

/// Slots that are looked up ahead of what is sent, and that are kept before the database is told.
const AHEAD_MAX: usize = 32;

impl Mohurd {
    /// Looks at rows of the outbox until enough slots wait or nothing is left: rows about other things are
    /// as good as confirmed.
    pub(super) async fn look(&mut self) -> Result<(), SourceFault> {
        let known = std::mem::take(&mut self.lives);
        self.lives = self.lives_or_wait().await?;
        if known.first().is_some_and(|(first, _)| !first.is_same(self.lives.first())) {
            // Another database, begun because that one was damaged: its rows have other numbers.
            self.seen.clear();
            self.taken.clear();
            self.pending = Pending::default();
            return self.look_from_here(Vec::new()).await;
        }
        self.look_from_here(known).await
    }

    async fn look_from_here(&mut self, known: Vec<(Lives, Vec<Run>)>) -> Result<(), SourceFault> {
        for (life, had) in &mut self.lives {
            if let Some((_, better)) = known.iter().find(|(other, _)| other.id == life.id) {
                had.clone_from(better);
            }
        }
        self.look_at_resends().await?;
        let last = self.lives.last().map_or(0, |(life, _)| life.last);
        let live_from = match self.source.live_from().await {
            Err(SourceFault::Stopping) => return Err(SourceFault::Stopping),
            // Then nothing is known to be live.
            live => live.unwrap_or(last + 1),
        };
        let mut passed = Vec::new();
        // What is live first, however much else waits.
        for from in [live_from, 1] {
            while from > 1 || self.pending.len() < AHEAD_MAX {
                let Some(run) = self.unseen(from, last) else { break };
                match self.look_at(run).await {
                    Err(SourceFault::Stopping) => return Err(SourceFault::Stopping),
                    Err(SourceFault::Store(_)) => break,
                    Ok(spans) => passed.extend(spans),
                }
            }
        }
        self.unsaid += usize::from(!passed.is_empty());
        self.confirm(&passed);
        self.count();
        Ok(())
    }

    /// Looks at the beginning of a run: what asks for a slot waits from now on; the rest is passed over.
    async fn look_at(&mut self, run: (i64, i64)) -> Result<Vec<(i64, i64)>, SourceFault> {
        let limit = limits::OUTBOX_READ_ROWS as u64;
        let (rows, damaged) = self.source.rows(run.0 - 1, run.1, limit).await?;
        if damaged > 0 {
            tracing::error!(damaged, "rows of the outbox are damaged and cannot be sent");
        }
        // Fewer than asked for: the rest of the run is gone, and nobody can be told of it.
        let is_end = (rows.len() as u64) + damaged < limit;
        let upto = if is_end { run.1 } else { rows.last().map_or(run.1, |row| row.seq) };
        let (mut passed, mut from) = (Vec::new(), run.0);
        for row in &rows {
            let is_ours = self.streams.contains_key(row.row.stream.as_str());
            if row.row.class() == Class::Quarter && is_ours {
                self.pending.add(row.row.slot_ms, row.row.span_s, row.seq);
                passed.extend((from < row.seq).then_some((from, row.seq - 1)));
                from = row.seq + 1;
            }
        }
        passed.extend((from <= upto).then_some((from, upto)));
        self.seen.push(Run { from: run.0 as u64, to: upto as u64 });
        self.seen = outbox::joined(std::mem::take(&mut self.seen));
        Ok(passed)
    }

    /// The first rows from `from` on that were neither looked at nor confirmed, as the outbox counts.
    fn unseen(&self, from: i64, last: i64) -> Option<(i64, i64)> {
        let mut known = self.seen.clone();
        for (life, had) in &self.lives {
            let as_kept = |run: &Run| Run {
                from: kept(life, run.from) as u64,
                to: kept(life, run.to) as u64,
            };
            known.extend(had.iter().map(as_kept));
        }
        let mut from = u64::try_from(from).unwrap_or(1).max(1);
        let mut to = u64::try_from(last).unwrap_or(0);
        for run in outbox::joined(known) {
            if run.from > from {
                to = to.min(run.from - 1);
                break;
            }
            from = from.max(run.to + 1);
        }
        (from <= to).then_some((from as i64, to as i64))
    }

    /// The centre has these rows, as the outbox counts, or need not have them.
    fn confirm(&mut self, spans: &[(i64, i64)]) {
        for (life, had) in &mut self.lives {
            let of_it = spans.iter().filter_map(|(from, to)| {
                let (from, to) = ((*from).max(life.base + 1), (*to).min(life.last));
                (from <= to).then(|| Run { from: numbered(life, from), to: numbered(life, to) })
            });
            had.extend(of_it);
            *had = outbox::joined(std::mem::take(had));
        }
    }

    /// Tells the database what the centre has. A crash before it sends some slots again, which changes
    /// nothing there; so it is told of many at once.
    pub(super) async fn remember(&mut self) -> Result<(), SourceFault> {
        if std::mem::take(&mut self.unsaid) == 0 {
            return Ok(());
        }
        self.say(Vec::new(), &[]).await
    }

    /// Of what is asked for again, `taken` by incarnation and id, nothing is left: it is missing from now on.
    async fn say(
        &mut self,
        refused: Vec<RefusedRow>,
        taken: &[(i64, i64)],
    ) -> Result<(), SourceFault> {
        let at_ms = self.source.now_ms();
        let mut refused = Some(refused);
        for (life, had) in &self.lives {
            let (hub, incarnation, had) = (self.source.hub().to_owned(), life.id, had.clone());
            let refused = refused.take().unwrap_or_default();
            let of_it = taken.iter().filter(|(of, _)| *of == incarnation);
            let again = of_it.map(|(_, id)| (*id, Vec::new())).collect();
            let progress = Progress { hub, incarnation, had, at_ms, refused, again };
            self.source.confirm(progress).await?;
        }
        Ok(())
    }

    pub(super) async fn kept(&mut self, slot_ms: i64) -> Result<(), SourceFault> {
        let rows = self.pending.kept(slot_ms);
        let (count, now_ms) = (rows.len() as u64, self.source.now_ms());
        self.place.update(|state| {
            state.rows += count;
            state.batches += 1;
            state.receipt_ms = Some(now_ms);
        });
        self.confirm(&spans(rows));
        self.count();
        self.unsaid += 1;
        if self.unsaid >= AHEAD_MAX { self.remember().await } else { Ok(()) }
    }

    pub(super) async fn refused(
        &mut self,
        slot_ms: i64,
        fault: Option<mohurd::EncodeFault>,
    ) -> Result<(), SourceFault> {
        let (rows, code, reason) = match fault {
            Some(fault) => (Some(self.pending.unsayable(slot_ms)), "unsayable", fault.to_string()),
            None => {
                let reason = "the data centre refuses this slot and takes others".to_owned();
                (self.pending.refused(slot_ms), "refused", reason)
            }
        };
        let Some(rows) = rows else {
            return self.fail("the data centre refuses what it is sent".to_owned()).await;
        };
        tracing::warn!(hub = self.source.hub(), slot_ms, reason, "a slot is put aside");
        let at_ms = self.source.now_ms();
        let aside = |seq: &i64| RefusedRow {
            seq: *seq,
            code: code.to_owned(),
            reason: reason.clone(),
            at_ms,
        };
        let refused: Vec<RefusedRow> = rows.iter().map(aside).collect();
        self.place.update(|state| state.refused += refused.len() as u64);
        self.confirm(&spans(rows));
        self.say(refused, &[]).await
    }

    /// What somebody asked for once more is taken from what the centre has; the database hears of both at once,
    /// so that a restart in between changes nothing.
    async fn look_at_resends(&mut self) -> Result<(), SourceFault> {
        let found = match self.source.resends().await {
            Err(SourceFault::Stopping) => return Err(SourceFault::Stopping),
            Err(SourceFault::Store(error)) => {
                tracing::warn!(hub = self.source.hub(), %error, "requests cannot be read");
                return Ok(());
            }
            Ok(found) => found,
        };
        self.taken.retain(|id| found.iter().any(|resend| resend.id == *id));
        let mut again = Vec::new();
        for Resend { id, incarnation, left, .. } in found {
            if !self.taken.insert(id) {
                continue;
            }
            again.push((incarnation, id));
            for (life, had) in self.lives.iter_mut().filter(|(life, _)| life.id == incarnation) {
                for run in &left {
                    *had = outbox::without(had, *run);
                    let (from, to) = (kept(life, run.from) as u64, kept(life, run.to) as u64);
                    self.seen = outbox::without(&self.seen, Run { from, to });
                }
            }
        }
        if again.is_empty() { Ok(()) } else { self.say(Vec::new(), &again).await }
    }

    /// Says how much waits.
    fn count(&mut self) {
        let waiting =
            |(life, had): &(Lives, Vec<Run>)| outbox::waiting(had, numbered(life, life.last));
        let waiting = self.lives.iter().map(waiting).sum();
        let watermark = self.lives.last().map_or(0, |(_, had)| outbox::watermark(had));
        self.place.update(|state| (state.waiting, state.watermark) = (waiting, watermark));
    }

    /// What there is; a database that does not answer is asked again when the outbox grows.
    pub(super) async fn lives_or_wait(&mut self) -> Result<Vec<(Lives, Vec<Run>)>, SourceFault> {
        loop {
            match self.source.lives().await {
                Err(SourceFault::Store(error)) => {
                    tracing::warn!(hub = self.source.hub(), %error, "the outbox cannot be read");
                    self.source.grown().await?;
                }
                answer => return answer,
            }
        }
    }
}

/// Numbers as spans, ascending.
fn spans(rows: Vec<i64>) -> Vec<(i64, i64)> {
    let as_is = |row: i64| u64::try_from(row).unwrap_or(0);
    runs(rows, as_is).into_iter().map(|run| (run.from as i64, run.to as i64)).collect()
}
