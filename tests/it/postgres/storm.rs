//! Lines cut at every byte and at a thousand moments of chance, receivers and agents killed, the database
//! crashed: hub set = agent set.

use super::District;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use system_tests::balancer::{Balancer, Cut};
use system_tests::sender::{Campus, Chance, Forwarder, Step};
use system_tests::wait;

/// Campuses of the district.
const CAMPUSES: usize = 20;

/// Lines that are cut at moments of chance.
const CUTS: u64 = 1_000;

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
    let mut chance = Chance(20);
    let mut campuses: Vec<Campus> =
        (0..CAMPUSES).map(|at| Campus::new(&format!("campus-{at}"), 100 + at as u64)).collect();
    for campus in &mut campuses {
        campus.grow(rows_per_campus(), 6, &mut chance);
        district.admit(campus);
    }
    let mut cutting = Chance(3);
    district.balancer.cut(move |so_far| {
        // Requests are of 0.5 to 6 kB, answers of some 300 bytes: many lines carry several of them first.
        match cutting.below(2) {
            _ if so_far >= CUTS => Cut::NEVER,
            0 => Cut { up: cutting.below(12_000), ..Cut::NEVER },
            _ => Cut { down: cutting.below(1_200), ..Cut::NEVER },
        }
    });
    let began = Instant::now();
    let seen = Seen::default();
    std::thread::scope(|scope| {
        let agents: Vec<_> = campuses
            .iter_mut()
            .zip(1..)
            .map(|(campus, seed)| {
                let (seen, balancer) = (&seen, Arc::clone(&district.balancer));
                scope.spawn(move || agent(campus, &balancer, seed, seen))
            })
            .collect();
        let finished = || agents.iter().all(|agent| agent.is_finished());
        strike_until(&finished, &mut district, &seen);
        agents.into_iter().for_each(|agent| agent.join().expect("an agent that did not panic"));
    });
    let rows = district.holds_exactly(&campuses);
    let Seen { receipts, broken, agents, receivers, crashes } = seen;
    let of = |counter: AtomicU64| counter.into_inner();
    println!(
        "{CAMPUSES} campuses, 3 receivers: {rows} rows sent, {rows} held, 0 lost, 0 doubled, {} chains whole; \
         {} lines cut, {} requests broken, {} answered; killed: {} receivers, {} agents, PostgreSQL {} times; {} s",
        district.verify().chains,
        district.balancer.cuts(),
        of(broken),
        of(receipts),
        of(receivers),
        of(agents),
        of(crashes),
        began.elapsed().as_secs(),
    );
    assert!(district.balancer.cuts() >= CUTS);
}

/// What has happened so far.
#[derive(Default)]
struct Seen {
    receipts: AtomicU64,
    broken: AtomicU64,
    agents: AtomicU64,
    receivers: AtomicU64,
    crashes: AtomicU64,
}

/// One campus: sends until the hub holds everything and enough lines were cut; is killed now and then.
fn agent(campus: &mut Campus, balancer: &Balancer, seed: u64, seen: &Seen) {
    let mut chance = Chance(seed);
    // Batches small enough that a thousand lines can be cut in the short form too.
    let rows_max = (campus.rows.len() as u64 / 12).clamp(20, 400);
    let mut forwarder = Forwarder::new(balancer.port(), rows_max);
    loop {
        match forwarder.step(campus, &mut chance) {
            Step::Done if balancer.cuts() >= CUTS => break,
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

/// A fault after every 60 answers: the receivers in turn, and every fourth time the database. What was killed
/// is away until the next fault.
fn strike_until(finished: &dyn Fn() -> bool, district: &mut District, seen: &Seen) {
    let mut away = None;
    for strike in 1.. {
        let enough = || seen.receipts.load(Ordering::Relaxed) >= strike * 60;
        wait::until("answers from the hub", Duration::from_secs(120), || {
            (enough() || finished()).then_some(())
        });
        if let Some(at) = away.take() {
            district.again(at);
        }
        if finished() {
            return;
        }
        if strike % 4 == 0 {
            district.postgres.crash();
            district.postgres.again();
            seen.crashes.fetch_add(1, Ordering::Relaxed);
        } else {
            let at = (strike % 3) as usize;
            district.kill(at);
            away = Some(at);
            seen.receivers.fetch_add(1, Ordering::Relaxed);
        }
    }
}
