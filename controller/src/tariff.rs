//! What a kilowatt-hour costs at which minute, and how much CO₂ it stands for.
//!
//! A [`Tariff`] is a version of a price table: it holds from its first local day until the next one
//! begins. Every local minute of every month and weekday belongs to exactly one of its bands. Prices
//! and factors never change in place; a new version is added, so that a report of last year keeps its
//! numbers. Costs are exact integers: Wh times millionths of a currency unit per kWh are nano-units.

use crate::timetable::{Days, Span};
use jiff::civil::Date;
use wire::Id;

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
