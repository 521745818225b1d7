//! Decides when a W5500 Ethernet chip has lost itself, and starts it anew by its reset pin.
//!
//! Sits between the raw Ethernet driver and the SPI bus as one more `SpiDevice`. The driver keeps
//! nothing of the chip's state in its own memory, so the chip can be reset and set up again
//! between any two of its transactions without the driver or the TCP/IP stack above noticing more
//! than a pulled cable. Without this, a chip that answers 0xFF makes the driver index out of its
//! buffer, one that never frees its transmit memory makes it ask for ever, and one that lost its
//! registers in a brown-out stays deaf until somebody climbs a ladder.
//!
//! The driver is a crate of its own (embassy-net-wiznet).
//! Register addresses: W5500 datasheet v1.1.0, chapters 3 and 4.

use embedded_hal::digital::OutputPin;
use embedded_hal::spi::{Error, ErrorKind, ErrorType, Operation};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::spi::SpiDevice;

/// How long the reset pin is held down: at least 500 µs (datasheet 5.5.1).
const RESET_LOW_US: u32 = 1_000;
/// How long the chip gets until its clock is stable: 1 ms by the datasheet, ten times that here.
const STABLE_MS: u32 = 10;
/// How long a chip that does not answer is left alone before the next attempt, in ms.
const RETRY_MS: u64 = 5_000;
/// After how long without link the chip is reset, in ms: a transceiver that hangs in negotiation
/// comes back, and with a pulled cable nothing is lost by it.
const LINKLESS_MS: u64 = 60_000;
/// For how long the driver may ask for free transmit memory, in ms. 16 KiB leave at 10 Mbit/s in 14 ms.
const STUCK_MS: u64 = 1_000;
/// Memory of one socket, in bytes: the chip cannot hold or have free more than that.
const MEMORY_B: u16 = 0x4000;
/// What a raw frame's own header may say: its two bytes, then an Ethernet frame of 14 to 1514 bytes.
const FRAME_B: core::ops::RangeInclusive<u16> = 16..=1516;

/// The registers that are looked at, by block and address.
const COMMON: u8 = 0x00;
const SOCKET: u8 = 0x01;
const RECEIVED: u8 = 0x03;
const MAC_ADDRESS: (u8, u16) = (COMMON, 0x09);
const SOCKET_INTERRUPTS: (u8, u16) = (COMMON, 0x18);
const PHY: (u8, u16) = (COMMON, 0x2E);
const VERSION: (u8, u16) = (COMMON, 0x39);
const MODE: (u8, u16) = (SOCKET, 0x00);
const COMMAND: (u8, u16) = (SOCKET, 0x01);
const STATUS: (u8, u16) = (SOCKET, 0x03);
const RECEIVE_MEMORY: (u8, u16) = (SOCKET, 0x1E);
const TRANSMIT_MEMORY: (u8, u16) = (SOCKET, 0x1F);
const TRANSMIT_FREE: (u8, u16) = (SOCKET, 0x20);
const RECEIVED_SIZE: (u8, u16) = (SOCKET, 0x26);
const INTERRUPT_MASK: (u8, u16) = (SOCKET, 0x2C);
/// What VERSIONR of every W5500 says.
const VERSION_IS: u8 = 0x04;
/// What Sn_SR says of a socket that is open for raw frames.
const RAW_IS: u8 = 0x42;

/// What the supervision did, for the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The chip was reset for this reason and answers.
    Revived(Reason),
    /// The chip does not answer after a reset. It is tried again, and looks like a pulled cable until then.
    Silent(Reason),
}

/// Why the chip was reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The node starts.
    Start,
    /// It did not answer before.
    Silence,
    /// It said something that it cannot mean.
    Nonsense,
    /// It no longer frees its transmit memory.
    Stuck,
    /// It forgot what it was set up for.
    Forgetful,
    /// A minute without link.
    Linkless,
}

impl Reason {
    /// A few words for the console.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Silence => "it was silent",
            Self::Nonsense => "it said what cannot be",
            Self::Stuck => "its transmit memory stayed full",
            Self::Forgetful => "it lost its registers",
            Self::Linkless => "a minute without link",
        }
    }
}

/// What a transaction failed with.
#[derive(Clone, Copy, Debug)]
pub enum Fault<E> {
    /// The bus.
    Bus(E),
    /// The chip: what it said was thrown away, and it has been reset.
    Chip,
}

impl<E: Error> Error for Fault<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Bus(error) => error.kind(),
            Self::Chip => ErrorKind::Other,
        }
    }
}

/// A W5500 behind its supervision.
pub struct Supervised<Spi, Reset, Delay> {
    spi: Spi,
    reset: Reset,
    delay: Delay,
    /// Milliseconds since the start.
    clock: fn() -> u64,
    report: fn(Event),
    mac: [u8; 6],
    /// When to try again, while the chip does not answer.
    silent_until: Option<u64>,
    /// Since when there is no link.
    linkless_since: Option<u64>,
    /// Since when the driver asks for nothing but free transmit memory.
    full_since: Option<u64>,
}

impl<Spi: SpiDevice, Reset: OutputPin, Delay: DelayNs> Supervised<Spi, Reset, Delay> {
    /// Resets the chip and sets it up. A chip that does not answer is no error: it is tried again.
    pub async fn start(
        (spi, reset, delay): (Spi, Reset, Delay),
        mac: [u8; 6],
        clock: fn() -> u64,
        report: fn(Event),
    ) -> Self {
        let mut this = Self {
            spi,
            reset,
            delay,
            clock,
            report,
            mac,
            silent_until: None,
            linkless_since: None,
            full_since: None,
        };
        this.revive(Reason::Start).await;
        this
    }

    /// Resets the chip and writes what the driver wrote when it began.
    async fn revive(&mut self, reason: Reason) {
        // A pin of the processor itself cannot fail.
        self.reset.set_low().ok();
        self.delay.delay_us(RESET_LOW_US).await;
        self.reset.set_high().ok();
        self.delay.delay_ms(STABLE_MS).await;
        let answers = matches!(self.set_up().await, Ok(true));
        let now = (self.clock)();
        self.silent_until = (!answers).then_some(now + RETRY_MS);
        self.full_since = None;
        // The link needs seconds to come up: it is counted from here.
        self.linkless_since = Some(now);
        (self.report)(if answers { Event::Revived(reason) } else { Event::Silent(reason) });
    }

    /// Whether the chip is one, and now open for raw frames.
    async fn set_up(&mut self) -> Result<bool, Spi::Error> {
        if self.read(VERSION).await? != VERSION_IS {
            return Ok(false);
        }
        let mac = self.mac;
        self.write(SOCKET_INTERRUPTS, &[1]).await?;
        self.write(INTERRUPT_MASK, &[4]).await?;
        self.write(MAC_ADDRESS, &mac).await?;
        self.write(TRANSMIT_MEMORY, &[16]).await?;
        self.write(RECEIVE_MEMORY, &[16]).await?;
        // Raw frames, only those for this address or for all.
        self.write(MODE, &[0x84]).await?;
        self.write(COMMAND, &[1]).await?;
        Ok(self.read(STATUS).await? == RAW_IS)
    }

    async fn read(&mut self, register: (u8, u16)) -> Result<u8, Spi::Error> {
        let mut byte = [0];
        let [high, low] = register.1.to_be_bytes();
        let head = [high, low, register.0 << 3];
        let mut steps = [Operation::Write(&head), Operation::TransferInPlace(&mut byte)];
        self.spi.transaction(&mut steps).await?;
        Ok(byte[0])
    }

    async fn write(&mut self, register: (u8, u16), bytes: &[u8]) -> Result<(), Spi::Error> {
        let [high, low] = register.1.to_be_bytes();
        let head = [high, low, register.0 << 3 | 4];
        self.spi.transaction(&mut [Operation::Write(&head), Operation::Write(bytes)]).await
    }

    /// What is wrong with an answer, if anything.
    fn doubt(&mut self, access: Access, answer: &[u8]) -> Option<Reason> {
        if access != Access::Reads(TRANSMIT_FREE) {
            self.full_since = None;
        }
        let Access::Reads((block, _)) = access else { return None };
        let Ok(number) = <[u8; 2]>::try_from(answer).map(u16::from_be_bytes) else { return None };
        match access {
            Access::Reads(TRANSMIT_FREE) => {
                let since = *self.full_since.get_or_insert_with(self.clock);
                let stuck = (self.clock)().saturating_sub(since) > STUCK_MS;
                let nonsense = (number > MEMORY_B).then_some(Reason::Nonsense);
                nonsense.or(stuck.then_some(Reason::Stuck))
            }
            Access::Reads(RECEIVED_SIZE) => (number > MEMORY_B).then_some(Reason::Nonsense),
            // Two bytes of a frame are its header: the driver reads whole frames otherwise, and
            // none of those is so short.
            _ => (block == RECEIVED && !FRAME_B.contains(&number)).then_some(Reason::Nonsense),
        }
    }

    /// Twice a second, when the driver asks for the link: is the chip still set up?
    async fn examine(&mut self, link: bool) -> Result<Option<Reason>, Spi::Error> {
        if self.read(VERSION).await? != VERSION_IS || self.read(STATUS).await? != RAW_IS {
            return Ok(Some(Reason::Forgetful));
        }
        let now = (self.clock)();
        if link {
            self.linkless_since = None;
            return Ok(None);
        }
        let since = *self.linkless_since.get_or_insert(now);
        Ok((now.saturating_sub(since) > LINKLESS_MS).then_some(Reason::Linkless))
    }
}

impl<Spi: ErrorType, Reset, Delay> ErrorType for Supervised<Spi, Reset, Delay> {
    type Error = Fault<Spi::Error>;
}

impl<Spi: SpiDevice, Reset: OutputPin, Delay: DelayNs> SpiDevice for Supervised<Spi, Reset, Delay> {
    async fn transaction(&mut self, steps: &mut [Operation<'_, u8>]) -> Result<(), Self::Error> {
        let access = Access::of(steps);
        if let Some(until) = self.silent_until {
            if access == Access::Reads(PHY) && (self.clock)() >= until {
                self.revive(Reason::Silence).await;
            }
            if self.silent_until.is_some() {
                return stand_in(access, steps);
            }
        }
        self.spi.transaction(steps).await.map_err(Fault::Bus)?;
        let mut wrong = self.doubt(access, answer(steps));
        if access == Access::Reads(PHY) {
            let link = answer(steps).first().is_some_and(|byte| byte & 1 == 1);
            wrong = self.examine(link).await.map_err(Fault::Bus)?;
        }
        let Some(reason) = wrong else { return Ok(()) };
        // The driver looks at what it read of the link even when that failed.
        answer(steps).fill(0);
        self.revive(reason).await;
        Err(Fault::Chip)
    }
}

/// What a transaction wants, by its first three bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Reads((u8, u16)),
    Writes,
    Unknown,
}

impl Access {
    fn of(steps: &[Operation<'_, u8>]) -> Self {
        let [Operation::Write([high, low]), Operation::Write([control]), ..] = steps else {
            return Self::Unknown;
        };
        match control & 4 {
            0 => Self::Reads((control >> 3, u16::from_be_bytes([*high, *low]))),
            _ => Self::Writes,
        }
    }
}

/// Where the answer of a read lies.
fn answer<'a>(steps: &'a mut [Operation<'_, u8>]) -> &'a mut [u8] {
    match steps.last_mut() {
        Some(Operation::TransferInPlace(bytes) | Operation::Read(bytes)) => bytes,
        _ => &mut [],
    }
}

/// A chip that does not answer looks like one without a cable: the driver can begin, and waits.
fn stand_in<E>(access: Access, steps: &mut [Operation<'_, u8>]) -> Result<(), Fault<E>> {
    let bytes = answer(steps);
    bytes.fill(0);
    match access {
        Access::Writes | Access::Reads(PHY) => Ok(()),
        Access::Reads(VERSION) => {
            bytes.fill(VERSION_IS);
            Ok(())
        }
        Access::Reads(_) | Access::Unknown => Err(Fault::Chip),
    }
}
