//! Who is asked when, what is said, and what waits for nobody.

use super::far::{Far, asked, ms, registers, rtu};
use super::*;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn one_dead_unit_is_said_once_and_its_neighbours_keep_their_cadence() {
    let dead = Arc::new(AtomicBool::new(true));
    let is_dead = dead.clone();
    let far = Far::new(false, move |request| {
        if request[0] == 3 && is_dead.load(Ordering::Relaxed) {
            return Vec::new();
        }
        vec![(ms(30), registers(request, |_| 0))]
    });
    let profile = profile(TWO_BLOCKS);
    let meters = (1..=10).map(|nth| meter(nth, nth as u8, &profile)).collect();
    let mut bench = Bench::new(&far, serial(), meters, Vec::new());
    let began = Instant::now();
    let mut reads: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let mut silent = Vec::new();
    while began.elapsed() < ms(600_000) {
        match bench.next().await {
            Said::Read(taken) => {
                let at = began.elapsed().as_millis() as u64;
                reads.entry(taken.meter.0).or_default().push(at);
            }
            Said::Silent { meter, why, .. } => silent.push((meter.0, why.name())),
            _ => {}
        }
    }
    assert_eq!(silent, [(3, "timeout")]);
    assert_eq!(reads.len(), 9);
    for (meter, at) in &reads {
        for pair in at[2..].windows(2) {
            assert!((pair[1] - pair[0]).abs_diff(10_000) < 1_500, "meter {meter}: {pair:?}");
        }
    }
    let live = bench.buses.live();
    let sick = live.meter(MeterIx(3)).unwrap();
    assert!(sick.is_silent() && sick.failures >= 5);
    println!("ten meters at 9,600 baud, one dead: {} % of the bus", live.buses[0].use_pct);
    assert!((3..40).contains(&live.buses[0].use_pct), "{} %", live.buses[0].use_pct);
    dead.store(false, Ordering::Relaxed);
    let back = bench.until(|said| match said {
        Said::Read(taken) if taken.meter == MeterIx(3) => Some(began.elapsed()),
        _ => None,
    });
    assert!(back.await < ms(600_000 + 380_000), "found again within the longest pause");
    assert!(!bench.buses.live().meter(MeterIx(3)).unwrap().is_silent());
}

/// A relay box with 8 coils that remembers them; also whether it has power.
struct Relays {
    coils: Arc<Mutex<[bool; 8]>>,
    powered: Arc<AtomicBool>,
}

impl Relays {
    fn new() -> (Self, Far) {
        let own = Self { coils: Arc::default(), powered: Arc::new(AtomicBool::new(true)) };
        let (coils, powered) = (own.coils.clone(), own.powered.clone());
        let far = Far::new(false, move |request| {
            let (unit, fc, address, operand) = asked(request);
            if unit == 1 {
                // A meter on the same bus.
                return vec![(ms(30), registers(request, |_| 0))];
            }
            if !powered.load(Ordering::Relaxed) {
                return Vec::new();
            }
            let mut coils = coils.lock().unwrap();
            let reply = match fc {
                1 => {
                    let bits = coils.iter().enumerate();
                    let bits = bits.fold(0, |bits, (nth, on)| bits | u8::from(*on) << nth);
                    rtu(&[unit, 1, 1, bits >> address & (0xFF >> (8 - operand))])
                }
                5 => {
                    coils[usize::from(address)] = operand == 0xFF00;
                    request.to_vec()
                }
                _ => rtu(&[unit, fc | 0x80, 1]),
            };
            vec![(ms(20), reply)]
        });
        (own, far)
    }

    fn coils(&self) -> [bool; 8] {
        *self.coils.lock().unwrap()
    }
}

fn gateway() -> GatewayConfig {
    let profile = shipped("waveshare-relay-8");
    let channels = vec![(id("window"), 0), (id("board"), 2)];
    GatewayConfig { id: id("lamps"), bus: 0, unit: 2, profile, channels, every_ms: 10_000 }
}

async fn levels(bench: &mut Bench) -> Vec<(String, Option<u8>)> {
    bench
        .until(|said| match said {
            Said::Levels { channels, .. } => {
                Some(channels.iter().map(|(id, level)| (id.to_string(), *level)).collect())
            }
            _ => None,
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn a_lamp_is_switched_before_the_next_read_even_on_a_full_bus() {
    let (relays, far) = Relays::new();
    let profile = profile(TWO_BLOCKS);
    let meters = (0..30).map(|nth| PolledMeter { every_ms: 100, ..meter(nth, 1, &profile) });
    let mut bench = Bench::new(&far, serial(), meters.collect(), vec![gateway()]);
    for _ in 0..100 {
        bench.taken().await;
    }
    for nth in 0..20_u8 {
        let before = far.requests().len();
        let level = if nth % 2 == 0 { 100 } else { 0 };
        assert!(bench.buses.write_levels(id("lamps"), &[(id("board"), level)]));
        while relays.coils()[2] != (level > 0) {
            tokio::time::sleep(ms(10)).await;
        }
        let after = far.requests();
        assert_eq!(
            after[before..].iter().position(|request| request[1] == 5).map(|at| at <= 1),
            Some(true)
        );
        tokio::time::sleep(ms(1_333)).await;
    }
    assert!(!bench.buses.write_levels(id("nobody"), &[(id("board"), 1)]));
}

#[tokio::test(start_paused = true)]
async fn what_the_lamps_are_at_is_read_back() {
    let (relays, far) = Relays::new();
    let mut bench = Bench::new(&far, serial(), Vec::new(), vec![gateway()]);
    let named = |window, board| vec![("window".to_owned(), window), ("board".to_owned(), board)];
    assert_eq!(levels(&mut bench).await, named(Some(0), Some(0)));
    bench.buses.write_levels(id("lamps"), &[(id("board"), 60)]);
    assert_eq!(levels(&mut bench).await, named(Some(0), Some(100)));
    // Somebody pressed the button on the box.
    relays.coils.lock().unwrap()[0] = true;
    assert_eq!(levels(&mut bench).await, named(Some(100), Some(100)));
    relays.powered.store(false, Ordering::Relaxed);
    assert_eq!(levels(&mut bench).await, named(None, None));
    *relays.coils.lock().unwrap() = [false; 8];
    relays.powered.store(true, Ordering::Relaxed);
    loop {
        if levels(&mut bench).await == named(Some(0), Some(100)) {
            break;
        }
    }
    assert!(relays.coils()[2], "it is told again what it was told before it lost its power");
}

#[tokio::test(start_paused = true)]
async fn of_many_wishes_for_one_lamp_the_newest_is_written() {
    let (relays, far) = Relays::new();
    relays.powered.store(false, Ordering::Relaxed);
    let bench = Bench::new(&far, serial(), Vec::new(), vec![gateway()]);
    for nth in 0..100 {
        bench.buses.write_levels(id("lamps"), &[(id("window"), nth % 2 * 100)]);
        tokio::time::sleep(ms(100)).await;
    }
    assert_eq!(bench.buses.live().gateways[0].waiting, 1);
    relays.powered.store(true, Ordering::Relaxed);
    while bench.buses.live().gateways[0].waiting > 0 {
        tokio::time::sleep(ms(1_000)).await;
    }
    assert!(relays.coils()[0]);
    let writes = far.requests().iter().filter(|request| request[1] == 5).count();
    assert!(writes < 40, "{writes} writes for a dead box");
}

#[tokio::test(start_paused = true)]
async fn a_main_loop_that_is_slow_gets_the_newest_reading_of_every_meter() {
    let began = Instant::now();
    let far = Far::new(false, move |request| {
        let seconds = began.elapsed().as_secs() as u16;
        vec![(ms(5), registers(request, |register| if register % 2 == 0 { 0 } else { seconds }))]
    });
    let profile = profile(TWO_BLOCKS);
    let meters = (0..3).map(|nth| meter(nth, nth as u8 + 1, &profile)).collect();
    let mut bench = Bench::with_room(1, &far, serial(), meters, Vec::new());
    tokio::time::sleep(ms(600_000)).await;
    // One place in the queue was taken at the beginning.
    bench.next().await;
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let taken = bench.taken().await;
        assert!(taken.register_wh.unwrap() >= 580, "{taken:?}");
        seen.push(taken.meter.0);
    }
    seen.sort_unstable();
    assert_eq!(seen, [0, 1, 2]);
    let superseded = bench.buses.live().superseded;
    assert!((170..=180).contains(&superseded), "{superseded} of 180 were overtaken");
}

#[tokio::test(start_paused = true)]
async fn a_stopped_bus_asks_nobody_any_more() {
    let far = Far::new(false, |request| vec![(ms(5), registers(request, |_| 0))]);
    let mut bench = Bench::new(&far, serial(), vec![meter(0, 1, &profile(TWO_BLOCKS))], Vec::new());
    bench.taken().await;
    bench.buses.stop().await;
    let asked = far.requests().len();
    tokio::time::sleep(ms(60_000)).await;
    assert_eq!(far.requests().len(), asked);
    assert_eq!(bench.buses.read_now(MeterIx(0)).await, Err(crate::bus::Fault::Busy));
    assert_eq!(Buses::none().read_now(MeterIx(0)).await, Err(crate::bus::Fault::Unknown));
}
