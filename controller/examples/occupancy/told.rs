//! Rows of data, told to the controller of the product as frames of nodes; and what it said of the room.

use super::counted::Row;
use controller::occupancy::learn::Sample as Sampled;
use controller::{
    Action, Campus, Controller, Days, Input, NodeConfig, NodeIx, OccupancySettings, Place,
    RoomConfig, RoomIx, Settings, Span, Timestamp, Timetable, ZoneConfig,
};
use lighting::Occupancy;
use std::sync::Arc;
use wire::{Frame, Id, Quantity, Reading, Sample, Value};

/// How the room is set up.
#[derive(Clone)]
pub struct Setup {
    /// How occupancy is estimated.
    pub occupancy: OccupancySettings,
    /// The configured hold, ms.
    pub hold_ms: u32,
    /// Opening hours, Monday to Friday.
    pub open: Span,
}

impl Setup {
    /// As shipped for a kind of room, open from 08:00 to 18:00.
    pub fn of(kind: controller::RoomKind) -> Self {
        let hold_ms = lighting::Settings::default().hold_ms;
        let open = Span::new((8, 0), (18, 0));
        Self { occupancy: OccupancySettings::of(kind), hold_ms, open }
    }
}

/// What the controller said after a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether somebody is there, as lamps hear it.
    pub occupancy: Occupancy,
    /// All votes together.
    pub weight: i32,
    /// The lamps are on.
    pub lit: bool,
}

/// What lamps and light are told to be, whatever is decided: for the proof that nothing depends on it.
pub type Lamps = fn(&Row, usize) -> Option<(i64, i64)>;

/// Tells rows to a new controller.
pub fn tell(setup: &Setup, rows: &[Row], lamps: Lamps) -> Vec<Said> {
    let mut said = Vec::with_capacity(rows.len());
    follow(setup, rows, lamps, |controller, _, _| {
        let room = controller.room(RoomIx(0));
        said.push(Said {
            occupancy: room.occupancy,
            weight: controller.estimate(RoomIx(0)).weight,
            lit: room.zones[0].level_pct > 0,
        });
    });
    said
}

/// Samples of every minute, with what is true in it: what the last row before says, for a quarter hour.
pub fn samples(setup: &Setup, rows: &[Row]) -> Vec<(Sampled, Option<bool>)> {
    let mut samples = Vec::new();
    follow(
        setup,
        rows,
        |_, _| None,
        |controller, row, next_ms| {
            let until_ms = next_ms.min(row.at_ms + 900_000);
            let mut minute_ms = (row.at_ms.div_euclid(60_000) + 1) * 60_000;
            while minute_ms <= until_ms {
                let at = Timestamp(minute_ms);
                controller.handle(Input::Tick, at, &mut Vec::new());
                samples.push((controller.sample(RoomIx(0), at), Some(row.occupied)));
                minute_ms += 60_000;
            }
        },
    );
    samples
}

/// Tells rows, and looks after each of them; with the time of the next.
fn follow(
    setup: &Setup,
    rows: &[Row],
    lamps: Lamps,
    mut look: impl FnMut(&mut Controller, &Row, i64),
) {
    let Some(first) = rows.first() else { return };
    let start = Timestamp(first.at_ms - 60_000);
    let mut controller = Controller::new(campus(setup), start).expect("a good campus");
    let mut out: Vec<Action> = Vec::new();
    for (nth, row) in rows.iter().enumerate() {
        let at = Timestamp(row.at_ms);
        for node in 0..row.motion.len() {
            let readings = said_by(node, row, lamps(row, nth));
            if readings.is_empty() {
                continue;
            }
            let seq = nth as u32 + 1;
            let frame = Frame {
                boot: 1,
                seq,
                oldest: seq,
                t: Some(row.at_ms),
                up: u64::from(seq),
                sent: u64::from(seq),
                lost: None,
                readings: readings.into_iter().collect(),
                unknown: 0,
            };
            let node = NodeIx(node as u32);
            controller.handle(Input::Frame { node, frame: &frame }, at, &mut out);
        }
        controller.handle(Input::Tick, at, &mut out);
        out.clear();
        look(&mut controller, row, rows.get(nth + 1).map_or(i64::MAX, |next| next.at_ms));
    }
}

/// What a node says of a row: the first has all, the second the second motion sensor.
fn said_by(node: usize, row: &Row, light: Option<(i64, i64)>) -> Vec<Reading<'static>> {
    let mut readings = Vec::new();
    let moved = row.motion[node];
    readings.extend(moved.map(|moved| (Quantity::Motion, "", i64::from(moved) * 1000)));
    if node == 0 {
        readings.extend(row.co2_milli.map(|co2| (Quantity::Co2Ppm, "", co2)));
        if let Some((level_pct, lux)) = light {
            readings.push((Quantity::LevelPct, "lamps", level_pct * 1000));
            readings.push((Quantity::IlluminanceLx, "", lux * 1000));
        }
    }
    let reading = |(quantity, channel, milli)| Reading {
        quantity,
        channel,
        sample: Sample::Is(Value::from_milli(milli)),
    };
    readings.into_iter().map(reading).collect()
}

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

/// One room with a zone and two nodes.
fn campus(setup: &Setup) -> Campus {
    let lighting = lighting::Settings { hold_ms: setup.hold_ms, ..Default::default() };
    let lamps = ZoneConfig { id: id("lamps"), node: id("one"), channel: id("lamps"), lighting };
    let place = Place::Room { building: id("b"), room: id("1") };
    let node = |name: &str| NodeConfig { id: id(name), place, settings: None };
    Campus {
        id: id("measured"),
        name: String::new(),
        zone: jiff::tz::TimeZone::UTC,
        timetable: Timetable { days: Days::SCHOOL, open: setup.open, ..Timetable::default() },
        settings: Settings::default(),
        meters: Vec::new(),
        energy: controller::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
        rooms: vec![RoomConfig {
            building: id("b"),
            id: id("1"),
            name: String::new(),
            zones: vec![lamps],
            exempt: false,
            occupancy: Arc::new(setup.occupancy.clone()),
        }],
        nodes: vec![node("one"), node("two")],
    }
}
