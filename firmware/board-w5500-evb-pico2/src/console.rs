//! The console: a serial port over the USB socket through which the board is also flashed.
//!
//! It never holds the node up. What is said while nobody listens is kept, the newest of it, and told
//! to whoever opens the port next: a start is over before a computer has found the port. A program that opens the port with
//! 1200 Bd and closes it again puts the board into its boot mode, as Arduino's and Raspberry Pi's
//! tools do, so that a node on a ceiling can be flashed without a finger on BOOTSEL.

use embassy_executor::Spawner;
use embassy_futures::select::{Either, select};
use embassy_rp::peripherals::USB;
use embassy_rp::rom_data::reset_to_usb_boot;
use embassy_rp::usb::Driver;
use embassy_time::{Duration, with_timeout};
use embassy_usb::class::cdc_acm::{BufferedReceiver, CdcAcmClass, ControlChanged, Sender, State};
use embassy_usb::{Builder, Config, UsbDevice};
use embedded_io_async::{ErrorType, Read, Write};
use heapless::Deque;
use static_cell::StaticCell;

/// A packet of a full-speed bulk endpoint, in bytes (USB 2.0, 5.8.3).
const PACKET_B: u16 = 64;
/// What is sent at once, in bytes: one less than a packet, which tells the computer that it is the last.
const CHUNK_B: usize = 63;
/// How much is kept for whoever listens later, in bytes: the lines of a start.
const KEPT_B: usize = 1024;
/// How long a computer that has the port open may leave a packet lying.
const PATIENCE: Duration = Duration::from_millis(50);
/// The rate that asks for the boot mode, in Bd.
const TOUCH_BD: u32 = 1200;
/// "Raspberry Pi Pico SDK CDC", which computers know as a serial port of a board like this.
const VENDOR: u16 = 0x2E8A;
const PRODUCT: u16 = 0x0009;

type Usb = Driver<'static, USB>;

/// Reads what a person types, writes what the node says.
pub struct Console {
    sender: Sender<'static, Usb>,
    receiver: BufferedReceiver<'static, Usb>,
    control: ControlChanged<'static>,
    kept: Deque<u8, KEPT_B>,
}

/// Starts the USB device. `serial` is what tells two nodes on one computer apart.
pub fn start(driver: Usb, serial: &'static str, spawner: Spawner) -> Console {
    static CONFIG_DESCRIPTOR: StaticCell<[u8; 128]> = StaticCell::new();
    static BOS_DESCRIPTOR: StaticCell<[u8; 16]> = StaticCell::new();
    static CONTROL: StaticCell<[u8; 64]> = StaticCell::new();
    static STATE: StaticCell<State<'static>> = StaticCell::new();
    static RECEIVED: StaticCell<[u8; PACKET_B as usize]> = StaticCell::new();
    let mut config = Config::new(VENDOR, PRODUCT);
    config.manufacturer = Some("Campus Edge");
    config.product = Some("Campus Edge node");
    config.serial_number = Some(serial);
    let mut builder = Builder::new(
        driver,
        config,
        CONFIG_DESCRIPTOR.init([0; 128]),
        BOS_DESCRIPTOR.init([0; 16]),
        &mut [],
        CONTROL.init([0; 64]),
    );
    let class = CdcAcmClass::new(&mut builder, STATE.init(State::new()), PACKET_B);
    let (sender, receiver, control) = class.split_with_control();
    let receiver = receiver.into_buffered(RECEIVED.init([0; PACKET_B as usize]));
    // The only call: the pool of one cannot be empty.
    spawner.spawn(run(builder.build()).expect("the USB task starts once"));
    Console { sender, receiver, control, kept: Deque::new() }
}

#[embassy_executor::task]
async fn run(mut device: UsbDevice<'static, Usb>) -> ! {
    device.run().await
}

impl ErrorType for Console {
    type Error = core::convert::Infallible;
}

impl Console {
    /// Tells what was kept, as far as somebody takes it.
    async fn catch_up(&mut self) {
        while self.sender.dtr() && !self.kept.is_empty() {
            let mut chunk = [0; CHUNK_B];
            let mut count = 0;
            for (place, byte) in chunk.iter_mut().zip(&self.kept) {
                (*place, count) = (*byte, count + 1);
            }
            let sent = with_timeout(PATIENCE, self.sender.write_packet(&chunk[..count])).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
            // Only now, so that whoever gives up in between loses nothing.
            for _ in 0..count {
                self.kept.pop_front();
            }
        }
    }
}

impl Read for Console {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error> {
        loop {
            match select(self.receiver.read(buf), self.control.control_changed()).await {
                Either::First(Ok(count)) => return Ok(count),
                Either::First(Err(_)) => self.receiver.wait_connection().await,
                Either::Second(()) if self.sender.dtr() => self.catch_up().await,
                Either::Second(()) if self.sender.line_coding().data_rate() == TOUCH_BD => {
                    // What comes next is a new program.
                    crate::restart::note(wire::Reset::Update, "");
                    reset_to_usb_boot(0, 0);
                }
                Either::Second(()) => {}
            }
        }
    }
}

impl Write for Console {
    /// Takes everything: what is not told now is told later, or never.
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error> {
        for byte in buf {
            if self.kept.is_full() {
                self.kept.pop_front();
            }
            // There is room now.
            let _ = self.kept.push_back(*byte);
        }
        self.catch_up().await;
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}
