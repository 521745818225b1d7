//! Modbus through tokio-modbus: its client makes the request and understands the reply.
//!
//! The client answers with the next frame that comes. On a bus with late replies, echoes and noise
//! that is not enough, so a `filter` stands between it and the line, and it is given the reply or
//! nothing (docs/adr/0014). There is one client for each exchange: nothing is left over in it.

use super::call::Heard;
use super::fault::Fault;
use filter::Scan;
use std::borrow::Cow;
use std::pin::Pin;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_modbus::client::{Client as _, Context, rtu, tcp};
use tokio_modbus::{Request, Response, Slave};

mod filter;

/// The longest frame: Modbus TCP (Modbus Messaging on TCP/IP V1.0b, section 4.1).
const FRAME_MAX: usize = 260;
/// A coil that is on, in the request that sets one coil.
const COIL_ON: u16 = 0xFF00;

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// Which device.
    pub unit: u8,
    /// Function code: 1 to 6, 15 or 16.
    pub fc: u8,
    /// First register or coil, counted from 0.
    pub address: u16,
    /// Registers to read; for a write the value.
    pub operand: u16,
}

impl Query {
    /// Whether registers are read.
    pub const fn is_read(&self) -> bool {
        self.fc <= 4
    }

    /// Bytes of the whole reply on a serial line.
    pub fn reply_bytes(&self) -> usize {
        if self.is_read() { 5 + self.payload_bytes() } else { 8 }
    }

    /// Bytes that follow the byte count of a reply to a read.
    fn payload_bytes(&self) -> usize {
        let count = usize::from(self.operand);
        if self.fc <= 2 { count.div_ceil(8) } else { 2 * count }
    }

    /// Whether one coil gets a value that is not in the standard: some boxes toggle at 0x5500. The
    /// library can send it, but not read the echo.
    const fn is_odd_coil(&self) -> bool {
        self.fc == 5 && !matches!(self.operand, 0 | COIL_ON)
    }

    fn request(&self) -> Request<'static> {
        let (address, operand) = (self.address, self.operand);
        let ([a, b], [x, y]) = (address.to_be_bytes(), operand.to_be_bytes());
        match self.fc {
            1 => Request::ReadCoils(address, operand),
            2 => Request::ReadDiscreteInputs(address, operand),
            3 => Request::ReadHoldingRegisters(address, operand),
            4 => Request::ReadInputRegisters(address, operand),
            5 if !self.is_odd_coil() => Request::WriteSingleCoil(address, operand == COIL_ON),
            6 => Request::WriteSingleRegister(address, operand),
            // One coil, one register.
            15 => Request::WriteMultipleCoils(address, Cow::Owned(vec![operand != 0])),
            16 => Request::WriteMultipleRegisters(address, Cow::Owned(vec![operand])),
            fc => Request::Custom(fc, Cow::Owned(vec![a, b, x, y])),
        }
    }
}

type Asked = Pin<Box<dyn Future<Output = tokio_modbus::Result<Response>> + Send>>;

/// A client of the library that has asked, and waits at the end of a pipe.
pub struct Client {
    query: Query,
    /// The line's number of this exchange, over TCP.
    transaction: Option<u16>,
    /// The library's number: it begins with 0 in every client, and the line must not.
    own: [u8; 2],
    asked: Asked,
    pipe: DuplexStream,
}

impl Client {
    /// Asks. `transaction` is the number of the exchange over TCP, `None` on a serial line. Also
    /// what is to be sent.
    ///
    /// # Errors
    /// [`Fault::Closed`]: the library did not make a request of it.
    pub async fn ask(query: Query, transaction: Option<u16>) -> Result<(Self, Vec<u8>), Fault> {
        let (near, mut pipe) = duplex(2 * FRAME_MAX);
        let mut client: Context = match transaction {
            Some(_) => tcp::attach_slave(near, Slave(query.unit)),
            None => rtu::attach_slave(near, Slave(query.unit)),
        };
        let mut asked: Asked = Box::pin(async move { client.call(query.request()).await });
        // The pipe has room for it, so that it comes in one piece.
        let mut request = Vec::with_capacity(FRAME_MAX);
        tokio::select! {
            biased;
            _ = &mut asked => return Err(Fault::Closed),
            count = pipe.read_buf(&mut request) => count.map_err(|_| Fault::Closed)?,
        };
        let mut own = [0; 2];
        if let (Some(transaction), Some(number)) = (transaction, request.first_chunk_mut()) {
            own = std::mem::replace(number, transaction.to_be_bytes());
        }
        Ok((Self { query, transaction, own, asked, pipe }, request))
    }

    /// Looks for the reply in what was received, as `Call` does; the library says what it means.
    pub async fn scan(&mut self, received: &mut Vec<u8>) -> (Option<Result<Heard, Fault>>, u32) {
        let (scan, passed) = match self.transaction {
            Some(transaction) => filter::tcp(transaction, &self.query, received),
            None => (filter::rtu(&self.query, received), 0),
        };
        let found = match scan {
            Scan::More => None,
            Scan::Lost => Some(Err(Fault::Garbage)),
            Scan::Found(reply) => Some(self.hear(reply).await),
        };
        (found, passed)
    }

    /// [`Fault::Garbage`] when the library thinks of a reply otherwise than the filter.
    async fn hear(&mut self, mut reply: Vec<u8>) -> Result<Heard, Fault> {
        if self.query.is_odd_coil() {
            return self.hear_odd_coil(&reply);
        }
        if let (Some(_), Some(number)) = (self.transaction, reply.first_chunk_mut()) {
            *number = self.own;
        }
        self.pipe.write_all(&reply).await.map_err(|_| Fault::Garbage)?;
        // It is all there is: the library cannot wait for more.
        self.pipe.shutdown().await.map_err(|_| Fault::Garbage)?;
        match (&mut self.asked).await {
            Ok(Ok(response)) => self.heard(response).ok_or(Fault::Garbage),
            Ok(Err(code)) => Err(Fault::Exception(code.into())),
            Err(_) => Err(Fault::Garbage),
        }
    }

    fn heard(&self, response: Response) -> Option<Heard> {
        match response {
            Response::ReadCoils(coils) | Response::ReadDiscreteInputs(coils) => {
                // They come in whole bytes.
                let asked = coils.get(..usize::from(self.query.operand))?;
                Some(Heard::Words(asked.iter().map(|on| u16::from(*on)).collect()))
            }
            Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words) => {
                Some(Heard::Words(words))
            }
            Response::WriteSingleCoil(..)
            | Response::WriteSingleRegister(..)
            | Response::WriteMultipleCoils(..)
            | Response::WriteMultipleRegisters(..) => Some(Heard::Done),
            _ => None,
        }
    }

    /// The filter has compared the echo; what is left is whether it is one.
    fn hear_odd_coil(&self, reply: &[u8]) -> Result<Heard, Fault> {
        let pdu = if self.transaction.is_some() { 7 } else { 1 };
        match reply.get(pdu..) {
            Some([fc, code, ..]) if *fc == self.query.fc | 0x80 => Err(Fault::Exception(*code)),
            _ => Ok(Heard::Done),
        }
    }
}

#[cfg(test)]
mod tests;
