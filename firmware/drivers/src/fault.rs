//! Why a sensor gave no reading: told apart, counted, and turned into what is said about it.

use crate::timed::BusFault;
use embedded_hal::i2c::{Error as _, ErrorKind, NoAcknowledgeSource};
use wire::{NoReading, Sample};

/// What went wrong in one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody acknowledged the address.
    NoAcknowledge,
    /// No answer in time, or a bus that is stuck.
    Timeout,
    /// The check sum is wrong.
    Checksum,
    /// It answered, but not what was asked: an error code, a refusal in the middle of a transfer.
    Refused,
    /// It answered with a value that cannot be.
    OutOfRange,
}

impl From<BusFault> for Fault {
    fn from(fault: BusFault) -> Self {
        match fault.kind() {
            ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data) => Self::Refused,
            ErrorKind::NoAcknowledge(_) => Self::NoAcknowledge,
            _ => Self::Timeout,
        }
    }
}

/// How often what happened, since the start. They saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Tries without an acknowledgement.
    pub no_acknowledge: u32,
    /// Tries without an answer in time.
    pub timeout: u32,
    /// Answers with a wrong check sum.
    pub checksum: u32,
    /// Answers that were none.
    pub refused: u32,
    /// Values that cannot be.
    pub out_of_range: u32,
}

impl Faults {
    /// All of them.
    pub const fn sum(&self) -> u32 {
        self.no_acknowledge
            .saturating_add(self.timeout)
            .saturating_add(self.checksum)
            .saturating_add(self.refused)
            .saturating_add(self.out_of_range)
    }

    /// Counts one.
    pub const fn count(&mut self, fault: Fault) {
        let counter = match fault {
            Fault::NoAcknowledge => &mut self.no_acknowledge,
            Fault::Timeout => &mut self.timeout,
            Fault::Checksum => &mut self.checksum,
            Fault::Refused => &mut self.refused,
            Fault::OutOfRange => &mut self.out_of_range,
        };
        *counter = counter.saturating_add(1);
    }
}

/// What is known about one sensor: whether it ever answered, and what went wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    answered: bool,
    pub(crate) faults: Faults,
}

impl Record {
    pub(crate) const fn new() -> Self {
        let faults =
            Faults { no_acknowledge: 0, timeout: 0, checksum: 0, refused: 0, out_of_range: 0 };
        Self { answered: false, faults }
    }

    pub(crate) const fn good(&mut self) {
        self.answered = true;
    }

    pub(crate) const fn count(&mut self, fault: Fault) {
        if !matches!(fault, Fault::NoAcknowledge | Fault::Timeout) {
            self.answered = true;
        }
        self.faults.count(fault);
    }

    /// What is said after the last try ended with `fault`.
    pub(crate) const fn sample(&self, fault: Fault) -> Sample {
        Sample::No(match fault {
            Fault::NoAcknowledge if !self.answered => NoReading::NotFitted,
            Fault::NoAcknowledge | Fault::Timeout => NoReading::Silent,
            Fault::Checksum | Fault::Refused => NoReading::Refused,
            Fault::OutOfRange => NoReading::OutOfRange,
        })
    }
}
