//! Whatever the network and the supply do to a node with a frame log: what was made arrives or is told as
//! lost, each frame once, and nothing stays behind.

use crate::board::Board;
use node::{Input, What};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use wire::{Ack, Condition, Frame, Lease, Loss, Quantity, Sample, Value};

/// UTC when the world begins, ms.
const BEGIN: i64 = 1_789_000_000_000;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// Movement, and time passes.
    Live(u64),
    /// A payload on its way arrives, twice, or never.
    Up(prop::sample::Index, u8),
    Down(prop::sample::Index, u8),
    Connect,
    Disconnect,
    Lease,
    /// The clock of a node without an agent is set.
    Clock,
    PowerCut,
    /// The supply goes in the middle of what the node asked for.
    CutIn(usize),
    /// Several short starts.
    Flicker(u8, u64),
    Away(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        10 => (0..40_000u64).prop_map(Step::Live),
        12 => (index(), 0..6u8).prop_map(|(at, fate)| Step::Up(at, fate)),
        8 => (index(), 0..6u8).prop_map(|(at, fate)| Step::Down(at, fate)),
        3 => Just(Step::Connect),
        2 => Just(Step::Disconnect),
        4 => Just(Step::Lease),
        1 => Just(Step::Clock),
        2 => Just(Step::PowerCut),
        2 => (0..4usize).prop_map(Step::CutIn),
        1 => (1..8u8, 0..9_000u64).prop_map(|(times, ms)| Step::Flicker(times, ms)),
        1 => (1..5u64).prop_map(Step::Away),
    ]
}

/// What the agent knows of one boot.
#[derive(Default)]
struct Row {
    arrived: BTreeMap<u32, String>,
    lost: BTreeSet<u32>,
    acked: u32,
}

impl Row {
    fn ack(&mut self) -> u32 {
        while self.arrived.contains_key(&(self.acked + 1)) || self.lost.contains(&(self.acked + 1))
        {
            self.acked += 1;
        }
        self.acked
    }
}

struct World {
    board: Board,
    /// UTC at the start of the present boot.
    started: i64,
    boot: u32,
    up: Vec<Vec<u8>>,
    down: Vec<Ack>,
    rows: BTreeMap<u32, Row>,
    untold: u32,
}

impl World {
    fn new(records: usize) -> Self {
        let board = Board::with_log(records);
        let boot = board.node.boot();
        let (up, down, rows) = Default::default();
        Self { board, started: BEGIN, boot, up, down, rows, untold: 0 }
    }

    fn give(&mut self, input: Input<'_>) {
        self.board.give(input);
        self.collect();
    }

    /// Takes what was published, and notices a restart.
    fn collect(&mut self) {
        for (what, payload) in std::mem::take(&mut self.board.sent) {
            match what {
                What::Frame => {
                    let frame = Frame::parse(&payload).expect("nodes send valid frames");
                    if frame.boot < self.boot && !frame.readings.is_empty() {
                        let t = frame.t.expect("a frame of an earlier boot is dated");
                        assert!(t < self.started, "it is from before this boot");
                    }
                    drop(frame);
                    self.up.push(payload);
                }
                What::Hello => {
                    self.untold = Condition::parse(&payload).expect("a good hello").untold;
                }
                What::Result => {}
            }
        }
        if self.board.node.boot() != self.boot {
            self.boot = self.board.node.boot();
            self.started = BEGIN + self.board.before as i64;
        }
    }

    fn run_to(&mut self, until: u64) {
        let boot = self.boot;
        while self.boot == boot && self.board.step_to(until) {
            self.collect();
        }
        self.collect();
    }

    fn utc(&self) -> i64 {
        self.started + self.board.now as i64
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Live(wait_ms) => {
                self.run_to(self.board.now + wait_ms);
                let sample = Sample::Is(Value::from_whole((wait_ms % 2) as i64));
                self.give(Input::Sense { quantity: Quantity::Motion, channel: "", sample });
            }
            Step::Up(at, fate) if !self.up.is_empty() => {
                let payload = self.up.remove(at.index(self.up.len()));
                if *fate == 0 {
                    self.up.push(payload.clone());
                }
                if *fate < 5 {
                    self.arrive(&payload);
                }
            }
            Step::Down(at, fate) if !self.down.is_empty() => {
                let ack = self.down.remove(at.index(self.down.len()));
                if *fate < 4 {
                    self.acknowledge(ack);
                }
            }
            Step::Up(..) | Step::Down(..) => {}
            Step::Connect => self.give(Input::Connected),
            Step::Disconnect => self.give(Input::Disconnected),
            Step::Lease => self.lease(),
            Step::Clock => self.give(Input::Time { t_ms: self.utc() }),
            Step::PowerCut => self.cut(),
            Step::CutIn(actions) => self.board.cut_in = Some(*actions),
            Step::Flicker(times, ms) => {
                for _ in 0..*times {
                    self.run_to(self.board.now + ms);
                    self.cut();
                }
            }
            Step::Away(hours) => {
                self.give(Input::Disconnected);
                self.run_to(self.board.now + hours * 3_600_000);
            }
        }
    }

    fn cut(&mut self) {
        self.board.power_cut();
        self.give(Input::Tick);
    }

    fn lease(&mut self) {
        self.board.lease(Lease { t: self.utc(), lease_ms: 90_000 });
        self.collect();
    }

    fn acknowledge(&mut self, ack: Ack) {
        self.board.ack(ack.boot, ack.seq);
        self.collect();
    }

    fn arrive(&mut self, payload: &[u8]) {
        let frame = Frame::parse(payload).expect("nodes send valid frames");
        let row = self.rows.entry(frame.boot).or_default();
        if let Some(lost) = frame.lost {
            row.lost.extend(lost.from..=lost.to);
        }
        let content = format!("{} {:?}", frame.up, frame.readings);
        let first = row.arrived.entry(frame.seq).or_insert_with(|| content.clone());
        // A loss that was told before a power cut may be told again under the number it had.
        let told_again = frame.lost.is_some() && frame.readings.is_empty();
        assert!(*first == content || told_again, "the same key always means the same readings");
        for seq in row.acked + 1..frame.oldest {
            let known = row.arrived.contains_key(&seq) || row.lost.contains(&seq);
            assert!(known, "{}.{seq} is gone without a word", frame.boot);
        }
        let ack = Ack { boot: frame.boot, seq: row.ack() };
        self.down.push(ack);
    }

    /// The network heals and the agent lives.
    fn heal(&mut self) {
        self.board.cut_in = None;
        self.board.slow = false;
        self.give(Input::Connected);
        let end = self.board.now + 6 * 3_600_000;
        let mut idle = 0;
        while self.board.now < end && idle < 4 {
            self.lease();
            self.exchange();
            self.run_to(self.board.now + 20_000);
            self.exchange();
            let left = self.board.log.as_ref().map_or(0, |log| log.len());
            idle = if left <= 1 && self.board.node.held() == 0 { idle + 1 } else { 0 };
        }
    }

    fn exchange(&mut self) {
        while !self.up.is_empty() || !self.down.is_empty() {
            for payload in std::mem::take(&mut self.up) {
                self.arrive(&payload);
            }
            for ack in std::mem::take(&mut self.down) {
                self.acknowledge(ack);
            }
        }
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.board.node.held(), 0, "everything is acknowledged");
        let left = self.board.log.as_ref().map_or(0, |log| log.len());
        prop_assert!(left <= 1, "{left} records stay behind");
        let made: BTreeSet<_> = self.board.kept.iter().map(|key| (key.boot, key.seq)).collect();
        prop_assert_eq!(made.len(), self.board.kept.len(), "each frame is kept once");
        // Their hello may be old: it is asked for again.
        self.give(Input::Disconnected);
        self.give(Input::Connected);
        let knows = |(boot, seq): &(u32, u32)| {
            self.rows
                .get(boot)
                .is_some_and(|row| row.arrived.contains_key(seq) || row.lost.contains(seq))
        };
        let missing: Vec<_> = made.iter().filter(|key| !knows(key)).collect();
        prop_assert!(missing.len() <= self.untold as usize, "missing: {:?}", missing);
        for (boot, row) in &self.rows {
            for seq in &row.lost {
                prop_assert!(made.contains(&(*boot, *seq)), "{}.{} was never made", boot, seq);
                let within = |(of, frames): &(u32, Loss)| {
                    of == boot && (frames.from..=frames.to).contains(seq)
                };
                let excused = row.arrived.contains_key(seq)
                    || !self.board.dated.contains(boot)
                    || self.board.shed.iter().any(within);
                prop_assert!(excused, "{}.{} was given up without need", boot, seq);
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_was_made_arrives_or_is_told_as_lost_through_power_cuts(
        steps in vec(step(), 1..120), records in prop_oneof![Just(8usize), Just(40), Just(2_000)],
        slow in any::<bool>(),
    ) {
        let mut world = World::new(records);
        world.board.slow = slow;
        steps.iter().for_each(|step| world.step(step));
        world.heal();
        world.check()?;
    }
}

#[test]
fn sixty_power_cuts_in_one_outage_lose_nothing_that_can_be_dated() {
    let mut world = World::new(2_000);
    for _ in 0..60 {
        world.step(&Step::Clock);
        world.step(&Step::Live(30_001));
        world.step(&Step::PowerCut);
    }
    world.heal();
    world.check().expect("everything is known");
    let lost: usize = world.rows.values().map(|row| row.lost.len()).sum();
    let arrived: usize = world.rows.values().map(|row| row.arrived.len()).sum();
    assert_eq!(lost, 0);
    assert!(arrived >= 120, "{arrived}");
}

#[test]
fn an_outage_longer_than_memory_loses_nothing_while_the_log_has_room() {
    let mut world = World::new(4_000);
    world.step(&Step::Clock);
    world.step(&Step::Away(24));
    assert!(world.board.node.held() > 1_000);
    world.heal();
    world.check().expect("everything is known");
    assert_eq!(world.board.node.counters().given_up, 0);
}
