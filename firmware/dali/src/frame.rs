//! What the 16 bits of a forward frame mean: an order to some gear, and how it has to be sent.
//!
//! Every 16 bits are exactly one [`Order`], and every order that comes from bits gives them back.

mod address;
mod command;
mod special;

pub use address::{Address, Group, Scene, Short};
pub use command::Command;
pub use special::{Among, Special};

/// Orders that go twice are obeyed if the second comes within so many ms of the first. A receiver takes
/// 94 ms and has to refuse 105 ms (IEC 62386-101, receiver settling times); 100 ms lies between.
pub const TWICE_MS_MAX: u32 = 100;

/// A forward frame of 16 bits: from the application controller to gear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Forward(u16);

/// A forward frame of 24 bits: to and from control devices (IEC 62386-103). Only carried; its meaning is
/// not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Forward24(pub [u8; 3]);

/// A backward frame: the answer of gear, 8 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backward(pub u8);

/// How a frame has to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Once; nobody answers.
    Once,
    /// Twice within [`TWICE_MS_MAX`], nothing in between; nobody answers.
    Twice,
    /// Once, then wait for a backward frame.
    Answer,
}

/// What a forward frame says (IEC 62386-102, standard and special commands).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Direct arc power control, "DAPC": go to this arc level with the fade time. 0 off, 255 stop fading.
    Level(Address, u8),
    /// A standard command.
    Command(Address, Command),
    /// A special command: no address, everybody hears it.
    Special(Special),
    /// A first byte that the standard reserves, and the second.
    Reserved(u8, u8),
}

impl Forward {
    /// From the address byte and the second byte.
    pub const fn new(address: u8, second: u8) -> Self {
        Self(u16::from_be_bytes([address, second]))
    }

    /// From the 16 bits, most significant first on the wire.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The 16 bits.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Address byte and second byte.
    pub const fn bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// What it says.
    pub fn order(self) -> Order {
        let [first, second] = self.bytes();
        match (Address::of(first), first & 1) {
            (Some(address), 0) => Order::Level(address, second),
            (Some(address), _) => Order::Command(address, Command::of(second)),
            (None, _) => {
                Special::of(first, second).map_or(Order::Reserved(first, second), Order::Special)
            }
        }
    }
}

impl Order {
    /// The frame that says it.
    pub const fn frame(self) -> Forward {
        match self {
            Self::Level(address, level) => Forward::new(address.byte(), level),
            Self::Command(address, command) => Forward::new(address.byte() | 1, command.code()),
            Self::Special(special) => {
                let [first, second] = special.bytes();
                Forward::new(first, second)
            }
            Self::Reserved(first, second) => Forward::new(first, second),
        }
    }

    /// How it has to be sent.
    pub const fn how(self) -> How {
        match self {
            Self::Level(..) | Self::Reserved(..) => How::Once,
            Self::Command(_, command) => command.how(),
            Self::Special(special) => special.how(),
        }
    }
}

impl From<Order> for Forward {
    fn from(order: Order) -> Self {
        order.frame()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_there_is_round_trips() {
        for bits in 0..=u16::MAX {
            let frame = Forward::from_bits(bits);
            assert_eq!(frame.order().frame(), frame, "{bits:04x} is {:?}", frame.order());
        }
    }

    #[test]
    fn addresses_take_the_bits_that_the_standard_gives_them() {
        let short = Address::Short(Short::new(5).unwrap());
        let group = Address::Group(Group::new(9).unwrap());
        let cases = [
            (Order::Level(short, 128), 0x0A80),
            (Order::Command(short, Command::QueryStatus), 0x0B90),
            (Order::Level(group, 254), 0x92FE),
            (Order::Command(group, Command::Off), 0x9300),
            (Order::Level(Address::Unaddressed, 1), 0xFC01),
            (Order::Command(Address::Broadcast, Command::RecallMax), 0xFF05),
            (Order::Special(Special::Initialise(Among::Unaddressed)), 0xA5FF),
            (Order::Special(Special::Initialise(Among::All)), 0xA500),
            (Order::Special(Special::ProgramShort(Short::new(3))), 0xB707),
            (Order::Special(Special::ProgramShort(None)), 0xB7FF),
            (Order::Special(Special::Compare), 0xA900),
            (Order::Reserved(0xA9, 1), 0xA901),
            (Order::Reserved(0xCD, 0), 0xCD00),
        ];
        for (order, bits) in cases {
            assert_eq!(order.frame().bits(), bits, "{order:?}");
            assert_eq!(Forward::from_bits(bits).order(), order, "{bits:04x}");
        }
    }

    #[test]
    fn settings_go_twice_and_questions_are_answered() {
        let command = |code| Order::Command(Address::Broadcast, Command::of(code)).how();
        for code in 0x00..=0x1F {
            assert_eq!(command(code), How::Once, "{code:02x}");
        }
        for code in (0x20..=0x25).chain(0x2A..=0x30).chain(0x40..=0x81) {
            assert_eq!(command(code), How::Twice, "{code:02x}");
        }
        for code in (0x90..=0xA8).chain(0xAA..=0xAA).chain(0xB0..=0xC5).chain(0xFF..=0xFF) {
            assert_eq!(command(code), How::Answer, "{code:02x}");
        }
        assert_eq!(Order::Special(Special::Randomise).how(), How::Twice);
        assert_eq!(Order::Special(Special::Initialise(Among::All)).how(), How::Twice);
        assert_eq!(Order::Special(Special::Compare).how(), How::Answer);
        assert_eq!(Order::Special(Special::Dtr0(7)).how(), How::Once);
    }
}
