//! A bus of model gear in a test: who hears what, whose answer arrives, what was sent, what time it is.
#![allow(dead_code, reason = "each test binary uses its part")]

use dali::frame::{Forward, How, Short};
use dali::gear::{Built, Gear, together};
use dali::{Fault, Line, Reply};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A forward frame and the silence before the next: 16.7 ms and 13.5 ms.
pub const FRAME_MS: u64 = 30;
/// The wait for an answer, and the answer, at the slowest.
pub const ANSWER_MS: u64 = 24;

/// Decides about one gear (by place) and one frame.
pub type Loses = Box<dyn FnMut(usize, Forward) -> bool>;

/// A line with gear on it.
pub struct Sim {
    pub gears: Vec<Gear>,
    pub now_ms: u64,
    /// Everything that was sent.
    pub sent: Vec<(Forward, How)>,
    /// Whether this gear does not hear this frame.
    pub deaf: Loses,
    /// Whether the answer of this gear to this frame is lost.
    pub mute: Loses,
    /// What the line says instead of sending.
    pub faults: Vec<Fault>,
}

impl Sim {
    pub fn new(gears: impl IntoIterator<Item = Gear>) -> Self {
        Self {
            gears: gears.into_iter().collect(),
            now_ms: 1000,
            sent: Vec::new(),
            deaf: Box::new(|_, _| false),
            mute: Box::new(|_, _| false),
            faults: Vec::new(),
        }
    }

    /// Gear without addresses.
    pub fn unnamed(count: u32) -> Self {
        Self::new((1..=count).map(|seed| Gear::new(Built::PANEL, seed)))
    }

    /// Gear with these addresses and in no group.
    pub fn named(shorts: impl IntoIterator<Item = u8>) -> Self {
        let gear = |(seed, number)| Gear::new(Built::PANEL, seed).with(Short::new(number), 0);
        Self::new((1..).zip(shorts).map(gear))
    }

    /// The addresses, by place.
    pub fn shorts(&self) -> Vec<Option<u8>> {
        self.gears.iter().map(|gear| gear.short().map(Short::number)).collect()
    }

    pub fn levels(&self) -> Vec<u8> {
        self.gears.iter().map(|gear| gear.level_at(self.now_ms).arc()).collect()
    }

    fn once(&mut self, frame: Forward) -> Vec<Option<u8>> {
        self.now_ms += FRAME_MS;
        let Self { gears, deaf, mute, now_ms, .. } = self;
        let hear = |(place, gear): (usize, &mut Gear)| {
            if deaf(place, frame) {
                return None;
            }
            gear.hear(frame, *now_ms).filter(|_| !mute(place, frame))
        };
        gears.iter_mut().enumerate().map(hear).collect()
    }
}

impl Line for Sim {
    async fn send(&mut self, frame: Forward, how: How) -> Result<Reply, Fault> {
        if let Some(fault) = self.faults.pop() {
            return Err(fault);
        }
        self.sent.push((frame, how));
        let answers = self.once(frame);
        let answers = if how == How::Twice { self.once(frame) } else { answers };
        self.now_ms += if how == How::Answer { ANSWER_MS } else { 0 };
        assert!(how == How::Answer || answers.iter().all(Option::is_none), "{frame:?} is answered");
        Ok(together(answers))
    }
}

/// Runs something that never waits.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a simulated line answers at once"),
    }
}

pub fn short(number: u8) -> Short {
    Short::new(number).unwrap()
}
