//! Levels of lamps to what a gateway is written, and what it says back to levels.

use crate::dali;
use crate::decode::NoValue;
use crate::plan::{Ask, Read};

/// A channel of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name in configurations; an identifier.
    pub name: String,
    /// How it is set.
    pub(crate) write: WriteRule,
    /// How it is asked, where that is possible.
    pub(crate) read: Option<ReadRule>,
}

/// What is written to set a level: one coil or one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// 5 or 15 for a coil, 6 or 16 for a register.
    pub fc: u8,
    /// Address from 0.
    pub address: u16,
    /// The value as it stands in the request; of 15, the bit.
    pub value: u16,
}

/// How a level becomes a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WriteRule {
    pub fc: u8,
    pub address: u16,
    pub act: Act,
}

/// What the value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// On or off.
    Switch { on: u16, off: u16 },
    /// 0 to `max`.
    Dim { max: u16, curve: Curve },
}

/// How an answer becomes a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadRule {
    pub fc: u8,
    pub address: u16,
    pub max: u16,
    pub curve: Curve,
}

/// How raw steps and light belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    /// Half of the range is half of the light.
    Linear,
    /// [`dali`]; `max` is 254.
    Dali,
}

impl Curve {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "linear" => Some(Self::Linear),
            "dali" => Some(Self::Dali),
            _ => None,
        }
    }
}

impl Output {
    /// What sets a level of 0 to 100 %; more is 100 %. A level above 0 is never written as off.
    pub fn encode(&self, level_pct: u8) -> Write {
        let level_pct = level_pct.min(100);
        let value = match self.write.act {
            Act::Switch { on, off } => {
                if level_pct > 0 {
                    on
                } else {
                    off
                }
            }
            Act::Dim { curve: Curve::Dali, .. } => u16::from(dali::arc_of(level_pct)),
            Act::Dim { max, curve: Curve::Linear } => {
                let raw = (u32::from(level_pct) * u32::from(max) + 50) / 100;
                // At most `max`, which has 16 bits.
                raw.max(u32::from(level_pct > 0)) as u16
            }
        };
        Write { fc: self.write.fc, address: self.write.address, value }
    }

    /// Whether it has levels between off and on.
    pub const fn dims(&self) -> bool {
        matches!(self.write.act, Act::Dim { .. })
    }

    /// The request that asks what the lamps are at; nothing when it cannot be asked.
    pub fn read(&self) -> Option<Read> {
        let ReadRule { fc, address, .. } = self.read?;
        Some(Read { ask: Ask::Modbus { fc, address, count: 1 }, registers: Vec::new() })
    }

    /// The level in an answer, %; a coil is 0 or 1. Lit lamps are at 1 % or more.
    ///
    /// # Errors
    /// The value is above what this output can be at, or the output cannot be asked.
    pub fn decode(&self, raw: u16) -> Result<u8, NoValue> {
        let ReadRule { max, curve, .. } = self.read.ok_or(NoValue::Length)?;
        if raw > max {
            return Err(NoValue::OutOfRange);
        }
        let level_pct = match curve {
            Curve::Linear => {
                // `max` is 1 or more, and `raw` no larger: at most 100.
                ((u32::from(raw) * 100 + u32::from(max) / 2) / u32::from(max)) as u8
            }
            Curve::Dali => {
                let arc = u8::try_from(raw).map_err(|_| NoValue::OutOfRange)?;
                dali::light_pct(arc).ok_or(NoValue::OutOfRange)?.round() as u8
            }
        };
        Ok(level_pct.max(u8::from(raw > 0)))
    }
}
