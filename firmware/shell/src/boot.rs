//! Why the node started: a record in memory that outlives a reset but not a power cut.
//!
//! Where hardware does not tell the cause of a reset, the record does: it always says what a reset
//! *now* would mean. Right after the start it is armed with `watchdog`, because nobody announces that
//! one; a panic and a restart that was asked for write theirs before they reset. Memory after
//! a power cut holds no valid record.

use wire::Reset;

/// Longest text of a record, bytes of printable ASCII: the hello's limit for `panic`.
pub const TEXT_BYTES_MAX: usize = 96;

/// Size of a record, bytes.
pub const RECORD_BYTES: usize = 4 + 2 + TEXT_BYTES_MAX + 4;

/// `CEBR`, little endian.
const MAGIC: u32 = 0x5242_4543;

/// What the next start will read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What a reset now would mean.
    pub reset: Reset,
    /// What was said last: a panic's message, or which task hung. Printable ASCII.
    pub text: heapless::String<TEXT_BYTES_MAX>,
}

impl Record {
    /// A record; what the text cannot hold is cut, what is not printable becomes `?`.
    pub fn new(reset: Reset, text: &str) -> Self {
        let mut record = Self { reset, text: heapless::String::new() };
        record.append(text);
        record
    }

    /// Adds to the text, as far as it fits.
    pub fn append(&mut self, text: &str) {
        for c in text.chars() {
            let plain = matches!(c, ' '..='~') && c != '"' && c != '\\';
            // A text that is full stays as it is.
            let _ = self.text.push(if plain { c } else { '?' });
        }
    }

    /// The bytes to leave in memory.
    pub fn pack(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..4].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[4] = number(self.reset);
        bytes[5] = self.text.len() as u8;
        bytes[6..6 + self.text.len()].copy_from_slice(self.text.as_bytes());
        let sum = checksum(&bytes[..RECORD_BYTES - 4]).to_le_bytes();
        bytes[RECORD_BYTES - 4..].copy_from_slice(&sum);
        bytes
    }

    /// What was left in memory; the supply came when that is no record.
    pub fn unpack(bytes: &[u8; RECORD_BYTES]) -> Self {
        let (body, sum) = bytes.split_at(RECORD_BYTES - 4);
        let text = body.get(6..6 + usize::from(body[5]));
        let text = text.and_then(|text| core::str::from_utf8(text).ok());
        match text {
            Some(text)
                if sum == checksum(body).to_le_bytes() && body[..4] == MAGIC.to_le_bytes() =>
            {
                Self::new(reset(body[4]), text)
            }
            _ => Self::new(Reset::PowerOn, ""),
        }
    }
}

impl core::fmt::Write for Record {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.append(text);
        Ok(())
    }
}

const fn number(reset: Reset) -> u8 {
    match reset {
        Reset::Unknown => 0,
        Reset::PowerOn => 1,
        Reset::Watchdog => 2,
        Reset::Panic => 3,
        Reset::Asked => 4,
        Reset::Update => 5,
    }
}

const fn reset(number: u8) -> Reset {
    match number {
        1 => Reset::PowerOn,
        2 => Reset::Watchdog,
        3 => Reset::Panic,
        4 => Reset::Asked,
        5 => Reset::Update,
        _ => Reset::Unknown,
    }
}

/// FNV-1a (Fowler, Noll, Vo), 32 bits: memory after a power cut is noise, not an adversary.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back() {
        for reset in [Reset::Watchdog, Reset::Panic, Reset::Asked, Reset::PowerOn, Reset::Update] {
            let record = Record::new(reset, "index out of bounds at brain.rs:12");
            assert_eq!(Record::unpack(&record.pack()), record);
        }
    }

    #[test]
    fn noise_means_that_the_supply_came() {
        let power_on = Record::new(Reset::PowerOn, "");
        assert_eq!(Record::unpack(&[0; RECORD_BYTES]), power_on);
        assert_eq!(Record::unpack(&[0xff; RECORD_BYTES]), power_on);
        let good = Record::new(Reset::Panic, "x").pack();
        for at in 0..RECORD_BYTES * 8 {
            let mut bad = good;
            bad[at / 8] ^= 1 << (at % 8);
            assert_eq!(Record::unpack(&bad), power_on, "bit {at}");
        }
    }

    #[test]
    fn a_text_is_cut_and_made_printable() {
        let record = Record::new(Reset::Panic, &"ä\"\n\\x".repeat(40));
        assert_eq!(record.text.len(), TEXT_BYTES_MAX);
        assert!(record.text.starts_with("????x????x"));
    }
}
