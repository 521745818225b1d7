//! Why a device or a bus did not do what was asked.

use std::fmt;

/// Closed: every way in which asking can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No reply in time.
    Timeout,
    /// Something came in time, but no whole reply.
    Garbage,
    /// It refuses, with Modbus's exception code.
    Exception(u8),
    /// It refuses, with DL/T 645's error byte.
    Refused(u8),
    /// The connection was closed instead of a reply.
    Closed,
    /// The line cannot be opened: what the system said.
    Away(String),
    /// Its ratio cannot be what it says, or is not known: what is wrong.
    Ratio(String),
    /// There is no such meter, bus or gateway.
    Unknown,
    /// Too many people ask at once, or the pollers are being stopped.
    Busy,
}

impl Fault {
    /// The name in metrics and in the API.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Garbage => "garbage",
            Self::Exception(_) | Self::Refused(_) => "refused",
            Self::Closed => "closed",
            Self::Away(_) => "away",
            Self::Ratio(_) => "ratio",
            Self::Unknown => "unknown",
            Self::Busy => "busy",
        }
    }

    /// Whether it is the device that is not there, rather than something it will not do.
    pub const fn is_silence(&self) -> bool {
        match self {
            // A gateway says so of the unit behind it.
            Self::Exception(code) => matches!(code, 0x0A | 0x0B),
            Self::Timeout | Self::Garbage | Self::Closed => true,
            _ => false,
        }
    }

    /// Whether this register does not exist in this device, and never will.
    pub fn is_absent(&self) -> bool {
        match self {
            // Illegal function, address, value: Modbus Application Protocol V1.1b3, section 7.
            Self::Exception(code) => matches!(code, 1..=3),
            // Bit 1: no such item (DL/T 645-2007, C.1).
            Self::Refused(error) => error & 2 != 0,
            _ => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Timeout => "no reply in time",
            Self::Garbage => {
                "what came was no whole reply: noise, wrong speed or parity, or two devices with one address"
            }
            Self::Exception(code) => {
                return write!(f, "refused: {} ({code:#04x})", exception(*code));
            }
            Self::Refused(error) => return write!(f, "refused with DL/T 645 error {error:#04x}"),
            Self::Closed => "the connection was closed instead of a reply",
            Self::Away(why) => return write!(f, "the line cannot be opened: {why}"),
            Self::Ratio(why) => return f.write_str(why),
            Self::Unknown => "no such meter, gateway or bus",
            Self::Busy => "too many requests for this bus at once",
        };
        f.write_str(text)
    }
}

/// Names of Modbus Application Protocol V1.1b3, section 7.
const fn exception(code: u8) -> &'static str {
    match code {
        1 => "illegal function",
        2 => "illegal address",
        3 => "illegal value",
        4 => "device failure",
        5 => "accepted, not done yet",
        6 => "busy",
        8 => "memory parity error",
        0x0A => "gateway has no path",
        0x0B => "nobody behind the gateway answers",
        _ => "an exception that the standard does not know",
    }
}
