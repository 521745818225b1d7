//! The school that all tests use: two rooms, four nodes, Monday to Friday, eight hours east of UTC.

use controller::{
    Campus, Days, NodeConfig, Place, RoomConfig, Settings, Span, Timestamp, Timetable, ZoneConfig,
};
use wire::Id;

/// Monday 2026-09-07, 00:00 local time.
pub const MONDAY: Timestamp = Timestamp(1_788_710_400_000);

/// An identifier that is known to be one.
pub fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

/// `science/101` is driven and seen by `sci-101`; `science/102` is driven by `sci-102` and seen
/// by `sci-102` and `sci-102-b`; `sci-mains` measures the building.
pub fn school() -> Campus {
    let zone = |name: &str, node: &str, target_lx, lamp_lx| {
        let floor_lx = target_lx;
        let lighting = lighting::Settings { target_lx, floor_lx, lamp_lx, ..Default::default() };
        ZoneConfig { id: id(name), node: id(node), channel: id(name), lighting }
    };
    let room = |name: &str, zones| RoomConfig {
        exempt: false,
        building: id("science"),
        id: id(name),
        name: format!("Room {name}"),
        zones,
        occupancy: Default::default(),
    };
    let node = |name: &str, room: Option<&str>| NodeConfig {
        id: id(name),
        place: match room {
            Some(room) => Place::Room { building: id("science"), room: id(room) },
            None => Place::Building(id("science")),
        },
        settings: Some(wire::Settings::default().into()),
    };
    Campus {
        id: id("demo"),
        name: "Demo school".into(),
        zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(8)),
        timetable: timetable(),
        settings: Settings::default(),
        meters: Vec::new(),
        energy: controller::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
        rooms: vec![
            room(
                "101",
                vec![zone("window", "sci-101", 300, 200), zone("inner", "sci-101", 300, 200)],
            ),
            room("102", vec![zone("window", "sci-102", 300, 400)]),
        ],
        nodes: vec![
            node("sci-101", Some("101")),
            node("sci-102", Some("102")),
            node("sci-102-b", Some("102")),
            node("sci-mains", None),
        ],
    }
}

/// 07:00 to 18:00 with three lessons in the morning.
pub fn timetable() -> Timetable {
    Timetable {
        days: Days::SCHOOL,
        open: Span::new((7, 0), (18, 0)),
        lessons: vec![
            Span::new((8, 0), (8, 45)),
            Span::new((8, 55), (9, 40)),
            Span::new((9, 50), (10, 35)),
        ],
        ..Timetable::default()
    }
}
