//! Nothing waits for ever: a future with a time limit, and an I²C bus whose transfers all have one.

use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::Poll;
use embedded_hal::i2c::{Error, ErrorKind, ErrorType, Operation};
use embedded_hal_async::delay::DelayNs;
use embedded_hal_async::i2c::I2c;

/// What `future` answers within `limit_ms`; `None` when the time is over. Whoever drops the future
/// then must be allowed to: a read of a buffered serial line, a transfer that the board's bus
/// driver aborts.
///
/// It stays where its owner has pinned it: handed over by value it would take its memory twice, and
/// once more for every time limit around it.
pub async fn within<T>(
    future: Pin<&mut dyn Future<Output = T>>,
    delay: &mut impl DelayNs,
    limit_ms: u32,
) -> Option<T> {
    within_us(future, delay, limit_ms.saturating_mul(1000)).await
}

/// The same in microseconds.
pub async fn within_us<T>(
    mut future: Pin<&mut dyn Future<Output = T>>,
    delay: &mut impl DelayNs,
    limit_us: u32,
) -> Option<T> {
    let mut end = pin!(delay.delay_us(limit_us));
    // The future first: an answer that is there counts even if the time is over as well.
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// An I²C bus on which no transfer takes longer than its limit, so that a stuck line costs a
/// reading and not the node.
#[derive(Clone, Debug)]
pub struct Timed<I, D> {
    bus: I,
    delay: D,
    limit_ms: u32,
}

impl<I, D> Timed<I, D> {
    /// `limit_ms` holds for each transfer.
    pub const fn new(bus: I, delay: D, limit_ms: u32) -> Self {
        Self { bus, delay, limit_ms }
    }

    /// The bus itself.
    pub fn release(self) -> I {
        self.bus
    }
}

/// What a transfer ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusFault {
    /// It was not over in time.
    Timeout,
    /// The bus said so.
    Bus(ErrorKind),
}

impl Error for BusFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Timeout => ErrorKind::Other,
            Self::Bus(kind) => *kind,
        }
    }
}

impl<I: ErrorType, D> ErrorType for Timed<I, D> {
    type Error = BusFault;
}

impl<I: I2c, D: DelayNs> I2c for Timed<I, D> {
    async fn read(&mut self, address: u8, read: &mut [u8]) -> Result<(), BusFault> {
        let transfer = pin!(self.bus.read(address, read));
        judged(within(transfer, &mut self.delay, self.limit_ms).await)
    }

    async fn write(&mut self, address: u8, write: &[u8]) -> Result<(), BusFault> {
        let transfer = pin!(self.bus.write(address, write));
        judged(within(transfer, &mut self.delay, self.limit_ms).await)
    }

    async fn write_read(
        &mut self,
        address: u8,
        write: &[u8],
        read: &mut [u8],
    ) -> Result<(), BusFault> {
        let transfer = pin!(self.bus.write_read(address, write, read));
        judged(within(transfer, &mut self.delay, self.limit_ms).await)
    }

    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), BusFault> {
        let transfer = pin!(self.bus.transaction(address, operations));
        judged(within(transfer, &mut self.delay, self.limit_ms).await)
    }
}

fn judged<E: Error>(done: Option<Result<(), E>>) -> Result<(), BusFault> {
    done.ok_or(BusFault::Timeout)?.map_err(|error| BusFault::Bus(error.kind()))
}
