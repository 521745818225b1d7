//! Local days of a campus: when they begin, whether there is school, which period it is.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A lesson from and to, in minutes of the local day.
pub type Lesson = (u16, u16);

/// The seven periods of a school day.
pub const LESSONS: [Lesson; 7] = [
    (8 * 60, 8 * 60 + 45),
    (8 * 60 + 55, 9 * 60 + 40),
    (9 * 60 + 50, 10 * 60 + 35),
    (10 * 60 + 45, 11 * 60 + 30),
    (13 * 60 + 30, 14 * 60 + 15),
    (14 * 60 + 25, 15 * 60 + 10),
    (15 * 60 + 20, 16 * 60 + 5),
];

/// When the school is open on a school day, in minutes of the local day.
pub const OPEN: (u16, u16) = (7 * 60, 18 * 60);

/// Where the campus is in time.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
}

/// One local day.
#[derive(Clone, Debug)]
pub struct Day {
    date: Date,
    zone: TimeZone,
    /// First moment, ms UTC.
    pub start_ms: i64,
    /// First moment of the next day, ms UTC; 23 to 25 h later.
    pub end_ms: i64,
}

impl Calendar {
    /// A calendar of an IANA zone; UTC where the name is unknown.
    pub fn new(zone: &str) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// The local day that holds this moment (ms UTC).
    pub fn day_of(&self, t_ms: i64) -> Day {
        // Only moments beyond the year 9999 fail; the epoch is as good as any then.
        let stamp = Timestamp::from_millisecond(t_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let date = Zoned::new(stamp, self.zone.clone()).date();
        let next = date.tomorrow().unwrap_or(date);
        let start_ms = moment(date, Time::midnight(), &self.zone);
        let end_ms = moment(next, Time::midnight(), &self.zone).max(start_ms + 1);
        Day { date, zone: self.zone.clone(), start_ms, end_ms }
    }
}

impl Day {
    /// A number that is the same wherever this date is simulated.
    pub fn number(&self) -> u64 {
        self.date.duration_since(Date::constant(1970, 1, 1)).as_hours() as u64 / 24
    }

    /// Monday to Friday.
    pub fn is_school_day(&self) -> bool {
        !matches!(self.date.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// Monday is 0.
    pub fn weekday(&self) -> u64 {
        u64::from(self.date.weekday().to_monday_zero_offset().unsigned_abs())
    }

    /// The moment of a minute of the local day (0 to 1439), ms UTC.
    pub fn at(&self, minute: u16) -> i64 {
        let (hour, minute) = ((minute / 60).min(23) as i8, (minute % 60) as i8);
        let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
        moment(self.date, time, &self.zone)
    }

    /// Whether this moment is within a lesson.
    pub fn in_lesson(&self, t_ms: i64) -> bool {
        self.is_school_day()
            && LESSONS.iter().any(|&(from, to)| self.at(from) <= t_ms && t_ms < self.at(to))
    }
}

fn moment(date: Date, time: Time, zone: &TimeZone) -> i64 {
    let compatible = zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible();
    compatible.unwrap_or(Timestamp::UNIX_EPOCH).as_millisecond()
}
