//! A room-day as it is drawn from a seed: room, timetable, people, sky, faults, wishes, rules.

use crate::fault::{self, Fault};
use crate::people::{self, Spans};
use crate::sky::Sky;
use crate::written;
use controller::calendar::NamedDays;
use controller::timetable::{Bell, Own};
use controller::{
    Calendar, Campus, Days, NodeConfig, Place, RoomConfig, Settings, Span, Timetable, ZoneConfig,
};
use lighting::Period;
use simulator::daylight::Side;
use simulator::seeded::Seeded;
use std::sync::Arc;
use wire::Id;

const MINUTE: i64 = 60_000;

/// A day of a room.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whose chance it is.
    pub seed: u64,
    /// One room, one to three zones, one or two nodes.
    pub campus: Campus,
    /// Local midnight, ms UTC.
    pub start: i64,
    /// How often a node reports everything, ms.
    pub report_ms: i64,
    /// Lessons, from and to, ms UTC.
    pub lessons: Spans,
    /// When somebody is truly there.
    pub visits: Spans,
    /// What each node's motion sensor would see of that.
    pub movement: Vec<Spans>,
    /// Daylight.
    pub sky: Sky,
    /// What people do, in order.
    pub deeds: Vec<(i64, Deed)>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Whether rules of the staff run that no checker has seen.
    pub lawless: bool,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Presses the wall switch of a zone.
    Press(usize),
    /// Asks for a level from afar, for so many ms.
    Wish(Option<usize>, u8, i64),
    /// Ends all wishes from afar.
    Auto,
    /// It burns, or not any more.
    Fire(bool),
    /// Locks a zone at a level for so many ms; somebody works on its lamps.
    Lock(usize, u8, i64),
    /// The grid asks for so much less, %, for so many ms.
    Demand(u8, i64),
}

/// Names of zones, which are lamp channels too.
pub const ZONES: [&str; 3] = ["window", "inner", "board"];

/// A circuit that no zone names: emergency lighting. Nobody may drive it.
pub const EMERGENCY: &str = "emergency";

impl Plan {
    /// The room-day of a seed.
    pub fn draw(seed: u64) -> Self {
        let mut chance = Seeded::new(&[seed, 0xda7]);
        let date = jiff::civil::date(2026, 1, 1)
            .saturating_add(jiff::Span::new().days(chance.between(0, 364)));
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
        // A fixed offset has every midnight once.
        let midnight = zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
        let start = midnight.map_or(0, |at| at.as_millisecond());
        let (timetable, lessons) = timetable(date, start, &mut chance);
        let school = !lessons.is_empty();
        let visits = people::visits(start, &lessons, school, &mut chance);
        let nodes = if chance.chance(0.3) { 2 } else { 1 };
        let movement = (0..nodes).map(|_| people::movement(&visits, start, &mut chance)).collect();
        let zones = chance.between(1, 3) as usize;
        let report_ms = [60_000, 60_000, 120_000, 240_000][chance.between(0, 3) as usize];
        let sky = draw_sky(seed, start, &mut chance);
        // Three days of four with holds that follow the air, as shipped.
        let adapts = !seed.is_multiple_of(4);
        let rooms = vec![room(zones, adapts, &mut chance)];
        let faults = fault::draw(start, nodes, &mut chance);
        let deeds = deeds(start, zones, &visits, &mut chance);
        let (rules, lawless) = written::draw(&rooms[0], &mut chance);
        let campus = Campus {
            id: id("days"),
            name: "Days".into(),
            zone,
            timetable,
            // Two reports missed, and half a one for jitter.
            settings: Settings { silent_ms: (report_ms * 5 / 2) as u32, ..Settings::default() },
            rooms,
            nodes: (0..nodes).map(node).collect(),
            meters: Vec::new(),
            energy: controller::EnergySettings::default(),
            events: Default::default(),
            rules,
        };
        let plan = Self {
            seed,
            campus,
            start,
            report_ms,
            lessons,
            visits,
            movement,
            sky,
            deeds,
            faults,
            lawless,
        };
        plan.sober()
    }

    /// Whoever asks the agent from afar while it is dead is told so, and has asked nothing.
    fn sober(mut self) -> Self {
        let faults = &self.faults;
        let dead = |t: i64| {
            let died = |it: &&Fault| it.what == fault::What::AgentRestart;
            faults.iter().filter(died).any(|it| it.from <= t && t <= it.to)
        };
        self.deeds.retain(|(t, deed)| matches!(deed, Deed::Press(_)) || !dead(*t));
        self
    }

    /// The same day without some faults, by their place in the list.
    #[must_use]
    pub fn without(&self, keep: impl Fn(usize, &Fault) -> bool) -> Self {
        let mut plan = self.clone();
        let kept = self.faults.iter().enumerate().filter(|(nth, fault)| keep(*nth, fault));
        plan.faults = kept.map(|(_, fault)| *fault).collect();
        plan
    }
}

fn id(text: &str) -> Id {
    // Every name in this file is one.
    Id::new(text).unwrap_or_else(|_| unreachable!("`{text}` is a good identifier"))
}

fn node(nth: usize) -> NodeConfig {
    NodeConfig {
        id: id(if nth == 0 { "first" } else { "second" }),
        place: Place::Room { building: id("school"), room: id("101") },
        settings: None,
    }
}

/// A room as they are configured: most as shipped, some with other holds and levels.
fn room(zones: usize, adapts: bool, chance: &mut Seeded) -> RoomConfig {
    let shipped = lighting::Settings::default();
    let other = chance.chance(0.25);
    let hold_ms = if other { chance.between(5, 20) as u32 * 60_000 } else { shipped.hold_ms };
    let auto_pct = if chance.chance(0.15) { 100 } else { shipped.auto_pct };
    // Together they light the room to 400 lx and more, new (GB 7793-2010, maintenance factor 0.8).
    let lamp_lx = (chance.between(400, 800) / zones as i64) as u32;
    let zone = |name: &&str| {
        let target_lx = if *name == "board" { 500 } else { 300 };
        let lighting = lighting::Settings {
            hold_ms,
            auto_pct,
            lamp_lx,
            target_lx,
            floor_lx: target_lx,
            ..shipped
        };
        ZoneConfig { id: id(name), node: id("first"), channel: id(name), lighting }
    };
    let zones = ZONES[..zones].iter().map(zone).collect();
    let occupancy = controller::OccupancySettings { adapts, ..Default::default() };
    let (building, id) = (id("school"), id("101"));
    RoomConfig {
        building,
        id,
        name: "101".into(),
        zones,
        exempt: false,
        occupancy: occupancy.into(),
    }
}

fn draw_sky(seed: u64, start: i64, chance: &mut Seeded) -> Sky {
    match chance.between(0, 9) {
        0 => Sky::Steady(chance.between(0, 900) as u32),
        1 => {
            // Up or down over half an hour (Q2).
            let (a, b) = (chance.between(0, 100) as u32, chance.between(1_500, 2_000) as u32);
            let (from_lx, to_lx) = if chance.chance(0.5) { (a, b) } else { (b, a) };
            let at = start + chance.between(8 * 60, 15 * 60) * MINUTE;
            Sky::Ramp { from_lx, to_lx, at, ms: 30 * MINUTE }
        }
        _ => {
            let sides = [Side::North, Side::East, Side::South, Side::West, Side::None];
            let side = sides[chance.between(0, 4) as usize];
            Sky::Real { seed, side, factor: 0.01 + 0.03 * chance.unit() }
        }
    }
}

/// Bells of a day: morning, afternoon, evening self-study; exams on some days, nothing on others.
fn timetable(date: jiff::civil::Date, start: i64, chance: &mut Seeded) -> (Timetable, Spans) {
    let lesson_min = chance.between(40, 45) as u16;
    let exams = chance.chance(0.12);
    let evening = chance.chance(0.3);
    let mut bells = Vec::new();
    let mut ring = |from_min: u16, to_min: u16, kind| {
        let time = Span { from_min, to_min };
        bells.push(Bell { name: String::new(), time, kind, places: Vec::new() });
    };
    let usual = if exams { Period::Exam } else { Period::Lesson };
    for (first, count) in [(8 * 60, 4), (14 * 60, 3)] {
        for nth in 0..count {
            let from = first + nth * (lesson_min + 10);
            let study = !exams && chance.chance(0.1);
            ring(from, from + lesson_min, if study { Period::SelfStudy } else { usual });
        }
    }
    if evening {
        ring(19 * 60, 20 * 60, Period::SelfStudy);
    }
    let close = if evening { (21, 0) } else { (18, 0) };
    let closed = chance.chance(0.06);
    let mut calendar = Calendar::default();
    if closed {
        calendar.closed.push(NamedDays { name: "closed".into(), from: date, to: date });
    }
    let school = !closed && Days::SCHOOL.contains(date.weekday());
    let moment = |min: u16| start + i64::from(min) * MINUTE;
    let rung = bells.iter().filter(|_| school);
    let lessons = rung.map(|bell| (moment(bell.time.from_min), moment(bell.time.to_min))).collect();
    let timetable = Timetable {
        days: Days::SCHOOL,
        open: Span::new((7, 0), close),
        calendar: Arc::new(calendar),
        own: Arc::new(Own { bells, ..Own::default() }),
        ..Timetable::default()
    };
    (timetable, lessons)
}

/// What is imposed from outside the room: fire, maintenance, the grid.
fn imposed(start: i64, zones: usize, deeds: &mut Vec<(i64, Deed)>, chance: &mut Seeded) {
    let mut by_day = || start + chance.between(7 * 60, 19 * 60) * MINUTE;
    let (fire_at, lock_at, demand_at) = (by_day(), by_day(), by_day());
    if chance.chance(0.08) {
        deeds.push((fire_at, Deed::Fire(true)));
        deeds.push((fire_at + chance.between(1, 60) * MINUTE, Deed::Fire(false)));
    }
    if chance.chance(0.1) {
        let zone = chance.between(0, zones as i64 - 1) as usize;
        let level = [0, 30, 100][chance.between(0, 2) as usize];
        deeds.push((lock_at, Deed::Lock(zone, level, chance.between(5, 200) * MINUTE)));
    }
    if chance.chance(0.2) {
        let less_pct = chance.between(15, 60) as u8;
        deeds.push((demand_at, Deed::Demand(less_pct, chance.between(10, 180) * MINUTE)));
    }
}

/// Hands at the switch, mostly of people who are there; wishes from afar at any time.
fn deeds(start: i64, zones: usize, visits: &Spans, chance: &mut Seeded) -> Vec<(i64, Deed)> {
    let mut deeds = Vec::new();
    for (from, to) in visits {
        if chance.chance(0.15) {
            let zone = chance.between(0, zones as i64 - 1) as usize;
            let at = chance.between(from + 1_000, *to);
            deeds.push((at, Deed::Press(zone)));
            if chance.chance(0.4) {
                deeds.push((at + chance.between(200, 600_000), Deed::Press(zone)));
            }
        }
    }
    for _ in 0..chance.between(0, 3) - 1 {
        let at = start + chance.between(0, 24 * 60 - 1) * MINUTE;
        let zone = chance.chance(0.5).then(|| chance.between(0, zones as i64 - 1) as usize);
        let level = [0, 10, 50, 100, chance.between(0, 100)][chance.between(0, 4) as usize];
        let ms = chance.between(1, 200) * MINUTE;
        deeds.push((at, Deed::Wish(zone, level as u8, ms)));
        if chance.chance(0.3) {
            deeds.push((at + chance.between(0, ms), Deed::Auto));
        }
    }
    imposed(start, zones, &mut deeds, chance);
    let end = start + 24 * 60 * MINUTE;
    deeds.retain(|(t, _)| *t < end);
    deeds.sort_by_key(|(t, _)| *t);
    deeds
}
