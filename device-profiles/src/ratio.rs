//! Transformer ratios: meters that count the secondary side are multiplied by them.

use crate::decimal::Decimal;
use crate::plan::Ask;
use crate::profile::{Order, Profile, WordType};
use crate::raw::Raw;
use std::fmt;

/// Ratios in thousandths: 1000 is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Primary to secondary current.
    pub ct_milli: u64,
    /// Primary to secondary voltage.
    pub vt_milli: u64,
}

impl Ratio {
    /// Connected directly.
    pub const ONE: Self = Self { ct_milli: 1000, vt_milli: 1000 };
}

impl Default for Ratio {
    fn default() -> Self {
        Self::ONE
    }
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// Current transformer.
    Ct,
    /// Voltage transformer.
    Vt,
}

impl Which {
    /// Its key in profiles and configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ct => "ct",
            Self::Vt => "vt",
        }
    }
}

/// Which ratios a profile needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatioNeeds {
    /// Of the current transformer.
    pub ct: Option<RatioSource>,
    /// Of the voltage transformer.
    pub vt: Option<RatioSource>,
}

/// Where a ratio comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatioSource {
    /// The meter knows it.
    Register(RatioRegister),
    /// The configuration says it; all in thousandths.
    Given {
        /// Without a word in the configuration.
        default_milli: u64,
        /// Smallest that can be.
        min_milli: u64,
        /// Largest.
        max_milli: u64,
    },
}

/// A register that holds a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatioRegister {
    /// Function, 3 or 4.
    pub fc: u8,
    /// Address from 0.
    pub address: u16,
    /// What its words are.
    pub kind: WordType,
    /// How they lie.
    pub order: Order,
    /// One raw step.
    pub(crate) scale: Decimal,
}

/// A request that reads a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatioRead {
    /// Which ratio.
    pub which: Which,
    /// Function, 3 or 4.
    pub fc: u8,
    /// Address from 0.
    pub address: u16,
    /// How many words.
    pub count: u16,
}

impl RatioRead {
    /// As a request.
    pub const fn ask(&self) -> Ask {
        Ask::Modbus { fc: self.fc, address: self.address, count: self.count }
    }
}

/// What the configuration says about ratios, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatioGiven {
    /// Of the current transformer.
    pub ct_milli: Option<u64>,
    /// Of the voltage transformer.
    pub vt_milli: Option<u64>,
}

/// Why there is no ratio. Energy is not booked without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatioFault {
    /// The meter has to be asked for it.
    NotRead(Which),
    /// The meter answered zero, a negative or no number, or more than a million.
    Unbelievable(Which),
    /// The configuration's is outside of what the profile allows; thousandths.
    OutOfRange {
        /// Which ratio.
        which: Which,
        /// Smallest allowed.
        min_milli: u64,
        /// Largest allowed.
        max_milli: u64,
    },
    /// The configuration gives one, and this model has no use for it.
    NotUsed(Which),
    /// The configuration and the meter say different ratios; thousandths.
    Disagree {
        /// Which ratio.
        which: Which,
        /// What the configuration says.
        given_milli: u64,
        /// What the meter says.
        read_milli: u64,
    },
}

/// Largest ratio in thousandths that a meter is believed: a million to one.
const READ_MILLI_MAX: i128 = 1_000_000_000;

impl Profile {
    /// What has to be read from the meter before its registers mean anything.
    pub fn ratio_reads(&self) -> Vec<RatioRead> {
        let wanted = [(Which::Ct, self.ratio.ct), (Which::Vt, self.ratio.vt)];
        let reads = wanted.into_iter().filter_map(|(which, source)| match source? {
            RatioSource::Register(RatioRegister { fc, address, kind, .. }) => {
                Some(RatioRead { which, fc, address, count: kind.words() })
            }
            RatioSource::Given { .. } => None,
        });
        reads.collect()
    }

    /// The ratios, out of what the configuration says and the meter answered to
    /// [`Profile::ratio_reads`].
    ///
    /// # Errors
    /// One is missing, cannot be, or the two sources contradict each other.
    pub fn ratio_from(
        &self,
        given: RatioGiven,
        read: &[(Which, Vec<u16>)],
    ) -> Result<Ratio, RatioFault> {
        let of = |which: Which, source: Option<RatioSource>, given: Option<u64>| {
            let words = read.iter().find(|(of, _)| *of == which).map(|(_, words)| words.as_slice());
            one(which, source, given, words)
        };
        Ok(Ratio {
            ct_milli: of(Which::Ct, self.ratio.ct, given.ct_milli)?,
            vt_milli: of(Which::Vt, self.ratio.vt, given.vt_milli)?,
        })
    }
}

fn one(
    which: Which,
    source: Option<RatioSource>,
    given: Option<u64>,
    words: Option<&[u16]>,
) -> Result<u64, RatioFault> {
    match source {
        None if given.is_some() => Err(RatioFault::NotUsed(which)),
        None => Ok(1000),
        Some(RatioSource::Given { default_milli, min_milli, max_milli }) => {
            let milli = given.unwrap_or(default_milli);
            let fits = (min_milli..=max_milli).contains(&milli);
            fits.then_some(milli).ok_or(RatioFault::OutOfRange { which, min_milli, max_milli })
        }
        Some(RatioSource::Register(register)) => {
            let words = words.ok_or(RatioFault::NotRead(which))?;
            let read_milli = register.milli(words).ok_or(RatioFault::Unbelievable(which))?;
            match given {
                Some(given_milli) if given_milli != read_milli => {
                    Err(RatioFault::Disagree { which, given_milli, read_milli })
                }
                _ => Ok(read_milli),
            }
        }
    }
}

impl RatioRegister {
    fn milli(&self, words: &[u16]) -> Option<u64> {
        let raw = Raw::of_words(words, self.kind, self.order)?;
        let factor = crate::decimal::Fraction::of(self.scale)?.times(1000)?;
        let milli = raw.times(factor)?;
        (1..=READ_MILLI_MAX).contains(&milli).then(|| u64::try_from(milli).ok()).flatten()
    }
}

impl fmt::Display for RatioFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |milli: u64| wire::Value::from_milli(i64::try_from(milli).unwrap_or(i64::MAX));
        match *self {
            Self::NotRead(which) => write!(f, "`{}` was not read from the meter", which.name()),
            Self::Unbelievable(which) => {
                write!(f, "the meter's `{}` is zero or no ratio at all", which.name())
            }
            Self::OutOfRange { which, min_milli, max_milli } => {
                let (min, max) = (number(min_milli), number(max_milli));
                write!(f, "`{}` of this model is {min} to {max}", which.name())
            }
            Self::NotUsed(which) => write!(f, "this model has no use for `{}`", which.name()),
            Self::Disagree { which, given_milli, read_milli } => {
                let (given, read) = (number(given_milli), number(read_milli));
                write!(f, "`{}` is {given} here, and {read} in the meter", which.name())
            }
        }
    }
}

impl std::error::Error for RatioFault {}
