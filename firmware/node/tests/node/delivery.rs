//! Whatever the network does: every frame arrives or is told as lost, in every boot.

use crate::board::Board;
use node::{Input, What};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use wire::{Frame, Lease, Quantity, Sample, Value};

/// One thing that happens in the world around a node.
#[derive(Clone, Debug)]
enum Step {
    /// Movement and light change, and time passes.
    Live {
        wait_ms: u64,
        motion: bool,
        lux: i64,
    },
    /// A frame or an acknowledgement on its way arrives (and may arrive again), or is lost.
    Up {
        which: prop::sample::Index,
        fate: Fate,
    },
    Down {
        which: prop::sample::Index,
        fate: Fate,
    },
    Connect,
    Disconnect,
    Lease,
    PowerCut,
    /// So long without a network that the oldest frames are given up.
    Away {
        hours: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    ArrivesTwice,
    Lost,
}

/// `away`: 1 when outages of hours happen too, 0 when not.
fn step(away: u32) -> impl Strategy<Value = Step> {
    let fate = || prop_oneof![4 => Just(Fate::Arrives), 1 => Just(Fate::ArrivesTwice), 2 => Just(Fate::Lost)];
    let live = (0..40_000u64, any::<bool>(), 0..2_000i64);
    let live = live.prop_map(|(wait_ms, motion, lux)| Step::Live { wait_ms, motion, lux });
    let which = any::<prop::sample::Index>;
    prop_oneof![
        10 => live,
        12 => (which(), fate()).prop_map(|(which, fate)| Step::Up { which, fate }),
        8 => (which(), fate()).prop_map(|(which, fate)| Step::Down { which, fate }),
        3 => Just(Step::Connect),
        2 => Just(Step::Disconnect),
        2 => Just(Step::Lease),
        1 => Just(Step::PowerCut),
        away => (3..6u64).prop_map(|hours| Step::Away { hours }),
    ]
}

/// What is known about one boot of the node, on the agent's side.
#[derive(Default)]
struct Row {
    /// Payload of every frame that arrived, without what changes from one sending to the next.
    arrived: BTreeMap<u32, String>,
    lost: BTreeSet<u32>,
    /// Everything up to here arrived or is lost.
    acked: u32,
    /// When the supply went: the newest frame that the node no longer held, and how many it had
    /// given up. What it held nobody can know about; what it had given up, perhaps nobody heard.
    forgotten: u32,
    given_up: u32,
}

impl Row {
    fn knows(&self, seq: u32) -> bool {
        self.arrived.contains_key(&seq) || self.lost.contains(&seq)
    }

    fn ack(&mut self) -> u32 {
        while self.knows(self.acked + 1) {
            self.acked += 1;
        }
        self.acked
    }
}

/// The node, the network, and an agent that keeps every frame and refuses each `refuses`-th.
struct World {
    board: Board,
    refuses: u32,
    up: Vec<Vec<u8>>,
    down: Vec<(u32, u32)>,
    rows: BTreeMap<u32, Row>,
}

impl World {
    fn new(refuses: u32) -> Self {
        let board = Board::classroom();
        let (up, down, rows) = Default::default();
        Self { board, refuses, up, down, rows }
    }

    fn give(&mut self, input: Input<'_>) {
        self.board.give(input);
        self.collect();
    }

    fn collect(&mut self) {
        for (what, payload) in std::mem::take(&mut self.board.sent) {
            if what == What::Frame {
                let ahead = Frame::parse(&payload).map(|frame| frame.seq - frame.oldest);
                assert!(ahead.expect("nodes send valid frames") < 8, "the window is kept");
                self.up.push(payload);
            }
        }
    }

    fn run_to(&mut self, until: u64) {
        while self.board.step_to(until) {
            self.collect();
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Live { wait_ms, motion, lux } => {
                self.run_to(self.board.now + wait_ms);
                let channel = "";
                let sample = Sample::Is(Value::from_whole(i64::from(*motion)));
                self.give(Input::Sense { quantity: Quantity::Motion, channel, sample });
                let sample = Sample::Is(Value::from_whole(*lux));
                self.give(Input::Sense { quantity: Quantity::IlluminanceLx, channel, sample });
            }
            Step::Up { which, fate } if !self.up.is_empty() => {
                let payload = self.up.remove(which.index(self.up.len()));
                if *fate == Fate::ArrivesTwice {
                    self.up.push(payload.clone());
                }
                if *fate != Fate::Lost {
                    self.arrive(&payload);
                }
            }
            Step::Down { which, fate } if !self.down.is_empty() => {
                let ack = self.down.remove(which.index(self.down.len()));
                if *fate == Fate::ArrivesTwice {
                    self.down.push(ack);
                }
                if *fate != Fate::Lost {
                    self.board.ack(ack.0, ack.1);
                    self.collect();
                }
            }
            Step::Up { .. } | Step::Down { .. } => {}
            Step::Connect => self.give(Input::Connected),
            Step::Disconnect => self.give(Input::Disconnected),
            Step::Lease => self.lease(),
            Step::Away { hours } => {
                self.give(Input::Disconnected);
                self.run_to(self.board.now + hours * 3_600_000);
            }
            Step::PowerCut => {
                let (newest, held) = (self.board.node.newest(), self.board.node.held());
                let row = self.rows.entry(self.board.node.boot()).or_default();
                row.forgotten = newest - held;
                row.given_up = self.board.node.counters().given_up;
                self.board.power_cut();
                self.give(Input::Tick);
            }
        }
    }

    fn lease(&mut self) {
        let t = 1_789_000_000_000 + self.board.now as i64;
        self.board.lease(Lease { t, lease_ms: 90_000 });
        self.collect();
    }

    /// A frame reaches the agent: it is kept under its key, and the row so far is acknowledged.
    fn arrive(&mut self, payload: &[u8]) {
        let frame = Frame::parse(payload).expect("nodes send valid frames");
        if self.refuses > 0 && frame.seq.is_multiple_of(self.refuses) {
            return;
        }
        let row = self.rows.entry(frame.boot).or_default();
        let content = format!("{} {:?}", frame.up, frame.readings);
        let first = row.arrived.entry(frame.seq).or_insert_with(|| content.clone());
        assert_eq!(*first, content, "the same key always means the same readings");
        if let Some(lost) = frame.lost {
            row.lost.extend(lost.from..=lost.to);
        }
        self.down.push((frame.boot, row.ack()));
    }

    /// The network heals, the agent lives: after some minutes nothing is left to tell.
    fn heal(&mut self) {
        self.give(Input::Connected);
        let end = self.board.now + if self.refuses > 0 { 3_600_000 } else { 120_000 };
        while self.board.now < end {
            self.lease();
            self.deliver_everything();
            let next = self.board.node.deadline().unwrap_or(end).max(self.board.now);
            self.run_to(next.min(self.board.now + 60_000));
            self.deliver_everything();
        }
    }

    fn deliver_everything(&mut self) {
        while !self.up.is_empty() || !self.down.is_empty() {
            for payload in std::mem::take(&mut self.up) {
                self.arrive(&payload);
            }
            for (boot, seq) in std::mem::take(&mut self.down) {
                self.board.ack(boot, seq);
                self.collect();
            }
        }
    }

    /// Every frame that was ever made, in every boot.
    fn check(&self) -> Result<(), TestCaseError> {
        let boot = self.board.node.boot();
        let row = self.rows.get(&boot).expect("this boot was heard of");
        let told = self.board.node.newest() - self.board.node.held();
        let missing: Vec<u32> = (1..=told).filter(|seq| !row.knows(*seq)).collect();
        prop_assert!(missing.is_empty(), "forgotten without a word: {missing:?}");
        prop_assert!(
            self.board.node.held() <= if self.refuses > 0 { 9 } else { 0 },
            "the row goes on"
        );
        for (boot, row) in self.rows.range(..boot) {
            let missing = (1..=row.forgotten).filter(|seq| !row.knows(*seq)).count();
            prop_assert!(missing <= row.given_up as usize, "{missing} forgotten in boot {boot}");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_frame_arrives_or_is_told_as_lost(steps in vec(step(1), 1..100)) {
        let mut world = World::new(0);
        steps.iter().for_each(|step| world.step(step));
        world.heal();
        world.check()?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn an_agent_that_refuses_frames_is_told_that_they_are_lost(
        refuses in 15..40u32, steps in vec(step(0), 1..60),
    ) {
        let mut world = World::new(refuses);
        steps.iter().for_each(|step| world.step(step));
        world.heal();
        world.check()?;
    }
}

#[test]
fn an_outage_longer_than_the_memory_is_told_to_the_frame() {
    let mut world = World::new(0);
    world.step(&Step::Live { wait_ms: 5_000, motion: true, lux: 100 });
    world.step(&Step::Away { hours: 12 });
    world.heal();
    world.check().expect("everything is known");
    let given_up = world.board.node.counters().given_up;
    assert!(given_up > 100, "12 hours are more than the ring holds: {given_up}");
    assert_eq!(world.rows[&1].lost.len(), given_up as usize, "each of them, and no other");
    assert_eq!(world.board.node.held(), 0);
}
