//! How long a month's report of a large campus takes: 360 meters at a quarter hour, 300 rooms.
//! A program of its own, so that no other test takes its processor.
#![expect(clippy::disallowed_methods, reason = "a test of speed needs a clock")]

use controller::report::{MeterScope, Period, ReportBuilder, RoomScope, Scope, bounds};
use controller::{Days, EnergySettings, Flow, Place, RoomIx, RoomSlot, Span, Timestamp, Timetable};
use std::time::Instant;
use wire::Id;

const METERS: usize = 360;
const ROOMS: u32 = 300;
const QUARTER: i64 = 900_000;

/// A test build takes about 100 ms. A busy machine is slower; this finds a call to the time zone, or an
/// allocation, in every row.
const MS_MAX: u128 = 3_000;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

#[test]
fn a_month_of_a_large_campus_is_added_up_at_once() {
    let zone = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
    let (from, to) = bounds(Period::Month, Timestamp(1_793_000_000_000), &zone);
    let meter = |nth: usize| MeterScope {
        name: format!("meter-{nth}"),
        label: String::new(),
        place: Some(Place::Building(id(&format!("b-{}", nth % 12)))),
        parent: (nth >= 12).then(|| format!("meter-{}", nth % 12)),
        flow: Flow::Import,
    };
    let room = |nth: u32| RoomScope {
        place: Place::Room { building: id("b"), room: id(&nth.to_string()) },
        name: String::new(),
    };
    let energy = EnergySettings {
        tariffs: vec![controller::tariff::example()],
        co2: controller::tariff::china_co2(),
    };
    let scope = Scope {
        zone,
        timetable: Timetable {
            days: Days::SCHOOL,
            open: Span::new((7, 0), (18, 0)),
            lessons: vec![Span::new((8, 0), (8, 45))],
            ..Timetable::default()
        },
        energy,
        slot_ms: QUARTER,
        from,
        to,
        now: to,
        meters: (0..METERS).map(meter).collect(),
        rooms: (0..ROOMS).map(room).collect(),
    };
    let began = Instant::now();
    let mut builder = ReportBuilder::new(scope);
    let mut slot = from;
    while slot < to {
        for meter in 0..METERS {
            builder.posting(meter, slot, 100, 0, 0);
        }
        for room in 0..ROOMS {
            builder.room_slot(&RoomSlot {
                room: RoomIx(room),
                slot,
                occupied_ms: 1,
                lit_ms: 1,
                lit_empty_ms: 0,
                lit_hold_ms: 0,
                dark_ms: 0,
                unknown_ms: 0,
            });
        }
        slot = slot.plus(QUARTER);
    }
    let report = builder.finish();
    let took_ms = began.elapsed().as_millis();
    let slots = 31 * 96 + 4; // October, with an hour more
    assert_eq!(report.energy_wh, 12 * 100 * slots);
    assert!(took_ms <= MS_MAX, "a month takes {took_ms} ms");
}
