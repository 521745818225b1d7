//! One I²C bus for several tasks: whole transfers, one after the other.

use crate::ports::Raw;
use embassy_sync::mutex::Mutex;
use embedded_hal_async::i2c::{ErrorType, I2c, Operation};

/// The bus itself.
pub type Bus<I> = Mutex<Raw, I>;

/// One task's way to the bus.
pub struct Shared<I: 'static>(pub &'static Bus<I>);

impl<I> Clone for Shared<I> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<I: ErrorType> ErrorType for Shared<I> {
    type Error = I::Error;
}

impl<I: I2c> I2c for Shared<I> {
    async fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), I::Error> {
        self.0.lock().await.transaction(address, operations).await
    }
}
