//! What is measured, set by set: a whole room's rows in, scores out.

use super::counted::{self, Row, Stretch};
use super::score::Score;
use super::told::{Said, Setup, samples, tell};
use controller::occupancy::learn::{Learnt, TooLittle, learn};
use controller::{OccupancySettings, RoomKind};
use std::path::Path;

/// What air and custom say of a room without motion sensors.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// By all votes together.
    pub likely: Score,
    /// By the lamps.
    pub lit: Score,
}

/// Tells stretches, each to a new controller.
pub fn by_air(setup: &Setup, stretches: &[Stretch]) -> Told {
    stretches.iter().fold(Told::default(), |all, rows| {
        let said = tell(setup, rows, |_, _| None);
        Told {
            likely: all.likely.and(score(&said, rows, |said| said.weight > 0)),
            lit: all.lit.and(score(&said, rows, |said| said.lit)),
        }
    })
}

/// Only what a timetable says: Monday to Friday, within the opening hours.
pub fn by_timetable(setup: &Setup, stretches: &[Stretch]) -> Score {
    let open = |row: &Row| {
        let day = row.at_ms.div_euclid(86_400_000);
        // Day 0 was a Thursday.
        let school = (day + 3).rem_euclid(7) < 5;
        let minute = row.at_ms.rem_euclid(86_400_000) / 60_000;
        let (from, to) = (i64::from(setup.open.from_min), i64::from(setup.open.to_min));
        school && (from..to).contains(&minute)
    };
    let rows = stretches.iter().flatten();
    Score::of(rows.map(|row| (open(row), row.occupied)))
}

/// What whoever always says "empty" gets.
pub fn always_empty(stretches: &[Stretch]) -> Score {
    Score::of(stretches.iter().flatten().map(|row| (false, row.occupied)))
}

fn score(said: &[Said], rows: &[Row], is: impl Fn(&Said) -> bool) -> Score {
    Score::of(said.iter().zip(rows).map(|(said, row)| (is(said), row.occupied)))
}

/// The lamps of a room with two motion sensors, day by day.
pub fn by_motion(setup: &Setup, days: &[Stretch]) -> Vec<Score> {
    let lit = |rows: &Stretch| score(&tell(setup, rows, |_, _| None), rows, |said| said.lit);
    days.iter().map(lit).collect()
}

/// The same, where each day is told with what is best on all the others; with what that was.
pub fn leaving_one_out(setup: &Setup, days: &[Stretch]) -> Vec<(Score, (i64, u32))> {
    let grid = [15_000, 30_000, 45_000, 60_000, 90_000].into_iter();
    let grid: Vec<(i64, u32)> = grid.flat_map(|leave| [2, 3, 4].map(|min| (leave, min))).collect();
    let tried: Vec<Vec<Score>> = grid
        .iter()
        .map(|(leave_ms, in_use_min)| {
            let mut setup = setup.clone();
            setup.occupancy.leave_ms = *leave_ms;
            setup.occupancy.in_use_min = *in_use_min;
            by_motion(&setup, days)
        })
        .collect();
    (0..days.len())
        .map(|left_out| {
            let wrong = |scores: &Vec<Score>| -> u64 {
                let others = scores.iter().enumerate().filter(|(day, _)| *day != left_out);
                others.map(|(_, score)| score.missed + score.false_alarm).sum()
            };
            // Of equals the first, which is the shortest.
            let best = (0..grid.len()).min_by_key(|nth| wrong(&tried[*nth])).unwrap_or(0);
            (tried[best][left_out], grid[best])
        })
        .collect()
}

/// Learns from stretches in which somebody counted.
pub fn learnt(setup: &Setup, stretches: &[Stretch]) -> Result<Learnt, TooLittle> {
    let all = stretches.iter().flat_map(|rows| samples(setup, rows));
    let (samples, truth): (Vec<_>, Vec<_>) = all.unzip();
    learn(&samples, &truth, &setup.occupancy)
}

/// Minutes from people's coming, or going, until the estimate, or the lamps, follow; only where they stay so
/// for half an hour. Sorted.
pub fn delays(setup: &Setup, stretches: &[Stretch], coming: bool, lamps: bool) -> Vec<i64> {
    let mut found = Vec::new();
    for rows in stretches {
        let said = tell(setup, rows, |_, _| None);
        let is = |nth: usize| if lamps { said[nth].lit } else { said[nth].weight > 0 };
        for nth in 1..rows.len() {
            if rows[nth].occupied != coming || rows[nth - 1].occupied == coming {
                continue;
            }
            let from_ms = rows[nth].at_ms;
            let stays = (nth..rows.len()).take_while(|at| rows[*at].occupied == coming);
            let stays: Vec<usize> = stays.collect();
            let until_ms = stays.last().map_or(from_ms, |at| rows[*at].at_ms);
            if until_ms - from_ms < 1_800_000 || is(nth - 1) == coming {
                continue;
            }
            let followed = stays.into_iter().find(|at| is(*at) == coming);
            let at_ms = followed.map_or(until_ms, |at| rows[at].at_ms);
            found.push((at_ms - from_ms) / 60_000);
        }
    }
    found.sort_unstable();
    found
}

/// All sets, as they are told.
pub struct Sets {
    pub train: Vec<Stretch>,
    pub test: Vec<Stretch>,
    pub days: Vec<Stretch>,
    pub lecture: Vec<Stretch>,
    pub camera_1: Vec<Stretch>,
    pub camera_2: Vec<Stretch>,
}

impl Sets {
    pub fn read(folder: &Path) -> Self {
        Self {
            train: counted::office(folder, "train"),
            test: counted::office(folder, "test1"),
            days: counted::two_sensors(folder),
            lecture: counted::lecture(folder),
            camera_1: counted::camera(folder, 1),
            camera_2: counted::camera(folder, 2),
        }
    }

    /// The days with two motion sensors, as if there were none.
    pub fn unwatched(&self) -> Vec<Stretch> {
        let blind = |row: &Row| Row { motion: [None, None], ..*row };
        self.days.iter().map(|rows| rows.iter().map(blind).collect()).collect()
    }
}

/// As shipped for an office that is open from 08:00 to 18:00.
pub fn office() -> Setup {
    Setup::of(RoomKind::Office)
}

/// An office with what was learnt from `train`.
pub fn office_learnt(sets: &Sets) -> Setup {
    let learnt = learnt(&office(), &sets.train).expect("a week is enough");
    Setup { occupancy: learnt.settings, ..office() }
}

/// As shipped, with another hold, which adapts or does not.
pub fn held(hold_min: u32, adapts: bool) -> Setup {
    let occupancy = OccupancySettings { adapts, ..OccupancySettings::of(RoomKind::Office) };
    Setup { hold_ms: hold_min * 60_000, occupancy, ..office() }
}
