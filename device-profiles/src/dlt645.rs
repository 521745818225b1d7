//! Frames of DL/T 645-2007, the Chinese meter protocol: requests are built, answers are understood.
//!
//! ```text
//! FE FE FE FE   68  address ×6  68  control  length  bytes (+0x33 each)  sum  16
//! wake-up           low first               0..=200                      mod 256, from the first 68
//! ```
//!
//! Half-duplex adapters repeat what was sent, and lines carry noise: whatever is no answer is skipped.

use std::fmt;
use std::str::FromStr;

/// Added to every byte of the data on the wire.
pub const WIRE_OFFSET: u8 = 0x33;

/// Wakes a meter's receiver; goes in front of every request.
pub const PREAMBLE: [u8; 4] = [0xFE; 4];

const START: u8 = 0x68;
const END: u8 = 0x16;

/// Bytes before the data: start, address, start, control, length.
const HEAD: usize = 10;

/// Most bytes of data in an answer that is read (the standard, 5.2.5).
const BYTES_MAX: u8 = 200;

const READ: u8 = 0x11;
const READ_ADDRESS: u8 = 0x13;
/// Set in the control byte of everything that a meter sends.
const FROM_METER: u8 = 0x80;
/// Set when the meter refuses.
const REFUSES: u8 = 0x40;
/// Set when there is more to be read.
const MORE: u8 = 0x20;

/// Twelve decimal digits, or parts of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address([u8; 6]);

impl Address {
    /// Every meter answers to it: only for a line with one meter.
    pub const ANY: Self = Self([0xAA; 6]);
}

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress;

impl FromStr for Address {
    type Err = BadAddress;

    /// `000102030425`, as it stands on the meter: 1 to 12 digits, the rest is zeros in front.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let digits = text.len();
        if !(1..=12).contains(&digits) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadAddress);
        }
        let mut bytes = [0; 6];
        for (place, digit) in text.bytes().rev().enumerate() {
            bytes[place / 2] |= (digit - b'0') << (4 * (place % 2));
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().rev().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address has 1 to 12 decimal digits")
    }
}

impl std::error::Error for BadAddress {}

/// Asks for one identifier; without [`PREAMBLE`].
pub fn read_request(address: Address, di: u32) -> Vec<u8> {
    frame(address, READ, &di.to_le_bytes())
}

/// Asks the only meter on the line for its address; without [`PREAMBLE`].
pub fn address_request() -> Vec<u8> {
    frame(Address::ANY, READ_ADDRESS, &[])
}

fn frame(address: Address, control: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + content.len() + 2);
    bytes.push(START);
    bytes.extend(address.0);
    // Requests in here have 0 or 4 bytes.
    bytes.extend([START, control, content.len() as u8]);
    bytes.extend(content.iter().map(|byte| byte.wrapping_add(WIRE_OFFSET)));
    bytes.extend([sum(&bytes), END]);
    bytes
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// What a meter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The answer to [`read_request`].
    Value {
        /// Whose it is.
        address: Address,
        /// What was asked.
        di: u32,
        /// Low byte first, without the 0x33: for [`crate::Profile::decode_bytes`].
        bytes: Vec<u8>,
        /// Whether the meter has more of it, which a single register never has.
        more: bool,
    },
    /// The answer to [`address_request`].
    Address(Address),
    /// The meter refuses.
    Refused {
        /// Who.
        address: Address,
        /// Its error byte; the lowest bits are other error, no such identifier, wrong password.
        error: u8,
    },
}

/// Why bytes are no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// An answer may have begun: wait for more bytes.
    Incomplete,
    /// Nothing that looks like the start of an answer.
    NoFrame,
    /// The sum is another one.
    Checksum {
        /// What the frame says.
        said: u8,
        /// What its bytes sum up to.
        summed: u8,
    },
    /// The byte behind the sum is not 0x16.
    NoEnd(u8),
    /// The meter speaks the edition of 1997, which has other identifiers: it needs another meter.
    Edition1997,
    /// An answer to something that was not asked; its control byte.
    Control(u8),
    /// An answer of that kind has not so many bytes.
    Length(u8),
}

impl FrameFault {
    /// The name under which it is counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::NoFrame => "no_frame",
            Self::Checksum { .. } => "checksum",
            Self::NoEnd(_) => "no_end",
            Self::Edition1997 => "edition_1997",
            Self::Control(_) => "control",
            Self::Length(_) => "length",
        }
    }

    /// When several places were tried, the one that is told: the larger number.
    const fn weight(self) -> u8 {
        match self {
            Self::NoFrame => 0,
            Self::NoEnd(_) => 1,
            Self::Checksum { .. } => 2,
            Self::Length(_) => 3,
            Self::Control(_) => 4,
            // As long as an answer may still come, waiting is right.
            Self::Incomplete => 5,
            Self::Edition1997 => 6,
        }
    }
}

impl fmt::Display for FrameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => f.write_str("the answer is not complete"),
            Self::NoFrame => f.write_str("no DL/T 645 answer in these bytes"),
            Self::Checksum { said, summed } => {
                write!(f, "the sum is {said:02X} and should be {summed:02X}")
            }
            Self::NoEnd(byte) => write!(f, "the frame ends with {byte:02X}, not with 16"),
            Self::Edition1997 => f.write_str(
                "the meter speaks DL/T 645-1997; only the edition of 2007 is understood",
            ),
            Self::Control(control) => {
                write!(f, "an answer to another question (control {control:02X})")
            }
            Self::Length(length) => write!(f, "an answer of that kind has not {length} bytes"),
        }
    }
}

impl std::error::Error for FrameFault {}

/// Finds the first answer in what was received, and how many bytes are spent with it. Wake-up bytes,
/// noise and the repetition of our own request are skipped.
///
/// # Errors
/// There is no answer in it, or none yet: [`FrameFault::Incomplete`].
pub fn parse(bytes: &[u8]) -> Result<(Reply, usize), FrameFault> {
    let mut worst = FrameFault::NoFrame;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != START {
            at += 1;
            continue;
        }
        match frame_at(&bytes[at..]) {
            // Our own request, or somebody else's: it is whole, so nothing within it is a start.
            Ok(Frame { control, length, .. }) if control & FROM_METER == 0 => at += length,
            Ok(frame) => match reply(&frame) {
                Ok(reply) => return Ok((reply, at + frame.length)),
                Err(fault) => {
                    worst = heavier(worst, fault);
                    at += frame.length;
                }
            },
            Err(fault) => {
                worst = heavier(worst, fault);
                at += 1;
            }
        }
    }
    Err(worst)
}

const fn heavier(one: FrameFault, other: FrameFault) -> FrameFault {
    if other.weight() > one.weight() { other } else { one }
}

/// A frame whose sum and end are right.
struct Frame {
    address: Address,
    control: u8,
    /// Without the 0x33.
    content: Vec<u8>,
    /// Bytes from the first 68 to the 16.
    length: usize,
}

/// The frame that begins with the first of `bytes`.
fn frame_at(bytes: &[u8]) -> Result<Frame, FrameFault> {
    let Some(head) = bytes.first_chunk::<HEAD>() else {
        let second = bytes.get(7).copied().unwrap_or(START);
        return Err(if second == START { FrameFault::Incomplete } else { FrameFault::NoFrame });
    };
    let [_, a0, a1, a2, a3, a4, a5, second, control, count] = *head;
    if second != START || count > BYTES_MAX {
        return Err(FrameFault::NoFrame);
    }
    let end = HEAD + usize::from(count);
    let (Some(said), Some(last)) = (bytes.get(end), bytes.get(end + 1)) else {
        return Err(FrameFault::Incomplete);
    };
    if *last != END {
        return Err(FrameFault::NoEnd(*last));
    }
    let summed = sum(&bytes[..end]);
    if *said != summed {
        return Err(FrameFault::Checksum { said: *said, summed });
    }
    let content = bytes[HEAD..end].iter().map(|byte| byte.wrapping_sub(WIRE_OFFSET)).collect();
    let address = Address([a0, a1, a2, a3, a4, a5]);
    Ok(Frame { address, control, content, length: end + 2 })
}

fn reply(frame: &Frame) -> Result<Reply, FrameFault> {
    // At most 200 bytes, see `frame_at`.
    let length = FrameFault::Length(frame.content.len() as u8);
    let address = frame.address;
    let asked = frame.control & !(FROM_METER | REFUSES | MORE);
    // The edition of 1997 reads with 01, so that its answers are 81, A1 and C1.
    if asked == 0x01 {
        return Err(FrameFault::Edition1997);
    }
    if asked != READ && asked != READ_ADDRESS {
        return Err(FrameFault::Control(frame.control));
    }
    if frame.control & REFUSES != 0 {
        let [error] = frame.content[..] else { return Err(length) };
        return Ok(Reply::Refused { address, error });
    }
    if asked == READ_ADDRESS {
        let own: [u8; 6] = frame.content[..].try_into().map_err(|_| length)?;
        return Ok(Reply::Address(Address(own)));
    }
    let (di, bytes) = frame.content.split_first_chunk::<4>().ok_or(length)?;
    let more = frame.control & MORE != 0;
    Ok(Reply::Value { address, di: u32::from_le_bytes(*di), bytes: bytes.to_vec(), more })
}
