//! SMSC LAN9118 Ethernet for embassy-net.
//!
//! Frames go through FIFOs word by word. Interrupts only wake: a received frame (RSFL) and a change of
//! the cable (PHY). The interrupt is switched off when it comes and on again when the FIFO is
//! empty, so that a flood costs one interrupt.
//!
//! Registers: SMSC LAN9118 datasheet, chapters 3 (FIFOs) and 5 (registers).

use crate::mmio::{Block, unmask};
use core::task::Context;
use embassy_net_driver::{
    Capabilities, Driver, HardwareAddress, LinkState, RxToken as Rx, TxToken as Tx,
};
use embassy_sync::waitqueue::AtomicWaker;

/// It interrupts on this line.
pub const LINE: i16 = 13;

/// Largest frame without its checksum: 1500 B and 14 B of Ethernet head.
const FRAME_BYTES_MAX: usize = 1514;

// SAFETY: the LAN9118 of the machine; only this module uses it.
const CHIP: Block = unsafe { Block::new(0x4020_0000) };

const RX_FIFO: u32 = 0x00;
const TX_FIFO: u32 = 0x20;
const RX_STATUS: u32 = 0x40;
const TX_STATUS: u32 = 0x48;
const IRQ_CFG: u32 = 0x54;
const INT_STS: u32 = 0x58;
const INT_EN: u32 = 0x5c;
const BYTE_TEST: u32 = 0x64;
const FIFO_INT: u32 = 0x68;
const TX_CFG: u32 = 0x70;
const HW_CFG: u32 = 0x74;
const RX_INF: u32 = 0x7c;
const TX_INF: u32 = 0x80;
const MAC_CMD: u32 = 0xa4;
const MAC_DATA: u32 = 0xa8;

const RX_FRAME: u32 = 1 << 3;
const PHY: u32 = 1 << 18;

const MAC_CR: u32 = 1;
const MAC_HIGH: u32 = 2;
const MAC_LOW: u32 = 3;
const MII_ACC: u32 = 6;
const MII_DATA: u32 = 7;

static WAKER: AtomicWaker = AtomicWaker::new();

/// The chip, running.
pub struct Ethernet {
    mac: [u8; 6],
    link: LinkState,
    frame: &'static mut [u8; FRAME_BYTES_MAX + 2],
}

/// Room for one frame, and the rest of its last word.
pub type Frame = [u8; FRAME_BYTES_MAX + 2];

/// No frame.
pub const NO_FRAME: Frame = [0; FRAME_BYTES_MAX + 2];

/// The chip does not answer.
#[derive(Clone, Copy, Debug)]
pub struct NoChip;

impl Ethernet {
    /// Resets and starts the chip.
    ///
    /// # Errors
    /// [`NoChip`].
    pub fn start(frame: &'static mut Frame) -> Result<Self, NoChip> {
        if CHIP.read(BYTE_TEST) != 0x8765_4321 {
            return Err(NoChip);
        }
        CHIP.write(HW_CFG, 1);
        while CHIP.read(HW_CFG) & 1 != 0 {}
        let (low, high) = (mac_read(MAC_LOW).to_le_bytes(), mac_read(MAC_HIGH).to_le_bytes());
        let mac = [low[0], low[1], low[2], low[3], high[0], high[1]];
        // 5 KB for sending, and nothing is sent before it is whole.
        CHIP.write(HW_CFG, 5 << 16 | 1 << 20);
        CHIP.write(INT_EN, 0);
        CHIP.write(INT_STS, u32::MAX);
        // Active high and driven: after a reset the line is active low, which is a storm.
        CHIP.write(IRQ_CFG, 1 << 8 | 1 << 4 | 1);
        CHIP.write(FIFO_INT, 0);
        CHIP.write(TX_CFG, 2);
        // Interrupts of auto-negotiation and of a lost link.
        phy_write(30, 1 << 6 | 1 << 4);
        mac_write(MAC_CR, 1 << 3 | 1 << 2);
        CHIP.write(INT_EN, RX_FRAME | PHY);
        unmask(LINE as u32);
        Ok(Self { mac, link: link(), frame })
    }

    /// Its hardware address.
    pub const fn mac(&self) -> [u8; 6] {
        self.mac
    }
}

/// Serves the chip's interrupt.
pub fn on_interrupt() {
    CHIP.write(INT_EN, 0);
    WAKER.wake();
}

impl Driver for Ethernet {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(RxToken<'_>, TxToken<'_>)> {
        WAKER.register(context.waker());
        if !waiting() {
            CHIP.write(INT_STS, RX_FRAME);
            CHIP.write(INT_EN, RX_FRAME | PHY);
            // What came between the look and the clearing would not interrupt.
            if !waiting() {
                return None;
            }
        }
        // A lent frame for receiving, and one on the stack for an answer.
        Some((RxToken(self.frame), TxToken(core::marker::PhantomData)))
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<TxToken<'_>> {
        Some(TxToken(core::marker::PhantomData))
    }

    fn link_state(&mut self, context: &mut Context<'_>) -> LinkState {
        WAKER.register(context.waker());
        if CHIP.read(INT_STS) & PHY != 0 {
            // Reading register 29 ends the interrupt; then the chip's own bit can be cleared.
            phy_read(29);
            CHIP.write(INT_STS, PHY);
            self.link = link();
        }
        self.link
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME_BYTES_MAX;
        // One after the other: there is one buffer.
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.mac)
    }
}

/// The oldest received frame.
pub struct RxToken<'a>(&'a mut Frame);

impl Rx for RxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        // The length counts the 4 B of the checksum.
        let len = (CHIP.read(RX_STATUS) >> 16 & 0x3fff) as usize;
        for at in 0..len.div_ceil(4) {
            let word = CHIP.read(RX_FIFO).to_le_bytes();
            // The checksum's words do not always fit, and nobody wants them.
            if let Some(place) = self.0.get_mut(at * 4..at * 4 + 4) {
                place.copy_from_slice(&word);
            }
        }
        let len = len.saturating_sub(4).min(FRAME_BYTES_MAX);
        f(&mut self.0[..len])
    }
}

/// Permission to send a frame.
pub struct TxToken<'a>(core::marker::PhantomData<&'a mut ()>);

impl Tx for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = NO_FRAME;
        let len = len.min(FRAME_BYTES_MAX);
        let result = f(&mut frame[..len]);
        let words = (len as u32).div_ceil(4);
        // QEMU sends at once, so room is only missing when the chip has hung: then the frame is
        // lost, as on any network.
        if CHIP.read(TX_INF) & 0xffff >= (words + 2) * 4 {
            CHIP.write(TX_FIFO, len as u32 | 1 << 13 | 1 << 12);
            CHIP.write(TX_FIFO, len as u32);
            let (chunks, _) = frame.as_chunks::<4>();
            for word in &chunks[..words as usize] {
                CHIP.write(TX_FIFO, u32::from_le_bytes(*word));
            }
        }
        while CHIP.read(TX_INF) >> 16 & 0xff != 0 {
            CHIP.read(TX_STATUS);
        }
        result
    }
}

fn waiting() -> bool {
    CHIP.read(RX_INF) >> 16 & 0xff != 0
}

/// Bit 2 of the basic status register (IEEE 802.3, 22.2.4.2); it latches a loss, so it is read
/// twice.
fn link() -> LinkState {
    phy_read(1);
    if phy_read(1) & 1 << 2 != 0 { LinkState::Up } else { LinkState::Down }
}

fn mac_read(register: u32) -> u32 {
    CHIP.write(MAC_CMD, 1 << 31 | 1 << 30 | register);
    while CHIP.read(MAC_CMD) & 1 << 31 != 0 {}
    CHIP.read(MAC_DATA)
}

fn mac_write(register: u32, word: u32) {
    CHIP.write(MAC_DATA, word);
    CHIP.write(MAC_CMD, 1 << 31 | register);
    while CHIP.read(MAC_CMD) & 1 << 31 != 0 {}
}

/// The transceiver inside is number 1.
fn phy_read(register: u32) -> u32 {
    mac_write(MII_ACC, 1 << 11 | register << 6 | 1);
    while mac_read(MII_ACC) & 1 != 0 {}
    mac_read(MII_DATA)
}

fn phy_write(register: u32, word: u32) {
    mac_write(MII_DATA, word);
    mac_write(MII_ACC, 1 << 11 | register << 6 | 0b10 | 1);
    while mac_read(MII_ACC) & 1 != 0 {}
}
