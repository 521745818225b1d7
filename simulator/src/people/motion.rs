//! What a PIR sees of people: movement, stillness, and now and then something that is not there.

use super::Step;
use crate::seeded::Seeded;

/// Nobody sits still for longer, in ms.
pub const STILL_MS_MAX: i64 = 450_000;

/// Nobody passes a door unseen: active so long before and after people come or go, in ms.
const DOOR_MS: i64 = 4_000;

/// Mean of a moving stretch, in ms: with still stretches of 55 s on average, and doors, it gives 61.8 %.
const MOVING_MS_MEAN: f64 = 84_000.0;

/// A false alarm holds the output for one 30 s sample; 0.29 % of empty time is one in 2.9 h.
const FALSE_MS: i64 = 30_000;
const FALSE_GAP_MS_MEAN: f64 = 30_000.0 / 0.0029;

/// When the PIR is active during a day, as (from, to) in time order, without overlaps.
pub fn motion(steps: &[Step], end_ms: i64, chance: &mut Seeded) -> Vec<(i64, i64)> {
    let mut active = Vec::new();
    let mut next = 0;
    while next < steps.len() {
        let occupied = steps[next].people > 0;
        let from = steps[next].t;
        let same = steps[next..].iter().position(|step| (step.people > 0) != occupied);
        let last = same.map_or(steps.len(), |n| next + n);
        let to = steps.get(last).map_or(end_ms, |step| step.t);
        if occupied {
            moving_and_still(from, to, chance, &mut active);
            let doors = steps[next..last].windows(2).filter(|two| two[0].people != two[1].people);
            active.extend(
                doors.map(|two| ((two[1].t - DOOR_MS).max(from), (two[1].t + DOOR_MS).min(to))),
            );
            active.push(((to - DOOR_MS).max(from), to));
        } else {
            false_alarms(from, to, chance, &mut active);
        }
        next = last;
    }
    merged(active)
}

fn moving_and_still(from: i64, to: i64, chance: &mut Seeded, active: &mut Vec<(i64, i64)>) {
    let mut t = from;
    while t < to {
        let moving = (chance.exponential(MOVING_MS_MEAN) as i64).max(2 * DOOR_MS);
        active.push((t, (t + moving).min(to)));
        t += moving + still_ms(chance);
    }
}

/// Drawn from the measured quantiles, straight between them.
fn still_ms(chance: &mut Seeded) -> i64 {
    const QUANTILES: [(f64, f64); 5] =
        [(0.0, 4.0), (0.5, 31.0), (0.9, 92.0), (0.99, 306.0), (1.0, 450.0)];
    let p = chance.unit();
    let upper = QUANTILES.iter().position(|&(at, _)| p < at).unwrap_or(4).max(1);
    let ((p0, s0), (p1, s1)) = (QUANTILES[upper - 1], QUANTILES[upper]);
    ((s0 + (s1 - s0) * (p - p0) / (p1 - p0)) * 1000.0) as i64
}

fn false_alarms(from: i64, to: i64, chance: &mut Seeded, active: &mut Vec<(i64, i64)>) {
    let mut t = from + chance.exponential(FALSE_GAP_MS_MEAN) as i64;
    while t < to {
        active.push((t, (t + FALSE_MS).min(to)));
        t += FALSE_MS + chance.exponential(FALSE_GAP_MS_MEAN) as i64;
    }
}

fn merged(mut active: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    active.sort_unstable();
    let mut out: Vec<(i64, i64)> = Vec::with_capacity(active.len());
    for (from, to) in active.into_iter().filter(|&(from, to)| from < to) {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}
