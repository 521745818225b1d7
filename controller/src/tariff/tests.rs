//! Every minute has one price, every version its days, and costs are exact.

use super::*;
use crate::{Timestamp, campus};
use jiff::tz::TimeZone;

const QUARTER_MS: i64 = 900_000;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

fn shanghai() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

fn settings() -> EnergySettings {
    EnergySettings { tariffs: vec![example()], co2: china_co2() }
}

/// What a change makes of good settings.
fn check(change: impl Fn(&mut EnergySettings), expected: &[&str]) {
    let mut settings = settings();
    change(&mut settings);
    let faults = settings.check(&shanghai(), QUARTER_MS);
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(said, expected);
}

#[test]
fn every_fault_is_said_with_band_minutes_and_days() {
    check(|_| {}, &[]);
    check(
        |e| e.tariffs[0].bands[4].rest = false,
        &["band `flat` has no month, no weekday or no time, so it never holds"],
    );
    check(
        |e| drop(e.tariffs[0].bands.pop()),
        &[
            "no band holds from 07:00 to 09:00 on Mondays of month 1",
            "no band holds from 12:00 to 17:00 on Mondays of month 1",
            "no band holds from 21:00 to 23:00 on Mondays of month 1",
        ],
    );
    check(
        |e| e.tariffs[0].bands[3].months.0[1] = false,
        // The rest takes them: a price, though perhaps not the one that was meant.
        &[],
    );
    check(
        |e| e.tariffs[0].bands[0].spans[0].to_min = 21 * 60,
        &["both `sharp` and `peak` hold from 20:00 to 21:00 on Mondays of month 1"],
    );
    check(
        |e| {
            let mut other = e.tariffs[0].bands[4].clone();
            other.id = id("sunday");
            other.days = Days([false, false, false, false, false, false, true]);
            e.tariffs[0].bands.push(other);
        },
        &[
            "both `flat` and `sunday` hold from 07:00 to 09:00 on Sundays of month 1",
            "both `flat` and `sunday` hold from 12:00 to 17:00 on Sundays of month 1",
            "both `flat` and `sunday` hold from 21:00 to 23:00 on Sundays of month 1",
        ],
    );
    check(
        |e| e.tariffs[0].bands[0].spans[0] = Span { from_min: 1_080, to_min: 1_210 },
        &["band `sharp` begins or ends within a slot, at 20:10"],
    );
    check(
        |e| e.tariffs[0].bands[3].spans[0] = Span::new((23, 0), (7, 0)),
        &["band `valley` ends before it begins; one over midnight has two times"],
    );
    check(|e| e.tariffs[0].bands[1].label = "peak".into(), &["band `peak` has two labels"]);
    check(
        |e| e.tariffs[0].bands[1].price_micro = -1,
        &["band `peak` costs less than nothing, or more than a million per kWh"],
    );
    check(
        |e| e.tariffs[0].bands[4].spans.push(Span::new((1, 0), (2, 0))),
        &["band `flat` takes the rest, so it has no times of its own"],
    );
    check(
        |e| {
            e.tariffs.push(example());
            e.tariffs[1].currency = "rmb".into();
            e.co2.push(Co2 { mg_per_kwh: 536_600_000, ..e.co2[1].clone() });
        },
        &[
            "two price tables begin on the same day",
            "a currency is three capital letters, like `CNY`",
            "the year 2022 has two CO₂ factors",
            "no grid emits more than 5 kg of CO₂ per kWh",
        ],
    );
    check(
        |e| e.tariffs[0].bands.clear(),
        &["no band holds from 00:00 to 24:00 on Mondays of month 1"],
    );
}

#[test]
fn a_fault_says_where_it_is_in_the_lists() {
    let mut settings = settings();
    settings.tariffs[0].bands[1].price_micro = -1;
    settings.co2[1].year = 2021;
    let faults = settings.check(&shanghai(), QUARTER_MS);
    let places: Vec<_> = faults.iter().map(|f| (f.tariff(), f.band(), f.co2())).collect();
    assert_eq!(places, [(Some(0), Some(1), None), (None, None, Some(1))]);
}

#[test]
fn a_zone_beside_the_slots_is_refused_and_shorter_slots_make_it_good() {
    let check = |zone: TimeZone, slot_ms: i64, good: bool| {
        let faults = settings().check(&zone, slot_ms);
        let expected = if good { vec![] } else { vec![EnergyFault::Offset { tariff: 0 }] };
        assert_eq!(faults, expected, "{zone:?} {slot_ms}");
    };
    let kathmandu = TimeZone::posix("<+0545>-5:45").expect("a zone");
    let adelaide = TimeZone::posix("ACST-9:30ACDT,M10.1.0,M4.1.0/3").expect("a zone");
    // Half an hour of daylight saving, and whole hours from UTC without it.
    let lord_howe = TimeZone::posix("<+11>-11<+1130>-11:30,M10.1.0,M4.1.0").expect("a zone");
    check(kathmandu.clone(), 900_000, true);
    check(kathmandu, 1_800_000, false);
    check(adelaide.clone(), 1_800_000, true);
    check(adelaide, 3_600_000, false);
    check(lord_howe.clone(), 3_600_000, false);
    check(lord_howe, 1_800_000, true);
    check(shanghai(), 3_600_000, true);
}

#[test]
fn the_band_of_a_minute_is_found_by_month_weekday_and_time() {
    let mut tariff = example();
    let weekend = Days([false, false, false, false, false, true, true]);
    tariff.bands[3].days = Days::SCHOOL;
    tariff.bands.push(Band {
        id: id("weekend-night"),
        label: String::new(),
        price_micro: 1,
        months: Months::ALL,
        days: weekend,
        spans: tariff.bands[3].spans.clone(),
        rest: false,
    });
    let check = |month: i8, day: Weekday, hour: u16, expected: &str| {
        let band = tariff.band_at(month, day, hour * 60).map(|band| band.id.to_string());
        assert_eq!(band.as_deref(), Some(expected), "{month} {day:?} {hour}");
    };
    check(1, Weekday::Monday, 18, "sharp");
    check(2, Weekday::Monday, 18, "peak");
    check(12, Weekday::Sunday, 19, "sharp");
    check(12, Weekday::Sunday, 20, "peak");
    check(12, Weekday::Sunday, 21, "flat");
    check(6, Weekday::Friday, 23, "valley");
    check(6, Weekday::Saturday, 23, "weekend-night");
    check(6, Weekday::Saturday, 0, "weekend-night");
}

#[test]
fn a_version_holds_from_its_day_and_a_factor_until_there_is_a_newer_one() {
    let mut settings = settings();
    let day = |text: &str| text.parse::<Date>().expect("a day");
    settings.tariffs.insert(0, Tariff { valid_from: day("2026-07-01"), ..example() });
    let from = |text: &str| settings.tariff_on(day(text)).map(|tariff| tariff.valid_from);
    assert_eq!(from("2025-12-31"), None);
    assert_eq!(from("2026-01-01"), Some(day("2026-01-01")));
    assert_eq!(from("2026-06-30"), Some(day("2026-01-01")));
    assert_eq!(from("2026-07-01"), Some(day("2026-07-01")));
    let factor = |year| settings.factor(year).map(|f| (f.co2.mg_per_kwh, f.older));
    assert_eq!(factor(2020), None);
    assert_eq!(factor(2021), Some((556_800, false)));
    assert_eq!(factor(2022), Some((536_600, false)));
    assert_eq!(factor(2026), Some((536_600, true)));
}

#[test]
fn costs_are_exact_to_the_thousand_millionth() {
    // 1 Wh at 0.700001 is 0.000700001.
    assert_eq!(cost_nano(1, 700_001), 700_001);
    // A kWh costs its price.
    assert_eq!(cost_nano(1000, 700_001), 700_001_000);
    assert_eq!(cost_nano(-3, 2), -6, "a correction takes back");
    assert_eq!(cost_nano(i64::MAX, i64::MAX), i128::from(i64::MAX) * i128::from(i64::MAX));
    // 1 MWh at 0.5366 kg/kWh is 536.6 kg.
    assert_eq!(co2_ug(1_000_000, 536_600), 536_600_000_000);
}

#[test]
fn the_example_keeps_the_ratios_that_the_notice_asks_for() {
    let tariff = example();
    let price = |band: usize| tariff.bands[band].price_micro;
    assert_eq!(tariff.bands.len(), 5, "no band was dropped for its name");
    assert!(price(1) >= 4 * price(3), "peak to valley");
    assert!(price(0) * 10 >= price(1) * 12, "sharp peak to peak");
}

#[test]
fn a_campus_with_a_price_table_that_has_holes_is_refused() {
    let mut energy = settings();
    energy.tariffs[0].bands.pop();
    let campus = crate::Campus {
        id: id("demo"),
        name: String::new(),
        zone: shanghai(),
        timetable: crate::Timetable::default(),
        settings: crate::Settings::default(),
        rooms: Vec::new(),
        nodes: Vec::new(),
        meters: Vec::new(),
        energy,
        rules: Default::default(),
        events: Default::default(),
    };
    let fault = crate::Controller::new(campus, Timestamp(0)).err();
    assert!(matches!(fault, Some(campus::CampusFault::Energy(EnergyFault::Missing { .. }))));
}
