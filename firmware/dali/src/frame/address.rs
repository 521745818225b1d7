//! Whom a frame is for: one gear, a group, everybody, or those without an address
//! (IEC 62386-102, address byte).

/// Number of one gear on its bus, 0..=63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Short(u8);

/// Number of a group, 0..=15. A gear can be in any of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(u8);

/// Number of a scene, 0..=15: a level that gear keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scene(u8);

/// Whom a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// One gear; two if somebody made a mistake.
    Short(Short),
    /// Everybody in a group.
    Group(Group),
    /// Everybody.
    Broadcast,
    /// Everybody without a short address.
    Unaddressed,
}

impl Short {
    /// `None` above 63.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 64 { Some(Self(number)) } else { None }
    }

    /// 0..=63.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// All 64, from 0.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..64).map(Self)
    }

    /// As orders and answers carry it: `0AAAAAA1`, and 255 for none.
    pub const fn byte(of: Option<Self>) -> u8 {
        match of {
            Some(Self(number)) => number << 1 | 1,
            None => 0xFF,
        }
    }

    /// Out of `0AAAAAA1`; `None` for anything else.
    pub const fn of_byte(byte: u8) -> Option<Self> {
        if byte & 0x81 == 1 { Some(Self(byte >> 1)) } else { None }
    }
}

impl Group {
    /// `None` above 15.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 16 { Some(Self(number)) } else { None }
    }

    /// 0..=15.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// All 16, from 0.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }

    pub(super) const fn nibble(code: u8) -> Self {
        Self(code & 0x0F)
    }
}

impl Scene {
    /// `None` above 15.
    pub const fn new(number: u8) -> Option<Self> {
        if number < 16 { Some(Self(number)) } else { None }
    }

    /// 0..=15.
    pub const fn number(self) -> u8 {
        self.0
    }

    pub(super) const fn nibble(code: u8) -> Self {
        Self(code & 0x0F)
    }
}

impl Address {
    /// The address byte with its last bit clear, as in front of a level.
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Short(Short(number)) => number << 1,
            Self::Group(Group(number)) => 0x80 | number << 1,
            Self::Unaddressed => 0xFC,
            Self::Broadcast => 0xFE,
        }
    }

    /// Whom an address byte means, whatever its last bit; `None` for special and reserved ones.
    pub(super) const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x00..=0x7F => Some(Self::Short(Short(byte >> 1))),
            0x80..=0x9F => Some(Self::Group(Group(byte >> 1 & 0x0F))),
            0xFC | 0xFD => Some(Self::Unaddressed),
            0xFE | 0xFF => Some(Self::Broadcast),
            0xA0..=0xFB => None,
        }
    }
}
