//! Which of the bytes that come back are the reply to a request.
//!
//! They are when unit, function, length and checksum (RTU) or transaction (TCP) fit, and a write
//! comes back as it went. Everything else is passed over. Formats: Modbus Application Protocol
//! V1.1b3, Modbus over Serial Line V1.02, Modbus Messaging on TCP/IP V1.0b.

use super::Query;
use crc::{CRC_16_MODBUS, Crc};

const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

/// What became of received bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan {
    /// The reply, as one frame.
    Found(Vec<u8>),
    /// Nothing that fits yet.
    More,
    /// The stream has lost its frames; only a new connection helps.
    Lost,
}

/// Looks for the reply anywhere in what came over a serial line.
pub fn rtu(query: &Query, bytes: &[u8]) -> Scan {
    for from in 0..bytes.len() {
        let rest = &bytes[from..];
        if rest[0] != query.unit {
            continue;
        }
        let Some(Some(length)) = query.pdu_bytes(&rest[1..]) else { continue };
        let Some(frame) = rest.get(..1 + length + 2) else { continue };
        let (body, sum) = frame.split_at(1 + length);
        if CRC.checksum(body).to_le_bytes() == sum && query.is_answered_by(&body[1..]) {
            return Scan::Found(frame.to_vec());
        }
    }
    Scan::More
}

/// Takes whole frames from the front of `bytes` until one is the reply. Also says how many frames
/// were passed over.
pub fn tcp(transaction: u16, query: &Query, bytes: &mut Vec<u8>) -> (Scan, u32) {
    let mut passed = 0;
    loop {
        let Some(header) = bytes.first_chunk::<6>().copied() else { return (Scan::More, passed) };
        let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
        // Unit and function at least; 254 is the largest that the standard allows.
        if header[2..4] != [0, 0] || !(2..=254).contains(&length) {
            return (Scan::Lost, passed);
        }
        if bytes.len() < 6 + length {
            return (Scan::More, passed);
        }
        let frame: Vec<u8> = bytes.drain(..6 + length).collect();
        if frame[..2] == transaction.to_be_bytes()
            && frame[6] == query.unit
            && query.is_answered_by(&frame[7..])
        {
            return (Scan::Found(frame), passed);
        }
        passed += 1;
    }
}

impl Query {
    /// How long the reply in `pdu` is, if it is an answer to this at all. `None` when more bytes are
    /// needed to tell; `Some(None)` when it is something else.
    fn pdu_bytes(&self, pdu: &[u8]) -> Option<Option<usize>> {
        let fc = *pdu.first()?;
        if fc == self.fc | 0x80 {
            return Some(Some(2));
        }
        if fc != self.fc {
            return Some(None);
        }
        if !self.is_read() {
            return Some(Some(5));
        }
        let payload = self.payload_bytes();
        Some((usize::from(*pdu.get(1)?) == payload).then_some(2 + payload))
    }

    /// Whether a complete reply answers this request, be it with a refusal.
    fn is_answered_by(&self, pdu: &[u8]) -> bool {
        if self.pdu_bytes(pdu) != Some(Some(pdu.len())) {
            return false;
        }
        if self.is_read() || pdu[0] != self.fc {
            return true;
        }
        let ([a, b], [x, y]) = (self.address.to_be_bytes(), self.operand.to_be_bytes());
        // A write comes back: with its value, or with how many were written.
        pdu[1..] == if matches!(self.fc, 15 | 16) { [a, b, 0, 1] } else { [a, b, x, y] }
    }
}
