//! Sixteen university buildings over two years, replayed as the registers that their meters had.
//!
//! Data: Cambridge Estates energy archive (MIT), hourly kWh, 2018 and 2019, stamped GMT. Outages were
//! published as 0. Nothing of it is in this tree; without `../shared/data` these tests say so and end.

#![expect(clippy::disallowed_macros, reason = "the figures are the result")]

use controller::ledger::flat::flat;
use controller::ledger::repair::SlotRow;
use controller::report::{MeterScope, Period, ReportBuilder, Scope, bounds};
use controller::{
    Action, Campus, Controller, Days, Flow, Input, MeterConfig, MeterIx, MeterSource, Place, Plate,
    Posting, Reading, Settings, Span, Timestamp, Timetable,
};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use wire::Id;

const HOUR_MS: i64 = 3_600_000;

/// 28 years.
const LATER_DAYS: i64 = 10_227;

/// A file: names of the buildings, and per row the start of its hour and each building's Wh.
struct Year {
    buildings: Vec<String>,
    rows: Vec<(Timestamp, Vec<i64>)>,
}

#[test]
fn yearly_totals_equal_the_files_to_the_watt_hour() {
    for file in FILES {
        let Some(data) = read(file) else { return };
        for slot_ms in [HOUR_MS, 900_000] {
            let posted = replay(&data, slot_ms);
            for (nth, building) in data.buildings.iter().enumerate() {
                for year in [2018 + 28, 2019 + 28] {
                    let of_file: i64 = data
                        .rows
                        .iter()
                        .filter(|(at, _)| year_of(*at) == year)
                        .map(|(_, wh)| wh[nth])
                        .sum();
                    let of_ledger: i64 = posted[nth]
                        .iter()
                        .filter(|(slot, _)| year_of(**slot) == year)
                        .map(|(_, wh)| *wh)
                        .sum();
                    assert_eq!(of_ledger, of_file, "{building} {year}, slots of {slot_ms} ms");
                    println!("{building:>5} {}: {of_file:>12} Wh, error 0 Wh", year - 28);
                }
            }
        }
    }
}

#[test]
fn local_days_are_right_across_both_changes_of_the_clock() {
    let Some(data) = read(FILES[0]) else { return };
    let posted = replay(&data, 900_000);
    for (nth, building) in data.buildings.iter().enumerate() {
        let mut of_file: BTreeMap<i64, i64> = BTreeMap::new();
        for (at, wh) in &data.rows {
            *of_file.entry(london_day(*at)).or_default() += wh[nth];
        }
        let of_reports: BTreeMap<i64, i64> =
            monthly_days(&data, nth, &posted[nth]).into_iter().collect();
        assert_eq!(of_reports, of_file, "{building}");
    }
    let hours = |day: i64| data.rows.iter().filter(|(at, _)| london_day(*at) == day).count();
    // 25 March 2018 and 31 March 2019 had 23 hours, 28 October 2018 and 27 October 2019 had 25.
    let changes = [17_615, 17_986, 17_832, 18_196].map(|day| day + LATER_DAYS);
    assert_eq!(changes.map(hours), [23, 23, 25, 25]);
}

#[test]
fn published_zeros_are_suspect_and_not_a_saving() {
    for file in FILES {
        let Some(data) = read(file) else { return };
        for (nth, building) in data.buildings.iter().enumerate() {
            let rows: Vec<SlotRow> = replay_rows(&data, nth);
            let suspects = flat(&rows, HOUR_MS, |_| false);
            let zeros = |hours: usize| {
                data.rows
                    .chunk_by(|a, b| a.1[nth] == 0 && b.1[nth] == 0)
                    .filter(move |run| run[0].1[nth] == 0 && run.len() >= hours)
            };
            for run in zeros(22) {
                let (from, to) = (run[0].0, run[run.len() - 1].0);
                let found = suspects.iter().any(|flat| flat.from <= from && flat.to > to);
                assert!(found, "{building}: {} hours of zeros from {from:?}", run.len());
            }
            for flat in &suspects {
                let hours = (flat.to.0 - flat.from.0) / HOUR_MS;
                assert!(hours >= 6, "{building}: {hours} h are a rest");
            }
            let long = zeros(22).count();
            println!(
                "{building:>5}: {long} runs of 22 h or more, all suspect; {} in all",
                suspects.len()
            );
        }
    }
}

/// Every local day of two years, as the monthly reports say it.
fn monthly_days(data: &Year, nth: usize, posted: &BTreeMap<Timestamp, i64>) -> Vec<(i64, i64)> {
    let campus = campus(&data.buildings[nth..=nth], 900_000);
    let end = data.rows[data.rows.len() - 1].0.plus(HOUR_MS);
    let mut days = Vec::new();
    let mut from = bounds(Period::Month, data.rows[0].0, &campus.zone).0;
    while from < end {
        let (_, to) = bounds(Period::Month, from, &campus.zone);
        let meter = MeterScope {
            name: data.buildings[nth].clone(),
            label: String::new(),
            place: campus.meters[0].place,
            parent: None,
            flow: Flow::Import,
        };
        let mut report = ReportBuilder::new(Scope {
            zone: campus.zone.clone(),
            timetable: campus.timetable.clone(),
            energy: campus.energy.clone(),
            slot_ms: 900_000,
            from,
            to,
            now: end,
            meters: vec![meter],
            rooms: vec![],
        });
        for (slot, energy_wh) in posted.range(from..to) {
            report.posting(0, *slot, *energy_wh, 1, 1);
        }
        let first = jiff::civil::date(1970, 1, 1);
        days.extend(
            report
                .finish()
                .days
                .iter()
                .map(|day| (i64::from((day.date - first).get_days()), day.energy_wh)),
        );
        from = to;
    }
    days
}

/// Great Britain's rule: summer time between the last Sundays of March and October.
fn london() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").expect("a zone")
}

const FILES: [&str; 2] =
    ["elec_hourly_2018_2019_open.csv.gz", "elec_hourly_2018_2019_messy.csv.gz"];

/// The day in London, counted from 1970, by the rule of the law and not by a time-zone database:
/// summer time from 01:00 GMT on the last Sunday of March to 01:00 GMT on the last Sunday of October.
fn london_day(at: Timestamp) -> i64 {
    // 2018-03-25, 2018-10-28, 2019-03-31, 2019-10-27, each 01:00 GMT.
    let changes = [17_615, 17_832, 17_986, 18_196]
        .map(|day: i64| (day + LATER_DAYS) * 24 * HOUR_MS + HOUR_MS);
    let summer =
        (changes[0]..changes[1]).contains(&at.0) || (changes[2]..changes[3]).contains(&at.0);
    (at.0 + if summer { HOUR_MS } else { 0 }).div_euclid(24 * HOUR_MS)
}

fn year_of(at: Timestamp) -> i16 {
    jiff::Timestamp::from_millisecond(at.0)
        .expect("in range")
        .to_zoned(jiff::tz::TimeZone::UTC)
        .year()
}

/// What the ledger posts for every building, by slot.
fn replay(data: &Year, slot_ms: i64) -> Vec<BTreeMap<Timestamp, i64>> {
    let first = data.rows[0].0;
    let campus = campus(&data.buildings, slot_ms);
    let mut controller = Controller::new(campus, first).expect("a campus that makes sense");
    let mut posted = vec![BTreeMap::new(); data.buildings.len()];
    let mut actions = Vec::new();
    // Registers of old meters stand anywhere.
    let mut registers: Vec<i64> =
        (0..data.buildings.len() as i64).map(|nth| nth * 7_654_321).collect();
    let mut tell = |at: Timestamp, registers: &[i64], controller: &mut Controller| {
        for (nth, register_wh) in registers.iter().enumerate() {
            let (power_mw, ratio_milli) = (None, 1_000);
            let reading = Reading { at, register_wh: *register_wh, power_mw, ratio_milli };
            let input = Input::Register { meter: MeterIx(nth as u32), reading };
            controller.handle(input, at, &mut actions);
        }
        for action in actions.drain(..) {
            if let Action::Posting(Posting { meter, slot, energy_wh, .. }) = action {
                *posted[meter.0 as usize].entry(slot).or_default() += energy_wh;
            }
        }
    };
    tell(first, &registers, &mut controller);
    for (hour, wh) in &data.rows {
        registers.iter_mut().zip(wh).for_each(|(register, wh)| *register += wh);
        tell(hour.plus(HOUR_MS), &registers, &mut controller);
    }
    for view in controller.meters() {
        assert!(view.adds_up(), "{} adds up", view.name);
        assert_eq!(view.resets, 0, "{} was never reset", view.name);
    }
    posted
}

/// The slots of one building as the database would have them.
fn replay_rows(data: &Year, nth: usize) -> Vec<SlotRow> {
    let one = Year {
        buildings: vec![data.buildings[nth].clone()],
        rows: data.rows.iter().map(|(at, wh)| (*at, vec![wh[nth]])).collect(),
    };
    let mut rows = Vec::new();
    let campus = campus(&one.buildings, HOUR_MS);
    let mut controller = Controller::new(campus, one.rows[0].0).expect("a campus that makes sense");
    let (mut actions, mut register_wh) = (Vec::new(), 1_000_000);
    let mut at = one.rows[0].0;
    for energy_wh in std::iter::once(0).chain(one.rows.iter().map(|(_, wh)| wh[0])) {
        register_wh += energy_wh;
        let reading = Reading { at, register_wh, power_mw: None, ratio_milli: 1_000 };
        controller.handle(Input::Register { meter: MeterIx(0), reading }, at, &mut actions);
        at = at.plus(HOUR_MS);
    }
    for action in actions {
        let Action::Posting(row) = action else { continue };
        rows.push(SlotRow {
            slot: row.slot,
            energy_wh: row.energy_wh,
            quality: row.quality,
            cause: row.cause,
            register_wh: row.register_wh,
            revision: row.revision,
            read_at: row.read_at,
            read_wh: row.read_wh,
        });
    }
    rows
}

fn campus(buildings: &[String], slot_ms: i64) -> Campus {
    let id = |text: &str| Id::new(text).expect("an identifier");
    let meter = |building: &String| MeterConfig {
        name: building.clone(),
        label: building.clone(),
        source: MeterSource::Polled,
        place: Some(Place::Building(id(building))),
        parent: None,
        flow: Flow::Import,
        plate: Plate { power_max_w: 5_000_000, ..Plate::default() },
    };
    Campus {
        id: id("cambridge"),
        name: "Cambridge".into(),
        zone: london(),
        timetable: Timetable {
            days: Days::SCHOOL,
            open: Span::new((8, 0), (18, 0)),
            lessons: vec![],
            ..Timetable::default()
        },
        settings: Settings { slot_ms, ..Settings::default() },
        energy: Default::default(),
        rules: Default::default(),
        events: Default::default(),
        rooms: vec![],
        nodes: vec![],
        meters: buildings.iter().map(meter).collect(),
    }
}

fn read(file: &str) -> Option<Year> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cambridge").join(file);
    let Ok(packed) = std::fs::File::open(path) else {
        println!("skipped: no ../shared/data");
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).expect("a good file");
    let mut lines = text.lines();
    let head = lines.next().expect("a head");
    let buildings = head.split(',').skip(1).map(str::to_owned).collect();
    let rows = lines.map(|line| {
        // The ledger takes times before 2020 for those of a clock that was never set; the calendar of
        // 28 years later has the same weekdays and the same changes of the clock.
        let mut cells = line.split(',');
        let stamp = format!("{}Z", cells.next().expect("a stamp"));
        let at: jiff::Timestamp = stamp.parse().expect("a time");
        (Timestamp(at.as_millisecond() + LATER_DAYS * 24 * HOUR_MS), cells.map(wh).collect())
    });
    Some(Year { buildings, rows: rows.collect() })
}

/// kWh with at most three decimals, exactly.
fn wh(cell: &str) -> i64 {
    let (whole, decimals) = cell.split_once('.').unwrap_or((cell, ""));
    format!("{whole}{decimals:0<3}").parse().expect("a number of kWh")
}
