//! Registers to readings: exact, in thousandths of the base unit, with how fine they are.

use crate::decimal::{Decimal, Fraction};
use crate::measure::{Dimension, Measure};
use crate::plan::{Answer, Ask, Read};
use crate::profile::{Place, Profile, Register};
use crate::ratio::Ratio;
use crate::raw::{Raw, spacing};
use std::fmt;
use wire::{NoReading, Value};

/// A value in the base unit of its measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was measured.
    pub measure: Measure,
    /// Wh, W, V, A, Hz, …
    pub value: Value,
    /// The smallest step that the register makes at this value; 0.001 or more.
    pub quantum: Value,
}

/// Why an answer is no reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoValue {
    /// The bits that this model sends when it has none.
    Marker,
    /// A float that is infinite or not a number.
    NotANumber,
    /// More than any quantity has.
    OutOfRange,
    /// Nibbles that are no decimal digits.
    Digits,
    /// Fewer or more words than the register has.
    Length,
}

impl NoValue {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Marker, Self::NotANumber, Self::OutOfRange, Self::Digits, Self::Length];

    /// Stable, because it is counted by it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Marker => "marker",
            Self::NotANumber => "not_a_number",
            Self::OutOfRange => "out_of_range",
            Self::Digits => "digits",
            Self::Length => "length",
        }
    }

    /// What dashboards are told.
    pub const fn no_reading(self) -> NoReading {
        match self {
            Self::Marker => NoReading::Off,
            Self::NotANumber | Self::OutOfRange => NoReading::OutOfRange,
            Self::Digits | Self::Length => NoReading::Refused,
        }
    }
}

impl fmt::Display for NoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Marker => "the device says that it has no value",
            Self::NotANumber => "not a number",
            Self::OutOfRange => "larger than any quantity",
            Self::Digits => "not decimal digits",
            Self::Length => "not as many words as the register has",
        })
    }
}

impl std::error::Error for NoValue {}

impl Profile {
    /// The reading in the words of one Modbus register.
    ///
    /// # Errors
    /// The words are none, see [`NoValue`].
    pub fn decode(
        &self,
        register: &Register,
        words: &[u16],
        ratio: Ratio,
    ) -> Result<Reading, NoValue> {
        let Place::Modbus { kind, order, .. } = register.place else {
            return Err(NoValue::Length);
        };
        let raw = Raw::of_words(words, kind, order).ok_or(NoValue::Length)?;
        register.reading(raw, ratio)
    }

    /// The reading in the bytes of a DL/T 645 answer: those of [`crate::dlt645::Reply::Value`], low
    /// byte first.
    ///
    /// # Errors
    /// The bytes are none, see [`NoValue`].
    pub fn decode_bytes(
        &self,
        register: &Register,
        bytes: &[u8],
        ratio: Ratio,
    ) -> Result<Reading, NoValue> {
        let Place::Dlt645 { bytes: count, signed, .. } = register.place else {
            return Err(NoValue::Length);
        };
        if bytes.len() != usize::from(count) {
            return Err(NoValue::Length);
        }
        match Raw::of_digits(bytes, signed) {
            Ok(raw) => register.reading(raw, ratio),
            Err(bits) if register.none.contains(&bits) => Err(NoValue::Marker),
            Err(_) => Err(NoValue::Digits),
        }
    }

    /// Every reading in the answer to one request of [`Profile::plan`].
    pub fn decode_read(
        &self,
        read: &Read,
        answer: Answer<'_>,
        ratio: Ratio,
    ) -> Vec<(Measure, Result<Reading, NoValue>)> {
        let registers = read.registers.iter().filter_map(|index| self.registers.get(*index));
        let one = |register: &Register| match (answer, read.ask, register.place) {
            (
                Answer::Words(words),
                Ask::Modbus { address: from, .. },
                Place::Modbus { address, kind, .. },
            ) => {
                let start = usize::from(address.wrapping_sub(from));
                let own = words.get(start..start + usize::from(kind.words()));
                self.decode(register, own.ok_or(NoValue::Length)?, ratio)
            }
            (Answer::Bytes(bytes), Ask::Dlt645 { .. }, Place::Dlt645 { .. }) => {
                self.decode_bytes(register, bytes, ratio)
            }
            _ => Err(NoValue::Length),
        };
        registers.map(|register| (register.measure, one(register))).collect()
    }

    /// The smallest step that the register makes at `value`, in the base unit: 0.001 or more. A float
    /// that holds 100,000 kWh steps by 7.8 Wh, however many digits the meter shows.
    pub fn quantum(&self, register: &Register, value: Value, ratio: Ratio) -> Value {
        register.quantum(value, ratio)
    }

    /// Where an energy register starts again at 0, Wh; nothing when the profile does not say.
    pub fn modulus_wh(&self, register: &Register, ratio: Ratio) -> Option<i64> {
        (register.measure.dimension() == Dimension::Energy).then_some(())?;
        let wh = register.in_milli(register.modulus?, ratio)?.over(1000)?.rounded();
        i64::try_from(wh).ok()
    }
}

impl Register {
    fn reading(&self, raw: Raw, ratio: Ratio) -> Result<Reading, NoValue> {
        if self.none.contains(&raw.bits) {
            return Err(NoValue::Marker);
        }
        if !raw.is_number() {
            return Err(NoValue::NotANumber);
        }
        let factor = self.in_milli(self.scale, ratio).ok_or(NoValue::OutOfRange)?;
        let milli = raw.times(factor).ok_or(NoValue::OutOfRange)?;
        let milli = i64::try_from(if self.negate { -milli } else { milli });
        let value = Value::from_milli(milli.map_err(|_| NoValue::OutOfRange)?);
        Ok(Reading { measure: self.measure, value, quantum: self.quantum(value, ratio) })
    }

    fn quantum(&self, value: Value, ratio: Ratio) -> Value {
        let in_milli = |step| self.in_milli(step, ratio).map(Fraction::as_f64);
        let raw_step = in_milli(self.scale).unwrap_or(1.0);
        let own = match self.place {
            Place::Modbus { kind, .. } => raw_step * spacing(kind, value.milli() as f64 / raw_step),
            Place::Dlt645 { .. } => raw_step,
        };
        let declared = self.resolution.and_then(in_milli).unwrap_or(0.0);
        Value::from_milli(own.max(declared).ceil().max(1.0) as i64)
    }

    /// A number in this register's unit, in thousandths of the base unit, with its ratios.
    fn in_milli(&self, number: Decimal, ratio: Ratio) -> Option<Fraction> {
        let mut factor = Fraction::of(number)?.power_of_ten(self.unit.exponent)?.times(1000)?;
        if self.by_ct {
            factor = factor.times(i128::from(ratio.ct_milli))?.over(1000)?;
        }
        if self.by_vt {
            factor = factor.times(i128::from(ratio.vt_milli))?.over(1000)?;
        }
        Some(factor)
    }
}
