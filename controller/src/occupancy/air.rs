//! What CO₂ says: how far it is above the room's own rest, and how fast it moves.
//!
//! A room of which each 10 min a share of the air is exchanged loses that share of what it has above
//! outdoor air. What rises although it should fall so, somebody breathes out:
//!
//! > added in 10 min = slope in 10 min + share × excess
//!
//! Both slopes answer, over 10 min and, as a third, over 30 min; who adds more counts. The rest is the
//! sensor's own: it follows the lowest air and climbs 4 ppm an hour, so that neither a sensor that rests
//! below outdoor air nor one that drifts needs a number of its own.

use super::OccupancySettings;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Minutes that are kept: 30, and five for the mean at their far end.
const KEPT_MIN: usize = 36;

/// A mean is taken over so many minutes: one reading of a sensor that speaks every 5 min.
const MEAN_MIN: usize = 5;

/// A silence of so many minutes ends a slope.
const SILENCE_MIN: i64 = 20;

/// A word about the air is believed for so long, ms, if not longer by the settings: air is slow, and a
/// sensor that speaks every 5 min may miss one word.
const BELIEVED_MS: u32 = 660_000;

/// The rest climbs so fast, thousandths of a ppm per minute: 4 ppm an hour, 96 a day.
const CLIMB: i64 = 67;

/// Minutes in which the rest goes all the way down to lower air: two means, so that no single reading
/// drags it.
const FALL_MIN: i64 = 10;

/// A value that did not move for so many minutes is a sensor's that is stuck.
const STUCK_MIN: i64 = 180;

/// Strongest vote, either way: one to twenty.
const WEIGHT_MAX: i64 = 3_000;

/// A minute without a reading.
const EMPTY: u16 = u16::MAX;

/// The air of one sensor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Air {
    /// When it last spoke.
    heard: Timestamp,
    /// The newest minute of `levels`.
    minute: i64,
    /// Readings in it.
    readings: u16,
    /// Mean of each minute, tenths of a ppm, oldest first.
    levels: Vec<u16>,
    /// Of the empty room, thousandths of a ppm.
    rest: i64,
    /// The minute in which the value last moved.
    moved: i64,
    /// When it last said that somebody was there; before that, when it first could say anything.
    pub breathed: Option<Timestamp>,
    /// What it says by its last word, and by which settings: a room is looked at more often than its air speaks.
    #[serde(skip)]
    said: Said,
}

/// An answer that is kept: share and rise of the settings, and what the air says by them.
type Said = Option<((u32, u32), Option<Breath>)>;

/// What the air says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breath {
    /// CO₂ above rest, ppm.
    pub excess_ppm: i32,
    /// Change in 10 min, ppm.
    pub slope_10_ppm: i32,
    /// Change in 30 min, ppm; `None` before there were so many.
    pub slope_30_ppm: Option<i32>,
    /// For somebody, or against.
    pub weight: i32,
}

impl Air {
    /// The first word of a sensor.
    pub fn new(ppm_milli: i64, at: Timestamp, rest_ppm: u32) -> Self {
        let level = tenths(ppm_milli);
        let minute = at.0.div_euclid(60_000);
        let mut levels = Vec::with_capacity(KEPT_MIN);
        levels.push(level);
        Self {
            heard: at,
            minute,
            readings: 1,
            levels,
            rest: (i64::from(level) * 100).min(i64::from(rest_ppm) * 1_000),
            moved: minute,
            breathed: None,
            said: None,
        }
    }

    /// It spoke. What is older than known is ignored.
    pub fn hear(&mut self, ppm_milli: i64, at: Timestamp, settings: &OccupancySettings) {
        let minute = at.0.div_euclid(60_000);
        let passed = minute.saturating_sub(self.minute);
        if at < self.heard || passed < 0 {
            return;
        }
        self.heard = at;
        let level = tenths(ppm_milli);
        if passed == 0 {
            self.join(level);
        } else {
            self.begin(level, minute, passed);
            self.follow_rest(passed.min(SILENCE_MIN));
        }
        let breath = self.breathe(settings);
        self.said = Some(((settings.air_pct, settings.rise_ppm), breath));
        if let Some(breath) = breath
            && (breath.weight > 0 || self.breathed.is_none())
        {
            self.breathed = Some(at);
        }
    }

    /// One more reading in the same minute.
    fn join(&mut self, level: u16) {
        let Some(mean) = self.levels.last_mut() else { return };
        if level.abs_diff(*mean) > 0 {
            self.moved = self.minute;
        }
        let (sum, count) = (u32::from(*mean) * u32::from(self.readings), u32::from(self.readings));
        // A mean of levels is one.
        *mean = ((sum + u32::from(level)) / (count + 1)) as u16;
        self.readings = self.readings.saturating_add(1).min(600);
    }

    fn begin(&mut self, level: u16, minute: i64, passed: i64) {
        if self.levels.last() != Some(&level) {
            self.moved = minute;
        }
        if passed > SILENCE_MIN {
            self.levels.clear();
            self.breathed = None;
        } else {
            (1..passed).for_each(|_| self.push(EMPTY));
        }
        self.push(level);
        self.minute = minute;
        self.readings = 1;
    }

    fn push(&mut self, level: u16) {
        if self.levels.len() >= KEPT_MIN {
            self.levels.remove(0);
        }
        self.levels.push(level);
    }

    fn follow_rest(&mut self, passed: i64) {
        let Some(level) = self.mean(0) else { return };
        let above = (level * 100).saturating_sub(self.rest);
        self.rest += match above {
            ..0 => above / FALL_MIN * passed.min(FALL_MIN),
            _ => above.min(CLIMB * passed),
        };
    }

    /// Mean of the five minutes that end `ago` minutes before the newest, tenths of a ppm. Where a slow
    /// sensor said nothing in them, of the three before.
    fn mean(&self, ago: usize) -> Option<i64> {
        let newest = self.levels.iter().rev().skip(ago);
        let of = |skip: usize, take: usize| {
            let found = newest.clone().skip(skip).take(take).filter(|level| **level != EMPTY);
            let (sum, count) =
                found.fold((0, 0), |(sum, count), level| (sum + i64::from(*level), count + 1));
            (count > 0).then(|| sum / count)
        };
        of(0, MEAN_MIN).or_else(|| of(MEAN_MIN, 3))
    }

    /// What it says, by its last word; `None` before ten minutes, and of a sensor that is stuck.
    pub fn breath(&self, settings: &OccupancySettings) -> Option<Breath> {
        match self.said {
            Some((by, breath)) if by == (settings.air_pct, settings.rise_ppm) => breath,
            _ => self.breathe(settings),
        }
    }

    fn breathe(&self, settings: &OccupancySettings) -> Option<Breath> {
        let level = self.mean(0)?;
        let excess = level.saturating_sub(self.rest / 100);
        let slope_10 = level - self.mean(10)?;
        let slope_30 = self.mean(30).map(|then| level - then);
        let share = i64::from(settings.air_pct);
        let added_10 = slope_10 + share.saturating_mul(excess) / 100;
        // Lost is a share of what was there on the way.
        let added_30 =
            slope_30.map(|slope| slope / 3 + share.saturating_mul(excess - slope / 2) / 100);
        let added = added_30.map_or(added_10, |added_30| added_30.max(added_10));
        let enough = i64::from(settings.rise_ppm.max(1)) * 10;
        let weight = ((added - enough) * 1_000 / enough).clamp(-WEIGHT_MAX, WEIGHT_MAX);
        if weight > 0 && self.minute.saturating_sub(self.moved) >= STUCK_MIN {
            return None;
        }
        // Levels are below 6,554 ppm.
        let ppm = |tenths: i64| (tenths / 10) as i32;
        Some(Breath {
            excess_ppm: ppm(excess),
            slope_10_ppm: ppm(slope_10),
            slope_30_ppm: slope_30.map(ppm),
            weight: weight as i32,
        })
    }

    /// Until when its last word counts.
    pub fn believed_until(&self, stale_ms: u32) -> Timestamp {
        self.heard.plus(i64::from(stale_ms.max(BELIEVED_MS)))
    }

    /// CO₂ of the empty room as far as it is known, ppm.
    pub fn rest_ppm(&self) -> u32 {
        u32::try_from(self.rest / 1_000).unwrap_or(0)
    }

    /// Nobody listened for a while, or the clock was set: of all that, only the rest is worth keeping.
    pub fn resume(&mut self, now: Timestamp) {
        let minute = now.0.div_euclid(60_000);
        self.levels.clear();
        (self.heard, self.minute, self.moved) = (now, minute, minute);
        (self.readings, self.breathed, self.said) = (0, None, None);
    }
}

/// Thousandths of a ppm in tenths, within what is kept.
fn tenths(ppm_milli: i64) -> u16 {
    // At most `EMPTY - 1`.
    (ppm_milli / 100).clamp(0, i64::from(EMPTY) - 1) as u16
}
