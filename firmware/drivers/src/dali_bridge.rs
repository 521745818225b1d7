//! A DALI bus behind a serial line, for the emulated board.
//!
//! ```text
//! node → peer   kind address byte      kind 1 once, 2 twice within 100 ms, 3 and wait for an answer
//! peer → node   0 0 done, no answer    1 byte a backward frame    2 0 several answered at once
//! ```

use crate::limits::BRIDGE_ANSWER_MS_MAX;
use crate::timed::within;
use core::pin::pin;
use dali::{Fault, Forward, How, Line, Reply};
use embedded_hal_async::delay::DelayNs;
use embedded_io_async::{Read, Write};

/// The near end of a bridge.
#[derive(Debug)]
pub struct DaliBridge<U, D> {
    line: U,
    delay: D,
    /// The last frame was not answered in order: its answer may still come.
    unsettled: bool,
}

impl<U, D> DaliBridge<U, D> {
    /// A bridge at the end of `line`.
    pub const fn new(line: U, delay: D) -> Self {
        Self { line, delay, unsettled: true }
    }
}

impl<U: Read + Write, D: DelayNs> Line for DaliBridge<U, D> {
    async fn send(&mut self, frame: Forward, how: How) -> Result<Reply, Fault> {
        if self.unsettled {
            self.settle().await?;
        }
        // Until the answer was read to its end, also if this is dropped in the middle.
        self.unsettled = true;
        let kind = match how {
            How::Once => 1,
            How::Twice => 2,
            How::Answer => 3,
        };
        let [address, byte] = frame.bytes();
        let line = &mut self.line;
        let exchange = async {
            line.write_all(&[kind, address, byte]).await.map_err(|_| Fault::Unreachable)?;
            line.flush().await.map_err(|_| Fault::Unreachable)?;
            let mut answer = [0; 2];
            line.read_exact(&mut answer).await.map_err(|_| Fault::Unreachable)?;
            match answer {
                [0, 0] => Ok(Reply::Nothing),
                [1, byte] => Ok(Reply::Backward(byte)),
                [2, 0] => Ok(Reply::Collision),
                _ => Err(Fault::Unreachable),
            }
        };
        let done = within(pin!(exchange), &mut self.delay, BRIDGE_ANSWER_MS_MAX).await;
        self.unsettled = !matches!(done, Some(Ok(_)));
        done.unwrap_or(Err(Fault::Unreachable))
    }
}

impl<U: Read + Write, D: DelayNs> DaliBridge<U, D> {
    /// Throws away what still comes, until the line is silent for 2 ms; at most 64 pieces.
    async fn settle(&mut self) -> Result<(), Fault> {
        for _ in 0..64 {
            let mut bytes = [0; 16];
            match within(pin!(self.line.read(&mut bytes)), &mut self.delay, 2).await {
                None => return Ok(()),
                Some(Ok(1..)) => {}
                Some(_) => return Err(Fault::Unreachable),
            }
        }
        Err(Fault::Unreachable)
    }
}
