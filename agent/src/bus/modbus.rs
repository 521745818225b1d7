//! Modbus frames, RTU and TCP: what is sent, and which of the bytes that come back are the answer.
//!
//! A client library answers "the next frame"; on a bus with late replies, echoes and noise that is
//! not enough. Here a frame is the answer only when unit, function, length and checksum (RTU) or
//! transaction (TCP) fit; everything else is passed over. Formats: Modbus Application Protocol
//! V1.1b3, Modbus over Serial Line V1.02, Modbus Messaging on TCP/IP V1.0b.

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Which device.
    pub unit: u8,
    /// Function code: 1 to 6, 15 or 16.
    pub fc: u8,
    /// First register or coil, counted from 0.
    pub address: u16,
    /// Registers to read; for a write the value.
    pub operand: u16,
}

/// What a device said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Registers; coils as 0 or 1, as many as were asked for.
    Words(Vec<u16>),
    /// It is written.
    Done,
    /// It refuses, with the exception code.
    Exception(u8),
}

/// What became of received bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan {
    /// The answer.
    Found(Answered),
    /// Nothing that fits yet.
    More,
    /// The stream has lost its frames; only a new connection helps.
    Lost,
}

impl Query {
    /// Whether registers are read.
    pub const fn is_read(&self) -> bool {
        self.fc <= 4
    }

    /// Bytes of the whole reply on a serial line.
    pub fn reply_bytes(&self) -> usize {
        if self.is_read() { 5 + self.payload_bytes() } else { 8 }
    }

    /// Bytes that follow the byte count of a reply to a read.
    fn payload_bytes(&self) -> usize {
        let count = usize::from(self.operand);
        if self.fc <= 2 { count.div_ceil(8) } else { 2 * count }
    }

    fn pdu(&self) -> Vec<u8> {
        let [a, b] = self.address.to_be_bytes();
        let [x, y] = self.operand.to_be_bytes();
        match self.fc {
            // One coil, one register.
            15 => vec![15, a, b, 0, 1, 1, u8::from(self.operand != 0)],
            16 => vec![16, a, b, 0, 1, 2, x, y],
            fc => vec![fc, a, b, x, y],
        }
    }

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

    /// The meaning of a complete reply; `None` when it answers another request.
    fn understand(&self, pdu: &[u8]) -> Option<Answered> {
        let (&fc, rest) = pdu.split_first()?;
        if fc == self.fc | 0x80 {
            return (rest.len() == 1).then(|| Answered::Exception(rest[0]));
        }
        if fc != self.fc || self.pdu_bytes(pdu) != Some(Some(pdu.len())) {
            return None;
        }
        if !self.is_read() {
            let echo = match self.fc {
                15 | 16 => {
                    let [a, b] = self.address.to_be_bytes();
                    [a, b, 0, 1]
                }
                _ => {
                    let ([a, b], [x, y]) = (self.address.to_be_bytes(), self.operand.to_be_bytes());
                    [a, b, x, y]
                }
            };
            return (rest == echo).then_some(Answered::Done);
        }
        let payload = &rest[1..];
        let words = if self.fc <= 2 {
            let bit = |nth: u16| u16::from(payload[usize::from(nth / 8)] >> (nth % 8) & 1);
            (0..self.operand).map(bit).collect()
        } else {
            payload.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
        };
        Some(Answered::Words(words))
    }
}

/// The request as it goes over a serial line.
pub fn rtu_request(query: &Query) -> Vec<u8> {
    let mut frame = vec![query.unit];
    frame.extend(query.pdu());
    let crc = crc(&frame);
    frame.extend(crc.to_le_bytes());
    frame
}

/// Looks for the reply anywhere in what came over a serial line.
pub fn rtu_scan(query: &Query, bytes: &[u8]) -> Scan {
    for from in 0..bytes.len() {
        let frame = &bytes[from..];
        if frame[0] != query.unit {
            continue;
        }
        let Some(Some(length)) = query.pdu_bytes(&frame[1..]) else { continue };
        let Some((body, sum)) = frame.get(..1 + length + 2).map(|f| f.split_at(1 + length)) else {
            continue;
        };
        if crc(body).to_le_bytes() != sum {
            continue;
        }
        if let Some(answered) = query.understand(&body[1..]) {
            return Scan::Found(answered);
        }
    }
    Scan::More
}

/// The request as it goes over TCP.
pub fn tcp_request(transaction: u16, query: &Query) -> Vec<u8> {
    let pdu = query.pdu();
    let mut frame = transaction.to_be_bytes().to_vec();
    // Protocol 0; what follows are the unit and a few bytes.
    frame.extend([0, 0, 0, pdu.len() as u8 + 1, query.unit]);
    frame.extend(pdu);
    frame
}

/// Takes whole frames from the front of `bytes` until one is the reply. Also says how many frames
/// were passed over.
pub fn tcp_scan(transaction: u16, query: &Query, bytes: &mut Vec<u8>) -> (Scan, u32) {
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
            && let Some(answered) = query.understand(&frame[7..])
        {
            return (Scan::Found(answered), passed);
        }
        passed += 1;
    }
}

/// CRC-16 of Modbus: polynomial 0xA001, from 0xFFFF.
fn crc(bytes: &[u8]) -> u16 {
    let mut crc = 0xFFFF_u16;
    for byte in bytes {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
        }
    }
    crc
}

#[cfg(test)]
mod tests;
