//! One request to one device in either protocol, and how its answer is recognised.

use super::fault::Fault;
use super::modbus::{Client, Query};
use device_profiles::dlt645::{self, FrameFault, Reply};
use device_profiles::{Ask, Write};

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// In Modbus.
    Modbus(Query),
    /// One identifier of a DL/T 645 meter.
    Dlt645 {
        /// Whose.
        address: dlt645::Address,
        /// Which, as printed.
        di: u32,
    },
    /// Asks the only DL/T 645 meter on the line for its address.
    Dlt645Address,
}

/// Who may still reply to a request that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A Modbus unit.
    Unit(u8),
    /// A DL/T 645 meter.
    Dlt645(dlt645::Address),
}

/// A call under way.
pub struct Exchange {
    call: Call,
    /// The bytes to send.
    pub request: Vec<u8>,
    /// Who understands the reply, in Modbus.
    client: Option<Client>,
}

/// What a device said to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Registers, or coils as 0 and 1.
    Words(Vec<u16>),
    /// Bytes of a DL/T 645 item.
    Bytes(Vec<u8>),
    /// The address of a DL/T 645 meter.
    Address(dlt645::Address),
    /// It is written.
    Done,
}

impl Call {
    /// A read out of a plan, from a Modbus unit.
    pub const fn modbus(unit: u8, fc: u8, address: u16, count: u16) -> Self {
        Self::Modbus(Query { unit, fc, address, operand: count })
    }

    /// A write to a Modbus unit.
    pub const fn write(unit: u8, write: Write) -> Self {
        Self::Modbus(Query { unit, fc: write.fc, address: write.address, operand: write.value })
    }

    /// A request of a plan, to a device.
    pub const fn of(key: Key, ask: Ask) -> Option<Self> {
        match (key, ask) {
            (Key::Unit(unit), Ask::Modbus { fc, address, count }) => {
                Some(Self::modbus(unit, fc, address, count))
            }
            (Key::Dlt645(address), Ask::Dlt645 { di }) => Some(Self::Dlt645 { address, di }),
            _ => None,
        }
    }

    /// Whose reply it waits for.
    pub const fn key(&self) -> Key {
        match self {
            Self::Modbus(query) => Key::Unit(query.unit),
            Self::Dlt645 { address, .. } => Key::Dlt645(*address),
            Self::Dlt645Address => Key::Dlt645(dlt645::Address::ANY),
        }
    }

    /// Bytes of the reply on a serial line.
    pub fn reply_bytes(&self) -> usize {
        match self {
            Self::Modbus(query) => query.reply_bytes(),
            // Preamble, frame of 12 and at most 8 bytes behind the identifier.
            Self::Dlt645 { .. } => 4 + 12 + 4 + 8,
            Self::Dlt645Address => 4 + 12 + 6,
        }
    }

    /// Begins to ask: makes the bytes to send. `transaction` numbers the exchange over Modbus TCP;
    /// `None` on a serial line.
    ///
    /// # Errors
    /// [`Fault::Closed`]: no request could be made of it.
    pub async fn begin(self, transaction: Option<u16>) -> Result<Exchange, Fault> {
        let frame = match self {
            Self::Modbus(query) => {
                let (client, request) = Client::ask(query, transaction).await?;
                return Ok(Exchange { call: self, request, client: Some(client) });
            }
            Self::Dlt645 { address, di } => dlt645::read_request(address, di),
            Self::Dlt645Address => dlt645::address_request(),
        };
        let request = [&dlt645::PREAMBLE[..], &frame].concat();
        Ok(Exchange { call: self, request, client: None })
    }

    fn scan_dlt645(&self, received: &mut Vec<u8>) -> (Option<Result<Heard, Fault>>, u32) {
        let mut passed = 0;
        loop {
            let reply = match dlt645::parse(received) {
                Ok((reply, used)) => {
                    received.drain(..used);
                    reply
                }
                Err(FrameFault::Incomplete) => return (None, passed),
                // Damaged or foreign; what comes behind it may be the answer.
                Err(_) => return (None, passed),
            };
            let found = match (self, reply) {
                (
                    Self::Dlt645 { address, di },
                    Reply::Value { address: from, di: of, bytes, .. },
                ) if from == *address && of == *di => Ok(Heard::Bytes(bytes)),
                (Self::Dlt645 { address, .. }, Reply::Refused { address: from, error })
                    if from == *address =>
                {
                    Err(Fault::Refused(error))
                }
                (Self::Dlt645Address, Reply::Address(address)) => Ok(Heard::Address(address)),
                _ => {
                    passed += 1;
                    continue;
                }
            };
            return (Some(found), passed);
        }
    }
}

impl Exchange {
    /// Looks for the answer in what was received; takes away what it has understood. `None`: more is
    /// needed. [`Fault::Garbage`]: the stream has lost its frames. Also how many replies to
    /// something else were passed over.
    pub async fn scan(&mut self, received: &mut Vec<u8>) -> (Option<Result<Heard, Fault>>, u32) {
        match &mut self.client {
            Some(client) => client.scan(received).await,
            None => self.call.scan_dlt645(received),
        }
    }
}
