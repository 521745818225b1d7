//! How a frame looks on the wire, and which edges are a frame. Pure: for a PIO, a timer or a test.
//!
//! Two wires, idle high (16 V), low when anybody pulls. A bit is two halves: 1 is low then high, 0 is high
//! then low. A frame is a start bit 1, the bits from the most significant on, and silence.
//! Numbers are of IEC 62386-101, clause 8 "timing"; its tables are named beside them.

pub mod timing;

use crate::bus::{Fault, Reply};
use crate::frame::{Forward, Forward24};
use timing::{
    DOUBLE_RX_US_MAX, DOUBLE_RX_US_MIN, HALF_NS, HALF_RX_US_MAX, HALF_RX_US_MIN, STOP_RX_US_MIN,
};

/// The line between two edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Somebody pulls.
    Low,
    /// Nobody does.
    High,
}

/// Bits of one frame, without start and stop: 8, 16 or 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    value: u32,
    count: u8,
}

/// Halves of a frame as a board shifts them out: the start bit's first, then the rest; the line is high
/// before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halves {
    /// The first half is the highest of `count` bits; 1 is high.
    pub pattern: u64,
    /// 18, 34 or 50.
    pub count: u8,
}

/// The line at one level for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Its level.
    pub wire: Wire,
    /// For so long, ns: one or two halves.
    pub ns: u32,
}

/// Why edges are no frame: noise, or several senders at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A pulse that is neither one nor two halves; its length in µs.
    Pulse(u32),
    /// Two halves of one bit that are the same.
    Halves,
    /// Two pulses of the same level: an edge was missed.
    Edge,
    /// It ended after so many bits, which no frame has.
    Length(u8),
}

/// Makes frames of edges. Give it every edge, and the silence afterwards.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    pattern: u64,
    halves: u8,
    /// Level of the last pulse, once a frame has begun.
    last: Option<Wire>,
    wrong: Option<Framing>,
}

impl Bits {
    /// A forward frame.
    pub const fn forward(frame: Forward) -> Self {
        Self { value: frame.bits() as u32, count: 16 }
    }

    /// A forward frame of 24 bits.
    pub const fn forward24(Forward24([a, b, c]): Forward24) -> Self {
        Self { value: u32::from_be_bytes([0, a, b, c]), count: 24 }
    }

    /// A backward frame.
    pub const fn backward(byte: u8) -> Self {
        Self { value: byte as u32, count: 8 }
    }

    /// The byte of a backward frame; `None` for any other.
    pub const fn as_backward(self) -> Option<u8> {
        // Eight bits.
        if self.count == 8 { Some(self.value as u8) } else { None }
    }

    /// The forward frame of 16 bits; `None` for any other.
    pub const fn as_forward(self) -> Option<Forward> {
        // Sixteen bits.
        if self.count == 16 { Some(Forward::from_bits(self.value as u16)) } else { None }
    }

    /// The forward frame of 24 bits; `None` for any other.
    pub const fn as_forward24(self) -> Option<Forward24> {
        let [_, a, b, c] = self.value.to_be_bytes();
        if self.count == 24 { Some(Forward24([a, b, c])) } else { None }
    }

    /// Its halves, start bit first.
    pub const fn halves(self) -> Halves {
        let mut pattern = 0b01;
        let mut left = self.count;
        while left > 0 {
            left -= 1;
            let one = self.value >> left & 1 == 1;
            pattern = pattern << 2 | if one { 0b01 } else { 0b10 };
        }
        Halves { pattern, count: 2 * (self.count + 1) }
    }

    /// Its pulses from the first falling edge on; a last half that is high is part of them.
    pub fn pulses(self) -> impl Iterator<Item = Pulse> {
        let Halves { pattern, mut count } = self.halves();
        let high = move |nth: u8| pattern >> nth & 1 == 1;
        core::iter::from_fn(move || {
            count = count.checked_sub(1)?;
            let wire = high(count);
            let mut ns = HALF_NS;
            if count > 0 && high(count - 1) == wire {
                count -= 1;
                ns += HALF_NS;
            }
            Some(Pulse { wire: if wire { Wire::High } else { Wire::Low }, ns })
        })
    }

    /// From the first falling edge to the end of the last bit, µs.
    pub const fn us(self) -> u32 {
        // 50 halves of 417 µs at most.
        self.halves().count as u32 * HALF_NS / 1000
    }
}

impl Decoder {
    /// The line is idle.
    pub const fn new() -> Self {
        Self { pattern: 0, halves: 0, last: None, wrong: None }
    }

    /// An edge: the line was at `was` for `us`, and is at the other level now. The result is of a frame
    /// that had ended before, if [`Decoder::quiet`] was not asked.
    pub fn edge(&mut self, was: Wire, us: u32) -> Option<Result<Bits, Framing>> {
        if was == Wire::High && (self.last.is_none() || us >= STOP_RX_US_MIN) {
            let ended = self.quiet(us);
            // The falling edge of a start bit.
            *self = Self { last: Some(Wire::High), ..Self::new() };
            return ended;
        }
        if self.wrong.is_none() {
            self.wrong = self.take(was, us).err();
        }
        self.last = Some(was);
        None
    }

    /// No edge: the line has been high for `us` and still is. Answers once per frame, after the stop condition.
    pub fn quiet(&mut self, us: u32) -> Option<Result<Bits, Framing>> {
        if us < STOP_RX_US_MIN || self.last.is_none() {
            return None;
        }
        let ended = core::mem::take(self);
        Some(ended.end())
    }

    /// Whether a frame has begun and not ended.
    pub const fn is_busy(&self) -> bool {
        self.last.is_some()
    }

    fn take(&mut self, was: Wire, us: u32) -> Result<(), Framing> {
        if self.last == Some(was) {
            return Err(Framing::Edge);
        }
        let halves = match us {
            HALF_RX_US_MIN..=HALF_RX_US_MAX => 1,
            DOUBLE_RX_US_MIN..=DOUBLE_RX_US_MAX => 2,
            _ => return Err(Framing::Pulse(us)),
        };
        for _ in 0..halves {
            self.half(was)?;
        }
        Ok(())
    }

    fn half(&mut self, wire: Wire) -> Result<(), Framing> {
        let high = u64::from(wire == Wire::High);
        let second = self.halves % 2 == 1;
        if second && self.pattern & 1 == high {
            return Err(Framing::Halves);
        }
        // A start bit 0 cannot be: a frame begins with a falling edge.
        self.pattern = self.pattern << 1 | high;
        self.halves += 1;
        if self.halves > 50 { Err(Framing::Length(self.halves / 2)) } else { Ok(()) }
    }

    fn end(mut self) -> Result<Bits, Framing> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        // The second half of a 1 is high, as is the silence after it.
        if self.halves % 2 == 1 {
            self.half(Wire::High)?;
        }
        let count = (self.halves / 2).saturating_sub(1);
        if !matches!(count, 8 | 16 | 24) {
            return Err(Framing::Length(count));
        }
        // Of each bit the second half is the bit.
        let value = (0..count)
            .rev()
            .fold(0, |value, nth| value << 1 | u32::from(self.pattern >> (2 * nth) & 1 == 1));
        Ok(Bits { value, count })
    }
}

/// What the silence after a question was, as [`crate::Line`] says it: `None` if the decoder heard nothing until
/// [`timing::ANSWER_US_MAX`].
pub fn reply(heard: Option<Result<Bits, Framing>>) -> Reply {
    match heard {
        None => Reply::Nothing,
        Some(Ok(bits)) => bits.as_backward().map_or(Reply::Collision, Reply::Backward),
        Some(Err(_)) => Reply::Collision,
    }
}

/// Whether a frame went out undisturbed: a sender hears itself.
///
/// # Errors
/// Something else was heard ([`Fault::Disturbed`]), or nothing, as on a dead line ([`Fault::Unpowered`]).
pub fn echo(sent: Bits, heard: Option<Result<Bits, Framing>>) -> Result<(), Fault> {
    match heard {
        Some(Ok(bits)) if bits == sent => Ok(()),
        Some(_) => Err(Fault::Disturbed),
        None => Err(Fault::Unpowered),
    }
}
