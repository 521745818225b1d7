//! The line to the broker, with TLS on it or without: reads and writes that may be given up at any moment.
//!
//! The session waits for a payload to send and for the broker at once, and drops whichever comes later. `embedded-tls`
//! loses its place in the stream when a read or write of it is dropped in the middle of a record, so it is only called when a
//! whole record is here, or when there is room for one: then it does not wait.

use super::certificate::Validity;
use super::client::Broken;
use super::tls::{Proof, Provider, Suite};
use crate::Identity;
use crate::random::Random;
use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::pin;
use embassy_net::tcp::TcpSocket;
use embassy_time::{Duration, Timer, with_timeout};
use embedded_io_async::{Error, ErrorKind, ErrorType, Read, Write};
use embedded_tls::{MaxFragmentLength, TlsConfig, TlsConnection, TlsContext};

/// Longest content of a record that we ask the broker for (RFC 6066, 4), bytes: its certificate with the authority's is
/// one message, and has to fit.
const FRAGMENT: MaxFragmentLength = MaxFragmentLength::Bits11;
const FRAGMENT_BYTES: usize = 2048;
/// What TLS 1.3 may add to it (RFC 8446, 5.2).
const RECORD_BYTES: usize = FRAGMENT_BYTES + 256;
const HEAD_BYTES: usize = 5;

/// What encryption adds to what we send: head, content type, tag.
const SENT_BYTES_MORE: usize = HEAD_BYTES + 1 + 16;
/// Records that we send, bytes, as `embedded-tls` counts: our own certificate in its message, and 128.
const OUT_BYTES: usize = node::identity::CERTIFICATE_BYTES_MAX + 32 + 128;

/// So little room is not worth a record, bytes.
const ROOM_BYTES_MIN: usize = 64;
/// Between two looks whether there is room, ms: as long as a packet to the broker and back takes.
const ROOM_MS: u64 = 5;

/// Memory for TLS.
pub struct Memory {
    inbox: [u8; HEAD_BYTES + RECORD_BYTES],
    record: [u8; RECORD_BYTES],
    out: [u8; OUT_BYTES],
}

impl Memory {
    /// Empty.
    pub const fn new() -> Self {
        Self {
            inbox: [0; HEAD_BYTES + RECORD_BYTES],
            record: [0; RECORD_BYTES],
            out: [0; OUT_BYTES],
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// The connection ended, or what came over it is no TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ended.
    Lost,
    /// What came is no TLS.
    Nonsense,
    /// There is no whole record.
    Nothing,
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the line failed")
    }
}

impl core::error::Error for Fault {}

impl Error for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Lost => ErrorKind::ConnectionReset,
            Self::Nonsense => ErrorKind::InvalidData,
            Self::Nothing => ErrorKind::TimedOut,
        }
    }
}

/// The socket, and the record that is coming in.
pub struct Socket<'s> {
    tcp: TcpSocket<'s>,
    inbox: &'s mut [u8; HEAD_BYTES + RECORD_BYTES],
    have: usize,
    taken: usize,
    /// Only whole records are given out: what is read after the handshake may be dropped at any time.
    whole: bool,
}

impl<'s> Socket<'s> {
    /// A connected socket, with the two other pieces of memory that TLS takes.
    pub fn new(tcp: TcpSocket<'s>, memory: &'s mut Memory) -> (RefCell<Self>, [&'s mut [u8]; 2]) {
        let Memory { inbox, record, out } = memory;
        (RefCell::new(Self { tcp, inbox, have: 0, taken: 0, whole: false }), [record, out])
    }

    /// How long the record in the inbox is with its head, as far as that is known.
    fn wanted(&self) -> Result<usize, Fault> {
        if self.have < HEAD_BYTES {
            return Ok(HEAD_BYTES);
        }
        let len = usize::from(u16::from_be_bytes([self.inbox[3], self.inbox[4]]));
        if len > RECORD_BYTES { Err(Fault::Nonsense) } else { Ok(HEAD_BYTES + len) }
    }

    fn is_whole(&self) -> Result<bool, Fault> {
        Ok(self.have > HEAD_BYTES && self.have == self.wanted()?)
    }
}

/// Fills the inbox until a whole record is in it. What is dropped here is not lost.
async fn fill(socket: &RefCell<Socket<'_>>) -> Result<(), Fault> {
    loop {
        let wanted = {
            let mut socket = socket.borrow_mut();
            if socket.taken == socket.have {
                (socket.taken, socket.have) = (0, 0);
            }
            if socket.is_whole()? {
                return Ok(());
            }
            socket.wanted()?
        };
        poll_fn(|context| {
            let Socket { tcp, inbox, have, .. } = &mut *socket.borrow_mut();
            let reading = pin!(tcp.read(&mut inbox[*have..wanted]));
            reading.poll(context).map(|count| match count {
                Ok(count @ 1..) => {
                    *have += count;
                    Ok(())
                }
                _ => Err(Fault::Lost),
            })
        })
        .await?;
    }
}

async fn send(socket: &RefCell<Socket<'_>>, bytes: &[u8]) -> Result<usize, Fault> {
    poll_fn(|context| {
        let tcp = &mut socket.borrow_mut().tcp;
        let writing = pin!(tcp.write(bytes));
        writing.poll(context).map_err(|_| Fault::Lost)
    })
    .await
}

/// What TLS reads from and writes to.
pub struct Below<'l, 's>(&'l RefCell<Socket<'s>>);

impl ErrorType for Below<'_, '_> {
    type Error = Fault;
}

impl Read for Below<'_, '_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Fault> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.0.borrow().taken == self.0.borrow().have {
            if self.0.borrow().whole {
                return Err(Fault::Nothing);
            }
            fill(self.0).await?;
        }
        let Socket { inbox, have, taken, .. } = &mut *self.0.borrow_mut();
        let count = bytes.len().min(*have - *taken);
        bytes[..count].copy_from_slice(&inbox[*taken..*taken + count]);
        *taken += count;
        Ok(count)
    }
}

impl Write for Below<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        send(self.0, bytes).await
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}

/// What the MQTT client reads from and writes to.
pub struct Line<'l, 's> {
    socket: &'l RefCell<Socket<'s>>,
    tls: Option<TlsConnection<'l, Below<'l, 's>, Suite>>,
}

impl<'l, 's> Line<'l, 's> {
    /// Without TLS.
    pub const fn plain(socket: &'l RefCell<Socket<'s>>) -> Self {
        Self { socket, tls: None }
    }

    /// With TLS, once the broker has proved who it is; and when its certificate counts.
    ///
    /// # Errors
    /// [`Broken`]; then nothing of MQTT was sent.
    pub async fn secured(
        socket: &'l RefCell<Socket<'s>>,
        memory: &'l mut [&'s mut [u8]; 2],
        identity: &Identity,
        utc_ms: Option<i64>,
        random: &mut Random,
    ) -> Result<(Self, Validity), Broken> {
        let [record, out] = memory;
        let mut tls = TlsConnection::new(Below(socket), record, out);
        let mut proof = Proof::new(identity, utc_ms);
        let config =
            TlsConfig::new().with_server_name(identity.server()).with_max_fragment_length(FRAGMENT);
        let provider = Provider { random, proof: &mut proof };
        let opened = tls.open(TlsContext::new(&config, provider)).await;
        let validity = proof.judge(opened)?;
        socket.borrow_mut().whole = true;
        Ok((Self { socket, tls: Some(tls) }, validity))
    }

    /// Ends the connection at once.
    pub async fn close(self) {
        self.socket.borrow_mut().tcp.abort();
        let flushed = poll_fn(|context| {
            let tcp = &mut self.socket.borrow_mut().tcp;
            pin!(tcp.flush()).poll(context)
        });
        // The reset goes out now or never.
        let _ = with_timeout(Duration::from_millis(100), flushed).await;
    }
}

impl ErrorType for Line<'_, '_> {
    type Error = Fault;
}

impl Read for Line<'_, '_> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Fault> {
        let Some(tls) = &mut self.tls else {
            return poll_fn(|context| {
                let tcp = &mut self.socket.borrow_mut().tcp;
                pin!(tcp.read(bytes)).poll(context).map_err(|_| Fault::Lost)
            })
            .await;
        };
        loop {
            // What TLS holds comes first; with nothing in the inbox it says so and waits for nobody.
            match tls.read(bytes).await {
                Ok(count) => return Ok(count),
                Err(embedded_tls::TlsError::Io(ErrorKind::TimedOut)) => {}
                Err(embedded_tls::TlsError::ConnectionClosed) => return Err(Fault::Lost),
                Err(_) => return Err(Fault::Nonsense),
            }
            fill(self.socket).await?;
        }
    }
}

impl Write for Line<'_, '_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let Some(tls) = &mut self.tls else { return send(self.socket, bytes).await };
        let count = loop {
            let room = {
                let tcp = &self.socket.borrow().tcp;
                if !tcp.may_send() {
                    return Err(Fault::Lost);
                }
                tcp.send_capacity().saturating_sub(tcp.send_queue() + SENT_BYTES_MORE)
            };
            if room >= ROOM_BYTES_MIN {
                break room.min(bytes.len()).min(OUT_BYTES - 128);
            }
            Timer::after_millis(ROOM_MS).await;
        };
        // There is room for all of it: neither of these waits.
        let mut sent = 0;
        while sent < count {
            sent += tls.write(&bytes[sent..count]).await.map_err(|_| Fault::Lost)?;
        }
        tls.flush().await.map_err(|_| Fault::Lost)?;
        Ok(count)
    }

    /// embassy-net's own waits until the other side has acknowledged every byte, which takes
    /// a whole time-out when the cable is out. Packets leave without it.
    async fn flush(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}
