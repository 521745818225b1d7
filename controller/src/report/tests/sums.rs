//! Sums that must be the same whichever way the energy is divided.

use super::*;
use crate::tariff::{Band, Months};
use std::collections::BTreeMap;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A price table: for each kind of day (summer or not, weekend or not) the day is cut at random
/// slots, and pieces go to random bands; what is left out goes to the rest.
fn drawn_tariff(dice: &mut Dice, valid_from: Date, slot_min: u16) -> Tariff {
    let mut bands: Vec<Band> = Vec::new();
    let summer = Months(std::array::from_fn(|month| (5..=8).contains(&month)));
    let winter = Months(summer.0.map(|is| !is));
    let weekend = Days(Days::SCHOOL.0.map(|is| !is));
    for (months, days) in
        [summer, winter].into_iter().flat_map(|months| [(months, Days::SCHOOL), (months, weekend)])
    {
        let mut spans: BTreeMap<u64, Vec<Span>> = BTreeMap::new();
        let mut from_min = 0;
        while from_min < 1_440 {
            let to_min = (from_min + slot_min * (1 + dice.below(20) as u16)).min(1_440);
            spans.entry(dice.below(4)).or_default().push(Span { from_min, to_min });
            from_min = to_min;
        }
        for (nth, spans) in spans {
            let rest = nth == 0;
            bands.push(Band {
                id: id(&format!("band-{nth}")),
                label: String::new(),
                price_micro: dice.below(2_000_000) as i64,
                months,
                days,
                spans: if rest { Vec::new() } else { spans },
                rest,
            });
        }
    }
    Tariff { valid_from, currency: "EUR".into(), bands }
}

/// What rows cost, asked of the calendar one by one.
fn plain_cost(scope: &Scope, rows: &[(usize, Timestamp, i64)]) -> (i128, i64) {
    let (mut cost, mut unpriced_wh) = (0, 0);
    for (_, slot, energy_wh) in rows.iter().filter(|(meter, ..)| *meter == 0) {
        let instant = jiff::Timestamp::from_millisecond(slot.0).expect("a time");
        let local = instant.to_zoned(scope.zone.clone());
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let tariff = scope.energy.tariff_on(local.date());
        match tariff.and_then(|t| t.band_at(local.month(), local.weekday(), minute)) {
            Some(band) => cost += i128::from(*energy_wh) * i128::from(band.price_micro),
            None => unpriced_wh += energy_wh,
        }
    }
    (cost, unpriced_wh)
}

#[test]
fn whichever_way_the_energy_is_divided_it_adds_up() {
    for seed in 0..60u64 {
        let mut dice = Dice(seed);
        let zone = [berlin(), adelaide(), kathmandu(), shanghai()][(seed % 4) as usize].clone();
        // Both changes of the clocks, of both hemispheres, and a month without.
        let months = ["2026-03-15", "2026-10-15", "2026-04-15", "2026-06-15"];
        let day = months[(seed / 4 % 4) as usize];
        let slot_ms = [QUARTER, 5 * 60_000, QUARTER][(seed % 3) as usize];
        let mut scope = scope(zone, Period::Month, day, slot_ms);
        let slot_min = (slot_ms / 60_000) as u16;
        let first = drawn_tariff(&mut dice, Date::constant(2026, 3, 5), slot_min);
        let (month, date) = (day[5..7].parse().expect("a month"), 6 + dice.below(22) as i8);
        let second = drawn_tariff(&mut dice, Date::constant(2026, month, date), slot_min);
        scope.energy.tariffs = vec![second, first];
        assert_eq!(scope.energy.check(&scope.zone, slot_ms), [], "seed {seed}");
        let mut rows: Vec<(usize, Timestamp, i64)> = Vec::new();
        for slot in slots(&scope) {
            for meter in 0..5 {
                for _ in 0..dice.below(3) {
                    rows.push((meter, slot, dice.below(5_000) as i64 - 500));
                }
            }
        }
        let mut builder = ReportBuilder::new(scope.clone());
        for (meter, slot, energy_wh) in &rows {
            builder.posting(*meter, *slot, *energy_wh, dice.below(3) as u8, NORMAL);
        }
        let report = builder.finish();
        let of = |which: usize| -> i64 {
            rows.iter().filter(|(meter, ..)| *meter == which).map(|(.., wh)| wh).sum()
        };
        let total = of(0);
        assert_eq!(report.energy_wh, total, "seed {seed}");
        assert_eq!(report.days.iter().map(|d| d.energy_wh).sum::<i64>(), total, "seed {seed}");
        assert_eq!(report.hours_wh.iter().sum::<i64>(), total, "seed {seed}");
        let buildings = report.buildings.iter().map(|b| b.energy_wh).sum::<i64>();
        assert_eq!(buildings, total, "seed {seed}");
        let closed_wh = report.closed_school_day_wh + report.closed_other_day_wh;
        assert_eq!(report.open_wh + closed_wh, total, "seed {seed}");
        let closed_days = report.days.iter().map(|d| d.closed_wh).sum::<i64>();
        assert_eq!(closed_days, closed_wh, "seed {seed}");
        let banded = report.bands.iter().map(|b| b.energy_wh).sum::<i64>();
        assert_eq!(banded + report.unpriced_wh, total, "seed {seed}");
        let costs = report.costs.iter().map(|c| c.total_nano).sum::<i128>();
        assert_eq!((costs, report.unpriced_wh), plain_cost(&scope, &rows), "seed {seed}");
        let co2 = report.co2.iter().map(|c| c.energy_wh).sum::<i64>();
        assert_eq!(co2 + report.unfactored_wh, total, "seed {seed}");
        for (at, meter) in report.meters.iter().enumerate() {
            assert_eq!(meter.energy_wh, of(at), "seed {seed}");
        }
        let parts: i64 = report.residuals.iter().map(|r| r.parts_wh).sum();
        assert_eq!(parts, of(1) + of(2), "seed {seed}");
    }
}
