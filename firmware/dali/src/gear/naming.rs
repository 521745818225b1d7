//! How gear takes part in the giving of short addresses (IEC 62386-102, special commands).

use crate::frame::{Among, Short, Special};

/// The giving of addresses ends by itself after 15 min.
const INITIALISE_MS: u64 = 15 * 60 * 1000;

/// Random and search address that nobody has set.
const NEVER: u32 = 0xFF_FFFF;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Out,
    In {
        until_ms: u64,
    },
    /// Takes part, but does not compare any more.
    Withdrawn {
        until_ms: u64,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Naming {
    pub(super) random: u32,
    search: u32,
    state: State,
    /// Where the next random address comes from; never 0.
    dice: u32,
}

impl Naming {
    pub(super) fn new(seed: u32) -> Self {
        // Neighbouring seeds would throw neighbouring numbers; and the dice stand still at 0.
        let dice = seed.wrapping_mul(0x9E37_79B9).rotate_left(15) ^ 0x85EB_CA6B;
        Self { random: NEVER, search: NEVER, state: State::Out, dice: dice.max(1) }
    }

    pub(super) fn hear(
        &mut self,
        special: Special,
        short: &mut Option<Short>,
        now_ms: u64,
    ) -> Option<u8> {
        if let Special::Initialise(among) = special {
            self.initialise(among, *short, now_ms);
            return None;
        }
        let (State::In { until_ms } | State::Withdrawn { until_ms }) = self.state else {
            return None;
        };
        if now_ms >= until_ms || special == Special::Terminate {
            self.state = State::Out;
            return None;
        }
        let compares = matches!(self.state, State::In { .. });
        let selected = self.random == self.search;
        let yes = |is: bool| is.then_some(0xFF);
        match special {
            Special::Randomise => self.random = self.throw(),
            Special::SearchHigh(byte) => {
                self.search = self.search & 0x00_FFFF | u32::from(byte) << 16
            }
            Special::SearchMiddle(byte) => {
                self.search = self.search & 0xFF_00FF | u32::from(byte) << 8;
            }
            Special::SearchLow(byte) => self.search = self.search & 0xFF_FF00 | u32::from(byte),
            Special::Compare => return yes(compares && self.random <= self.search),
            Special::Withdraw if compares && selected => {
                self.state = State::Withdrawn { until_ms };
            }
            Special::ProgramShort(new) if selected => *short = new,
            Special::VerifyShort(asked) => return yes(*short == Some(asked)),
            Special::QueryShort if selected => return Some(Short::byte(*short)),
            _ => {}
        }
        None
    }

    /// A power cut: only the random address is kept.
    pub(super) fn forget(&mut self) {
        self.search = NEVER;
        self.state = State::Out;
    }

    pub(super) fn reset(&mut self) {
        self.random = NEVER;
        self.search = NEVER;
    }

    pub(super) fn is_reset(&self) -> bool {
        self.random == NEVER && self.search == NEVER
    }

    fn initialise(&mut self, among: Among, short: Option<Short>, now_ms: u64) {
        let meant = match among {
            Among::All => true,
            Among::Unaddressed => short.is_none(),
            Among::Short(asked) => short == Some(asked),
        };
        if meant {
            self.state = State::In { until_ms: now_ms + INITIALISE_MS };
        }
    }

    /// Xorshift; the highest value stands for "never thrown".
    fn throw(&mut self) -> u32 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 17;
        self.dice ^= self.dice << 5;
        (self.dice >> 8).min(NEVER - 1)
    }
}
