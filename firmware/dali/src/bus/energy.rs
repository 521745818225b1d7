//! Energy and power that gear meters itself: part 252, memory banks 202 to 204.

use super::{Answer, Bus, Fault, Line, TRIES};
use crate::frame::{Address, Command, Order, Short, Special};

/// Which power is metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bank {
    /// Active, in Wh and W: what the school pays.
    Active,
    /// Apparent, in VAh and VA.
    Apparent,
    /// Active without what the gear gives to others over its bus and auxiliary supply.
    LoadSide,
}

/// A number with a power of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaled {
    /// As the gear counts it.
    pub raw: u64,
    /// Its power of ten, -6..=6.
    pub exponent: i8,
}

/// What the gear says of one of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metered {
    /// The value.
    Is(Scaled),
    /// It never knows: all bits set ("MASK").
    Unsupported,
    /// It does not know now: all bits but the last ("TMASK").
    Unavailable,
    /// Its power of ten is none the standard allows.
    Odd,
}

/// One consistent reading of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Energy {
    /// Cumulative, in Wh (VAh).
    pub energy: Metered,
    /// At the moment of the reading, in W (VA).
    pub power: Metered,
}

/// Reading begins at the power of ten of the energy, and ends behind the last byte of the power.
const FIRST: u8 = 0x04;
const BYTES: usize = 12;
/// Where a bank's values are frozen, and the word for it.
const LATCH_AT: u8 = 0x02;
const LATCH: u8 = 0xAA;

impl Bank {
    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Active => 202,
            Self::Apparent => 203,
            Self::LoadSide => 204,
        }
    }
}

impl Scaled {
    /// In thousandths (mWh, mW), rounded down; `None` above 64 bits.
    pub fn milli(self) -> Option<u64> {
        let places = i32::from(self.exponent) + 3;
        let factor = 10u64.checked_pow(places.unsigned_abs())?;
        if places < 0 { Some(self.raw / factor) } else { self.raw.checked_mul(factor) }
    }
}

impl<L: Line> Bus<L> {
    /// Energy and power of one gear, of the same moment. [`Answer::Nothing`] also if it has no such bank.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn read_energy(&mut self, short: Short, bank: Bank) -> Result<Answer<Energy>, Fault> {
        for _ in 0..TRIES {
            self.latch(short, bank).await?;
            let mut bytes = [0; BYTES];
            match self.read_memory(short, bank.number(), FIRST, &mut bytes).await? {
                Answer::Value(true) => return Ok(Answer::Value(Energy::of(&bytes))),
                // A frame was lost on the way: what was read is of other places.
                Answer::Value(false) => super::count(&mut self.counts.again, true),
                Answer::Nothing => return Ok(Answer::Nothing),
                Answer::Garbled => return Ok(Answer::Garbled),
            }
        }
        Ok(Answer::Garbled)
    }

    /// Bytes of a memory bank from `first` on. `Value(false)`: they may be of other places, since gear
    /// counts places itself and ended on another than expected.
    ///
    /// # Errors
    /// The line does not work.
    pub async fn read_memory(
        &mut self,
        short: Short,
        bank: u8,
        first: u8,
        bytes: &mut [u8],
    ) -> Result<Answer<bool>, Fault> {
        let to = Address::Short(short);
        self.say(Order::Special(Special::Dtr1(bank))).await?;
        self.say(Order::Special(Special::Dtr0(first))).await?;
        let mut next = first;
        for byte in bytes {
            *byte = match self.read_byte(to, next).await? {
                Answer::Value(byte) => byte,
                Answer::Nothing => return Ok(Answer::Nothing),
                Answer::Garbled => return Ok(Answer::Garbled),
            };
            next = next.saturating_add(1);
        }
        let dtr1 = self.ask(to, Command::QueryDtr1).await?;
        let dtr0 = self.ask(to, Command::QueryDtr0).await?;
        Ok(Answer::Value(dtr1 == Answer::Value(bank) && dtr0 == Answer::Value(next)))
    }

    /// One byte at a place; before it is asked for again, the place is said again.
    async fn read_byte(&mut self, to: Address, place: u8) -> Result<Answer, Fault> {
        let mut last = Answer::Nothing;
        for nth in 0..TRIES {
            if nth > 0 {
                super::count(&mut self.counts.again, true);
                self.say(Order::Special(Special::Dtr0(place))).await?;
            }
            last = match self.send(Order::Command(to, Command::ReadMemory)).await? {
                super::Reply::Backward(byte) => return Ok(Answer::Value(byte)),
                super::Reply::Nothing => last,
                super::Reply::Collision => Answer::Garbled,
            };
        }
        Ok(last)
    }

    /// Freezes the values of a bank, so that high and low bytes belong together.
    async fn latch(&mut self, short: Short, bank: Bank) -> Result<(), Fault> {
        self.say(Order::Special(Special::Dtr1(bank.number()))).await?;
        self.say(Order::Special(Special::Dtr0(LATCH_AT))).await?;
        self.say(Order::Command(Address::Short(short), Command::EnableWriteMemory)).await?;
        self.say(Order::Special(Special::WriteMemoryQuietly(LATCH))).await
    }
}

impl Energy {
    fn of(bytes: &[u8; BYTES]) -> Self {
        Self { energy: metered(&bytes[..7]), power: metered(&bytes[7..]) }
    }
}

/// A power of ten and a number, most significant byte first.
fn metered(bytes: &[u8]) -> Metered {
    let exponent = bytes[0].cast_signed();
    let raw = bytes[1..].iter().fold(0, |raw, &byte| raw << 8 | u64::from(byte));
    let mask = (1u64 << (8 * (bytes.len() - 1))) - 1;
    match raw {
        _ if raw == mask => Metered::Unsupported,
        _ if raw == mask - 1 => Metered::Unavailable,
        _ if !(-6..=6).contains(&exponent) => Metered::Odd,
        _ => Metered::Is(Scaled { raw, exponent }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ones_are_never_a_number_of_watt_hours() {
        let is = |raw, exponent| Metered::Is(Scaled { raw, exponent });
        assert_eq!(metered(&[0xFF, 0, 0, 0, 0, 0x30, 0x39]), is(12_345, -1));
        assert_eq!(metered(&[0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), Metered::Unsupported);
        assert_eq!(metered(&[0, 0xFF, 0xFF, 0xFF, 0xFE]), Metered::Unavailable);
        assert_eq!(metered(&[0, 0xFF, 0xFF, 0xFF, 0xFD]), is(0xFFFF_FFFD, 0));
        assert_eq!(metered(&[7, 0, 0, 0, 1]), Metered::Odd);
    }

    #[test]
    fn thousandths_are_exact_or_refused() {
        let milli = |raw, exponent| Scaled { raw, exponent }.milli();
        assert_eq!(milli(12_345, -1), Some(1_234_500));
        assert_eq!(milli(1999, -6), Some(1));
        assert_eq!(milli(5, -3), Some(5));
        assert_eq!(milli(2, 6), Some(2_000_000_000));
        assert_eq!(milli(u64::MAX, 6), None);
    }
}
