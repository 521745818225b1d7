//! Emulated boards: the real firmware image in QEMU, with the simulated campus around it.
//!
//! One `qemu-system-arm` per node. Its UARTs, its network and its pins are what a board has; at
//! their other ends sit [`peers`] that speak each part's own protocol, so that unmodified drivers
//! work, and that take every value from the node's [`surroundings`]. Lamps that the node drives
//! over DALI shine in the simulated room.
//!
//! It runs in real time only: a guest's clock is the computer's.
//!
//! | module | what it holds |
//! |---|---|
//! | [`machine`] | a QEMU with its command line, flash, sockets and end |
//! | [`qmp`] | QEMU's machine protocol |
//! | [`peers`] | what is wired to the board |
//! | [`surroundings`] | where its sensors and lamps are: in a world, or in a test's hands |
//! | [`node`] | all of it together |

pub mod machine;
pub mod node;
pub mod peers;
pub mod qmp;
pub mod surroundings;

pub use machine::{Machine, MachineSettings, QEMU, Uart};
pub use node::{EmulatedNode, NodeSettings};
pub use peers::{Fault, Faults, Peer};
pub use surroundings::{ByHand, InWorld, LampChange, Metered, Seen, Surroundings};

use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;

/// Size of the board's flash: the machine's whole PSRAM, which QEMU lets be a file of this size only.
pub const FLASH_BYTES: u64 = 16 << 20;

/// Where the identity page lies in it: behind what a boot loader and its slots will take.
pub const IDENTITY_OFFSET: u64 = 0x10_0000;

/// The computer as a guest sees it, in QEMU's user network.
pub const HOST_SEEN_BY_GUEST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// Why an emulated board cannot start or go on.
#[derive(Debug)]
pub struct Error {
    what: String,
}

impl Error {
    pub(crate) fn new(what: String) -> Self {
        Self { what }
    }

    pub(crate) fn at(what: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("{what} {}: {error}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Error {}

/// What lamps on DALI truly shine with when they are asked for `asked_pct`, %: their levels lie up to
/// 2.8 % of each other apart (IEC 62386-102).
pub fn light_pct(asked_pct: u8) -> u8 {
    dali::Level::from_pct(asked_pct).pct()
}

/// A broker's host as a guest has to call it: this computer's loopback is elsewhere for it.
pub fn host_for_guest(host: &str) -> String {
    let loopback = host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if loopback { HOST_SEEN_BY_GUEST.to_string() } else { host.to_owned() }
}

#[cfg(test)]
mod tests;
