//! What a bus does next: writes at once, reads in their cadence, dead devices rarely.
//!
//! Pure: told what time it is and what became of a turn. A *job* is one device that is asked in a
//! fixed cadence. Its moments lie on a grid that never drifts, and one that was missed is left out:
//! late reads are not made up in bursts, because a register is cumulative.

use super::airtime::Airtime;
use super::breaker::{Breaker, Ms, State};
use crate::limits;

/// One job, counted from 0 in the order they were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobIx(pub usize);

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Write what is wanted of this job.
    Write(JobIx),
    /// Read it.
    Read(JobIx),
    /// Nothing until then.
    At(Ms),
    /// Nothing until something is asked for.
    Idle,
}

/// What became of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The device answered, be it with an exception that does not matter.
    Answered,
    /// It answered, and refuses.
    Refused,
    /// It did not answer in time; it may still, so it is left alone for a while.
    Silent,
    /// The line was to blame.
    LineDown,
}

/// What a turn changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As before.
    Same,
    /// It answered after a while of silence.
    Back,
    /// It counts as silent from now.
    Lost,
}

#[derive(Clone, Debug)]
struct Job {
    every: Ms,
    /// Where its grid begins.
    phase: Ms,
    due: Ms,
    /// A late reply may come until then.
    rest_until: Ms,
    breaker: Breaker,
    /// Whether it can be read at all.
    reads: bool,
    /// A write is wanted, and not before.
    write: Option<Ms>,
}

/// The plan of one bus.
#[derive(Clone, Debug)]
pub struct Schedule {
    jobs: Vec<Job>,
    airtime: Airtime,
    started: Ms,
}

impl Schedule {
    /// Without jobs; reads use at most `share_pct` percent of the time.
    pub fn new(share_pct: u8, now: Ms) -> Self {
        Self { jobs: Vec::new(), airtime: Airtime::new(share_pct, now), started: now }
    }

    /// One more device, asked every `every` ms (at least 1), for the first time at once. `seed`
    /// tells its pauses from those of other devices.
    pub fn add(&mut self, every: Ms, seed: u64) -> JobIx {
        let (breaker, due) = (Breaker::new(seed), self.started);
        let (every, reads, write) = (every.max(1), true, None);
        self.jobs.push(Job { every, phase: 0, due, rest_until: 0, breaker, reads, write });
        // Spread over the cadence, so that equal jobs do not all come at once.
        let count = self.jobs.len() as Ms;
        for (nth, job) in self.jobs.iter_mut().enumerate() {
            job.phase = self.started + job.every * nth as Ms / count;
        }
        JobIx(self.jobs.len() - 1)
    }

    /// This device cannot be read, only written.
    pub fn never_read(&mut self, job: JobIx) {
        self.jobs[job.0].reads = false;
    }

    /// Something is to be written; before any read, and whatever the budget says. A device that is
    /// left alone is written when its turn comes.
    pub fn want_write(&mut self, job: JobIx, now: Ms) {
        let job = &mut self.jobs[job.0];
        let at = now.max(job.breaker.not_before());
        job.write = Some(job.write.map_or(at, |other| other.min(at)));
    }

    /// What to do now.
    pub fn next(&mut self, now: Ms) -> Next {
        let writes = self.jobs.iter().enumerate().filter_map(|(ix, job)| Some((job.write?, ix)));
        let write = writes.min();
        if let Some((_, ix)) = write.filter(|(at, _)| *at <= now) {
            return Next::Write(JobIx(ix));
        }
        let reads = self.jobs.iter().enumerate().filter(|(_, job)| job.reads);
        let read = reads.map(|(ix, job)| (job.ready_at(), ix)).min();
        let read = read.map(|(at, ix)| (at.max(self.airtime.free_at(now)), ix));
        match (read, write) {
            (Some((at, ix)), _) if at <= now => Next::Read(JobIx(ix)),
            (Some((at, _)), Some((write, _))) => Next::At(at.min(write)),
            (Some((at, _)), None) | (None, Some((at, _))) => Next::At(at),
            (None, None) => Next::Idle,
        }
    }

    /// A turn begins.
    pub fn begin(&mut self, job: JobIx) {
        self.jobs[job.0].breaker.tried();
    }

    /// A read has ended at `now`.
    pub fn ended(&mut self, job: JobIx, outcome: Outcome, now: Ms) -> Turn {
        let job = &mut self.jobs[job.0];
        // The first read was out of its cadence, so the second must not follow on its heels.
        let earliest = if job.due == self.started { now + job.every / 2 } else { now };
        job.due = job.moment_after(earliest);
        job.note(outcome, now)
    }

    /// A write has ended at `now`: done, or wanted again after a pause.
    pub fn wrote(&mut self, job: JobIx, outcome: Outcome, now: Ms) -> Turn {
        let job = &mut self.jobs[job.0];
        let turn = job.note(outcome, now);
        job.write = match outcome {
            Outcome::Answered => None,
            _ => Some(job.breaker.not_before().max(now + limits::BUS_WRITE_RETRY_MS)),
        };
        // What the lamps are at is asked soon after what they were told.
        job.due = job.due.min(now);
        turn
    }

    /// The bus was busy for `took` ms, until now. Reads pay for it, unless they had their turn before.
    pub fn spent(&mut self, took: Ms, reads_pay: bool, now: Ms) {
        self.airtime.spent(took, reads_pay, now);
    }

    /// The line came back.
    pub fn line_is_back(&mut self, now: Ms) {
        self.jobs.iter_mut().for_each(|job| job.breaker.forgive(now));
    }

    /// Share of the last minute that the bus was busy, in percent.
    pub fn use_pct(&mut self, now: Ms) -> u8 {
        self.airtime.use_pct(now)
    }

    /// Where the breaker of a device stands, and how often it failed in a row.
    pub fn breaker(&self, job: JobIx) -> (State, u32) {
        let breaker = &self.jobs[job.0].breaker;
        (breaker.state(), breaker.failures())
    }
}

impl Job {
    fn ready_at(&self) -> Ms {
        self.due.max(self.rest_until).max(self.breaker.not_before())
    }

    /// The next moment of the grid after `now`.
    fn moment_after(&self, now: Ms) -> Ms {
        if now < self.phase {
            return self.phase;
        }
        self.phase + ((now - self.phase) / self.every + 1) * self.every
    }

    fn note(&mut self, outcome: Outcome, now: Ms) -> Turn {
        match outcome {
            Outcome::Answered => {
                let was_lost = self.breaker.state() != State::Closed;
                self.breaker.succeeded();
                if was_lost { Turn::Back } else { Turn::Same }
            }
            // Not the device's fault: it is asked again when the line is back.
            Outcome::LineDown => Turn::Same,
            Outcome::Silent | Outcome::Refused => {
                if outcome == Outcome::Silent {
                    self.rest_until = now + limits::BUS_LATE_REPLY.as_millis() as Ms;
                }
                if self.breaker.failed(now) { Turn::Lost } else { Turn::Same }
            }
        }
    }
}

#[cfg(test)]
mod tests;
