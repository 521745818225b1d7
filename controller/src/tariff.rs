//! What a kilowatt-hour costs at which minute, and how much CO₂ it stands for.
//!
//! A [`Tariff`] is a version of a price table: it holds from its first local day until the next one
//! begins. Every local minute of every month and weekday belongs to exactly one of its bands. Prices
//! and factors never change in place; a new version is added, so that a report of last year keeps its
//! numbers. Costs are exact integers: Wh times millionths of a currency unit per kWh are nano-units.

use crate::timetable::{Days, Span};
use jiff::civil::{Date, Weekday};
use wire::Id;

mod check;
mod example;

pub use check::{BandFault, EnergyFault, Minutes};
pub use example::{china_co2, example};

/// Prices and factors of a campus; empty when nobody has told them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnergySettings {
    /// Versions of the price table.
    pub tariffs: Vec<Tariff>,
    /// CO₂ factors, one a year.
    pub co2: Vec<Co2>,
}

/// One version of a price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// First local day on which it holds; it ends where the next one begins.
    pub valid_from: Date,
    /// Three capital letters, as in ISO 4217: `CNY`, `EUR`.
    pub currency: String,
    /// When which price holds.
    pub bands: Vec<Band>,
}

/// A price and when it holds. One identifier may stand in several bands of a tariff, with other
/// months, days or prices: a report adds them up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Identifier: `sharp`, `peak`, `flat`, `valley`.
    pub id: Id,
    /// Name for people: 尖, 峰, 平, 谷.
    pub label: String,
    /// Price of a kWh, millionths of the currency unit; not negative.
    pub price_micro: i64,
    /// Months in which it holds.
    pub months: Months,
    /// Days of the week on which it holds.
    pub days: Days,
    /// Times of the day, local; a band over midnight has two. Empty when `rest` is set.
    pub spans: Vec<Span>,
    /// Takes what no other band takes, within its months and days.
    pub rest: bool,
}

/// Months of the year, January first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Months(pub [bool; 12]);

impl Months {
    /// The whole year.
    pub const ALL: Self = Self([true; 12]);
}

impl Default for Months {
    fn default() -> Self {
        Self::ALL
    }
}

/// How much CO₂ a kWh of one year's grid stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Co2 {
    /// Calendar year.
    pub year: i16,
    /// Milligrams of CO₂ per kWh: 0.5366 kg/kWh is 536,600.
    pub mg_per_kwh: u32,
    /// Grid it is about.
    pub region: String,
    /// Where the number is published.
    pub source: String,
}

/// The factor for a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor<'a> {
    /// The published number.
    pub co2: &'a Co2,
    /// It is of an earlier year: the year itself has none yet.
    pub older: bool,
}

impl EnergySettings {
    /// The price table that holds on a local day; `None` before the first.
    pub fn tariff_on(&self, day: Date) -> Option<&Tariff> {
        let begun = self.tariffs.iter().filter(|tariff| tariff.valid_from <= day);
        begun.max_by_key(|tariff| tariff.valid_from)
    }

    /// The factor of a year, or the latest earlier one; `None` before the first.
    pub fn factor(&self, year: i16) -> Option<Factor<'_>> {
        let known = self.co2.iter().filter(|co2| co2.year <= year);
        let co2 = known.max_by_key(|co2| co2.year)?;
        Some(Factor { co2, older: co2.year < year })
    }
}

impl Tariff {
    /// The band of a local minute (0 to 1,439) on a weekday of a month (1 to 12).
    pub fn band_at(&self, month: i8, day: Weekday, minute: u16) -> Option<&Band> {
        self.bands.get(self.band_index(month, day, minute)?)
    }

    /// The same, as a position in `bands`.
    pub(crate) fn band_index(&self, month: i8, day: Weekday, minute: u16) -> Option<usize> {
        let bands = || self.bands.iter().enumerate().filter(|(_, band)| band.is_on(month, day));
        let holds = |band: &Band| band.spans.iter().any(|span| span.contains(minute));
        let named = bands().find(|(_, band)| !band.rest && holds(band));
        named.or_else(|| bands().find(|(_, band)| band.rest)).map(|(at, _)| at)
    }
}

impl Band {
    /// Whether it can hold on such a day at all.
    pub(crate) fn is_on(&self, month: i8, day: Weekday) -> bool {
        let month = usize::try_from(month - 1).ok().and_then(|at| self.months.0.get(at));
        month == Some(&true) && self.days.0[day.to_monday_zero_offset() as usize]
    }
}

/// What energy costs, exactly: Wh times millionths per kWh are thousand-millionths of the unit.
pub const fn cost_nano(energy_wh: i64, price_micro: i64) -> i128 {
    energy_wh as i128 * price_micro as i128
}

/// How much CO₂ energy stands for, µg: Wh times mg per kWh.
pub const fn co2_ug(energy_wh: i64, mg_per_kwh: u32) -> i128 {
    energy_wh as i128 * mg_per_kwh as i128
}

#[cfg(test)]
mod tests;
