//! What a campus may not be.

use super::*;
use crate::timetable::{Days, Span};

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

fn zone(name: &str, node: &str) -> ZoneConfig {
    let lighting = lighting::Settings::default();
    ZoneConfig { id: id(name), node: id(node), channel: id(name), lighting }
}

fn campus() -> Campus {
    let place = Place::Room { building: id("b"), room: id("1") };
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
        meters: Vec::new(),
        energy: crate::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
        rooms: vec![RoomConfig {
            exempt: false,
            building: id("b"),
            id: id("1"),
            name: String::new(),
            zones: vec![zone("window", "n"), zone("inner", "n")],
            occupancy: Default::default(),
        }],
        nodes: vec![
            NodeConfig { id: id("n"), place, settings: None },
            NodeConfig { id: id("m"), place: Place::Building(id("b")), settings: None },
        ],
    }
}

/// What a change makes of a good campus.
fn check(change: fn(&mut Campus), expected: &str) {
    let mut campus = campus();
    change(&mut campus);
    let got = campus.check().err().map_or(String::new(), |fault| fault.to_string());
    assert_eq!(got, expected);
}

#[test]
fn every_fault_is_named_with_what_it_is_about() {
    check(|_| {}, "");
    check(|c| c.rooms.push(c.rooms[0].clone()), "room `b/1` is named twice");
    check(|c| c.nodes.push(c.nodes[1].clone()), "node `m` is named twice");
    check(|c| c.rooms[0].zones[1].id = id("window"), "zone `window` of room `b/1` is named twice");
    check(
        |c| c.nodes[1].place = Place::Room { building: id("b"), room: id("2") },
        "node `m` hangs in room `b/2`, which does not exist",
    );
    check(
        |c| c.rooms[0].zones[1].node = id("x"),
        "zone `inner` of room `b/1` names node `x`, which does not exist",
    );
    check(
        |c| c.rooms[0].zones[1].channel = id("window"),
        "two zones want channel `window` of node `n`",
    );
    check(
        |c| c.rooms[0].zones.extend(["a", "b", "c"].map(|name| zone(name, "n"))),
        "node `n` drives more than 4 zones",
    );
    check(|c| c.settings.silent_ms = 0, "`silent_ms` must be longer");
    check(|c| c.rooms[0].zones[0].lighting.renew_ms = 0, "`renew_ms` must be longer");
    check(
        |c| c.timetable.open = Span::new((18, 0), (7, 0)),
        "timetable: a lesson or the opening hours end before they begin",
    );
}
