//! The eight bytes in front of every packet, big endian.
//!
//! | bits or bytes | |
//! |---|---|
//! | 0, bits 0 to 2 | operation |
//! | 0, bits 3 and 4 | version: 0 is the first, 1 the second, which names the group of an error |
//! | 1 | flags, 0 |
//! | 2 … 3 | length of what follows the header |
//! | 4 … 5 | group |
//! | 6 | sequence number: a reply has its request's |
//! | 7 | command |
//!
//! Source: Zephyr project, "SMP Protocol Specification", "Frame: The envelope".

use core::fmt;

/// Size, bytes.
pub const HEADER_BYTES: usize = 8;

/// What a packet asks for, or that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Asks for something; changes nothing.
    Read = 0,
    /// Answers [`Op::Read`].
    ReadReply = 1,
    /// Asks for a change.
    Write = 2,
    /// Answers [`Op::Write`].
    WriteReply = 3,
}

impl Op {
    /// The operation that answers this one; an answer has none.
    pub const fn reply(self) -> Option<Self> {
        match self {
            Self::Read => Some(Self::ReadReply),
            Self::Write => Some(Self::WriteReply),
            Self::ReadReply | Self::WriteReply => None,
        }
    }
}

/// What every packet begins with, without its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it asks for.
    pub op: Op,
    /// 0 or 1; a reply has its request's.
    pub version: u8,
    /// Of which group the command is.
    pub group: u16,
    /// Which request this is, or answers.
    pub seq: u8,
    /// Which command of the group.
    pub command: u8,
}

/// Why a packet cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPacket {
    /// Shorter than a header, or not as long as its header says.
    Length,
    /// No operation has this number.
    Op,
}

impl fmt::Display for BadPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "a packet has another length than it says",
            Self::Op => "a packet asks for no known operation",
        })
    }
}

impl core::error::Error for BadPacket {}

impl Header {
    /// Takes a packet apart.
    ///
    /// # Errors
    /// [`BadPacket`].
    pub fn read(packet: &[u8]) -> Result<(Self, &[u8]), BadPacket> {
        let (head, body) = packet.split_first_chunk::<HEADER_BYTES>().ok_or(BadPacket::Length)?;
        let [first, _, len_high, len_low, group_high, group_low, seq, command] = *head;
        let op = match first & 0b111 {
            0 => Op::Read,
            1 => Op::ReadReply,
            2 => Op::Write,
            3 => Op::WriteReply,
            _ => return Err(BadPacket::Op),
        };
        if usize::from(u16::from_be_bytes([len_high, len_low])) != body.len() {
            return Err(BadPacket::Length);
        }
        let group = u16::from_be_bytes([group_high, group_low]);
        Ok((Self { op, version: first >> 3 & 0b11, group, seq, command }, body))
    }

    /// The bytes in front of a body of `len` bytes, 65,535 at most.
    pub const fn bytes(&self, len: usize) -> [u8; HEADER_BYTES] {
        let [len_high, len_low] = (len as u16).to_be_bytes();
        let [group_high, group_low] = self.group.to_be_bytes();
        let first = self.op as u8 | (self.version & 0b11) << 3;
        [first, 0, len_high, len_low, group_high, group_low, self.seq, self.command]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_comes_back_and_a_wrong_length_does_not() {
        for op in [Op::Read, Op::ReadReply, Op::Write, Op::WriteReply] {
            let header = Header { op, version: 1, group: 64, seq: 200, command: 3 };
            let mut packet = header.bytes(2).to_vec();
            assert_eq!(Header::read(&packet), Err(BadPacket::Length));
            packet.extend([1, 2]);
            assert_eq!(Header::read(&packet), Ok((header, &[1, 2][..])));
            packet[0] |= 0b100;
            assert_eq!(Header::read(&packet), Err(BadPacket::Op));
        }
        assert_eq!(Header::read(&[0; 7]), Err(BadPacket::Length));
    }
}
