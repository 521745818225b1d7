//! An I²C bus behind a serial line, so that unmodified sensor drivers run on the emulated board.
//!
//! In the manner of NXP's SC18IM700, made unambiguous: the peer always sends a status byte first.
//!
//! ```text
//! write        S addr+W len bytes… P                    → status
//! read         S addr+R len P                           → status bytes…
//! write, read  S addr+W len bytes… S addr+R len P       → status bytes…
//! status       F0 done   F1 address not acknowledged   F2 byte not acknowledged
//! ```

use crate::limits::BRIDGE_ANSWER_MS_MAX;
use crate::timed::within;
use core::pin::pin;
use embedded_hal::i2c::{Error, ErrorKind, ErrorType, NoAcknowledgeSource, Operation};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::I2c;
use embedded_io_async::{Read, Write};

/// The near end of a bridge.
#[derive(Debug)]
pub struct Bridge<U, D> {
    line: U,
    delay: D,
    /// The last transfer did not end in order: bytes of its answer may still come.
    unsettled: bool,
}

/// Why a transfer did not end in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgeFault {
    /// Nobody acknowledged the address.
    Address,
    /// A byte was not acknowledged.
    Byte,
    /// The peer did not answer within 100 ms: the bus is as good as stuck.
    Timeout,
    /// The line broke, or the peer sent no status.
    Line,
    /// The bridge cannot send this: more than 255 bytes, or more than a write and a read.
    Unsupported,
}

impl Error for BridgeFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Address => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address),
            Self::Byte => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data),
            Self::Timeout | Self::Line => ErrorKind::Bus,
            Self::Unsupported => ErrorKind::Other,
        }
    }
}

impl<U, D> Bridge<U, D> {
    /// A bridge at the end of `line`.
    pub const fn new(line: U, delay: D) -> Self {
        Self { line, delay, unsettled: true }
    }

    /// The line itself.
    pub fn release(self) -> U {
        self.line
    }
}

impl<U, D> ErrorType for Bridge<U, D> {
    type Error = BridgeFault;
}

impl<U: Read + Write, D: DelayNs> I2c for Bridge<U, D> {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BridgeFault> {
        let shape = Shape::of(operations)?;
        if self.unsettled {
            self.settle().await?;
        }
        // Until the answer was read to its end, also if this is dropped in the middle.
        self.unsettled = true;
        let exchange = pin!(exchange(&mut self.line, address, operations, shape));
        let done = within(exchange, &mut self.delay, BRIDGE_ANSWER_MS_MAX)
            .await
            .unwrap_or(Err(BridgeFault::Timeout));
        self.unsettled = matches!(done, Err(BridgeFault::Timeout | BridgeFault::Line));
        done
    }
}

impl<U: Read + Write, D: DelayNs> Bridge<U, D> {
    /// Throws away what still comes, until the line is silent for 2 ms: a byte takes 0.1 ms at
    /// 115,200 baud. At most 64 pieces, so that a peer that never stops does not hold us.
    async fn settle(&mut self) -> Result<(), BridgeFault> {
        for _ in 0..64 {
            let mut bytes = [0; 32];
            match within(pin!(self.line.read(&mut bytes)), &mut self.delay, 2).await {
                None => return Ok(()),
                Some(Ok(1..)) => {}
                Some(_) => return Err(BridgeFault::Line),
            }
        }
        Err(BridgeFault::Line)
    }
}

/// How many bytes go and come.
#[derive(Clone, Copy)]
struct Shape {
    written: Option<u8>,
    read: Option<u8>,
}

impl Shape {
    /// Writes, then reads; neighbours of a kind are one, as `embedded-hal` demands.
    fn of(operations: &[Operation<'_>]) -> Result<Self, BridgeFault> {
        let (mut written, mut read) = (None, None);
        for operation in operations {
            let (count, length) = match operation {
                Operation::Write(bytes) if read.is_none() => (&mut written, bytes.len()),
                Operation::Write(_) => return Err(BridgeFault::Unsupported),
                Operation::Read(bytes) => (&mut read, bytes.len()),
            };
            let sum = usize::from(count.unwrap_or(0u8)) + length;
            *count = Some(u8::try_from(sum).map_err(|_| BridgeFault::Unsupported)?);
        }
        Ok(Self { written, read })
    }
}

async fn exchange<U: Read + Write>(
    line: &mut U,
    address: u8,
    operations: &mut [Operation<'_>],
    shape: Shape,
) -> Result<(), BridgeFault> {
    if shape.written.is_none() && shape.read.is_none() {
        return Ok(());
    }
    if let Some(count) = shape.written {
        send(line, &[b'S', address << 1, count]).await?;
        for operation in operations.iter() {
            if let Operation::Write(bytes) = operation {
                send(line, bytes).await?;
            }
        }
    }
    if let Some(count) = shape.read {
        send(line, &[b'S', address << 1 | 1, count]).await?;
    }
    send(line, b"P").await?;
    line.flush().await.map_err(|_| BridgeFault::Line)?;
    let mut status = [0];
    line.read_exact(&mut status).await.map_err(|_| BridgeFault::Line)?;
    match status {
        [0xF0] => {}
        [0xF1] => return Err(BridgeFault::Address),
        [0xF2] => return Err(BridgeFault::Byte),
        _ => return Err(BridgeFault::Line),
    }
    for operation in operations {
        if let Operation::Read(bytes) = operation {
            line.read_exact(bytes).await.map_err(|_| BridgeFault::Line)?;
        }
    }
    Ok(())
}

async fn send<U: Write>(line: &mut U, bytes: &[u8]) -> Result<(), BridgeFault> {
    line.write_all(bytes).await.map_err(|_| BridgeFault::Line)
}
