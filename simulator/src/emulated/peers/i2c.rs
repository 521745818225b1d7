//! The I²C bus behind a UART, as an SC18IM700 has it, and the sensors on it at register level.
//!
//! The node writes `S addr len … P`; the bus answers each transaction with one status byte and, if
//! that is [`OK`], the bytes read. A status first makes a refusal unmistakable, which the real
//! bridge's reads lack.

mod bh1750;
mod scd41;
mod sht40;
mod veml7700;

use super::{Fault, Peer};
use crate::emulated::surroundings::Seen;

/// The transaction was done.
pub const OK: u8 = 0xf0;
/// Nobody has this address.
pub const NACK_ADDRESS: u8 = 0xf1;
/// The part refused a byte.
pub const NACK_BYTE: u8 = 0xf2;

/// Longest write or read that the bridge's length byte can say.
const TRANSACTION_BYTES_MAX: usize = 600;

/// A part on the bus. Time is real ms since the bus got its supply.
trait Part {
    /// A write to its address; `false` refuses a byte.
    fn write(&mut self, bytes: &[u8], now_ms: u64, seen: &Seen) -> bool;
    /// A read of so many bytes; `None` refuses the address, as parts do that have nothing yet.
    fn read(&mut self, len: usize, now_ms: u64, seen: &Seen) -> Option<Vec<u8>>;
}

/// Bridge and parts, from their supply on.
#[derive(Default)]
pub struct Bus {
    bh1750: bh1750::Bh1750,
    veml7700: veml7700::Veml7700,
    scd41: scd41::Scd41,
    sht40: sht40::Sht40,
    received: Vec<u8>,
}

/// One part of a transaction: address, and what is written, or how much is read.
#[derive(Debug, PartialEq, Eq)]
enum Move {
    Write(u8, Vec<u8>),
    Read(u8, usize),
}

impl Bus {
    /// Nothing has come for a while: a transaction that is not whole by now belongs to a node that
    /// was reset in the middle of it.
    pub fn quiet(&mut self) {
        self.received.clear();
    }

    /// Takes bytes from the node, and answers every transaction that they complete.
    pub fn take(
        &mut self,
        bytes: &[u8],
        now_ms: u64,
        seen: &Seen,
        fault: impl Fn(Peer) -> Fault,
    ) -> Vec<u8> {
        self.received.extend_from_slice(bytes);
        let mut answer = Vec::new();
        loop {
            // A node that was reset in the middle of a transaction leaves bytes that start nothing.
            let start = self.received.iter().position(|&byte| byte == b'S');
            self.received.drain(..start.unwrap_or(self.received.len()));
            match transaction(&self.received) {
                Cut::Whole(moves, used) => {
                    self.received.drain(..used);
                    answer.extend(self.transact(&moves, now_ms, seen, &fault));
                }
                Cut::Broken => drop(self.received.drain(..1)),
                Cut::Short => return answer,
            }
        }
    }

    fn transact(
        &mut self,
        moves: &[Move],
        now_ms: u64,
        seen: &Seen,
        fault: &impl Fn(Peer) -> Fault,
    ) -> Vec<u8> {
        let (mut read, mut status) = (Vec::new(), OK);
        for one in moves {
            let address = match one {
                Move::Write(address, _) | Move::Read(address, _) => *address,
            };
            let Some((peer, part)) = self.part(address) else { return vec![NACK_ADDRESS] };
            match fault(peer) {
                // A part that holds the clock line: the bridge never gets done.
                Fault::Silent => return Vec::new(),
                Fault::Nack => return vec![NACK_ADDRESS],
                Fault::None | Fault::Crc => {}
            }
            match one {
                Move::Write(_, bytes) if !part.write(bytes, now_ms, seen) => status = NACK_BYTE,
                Move::Write(..) => {}
                Move::Read(_, len) => match part.read(*len, now_ms, seen) {
                    Some(bytes) => read.extend(bytes),
                    None => status = NACK_ADDRESS,
                },
            }
            if status != OK {
                return vec![status];
            }
            if fault(peer) == Fault::Crc
                && let Some(last) = read.last_mut()
            {
                // The last byte is a checksum where the part has one, and a value where it has none.
                *last ^= 0x5a;
            }
        }
        [vec![OK], read].concat()
    }

    fn part(&mut self, address: u8) -> Option<(Peer, &mut dyn Part)> {
        match address {
            bh1750::ADDRESS => Some((Peer::Bh1750, &mut self.bh1750)),
            veml7700::ADDRESS => Some((Peer::Veml7700, &mut self.veml7700)),
            scd41::ADDRESS => Some((Peer::Scd41, &mut self.scd41)),
            sht40::ADDRESS => Some((Peer::Sht40, &mut self.sht40)),
            _ => None,
        }
    }
}

/// What stands at the beginning of what was received.
enum Cut {
    /// A transaction, and how many bytes it took.
    Whole(Vec<Move>, usize),
    /// Not all of it yet.
    Short,
    /// No transaction.
    Broken,
}

fn transaction(bytes: &[u8]) -> Cut {
    let (mut moves, mut at) = (Vec::new(), 0);
    while at < TRANSACTION_BYTES_MAX {
        match bytes.get(at) {
            None => return Cut::Short,
            Some(b'P') if at > 0 => return Cut::Whole(moves, at + 1),
            Some(b'S') => {}
            Some(_) => return Cut::Broken,
        }
        let (Some(&address), Some(&len)) = (bytes.get(at + 1), bytes.get(at + 2)) else {
            return Cut::Short;
        };
        at += 3;
        if address & 1 == 1 {
            moves.push(Move::Read(address >> 1, usize::from(len)));
        } else {
            let Some(written) = bytes.get(at..at + usize::from(len)) else { return Cut::Short };
            moves.push(Move::Write(address >> 1, written.to_vec()));
            at += usize::from(len);
        }
    }
    Cut::Broken
}

/// CRC-8 of Sensirion's parts: polynomial 0x31, start 0xFF; their datasheets give 0xBEEF → 0x92.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0xff, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x31 })
    })
}

/// A word as Sensirion's parts send it.
fn word(value: u16) -> [u8; 3] {
    let [high, low] = value.to_be_bytes();
    [high, low, crc8(&[high, low])]
}

#[cfg(test)]
mod tests;
