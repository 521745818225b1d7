//! Times by hand, and a random day against somebody who looks at every second.

use super::*;
use crate::{
    By, Campus, Controller, Days, Input, NodeConfig, NodeIx, Place, RoomConfig, Settings, Span,
    Timetable, ZoneConfig,
};
use std::collections::BTreeMap;
use wire::{Frame, Id, NoReading, Reading, Value};

/// 2026-09-07T00:00+08:00, a Monday.
const MONDAY: Timestamp = Timestamp(1_788_710_400_000);
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;

fn id(text: &str) -> Id {
    Id::new(text).expect("a good identifier")
}

/// Room 1: two zones, one node for both and another that only sees. Room 2: a zone with a sensor of
/// its own, driven by the node of room 1.
fn campus(slot_ms: i64) -> Campus {
    let zone = |name: &str, floor_lx: u32| {
        let lighting = lighting::Settings { floor_lx, ..lighting::Settings::default() };
        ZoneConfig { id: id(name), node: id("n1"), channel: id(name), lighting }
    };
    let room = |name: &str, zones: Vec<ZoneConfig>| RoomConfig {
        exempt: false,
        building: id("b"),
        id: id(name),
        name: String::new(),
        zones,
        occupancy: Default::default(),
    };
    let node = |name: &str, room: &str| {
        let place = Place::Room { building: id("b"), room: id(room) };
        NodeConfig { id: id(name), place, settings: None }
    };
    Campus {
        id: id("demo"),
        name: String::new(),
        zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(8)),
        timetable: Timetable {
            days: Days::SCHOOL,
            open: Span::new((7, 0), (18, 0)),
            lessons: vec![Span::new((8, 0), (9, 0)), Span::new((9, 10), (12, 0))],
            ..Timetable::default()
        },
        settings: Settings { slot_ms, ..Settings::default() },
        rooms: vec![
            room("1", vec![zone("window", 300), zone("board", 500)]),
            room("2", vec![zone("far", 300)]),
        ],
        nodes: vec![node("n1", "1"), node("n2", "1"), node("n3", "2")],
        meters: Vec::new(),
        energy: crate::EnergySettings::default(),
        rules: Default::default(),
        events: Default::default(),
    }
}

/// A campus, and what its rooms told.
struct Run {
    controller: Controller,
    seqs: [u32; 3],
    rows: Vec<RoomSlot>,
}

impl Run {
    fn new(slot_ms: i64) -> Self {
        let controller = Controller::new(campus(slot_ms), MONDAY).expect("a good campus");
        Self { controller, seqs: [0; 3], rows: Vec::new() }
    }

    fn handle(&mut self, input: Input<'_>, at: Timestamp) {
        let mut out = Vec::new();
        self.controller.handle(input, at, &mut out);
        self.rows.extend(out.into_iter().filter_map(|action| match action {
            Action::RoomSlot(row) => Some(row),
            _ => None,
        }));
    }

    fn frame(&mut self, node: u32, at: Timestamp, readings: &[(Quantity, &str, Option<i64>)]) {
        let seq = &mut self.seqs[node as usize];
        *seq += 1;
        let readings = readings.iter().map(|(quantity, channel, value)| Reading {
            quantity: *quantity,
            channel,
            sample: match value {
                Some(value) => Sample::Is(Value::from_whole(*value)),
                None => Sample::No(NoReading::Off),
            },
        });
        let frame = Frame {
            boot: 1,
            seq: *seq,
            oldest: *seq,
            t: Some(at.0),
            up: 0,
            sent: 0,
            lost: None,
            readings: readings.collect(),
            unknown: 0,
        };
        self.handle(Input::Frame { node: NodeIx(node), frame: &frame }, at);
    }

    /// A frame a minute.
    fn every_minute(
        &mut self,
        node: u32,
        (from, to): (Timestamp, Timestamp),
        readings: &[(Quantity, &str, Option<i64>)],
    ) {
        let mut at = from;
        while at < to {
            self.frame(node, at, readings);
            at = at.plus(MINUTE);
        }
    }

    fn told(&self) -> Vec<(u32, i64, [u32; 6])> {
        let row = |row: &RoomSlot| (row.room.0, (row.slot.0 - MONDAY.0) / MINUTE, times(row));
        self.rows.iter().map(row).collect()
    }
}

fn times(row: &RoomSlot) -> [u32; 6] {
    let lit = [row.lit_ms, row.lit_empty_ms, row.lit_hold_ms];
    [row.occupied_ms, lit[0], lit[1], lit[2], row.dark_ms, row.unknown_ms]
}

const MOTION: Quantity = Quantity::Motion;
const LUX: Quantity = Quantity::IlluminanceLx;
const LEVEL: Quantity = Quantity::LevelPct;

#[test]
fn a_lit_room_that_empties_is_told_slot_by_slot() {
    let mut run = Run::new(15 * MINUTE);
    let at = |minute: i64| MONDAY.plus(19 * HOUR + minute * MINUTE);
    let lit = (LEVEL, "window", Some(40));
    // Somebody from 19:05 to 19:10, last seen moving at 19:09; the hold of 10 min ends at 19:19; the
    // lamps go off at 19:40, which is long after they were told to.
    run.every_minute(0, (at(5), at(10)), &[(MOTION, "", Some(1)), lit]);
    run.every_minute(0, (at(10), at(40)), &[(MOTION, "", Some(0)), lit]);
    let dark = (LEVEL, "window", Some(0));
    run.every_minute(0, (at(40), at(70)), &[(MOTION, "", Some(0)), dark]);
    let minute = |minutes: u32| minutes * 60_000;
    assert_eq!(
        run.told(),
        [
            (0, 1140, [minute(5), minute(10), 0, minute(5), 0, 0]),
            (0, 1155, [0, minute(15), minute(11), minute(4), 0, 0]),
            (0, 1170, [0, minute(10), minute(10), 0, 0, 0]),
        ],
    );
    assert_eq!(run.controller.tally.deadline(), None, "an empty, dark room wakes nobody");
}

#[test]
fn what_is_not_reported_any_more_is_lit_for_as_long_as_it_is_fresh() {
    let mut run = Run::new(15 * MINUTE);
    let at = MONDAY.plus(19 * HOUR);
    run.frame(0, at, &[(MOTION, "", Some(1)), (LEVEL, "board", Some(7))]);
    run.handle(Input::Tick, at.plus(HOUR));
    // 150 s is how long a node is believed.
    let unknown = 900_000 - 150_000;
    assert_eq!(run.told()[0], (0, 1140, [150_000, 150_000, 0, 0, 0, unknown]));
    assert_eq!(run.told()[1], (0, 1155, [0, 0, 0, 0, 0, 900_000]));
    assert_eq!(run.told().len(), 4, "and room 2, of which nobody has ever heard, says nothing");
}

#[test]
fn a_lesson_in_the_dark_counts_unless_somebody_wants_it_so() {
    let mut run = Run::new(15 * MINUTE);
    let at = |minute: i64| MONDAY.plus(7 * HOUR + minute * MINUTE);
    let dark = [(MOTION, "", Some(1)), (LUX, "", Some(299))];
    // The lesson begins at 8:00; at 8:20 somebody wants no light, at 8:30 has enough of that.
    run.every_minute(0, (at(45), at(80)), &dark);
    let (room, zone, by) = (RoomIx(0), Some(id("board")), By::Cli);
    let wish = Input::Override { room, zone, level_pct: 0, until: at(90), by };
    run.handle(wish, at(80));
    run.every_minute(0, (at(80), at(110)), &dark);
    // At 8:50 the desk has enough light; a second sensor that says otherwise changes nothing.
    run.frame(1, at(110), &dark);
    run.every_minute(0, (at(110), at(120)), &[(MOTION, "", Some(1)), (LUX, "", Some(300))]);
    run.handle(Input::Tick, at(120));
    let dark_ms: Vec<u32> = run.rows.iter().map(|row| row.dark_ms / 60_000).collect();
    assert_eq!(dark_ms, [0, 15, 5, 15, 5], "from 7:45, 8:00, 8:15, 8:30, 8:45 on");
}

#[test]
fn while_nobody_listens_nothing_is_known_for_at_most_a_day() {
    let check = |slot_ms: i64, gap_ms: i64, expected: usize, unknown_ms: i64| {
        let mut run = Run::new(slot_ms);
        let at = MONDAY.plus(12 * HOUR + 4 * MINUTE);
        run.frame(0, at, &[(MOTION, "", Some(0))]);
        run.handle(Input::Tick, at.plus(MINUTE));
        run.handle(Input::Resumed, at.plus(MINUTE + gap_ms));
        run.frame(0, at.plus(MINUTE + gap_ms), &[(MOTION, "", Some(0))]);
        run.every_minute(
            0,
            (at.plus(2 * MINUTE + gap_ms), at.plus(2 * HOUR + gap_ms)),
            &[(MOTION, "", Some(0))],
        );
        assert_eq!(run.rows.len(), expected, "{slot_ms} {gap_ms}");
        let sum: i64 = run.rows.iter().map(|row| i64::from(row.unknown_ms)).sum();
        assert_eq!(sum, unknown_ms, "{slot_ms} {gap_ms}");
        let fits = run.rows.iter().all(|row| i64::from(row.unknown_ms) <= slot_ms);
        assert!(fits, "{slot_ms} {gap_ms}");
    };
    check(15 * MINUTE, 5 * MINUTE, 1, 5 * MINUTE);
    check(15 * MINUTE, 30 * MINUTE, 3, 30 * MINUTE);
    check(HOUR, 3 * HOUR, 4, 3 * HOUR);
    // A day of slots, of which the first began 5 min before; and 5 min in that of the end.
    check(15 * MINUTE, 72 * HOUR, 97, 24 * HOUR - 5 * MINUTE + 5 * MINUTE);
    check(15 * MINUTE, 24 * 30 * HOUR, 97, 24 * HOUR);
}

#[test]
fn a_clock_that_was_set_back_makes_no_slot_longer() {
    let mut run = Run::new(15 * MINUTE);
    let at = MONDAY.plus(12 * HOUR + 5 * MINUTE);
    run.frame(0, at, &[(MOTION, "", Some(1))]);
    let back = MONDAY.plus(8 * HOUR + 3 * MINUTE);
    run.handle(Input::Tick, back);
    run.frame(0, back, &[(MOTION, "", Some(1))]);
    run.every_minute(0, (back.plus(MINUTE), back.plus(13 * MINUTE)), &[(MOTION, "", Some(1))]);
    assert_eq!(run.told()[0], (0, 720, [0, 0, 0, 0, 0, 600_000]), "{:?}", run.told());
    assert_eq!(run.told()[1], (0, 480, [720_000, 0, 0, 0, 0, 180_000]));
}

#[test]
fn many_rooms_tell_less_of_a_time_in_which_nobody_listened() {
    let mut tally = Tally::new(50_000, 15 * MINUTE);
    let mut out = Vec::new();
    tally.gap(MONDAY, MONDAY.plus(24 * HOUR), |_| true, &mut out);
    assert_eq!(out.len(), ROOM_SLOTS_MAX);
}

/// Who looks at every second sees what time goes into.
#[derive(Default)]
struct Watch {
    slots: BTreeMap<(u32, i64), [u32; 6]>,
}

impl Watch {
    /// From `at` on, for a second.
    fn look(&mut self, controller: &Controller, at: Timestamp, slot_ms: i64, listens: bool) {
        for (ix, config) in controller.campus.rooms.iter().enumerate() {
            let ix = RoomIx(ix as u32);
            let view = controller.room(ix);
            let lit = view.zones.iter().any(|zone| zone.actual_pct.is_some_and(|pct| pct > 0));
            let known = view.nodes.iter().any(|node| controller.node(*node).last_heard.is_some());
            let seen = if listens { view.occupancy } else { Occupancy::Unknown };
            let occupied = seen == Occupancy::Occupied;
            let is = [
                occupied,
                lit && listens,
                lit && seen == Occupancy::Vacant,
                lit && seen == Occupancy::VacantPending,
                occupied && view.period == Period::Lesson && is_dark(controller, config, &view),
                known && seen == Occupancy::Unknown,
            ];
            let key = (ix.0, slot_of(at, slot_ms).0);
            for (nth, is) in is.into_iter().enumerate().filter(|(_, is)| *is) {
                self.slots.entry(key).or_default()[nth] += SECOND as u32 * u32::from(is);
            }
        }
    }
}

fn is_dark(controller: &Controller, config: &RoomConfig, view: &crate::RoomView<'_>) -> bool {
    let zones = &view.zones;
    if zones.iter().any(|z| controller.zones[z.ix.at()].memory.rules.manual().is_some()) {
        return false;
    }
    let mut fresh = Vec::new();
    for (nth, node) in controller.campus.nodes.iter().enumerate() {
        let ix = NodeIx(nth as u32);
        for reading in controller.node(ix).readings.into_iter().filter(|r| r.fresh) {
            let of_zone = config
                .zones
                .iter()
                .any(|zone| zone.node == node.id && zone.channel.as_str() == reading.channel);
            let of_room = view.nodes.contains(&ix) && reading.channel.is_empty();
            if reading.quantity == LUX && (of_zone || of_room) {
                fresh.extend(reading.sample.value().map(Value::whole));
            }
        }
    }
    let floor_lx = config.zones.iter().map(|zone| i64::from(zone.lighting.floor_lx)).min();
    !fresh.is_empty() && fresh.iter().all(|lx| Some(*lx) < floor_lx)
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// What one second brings, if anything.
fn second(run: &mut Run, dice: &mut Dice, at: Timestamp) {
    for node in 0..3u32 {
        // 150 s make a node silent: most of the time they speak.
        if dice.below(55) != 0 {
            continue;
        }
        let mut readings = Vec::new();
        if dice.below(6) > 0 {
            readings.push((MOTION, "", Some((dice.below(4) == 0) as i64)));
        }
        let lux = |dice: &mut Dice| match dice.below(8) {
            0 => None,
            _ => Some(dice.below(600) as i64),
        };
        if dice.below(3) > 0 {
            readings.push((LUX, "", lux(dice)));
        }
        if node == 0 {
            for channel in ["window", "board", "far"] {
                if dice.below(3) == 0 {
                    readings.push((LEVEL, channel, Some(50 * dice.below(3) as i64)));
                }
                if dice.below(5) == 0 {
                    readings.push((LUX, channel, lux(dice)));
                }
            }
        }
        run.frame(node, at, &readings);
    }
    if dice.below(2_000) == 0 {
        let (room, until) =
            (RoomIx(dice.below(2) as u32), at.plus(dice.below(3_000) as i64 * SECOND));
        let wish = Input::Override { room, zone: None, level_pct: 30, until, by: By::Cli };
        run.handle(wish, at);
    }
    if dice.below(3_000) == 0 {
        run.handle(Input::Auto { room: RoomIx(dice.below(2) as u32), zone: None }, at);
    }
}

/// A day in which one is asked every second, and the other only when something happens, with a
/// restart here and there. Both must tell what the watch saw; that is the answer, summed up.
fn check(seed: u64, slot_ms: i64, hours: i64) -> [u64; 6] {
    let (mut asked, mut left) = (Run::new(slot_ms), Run::new(slot_ms));
    let mut watch = Watch::default();
    let (mut dice, mut same, mut fate) = (Dice(seed), Dice(seed), Dice(!seed));
    let mut at = MONDAY.plus(6 * HOUR);
    let end = at.plus(hours * HOUR);
    while at < end {
        if fate.below(9_000) == 0 {
            // Nobody listens for up to three hours.
            asked.handle(Input::Tick, at);
            left.handle(Input::Tick, at);
            for _ in 0..=fate.below(10_800) {
                watch.look(&asked.controller, at, slot_ms, false);
                at = at.plus(SECOND);
            }
            asked.handle(Input::Resumed, at);
            left.handle(Input::Resumed, at);
        }
        if fate.below(700) == 0 {
            let bytes = left.controller.save();
            let again = Controller::restore(campus(slot_ms), MONDAY, &bytes).expect("a checkpoint");
            assert_eq!(again.save(), bytes, "seed {seed}");
            left.controller = again;
        }
        asked.handle(Input::Tick, at);
        second(&mut asked, &mut dice, at);
        second(&mut left, &mut same, at);
        watch.look(&asked.controller, at, slot_ms, true);
        at = at.plus(SECOND);
    }
    let over = slot_of(at, slot_ms);
    for run in [&mut asked, &mut left] {
        run.handle(Input::Tick, at);
        assert!(run.rows.iter().all(|row| times(row).iter().all(|ms| i64::from(*ms) <= slot_ms)));
        let mut got = BTreeMap::new();
        for row in &run.rows {
            let before = got.insert((row.room.0, row.slot.0), times(row));
            assert_eq!(before, None, "seed {seed}: a slot was told twice");
        }
        let seen: BTreeMap<_, _> = watch.slots.range(..).filter(|(k, _)| k.1 < over.0).collect();
        let wrong = seen.iter().find(|(key, times)| got.get(key) != Some(times));
        assert_eq!(wrong, None, "seed {seed}: told {:?}", wrong.map(|(key, _)| got.get(key)));
        assert_eq!(got.len(), seen.len(), "seed {seed}");
    }
    std::array::from_fn(|nth| watch.slots.values().map(|times| u64::from(times[nth])).sum())
}

#[test]
fn a_random_day_adds_up_to_what_somebody_saw_who_looked_at_every_second() {
    let totals = [
        check(1, 15 * MINUTE, 24),
        check(2, 5 * MINUTE, 8),
        check(3, HOUR, 8),
        check(4, MINUTE, 8),
    ];
    assert!((0..6).all(|nth| totals.iter().any(|times| times[nth] > 0)), "everything happens");
}

#[test]
fn another_slot_length_begins_at_its_next_boundary() {
    let check = |old: i64, new: i64, expected: &[(i64, u32)]| {
        let mut run = Run::new(old);
        let at = |minute: i64| MONDAY.plus(19 * HOUR + minute * MINUTE);
        let seen = [(MOTION, "", Some(1))];
        run.every_minute(0, (at(0), at(52)), &seen);
        let bytes = run.controller.save();
        run.controller = Controller::restore(campus(new), at(51), &bytes).expect("a checkpoint");
        run.rows.clear();
        run.every_minute(0, (at(52), at(66)), &seen);
        let told: Vec<(i64, u32)> = run
            .rows
            .iter()
            .map(|row| ((row.slot.0 - MONDAY.0 - 19 * HOUR) / MINUTE, row.occupied_ms / 60_000))
            .collect();
        assert_eq!(told, expected, "{old} {new}");
    };
    check(15 * MINUTE, 5 * MINUTE, &[(45, 10), (55, 5), (60, 5)]);
    check(5 * MINUTE, HOUR, &[(50, 10)]);
    check(15 * MINUTE, 15 * MINUTE, &[(45, 15)]);
}
