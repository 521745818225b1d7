//! How much memory and time a large campus takes: 10,000 nodes, each with a room of two zones.
//! A program of its own, so that no other test's memory is counted.
#![expect(clippy::disallowed_methods, reason = "a test of speed needs a clock")]

use controller::{
    Action, Campus, Controller, Days, Input, NodeConfig, NodeIx, Place, RoomConfig, Settings, Span,
    Timestamp, Timetable, ZoneConfig,
};
use std::time::Instant;
use wire::{Frame, Id, Quantity, Reading, Sample, Value};

const MONDAY: Timestamp = Timestamp(1_788_710_400_000);

/// As many nodes as a campus may have.
const NODES: usize = 10_000;

/// 32 MB for them, two meters and their accounts, and what is remembered of light, movement and air included, and
/// a tenth for what the allocator keeps for itself.
const BYTES_MAX: usize = 36_500_000;

/// A frame of ten readings takes about 2 µs in a release build. A debug build on a busy machine is up
/// to a hundred times slower; this finds only what grows with the number of rooms or nodes.
const FRAME_US_MAX: u128 = 400;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

fn large() -> Campus {
    let node = |nth: usize| id(&format!("node-{nth}"));
    let room = |nth: usize| id(&format!("{nth}"));
    let zone = |nth: usize, name: &str| {
        let lighting = lighting::Settings::default();
        ZoneConfig { id: id(name), node: node(nth), channel: id(name), lighting }
    };
    let occupancy = std::sync::Arc::<controller::OccupancySettings>::default();
    let shipped = std::sync::Arc::new(wire::Settings::default());
    Campus {
        id: id("large"),
        name: String::new(),
        zone: jiff::tz::TimeZone::UTC,
        timetable: Timetable {
            days: Days::SCHOOL,
            open: Span::new((7, 0), (18, 0)),
            lessons: vec![Span::new((8, 0), (8, 45))],
            ..Timetable::default()
        },
        settings: Settings::default(),
        meters: Vec::new(),
        energy: controller::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
        rooms: (0..NODES)
            .map(|nth| RoomConfig {
                exempt: false,
                building: id("b"),
                id: room(nth),
                name: format!("Room {nth}"),
                zones: vec![zone(nth, "window"), zone(nth, "inner")],
                occupancy: occupancy.clone(),
            })
            .collect(),
        nodes: (0..NODES)
            .map(|nth| {
                let place = Place::Room { building: id("b"), room: room(nth) };
                NodeConfig { id: node(nth), place, settings: Some(shipped.clone()) }
            })
            .collect(),
    }
}

/// Memory of this process that is in use, bytes; `None` where the system does not say.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn ten_thousand_nodes_fit_and_a_frame_is_quick() {
    let before = resident();
    let mut controller = Controller::new(large(), MONDAY).expect("a good campus");
    let mut out: Vec<Action> = Vec::new();
    let mut frames = 0;
    let began = Instant::now();
    for round in 1..=3u32 {
        let at = MONDAY.plus(i64::from(round) * 60_000);
        for nth in 0..NODES as u32 {
            let energy = i64::from(round) * 10;
            let readings = [
                (Quantity::Motion, "", 1),
                (Quantity::Presence, "", 0),
                (Quantity::IlluminanceLx, "", 100 + i64::from(round)),
                (Quantity::Co2Ppm, "", 600),
                (Quantity::TemperatureC, "", 21),
                (Quantity::LevelPct, "window", 50),
                (Quantity::LevelPct, "inner", 50),
                (Quantity::EnergyWh, "window", energy),
                (Quantity::EnergyWh, "inner", energy),
                (Quantity::PowerW, "window", 60),
            ];
            let readings = readings.into_iter().map(|(quantity, channel, value)| Reading {
                quantity,
                channel,
                sample: Sample::Is(Value::from_whole(value)),
            });
            let frame = Frame {
                boot: 1,
                seq: round,
                oldest: round,
                t: Some(at.0),
                up: u64::from(round),
                sent: u64::from(round),
                lost: None,
                readings: readings.collect(),
                unknown: 0,
            };
            controller.handle(Input::Frame { node: NodeIx(nth), frame: &frame }, at, &mut out);
            out.clear();
            frames += 1;
        }
    }
    let each_us = began.elapsed().as_micros() / frames;
    if let (Some(before), Some(after)) = (before, resident()) {
        let bytes = after.saturating_sub(before);
        assert!(bytes <= BYTES_MAX, "{NODES} nodes take {bytes} bytes");
    }
    assert!(each_us <= FRAME_US_MAX, "a frame takes {each_us} µs");
    assert_eq!(controller.meters().count(), 2 * NODES);
}
