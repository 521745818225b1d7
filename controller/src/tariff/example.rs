//! What a campus in China may begin with.

use super::{Band, Co2, Months, Tariff};
use crate::timetable::{Days, Span};
use jiff::civil::Date;
use wire::Id;

/// A price table in the form that NDRC notice 2021/1093 asks of the provinces: peak at least four
/// times valley, and a sharp peak at least 20 % above peak in the months that need it. Hours and
/// prices are invented: every province publishes its own, and many schools pay one price all day.
pub fn example() -> Tariff {
    let hours = |from: u16, to: u16| Span::new((from, 0), (to, 0));
    let band = |id: &str, label: &str, price_micro, months, spans: &[Span]| {
        let (days, rest, label) = (Days::ALL, spans.is_empty(), label.to_owned());
        let id = Id::new(id).ok()?;
        Some(Band { id, label, price_micro, months, days, spans: spans.to_vec(), rest })
    };
    // January, July, August, December: heating and cooling.
    let is_sharp = |month: usize| [0, 6, 7, 11].contains(&month);
    let sharp = Months(std::array::from_fn(is_sharp));
    let others = Months(std::array::from_fn(|month| !is_sharp(month)));
    let bands = [
        band("sharp", "尖", 1_440_000, sharp, &[hours(18, 20)]),
        band("peak", "峰", 1_200_000, sharp, &[hours(9, 12), hours(17, 18), hours(20, 21)]),
        band("peak", "峰", 1_200_000, others, &[hours(9, 12), hours(17, 21)]),
        band("valley", "谷", 300_000, Months::ALL, &[hours(0, 7), hours(23, 24)]),
        band("flat", "平", 700_000, Months::ALL, &[]),
    ];
    let bands = bands.into_iter().flatten().collect();
    Tariff { valid_from: Date::constant(2026, 1, 1), currency: "CNY".into(), bands }
}

/// National mean factors of China, as the Ministry of Ecology and Environment (MEE) and the National
/// Bureau of Statistics publish them: about three years after the year they are of.
pub fn china_co2() -> Vec<Co2> {
    let factor = |year, mg_per_kwh, source: &str| Co2 {
        year,
        mg_per_kwh,
        region: "China, national mean".into(),
        source: source.into(),
    };
    vec![
        factor(2021, 556_800, "MEE announcement of 2024-04-12 (No. 12 of 2024)"),
        factor(2022, 536_600, "MEE announcement of 2024-12-20"),
    ]
}
