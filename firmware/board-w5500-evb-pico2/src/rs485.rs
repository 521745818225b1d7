//! Half-duplex RS-485 over a UART: drives the bus while bytes leave, and listens for the rest of the time.

use embassy_rp::gpio::Output;
use embassy_rp::uart::{BufferedUart, Error};
use embassy_time::Timer;
use embedded_io_async::{ErrorType, Read, Write};

/// How often is looked whether the last bit has left, in µs: a tenth of a character at 9600 Bd, and
/// far below the 3.5 characters after which a Modbus device may answer.
const LOOK_US: u64 = 100;

/// A UART whose transceiver has a driver-enable pin.
pub struct Rs485 {
    uart: BufferedUart,
    drive: Output<'static>,
}

impl Rs485 {
    /// `drive` is the pin that lets the transceiver drive the bus; it starts low, which is listening.
    pub fn new(uart: BufferedUart, drive: Output<'static>) -> Self {
        Self { uart, drive }
    }
}

impl ErrorType for Rs485 {
    type Error = Error;
}

impl Read for Rs485 {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        self.uart.read(buf).await
    }
}

impl Write for Rs485 {
    /// Returns when the last stop bit is on the bus and the bus is free again.
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Error> {
        let driving = Driving::over(&mut self.drive);
        self.uart.write_all(buf).await?;
        self.uart.flush().await?;
        while self.uart.busy() {
            Timer::after_micros(LOOK_US).await;
        }
        drop(driving);
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// The bus is ours for as long as this lives: a caller that gives up in between frees it too.
struct Driving<'a>(&'a mut Output<'static>);

impl<'a> Driving<'a> {
    fn over(pin: &'a mut Output<'static>) -> Self {
        pin.set_high();
        Self(pin)
    }
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        self.0.set_low();
    }
}
