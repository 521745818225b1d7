//! What is true in one room: lamps, light, energy, and the account of who sat in the dark.
//!
//! Time passes in pieces between moments at which something changes; how the caller cuts the
//! time changes no number.

use crate::calendar::{Calendar, Day};
use crate::campus::Plan;
use crate::daylight::{self, Sky};
use crate::lamp::Lamp;
use crate::people::{RoomDay, Wish};

/// How often light is looked at for the account of the dark, in ms.
const LOOK_MS: i64 = 10_000;

/// Less light than this at the sensor is dark, lx: a corridor's standard, a third of a desk's.
pub const DARK_LX: f64 = 100.0;

/// Something worth telling, as it truly was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When, ms UTC.
    pub t: i64,
    /// Index into [`Plan::rooms`].
    pub room: usize,
    /// What.
    pub what: What,
}

/// What happened in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The first people came.
    Occupied {
        /// How many.
        people: u16,
    },
    /// The last people left.
    Left,
    /// Somebody pressed the wall switch.
    Pressed {
        /// Index of the zone in its room.
        zone: usize,
    },
    /// Lamps were told another level.
    Lamp {
        /// Index of the zone in its room.
        zone: usize,
        /// Before, %.
        from_pct: u8,
        /// From now on, %.
        to_pct: u8,
    },
}

/// Sums since the start, in ms of simulated time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Somebody was there.
    pub occupied_ms: u64,
    /// Any lamp was lit.
    pub lit_ms: u64,
    /// Any lamp was lit and nobody was there.
    pub lit_empty_ms: u64,
    /// Somebody was there with less than [`DARK_LX`]; looked at every 10 s.
    pub occupied_dark_ms: u64,
    /// Somebody was there during a lesson with less than 300 lx; looked at every 10 s.
    pub lesson_dim_ms: u64,
}

/// One room at one moment.
#[derive(Clone, Debug)]
pub struct LiveRoom {
    index: usize,
    now: i64,
    date: Day,
    day: RoomDay,
    /// Index of the next wish in `day.wishes` that nobody has acted on.
    next_wish: usize,
    lamps: Vec<Lamp>,
    /// Per zone, the level that was told last.
    told_pct: Vec<u8>,
    plug_mwms: u64,
    account: Account,
    happenings: Vec<Happening>,
    stage: Option<Stage>,
}

/// A room in which everything goes by a script, to measure what the lamps make of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Daylight at the sensor before `from`, and after `to`, lx; in between it goes evenly from the one
    /// to the other.
    pub daylight_lx: (f64, f64),
    /// Begin and end of that, ms UTC.
    pub ramp: (i64, i64),
    /// Somebody sits there and moves, from the first moment to the second, ms UTC. Nobody presses.
    pub people: (i64, i64),
}

impl Stage {
    /// Daylight at a moment, lx.
    pub fn daylight_at(&self, t: i64) -> f64 {
        let (before, after) = self.daylight_lx;
        let (from, to) = self.ramp;
        let done = (t - from) as f64 / (to - from).max(1) as f64;
        before + (after - before) * done.clamp(0.0, 1.0)
    }

    /// Whether somebody is there.
    pub fn is_peopled(&self, t: i64) -> bool {
        (self.people.0..self.people.1).contains(&t)
    }
}

/// What a room needs of the campus to let time pass.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The campus.
    pub plan: &'a Plan,
    /// Its local days.
    pub calendar: &'a Calendar,
    /// Seed of people and clouds.
    pub seed: u64,
}

impl LiveRoom {
    /// The room at `now` (ms UTC), lamps dark.
    pub fn new(around: Around<'_>, index: usize, now: i64) -> Self {
        let date = around.calendar.day_of(now);
        let day = RoomDay::new(around.plan, around.seed, index, &date);
        let lamps = around.plan.rooms[index].zones.iter().map(|zone| Lamp::new(zone.lamp_w, now));
        Self {
            index,
            now,
            next_wish: day.wishes.partition_point(|wish| wish.t < now),
            told_pct: vec![0; lamps.len()],
            lamps: lamps.collect(),
            date,
            day,
            plug_mwms: 0,
            account: Account::default(),
            happenings: Vec::new(),
            stage: None,
        }
    }

    /// From now on it goes by a script.
    pub fn set_stage(&mut self, stage: Stage) {
        self.stage = Some(stage);
    }

    /// The script, if it goes by one.
    pub fn stage(&self) -> Option<Stage> {
        self.stage
    }

    /// Lets time pass up to `to` (ms UTC); an earlier moment changes nothing.
    pub fn advance(&mut self, around: Around<'_>, to: i64) {
        while self.now < to {
            let end = self.next_change().min(to);
            self.pass(around, end);
            if self.now >= self.day.end_ms {
                self.date = around.calendar.day_of(self.now);
                self.day = RoomDay::new(around.plan, around.seed, self.index, &self.date);
                self.next_wish = 0;
            }
            self.tell_coming_and_going();
        }
    }

    /// Drives the lamps of a zone from now on; a zone that is not there is nobody's.
    pub fn drive(&mut self, zone: usize, level_pct: u8, fade_ms: u32) {
        self.follow(zone, level_pct, fade_ms);
        self.settle(zone);
    }

    /// As [`LiveRoom::drive`], and tells nobody: for one step of a fade that somebody else makes.
    pub fn follow(&mut self, zone: usize, level_pct: u8, fade_ms: u32) {
        if let Some(lamp) = self.lamps.get_mut(zone) {
            lamp.drive(level_pct, fade_ms);
        }
    }

    /// Tells where the lamps of a zone have gone, if that was not told yet.
    pub fn settle(&mut self, zone: usize) {
        let Some(lamp) = self.lamps.get(zone) else { return };
        let to_pct = lamp.target_pct();
        let from_pct = std::mem::replace(&mut self.told_pct[zone], to_pct);
        if from_pct != to_pct {
            self.tell(What::Lamp { zone, from_pct, to_pct });
        }
    }

    /// Zones whose switch somebody presses up to now. Each wish is looked at once: who finds
    /// the lamps as wished leaves the switch alone.
    pub fn presses(&mut self) -> Vec<usize> {
        let mut pressed = Vec::new();
        if self.stage.is_some() {
            self.next_wish = self.day.wishes.len();
        }
        while let Some(&Wish { t, zone, lit }) = self.day.wishes.get(self.next_wish) {
            if t > self.now {
                break;
            }
            self.next_wish += 1;
            if self.lamps.get(zone).is_some_and(|lamp| lamp.is_lit() != lit) {
                self.tell(What::Pressed { zone });
                pressed.push(zone);
            }
        }
        pressed
    }

    /// When somebody next looks at a switch, ms UTC; today at most.
    pub fn next_wish(&self) -> Option<i64> {
        self.day.wishes.get(self.next_wish).map(|wish| wish.t)
    }

    /// Light at the sensor now, lx.
    pub fn light_lx(&self, around: Around<'_>) -> f64 {
        let room = &around.plan.rooms[self.index];
        let lamps = room.zones.iter().zip(&self.lamps);
        let lamps_lx: f64 =
            lamps.map(|(zone, lamp)| f64::from(zone.lamp_lx) * lamp.level_pct() / 100.0).sum();
        lamps_lx + self.daylight_lx(around)
    }

    /// Daylight at the sensor now, lx.
    pub fn daylight_lx(&self, around: Around<'_>) -> f64 {
        if let Some(stage) = self.stage {
            return stage.daylight_at(self.now);
        }
        let room = &around.plan.rooms[self.index];
        self.sky(around).inside_lx(room.side, room.daylight_factor)
    }

    /// The sky now.
    pub fn sky(&self, around: Around<'_>) -> Sky {
        daylight::sky(around.plan.place, around.seed, self.now)
    }

    /// Now, ms UTC.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// What people do today.
    pub fn day(&self) -> &RoomDay {
        &self.day
    }

    /// How many people are there now.
    pub fn people(&self) -> u16 {
        self.day.step_at(self.now).people
    }

    /// The lamps, in the order of zones.
    pub fn lamps(&self) -> &[Lamp] {
        &self.lamps
    }

    /// Power of lamps and plugs now, mW.
    pub fn power_mw(&self) -> u64 {
        self.lamps.iter().map(Lamp::power_mw).sum::<u64>() + self.day.step_at(self.now).plug_mw
    }

    /// All energy of lamps and plugs since the start, mW·ms.
    pub fn energy_mwms(&self) -> u64 {
        self.lamps.iter().map(Lamp::energy_mwms).sum::<u64>() + self.plug_mwms
    }

    /// Sums since the start.
    pub fn account(&self) -> Account {
        self.account
    }

    /// Takes what happened since it was asked last.
    pub fn take_happenings(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happenings)
    }

    /// The next moment at which anything changes that a piece of time takes as constant.
    fn next_change(&self) -> i64 {
        let look = (self.now.div_euclid(LOOK_MS) + 1) * LOOK_MS;
        let fades = self.lamps.iter().filter_map(Lamp::fade_end);
        let step = self.day.next_step(self.now);
        fades.chain(step).fold(look.min(self.day.end_ms), i64::min)
    }

    /// Passes a piece of time in which nothing but fades changes.
    fn pass(&mut self, around: Around<'_>, end: i64) {
        let span = (end - self.now) as u64;
        let step = self.day.step_at(self.now);
        let lit = self.lamps.iter().any(Lamp::is_lit);
        self.account.lit_ms += if lit { span } else { 0 };
        if step.people > 0 {
            self.account.occupied_ms += span;
            if self.now.rem_euclid(LOOK_MS) == 0 {
                self.look(around);
            }
        } else if lit {
            self.account.lit_empty_ms += span;
        }
        self.plug_mwms += step.plug_mw * span;
        for lamp in &mut self.lamps {
            lamp.advance(end);
        }
        self.now = end;
    }

    /// Is it too dark for who is there? The answer stands for ten seconds.
    fn look(&mut self, around: Around<'_>) {
        let lx = self.light_lx(around);
        if lx < DARK_LX {
            self.account.occupied_dark_ms += LOOK_MS as u64;
        }
        // 300 lx at the desk: GB 7793-2010.
        if lx < 300.0 && self.date.in_lesson(self.now) {
            self.account.lesson_dim_ms += LOOK_MS as u64;
        }
    }

    fn tell_coming_and_going(&mut self) {
        let now = self.day.step_at(self.now);
        if now.t != self.now || self.now == self.day.start_ms {
            return;
        }
        let before = self.day.step_at(self.now - 1).people;
        match (before, now.people) {
            (0, people) if people > 0 => self.tell(What::Occupied { people }),
            (people, 0) if people > 0 => self.tell(What::Left),
            _ => {}
        }
    }

    fn tell(&mut self, what: What) {
        self.happenings.push(Happening { t: self.now, room: self.index, what });
    }
}
