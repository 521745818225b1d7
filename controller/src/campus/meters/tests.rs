//! What meters and slots may not be.

use crate::timetable::{Days, Span};
use crate::{
    Campus, Flow, MeterConfig, MeterSource, NodeConfig, Place, Plate, Settings, Timetable,
};
use wire::Id;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

fn meter(name: &str, parent: Option<&str>) -> MeterConfig {
    let source = match name.split_once('/') {
        None => MeterSource::Polled,
        Some((node, channel)) => MeterSource::Node {
            node: id(node),
            channel: Some(id(channel)).filter(|it| it.as_str() != "main"),
        },
    };
    let (label, parent) = (String::new(), parent.map(str::to_owned));
    let place = Some(Place::Building(id("b")));
    let (flow, plate) = (Flow::Import, Plate::default());
    MeterConfig { name: name.to_owned(), label, source, place, parent, flow, plate }
}

fn campus() -> Campus {
    Campus {
        id: id("demo"),
        name: String::new(),
        zone: jiff::tz::TimeZone::UTC,
        timetable: Timetable {
            days: Days::SCHOOL,
            open: Span::new((7, 0), (18, 0)),
            lessons: Vec::new(),
            ..Timetable::default()
        },
        settings: Settings::default(),
        rooms: Vec::new(),
        nodes: vec![NodeConfig { id: id("n"), place: Place::Building(id("b")), settings: None }],
        meters: vec![meter("mains", None), meter("gym", Some("mains")), meter("n/window", None)],
        energy: crate::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
    }
}

fn check(change: impl Fn(&mut Campus), expected: &str) {
    let mut campus = campus();
    change(&mut campus);
    let said = campus.check().map_or_else(|fault| fault.to_string(), |()| String::new());
    assert_eq!(said, expected);
}

#[test]
fn every_fault_of_a_meter_is_named() {
    check(|_| {}, "");
    check(|c| c.meters.push(meter("gym", None)), "meter `gym`: there are two of this name");
    check(
        |c| c.meters[0].name = "Mains 1".to_owned(),
        "meter `Mains 1`: its name is no identifier",
    );
    check(
        |c| c.meters[2].name = "n/inner".to_owned(),
        "meter `n/inner`: its name is no identifier",
    );
    check(
        |c| c.meters.push(MeterConfig { name: "lamps".to_owned(), ..meter("n/window", None) }),
        "meter `lamps`: `n/window` has the same channel",
    );
    check(|c| c.meters.push(meter("x/a", None)), "meter `x/a`: node `x` does not exist");
    check(
        |c| c.meters[0].place = Some(Place::Room { building: id("b"), room: id("1") }),
        "meter `mains`: room `b/1` does not exist",
    );
    check(
        |c| c.meters[1].parent = Some("hall".to_owned()),
        "meter `gym`: meter `hall` does not exist",
    );
    check(|c| c.meters[0].plate.power_max_w = 0, "meter `mains`: `power_max_w` makes no sense");
    check(|c| c.meters[0].plate.modulus_wh = Some(9), "meter `mains`: `modulus_wh` makes no sense");
    check(|c| c.meters[0].plate.quantum_wh = 0, "meter `mains`: `quantum_wh` makes no sense");
}

#[test]
fn no_meter_is_part_of_itself() {
    check(|c| c.meters[0].parent = Some("gym".to_owned()), "meter `mains`: it is part of itself");
    check(|c| c.meters[1].parent = Some("gym".to_owned()), "meter `gym`: it is part of itself");
    check(
        |c| c.meters.push(meter("n/main", Some("n/window"))),
        "meter `n/window`: it is part of itself",
    );
}

#[test]
fn local_days_are_whole_slots() {
    let zone = |posix: &str| jiff::tz::TimeZone::posix(posix).expect("a zone");
    check(
        |c| c.settings.slot_ms = 7 * 60_000,
        "a slot of 420000 ms does not divide the hour into minutes",
    );
    check(
        |c| c.settings.slot_ms = 30_000,
        "a slot of 30000 ms does not divide the hour into minutes",
    );
    check(|c| c.settings.slot_ms = 3_600_000, "");
    let fault = "days here begin inside a slot of 60 min: the zone is 20700 s away from UTC";
    check(|c| (c.zone, c.settings.slot_ms) = (zone("<+0545>-5:45"), 3_600_000), fault);
    check(|c| c.zone = zone("<+0545>-5:45"), "");
    // Lord Howe: half an hour of summer time.
    let howe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
    check(|c| (c.zone, c.settings.slot_ms) = (zone(howe), 1_800_000), "");
}
