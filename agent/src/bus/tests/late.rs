//! Replies that come when nobody waits for them any more.

use super::far::{Far, asked, ms, registers};
use super::*;
use std::time::Duration;
use tokio::time::Instant;

/// A reply tells which register it is of, and when it was asked for: 10 ms steps.
fn telling(request: &[u8], began: Instant) -> Vec<u8> {
    let (_, _, address, _) = asked(request);
    let ticks = (began.elapsed().as_millis() / 10) as u16;
    registers(request, |register| if register == address { address } else { ticks })
}

/// Every number is below 2^32, so it is not refused; but is it of the register it is said to be of?
fn check(taken: &crate::bus::Taken, began: Instant) {
    let now = (began.elapsed().as_millis() / 10) as u16;
    for raw in &taken.raw {
        assert_eq!(raw.words[0], raw.address as u16, "an answer to another question: {taken:?}");
        // Three requests of a turn take well below 2 s.
        let age = now.wrapping_sub(raw.words[1]);
        assert!(age < 200, "{age} × 10 ms old: {taken:?}");
    }
}

/// Small and repeatable: xorshift (Marsaglia 2003).
fn dice(seed: u32) -> impl FnMut() -> u32 {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_on_a_serial_line_is_never_taken_for_an_answer() {
    let (mut right, mut discarded) = (0, 0);
    for seed in 1..=10 {
        let began = Instant::now();
        let mut dice = dice(seed);
        // A device replies in the order in which it was asked.
        let mut last = [Duration::ZERO; 3];
        let far = Far::new(false, move |request| {
            // Half in time, a quarter somewhat late, a quarter very late.
            let after = match dice() % 4 {
                0 | 1 => dice() % 300,
                2 => 500 + dice() % 500,
                _ => 1_000 + dice() % 4_000,
            };
            let last = &mut last[usize::from(request[0])];
            *last = (*last).max(began.elapsed() + ms(u64::from(after)));
            vec![(*last - began.elapsed(), telling(request, began))]
        });
        let profile = profile(TWO_BLOCKS);
        let meters = vec![meter(0, 1, &profile), meter(1, 2, &profile)];
        let mut bench = Bench::new(&far, serial(), meters, Vec::new());
        while began.elapsed() < ms(1_800_000) {
            let asked = bench.buses.read_now(MeterIx(seed % 2)).await;
            if let Ok(taken) = asked {
                check(&taken, began);
                right += 1;
            }
            while let Ok(said) = bench.said.try_recv() {
                if let Said::Read(taken) = said {
                    // Those of the cadence came some time ago: only what they are is checked.
                    assert!(taken.raw.iter().all(|raw| raw.words[0] == raw.address as u16));
                }
            }
            tokio::time::sleep(ms(1_000)).await;
        }
        discarded += bench.buses.live().buses[0].counts.discarded;
        bench.buses.stop().await;
    }
    println!("{right} turns right, {discarded} replies thrown away");
    assert!(right > 100, "{right} turns came through");
    assert!(discarded > 500, "{discarded} replies were thrown away");
}

#[tokio::test(start_paused = true)]
async fn a_converter_that_is_always_one_reply_behind_never_gets_a_wrong_value_through() {
    let began = Instant::now();
    let mut before: Option<Vec<u8>> = None;
    let far = Far::new(false, move |request| {
        // The first reply is kept back; from then on each request brings that of the one before.
        let reply = before.replace(telling(request, began));
        reply.map(|reply| (ms(20), reply)).into_iter().collect()
    });
    let mut bench = Bench::new(&far, serial(), vec![meter(0, 1, &profile(TWO_BLOCKS))], Vec::new());
    while began.elapsed() < ms(3_600_000) {
        if let Ok(Said::Read(taken)) = bench.said.try_recv() {
            check(&taken, began);
        }
        tokio::time::sleep(ms(500)).await;
    }
    assert!(far.requests().len() > 10);
}

#[tokio::test(start_paused = true)]
async fn over_tcp_a_late_reply_is_passed_over_and_the_connection_stays() {
    let began = Instant::now();
    let mut nth = 0;
    let far = Far::new(true, move |request| {
        nth += 1;
        // Every seventh reply comes after its request was given up.
        let after = if nth % 7 == 0 { 700 } else { 50 };
        let pdu = telling(&request[6..], began);
        let pdu = &pdu[..pdu.len() - 2];
        let length = pdu.len() as u8;
        vec![(ms(after), [&request[..4], &[0, length], pdu].concat())]
    });
    let profile = profile(TWO_BLOCKS);
    let meters = (0..4).map(|nth| meter(nth, nth as u8 + 1, &profile)).collect();
    let mut bench = Bench::new(&far, tcp(), meters, Vec::new());
    for _ in 0..50 {
        check(&bench.taken().await, began);
    }
    assert!(bench.buses.live().buses[0].counts.discarded > 5);
    assert_eq!(far.dialled(), 1);
}
