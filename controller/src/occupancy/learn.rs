//! A room's own numbers, learnt from its recorded past.
//!
//! A room is *sampled* minute by minute while the log is told again. Who counted people gives the truth;
//! without it, movement is taken for it in hindsight: of two movements less than 15 min apart somebody sat
//! still between, and after a longer quiet nobody was there since the first. What is learnt is what tells
//! that truth best by air and custom alone, so that a sensor which sees little is helped by them.

use super::air::{Air, Breath};
use super::habit::{Day, Habit, QUARTERS};
use super::{OccupancySettings, Vote};
use crate::{Controller, RoomIx, Timestamp};
use lighting::{Occupancy, Period};

/// What was known of a room in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// End of the minute.
    pub at: Timestamp,
    /// The last word about CO₂, in thousandths of a ppm, and when it was measured.
    pub co2: Option<(i64, Timestamp)>,
    /// Whether anything moved in that minute; `None` where no sensor could see it.
    pub moved: Option<bool>,
    /// What was decided.
    pub occupancy: Occupancy,
    /// The period of the timetable.
    pub period: Period,
    /// A school day or a make-up day.
    pub school: bool,
    /// Quarter hour of the local day.
    pub quarter: usize,
}

/// Quiet between two movements that counts as somebody sitting still, min: the longest of UCI ROE was 8.
const STILL_MIN: usize = 15;

/// Labelled time below which nothing is learnt, min: three days.
pub const LABELLED_MIN: usize = 3 * 1_440;

/// … of which somebody was there, min.
pub const OCCUPIED_MIN: usize = 120;

/// … and nobody, min.
pub const EMPTY_MIN: usize = 720;

/// Days of a kind below which its habit is not known.
const HABIT_DAYS: usize = 2;

/// By so much the balanced accuracy must rise for other numbers than those in force, ten-thousandths: less is
/// chance.
pub const GAIN_MIN: u64 = 50;

/// Shares of air that are tried, % in 10 min, and what people must add, ppm in 10 min.
const AIR_PCT: [u32; 10] = [4, 6, 8, 10, 13, 16, 20, 27, 43, 60];
const RISE_PPM: [u32; 7] = [5, 7, 10, 13, 17, 22, 30];

/// What was learnt of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// To take the place of those in force.
    pub settings: OccupancySettings,
    /// What the past had to teach.
    pub past: Taught,
    /// How well air and custom tell the truth, by the settings in force.
    pub before: Told,
    /// The same by those that were learnt.
    pub after: Told,
}

/// What a past had to teach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taught {
    /// Minutes of which it is known whether somebody was there.
    pub labelled_min: usize,
    /// Of those, with somebody.
    pub occupied_min: usize,
    /// Of those, with CO₂.
    pub co2_min: usize,
    /// Days of each kind on which more than half of the day is labelled.
    pub school_days: usize,
    /// …
    pub free_days: usize,
}

/// How well a truth is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Somebody was there and it was not said, min.
    pub missed_min: u64,
    /// Nobody was there and it was not said, min.
    pub false_min: u64,
    /// Mean of the shares of occupied and of empty minutes that were found, ten-thousandths.
    pub balanced: u64,
}

/// Too little to learn from; what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLittle(pub Taught);

impl Learnt {
    /// Whether it is worth a change.
    pub const fn is_better(&self) -> bool {
        self.after.balanced >= self.before.balanced + GAIN_MIN
    }
}

impl Taught {
    /// Nobody was there, min.
    pub const fn empty_min(&self) -> usize {
        self.labelled_min - self.occupied_min
    }

    const fn is_enough(&self) -> bool {
        self.labelled_min >= LABELLED_MIN
            && self.occupied_min >= OCCUPIED_MIN
            && self.empty_min() >= EMPTY_MIN
    }
}

impl Controller {
    /// What is known of a room in the minute that ends at `at`, to which time has come.
    pub fn sample(&self, ix: RoomIx, at: Timestamp) -> Sample {
        let room = &self.rooms[ix.at()];
        let nodes = || room.nodes.iter().map(|node| &self.nodes[node.at()]);
        let co2 = nodes().filter_map(|node| node.held(wire::Quantity::Co2Ppm, 0));
        let co2 = co2.filter_map(|held| Some((held.measured, held.sample.value()?.milli())));
        let stale_ms = self.campus.settings.silent_ms;
        let speaks =
            nodes().any(|node| node.presence.state(0, stale_ms, at.millis()) != Occupancy::Unknown);
        let (period, school, quarter) = self.custom_at(ix, at);
        Sample {
            at,
            co2: co2.max().map(|(measured, milli)| (milli, measured)),
            moved: speaks.then(|| room.stir.moved_within(at)),
            occupancy: room.occupancy,
            period,
            school,
            quarter,
        }
    }
}

/// What movement says in hindsight: whether somebody was there, minute by minute.
pub fn by_motion(samples: &[Sample]) -> Vec<Option<bool>> {
    let mut labels: Vec<Option<bool>> = samples.iter().map(|sample| sample.moved).collect();
    let mut last: Option<usize> = None;
    for nth in 0..labels.len() {
        match labels[nth] {
            Some(true) => {
                if let Some(last) = last.filter(|last| nth - last <= STILL_MIN) {
                    labels[last..nth].fill(Some(true));
                }
                last = Some(nth);
            }
            Some(false) => {}
            // Behind a silence it is not known what happened before.
            None => last = None,
        }
    }
    labels
}

/// Learns from samples and what is known to be true of each.
///
/// # Errors
/// [`TooLittle`] of the past is known.
pub fn learn(
    samples: &[Sample],
    truth: &[Option<bool>],
    in_force: &OccupancySettings,
) -> Result<Learnt, TooLittle> {
    let past = taught(samples, truth);
    if !past.is_enough() {
        return Err(TooLittle(past));
    }
    let mut settings = in_force.clone();
    settings.habit = Some(habit(samples, truth, in_force.habit.as_ref()));
    if past.co2_min >= LABELLED_MIN {
        if let Some(rest_ppm) = rest(samples, truth) {
            settings.rest_ppm = rest_ppm;
        }
        let mut best = told(samples, truth, &settings, true);
        let usual = best.balanced;
        let pairs = AIR_PCT.into_iter().flat_map(|air| RISE_PPM.map(|rise| (air, rise)));
        for (air_pct, rise_ppm) in pairs {
            let tried = OccupancySettings { air_pct, rise_ppm, ..settings.clone() };
            let is = told(samples, truth, &tried, true);
            if is.balanced > best.balanced && is.balanced >= usual + GAIN_MIN {
                (best, settings.air_pct, settings.rise_ppm) = (is, air_pct, rise_ppm);
            }
        }
    }
    let before = told(samples, truth, in_force, false);
    let after = told(samples, truth, &settings, false);
    Ok(Learnt { settings, past, before, after })
}

fn taught(samples: &[Sample], truth: &[Option<bool>]) -> Taught {
    let mut past = Taught::default();
    let labelled = samples.iter().zip(truth).filter_map(|(sample, is)| Some((sample, (*is)?)));
    for (sample, occupied) in labelled.clone() {
        past.labelled_min += 1;
        past.occupied_min += usize::from(occupied);
        past.co2_min += usize::from(is_recent(sample));
    }
    for (school, days) in [(true, &mut past.school_days), (false, &mut past.free_days)] {
        let quarters = per_quarter(labelled.clone(), school);
        let mut counts: Vec<usize> = quarters.iter().map(|known| known.days).collect();
        counts.sort_unstable();
        *days = counts[QUARTERS / 2];
    }
    past
}

/// Its CO₂ is of the last minutes.
fn is_recent(sample: &Sample) -> bool {
    sample.co2.is_some_and(|(_, measured)| measured.plus(600_000) > sample.at)
}

/// CO₂ of the empty room: the lowest tenth of it, ppm.
fn rest(samples: &[Sample], truth: &[Option<bool>]) -> Option<u32> {
    let empty = samples.iter().zip(truth).filter(|(_, is)| **is == Some(false));
    let mut levels: Vec<i64> = empty
        .filter(|(sample, _)| is_recent(sample))
        .filter_map(|(sample, _)| Some(sample.co2?.0 / 1_000))
        .collect();
    levels.sort_unstable();
    let tenth = levels.get(levels.len() / 10)?;
    u32::try_from(*tenth).ok().map(|ppm| ppm.clamp(REST_PPM.0, REST_PPM.1))
}

/// CO₂ of an empty room that is believed, ppm.
pub const REST_PPM: (u32, u32) = (200, 1_000);

/// A quarter hour of one kind of day.
#[derive(Clone, Copy, Default)]
struct Quarter {
    days: usize,
    /// Of all its days, the share that somebody was there, added up in thousandths.
    used: usize,
}

/// Minutes that end within the same quarter hour.
struct Open {
    /// Quarter hours since 1970, by which days are told apart.
    nth: i64,
    /// Of its first minute: the last ends as the next quarter begins, and at midnight the next day.
    quarter: usize,
    school: bool,
    minutes: usize,
    used: usize,
}

/// The quarter hours of school days, or of others.
fn per_quarter<'s>(
    labelled: impl Iterator<Item = (&'s Sample, bool)>,
    school: bool,
) -> [Quarter; QUARTERS] {
    let mut quarters = [Quarter::default(); QUARTERS];
    let mut close = |open: Open| {
        if open.school == school {
            let known = &mut quarters[open.quarter.min(QUARTERS - 1)];
            known.days += 1;
            known.used += open.used * 1_000 / open.minutes;
        }
    };
    let mut open: Option<Open> = None;
    for (sample, occupied) in labelled {
        let (nth, used) = ((sample.at.0 - 1).div_euclid(900_000), usize::from(occupied));
        match &mut open {
            Some(open) if open.nth == nth => {
                open.minutes += 1;
                open.used += used;
            }
            _ => {
                let (quarter, school) = (sample.quarter, sample.school);
                open.replace(Open { nth, quarter, school, minutes: 1, used }).map(&mut close);
            }
        }
    }
    open.map(&mut close);
    quarters
}

/// When the room was used; what the samples do not show stays as it was. Half a day more each way keeps few days
/// from being a certainty.
fn habit(samples: &[Sample], truth: &[Option<bool>], before: Option<&Habit>) -> Habit {
    let of = |school: bool, before: Option<&Day>| {
        let labelled = samples.iter().zip(truth).filter_map(|(sample, is)| Some((sample, (*is)?)));
        let quarters = per_quarter(labelled, school);
        let mut day = before.copied().unwrap_or_default();
        for (tenth, known) in day.0.iter_mut().zip(quarters) {
            if known.days >= HABIT_DAYS {
                *tenth = (((known.used + 500) * 10 / ((known.days + 1) * 1_000)) as u8).min(9);
            }
        }
        day
    };
    let (school, free) = (before.map(|habit| &habit.school), before.map(|habit| &habit.free));
    Habit { school: of(true, school), free: of(false, free) }
}

/// How well a truth is told by air and custom; with `air_only`, by the air where it speaks.
fn told(
    samples: &[Sample],
    truth: &[Option<bool>],
    settings: &OccupancySettings,
    air_only: bool,
) -> Told {
    let mut air: Option<Air> = None;
    let mut last = None;
    let mut counts = [[0u64; 2]; 2];
    for (sample, is) in samples.iter().zip(truth) {
        if let Some((milli, measured)) = sample.co2.filter(|co2| Some(co2.1) != last) {
            last = Some(measured);
            match &mut air {
                Some(air) => air.hear(milli, measured, settings),
                None => air = Some(Air::new(milli, measured, settings.rest_ppm)),
            }
        }
        let Some(is) = is else { continue };
        let believed = air.as_ref().filter(|air| sample.at < air.believed_until(0));
        let breath: Option<Breath> = believed.and_then(|air| air.breath(settings));
        if air_only && breath.is_none() {
            continue;
        }
        let custom: Vote = settings.custom(sample.period, sample.school, sample.quarter);
        let custom = if air_only { 0 } else { custom.weight };
        let weight = breath.map_or(0, |breath| breath.weight) + custom;
        counts[usize::from(*is)][usize::from(weight > 0)] += 1;
    }
    let share = |right: u64, wrong: u64| right * 10_000 / (right + wrong).max(1);
    Told {
        missed_min: counts[1][0],
        false_min: counts[0][1],
        balanced: u64::midpoint(
            share(counts[1][1], counts[1][0]),
            share(counts[0][0], counts[0][1]),
        ),
    }
}
