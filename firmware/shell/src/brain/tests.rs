//! A real brain on flash in memory: what it asks for is done, and survives a power cut.

use super::*;
use crate::lamps::Wanted;
use crate::store::BUFFER_BYTES;
use crate::store::memory::Memory;
use core::cell::RefCell;
use embassy_futures::block_on;
use node::{LogState, LoggedNode, Start, What};
use std::sync::Mutex as Lock;

/// Notes that were left for the next start.
static NOTES: Lock<Vec<(Reset, String)>> = Lock::new(Vec::new());

const BOARD: Board = Board {
    name: "test",
    feed: || {},
    reset: || panic!("restarted"),
    note: |reset, text| NOTES.lock().unwrap().push((reset, text.to_owned())),
    light: |_| {},
    stack: || (0, 0),
};

struct Life {
    brain: Brain<Memory>,
    ports: &'static Ports,
    flash: &'static RefCell<Memory>,
}

impl Life {
    fn new(memory: Memory) -> Self {
        let identity = identity();
        let flash = &*Box::leak(Box::new(RefCell::new(memory)));
        let mut store = Store::new(flash, Box::leak(Box::new([0; BUFFER_BYTES])));
        let settings = settings(&identity, &BOARD, Reset::PowerOn, 400).unwrap();
        let saved = block_on(store.registers()).unwrap().map(<[u8]>::to_vec);
        let held = block_on(store.held()).unwrap();
        let stored = block_on(store.settings()).unwrap();
        let start = Start {
            reset: Reset::PowerOn,
            panic: None,
            saved: saved.as_deref(),
            stored,
            log: Some(LogState { held }),
        };
        let node = Box::leak(Box::new(LoggedNode::blank()));
        node.begin(settings, &start);
        let ports = &*Box::leak(Box::new(Ports::new()));
        let out = Box::leak(Box::new(Out::new()));
        let parts = Parts { node, out, store, lamps: identity.lamps.clone() };
        let mut brain = Brain::new(parts, ports, BOARD);
        block_on(brain.start());
        Self { brain, ports, flash }
    }

    /// The power is cut; what the flash holds.
    fn end(self) -> Memory {
        self.flash.borrow().clone()
    }

    fn wishes(&self) -> Vec<(usize, u8)> {
        let wishes = core::iter::from_fn(|| self.ports.wish());
        wishes.map(|(lamp, Wanted { level_pct, .. })| (lamp, level_pct)).collect()
    }

    fn published(&self) -> Vec<(What, String)> {
        let mut all = Vec::new();
        let mut bytes = [0; 4096];
        while let Some(what) = self.ports.outbox.first() {
            let len = self.ports.outbox.copy(&mut bytes).unwrap();
            all.push((what, String::from_utf8(bytes[..len].to_vec()).unwrap()));
            self.ports.outbox.pop();
        }
        all
    }
}

fn identity() -> Identity {
    let text = "campus=a\nnode=b\nbroker=10.0.2.2:1883\nlamps=window,inner\n";
    Identity::parse(text).unwrap()
}

#[test]
fn a_press_reaches_its_lamps_within_one_call_and_without_a_broker() {
    let mut life = Life::new(Memory::new());
    assert_eq!(life.wishes(), [(0, 0), (1, 0)], "every lamp is told where it is at the start");
    block_on(life.brain.hear(Heard::Press(1)));
    assert_eq!(life.wishes(), [(1, 100)]);
    block_on(life.brain.hear(Heard::Press(7)));
    assert_eq!(life.wishes(), [], "there is no such channel");
}

#[test]
fn every_start_counts_and_registers_are_saved_before_anything_is_said() {
    let life = Life::new(Memory::new());
    assert!(life.published().is_empty());
    let first = life.brain.node.boot();
    assert_eq!(first, 100, "a quarter of the random number");
    let life = Life::new(life.end());
    assert_eq!(life.brain.node.boot(), first + 1);
    assert!(life.end().steps > 0, "written, not only counted");
}

#[test]
fn the_brain_says_hello_when_the_session_stands() {
    let mut life = Life::new(Memory::new());
    block_on(life.brain.take(Input::Connected));
    let published = life.published();
    assert_eq!(published[0].0, What::Hello);
    assert!(published[0].1.contains("\"board\":\"test\""), "{published:?}");
    assert!(life.ports.look.signaled(), "the loop looks what is due");
}

#[test]
fn flash_that_fails_is_counted_and_stops_nothing() {
    let mut life = Life::new(Memory::new());
    life.flash.borrow_mut().dark = true;
    let was = life.ports.status.flash_errors.load(Ordering::Relaxed);
    assert_eq!(was, 0);
    block_on(life.brain.make_room());
    block_on(life.brain.step(Input::Tick));
    block_on(life.brain.recalled(None));
    assert!(life.ports.status.flash_errors.load(Ordering::Relaxed) > 0);
    block_on(life.brain.hear(Heard::Press(0)));
    assert!(life.wishes().contains(&(0, 100)));
}
