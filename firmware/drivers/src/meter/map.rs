//! Which register of which model holds what: the same facts as `device-profiles/meters`, as
//! constants for a node. A test compares the two.

use crate::decimal::{floor_scaled, nearest_scaled};
use wire::{Quantity, Value};

/// A model of meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Map {
    /// Its profile in `device-profiles`.
    pub profile: &'static str,
    /// What it leaves the factory with, bit/s, 8N1.
    pub baud: u32,
    /// Energy taken from the grid.
    pub energy: Register,
    /// Active power of all phases.
    pub power: Register,
    /// Voltage of phase 1.
    pub voltage: Register,
    /// Current of phase 1.
    pub current: Register,
    /// Frequency.
    pub frequency: Register,
}

/// Where a value is: a 32-bit float in two words, high word first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// What it is on the wire.
    pub quantity: Quantity,
    /// Function 3 or 4.
    pub function: u8,
    /// As it stands in the request: from 0.
    pub address: u16,
    /// How many units of the wire one unit of the register is: 1000 for kWh and kW.
    pub factor: u32,
}

/// Every model that a node can read by itself.
pub const MAPS: [&Map; 3] = [&SDM120, &SDM630, &DDSU666];

/// Eastron SDM120, `device-profiles/meters/eastron-sdm120.toml`.
pub const SDM120: Map = Map {
    profile: "eastron-sdm120",
    baud: 2400,
    energy: at(Quantity::EnergyWh, 4, 0x0048, 1000),
    power: at(Quantity::PowerW, 4, 0x000C, 1),
    voltage: at(Quantity::VoltageV, 4, 0x0000, 1),
    current: at(Quantity::CurrentA, 4, 0x0006, 1),
    frequency: at(Quantity::FrequencyHz, 4, 0x0046, 1),
};

/// Eastron SDM630, `device-profiles/meters/eastron-sdm630.toml`.
pub const SDM630: Map = Map {
    profile: "eastron-sdm630",
    baud: 9600,
    energy: at(Quantity::EnergyWh, 4, 0x0048, 1000),
    power: at(Quantity::PowerW, 4, 0x0034, 1),
    voltage: at(Quantity::VoltageV, 4, 0x0000, 1),
    current: at(Quantity::CurrentA, 4, 0x0006, 1),
    frequency: at(Quantity::FrequencyHz, 4, 0x0046, 1),
};

/// Chint DDSU666, `device-profiles/meters/chint-ddsu666.toml`.
pub const DDSU666: Map = Map {
    profile: "chint-ddsu666",
    baud: 9600,
    energy: at(Quantity::EnergyWh, 3, 0x4000, 1000),
    power: at(Quantity::PowerW, 3, 0x2004, 1000),
    voltage: at(Quantity::VoltageV, 3, 0x2000, 1),
    current: at(Quantity::CurrentA, 3, 0x2002, 1),
    frequency: at(Quantity::FrequencyHz, 3, 0x200E, 1),
};

impl Map {
    /// The model of a profile's name.
    pub fn find(profile: &str) -> Option<&'static Self> {
        MAPS.into_iter().find(|map| map.profile == profile)
    }

    /// All but the energy: power, voltage, current, frequency.
    pub const fn rest(&self) -> [&Register; 4] {
        [&self.power, &self.voltage, &self.current, &self.frequency]
    }
}

impl Register {
    /// The value in its two words; `None` if it is not a number or beyond every quantity.
    ///
    /// Energy is cut to whole Wh, so that a watt-hour counts when it is complete and a register that
    /// grows never falls; everything else is rounded to the nearest thousandth. Both exactly: the
    /// float is taken apart, not multiplied.
    pub fn value(&self, words: [u16; 2]) -> Option<Value> {
        let float = f32::from_bits(u32::from(words[0]) << 16 | u32::from(words[1]));
        if self.counts() {
            let wh = floor_scaled(float, self.factor)?;
            return (wh.unsigned_abs() <= 9_000_000_000_000).then(|| Value::from_whole(wh));
        }
        nearest_scaled(float, self.factor.checked_mul(1000)?).map(Value::from_milli)
    }
}

const fn at(quantity: Quantity, function: u8, address: u16, factor: u32) -> Register {
    Register { quantity, function, address, factor }
}
