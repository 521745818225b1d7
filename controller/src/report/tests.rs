//! Numbers by hand, and days of 23 and 25 hours.

use super::*;
use crate::ledger::{Cause, IncidentKind, Quality};
use crate::tally::RoomSlot;
use crate::tariff::{Tariff, china_co2, example};
use crate::{Days, MeterIx, Span};

mod ledger;
mod sums;

const QUARTER: i64 = 900_000;
const HOUR: i64 = 3_600_000;
const MEASURED: u8 = Quality::Measured as u8;
const ESTIMATED: u8 = Quality::EstimatedShape as u8;
const INCOMPLETE: u8 = Quality::Incomplete as u8;
const NORMAL: u8 = Cause::Normal as u8;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

fn shanghai() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone")
}

fn adelaide() -> TimeZone {
    TimeZone::posix("ACST-9:30ACDT,M10.1.0,M4.1.0/3").expect("a zone")
}

fn kathmandu() -> TimeZone {
    TimeZone::posix("<+0545>-5:45").expect("a zone")
}

fn at(zone: &TimeZone, text: &str) -> Timestamp {
    let local: jiff::civil::DateTime = text.parse().expect("a time");
    Timestamp(zone.to_timestamp(local).expect("a moment").as_millisecond())
}

fn meter(name: &str, place: Option<&str>, parent: Option<&str>, flow: Flow) -> MeterScope {
    let (name, label, parent) = (name.into(), String::new(), parent.map(str::to_owned));
    MeterScope { name, label, place: place.map(|p| Place::Building(id(p))), parent, flow }
}

/// Mains in building a, of which lamps in a and all of b are parts; a roof; and one that nobody mapped.
fn scope(zone: TimeZone, period: Period, day: &str, slot_ms: i64) -> Scope {
    let (from, to) = bounds(period, at(&zone, &format!("{day}T12:00")), &zone);
    let room = |name: &str| RoomScope {
        place: Place::Room { building: id("a"), room: id(name) },
        name: name.into(),
    };
    Scope {
        zone,
        timetable: Timetable {
            days: Days::SCHOOL,
            open: Span::new((7, 0), (18, 0)),
            lessons: vec![Span::new((8, 0), (8, 45))],
            ..Timetable::default()
        },
        energy: EnergySettings { tariffs: vec![example()], co2: china_co2() },
        slot_ms,
        from,
        to,
        now: to,
        meters: vec![
            meter("mains", Some("a"), None, Flow::Import),
            meter("lamps", Some("a"), Some("mains"), Flow::Import),
            meter("b-mains", Some("b"), Some("mains"), Flow::Import),
            meter("roof", Some("a"), Some("mains"), Flow::Export),
            meter("lost", None, None, Flow::Import),
        ],
        rooms: ["1", "2", "3"].map(room).into(),
    }
}

/// Every slot of a report.
fn slots(scope: &Scope) -> Vec<Timestamp> {
    let mut at = scope.from;
    let mut slots = Vec::new();
    while at < scope.to {
        slots.push(at);
        at = at.plus(scope.slot_ms);
    }
    slots
}

#[test]
fn a_school_day_by_hand() {
    let scope = scope(shanghai(), Period::Day, "2026-09-07", QUARTER);
    let nine = at(&scope.zone, "2026-09-07T09:00");
    let all = slots(&scope);
    let mut builder = ReportBuilder::new(scope);
    for slot in all {
        let mains = if slot == nine { 400 } else { 100 };
        for (meter, energy_wh) in [mains, 30, 60, 10, 7].into_iter().enumerate() {
            builder.posting(meter, slot, energy_wh, MEASURED, NORMAL);
        }
    }
    builder.before(9_000);
    let report = builder.finish();
    assert_eq!(report.energy_wh, 9_900, "95 slots of 100 Wh and one of 400");
    assert_eq!(report.export_wh, 960);
    assert_eq!(report.orphans, [4]);
    assert_eq!(report.change_pct(), Some(10.0));
    // What b uses is counted by the mains in a, and is b's.
    let building = |name, energy_wh| Building { id: id(name), energy_wh };
    assert_eq!(report.buildings, [building("b", 5_760), building("a", 4_140)]);
    // Open from 7 to 18 on a Monday: 44 slots.
    assert_eq!((report.open_wh, report.closed_school_day_wh), (4_700, 5_200));
    assert_eq!(report.closed_other_day_wh, 0);
    assert!((report.out_of_hours_pct().expect("a share") - 52.525).abs() < 0.001);
    assert_eq!((report.hours_wh[8], report.hours_wh[9]), (400, 700));
    let peak = report.peak.expect("a peak");
    assert_eq!((peak.slot, peak.power_mw), (nine, 1_600_000));
    assert_eq!(report.base_load_mw, Some(400_000), "eight half-hours of 200 Wh");
    // September has no sharp peak: 9 to 12 and 17 to 21 are peak, 23 to 7 is valley.
    let bands: Vec<_> = report
        .bands
        .iter()
        .map(|band| (band.id.to_string(), band.energy_wh, band.cost_nano))
        .collect();
    let band = |name: &str, energy_wh, cost| (name.to_owned(), energy_wh, cost);
    assert_eq!(
        bands,
        [
            band("peak", 3_100, 3_720_000_000),
            band("valley", 3_200, 960_000_000),
            band("flat", 3_600, 2_520_000_000),
        ],
    );
    assert_eq!(report.unpriced_wh, 0);
    assert_eq!(report.costs, [Cost { currency: "CNY".into(), total_nano: 7_200_000_000 }]);
    let carbon = &report.co2[0];
    assert_eq!((carbon.year, carbon.factor_year, carbon.older), (2026, 2022, true));
    assert_eq!(carbon.co2_ug, 5_312_340_000, "9.9 kWh at 536.6 g");
    // 9,900 - 30 * 96 - 60 * 96: the roof is no part of what is used.
    let residual = report.residuals[0];
    assert_eq!((residual.parent_wh, residual.parts_wh, residual.rest_wh()), (9_900, 8_640, 1_260));
    assert_eq!(residual.balance, Balance::RestAbove);
    assert_eq!(report.completeness_pct(), 100.0);
    assert!(!report.days[0].doubtful);
}

#[test]
fn a_weekend_counts_as_closed_and_years_have_their_own_factors() {
    let mut scope = scope(shanghai(), Period::Week, "2022-01-01", QUARTER);
    let tariff = Tariff { valid_from: Date::constant(2022, 1, 2), ..example() };
    scope.energy.tariffs = vec![tariff];
    let all = slots(&scope);
    let mut builder = ReportBuilder::new(scope);
    for slot in all {
        builder.posting(0, slot, 10, MEASURED, NORMAL);
    }
    let report = builder.finish();
    // Monday 27 December to Sunday 2 January.
    assert_eq!(report.closed_other_day_wh, 2 * 960);
    assert_eq!(report.closed_school_day_wh, 5 * 520);
    let school: Vec<bool> = report.days.iter().map(|day| day.kind.is_school()).collect();
    assert_eq!(school, [true, true, true, true, true, false, false]);
    let years: Vec<_> = report.co2.iter().map(|c| (c.year, c.energy_wh, c.older)).collect();
    assert_eq!(years, [(2021, 4_800, false), (2022, 1_920, false)]);
    assert_eq!(report.unpriced_wh, 6 * 960, "until the price table begins");
    assert_eq!(report.bands.iter().map(|band| band.energy_wh).sum::<i64>(), 960);
    assert_eq!(report.bands[0].id, id("sharp"), "January has a sharp peak");
}

#[test]
fn days_have_23_24_and_25_hours() {
    let check = |zone: TimeZone, day: &str, slot_ms: i64, count: usize, hours: [i64; 4]| {
        let scope = scope(zone, Period::Day, day, slot_ms);
        let all = slots(&scope);
        let mut builder = ReportBuilder::new(scope);
        for slot in all {
            builder.posting(0, slot, slot_ms / 60_000, MEASURED, NORMAL);
        }
        let report = builder.finish();
        let said = format!("{day} {slot_ms}");
        assert_eq!(report.energy_wh, count as i64 * slot_ms / 60_000, "{said}");
        assert_eq!(report.meters[0].slots as usize, count, "{said}");
        assert_eq!(report.hours_wh[..4], hours, "{said}");
        assert_eq!(report.hours_wh.iter().sum::<i64>(), report.energy_wh, "{said}");
        let bands: i64 = report.bands.iter().map(|band| band.energy_wh).sum();
        assert_eq!(bands + report.unpriced_wh, report.energy_wh, "{said}");
        assert_eq!(report.base_load_mw, Some(60_000), "{said}: 60 Wh an hour");
        assert_eq!(report.days.len(), 1, "{said}");
        assert_eq!(report.meters[0].completeness_pct(), 100.0, "{said}");
    };
    check(berlin(), "2026-03-28", QUARTER, 96, [60, 60, 60, 60]);
    check(berlin(), "2026-03-29", QUARTER, 92, [60, 60, 0, 60]);
    check(berlin(), "2026-10-25", QUARTER, 100, [60, 60, 120, 60]);
    check(berlin(), "2026-10-25", HOUR, 25, [60, 60, 120, 60]);
    check(berlin(), "2026-10-25", 20 * 60_000, 75, [60, 60, 120, 60]);
    check(adelaide(), "2026-10-04", QUARTER, 92, [60, 60, 0, 60]);
    check(adelaide(), "2026-04-05", QUARTER, 100, [60, 60, 120, 60]);
    check(adelaide(), "2026-04-05", 2 * QUARTER, 50, [60, 60, 120, 60]);
    check(kathmandu(), "2026-04-05", QUARTER, 96, [60, 60, 60, 60]);
    check(kathmandu(), "2026-04-05", 60_000, 1_440, [60, 60, 60, 60]);
}

#[test]
fn hours_that_local_days_cut_belong_to_the_day_in_which_they_begin() {
    // 18:15 UTC is midnight in Kathmandu.
    let scope = scope(kathmandu(), Period::Week, "2026-04-05", HOUR);
    let mut builder = ReportBuilder::new(scope.clone());
    let first = scope.from.plus(HOUR - QUARTER);
    assert_eq!(first.0 % HOUR, 0);
    // One before the week begins, all of the week, one after.
    for nth in -1..=7 * 24 {
        builder.posting(0, first.plus(nth * HOUR), 1_000, MEASURED, NORMAL);
    }
    let report = builder.finish();
    assert!(report.days.iter().all(|day| day.energy_wh == 24_000), "{:?}", report.days);
    assert_eq!(report.energy_wh, 7 * 24_000);
    assert_eq!(report.base_load_mw, Some(1_000_000));
}

#[test]
fn slots_of_any_length_become_half_hours_without_losing_anything() {
    let check = |slot_ms: i64, energies: &[i64], expected_mw: i64| {
        let scope = scope(shanghai(), Period::Day, "2026-09-07", slot_ms);
        let all = slots(&scope);
        let mut builder = ReportBuilder::new(scope);
        for (slot, energy_wh) in all.into_iter().zip(energies.iter().cycle()) {
            builder.posting(0, slot, *energy_wh, MEASURED, NORMAL);
        }
        assert_eq!(builder.finish().base_load_mw, Some(expected_mw), "{slot_ms}");
    };
    // Half-hours of 30 and of 70 Wh in turn; the lowest eight are 60 W.
    check(QUARTER, &[10, 20, 30, 40], 60_000);
    check(2 * QUARTER, &[30, 70], 60_000);
    // An hour of 100 Wh is two half-hours of 50.
    check(HOUR, &[100], 100_000);
    // Three of 20 min: 10 + 20/2 and 20/2 + 30.
    check(20 * 60_000, &[10, 20, 30], 40_000);
    // 12 min, five to the hour: 10 + 20 + 30/2 = 45, 30/2 + 40 + 50 = 105.
    check(12 * 60_000, &[10, 20, 30, 40, 50], 90_000);
}

#[test]
fn a_gap_is_no_low_load_and_a_day_of_which_little_is_known_has_none() {
    let check = |missing_slots: usize, expected: Option<i64>| {
        let scope = scope(shanghai(), Period::Day, "2026-09-07", QUARTER);
        let all = slots(&scope);
        let mut builder = ReportBuilder::new(scope);
        for (nth, slot) in all.into_iter().enumerate() {
            if nth >= missing_slots {
                builder.posting(0, slot, 250, MEASURED, NORMAL);
            }
        }
        let report = builder.finish();
        assert_eq!(report.base_load_mw, expected, "{missing_slots}");
        assert_eq!(report.days[0].doubtful, missing_slots > 0, "{missing_slots}");
    };
    check(0, Some(1_000_000));
    check(1, Some(1_000_000));
    check(24, Some(1_000_000));
    check(25, None);
    check(96, None);
}

#[test]
fn rows_of_a_slot_add_up_and_the_last_one_says_how_well_it_is_known() {
    let mut scope = scope(shanghai(), Period::Day, "2026-09-07", QUARTER);
    let slot = |nth: i64| at(&shanghai(), "2026-09-07T00:00").plus(nth * QUARTER);
    // At noon and a bit: 48 slots are over.
    scope.now = slot(48).plus(60_000);
    let mut builder = ReportBuilder::new(scope);
    for nth in 10..40 {
        let cause = if nth == 10 { Cause::Opening as u8 } else { NORMAL };
        builder.posting(0, slot(nth), 100, MEASURED, cause);
        builder.posting(1, slot(nth), 10, MEASURED, NORMAL);
        builder.posting(2, slot(nth), 90, MEASURED, NORMAL);
    }
    builder.posting(0, slot(40), 300, ESTIMATED, Cause::Gap as u8);
    builder.posting(0, slot(41), 0, INCOMPLETE, Cause::Reset as u8);
    builder.posting(0, slot(42), 0, 99, 99);
    // A repair takes 20 Wh away, and makes a slot incomplete.
    builder.posting(0, slot(39), -20, INCOMPLETE, Cause::Repaired as u8);
    // Of another day, and of a meter that does not exist.
    builder.posting(0, slot(96), 1, MEASURED, NORMAL);
    builder.posting(0, slot(-1), 1, MEASURED, NORMAL);
    builder.posting(9, slot(1), 1, MEASURED, NORMAL);
    builder.suspect(1, slot(-3), slot(12));
    builder.suspect(1, slot(96), slot(99));
    let report = builder.finish();
    assert_eq!(report.energy_wh, 3_000 + 300 - 20);
    let mains = &report.meters[0];
    assert_eq!((mains.slots, mains.measured, mains.estimated), (38, 29, 1));
    assert_eq!((mains.incomplete, mains.missing()), (3, 5));
    assert_eq!((mains.estimated_wh, report.estimated_wh), (300, 300));
    let lamps = &report.meters[1];
    assert_eq!((lamps.slots, lamps.measured, lamps.missing(), lamps.suspect), (48, 30, 18, 12));
    assert_eq!(report.suspects.len(), 1, "the other one lies after the period");
    assert_eq!(report.residuals[0].balance, Balance::Unknown, "rows are missing");
    assert!(report.days[0].doubtful);
}

#[test]
fn parts_are_compared_with_the_whole_day_by_day() {
    let check = |parent: i64, parts: [i64; 2], expected: Balance| {
        let scope = scope(shanghai(), Period::Week, "2026-09-07", QUARTER);
        let all = slots(&scope);
        let mut builder = ReportBuilder::new(Scope { now: all[96 * 2], ..scope });
        for slot in &all[..96 * 2] {
            builder.posting(0, *slot, parent, MEASURED, NORMAL);
            builder.posting(1, *slot, parts[0], MEASURED, NORMAL);
            builder.posting(2, *slot, parts[1], ESTIMATED, NORMAL);
        }
        let report = builder.finish();
        let balances: Vec<_> = report.residuals.iter().map(|r| (r.day, r.balance)).collect();
        assert_eq!(balances, [(0, expected), (1, expected)], "{parent} {parts:?}");
    };
    check(1000, [500, 500], Balance::Fits);
    check(1000, [450, 500], Balance::Fits);
    check(1000, [449, 500], Balance::RestAbove);
    check(1000, [550, 500], Balance::Fits);
    check(1000, [551, 500], Balance::PartsAbove);
    check(0, [0, 0], Balance::Fits);
    check(0, [0, 1], Balance::PartsAbove);
}

#[test]
fn the_worst_rooms_and_what_happened_are_listed() {
    let mut scope = scope(shanghai(), Period::Day, "2026-09-07", QUARTER);
    let template = scope.rooms[0].clone();
    scope.rooms = (0..14).map(|_| template.clone()).collect();
    let from = scope.from;
    let mut builder = ReportBuilder::new(scope);
    for room in 0..12u32 {
        for nth in 0..2 {
            builder.room_slot(&RoomSlot {
                room: RoomIx(room),
                slot: from.plus(nth * QUARTER),
                occupied_ms: 5,
                lit_ms: 4,
                lit_empty_ms: room * 10,
                lit_hold_ms: 3,
                dark_ms: if room == 7 { 2 } else { 0 },
                unknown_ms: 1,
            });
        }
    }
    let incident = |at: Timestamp| Incident {
        meter: MeterIx(0),
        kind: IncidentKind::Reset,
        from: at,
        at,
        before_wh: 5,
        after_wh: 0,
        jump_wh: -5,
    };
    for (id, nth) in [(3, 50), (1, 20), (2, 20), (4, 96), (5, -1)] {
        builder.incident(id, incident(from.plus(nth * QUARTER)));
    }
    let report = builder.finish();
    assert_eq!(report.worst_lit_empty, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    assert_eq!(report.worst_dark, [7]);
    let room = report.room(RoomIx(11)).expect("a room");
    assert_eq!((room.occupied_ms, room.lit_ms, room.lit_empty_ms), (10, 8, 220));
    assert_eq!((room.lit_hold_ms, room.dark_ms, room.unknown_ms), (6, 0, 2));
    let ids: Vec<i64> = report.incidents.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn meters_that_name_each_other_as_parents_are_counted_nowhere() {
    let mut scope = scope(shanghai(), Period::Day, "2026-09-07", QUARTER);
    scope.meters[0].parent = Some("lamps".into());
    let from = scope.from;
    let mut builder = ReportBuilder::new(scope);
    builder.posting(0, from, 10, MEASURED, NORMAL);
    builder.posting(1, from, 10, MEASURED, NORMAL);
    let report = builder.finish();
    assert_eq!((report.energy_wh, report.buildings.len()), (0, 0));
    assert_eq!(report.peak, None);
}

#[test]
fn periods_begin_and_end_at_local_midnights() {
    let check = |zone: &TimeZone, period: &str, day: &str, from: &str, to: &str| {
        let kind = Period::from_name(period).expect("a period");
        let expected = (at(zone, &format!("{from}T00:00")), at(zone, &format!("{to}T00:00")));
        for time in ["T00:00", "T12:34:56", "T23:59:59.999"] {
            let moment = at(zone, &format!("{day}{time}"));
            assert_eq!(bounds(kind, moment, zone), expected, "{period} of {day}{time}");
        }
    };
    let berlin = berlin();
    check(&berlin, "day", "2026-03-29", "2026-03-29", "2026-03-30");
    check(&berlin, "week", "2026-03-29", "2026-03-23", "2026-03-30");
    check(&berlin, "week", "2026-03-30", "2026-03-30", "2026-04-06");
    check(&berlin, "month", "2026-10-25", "2026-10-01", "2026-11-01");
    check(&berlin, "month", "2026-12-31", "2026-12-01", "2027-01-01");
    check(&berlin, "week", "2026-01-01", "2025-12-29", "2026-01-05");
    check(&adelaide(), "month", "2028-02-29", "2028-02-01", "2028-03-01");
    check(&kathmandu(), "day", "2026-09-07", "2026-09-07", "2026-09-08");
    assert_eq!(Period::from_name("year"), None);
    let (from, to) = bounds(Period::Month, at(&berlin, "2026-10-25T12:00"), &berlin);
    assert_eq!((to.0 - from.0) / HOUR, 31 * 24 + 1);
    let earlier = before(Period::Month, from, &berlin);
    assert_eq!(earlier, (at(&berlin, "2026-09-01T00:00"), from));
    let day = at(&berlin, "2026-03-30T00:00");
    let earlier = before(Period::Day, day, &berlin);
    assert_eq!((earlier.1.0 - earlier.0.0) / HOUR, 23);
}
