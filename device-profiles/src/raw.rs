//! The number that a device's words or digits stand for, before any scale.

use crate::decimal::Fraction;
use crate::profile::{Order, WordType};

/// A raw value with its bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Raw {
    /// As they lie in the type, for markers of "no value".
    pub bits: u64,
    number: Number,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(i128),
    Float(f64),
}

impl Raw {
    /// Out of the words of a Modbus answer; nothing when there are too few or too many.
    pub fn of_words(words: &[u16], kind: WordType, order: Order) -> Option<Self> {
        if words.len() != usize::from(kind.words()) {
            return None;
        }
        let swapped = matches!(order, Order::Badc | Order::Dcba);
        let join = |bits: u64, word: &u16| {
            bits << 16 | u64::from(if swapped { word.swap_bytes() } else { *word })
        };
        let bits = match order {
            Order::Abcd | Order::Badc => words.iter().fold(0, join),
            Order::Cdab | Order::Dcba => words.iter().rev().fold(0, join),
        };
        // The casts below keep exactly the bits that were joined above.
        let number = match kind {
            WordType::U16 | WordType::U32 | WordType::U64 => Number::Whole(i128::from(bits)),
            WordType::I16 => Number::Whole(i128::from(bits as u16 as i16)),
            WordType::I32 => Number::Whole(i128::from(bits as u32 as i32)),
            WordType::I64 => Number::Whole(i128::from(bits as i64)),
            WordType::F32 => Number::Float(f64::from(f32::from_bits(bits as u32))),
            WordType::F64 => Number::Float(f64::from_bits(bits)),
        };
        Some(Self { bits, number })
    }

    /// Out of packed decimal digits, low byte first; with `signed`, the top bit of the last byte is the
    /// sign. The error holds the bits, so that a marker can still be told from rubbish.
    pub fn of_digits(bytes: &[u8], signed: bool) -> Result<Self, u64> {
        let bits = bytes.iter().rev().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        let mut whole = 0i128;
        let mut negative = false;
        for (place, byte) in bytes.iter().rev().enumerate() {
            let mut byte = *byte;
            if place == 0 && signed {
                negative = byte & 0x80 != 0;
                byte &= 0x7F;
            }
            let (high, low) = (byte >> 4, byte & 0x0F);
            if high > 9 || low > 9 || place >= 8 {
                return Err(bits);
            }
            whole = whole * 100 + i128::from(high * 10 + low);
        }
        Ok(Self { bits, number: Number::Whole(if negative { -whole } else { whole }) })
    }

    /// Whether it is a number at all: floats may be infinite, or none.
    pub fn is_number(self) -> bool {
        match self.number {
            Number::Whole(_) => true,
            Number::Float(float) => float.is_finite(),
        }
    }

    /// Times a factor, to the nearest whole number; nothing when it does not fit.
    pub fn times(self, factor: Fraction) -> Option<i128> {
        match self.number {
            Number::Whole(whole) => Some(factor.times(whole)?.rounded()),
            Number::Float(float) => {
                let (numerator, denominator) = factor.parts();
                let product = (float * numerator as f64 / denominator as f64).round();
                // Every float below 2^126 is a whole number that fits.
                (product.abs() < 2f64.powi(126)).then_some(product as i128)
            }
        }
    }
}

/// How far apart two values of a type are near `raw`: 1 for whole numbers.
pub fn spacing(kind: WordType, raw: f64) -> f64 {
    let raw = raw.abs();
    match kind {
        WordType::F32 => {
            let near = raw as f32;
            f64::from(near.next_up()) - f64::from(near)
        }
        WordType::F64 => raw.next_up() - raw,
        _ => 1.0,
    }
}
