//! A room-day, event by event: people and sky, nodes and link, the agent, and the monitor that watches.

mod around;

use crate::agent::{Agent, Entry};
use crate::fault::{Fault, What};
use crate::monitor::{Cause, Figures, Look, Monitor, Violation};
use crate::node::{Kept, Node};
use crate::plan::{Deed, Plan};
use crate::story::Story;
use controller::{Action, Glance, NodeIx, RoomIx, Timestamp};
use lighting::{Occupancy, Period, Priority};
use simulator::seeded::Seeded;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// What became of a day.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The first invariant that was broken.
    pub broken: Option<Violation>,
    /// What Q5 counts.
    pub figures: Figures,
    /// Levels as they changed.
    pub levels: Vec<Level>,
    /// Periods as they began, by the agent's clock.
    pub periods: Vec<(i64, Period)>,
    /// The last events before the violation, for people.
    pub story: Vec<String>,
}

/// A level that was commanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// When, ms UTC.
    pub t: i64,
    /// Zone.
    pub zone: usize,
    /// From that moment on, %.
    pub level: u8,
    /// Nobody in the room or stronger wanted it.
    pub automatic: bool,
    /// The after-hours sweep wanted it, and nobody knew whether people were there.
    pub swept_unknown: bool,
    /// For how long nobody had been seen, where that was the reason, s.
    pub quiet_s: Option<u32>,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A fault begins or ends.
    Fault(usize, bool),
    /// A checkpoint.
    Save,
    /// Somebody does something.
    Deed(usize),
    /// A node looks around; the number tells an old entry from the valid one.
    Look(usize, u32),
    /// A frame arrives.
    Arrive(usize),
    /// A node hears what it should do.
    Obey(usize),
}

/// A day under way.
pub struct Day<'p> {
    plan: &'p Plan,
    queue: BinaryHeap<Reverse<(i64, u64, Event)>>,
    order: u64,
    nodes: Vec<Node>,
    /// The valid entry of each node's next look.
    looks: Vec<u32>,
    /// Frames on their way, and those that wait for link and agent.
    frames: Vec<Rc<Kept>>,
    waiting: VecDeque<usize>,
    /// When the newest frame of each node that arrived was measured.
    newest: Vec<i64>,
    agent: Agent,
    monitor: Monitor<'p>,
    chance: Seeded,
    /// What each fault does now.
    active: Vec<bool>,
    /// What the nodes' clocks are off by: told with the lease.
    node_offset: i64,
    /// Nothing can be trusted before this, ms UTC.
    well_from: i64,
    still_since: Option<i64>,
    glance: Glance,
    out: Vec<Action>,
    ran: Ran,
    decided: Vec<Action>,
    story: Story,
}

/// Runs a day. With a moment, only up to it, and the last events before it are kept for people.
pub fn run(plan: &Plan, told_until: Option<i64>) -> Ran {
    let mut day = Day::new(plan, told_until.is_some());
    day.begin();
    let end = plan.start + DAY;
    day.go(told_until.map_or(end, |until| end.min(until + 1)));
    day.end()
}

impl<'p> Day<'p> {
    fn new(plan: &'p Plan, story: bool) -> Self {
        let lamps = plan.campus.rooms[0].zones.len();
        let node = |nth| Node::new(nth, lamps, plan.report_ms, plan.start);
        let agent = Agent::new(&plan.campus, plan.start);
        let glance = agent.controller.glance(RoomIx(0));
        Self {
            plan,
            queue: BinaryHeap::new(),
            order: 0,
            nodes: (0..plan.campus.nodes.len()).map(node).collect(),
            looks: vec![0; plan.campus.nodes.len()],
            frames: Vec::new(),
            waiting: VecDeque::new(),
            newest: vec![i64::MIN; plan.campus.nodes.len()],
            agent,
            monitor: Monitor::new(plan),
            chance: Seeded::new(&[plan.seed, 0x11e7]),
            active: vec![false; plan.faults.len()],
            node_offset: 0,
            well_from: plan.start + 5 * MINUTE,
            still_since: Some(plan.start),
            glance,
            out: Vec::new(),
            ran: Ran {
                broken: None,
                figures: Figures::default(),
                levels: Vec::new(),
                periods: Vec::new(),
                story: Vec::new(),
            },
            decided: Vec::new(),
            story: Story::new(story, plan),
        }
    }

    fn begin(&mut self) {
        for (nth, fault) in self.plan.faults.iter().enumerate() {
            self.at(fault.from, Event::Fault(nth, true));
            self.at(fault.to.max(fault.from), Event::Fault(nth, false));
            if fault.what == What::AgentRestart {
                // A checkpoint is up to half an hour old, and then there is the log.
                let back = self.chance.between(0, 30 * MINUTE);
                self.at((fault.from - back).max(self.plan.start), Event::Save);
            }
        }
        for (nth, (t, _)) in self.plan.deeds.iter().enumerate() {
            self.at(*t, Event::Deed(nth));
        }
        for node in 0..self.nodes.len() {
            self.next_look(node, self.plan.start);
        }
    }

    fn at(&mut self, t: i64, event: Event) {
        self.order += 1;
        self.queue.push(Reverse((t, self.order, event)));
    }

    fn go(&mut self, end: i64) {
        let mut t = self.plan.start;
        while self.ran.broken.is_none() {
            let queued = self.queue.peek().map_or(i64::MAX, |Reverse((at, ..))| *at);
            let due = self.due(t);
            let next = queued.min(due);
            if next >= end {
                break;
            }
            t = next.max(t);
            if due <= queued {
                self.pass(t);
                continue;
            }
            if let Some(Reverse((_, _, event))) = self.queue.pop() {
                self.happen(event, t);
            }
        }
    }

    /// When the agent wants to be woken, true time: later than `t`.
    fn due(&self, t: i64) -> i64 {
        match self.agent.controller.deadline().filter(|_| self.agent.alive) {
            Some(at) => at.0.saturating_sub(self.agent.offset).max(t + 1),
            None => i64::MAX,
        }
    }

    fn end(mut self) -> Ran {
        self.ran.figures = self.monitor.figures();
        if self.ran.broken.is_none() {
            self.ran.broken = self.d1();
        }
        self.ran.story = self.story.end();
        self.ran
    }

    /// D1: the same log gives the same decisions, with every word of their explanation.
    fn d1(&self) -> Option<Violation> {
        // Telling the whole log again costs as much as the day; every eighth is enough to find it.
        if !self.plan.seed.is_multiple_of(8) {
            return None;
        }
        let again = self.agent.again();
        if again == self.decided {
            return None;
        }
        let differs = again.iter().zip(&self.decided).position(|(one, two)| one != two);
        let what = format!(
            "{} decisions, and {} when {} rows of the log are told again; the first that differs is \
             the {}th",
            self.decided.len(),
            again.len(),
            self.agent.rows(),
            differs.unwrap_or(again.len().min(self.decided.len())) + 1
        );
        Some(Violation { invariant: "D1", t: self.plan.start + DAY, zone: None, what })
    }

    fn happen(&mut self, event: Event, t: i64) {
        match event {
            Event::Fault(nth, begins) => self.fault(nth, begins, t),
            Event::Save if self.agent.alive => self.agent.save(),
            Event::Save => {}
            Event::Deed(nth) => self.deed(self.plan.deeds[nth].1, t),
            Event::Look(node, valid) if self.looks[node] == valid => {
                let around = self.around(node, t);
                self.note_stillness(t);
                let kept = self.nodes[node].look(&around, t);
                self.next_look(node, t);
                self.send(kept, t);
            }
            Event::Look(..) => {}
            Event::Arrive(at) => self.arrive(at, t),
            Event::Obey(node) => {
                let linked = self.is_linked();
                let desired = self.agent.controller.desired(NodeIx(node as u32));
                if let Some(desired) = desired.filter(|_| linked) {
                    self.nodes[node].obey(&desired, t);
                }
                self.next_look(node, t);
            }
        }
    }

    fn is_linked(&self) -> bool {
        self.agent.alive && !self.has(|what| *what == What::BrokerLoss)
    }

    /// Whether a fault of some kind is going on.
    fn has(&self, is: impl Fn(&What) -> bool) -> bool {
        let mut all = self.plan.faults.iter().zip(&self.active);
        all.any(|(fault, active)| *active && is(&fault.what))
    }

    fn fault(&mut self, nth: usize, begins: bool, t: i64) {
        let Fault { what, .. } = self.plan.faults[nth];
        self.active[nth] = begins;
        self.story
            .note(t, || format!("{} {}", what.name(), if begins { "begins" } else { "ends" }));
        self.well_from = self.well_from.max(t + around::heals_ms(what));
        match (what, begins) {
            (What::ClockStep(by), true) => {
                self.pass(t);
                let alive = self.agent.alive;
                if alive {
                    self.agent.set_clock(by, t, &mut self.out);
                    self.watch(Cause::Clock, t);
                } else {
                    self.agent.offset += by;
                }
            }
            (What::AgentRestart, true) => {
                self.pass(t);
                self.agent.alive = false;
            }
            (What::AgentRestart, false) => self.come_back(t),
            (What::NodeRestart(node), true) => {
                self.nodes[node].restart(t);
                self.next_look(node, t);
            }
            (What::BrokerLoss, false) => self.reconnect(t),
            (What::StuckMotion(node, _) | What::StuckLux(node, _), _) => self.next_look(node, t),
            _ => {}
        }
    }

    fn come_back(&mut self, t: i64) {
        if let Err(what) = self.agent.come_back(t, &mut self.out) {
            self.ran.broken = Some(Violation { invariant: "D1", t, zone: None, what });
        }
        self.watch(Cause::CameBack, t);
        self.reconnect(t);
    }

    /// What waited comes now: in order, or the newest first.
    fn reconnect(&mut self, t: i64) {
        if !self.is_linked() {
            return;
        }
        let mut waiting: Vec<usize> = self.waiting.drain(..).collect();
        if self.chance.chance(0.5) {
            waiting.reverse();
        }
        for (nth, at) in waiting.into_iter().enumerate() {
            self.at(t + 50 + 20 * nth as i64, Event::Arrive(at));
        }
        for node in 0..self.nodes.len() {
            self.at(t + 40, Event::Obey(node));
        }
    }

    fn deed(&mut self, deed: Deed, t: i64) {
        self.story.note(t, || format!("{deed:?}"));
        match deed {
            Deed::Press(zone) => {
                let around = self.around(0, t);
                let full = self.plan.campus.rooms[0].zones[zone].lighting.full_pct;
                let kept = self.nodes[0].press(zone, full, &around, t);
                self.send(kept, t);
            }
            Deed::Wish(zone, level, ms) if self.agent.alive => {
                self.pass(t);
                let until = Timestamp(self.agent.now(t).0.max(self.agent.controller.now().0) + ms);
                self.agent.hear(Entry::Wish(zone, level, until), t, &mut self.out);
                self.watch(Cause::Wish(zone, level, until), t);
            }
            Deed::Auto if self.agent.alive => {
                self.pass(t);
                self.agent.hear(Entry::Auto, t, &mut self.out);
                self.watch(Cause::Auto, t);
            }
            Deed::Fire(on) => self.impose(Entry::Fire(on), t),
            Deed::Lock(zone, level, ms) => {
                self.impose(Entry::Lock(zone, level, self.agent_now(t).plus(ms)), t);
            }
            Deed::Demand(pct, ms) => {
                let now = self.agent_now(t);
                self.impose(Entry::Demand(pct, now, now.plus(ms)), t);
            }
            Deed::Wish(..) | Deed::Auto => {}
        }
    }

    fn impose(&mut self, entry: Entry, t: i64) {
        if self.agent.alive {
            self.pass(t);
            self.agent.hear(entry.clone(), t, &mut self.out);
            self.watch(Cause::Imposed(&entry), t);
        }
    }

    /// The agent's time, which a clock that was set back a little does not turn back.
    fn agent_now(&self, t: i64) -> Timestamp {
        self.agent.now(t).max(self.agent.controller.now())
    }

    /// A frame begins its way.
    fn send(&mut self, kept: Option<Kept>, t: i64) {
        let Some(kept) = kept else { return };
        let node = kept.node;
        if self.has(|what| *what == What::Silent(node)) {
            return;
        }
        let mut arrives = t + self.chance.between(30, 250);
        let mut twice = None;
        for nth in 0..self.active.len() {
            let (what, active) = (self.plan.faults[nth].what, self.active[nth]);
            let share = match what {
                What::Late(percent, _) | What::Duplicates(percent) if active => percent,
                _ => continue,
            };
            if self.chance.between(0, 99) >= share {
                continue;
            }
            match what {
                What::Late(_, most) => arrives += self.chance.between(0, most),
                _ => twice = Some(arrives + self.chance.between(0, 20 * MINUTE)),
            }
        }
        self.frames.push(Rc::new(kept));
        let at = self.frames.len() - 1;
        self.at(arrives, Event::Arrive(at));
        if let Some(again) = twice {
            self.at(again, Event::Arrive(at));
        }
    }

    fn arrive(&mut self, at: usize, t: i64) {
        if !self.is_linked() {
            self.waiting.push_back(at);
            return;
        }
        self.pass(t);
        let kept = Rc::clone(&self.frames[at]);
        let late = kept.truly < self.newest[kept.node];
        self.newest[kept.node] = self.newest[kept.node].max(kept.truly);
        // Sent again just now where it waited.
        let sent = if t - kept.truly > 300 { t - 100 } else { kept.truly };
        self.agent.hear(Entry::Frame(Rc::clone(&kept), sent), t, &mut self.out);
        let duplicate = self.agent.controller.last_was_duplicate();
        self.story.frame(t, &kept, duplicate, late);
        self.watch(Cause::Frame { kept: &kept, duplicate, late }, t);
    }

    /// What is due by time alone, before anything else is looked at.
    fn pass(&mut self, t: i64) {
        if self.agent.alive {
            self.agent.pass(t, &mut self.out);
            self.watch(Cause::Tick, t);
        }
    }

    /// The monitor looks, and what was decided goes its way.
    fn watch(&mut self, cause: Cause<'_>, t: i64) {
        let after = self.agent.controller.glance(RoomIx(0));
        if self.ran.periods.last().map(|it| it.1) != Some(after.period) {
            self.ran.periods.push((t, after.period));
        }
        let before = std::mem::replace(&mut self.glance, after);
        let actions = std::mem::take(&mut self.out);
        let truth = self.truth(t);
        let look = Look {
            t,
            now: self.agent.controller.now(),
            cause,
            before: &before,
            after: &self.glance,
            controller: &self.agent.controller,
            actions: &actions,
            truth,
        };
        let broken = self.monitor.look(&look);
        for change in look.changes() {
            self.story.change(t, &change, &self.glance);
            let (zone, level, automatic) = (change.zone, change.to, change.is_automatic());
            let unknown = self.glance.occupancy == Occupancy::Unknown;
            let swept_unknown = unknown && change.verdict.winner.priority == Priority::Sweep;
            let quiet_s = match change.verdict.winner.reason {
                lighting::Reason::Vacant { for_s } => Some(for_s),
                _ => None,
            };
            self.ran.levels.push(Level { t, zone, level, automatic, swept_unknown, quiet_s });
        }
        for action in &actions {
            match action {
                Action::Desire { node } => {
                    let at = t + self.chance.between(20, 150);
                    self.at(at, Event::Obey(node.at()));
                }
                Action::Changed { .. } => self.decided.push(action.clone()),
                _ => {}
            }
        }
        if self.ran.broken.is_none() {
            self.ran.broken = broken;
        }
        self.out = actions;
        self.out.clear();
    }
}
