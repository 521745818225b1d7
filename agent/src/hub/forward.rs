//! The task of one hub: what it lacks, batch by batch, live rows first.

use super::Said;
use super::answer::{Failure, kept, numbered};
use super::resends::Resends;
use super::source::{Source, SourceFault};
use super::state::{Place, Standing};
use super::way::Way;
use crate::limits;
use crate::store::outbox::{Lives, OutboxRow, RefusedRow};
use crate::store::{HubOrder, Progress};
use batch::limits::{MISSING_MAX, ROWS_MAX};
use batch::{Code, Draft, Link, Pushed, Receipt};
use controller::outbox::{self, Lane, Pace, Run, Wanted};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Forwards to one hub.
pub struct Forwarder {
    source: Source,
    campus: wire::Id,
    way: Way,
    place: Place,
    nudges: mpsc::Receiver<()>,
    pace: Pace,
    turn: u64,
    /// What it has confirmed of each incarnation, as it counts; here first, in the database later.
    lives: Vec<(Lives, Vec<Run>)>,
    /// It was asked what it holds since it last failed.
    is_compared: bool,
    /// Only old rows go until so many batches are through: it asked for that.
    backlog_only: u32,
    /// Rows that cannot go at all; a batch names them as gone. As the outbox counts.
    unsendable: BTreeSet<i64>,
    resends: Resends,
    /// A new incarnation was begun because of what it said, and when.
    copied_at: Option<Instant>,
}

/// Rows on their way.
struct Sending {
    /// Which incarnation, by its position.
    life: usize,
    /// As the hub counts.
    run: Run,
    /// How many rows.
    rows: u64,
    lane: Lane,
    /// The last row, as the outbox counts.
    last: i64,
    packed: Vec<u8>,
}

impl Forwarder {
    /// Nothing was sent yet.
    pub(super) fn new(
        source: Source,
        campus: wire::Id,
        way: Way,
        place: Place,
        nudges: mpsc::Receiver<()>,
    ) -> Self {
        let seed = format!("{campus} {}", source.hub());
        let pace = Pace::new(ROWS_MAX as u64, u64::from(crc32fast::hash(seed.as_bytes())));
        Self {
            source,
            campus,
            way,
            place,
            nudges,
            pace,
            turn: 0,
            lives: Vec::new(),
            is_compared: false,
            backlog_only: 0,
            unsendable: BTreeSet::new(),
            resends: Resends::default(),
            copied_at: None,
        }
    }

    /// Until the agent stops.
    pub async fn run(mut self) {
        loop {
            match self.step().await {
                Ok(true) => {}
                Ok(false) => {
                    if self.rest().await.is_err() {
                        return;
                    }
                }
                Err(Failure::Stopping) => return,
                Err(failure) => {
                    if self.fail(failure).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Sends the next batch. `false` when the hub has everything.
    async fn step(&mut self) -> Result<bool, Failure> {
        self.look().await?;
        if !self.is_compared {
            self.compare().await?;
            self.is_compared = true;
            // It may have taken what it could not say.
            self.count().await?;
        }
        let Some(sending) = self.next().await? else {
            self.unsendable.clear();
            self.stand(Standing::Idle, String::new()).await?;
            return Ok(false);
        };
        if sending.packed.is_empty() {
            return self.too_large(&sending, Code::TooLarge, "larger than a batch may be").await;
        }
        let began = Instant::now();
        let bytes = sending.packed.len() as u64;
        let receipt = match self.way.send(sending.packed.clone()).await {
            Ok(receipt) => receipt,
            Err(Failure::TooLarge) => {
                return self.too_large(&sending, Code::TooLarge, "larger than the hub takes").await;
            }
            Err(Failure::Refused(code, why)) => return self.too_large(&sending, code, &why).await,
            Err(failure) => return Err(failure),
        };
        let took = began.elapsed();
        self.take(&sending, &receipt, took, bytes).await?;
        Ok(true)
    }

    /// What there is, as the database knows it; what was confirmed is known better here.
    async fn look(&mut self) -> Result<(), Failure> {
        let mut lives = self.source.lives().await?;
        if self.lives.first().is_some_and(|(first, _)| !first.is_same(lives.first())) {
            // Another database, begun because that one was damaged: nothing of it is known.
            self.lives.clear();
            self.resends = Resends::default();
            self.unsendable.clear();
        }
        for (life, had) in &mut lives {
            if let Some((_, known)) = self.lives.iter().find(|(known, _)| known.id == life.id) {
                had.clone_from(known);
            }
        }
        let last_of = |id| lives.iter().find(|(life, _)| life.id == id);
        let last_of = |id| last_of(id).map_or(0, |(life, _)| numbered(life, life.last));
        self.resends.learn(self.source.resends().await?, last_of);
        for (life, had) in &mut lives {
            *had = self.resends.out_of(life.id, std::mem::take(had));
        }
        self.lives = lives;
        for at in 0..self.lives.len() {
            self.keep(at, Vec::new(), false).await?;
        }
        self.count().await
    }

    /// Tells the database what the hub has of an incarnation, if that is news.
    async fn keep(
        &mut self,
        at: usize,
        refused: Vec<RefusedRow>,
        is_news: bool,
    ) -> Result<(), SourceFault> {
        let (life, had) = &self.lives[at];
        let again = self.resends.news(life.id);
        if !is_news && refused.is_empty() && again.is_empty() {
            return Ok(());
        }
        let (hub, incarnation) = (self.source.hub().to_owned(), life.id);
        let (had, at_ms) = (had.clone(), self.source.now_ms());
        self.source.confirm(Progress { hub, incarnation, had, at_ms, refused, again }).await
    }

    /// Says how much waits.
    async fn count(&mut self) -> Result<(), Failure> {
        let (mut waiting, mut first) = (0, None);
        for (life, had) in &self.lives {
            let last = numbered(life, life.last);
            waiting += outbox::waiting(had, last);
            let missing = outbox::next(had, last, last + 1, 0, 1);
            let oldest = missing.map(|wanted| kept(life, wanted.run.from));
            first = first.or(oldest);
        }
        let oldest_ms = match first {
            Some(seq) => self.source.made(seq).await?,
            None => None,
        };
        let watermark = self.lives.last().map_or(0, |(_, had)| outbox::watermark(had));
        self.place.update(|state| {
            (state.waiting, state.oldest_ms, state.watermark) = (waiting, oldest_ms, watermark);
        });
        Ok(())
    }

    /// Asks what the hub holds of every incarnation: it may have been restored from a backup, and so may
    /// this database.
    async fn compare(&mut self) -> Result<(), Failure> {
        for at in 0..self.lives.len() {
            let life = self.lives[at].0.clone();
            let receipt = self.way.held(&life).await?;
            let is_last = at + 1 == self.lives.len();
            if receipt.watermark > numbered(&life, life.last) && is_last {
                let told = receipt.watermark;
                let what = format!("the hub holds {told} rows; this database has written fewer");
                return Err(Failure::Copied(what));
            }
            let nothing = Run { from: 1, to: 0 };
            self.believe(at, nothing, &receipt, Vec::new()).await?;
        }
        Ok(())
    }

    /// What goes next: live rows of this incarnation, then what is left of older ones, then its own
    /// backlog.
    async fn next(&mut self) -> Result<Option<Sending>, Failure> {
        let Some(newest) = self.lives.len().checked_sub(1) else { return Ok(None) };
        let live_seq = self.source.live_from().await?;
        let rows = self.pace.rows();
        let mut found: Option<(usize, Wanted)> = None;
        for at in (0..=newest).rev() {
            let (life, had) = &self.lives[at];
            let last = numbered(life, life.last);
            let live_from = match (at == newest, self.backlog_only) {
                (true, 0) => numbered(life, live_seq),
                _ => last + 1,
            };
            let Some(wanted) = outbox::next(had, last, live_from, self.turn, rows) else {
                continue;
            };
            let is_older = found.is_none_or(|(_, before)| before.lane == Lane::Backlog);
            if is_older {
                found = Some((at, wanted));
            }
        }
        let Some((at, wanted)) = found else { return Ok(None) };
        self.turn += 1;
        self.backlog_only = self.backlog_only.saturating_sub(1);
        self.pack(at, wanted).await.map(Some)
    }

    /// The rows of a run as a batch. A run of which nothing is left goes as well: as what is gone.
    async fn pack(&self, at: usize, wanted: Wanted) -> Result<Sending, Failure> {
        let (life, had) = &self.lives[at];
        let Wanted { run, lane } = wanted;
        let Some(incarnation) = life.incarnation() else {
            return Err(Failure::Later(format!("incarnation `{}` is damaged", life.name), None));
        };
        let all = self.gap_of(had, life, run);
        let (rows, damaged) = self
            .source
            .rows(kept(life, run.from) - 1, kept(life, all.to), self.pace.rows())
            .await?;
        if damaged > 0 {
            tracing::error!(damaged, "rows of the outbox are damaged and cannot be sent");
        }
        let mut draft = Draft::new(self.campus, incarnation, run.from);
        let (mut is_full, mut last_row) = (false, 0);
        for OutboxRow { seq, row, prev, .. } in &rows {
            if self.unsendable.contains(seq) {
                continue;
            }
            let (canonical, stream) = (row.canonical(), row.stream.as_str());
            let (class, hash) = (row.class(), prev.then(&canonical));
            let seq = numbered(life, *seq);
            let link = Link { seq, stream, class, canonical: &canonical, prev: *prev, hash };
            is_full = draft.push(&link) == Pushed::Full;
            if is_full {
                break;
            }
            last_row = kept(life, seq);
        }
        // Fewer rows than asked for: the rest of the run is gone.
        let is_end = (rows.len() as u64) + damaged < self.pace.rows();
        if is_end && !is_full {
            draft.leave_out(all.to + 1);
        } else if draft.rows() == 0 && !is_full {
            // Nothing but rows that cannot go.
            let last = rows.last().map_or(run.to, |row| numbered(life, row.seq));
            draft.leave_out(last + 1);
        }
        let Some(span) = draft.span() else {
            return Err(Failure::Later("no row can be read".to_owned(), None));
        };
        let count = draft.rows() as u64;
        let packed = draft.pack().unwrap_or_default();
        let run = Run { from: span.from, to: span.to };
        Ok(Sending { life: at, run, rows: count, lane, last: last_row, packed })
    }

    /// The whole run that is missing from `run.from` on: rows that are gone cost nothing.
    fn gap_of(&self, had: &[Run], life: &Lives, run: Run) -> Run {
        let last = numbered(life, life.last);
        let next = had.iter().find(|it| it.from > run.from);
        Run { from: run.from, to: next.map_or(last, |next| next.from - 1).max(run.to) }
    }

    /// A receipt: remembers it, and says how fast it went.
    async fn take(
        &mut self,
        sending: &Sending,
        receipt: &Receipt,
        took: Duration,
        bytes: u64,
    ) -> Result<(), Failure> {
        let life = self.lives[sending.life].0.clone();
        if receipt.watermark > numbered(&life, life.last) {
            let told = receipt.watermark;
            return Err(Failure::Copied(format!(
                "the hub confirms {told} rows; this database has written fewer"
            )));
        }
        let now_ms = self.source.now_ms();
        let refused: Vec<RefusedRow> = receipt
            .refused
            .iter()
            .filter(|row| (sending.run.from..=sending.run.to).contains(&row.seq))
            .map(|row| RefusedRow {
                seq: kept(&life, row.seq),
                code: row.code.as_str().to_owned(),
                reason: row.reason.chars().take(limits::HUB_REASON_CHARS_MAX).collect(),
                at_ms: now_ms,
            })
            .collect();
        let count = refused.len() as u64;
        let before = outbox::waiting(&self.lives[sending.life].1, sending.run.to);
        self.resends.sent(life.id, sending.run);
        self.believe(sending.life, sending.run, receipt, refused).await?;
        if outbox::waiting(&self.lives[sending.life].1, sending.run.to) >= before {
            return Err(Failure::Later(
                "the hub confirms nothing of what it was sent".into(),
                None,
            ));
        }
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.pace.succeeded(ms);
        self.place.update(|state| {
            state.rows += sending.rows;
            state.batches += 1;
            state.bytes += bytes;
            state.refused += count;
            state.receipt_ms = Some(now_ms);
            let rate = sending.rows.saturating_mul(1000) / ms.max(1);
            state.rows_per_s =
                if state.rows_per_s == 0 { rate } else { (state.rows_per_s * 3 + rate) / 4 };
        });
        tracing::debug!(hub = self.source.hub(), lane = ?sending.lane, rows = sending.rows, ms, "sent");
        self.stand(Standing::Sending, String::new()).await
    }

    /// What the hub holds of an incarnation, by its own word.
    async fn believe(
        &mut self,
        at: usize,
        sent: Run,
        receipt: &Receipt,
        refused: Vec<RefusedRow>,
    ) -> Result<(), Failure> {
        let (life, had) = &mut self.lives[at];
        let missing: Vec<Run> =
            receipt.missing.iter().map(|span| Run { from: span.from, to: span.to }).collect();
        let now = outbox::take_receipt(had, sent, receipt.watermark, &missing, MISSING_MAX);
        let now = self.resends.out_of(life.id, now);
        if outbox::watermark(&now) < outbox::watermark(had) {
            tracing::warn!(
                hub = self.source.hub(),
                "the hub lacks rows that it had confirmed; sent again"
            );
        }
        let is_news = now != *had;
        *had = now;
        Ok(self.keep(at, refused, is_news).await?)
    }

    /// A batch that cannot go as it is goes in halves; a row that cannot go at all is put aside here.
    async fn too_large(
        &mut self,
        sending: &Sending,
        code: Code,
        why: &str,
    ) -> Result<bool, Failure> {
        if sending.rows > 1 {
            self.pace.too_large(sending.rows);
            return Ok(true);
        }
        let seq = sending.last;
        tracing::warn!(hub = self.source.hub(), seq, why, "a row cannot be sent");
        self.unsendable.insert(seq);
        let at_ms = self.source.now_ms();
        let reason = why.chars().take(limits::HUB_REASON_CHARS_MAX).collect();
        let row = RefusedRow { seq, code: code.as_str().to_owned(), reason, at_ms };
        self.place.update(|state| state.refused += 1);
        self.keep(sending.life, vec![row], true).await?;
        Ok(true)
    }

    /// Waits for rows, or for what a person asks. Now and then the hub is asked whether it still has all.
    async fn rest(&mut self) -> Result<(), SourceFault> {
        tokio::select! {
            grown = self.source.grown() => grown?,
            nudge = self.nudges.recv() => nudge.ok_or(SourceFault::Stopping)?,
            () = tokio::time::sleep(limits::HUB_COMPARE_EVERY) => self.is_compared = false,
        }
        Ok(())
    }

    /// Waits after a failure.
    async fn fail(&mut self, failure: Failure) -> Result<(), SourceFault> {
        self.is_compared = false;
        let (what, asked_ms) = match failure {
            Failure::Later(what, asked_ms) => (what, asked_ms),
            Failure::TooLarge => ("a batch is too large".to_owned(), None),
            Failure::Refused(code, why) => (format!("{code}: {why}"), None),
            Failure::Copied(what) => (self.copied(what).await?, None),
            Failure::Stopping => return Err(SourceFault::Stopping),
        };
        let pause_ms = self.pace.failed(asked_ms);
        let retry_ms = self.source.now_ms().saturating_add_unsigned(pause_ms);
        self.place.update(|state| {
            state.failures += 1;
            state.retry_ms = Some(retry_ms);
        });
        if let Err(Failure::Stopping) = self.stand(Standing::Failing, what).await {
            return Err(SourceFault::Stopping);
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            // A person who asks wants it tried now.
            nudge = self.nudges.recv() => nudge.ok_or(SourceFault::Stopping)?,
        }
        Ok(())
    }

    /// This database is a copy: what the hub did not confirm goes into a new incarnation. A hub that says
    /// so again and again is wrong, and is left alone.
    async fn copied(&mut self, what: String) -> Result<String, SourceFault> {
        if self.copied_at.is_some_and(|at| at.elapsed() < limits::HUB_COPIED_EVERY) {
            return Ok(what);
        }
        self.copied_at = Some(Instant::now());
        tracing::error!(
            hub = self.source.hub(),
            what,
            "this database is a copy; a new incarnation begins"
        );
        let base = self.lives.last().map_or(0, |(life, had)| kept(life, outbox::watermark(had)));
        self.lives.clear();
        let order = HubOrder::Copied { why: "hub".to_owned(), base: Some(base) };
        self.source.say(Said::Order(order)).await?;
        Ok(what)
    }

    /// How it stands; told to the main loop when it begins or ends to fail.
    async fn stand(&mut self, standing: Standing, what: String) -> Result<(), Failure> {
        let now_ms = self.source.now_ms();
        let turned = self.place.update(|state| {
            if state.standing != standing {
                state.since_ms = now_ms;
            }
            state.standing = standing;
            state.what.clone_from(&what);
            if standing != Standing::Failing {
                state.retry_ms = None;
            }
        });
        if turned {
            let hub = self.source.hub().to_owned();
            let wrong = (standing == Standing::Failing).then_some(what);
            self.source.say(Said::Standing(hub, wrong)).await?;
        }
        Ok(())
    }
}
