//! What the loop is measured by: how soon light is right, how right it stays, and how often lamps turn
//! back.

use super::closed::{Change, Classrooms, HOUR, MINUTE, MONDAY, one_long_lesson};
use simulator::seeded::Seeded;
use simulator::{Plan, Stage};

/// Light that is right is within this of what is wanted.
const RIGHT: f64 = 0.10;

/// What came of one room.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// From somebody's coming until light is right and stays so, s; `None` when it never is.
    pub settled_s: Option<f64>,
    /// Changes of direction after the first minute.
    pub turns: usize,
    /// Distance from what is wanted after the first minute, share of it; one a second.
    pub errors: Vec<f64>,
    /// Most changes of direction within any ten minutes.
    pub turns_in_10_min: usize,
    /// Seconds with less light than the lesson needs, after the first minute, and the least of it, lx.
    pub below_s: usize,
    pub least_lx: f64,
    /// Which: said where it fails.
    pub name: String,
}

impl Room {
    /// The least light while there was too little although lamps could have given more, lx.
    pub fn least_below(&self) -> Option<f64> {
        (self.below_s > 0).then_some(self.least_lx)
    }
}

/// What many rooms are tried with.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    pub rooms: usize,
    pub seed: u64,
    /// Noise of light sensors, share of what they see.
    pub noise: f64,
    /// What the lamps add, share of what was configured, from and to.
    pub share: (f64, f64),
}

/// Somebody sits down in a room of steady daylight, for an hour; before, lamps may have learnt in another
/// hour of that day.
pub fn steady(trial: Trial, learnt: bool) -> Vec<Room> {
    let (mut classrooms, wanted) = classrooms(trial);
    let mut chance = Seeded::new(&[trial.seed, 0x57ea]);
    let start = MONDAY + 8 * HOUR + 10 * MINUTE;
    let mut from = Vec::new();
    for (room, needs) in wanted.iter().enumerate() {
        let from_ms = start + chance.between(0, 60_000);
        let daylight = needs.daylight(&mut chance);
        from.push(from_ms);
        let people = (from_ms, from_ms + HOUR);
        let stage = Stage { daylight_lx: (daylight, daylight), ramp: (0, 1), people };
        classrooms.world.set_stage(room, stage);
    }
    run(&mut classrooms, start - MINUTE);
    if learnt {
        run(&mut classrooms, start + 90 * MINUTE);
        classrooms.changes.clear();
        for (room, from) in from.iter_mut().enumerate() {
            *from += 2 * HOUR;
            let daylight = wanted[room].daylight(&mut chance);
            let people = (*from, *from + HOUR);
            let stage = Stage { daylight_lx: (daylight, daylight), ramp: (0, 1), people };
            classrooms.world.set_stage(room, stage);
        }
        run(&mut classrooms, start + 2 * HOUR - MINUTE);
    }
    watch(&mut classrooms, &wanted, &from, HOUR)
}

/// Daylight goes from nothing to 2000 lx in half an hour, or back.
pub fn ramp(trial: Trial, down: bool) -> Vec<Room> {
    let (mut classrooms, wanted) = classrooms(trial);
    let start = MONDAY + 9 * HOUR;
    let from = vec![start; wanted.len()];
    for room in 0..wanted.len() {
        let daylight_lx = if down { (2_000.0, 0.0) } else { (0.0, 2_000.0) };
        let ramp = (start + 5 * MINUTE, start + 35 * MINUTE);
        let people = (start, start + 45 * MINUTE);
        classrooms.world.set_stage(room, Stage { daylight_lx, ramp, people });
    }
    run(&mut classrooms, start - MINUTE);
    watch(&mut classrooms, &wanted, &from, 45 * MINUTE)
}

/// What a room wants, and what its lamps can do.
struct Needs {
    name: String,
    target_lx: f64,
    lamps_lx: f64,
    /// The zone whose level is watched.
    zone: usize,
}

impl Needs {
    /// Steady daylight that the lamps can fill up.
    fn daylight(&self, chance: &mut Seeded) -> f64 {
        let least = (self.target_lx * 1.08 - 0.95 * self.lamps_lx).max(0.0);
        least + (self.target_lx * 0.9 - least) * chance.unit()
    }
}

fn classrooms(trial: Trial) -> (Classrooms, Vec<Needs>) {
    let thought = Plan::new(trial.rooms, trial.seed);
    let mut plan = thought.clone();
    let mut chance = Seeded::new(&[trial.seed, 0x1a3b]);
    let mut wanted = Vec::new();
    for room in &mut plan.rooms {
        let share = trial.share.0 + (trial.share.1 - trial.share.0) * chance.unit();
        for zone in &mut room.zones {
            zone.lamp_lx = (f64::from(zone.lamp_lx) * share).round() as u32;
        }
        let least = room.zones.iter().map(|zone| zone.target_lx).min().unwrap_or(0);
        wanted.push(Needs {
            name: format!("{} ({:.0} %)", room.id, share * 100.0),
            target_lx: f64::from(least),
            lamps_lx: room.zones.iter().map(|zone| f64::from(zone.lamp_lx)).sum(),
            zone: room.zones.iter().position(|zone| zone.target_lx == least).unwrap_or(0),
        });
    }
    let start = MONDAY + 7 * HOUR + 30 * MINUTE;
    let mut classrooms = Classrooms::new(plan, &thought, trial.seed, start, one_long_lesson());
    classrooms.world.set_light_noise(trial.noise);
    (classrooms, wanted)
}

fn run(classrooms: &mut Classrooms, to: i64) {
    classrooms.run(to);
}

/// Watches every room for `for_ms` from when somebody comes.
fn watch(classrooms: &mut Classrooms, wanted: &[Needs], from: &[i64], for_ms: i64) -> Vec<Room> {
    let begin = from.iter().copied().min().unwrap_or(0);
    let end = from.iter().copied().max().unwrap_or(0) + for_ms;
    let mut wrong_until = from.to_vec();
    let mut rooms: Vec<Room> = wanted
        .iter()
        .map(|needs| Room { name: needs.name.clone(), least_lx: f64::MAX, ..Room::default() })
        .collect();
    let mut t = begin;
    while t < end {
        classrooms.run(t);
        for (nth, needs) in wanted.iter().enumerate() {
            let gone = t - from[nth];
            if !(0..for_ms).contains(&gone) {
                continue;
            }
            let (lx, levels) = classrooms.world.light(nth, t);
            let room = &mut rooms[nth];
            let error = (lx - needs.target_lx) / needs.target_lx;
            // Lamps that are as high, or as low, as they may be cannot do more.
            let level = levels[needs.zone];
            let bound = (error < 0.0 && level == 100) || (error > 0.0 && level <= 10);
            let error = if bound { 0.0 } else { error.abs() };
            if error > RIGHT {
                wrong_until[nth] = t;
            }
            if gone >= MINUTE {
                room.errors.push(error);
                if lx < needs.target_lx && level < 100 {
                    room.below_s += 1;
                    room.least_lx = room.least_lx.min(lx);
                }
            }
        }
        t += 1_000;
    }
    for (nth, room) in rooms.iter_mut().enumerate() {
        let last = from[nth] + for_ms - 1_000;
        room.settled_s =
            (wrong_until[nth] < last).then(|| (wrong_until[nth] - from[nth]) as f64 / 1000.0);
        // Going dark after an earlier lesson was no turn of this one.
        let own = |change: &&Change| {
            change.room == nth && change.zone == wanted[nth].zone && change.t >= from[nth]
        };
        let turned = turns(classrooms.changes.iter().filter(own));
        room.turns = turned.iter().filter(|t| **t >= from[nth] + MINUTE).count();
        let late: Vec<i64> = turned.into_iter().filter(|t| *t >= from[nth] + MINUTE).collect();
        let within = |t: &i64| late.iter().filter(|u| (*t..*t + 10 * MINUTE).contains(*u)).count();
        room.turns_in_10_min = late.iter().map(within).max().unwrap_or(0);
    }
    rooms
}

/// When a row of changes turned back.
pub fn turns<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<i64> {
    let mut last = None;
    let mut turned = Vec::new();
    for change in changes {
        let rises = change.to_pct > change.from_pct;
        if last.is_some_and(|last| last != rises) {
            turned.push(change.t);
        }
        last = Some(rises);
    }
    turned
}

/// The value that a share of a list does not exceed.
pub fn quantile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 * share).ceil() as usize).clamp(1, values.len().max(1));
    values.get(at - 1).copied().unwrap_or(0.0)
}
