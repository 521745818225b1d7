//! The agent around the controller, as far as it matters for lamps: it ticks when asked to, keeps a log and
//! checkpoints, dies, and comes back from both.

use crate::node::Kept;
use crate::plan::ZONES;
use controller::action::{DemandOrder, LockOrder};
use controller::{
    Action, By, Campus, Controller, Extent, Input, LEAP_MS_MIN, NodeIx, RoomIx, Timestamp,
};
use std::rc::Rc;
use wire::Id;

/// A row of the log.
#[derive(Clone, Debug)]
pub struct Row {
    at: Timestamp,
    entry: Entry,
}

/// What was told.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A frame, and when it was sent (ms UTC).
    Frame(Rc<Kept>, i64),
    /// A wish from afar: zone, level, until.
    Wish(Option<usize>, u8, Timestamp),
    /// Wishes end.
    Auto,
    /// It burns, or not.
    Fire(bool),
    /// A zone is locked: level, until.
    Lock(usize, u8, Timestamp),
    /// The grid asks for less: %, from, until.
    Demand(u8, Timestamp, Timestamp),
    /// Time passed, and something was decided by that alone.
    Passed,
    /// Nobody had listened.
    Resumed,
}

/// The agent.
pub struct Agent {
    /// Its state; that of its death while it is dead.
    pub controller: Controller,
    /// Whether it runs.
    pub alive: bool,
    /// Its clock less the true time, ms.
    pub offset: i64,
    campus: Campus,
    checkpoint: (Vec<u8>, usize),
    log: Vec<Row>,
    began: Timestamp,
}

impl Agent {
    /// An agent that has heard of nothing.
    pub fn new(campus: &Campus, t: i64) -> Self {
        // Plans are drawn so that this cannot fail; a test draws many.
        let controller = fresh(campus, Timestamp(t));
        let checkpoint = (controller.save(), 0);
        let (campus, began) = (campus.clone(), Timestamp(t));
        Self { controller, alive: true, offset: 0, campus, checkpoint, log: Vec::new(), began }
    }

    /// Its clock.
    pub fn now(&self, t: i64) -> Timestamp {
        Timestamp(t.saturating_add(self.offset))
    }

    /// What is due by nothing but time.
    pub fn pass(&mut self, t: i64, out: &mut Vec<Action>) {
        let (before, listening) = (self.controller.now(), self.controller.listening_since());
        self.controller.handle(Input::Tick, self.now(t), out);
        let decided = out.iter().any(|action| matches!(action, Action::Changed { .. }));
        if self.controller.listening_since() != listening {
            self.log.push(Row { at: before, entry: Entry::Passed });
            self.keep(Entry::Resumed);
        } else if decided {
            self.keep(Entry::Passed);
        }
    }

    /// The clock was set, and the agent notices where it went ahead: `agent::clock::Pace`.
    pub fn set_clock(&mut self, by_ms: i64, t: i64, out: &mut Vec<Action>) {
        self.offset = self.offset.saturating_add(by_ms);
        if by_ms <= LEAP_MS_MIN {
            return self.pass(t, out);
        }
        self.log.push(Row { at: self.controller.now(), entry: Entry::Passed });
        self.controller.handle(Input::Resumed, self.now(t), out);
        self.keep(Entry::Resumed);
    }

    /// Something is told; what is due before it was passed already.
    pub fn hear(&mut self, entry: Entry, t: i64, out: &mut Vec<Action>) {
        let now = self.now(t);
        tell(&mut self.controller, &entry, now, out);
        if !(matches!(entry, Entry::Frame(..)) && self.controller.last_was_duplicate()) {
            self.keep(entry);
        }
    }

    fn keep(&mut self, entry: Entry) {
        self.log.push(Row { at: self.controller.now(), entry });
    }

    /// Writes a checkpoint.
    pub fn save(&mut self) {
        self.checkpoint = (self.controller.save(), self.log.len());
    }

    /// Comes back: the checkpoint, the log after it, and what it must be told of the time between. Says
    /// whether checkpoint and log gave the state that died (D1).
    pub fn come_back(&mut self, t: i64, out: &mut Vec<Action>) -> Result<(), String> {
        let now = self.now(t);
        let (bytes, after) = &self.checkpoint;
        let back = Controller::restore(self.campus.clone(), now, bytes);
        let mut back = back.map_err(|fault| format!("a checkpoint cannot be read: {fault}"))?;
        for row in &self.log[*after..] {
            tell(&mut back, &row.entry, row.at, &mut Vec::new());
        }
        let same = same_state(&back, &self.controller);
        self.controller = back;
        self.alive = true;
        self.controller.handle(Input::Resumed, now, out);
        self.keep(Entry::Resumed);
        same
    }

    /// What a controller decides that is told the whole log from the beginning.
    pub fn again(&self) -> Vec<Action> {
        let mut controller = fresh(&self.campus, self.began);
        let mut out = Vec::new();
        for row in &self.log {
            tell(&mut controller, &row.entry, row.at, &mut out);
        }
        out.retain(|action| matches!(action, Action::Changed { .. }));
        out
    }

    /// How many rows it kept.
    pub fn rows(&self) -> usize {
        self.log.len()
    }
}

fn fresh(campus: &Campus, at: Timestamp) -> Controller {
    match Controller::new(campus.clone(), at) {
        Ok(controller) => controller,
        Err(fault) => unreachable!("a drawn campus makes sense: {fault}"),
    }
}

/// Both brought to one moment, and everything that people can see of the room.
fn same_state(back: &Controller, dead: &Controller) -> Result<(), String> {
    let at = back.now().max(dead.now());
    let seen = |controller: &Controller| {
        let mut copy = controller.clone();
        copy.handle(Input::Tick, at, &mut Vec::new());
        let room = copy.room(RoomIx(0));
        format!(
            "{:?} {:?} {:?} {:?}",
            room.occupancy, room.occupancy_since, room.readings, room.zones
        )
    };
    let (one, two) = (seen(back), seen(dead));
    if one == two {
        return Ok(());
    }
    let from = one.bytes().zip(two.bytes()).position(|(a, b)| a != b).unwrap_or(0);
    let part =
        |text: &str| text.get(from.saturating_sub(40)..).map(|it| it.chars().take(160).collect());
    let (one, two): (Option<String>, Option<String>) = (part(&one), part(&two));
    Err(format!("checkpoint and log give {one:?} instead of {two:?}"))
}

fn tell(controller: &mut Controller, entry: &Entry, at: Timestamp, out: &mut Vec<Action>) {
    let room = RoomIx(0);
    let input = match entry {
        Entry::Frame(kept, sent) => {
            let frame = kept.frame(*sent);
            let input = Input::Frame { node: NodeIx(kept.node as u32), frame: &frame };
            return controller.handle(input, at, out);
        }
        Entry::Wish(zone, level_pct, until) => {
            let zone = zone.and_then(|nth| Id::new(ZONES[nth]).ok());
            let (level_pct, until, by) = (*level_pct, *until, By::Cli);
            Input::Override { room, zone, level_pct, until, by }
        }
        Entry::Auto => Input::Auto { room, zone: None },
        Entry::Fire(on) => {
            Input::Fire { extent: Extent::Campus, on: *on, who: "porter", why: "drawn" }
        }
        Entry::Lock(zone, level_pct, until) => {
            let (level_pct, until) = (*level_pct, *until);
            let order = LockOrder { level_pct, until, who: "electrician", why: "drawn" };
            Input::Lock { room, zone: Id::new(ZONES[*zone]).ok(), order: Some(order) }
        }
        Entry::Demand(shed_pct, from, until) => {
            let (shed_pct, from, until) = (*shed_pct, *from, *until);
            Input::Demand(DemandOrder { id: "d", shed_pct, from, until, who: "grid", why: "drawn" })
        }
        Entry::Passed => Input::Tick,
        Entry::Resumed => Input::Resumed,
    };
    controller.handle(input, at, out);
}
