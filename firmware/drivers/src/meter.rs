//! A Modbus RTU meter behind the node: registers to readings, in the units of the wire.
//!
//! | module | what it does |
//! |---|---|
//! | [`map`] | which register of which model holds what |
//! | [`rtu`] | one question and its answer on the line |

pub mod map;
pub mod rtu;

use crate::fault::{Fault, Faults, Record};
use crate::limits::TRIES;
use embedded_hal_async::delay::DelayNs;
use embedded_io_async::{Read, Write};
use map::{Map, Register};
use rtu::Master;
use wire::{Quantity, Sample};

/// A meter of a known model on a line of its own.
pub struct Meter<U, D> {
    master: Master<U, D>,
    unit: u8,
    map: &'static Map,
    record: Record,
}

/// What a meter said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings {
    /// Cumulative energy taken from the grid, whole Wh.
    pub energy: Sample,
    /// Active power of all phases, W.
    pub power: Sample,
    /// Voltage of phase 1, V.
    pub voltage: Sample,
    /// Current of phase 1, A.
    pub current: Sample,
    /// Frequency, Hz.
    pub frequency: Sample,
}

impl<U: Read + Write, D: DelayNs + Clone> Meter<U, D> {
    /// The meter at address `unit`, 1 to 247, at `baud` bit/s.
    pub const fn new(line: U, delay: D, baud: u32, unit: u8, map: &'static Map) -> Self {
        Self { master: Master::new(line, delay, baud), unit, map, record: Record::new() }
    }

    /// Reads everything: about 0.3 s at 9600 baud. After one register without an answer in three
    /// tries the rest is not asked for. Never more than [`METER_READ_MS_MAX`](crate::limits::METER_READ_MS_MAX).
    pub async fn read(&mut self) -> Readings {
        let map = self.map;
        let energy = self.one(&map.energy).await;
        let mut gone = energy == Err(Fault::Timeout);
        let mut rest = [Err(Fault::Timeout); 4];
        for (slot, register) in rest.iter_mut().zip(map.rest()) {
            if !gone {
                *slot = self.one(register).await;
                gone = *slot == Err(Fault::Timeout);
            }
        }
        let said =
            |one: Result<Sample, Fault>| one.unwrap_or_else(|fault| self.record.sample(fault));
        let [power, voltage, current, frequency] = rest.map(said);
        Readings { energy: said(energy), power, voltage, current, frequency }
    }

    /// Reads the energy register only: a fifth of that at most.
    pub async fn energy(&mut self) -> Sample {
        let map = self.map;
        match self.one(&map.energy).await {
            Ok(sample) => sample,
            Err(fault) => self.record.sample(fault),
        }
    }

    /// What went wrong since the start.
    pub const fn faults(&self) -> Faults {
        self.record.faults
    }

    /// Bytes on the line that answered nothing: late, foreign or broken.
    pub const fn stray_bytes(&self) -> u32 {
        self.master.stray_bytes()
    }

    async fn one(&mut self, register: &Register) -> Result<Sample, Fault> {
        let mut last = Fault::Timeout;
        for _ in 0..TRIES {
            let asked = self.master.read::<2>(self.unit, register.function, register.address).await;
            match asked {
                Ok(words) => {
                    self.record.good();
                    return Ok(register.sample(words));
                }
                Err(fault) => {
                    self.record.count(fault);
                    last = fault;
                }
            }
            // An exception is an answer: asking again gives the same.
            if last == Fault::Refused {
                break;
            }
        }
        Err(last)
    }
}

impl Register {
    /// The value in two words, in the unit of the wire; out of range if it cannot be.
    fn sample(&self, words: [u16; 2]) -> Sample {
        self.value(words).map_or(Sample::No(wire::NoReading::OutOfRange), |value| {
            let sample = Sample::Is(value);
            // A register that counts backwards below zero is none.
            sample.checked(self.quantity)
        })
    }

    /// Whether it is the register that energy is accounted by.
    pub(crate) const fn counts(&self) -> bool {
        matches!(self.quantity, Quantity::EnergyWh)
    }
}
