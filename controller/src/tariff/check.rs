//! Whether a price table gives every local minute exactly one price, and factors make sense.

use super::{Band, EnergySettings, Tariff};
use crate::timetable::DAY_MIN;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use std::fmt;
use wire::Id;

/// What is wrong with prices or factors. Numbers are positions in their lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnergyFault {
    /// Not three capital letters.
    Currency {
        /// Price table.
        tariff: usize,
    },
    /// Two price tables begin on one day.
    SameDay {
        /// The later one in the list.
        tariff: usize,
    },
    /// The time zone is not whole slots away from UTC, so that a slot would have two prices.
    Offset {
        /// Price table.
        tariff: usize,
    },
    /// Some minutes have no price.
    Missing {
        /// Price table.
        tariff: usize,
        /// Which, with the first month and weekday on which they are missing.
        at: Minutes,
    },
    /// Some minutes have two prices.
    Double {
        /// Price table.
        tariff: usize,
        /// A band.
        band: usize,
        /// And its identifier.
        id: Id,
        /// The other band.
        other: Id,
        /// Which minutes, with the first month and weekday on which it happens.
        at: Minutes,
    },
    /// A band by itself makes no sense.
    Band {
        /// Price table.
        tariff: usize,
        /// Band.
        band: usize,
        /// Its identifier.
        id: Id,
        /// Why.
        why: BandFault,
    },
    /// Two factors of one year.
    SameYear {
        /// The later one in the list.
        co2: usize,
        /// The year.
        year: i16,
    },
    /// A factor that no grid has.
    Factor {
        /// Position in the list.
        co2: usize,
    },
}

/// What is wrong with a band by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandFault {
    /// Below 0, or above a million per kWh.
    Price,
    /// Without month, weekday or time.
    Never,
    /// It takes the rest and has times of its own too.
    RestWithTimes,
    /// A time ends before it begins, or after midnight.
    Backwards,
    /// It begins or ends within a slot: at this minute of the day.
    SplitsSlot(u16),
    /// The same identifier has another label elsewhere.
    OtherLabel,
}

/// Minutes of a day on which something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minutes {
    /// 1 to 12.
    pub month: i8,
    /// Day of the week.
    pub day: Weekday,
    /// First minute.
    pub from_min: u16,
    /// Minute after the last.
    pub to_min: u16,
}

/// About five times what a grid of nothing but lignite emits, mg/kWh: above it, a unit is wrong.
const MG_PER_KWH_MAX: u32 = 5_000_000;

/// A million currency units per kWh: above it, a unit is wrong; and far from where sums overflow.
const PRICE_MICRO_MAX: i64 = 1_000_000_000_000;

/// Changes of the clocks that are looked at after a price table begins: two years of them.
const CHANGES: usize = 4;

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

impl EnergySettings {
    /// Everything that is wrong, in the order of the lists; empty when nothing is. Boundaries must be
    /// those of slots of `slot_ms`, so that every slot has one price.
    pub fn check(&self, zone: &TimeZone, slot_ms: i64) -> Vec<EnergyFault> {
        let slot_ms = slot_ms.max(1);
        let mut faults = Vec::new();
        for (at, tariff) in self.tariffs.iter().enumerate() {
            let earlier = &self.tariffs[..at];
            if earlier.iter().any(|other| other.valid_from == tariff.valid_from) {
                faults.push(EnergyFault::SameDay { tariff: at });
            }
            tariff.check(at, zone, slot_ms, &mut faults);
        }
        for (at, co2) in self.co2.iter().enumerate() {
            if self.co2[..at].iter().any(|other| other.year == co2.year) {
                faults.push(EnergyFault::SameYear { co2: at, year: co2.year });
            }
            if co2.mg_per_kwh > MG_PER_KWH_MAX {
                faults.push(EnergyFault::Factor { co2: at });
            }
        }
        faults
    }
}

/// Minutes of one kind of day without a band (`None`), or with these two.
type Wrong = (u16, u16, Option<(usize, usize)>);

impl Tariff {
    fn check(&self, tariff: usize, zone: &TimeZone, slot_ms: i64, faults: &mut Vec<EnergyFault>) {
        let letters = self.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if self.currency.len() != 3 || !letters {
            faults.push(EnergyFault::Currency { tariff });
        }
        if !self.begins_with_a_slot(zone, slot_ms) {
            faults.push(EnergyFault::Offset { tariff });
        }
        let before = faults.len();
        for (band, config) in self.bands.iter().enumerate() {
            let mut same = self.bands[..band].iter().filter(|other| other.id == config.id);
            let other_label =
                same.any(|other| other.label != config.label).then_some(BandFault::OtherLabel);
            for why in config.check(slot_ms).into_iter().chain(other_label) {
                faults.push(EnergyFault::Band { tariff, band, id: config.id, why });
            }
        }
        // What is backwards would be missing too; one sentence about it is enough.
        if faults.len() == before {
            self.check_minutes(tariff, faults);
        }
    }

    /// Whether local midnights, and so all local boundaries, are those of slots.
    fn begins_with_a_slot(&self, zone: &TimeZone, slot_ms: i64) -> bool {
        let midnight = self.valid_from.to_datetime(Time::midnight());
        // A day beyond the calendar has no minutes that could be split.
        let Ok(begin) = zone.to_timestamp(midnight) else { return true };
        let whole = |seconds: i32| i64::from(seconds) * 1000 % slot_ms == 0;
        let mut later = zone.following(begin).take(CHANGES);
        whole(zone.to_offset(begin).seconds()) && later.all(|t| whole(t.offset().seconds()))
    }

    /// Every minute of every kind of day has one band. The same minutes are said once.
    fn check_minutes(&self, tariff: usize, faults: &mut Vec<EnergyFault>) {
        let mut said: Vec<Wrong> = Vec::new();
        for month in 1..=12 {
            for day in WEEK {
                for wrong in self.wrong_minutes(month, day) {
                    if said.contains(&wrong) {
                        continue;
                    }
                    said.push(wrong);
                    let (from_min, to_min, bands) = wrong;
                    let at = Minutes { month, day, from_min, to_min };
                    faults.push(match bands {
                        None => EnergyFault::Missing { tariff, at },
                        Some((first, band)) => {
                            let (other, id) = (self.bands[first].id, self.bands[band].id);
                            EnergyFault::Double { tariff, band, id, other, at }
                        }
                    });
                }
            }
        }
    }

    fn wrong_minutes(&self, month: i8, day: Weekday) -> Vec<Wrong> {
        let bands = || self.bands.iter().enumerate().filter(|(_, band)| band.is_on(month, day));
        let spans = bands().flat_map(|(_, band)| &band.spans);
        let ends = spans.flat_map(|span| [span.from_min, span.to_min]);
        let mut marks: Vec<u16> = ends.chain([0, DAY_MIN]).collect();
        marks.sort_unstable();
        marks.dedup();
        let mut found: Vec<Wrong> = Vec::new();
        for pair in marks.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let holds = |band: &Band| band.spans.iter().any(|span| span.contains(from));
            let mut named = bands().filter(|(_, band)| !band.rest && holds(band)).map(|(at, _)| at);
            let mut rest = bands().filter(|(_, band)| band.rest).map(|(at, _)| at);
            let claims = match named.next() {
                Some(first) => (Some(first), named.next()),
                None => (rest.next(), rest.next()),
            };
            let bands = match claims {
                (Some(_), None) => continue,
                (first, second) => first.zip(second),
            };
            match found.last_mut().filter(|last| last.1 == from && last.2 == bands) {
                Some(last) => last.1 = to,
                None => found.push((from, to, bands)),
            }
        }
        found
    }
}

impl Band {
    fn check(&self, slot_ms: i64) -> Option<BandFault> {
        if !(0..=PRICE_MICRO_MAX).contains(&self.price_micro) {
            return Some(BandFault::Price);
        }
        if self.rest && !self.spans.is_empty() {
            return Some(BandFault::RestWithTimes);
        }
        let timeless = !self.rest && self.spans.is_empty();
        if timeless || !self.months.0.contains(&true) || !self.days.0.contains(&true) {
            return Some(BandFault::Never);
        }
        if self.spans.iter().any(|span| span.from_min >= span.to_min || span.to_min > DAY_MIN) {
            return Some(BandFault::Backwards);
        }
        let mut marks = self.spans.iter().flat_map(|span| [span.from_min, span.to_min]);
        let split = marks.find(|minute| i64::from(*minute) * 60_000 % slot_ms != 0);
        split.map(BandFault::SplitsSlot)
    }
}

impl EnergyFault {
    /// The price table it is about.
    pub const fn tariff(&self) -> Option<usize> {
        match self {
            Self::Currency { tariff }
            | Self::SameDay { tariff }
            | Self::Offset { tariff }
            | Self::Missing { tariff, .. }
            | Self::Double { tariff, .. }
            | Self::Band { tariff, .. } => Some(*tariff),
            Self::SameYear { .. } | Self::Factor { .. } => None,
        }
    }

    /// The band of that price table it is about.
    pub const fn band(&self) -> Option<usize> {
        match self {
            Self::Double { band, .. } | Self::Band { band, .. } => Some(*band),
            _ => None,
        }
    }

    /// The factor it is about.
    pub const fn co2(&self) -> Option<usize> {
        match self {
            Self::SameYear { co2, .. } | Self::Factor { co2 } => Some(*co2),
            _ => None,
        }
    }
}

impl fmt::Display for EnergyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Currency { .. } => f.write_str("a currency is three capital letters, like `CNY`"),
            Self::SameDay { .. } => f.write_str("two price tables begin on the same day"),
            Self::Offset { .. } => f.write_str(
                "the time zone is not whole slots away from UTC; with shorter slots it would be",
            ),
            Self::Missing { at, .. } => write!(f, "no band holds {at}"),
            Self::Double { id, other, at, .. } => write!(f, "both `{other}` and `{id}` hold {at}"),
            Self::Band { id, why, .. } => write!(f, "band `{id}` {why}"),
            Self::SameYear { year, .. } => write!(f, "the year {year} has two CO₂ factors"),
            Self::Factor { .. } => f.write_str("no grid emits more than 5 kg of CO₂ per kWh"),
        }
    }
}

impl std::error::Error for EnergyFault {}

impl fmt::Display for BandFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Price => f.write_str("costs less than nothing, or more than a million per kWh"),
            Self::Never => f.write_str("has no month, no weekday or no time, so it never holds"),
            Self::RestWithTimes => f.write_str("takes the rest, so it has no times of its own"),
            Self::Backwards => {
                f.write_str("ends before it begins; one over midnight has two times")
            }
            Self::SplitsSlot(minute) => {
                write!(f, "begins or ends within a slot, at {}", Clock(*minute))
            }
            Self::OtherLabel => f.write_str("has two labels"),
        }
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days =
            ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
        let day = days[self.day.to_monday_zero_offset() as usize];
        let (from, to) = (Clock(self.from_min), Clock(self.to_min));
        write!(f, "from {from} to {to} on {day} of month {}", self.month)
    }
}

/// A minute of the day as people write it.
struct Clock(u16);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
