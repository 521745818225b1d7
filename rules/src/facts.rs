//! What a condition may ask about, and the names by which it does.

use lighting::{Millis, Occupancy, Period};

/// What is known of a zone when its rules are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whether somebody is there.
    pub occupancy: Occupancy,
    /// For how long nobody has been seen, ms; 0 while somebody is. Only of meaning when the occupancy
    /// is known.
    pub quiet_ms: u64,
    /// What the timetable says.
    pub period: Period,
    /// What the calendar says.
    pub day: Day,
    /// 0 Monday to 6 Sunday, in local time.
    pub weekday: u8,
    /// Minutes after local midnight.
    pub minute: u16,
    /// A person holds the zone's level, at the wall switch or by a wish.
    pub manual: bool,
    /// Light was measured since the rules were asked last: levels that follow it may take a step.
    pub looked: bool,
    /// Readings by [`Sensor`].
    pub readings: [Reading; SENSORS],
}

/// A reading, with its age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// In thousandths; `None` when there is none, or none that is fresh.
    pub milli: Option<i64>,
    /// When the last good one was measured; `None` when there never was one.
    pub measured: Option<Millis>,
    /// When it stops being fresh.
    pub fresh_until: Millis,
}

impl Facts {
    /// A reading.
    pub const fn reading(&self, sensor: Sensor) -> Reading {
        self.readings[sensor as usize]
    }
}

/// What kind of day it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Day {
    /// A school day.
    #[default]
    School,
    /// A day of the weekend that counts as one.
    MakeUp,
    /// A weekday on which the campus never opens.
    Weekend,
    /// A public holiday, or one of the school's own.
    Holiday,
    /// Between two terms.
    Vacation,
    /// Nothing is open.
    Closed,
}

/// Every kind of day, by the name in conditions.
pub(crate) const DAYS: [(&str, Day); 6] = [
    ("school", Day::School),
    ("make_up", Day::MakeUp),
    ("weekend", Day::Weekend),
    ("holiday", Day::Holiday),
    ("vacation", Day::Vacation),
    ("closed", Day::Closed),
];

/// Weekdays by name, Monday first.
pub(crate) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Every period that a condition can name.
pub(crate) const PERIODS: [Period; 6] =
    [Period::Lesson, Period::Break, Period::Open, Period::Closed, Period::SelfStudy, Period::Exam];

/// Every occupancy that a condition can name: `unknown` is no value, it makes a condition unknown.
pub(crate) const OCCUPANCIES: [Occupancy; 3] =
    [Occupancy::Occupied, Occupancy::VacantPending, Occupancy::Vacant];

/// Number of [`Sensor`]s.
pub const SENSORS: usize = 5;

/// What is measured in a room and can be compared with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sensor {
    /// Illuminance at the sensor, the lamps' light included, lx.
    IlluminanceLx,
    /// The same without the lamps' light, lx.
    DaylightLx,
    /// CO₂, ppm.
    Co2Ppm,
    /// Temperature, °C.
    TemperatureC,
    /// Relative humidity, %.
    HumidityPct,
}

impl Sensor {
    /// All of them, in the order of [`Facts::readings`].
    pub const ALL: [Self; SENSORS] = [
        Self::IlluminanceLx,
        Self::DaylightLx,
        Self::Co2Ppm,
        Self::TemperatureC,
        Self::HumidityPct,
    ];

    /// The name in conditions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IlluminanceLx => "illuminance_lx",
            Self::DaylightLx => "daylight_lx",
            Self::Co2Ppm => "co2_ppm",
            Self::TemperatureC => "temperature_c",
            Self::HumidityPct => "humidity_pct",
        }
    }

    /// The unit, as people read it.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::IlluminanceLx | Self::DaylightLx => "lx",
            Self::Co2Ppm => "ppm",
            Self::TemperatureC => "°C",
            Self::HumidityPct => "%",
        }
    }

    /// What it can be at least and at most, in thousandths: outside of it nothing is measured in a
    /// room, and a condition that asks for it is never true.
    pub const fn range_milli(self) -> (i64, i64) {
        match self {
            Self::IlluminanceLx | Self::DaylightLx => (0, 200_000_000),
            Self::Co2Ppm => (0, 40_000_000),
            Self::TemperatureC => (-40_000, 85_000),
            Self::HumidityPct => (0, 100_000),
        }
    }
}
