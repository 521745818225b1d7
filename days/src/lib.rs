//! Seeded room-days with faults, and the invariants that must hold on every one of them.
//!
//! The controller that is tested is the product's; what stands around it is quick enough for ten thousand
//! days: no sockets, no disk, events instead of steps. One seed is one day of one room: its timetable, people,
//! sky, faults and rules. The same seed gives the same day, on every machine.
//!
//! | module | what it does |
//! |---|---|
//! | [`plan`] | draws a day from a seed; [`fault`], [`written`], [`sky`], [`people`] are its parts |
//! | [`day`] | runs it |
//! | [`node`], [`agent`] | what crosses the wire; a log, checkpoints, death |
//! | [`monitor`] | watches: one function per invariant |
//! | [`twin`] | the same day without a fault, to compare |
//! | [`shrink`] | the fewest faults with which an invariant is still broken |
//! | [`story`] | what happened, for people |

pub mod agent;
pub mod day;
pub mod fault;
pub mod monitor;
pub mod node;
pub mod people;
pub mod plan;
pub mod shrink;
pub mod sky;
pub mod story;
pub mod twin;
pub mod written;

use day::Ran;
use monitor::Figures;
use plan::Plan;

/// Runs a day, with its twin where it has one. With `story` what happened last is told.
pub fn check(plan: &Plan, story: bool) -> Ran {
    let mut ran = day::run(plan, None);
    if ran.broken.is_none() {
        ran.broken = twin::s7(plan, &ran);
    }
    if story {
        // The same again, up to the moment that matters.
        let until = ran.broken.as_ref().map_or(i64::MAX - 1, |broken| broken.t);
        ran.story = day::run(plan, Some(until)).story;
    }
    ran
}

/// Days of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Days {
    /// How many held.
    pub held: u64,
    /// What Q5 counts, over all of them.
    pub figures: Figures,
    /// Seeds that broke an invariant, with its name.
    pub broken: Vec<(u64, &'static str)>,
}

/// Runs days of seeds until so many have broken an invariant.
pub fn run_all(seeds: impl Iterator<Item = u64>, broken_max: usize) -> Days {
    let mut days = Days::default();
    for seed in seeds {
        let ran = check(&Plan::draw(seed), false);
        days.figures.add(&ran.figures);
        match ran.broken {
            None => days.held += 1,
            Some(violation) => days.broken.push((seed, violation.invariant)),
        }
        if days.broken.len() >= broken_max {
            break;
        }
    }
    days
}

/// Most false switch-offs per occupied hour (Q5); days on which sensors lie or are silent count too.
pub const FALSE_OFFS_PER_H_MAX: f64 = 0.1;

/// Most of the occupied time in the dark (Q5), while sensors, link, clock and agent are well: what a dead
/// node cannot tell, nobody can light.
pub const DARK_SHARE_MAX: f64 = 0.005;

/// Q5, over many days; a sentence where it does not hold.
pub fn q5(figures: &Figures) -> Option<String> {
    let hours = figures.occupied_ms.max(1) as f64 / 3_600_000.0;
    let offs = figures.false_offs as f64 / hours;
    let dark = figures.dark_well_ms as f64 / figures.well_ms.max(1) as f64;
    let holds = offs <= FALSE_OFFS_PER_H_MAX && dark <= DARK_SHARE_MAX;
    (!holds).then(|| {
        format!("Q5: {offs:.4} false switch-offs per occupied hour, {:.3} % dark", dark * 100.0)
    })
}

/// What many days add up to, in one line for people.
pub fn summary(figures: &Figures) -> String {
    let hours = |ms: i64| ms as f64 / 3_600_000.0;
    let share = |part: i64, of: i64| 100.0 * part as f64 / of.max(1) as f64;
    format!(
        "{:.0} occupied hours, {:.4} false switch-offs per hour, {:.2} % dark ({:.2} % with broken sensors, \
         links and agents), {:.0} h lit while empty; {} inputs, {} changes of level",
        hours(figures.occupied_ms),
        figures.false_offs as f64 / hours(figures.occupied_ms.max(1)),
        share(figures.dark_well_ms, figures.well_ms),
        share(figures.dark_ms, figures.occupied_ms),
        hours(figures.lit_empty_ms),
        figures.told,
        figures.changes
    )
}
