//! A simulated bus: every job takes as long as it would at 9,600 baud, a dead one its timeout.

use super::*;
use std::collections::BTreeMap;

/// One Eastron SDM72 at 9,600 8N1, two requests of 40 registers: (8 + 85 B) × 10 bits, turnaround
/// of 20 ms and gap of 4 ms each.
const READ_MS: Ms = 2 * ((8 + 85) * 10_000 / 9_600 + 20 + 4);
const TIMEOUT_MS: Ms = 500;

struct Sim {
    schedule: Schedule,
    now: Ms,
    /// When each job was read.
    reads: BTreeMap<usize, Vec<Ms>>,
    writes: Vec<(usize, Ms)>,
    dead: Vec<usize>,
    busy: Ms,
    use_pct: Vec<u8>,
}

impl Sim {
    fn new(jobs: usize, every: Ms, share_pct: u8, dead: &[usize]) -> Self {
        let mut schedule = Schedule::new(share_pct, 0);
        for nth in 0..jobs {
            schedule.add(every, nth as u64);
        }
        let (reads, writes, dead) = (BTreeMap::new(), Vec::new(), dead.to_vec());
        Self { schedule, now: 0, reads, writes, dead, busy: 0, use_pct: Vec::new() }
    }

    fn run_until(&mut self, end: Ms) {
        while self.now < end {
            match self.schedule.next(self.now) {
                Next::At(at) => {
                    assert!(at > self.now, "waiting for what is due");
                    self.now = at.min(end);
                }
                Next::Idle => self.now = end,
                Next::Read(job) => {
                    self.reads.entry(job.0).or_default().push(self.now);
                    let outcome = self.turn(job);
                    self.schedule.ended(job, outcome, self.now);
                }
                Next::Write(job) => {
                    self.writes.push((job.0, self.now));
                    let outcome = self.turn(job);
                    self.schedule.wrote(job, outcome, self.now);
                }
            }
            self.use_pct.push(self.schedule.use_pct(self.now));
        }
    }

    fn turn(&mut self, job: JobIx) -> Outcome {
        self.schedule.begin(job);
        let dead = self.dead.contains(&job.0);
        let took = if dead { TIMEOUT_MS } else { READ_MS };
        self.now += took;
        self.busy += took;
        self.schedule.spent(took, true, self.now);
        if dead { Outcome::Silent } else { Outcome::Answered }
    }
}

#[test]
fn a_dead_meter_among_twenty_delays_no_other_by_more_than_its_timeout() {
    const EVERY: Ms = 10_000;
    const HOUR: Ms = 3_600_000;
    let mut sim = Sim::new(20, EVERY, 80, &[7]);
    sim.run_until(HOUR);
    for (job, reads) in &sim.reads {
        if *job == 7 {
            continue;
        }
        assert!(reads.len() as Ms >= HOUR / EVERY, "job {job} was read {} times", reads.len());
        for pair in reads[2..].windows(2) {
            let gap = pair[1] - pair[0];
            assert!(gap.abs_diff(EVERY) <= TIMEOUT_MS + READ_MS, "job {job}: {gap} ms");
        }
    }
    let tries = &sim.reads[&7];
    println!(
        "20 meters at 9,600 baud every 10 s, one dead: bus in use {} %, {} ms a minute for the dead one",
        sim.busy * 100 / HOUR,
        tries.len() as Ms * TIMEOUT_MS * 60_000 / HOUR,
    );
    assert!(tries.len() <= 3 + 6 + 12, "{} tries in an hour", tries.len());
    assert!(tries.len() >= 12, "it must be found again within five minutes");
}

#[test]
fn cadence_does_not_drift() {
    let mut sim = Sim::new(3, 5_000, 80, &[]);
    sim.run_until(1_000_000);
    for reads in sim.reads.values() {
        let (second, last) = (reads[1], reads[reads.len() - 1]);
        assert_eq!((last - second) % 5_000, 0, "on the grid after {} reads", reads.len());
    }
}

#[test]
fn reads_that_were_missed_are_not_made_up_in_a_burst() {
    let mut sim = Sim::new(2, 1_000, 100, &[]);
    sim.run_until(10_000);
    // The bus was held for half a minute, by a probe for example.
    sim.now += 30_000;
    let resumed = sim.now;
    sim.run_until(resumed + 1_000);
    for (job, reads) in &sim.reads {
        let after = reads.iter().filter(|at| **at >= resumed).count();
        assert!(after <= 2, "job {job}: {after} reads in a second");
    }
}

#[test]
fn an_overloaded_bus_stays_within_its_share_and_starves_nobody() {
    for share in [20, 50, 80] {
        let mut sim = Sim::new(30, 1_000, share, &[]);
        sim.run_until(600_000);
        let most = sim.use_pct[sim.use_pct.len() / 2..].iter().max().copied().unwrap_or(0);
        assert!(most <= share + 2, "{most} % of {share} %");
        let counts: Vec<usize> = sim.reads.values().map(Vec::len).collect();
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        assert_eq!(counts.len(), 30);
        assert!(most - least <= 2, "{least} to {most} reads each");
    }
}

#[test]
fn a_write_goes_before_every_read_and_does_not_ask_the_budget() {
    let mut sim = Sim::new(10, 100, 10, &[]);
    sim.run_until(60_000);
    for nth in 0..20 {
        let asked = sim.now;
        sim.schedule.want_write(JobIx(3), asked);
        sim.run_until(asked + 1);
        assert_eq!(sim.writes.get(nth), Some(&(3, asked)));
        sim.run_until(asked + 777);
    }
}

#[test]
fn a_write_that_nobody_answers_is_tried_again_with_pauses_and_blocks_no_read() {
    let mut sim = Sim::new(4, 2_000, 80, &[0]);
    sim.schedule.want_write(JobIx(0), 0);
    sim.run_until(600_000);
    let tries = sim.writes.len();
    assert!((5..40).contains(&tries), "{tries} tries in ten minutes");
    assert!(sim.reads[&1].len() >= 298, "{} reads of a neighbour", sim.reads[&1].len());
    sim.dead.clear();
    sim.run_until(1_000_000);
    let done = sim.writes.len();
    sim.run_until(2_000_000);
    assert_eq!(sim.writes.len(), done, "once it is written it is not written again");
}

#[test]
fn a_line_that_is_down_is_nobodys_failure() {
    let mut schedule = Schedule::new(80, 0);
    let job = schedule.add(1_000, 1);
    for nth in 0..100 {
        schedule.begin(job);
        assert_eq!(schedule.ended(job, Outcome::LineDown, nth * 1_000), Turn::Same);
    }
    assert_eq!(schedule.breaker(job), (State::Closed, 0));
}

#[test]
fn a_device_that_was_silent_is_left_alone_until_a_late_reply_has_passed() {
    let mut schedule = Schedule::new(80, 0);
    let job = schedule.add(100, 1);
    schedule.ended(job, Outcome::Silent, 500);
    let rest = limits::BUS_LATE_REPLY.as_millis() as Ms;
    assert_eq!(schedule.next(600), Next::At(500 + rest));
}

#[test]
fn going_silent_and_coming_back_are_each_said_once() {
    let mut schedule = Schedule::new(80, 0);
    let job = schedule.add(1_000, 1);
    let mut turns = Vec::new();
    let outcomes = [[Outcome::Silent; 5].as_slice(), &[Outcome::Answered; 2]].concat();
    for (nth, outcome) in outcomes.into_iter().enumerate() {
        schedule.begin(job);
        turns.push(schedule.ended(job, outcome, nth as Ms * 400_000));
    }
    use Turn::{Back, Lost, Same};
    assert_eq!(turns, [Same, Same, Lost, Same, Same, Back, Same]);
}
