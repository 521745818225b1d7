//! Lines cut at every byte and at a thousand moments of chance, receivers and agents killed, the database
//! crashed: hub set = agent set.

use super::District;
use super::upstream::Upstream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use system_tests::balancer::{Balancer, Cut};
use system_tests::broker_line::BrokerLine;
use system_tests::sender::{Campus, Chance, Forwarder, Step};
use system_tests::wait;

/// Campuses of the district.
const CAMPUSES: usize = 20;

/// Lines that are cut at moments of chance.
const CUTS: u64 = 1_000;

/// The same before a broker: fewer, as each costs a connection and a subscription, and some of them seconds of waiting for a
/// receipt that is lost.
const CAMPUSES_AT_A_BROKER: usize = 6;
const CUTS_AT_A_BROKER: u64 = 200;

/// Rows of each campus; more than these only to have enough lines to cut.
fn rows_per_campus() -> usize {
    match std::env::var("CAMPUS_HUB_ROWS") {
        Ok(text) => text.parse().expect("CAMPUS_HUB_ROWS is a number"),
        Err(_) => 500,
    }
}

#[test]
fn a_line_may_break_at_every_byte_of_a_batch() {
    let district = District::start("bytes", 1);
    let mut chance = Chance(7);
    let mut campus = Campus::new("north", 7);
    district.admit(&campus);
    let mut tries = 0;
    for on_the_way_back in [false, true] {
        for at in 0.. {
            // A new batch for every byte, so that each cut meets rows that the hub does not hold.
            campus.grow(3, 2, &mut chance);
            let cut = if on_the_way_back {
                Cut { down: at, ..Cut::NEVER }
            } else {
                Cut { up: at, ..Cut::NEVER }
            };
            let before = district.balancer.cuts();
            let mut cuts = [cut].into_iter();
            district.balancer.cut(move |_| cuts.next().unwrap_or(Cut::NEVER));
            let mut forwarder = Forwarder::new(district.balancer.port(), 3);
            forwarder.varied = false;
            // It believes that the hub is where it was, and so its first request is the batch.
            forwarder.believe(campus.rows.len() as u64 - 3);
            while matches!(forwarder.step(&campus, &mut chance), Step::More) {}
            tries += 1;
            if district.balancer.cuts() == before {
                // It went through whole: this was the last byte.
                break;
            }
        }
    }
    let rows = district.holds_exactly(&[campus]);
    println!(
        "cut after each of {tries} bytes of request and answer: {rows} rows sent, {rows} held, 0 lost, 0 doubled"
    );
    assert!(tries > 500, "{tries} bytes are no batch with its answer");
}

#[test]
fn twenty_campuses_three_receivers_and_everything_breaks() {
    let mut district = District::start("storm", 3);
    let mut campuses = campuses(CAMPUSES, &district);
    let line = Arc::clone(&district.balancer);
    let over_http = |port, rows_max| Forwarder::new(port, rows_max);
    let seen = storm(&mut campuses, &line, (CUTS, 60), over_http, &mut |strike| match strike {
        Strike::Database => {
            district.postgres.crash();
            district.postgres.again();
        }
        Strike::Receiver(at) => district.kill(at),
        Strike::Again(at) => district.again(at),
    });
    tell(&seen, &campuses, &district, &line);
}

#[test]
fn six_campuses_three_receivers_and_a_broker_that_forgets() {
    let mut upstream = Upstream::start("storm-broker");
    let mut district = upstream.district("storm-broker", 3);
    let mut campuses = campuses(CAMPUSES_AT_A_BROKER, &district);
    let line = Arc::clone(&upstream.line);
    let over_a_broker = |port, rows_max| Forwarder::over(Box::new(BrokerLine::new(port)), rows_max);
    let mut turn = 0;
    let seen = storm(&mut campuses, &line, (CUTS_AT_A_BROKER, 25), over_a_broker, &mut |strike| {
        match strike {
            // The database and the broker in turn: what the broker had accepted is gone.
            Strike::Database => {
                turn += 1;
                if turn % 3 == 0 {
                    district.postgres.crash();
                    district.postgres.again();
                } else {
                    upstream.broker.kill();
                    upstream.broker.again();
                }
            }
            Strike::Receiver(at) => district.kill(at),
            Strike::Again(at) => district.again(at),
        }
    });
    tell(&seen, &campuses, &district, &line);
}

/// Campuses that may send, with rows.
fn campuses(count: usize, district: &District) -> Vec<Campus> {
    let mut chance = Chance(20);
    let campus = |at| {
        let mut campus = Campus::new(&format!("campus-{at}"), 100 + at as u64);
        campus.grow(rows_per_campus(), 6, &mut chance);
        district.admit(&campus);
        campus
    };
    (0..count).map(campus).collect()
}

/// What strikes; what was killed comes again before the next strike.
#[derive(Clone, Copy, Debug)]
enum Strike {
    Receiver(usize),
    Again(usize),
    Database,
}

/// All send until everything is there and so many lines were cut, and everything breaks, each time after so many answers.
fn storm(
    campuses: &mut [Campus],
    line: &Arc<Balancer>,
    (cuts, pause): (u64, u64),
    over: impl Fn(u16, u64) -> Forwarder + Sync,
    strike: &mut dyn FnMut(Strike),
) -> Seen {
    let mut cutting = Chance(3);
    line.cut(move |so_far| {
        // Requests are of 0.5 to 6 kB, answers of some 300 bytes: many lines carry several of them first.
        match cutting.below(2) {
            _ if so_far >= cuts => Cut::NEVER,
            0 => Cut { up: cutting.below(12_000), ..Cut::NEVER },
            _ => Cut { down: cutting.below(1_200), ..Cut::NEVER },
        }
    });
    let seen = Seen { began: Some(Instant::now()), cuts, pause, ..Seen::default() };
    std::thread::scope(|scope| {
        let agents: Vec<_> = campuses
            .iter_mut()
            .zip(1..)
            .map(|(campus, seed)| {
                let (seen, line, over) = (&seen, Arc::clone(line), &over);
                scope.spawn(move || {
                    // Batches small enough that many lines can be cut in the short form too.
                    let rows_max = (campus.rows.len() as u64 / 12).clamp(20, 400);
                    agent(campus, &line, over(line.port(), rows_max), seed, seen);
                })
            })
            .collect();
        let finished = || agents.iter().all(|agent| agent.is_finished());
        strike_until(&finished, &seen, strike);
        agents.into_iter().for_each(|agent| agent.join().expect("an agent that did not panic"));
    });
    seen
}

/// The hub holds what was sent.
fn tell(seen: &Seen, campuses: &[Campus], district: &District, line: &Balancer) {
    let rows = district.holds_exactly(campuses);
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{} campuses, 3 receivers: {rows} rows sent, {rows} held, 0 lost, 0 doubled, {} chains whole; \
         {} lines cut, {} requests broken, {} answered; killed: {} receivers, {} agents, PostgreSQL or broker {} times; \
         {} s",
        campuses.len(),
        district.verify().chains,
        line.cuts(),
        of(&seen.broken),
        of(&seen.receipts),
        of(&seen.receivers),
        of(&seen.agents),
        of(&seen.crashes),
        seen.began.map_or(0, |began| began.elapsed().as_secs()),
    );
    assert!(line.cuts() >= seen.cuts);
}

/// What has happened so far.
#[derive(Default)]
struct Seen {
    began: Option<Instant>,
    /// Lines to cut.
    cuts: u64,
    /// Answers between two strikes.
    pause: u64,
    receipts: AtomicU64,
    broken: AtomicU64,
    agents: AtomicU64,
    receivers: AtomicU64,
    crashes: AtomicU64,
}

/// One campus: sends until the hub holds everything and enough lines were cut; is killed now and then.
fn agent(campus: &mut Campus, line: &Balancer, mut forwarder: Forwarder, seed: u64, seen: &Seen) {
    let mut chance = Chance(seed);
    loop {
        match forwarder.step(campus, &mut chance) {
            Step::Done if line.cuts() >= seen.cuts => break,
            Step::Done => campus.grow(20, 6, &mut chance),
            Step::More => {}
            Step::Refused(answer) => panic!("{}: {answer:?}", campus.id),
        }
        if chance.below(40) == 0 {
            forwarder.killed();
            seen.agents.fetch_add(1, Ordering::Relaxed);
        }
        let add = |counter: &AtomicU64, since: &mut u64| {
            counter.fetch_add(std::mem::take(since), Ordering::Relaxed);
        };
        add(&seen.receipts, &mut forwarder.receipts);
        add(&seen.broken, &mut forwarder.broken);
    }
}

/// A fault after every so many answers: the receivers in turn, and every fourth time the database. What was killed
/// is away until the next fault.
fn strike_until(finished: &dyn Fn() -> bool, seen: &Seen, strike: &mut dyn FnMut(Strike)) {
    let mut away = None;
    for turn in 1.. {
        let enough = || seen.receipts.load(Ordering::Relaxed) >= turn * seen.pause;
        wait::until("answers from the hub", Duration::from_secs(120), || {
            (enough() || finished()).then_some(())
        });
        if let Some(at) = away.take() {
            strike(Strike::Again(at));
        }
        if finished() {
            return;
        }
        if turn % 4 == 0 {
            strike(Strike::Database);
            seen.crashes.fetch_add(1, Ordering::Relaxed);
        } else {
            let at = (turn % 3) as usize;
            strike(Strike::Receiver(at));
            away = Some(at);
            seen.receivers.fetch_add(1, Ordering::Relaxed);
        }
    }
}
