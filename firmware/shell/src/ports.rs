//! The wires between the tasks: bounded, without a heap, one static per node.
//!
//! ```text
//! sense ─ heard ──► brain ─ wishes ──► lamps
//!                   │  ▲
//!            outbox ▼  │ calls
//!                  session
//! ```
//! Only `heard` makes a sender wait, and it is emptied by the brain, which waits for nobody. So
//! sampling never waits for the network.

use crate::lamps::Wanted;
use crate::outbox::Outbox;
use core::cell::RefCell;
use core::fmt;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;
use wire::hello::CHANNELS_MAX;
use wire::{Id, Quantity, Sample};

/// How tasks and interrupts exclude each other.
pub type Raw = CriticalSectionRawMutex;

/// Samples on their way to the brain: more than all sensors say in one round.
const HEARD_MAX: usize = 16;

/// All wires of one node.
pub struct Ports {
    /// What sensors, meters and switches say.
    pub heard: Channel<Raw, Heard, HEARD_MAX>,
    /// Rings when a lamp channel should go somewhere.
    pub lamps: Signal<Raw, ()>,
    /// Rings when the brain was called, so that its loop looks what is due.
    pub look: Signal<Raw, ()>,
    wanted: Mutex<Raw, RefCell<[Option<Wanted>; CHANNELS_MAX]>>,
    /// Payloads for the broker.
    pub outbox: Outbox,
    /// What people and tests want to see.
    pub status: Status,
}

/// What a sensor, meter or switch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A reading; `channel` as in [`Source`].
    Sense(Quantity, Source, Sample),
    /// A meter's own register.
    Register(Source, Sample),
    /// The wall switch of a lamp channel was pressed.
    Press(u8),
}

/// Of which channel something was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// There is one of a kind.
    Only,
    /// A lamp channel, counted from 0.
    Lamp(u8),
    /// A circuit.
    Named(&'static str),
}

impl Source {
    /// The channel's name; a lamp channel that there is none of has no name.
    pub fn name<'a>(&self, lamps: &'a [Id]) -> Option<&'a str>
    where
        'static: 'a,
    {
        match self {
            Self::Only => Some(""),
            Self::Lamp(at) => lamps.get(usize::from(*at)).map(Id::as_str),
            Self::Named(name) => Some(name),
        }
    }
}

impl Ports {
    /// Nothing on any wire.
    pub const fn new() -> Self {
        Self {
            heard: Channel::new(),
            lamps: Signal::new(),
            look: Signal::new(),
            wanted: Mutex::new(RefCell::new([None; CHANNELS_MAX])),
            outbox: Outbox::new(),
            status: Status::new(),
        }
    }

    /// Asks for a level of a lamp channel; a wish that was not taken yet is replaced.
    pub fn want(&self, channel: usize, wanted: Wanted) {
        self.wanted.lock(|cell| {
            if let Some(slot) = cell.borrow_mut().get_mut(channel) {
                *slot = Some(wanted);
            }
        });
        self.lamps.signal(());
    }

    /// The first wish that was not taken yet.
    pub fn wish(&self) -> Option<(usize, Wanted)> {
        self.wanted.lock(|cell| {
            let mut wanted = cell.borrow_mut();
            let at = wanted.iter().position(Option::is_some)?;
            wanted[at].take().map(|wish| (at, wish))
        })
    }
}

impl Default for Ports {
    fn default() -> Self {
        Self::new()
    }
}

/// What is shown by `status`.
pub struct Status {
    session: AtomicU8,
    /// IPv4 address, big endian; 0 without one.
    pub address: AtomicU32,
    /// ms since the start when the broker accepted the first connection; 0 before.
    pub first_connected_ms: AtomicU32,
    /// Sessions since the start.
    pub sessions: AtomicU32,
    /// Newest frame, and how many wait for an acknowledgement.
    pub newest: AtomicU32,
    /// How many frames wait for an acknowledgement.
    pub held: AtomicU32,
    /// Payloads from the broker that the brain refused.
    pub refused: AtomicU32,
    /// Writes to flash that failed.
    pub flash_errors: AtomicU32,
    /// Restart counter.
    pub boot: AtomicU32,
    serial: [AtomicU32; 2],
    trouble: Mutex<Raw, RefCell<Trouble>>,
}

/// Why the last session ended, as far as it fits a line.
pub type Trouble = heapless::String<80>;

/// How far the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// No cable or no address.
    NoAddress,
    /// Trying to reach the broker.
    Connecting,
    /// Subscribed.
    Connected,
}

impl Status {
    const fn new() -> Self {
        Self {
            session: AtomicU8::new(Stage::NoAddress as u8),
            address: AtomicU32::new(0),
            first_connected_ms: AtomicU32::new(0),
            sessions: AtomicU32::new(0),
            newest: AtomicU32::new(0),
            held: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            flash_errors: AtomicU32::new(0),
            boot: AtomicU32::new(0),
            serial: [const { AtomicU32::new(0) }; 2],
            trouble: Mutex::new(RefCell::new(Trouble::new())),
        }
    }

    /// Serial number of the hardware: its Ethernet address.
    pub fn serial(&self) -> [u8; 6] {
        let [high, low] = self.serial.each_ref().map(|part| part.load(Ordering::Relaxed));
        let [_, _, a, b] = high.to_be_bytes();
        let [c, d, e, f] = low.to_be_bytes();
        [a, b, c, d, e, f]
    }

    /// Tells it.
    pub fn set_serial(&self, [a, b, c, d, e, f]: [u8; 6]) {
        self.serial[0].store(u32::from_be_bytes([0, 0, a, b]), Ordering::Relaxed);
        self.serial[1].store(u32::from_be_bytes([c, d, e, f]), Ordering::Relaxed);
    }

    /// Why there is no session; empty while there is one.
    pub fn trouble(&self) -> Trouble {
        if self.stage() == Stage::Connected {
            return Trouble::new();
        }
        self.trouble.lock(|cell| cell.borrow().clone())
    }

    /// Tells why a session ended, or did not begin.
    pub fn set_trouble(&self, why: fmt::Arguments<'_>) {
        self.trouble.lock(|cell| {
            let mut trouble = cell.borrow_mut();
            trouble.clear();
            // What does not fit is in the log.
            let _ = fmt::write(&mut *trouble, why);
        });
    }

    /// How far the session is.
    pub fn stage(&self) -> Stage {
        match self.session.load(Ordering::Relaxed) {
            2 => Stage::Connected,
            1 => Stage::Connecting,
            _ => Stage::NoAddress,
        }
    }

    /// Tells how far the session is.
    pub fn set_stage(&self, stage: Stage) {
        self.session.store(stage as u8, Ordering::Relaxed);
    }
}

impl Stage {
    /// As the console shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoAddress => "no-address",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
        }
    }
}
