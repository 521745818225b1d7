//! The special commands (IEC 62386-102, table "special commands"): registers and the giving of addresses.

use super::{How, Short};

/// Who takes part in the giving of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Among {
    /// Everybody.
    All,
    /// Who has no short address.
    Unaddressed,
    /// Who has this one.
    Short(Short),
}

/// A special command: everybody hears it. "Selected" is who takes part and whose random address equals
/// the search address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Special {
    /// No more giving of addresses.
    Terminate,
    /// To the first data transfer register, which most settings are taken from.
    Dtr0(u8),
    /// The giving of addresses begins, for 15 min.
    Initialise(Among),
    /// Throw a new random address; takes up to 100 ms.
    Randomise,
    /// Whose random address is not above the search address?
    Compare,
    /// Selected: do not compare any more.
    Withdraw,
    /// Nothing; some controllers send it to show that they are there.
    Ping,
    /// Upper byte of the search address.
    SearchHigh(u8),
    /// Middle byte of the search address.
    SearchMiddle(u8),
    /// Lower byte of the search address.
    SearchLow(u8),
    /// Selected: this is your short address; `None` takes it away.
    ProgramShort(Option<Short>),
    /// Taking part: is this your short address?
    VerifyShort(Short),
    /// Selected: what is your short address?
    QueryShort,
    /// The next extended command is for this device type.
    EnableDeviceType(u8),
    /// To the second register: a memory bank.
    Dtr1(u8),
    /// To the third register.
    Dtr2(u8),
    /// To byte DTR0 of bank DTR1; the gear answers with it.
    WriteMemory(u8),
    /// The same without an answer.
    WriteMemoryQuietly(u8),
}

impl Special {
    /// What two bytes say; `None` for what the standard does not define.
    pub(super) const fn of(first: u8, second: u8) -> Option<Self> {
        Some(match (first, second) {
            (0xA1, 0) => Self::Terminate,
            (0xA3, value) => Self::Dtr0(value),
            (0xA5, 0) => Self::Initialise(Among::All),
            (0xA5, 0xFF) => Self::Initialise(Among::Unaddressed),
            (0xA5, byte) => match Short::of_byte(byte) {
                Some(short) => Self::Initialise(Among::Short(short)),
                None => return None,
            },
            (0xA7, 0) => Self::Randomise,
            (0xA9, 0) => Self::Compare,
            (0xAB, 0) => Self::Withdraw,
            (0xAD, 0) => Self::Ping,
            (0xB1, value) => Self::SearchHigh(value),
            (0xB3, value) => Self::SearchMiddle(value),
            (0xB5, value) => Self::SearchLow(value),
            (0xB7, 0xFF) => Self::ProgramShort(None),
            (0xB7, byte) => match Short::of_byte(byte) {
                Some(short) => Self::ProgramShort(Some(short)),
                None => return None,
            },
            (0xB9, byte) => match Short::of_byte(byte) {
                Some(short) => Self::VerifyShort(short),
                None => return None,
            },
            (0xBB, 0) => Self::QueryShort,
            (0xC1, value) => Self::EnableDeviceType(value),
            (0xC3, value) => Self::Dtr1(value),
            (0xC5, value) => Self::Dtr2(value),
            (0xC7, value) => Self::WriteMemory(value),
            (0xC9, value) => Self::WriteMemoryQuietly(value),
            _ => return None,
        })
    }

    /// The two bytes that say it.
    pub(super) const fn bytes(self) -> [u8; 2] {
        match self {
            Self::Terminate => [0xA1, 0],
            Self::Dtr0(value) => [0xA3, value],
            Self::Initialise(Among::All) => [0xA5, 0],
            Self::Initialise(Among::Unaddressed) => [0xA5, 0xFF],
            Self::Initialise(Among::Short(short)) => [0xA5, Short::byte(Some(short))],
            Self::Randomise => [0xA7, 0],
            Self::Compare => [0xA9, 0],
            Self::Withdraw => [0xAB, 0],
            Self::Ping => [0xAD, 0],
            Self::SearchHigh(value) => [0xB1, value],
            Self::SearchMiddle(value) => [0xB3, value],
            Self::SearchLow(value) => [0xB5, value],
            Self::ProgramShort(short) => [0xB7, Short::byte(short)],
            Self::VerifyShort(short) => [0xB9, Short::byte(Some(short))],
            Self::QueryShort => [0xBB, 0],
            Self::EnableDeviceType(value) => [0xC1, value],
            Self::Dtr1(value) => [0xC3, value],
            Self::Dtr2(value) => [0xC5, value],
            Self::WriteMemory(value) => [0xC7, value],
            Self::WriteMemoryQuietly(value) => [0xC9, value],
        }
    }

    /// How it is sent.
    pub(super) const fn how(self) -> How {
        match self {
            Self::Initialise(_) | Self::Randomise => How::Twice,
            Self::Compare | Self::VerifyShort(_) | Self::QueryShort | Self::WriteMemory(_) => {
                How::Answer
            }
            _ => How::Once,
        }
    }
}
