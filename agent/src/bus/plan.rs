//! What is configured about buses, meters and gateways. Checked by the reader of the configuration.

use controller::MeterIx;
use device_profiles::{Measure, Order, Profile, dlt645};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use wire::Id;

/// A line with devices on it that can answer only one at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct BusConfig {
    /// Its name.
    pub id: Id,
    /// How it is reached.
    pub link: Link,
    /// A device is given up after so long without a reply, ms, beside the time the bytes take.
    pub timeout_ms: u32,
    /// Least pause between two requests, ms. The baud rate or a profile may ask for more.
    pub gap_ms: u32,
    /// Share of the time that reads may use, in percent, 1 to 100. Writes are not limited.
    pub share_pct: u8,
}

impl BusConfig {
    /// With a timeout of 500 ms and a share of 80 %: meters answer within 200 ms (Eastron SDM630
    /// manual), and gateways add their own line; a fifth is left for writes and people.
    pub fn new(id: Id, link: Link) -> Self {
        Self { id, link, timeout_ms: 500, gap_ms: 0, share_pct: 80 }
    }
}

/// How a bus is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Modbus TCP, to a meter or to a gateway that translates.
    Tcp {
        /// Host name or address.
        host: String,
        /// Port, 502 as a rule.
        port: u16,
    },
    /// A serial server that hands bytes through: Modbus RTU or DL/T 645 inside TCP.
    RtuOverTcp {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A serial port of this machine.
    Serial {
        /// The device, best a name below `/dev/serial/by-id/`, which survives re-plugging.
        path: PathBuf,
        /// Bit/s.
        baud: u32,
        /// Parity bit.
        parity: Parity,
        /// Stop bits.
        stop_bits: StopBits,
    },
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::RtuOverTcp { host, port } => write!(f, "rtu+tcp://{host}:{port}"),
            Self::Serial { path, baud, parity, stop_bits } => {
                let parity = match parity {
                    Parity::None => 'N',
                    Parity::Even => 'E',
                    Parity::Odd => 'O',
                };
                let stop = if *stop_bits == StopBits::One { 1 } else { 2 };
                write!(f, "{} {baud} 8{parity}{stop}", path.display())
            }
        }
    }
}

/// Parity bit of a serial line.
pub use device_profiles::Parity;

/// Stop bits of a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopBits {
    /// One.
    One,
    /// Two.
    Two,
}

/// Which device on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// A Modbus unit: 1 to 247; 0 and 255 only over TCP.
    Unit(u8),
    /// A DL/T 645 meter.
    Dlt645(dlt645::Address),
    /// The only DL/T 645 meter on the line: it is asked for its address.
    Dlt645Any,
}

/// A text that is no address of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress;

impl FromStr for Address {
    type Err = BadAddress;

    /// `1` to `255`, the 12 digits of a DL/T 645 meter, or `any`.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if text == "any" {
            return Ok(Self::Dlt645Any);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadAddress);
        }
        if text.len() == 12 {
            return text.parse().map(Self::Dlt645).map_err(|_| BadAddress);
        }
        text.parse().map(Self::Unit).map_err(|_| BadAddress)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(unit) => write!(f, "{unit}"),
            Self::Dlt645(address) => write!(f, "{address}"),
            Self::Dlt645Any => f.write_str("any"),
        }
    }
}

/// A meter that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct PolledMeter {
    /// Its place among the meters of the campus.
    pub meter: MeterIx,
    /// Its name, for people.
    pub name: String,
    /// Its bus, counted in the list of buses.
    pub bus: usize,
    /// Where on the bus.
    pub address: Address,
    /// What model it is.
    pub profile: Arc<Profile>,
    /// Ratio of its current transformers in thousandths; `None`: what the profile says.
    pub ct_milli: Option<u64>,
    /// Ratio of its voltage transformers in thousandths; `None`: what the profile says.
    pub vt_milli: Option<u64>,
    /// The register that goes into the ledger.
    pub register: Measure,
    /// Word order of this very meter, where it is not the profile's.
    pub order: Option<Order>,
    /// It is asked so often, in campus ms.
    pub every_ms: u32,
}

impl PolledMeter {
    /// Asked every 10 s for its imported energy.
    pub fn new(
        meter: MeterIx,
        name: String,
        bus: usize,
        address: Address,
        profile: Arc<Profile>,
    ) -> Self {
        let (ct_milli, vt_milli, order) = (None, None, None);
        let (register, every_ms) = (Measure::EnergyImport, 10_000);
        Self { meter, name, bus, address, profile, ct_milli, vt_milli, register, order, every_ms }
    }
}

/// A lighting gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct GatewayConfig {
    /// Its name.
    pub id: Id,
    /// Its bus, counted in the list of buses.
    pub bus: usize,
    /// Its Modbus unit.
    pub unit: u8,
    /// What model it is.
    pub profile: Arc<Profile>,
    /// Its channels: their names on the campus, and which output of the profile each is.
    pub channels: Vec<(Id, usize)>,
    /// What its lamps are at is asked so often, in campus ms.
    pub every_ms: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_alike() {
        let check = |text: &str, address: Address| {
            assert_eq!(text.parse(), Ok(address));
            assert_eq!(address.to_string(), text);
        };
        check("1", Address::Unit(1));
        check("247", Address::Unit(247));
        check("000102030425", Address::Dlt645("102030425".parse().unwrap()));
        check("any", Address::Dlt645Any);
    }

    #[test]
    fn other_texts_are_no_addresses() {
        for text in ["", "256", "-1", "+1", "1a", "0001020304251", "00010203042x", "ANY"] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress), "{text}");
        }
    }
}
