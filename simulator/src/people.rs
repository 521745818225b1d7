//! People: who is in a room when, whether they move, when they reach for the switch.
//!
//! A [`RoomDay`] is a pure function of plan, seed, room and local date; nothing in it depends on
//! the lamps. The numbers about movement were measured on the UCI "Room Occupancy Estimation"
//! set with 30 s samples: PIR active 61.8 % of occupied time; still gaps p50 31 s, p90 92 s,
//! p99 306 s; false motion 0.29 % of empty time (here never still for longer than 7.5 min).

use crate::calendar::{Day, LESSONS};
use crate::campus::{Plan, Room, RoomKind};
use crate::seeded::Seeded;

mod air;
pub mod motion;

pub use air::Air;
pub use motion::STILL_MS_MAX;

/// Number of people from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Since when, ms UTC.
    pub t: i64,
    /// How many.
    pub people: u16,
    /// What their things draw, in mW.
    pub plug_mw: u64,
}

/// Somebody looks at lamps and presses the switch if they are not as wished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// When, ms UTC.
    pub t: i64,
    /// Index into [`Room::zones`].
    pub zone: usize,
    /// Wanted lit or dark.
    pub lit: bool,
}

/// Everything people do in a room on one local day.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomDay {
    /// First moment, ms UTC.
    pub start_ms: i64,
    /// First moment of the next day, ms UTC.
    pub end_ms: i64,
    /// In time order; the first at `start_ms`.
    pub steps: Vec<Step>,
    /// In time order.
    pub wishes: Vec<Wish>,
    /// The PIR's output at two places in the room: active from, to (ms UTC), in time order.
    pub motion: [Vec<(i64, i64)>; 2],
    /// The air in the room.
    pub air: Air,
}

impl RoomDay {
    /// What happens in `room` of `plan` on `day`.
    pub fn new(plan: &Plan, seed: u64, room: usize, day: &Day) -> Self {
        let mut chance = Seeded::new(&[seed, 0x9e0b1e, room as u64, day.number()]);
        let mut visits =
            Visits { day, chance: &mut chance, changes: Vec::new(), wishes: Vec::new() };
        let place = &plan.rooms[room];
        match place.kind {
            RoomKind::Classroom | RoomKind::Lab => {
                visits.lessons(plan, seed, room);
            }
            RoomKind::Office => visits.office(place),
            RoomKind::Corridor => visits.corridor(),
        }
        visits.cleaning(room - plan.buildings[place.building].rooms.start);
        let Visits { changes, mut wishes, .. } = visits;
        let steps = steps(place, day, changes);
        wishes.sort_by_key(|wish| wish.t);
        let motion = [0, 1].map(|place| {
            let key = [seed, 0x30710, room as u64, day.number(), place];
            motion::motion(&steps, day.end_ms, &mut Seeded::new(&key))
        });
        let air = Air::new(place, &steps);
        Self { start_ms: day.start_ms, end_ms: day.end_ms, steps, wishes, motion, air }
    }

    /// The step that holds at `t`.
    pub fn step_at(&self, t: i64) -> Step {
        let after = self.steps.partition_point(|step| step.t <= t);
        self.steps[after.saturating_sub(1)]
    }

    /// When the number of people changes next after `t`.
    pub fn next_step(&self, t: i64) -> Option<i64> {
        let after = self.steps.partition_point(|step| step.t <= t);
        self.steps.get(after).map(|step| step.t)
    }

    /// Whether the PIR at `place` (0 or 1) is active at `t`.
    pub fn moving(&self, place: usize, t: i64) -> bool {
        let after = self.motion[place].partition_point(|&(from, _)| from <= t);
        after > 0 && t < self.motion[place][after - 1].1
    }

    /// When the PIR at `place` changes next after `t`.
    pub fn next_edge(&self, place: usize, t: i64) -> Option<i64> {
        let list = &self.motion[place];
        let after = list.partition_point(|&(from, _)| from <= t);
        let ends = after.checked_sub(1).map(|last| list[last].1).filter(|&to| to > t);
        ends.or_else(|| list.get(after).map(|&(from, _)| from))
    }
}

/// Whether `room` has a lesson in a period (0 to 6) of this weekday (Monday is 0), the same every week.
///
/// Periods 1 and 2 meet in the break at 09:40. In every plan one room has a lesson only before
/// it, one only after it and one on both sides, so that half an hour from 09:30 on shows rooms
/// that stay, empty and fill.
pub fn has_lesson(plan: &Plan, seed: u64, room: usize, weekday: u64, period: usize) -> bool {
    if weekday > 4 || !plan.rooms[room].kind.has_lessons() {
        return false;
    }
    if let (1 | 2, Some(role)) = (period, role(plan, seed, room, weekday)) {
        return match role {
            Role::Leaves => period == 1,
            Role::Fills => period == 2,
            Role::Stays => true,
        };
    }
    Seeded::new(&[seed, 0x1e55, room as u64, weekday, period as u64]).chance(0.65)
}

/// What a room does in the break at 09:40, where that is laid down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Leaves,
    Fills,
    Stays,
}

fn role(plan: &Plan, seed: u64, room: usize, weekday: u64) -> Option<Role> {
    // The first dozen is what people look at; chance alone varies the others enough.
    let lessons = |&index: &usize| plan.rooms[index].kind.has_lessons();
    let mut rooms: Vec<usize> = (0..plan.rooms.len()).filter(lessons).take(12).collect();
    let first = rooms.len();
    Seeded::new(&[seed, 0x2013, weekday]).shuffle(&mut rooms);
    let place = rooms.iter().position(|&index| index == room)?;
    match (first, place) {
        // A single room empties and fills again.
        (1, _) | (_, 2) => Some(Role::Stays),
        (_, 0) => Some(Role::Leaves),
        (_, 1) => Some(Role::Fills),
        _ => None,
    }
}

/// Comings and goings while a day is being made up.
struct Visits<'a> {
    day: &'a Day,
    chance: &'a mut Seeded,
    /// When how many people come or go, and what they switch on or off (mW).
    changes: Vec<(i64, i32, i64)>,
    wishes: Vec<Wish>,
}

const MINUTE: i64 = 60_000;

impl Visits<'_> {
    fn lessons(&mut self, plan: &Plan, seed: u64, room: usize) {
        let weekday = self.day.weekday();
        let place = &plan.rooms[room];
        let has = |period: usize| has_lesson(plan, seed, room, weekday, period);
        let laid_down = self.day.is_school_day() && role(plan, seed, room, weekday).is_some();
        for (period, &lesson) in LESSONS.iter().enumerate().filter(|&(period, _)| has(period)) {
            self.lesson(place, lesson);
            // Around the break at 09:40 rooms with a role empty at once.
            if !(laid_down && period <= 1) {
                let next = period + 1 < LESSONS.len() && has(period + 1);
                self.stragglers(lesson, next);
            }
        }
        if self.day.is_school_day() {
            self.outside_lessons();
        }
    }

    /// A class comes within minutes, holds its lesson, and goes within minutes.
    fn lesson(&mut self, place: &Room, (from, to): (u16, u16)) {
        let (start, end) = (self.day.at(from), self.day.at(to));
        let class = i64::from(place.seats) * self.chance.between(65, 98) / 100;
        let plug = if self.chance.chance(0.6) { 330 } else { 60 };
        let lab = if place.kind == RoomKind::Lab { 300 } else { 0 };
        self.visit((start - 7 * MINUTE, start + MINUTE), (end, end + 100_000), class, plug + lab);
        self.switch_for_projector(place, start, end);
    }

    /// Now and then a teacher wants the board dark for the projector, and lit again later.
    fn switch_for_projector(&mut self, place: &Room, start: i64, end: i64) {
        let Some(board) = place.zones.iter().position(|zone| zone.id == "board") else { return };
        if !self.chance.chance(0.15) {
            return;
        }
        let dark = start + self.chance.between(5, 15) * MINUTE;
        let lit = end - self.chance.between(2, 6) * MINUTE;
        self.wishes.push(Wish { t: dark, zone: board, lit: false });
        self.wishes.push(Wish { t: lit, zone: board, lit: true });
    }

    /// Some leave late, some stay for the next lesson in the same room.
    fn stragglers(&mut self, (_, to): (u16, u16), next: bool) {
        let end = self.day.at(to);
        if self.chance.chance(0.25) {
            let people = self.chance.between(1, 4);
            let gone = end + self.chance.between(3, 9) * MINUTE;
            self.visit((end - 10 * MINUTE, end - MINUTE), (gone, gone + MINUTE), people, 0);
        }
        if next && self.chance.chance(0.3) {
            let people = self.chance.between(2, 8);
            let back = end + 9 * MINUTE;
            self.visit((end - 10 * MINUTE, end - MINUTE), (back, back + MINUTE), people, 0);
        }
    }

    /// Early birds, lunch in the room, clubs and self-study after school.
    fn outside_lessons(&mut self) {
        let mut sometimes = |p: f64, from: (u16, u16), to: (u16, u16), people: (i64, i64)| {
            if self.chance.chance(p) {
                let come = self.day.at(from.0) + self.chance.between(0, i64::from(from.1)) * MINUTE;
                let go = self.day.at(to.0) + self.chance.between(0, i64::from(to.1)) * MINUTE;
                let people = self.chance.between(people.0, people.1);
                self.visit((come, come + 4 * MINUTE), (go, go + 3 * MINUTE), people, 60);
            }
        };
        sometimes(0.2, (7 * 60 + 10, 20), (7 * 60 + 50, 5), (3, 12));
        sometimes(0.35, (12 * 60, 20), (12 * 60 + 40, 30), (1, 6));
        sometimes(0.25, (16 * 60 + 10, 15), (17 * 60, 80), (2, 15));
        // Who leaves last in daylight sometimes thinks of the switch.
        if self.chance.chance(0.2) {
            let t = self.day.at(16 * 60 + 5) + 30_000;
            self.wishes.push(Wish { t, zone: 0, lit: false });
        }
    }

    /// Teachers come and go; most are away at lunch.
    fn office(&mut self, place: &Room) {
        if !self.day.is_school_day() {
            return;
        }
        for _ in 0..self.chance.between(3, i64::from(place.seats)) {
            let come = self.day.at(7 * 60 + 20) + self.chance.between(0, 120) * MINUTE;
            let lunch = self.day.at(11 * 60 + 30) + self.chance.between(0, 40) * MINUTE;
            let back = lunch + self.chance.between(30, 90) * MINUTE;
            let home = self.day.at(16 * 60) + self.chance.between(0, 130) * MINUTE;
            self.visit((come, come), (lunch, lunch), 1, 90);
            self.visit((back, back), (home, home), 1, 90);
        }
    }

    /// Crowds in the breaks, single people in between.
    fn corridor(&mut self) {
        if !self.day.is_school_day() {
            return;
        }
        for (from, to) in LESSONS {
            for (moment, spread) in [(self.day.at(from), -8), (self.day.at(to), 8)] {
                let (a, b) =
                    (moment.min(moment + spread * MINUTE), moment.max(moment + spread * MINUTE));
                let people = self.chance.between(10, 28);
                self.visit((a, a + MINUTE), (b - MINUTE, b), people, 0);
            }
        }
        for _ in 0..self.chance.between(15, 30) {
            let t = self.day.at(7 * 60) + self.chance.between(0, 11 * 60) * MINUTE;
            let gone = t + self.chance.between(10, 60) * 1000;
            self.visit((t, t), (gone, gone), 1, 0);
        }
    }

    /// One cleaner goes from room to room in the evening of a school day.
    fn cleaning(&mut self, room_of_building: usize) {
        if !self.day.is_school_day() || !self.chance.chance(0.9) {
            return;
        }
        // Several cleaners share a large building: a round ends before 21:00.
        let slot = (room_of_building % 14) as i64;
        let come =
            self.day.at(17 * 60 + 40) + slot * 13 * MINUTE + self.chance.between(0, 3) * MINUTE;
        let gone = come + self.chance.between(7, 11) * MINUTE;
        self.visit((come, come), (gone, gone), 1, 900);
    }

    /// `people` come one group after another within `come`, and go within `go`.
    fn visit(&mut self, come: (i64, i64), go: (i64, i64), people: i64, plug_w: i64) {
        const GROUPS: i64 = 5;
        for group in 0..GROUPS {
            let size = (people * (group + 1) / GROUPS - people * group / GROUPS) as i32;
            if size > 0 {
                self.changes.push((self.chance.between(come.0, come.1), size, 0));
                self.changes.push((self.chance.between(go.0, go.1), -size, 0));
            }
        }
        self.changes.push((come.1, 0, plug_w * 1000));
        self.changes.push((go.0, 0, -plug_w * 1000));
    }
}

/// The sum of all comings and goings.
fn steps(place: &Room, day: &Day, mut changes: Vec<(i64, i32, i64)>) -> Vec<Step> {
    changes.sort_unstable();
    // What stays plugged in: chargers, an access point, a clock.
    let standby_mw = match place.kind {
        RoomKind::Classroom => 12_000,
        RoomKind::Lab => 45_000,
        RoomKind::Office => 30_000,
        RoomKind::Corridor => 8_000,
    };
    let mut steps = vec![Step { t: day.start_ms, people: 0, plug_mw: standby_mw }];
    let (mut people, mut plug_mw) = (0i32, 0i64);
    for (t, coming, mw) in changes {
        people += coming;
        plug_mw += mw;
        let step = Step {
            t: t.clamp(day.start_ms, day.end_ms - 1),
            people: people.clamp(0, i32::from(u16::MAX)) as u16,
            plug_mw: standby_mw + plug_mw.max(0) as u64,
        };
        match steps.last_mut() {
            Some(last) if last.t == step.t => *last = step,
            Some(last) if last.people == step.people && last.plug_mw == step.plug_mw => {}
            _ => steps.push(step),
        }
    }
    steps
}
