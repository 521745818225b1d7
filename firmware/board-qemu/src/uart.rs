//! CMSDK UARTs with a ring behind each, as embedded-io-async wants them.
//!
//! Receiving interrupts: the device holds one byte, so it is taken at once into a ring of
//! [`RING_BYTES`]. Sending polls: QEMU takes a byte as soon as it is written.
//!
//! Registers: Arm CMSDK Technical Reference Manual, 4.3 (APB UART).

use crate::mmio::{Block, unmask};
use core::cell::RefCell;
use core::convert::Infallible;
use critical_section::Mutex;
use embassy_sync::waitqueue::AtomicWaker;
use embedded_io_async::{ErrorType, Read, Write};

/// A whole radar frame and a bit; a Modbus answer is shorter.
const RING_BYTES: usize = 128;

const DATA: u32 = 0x0;
const STATE: u32 = 0x4;
const CTRL: u32 = 0x8;
const INT: u32 = 0xc;
const BAUDDIV: u32 = 0x10;
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 2;
const ENABLE: u32 = 0b1011;
const CLOCK_HZ: u32 = 25_000_000;

/// What came on one UART.
struct Inbox {
    ring: Mutex<RefCell<Ring>>,
    waker: AtomicWaker,
}

struct Ring {
    bytes: [u8; RING_BYTES],
    start: usize,
    used: usize,
}

/// One of the five.
#[derive(Clone, Copy)]
pub struct Port {
    at: usize,
    block: Block,
    line: u8,
}

/// Console, meter, radar, I²C bridge, DALI bridge.
// SAFETY: the five CMSDK UARTs of the machine; only this module uses them.
pub const PORTS: [Port; 5] = unsafe {
    [
        Port { at: 0, block: Block::new(0x4000_4000), line: 0 },
        Port { at: 1, block: Block::new(0x4000_5000), line: 2 },
        Port { at: 2, block: Block::new(0x4000_6000), line: 4 },
        Port { at: 3, block: Block::new(0x4000_7000), line: 18 },
        Port { at: 4, block: Block::new(0x4000_9000), line: 20 },
    ]
};

static INBOXES: [Inbox; PORTS.len()] = [const {
    let ring = Ring { bytes: [0; RING_BYTES], start: 0, used: 0 };
    Inbox { ring: Mutex::new(RefCell::new(ring)), waker: AtomicWaker::new() }
}; PORTS.len()];

impl Port {
    /// Switches it on.
    pub fn open(self, baud: u32) -> Uart {
        self.block.write(BAUDDIV, (CLOCK_HZ / baud).max(16));
        self.block.write(CTRL, ENABLE);
        unmask(u32::from(self.line));
        Uart(self)
    }

    /// Takes what has come.
    fn serve(&self) {
        critical_section::with(|cs| {
            let mut ring = INBOXES[self.at].ring.borrow_ref_mut(cs);
            // Cleared first: what comes afterwards interrupts again.
            self.block.write(INT, 0b10);
            while self.block.read(STATE) & RX_FULL != 0 {
                ring.push(self.block.read(DATA) as u8);
            }
        });
        INBOXES[self.at].waker.wake();
    }

    fn put(&self, byte: u8) {
        while self.block.read(STATE) & TX_FULL != 0 {}
        self.block.write(DATA, u32::from(byte));
    }
}

/// Serves an interrupt line, if it is that of a UART.
pub fn on_interrupt(line: i16) {
    if let Some(port) = PORTS.iter().find(|port| i16::from(port.line) == line) {
        port.serve();
    }
}

/// Writes to the console at once, whoever else writes: for a panic.
pub fn shout(text: &str) {
    text.bytes().for_each(|byte| PORTS[0].put(byte));
}

impl Ring {
    /// What does not fit is lost, as it would be on a wire that nobody listens to.
    fn push(&mut self, byte: u8) {
        if self.used < RING_BYTES {
            self.bytes[(self.start + self.used) % RING_BYTES] = byte;
            self.used += 1;
        }
    }

    fn pop(&mut self) -> Option<u8> {
        let byte = (self.used > 0).then(|| self.bytes[self.start])?;
        self.start = (self.start + 1) % RING_BYTES;
        self.used -= 1;
        Some(byte)
    }
}

/// An open UART.
pub struct Uart(Port);

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Read for Uart {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        core::future::poll_fn(|context| {
            INBOXES[self.0.at].waker.register(context.waker());
            let count = critical_section::with(|cs| {
                let mut ring = INBOXES[self.0.at].ring.borrow_ref_mut(cs);
                let taken = bytes.iter_mut().map_while(|byte| Some(*byte = ring.pop()?));
                taken.count()
            });
            if count > 0 || bytes.is_empty() {
                core::task::Poll::Ready(Ok(count))
            } else {
                core::task::Poll::Pending
            }
        })
        .await
    }
}

impl Write for Uart {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        bytes.iter().for_each(|byte| self.0.put(*byte));
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
