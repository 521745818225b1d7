//! Days, weeks and months in local time.

use crate::Timestamp;
use crate::timetable::{instant, moment};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

/// How long a report's time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// From local midnight to the next.
    Day,
    /// From Monday to Monday.
    Week,
    /// A calendar month.
    Month,
}

impl Period {
    /// Every period.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The period of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    fn first(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(since_monday.days()).unwrap_or(Date::MIN)
            }
            Self::Month => day.first_of_month(),
        }
    }

    fn length(self) -> Span {
        match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
        }
    }
}

/// Begin and end (not included) of the period that holds `at`: local midnights.
pub fn bounds(period: Period, at: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let first = period.first(zone.to_datetime(instant(at)).date());
    let next = first.checked_add(period.length()).unwrap_or(Date::MAX);
    (moment(zone, first, 0), moment(zone, next, 0))
}

/// The period before the one that begins at `from`.
pub fn before(period: Period, from: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
    bounds(period, from.plus(-1), zone)
}
