//! One line: opens it, sends one request at a time, and takes nothing but its answer for the answer.
//!
//! Over Modbus TCP a reply names its transaction. On a serial line (and inside a serial server) it
//! does not: the reply to a request that was given up looks like the reply to the next one. So after
//! a timeout the connection is made anew, the unit is left alone for a while (`schedule`), and before
//! it is asked again it has to answer a question that none of the late replies fits (`late`).

use super::call::{Call, Exchange, Heard, Key};
use super::fault::Fault;
use super::late::Late;
use super::plan::{BusConfig, Link, Parity, StopBits};
use crate::limits;
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

/// Bytes in both directions.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// An open connection.
pub type Open = Box<dyn Wire>;
/// How a connection is opened.
pub type Dial =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = io::Result<Open>> + Send>> + Send + Sync>;

/// How frames are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    /// Modbus TCP: every frame names its transaction.
    Tcp,
    /// Serial: Modbus RTU, or DL/T 645.
    Bytes,
}

/// What a line has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests sent.
    pub requests: u64,
    /// Requests without a reply in time.
    pub timeouts: u64,
    /// Replies that were thrown away, because they may have been for an earlier request.
    pub discarded: u64,
    /// Connections made.
    pub connections: u64,
}

/// The line of one bus.
pub struct Line {
    dial: Dial,
    packing: Packing,
    timeout: Duration,
    gap: Duration,
    /// Time of one byte on the wire; zero over TCP.
    byte: Duration,
    open: Option<Open>,
    /// Whether a reply has come over this connection.
    proven: bool,
    received: Vec<u8>,
    transaction: u16,
    /// Requests in a row that nobody answered.
    deaf: u32,
    /// The last byte went or came then; the pause before the next request counts from it.
    quiet_since: Instant,
    /// Requests that were given up, by device: a reply may still come.
    late: HashMap<Key, Late>,
    /// Why it is not open, and when to try again.
    away: Option<(Fault, Instant)>,
    pause: Duration,
    counts: Counts,
}

impl Line {
    /// Not open yet. `gap` is the least pause between two requests, beside what the speed asks for.
    pub fn new(config: &BusConfig, gap: Duration) -> Self {
        let link = config.link.clone();
        let dial: Dial = Arc::new(move || Box::pin(open(link.clone())));
        Self::over(dial, config, gap)
    }

    /// Over any connection; the link only says how frames are packed.
    pub fn over(dial: Dial, config: &BusConfig, gap: Duration) -> Self {
        let (packing, byte, silence) = match config.link {
            Link::Tcp { .. } => (Packing::Tcp, Duration::ZERO, Duration::ZERO),
            // The serial server keeps the pauses of its own line.
            Link::RtuOverTcp { .. } => (Packing::Bytes, Duration::ZERO, Duration::ZERO),
            Link::Serial { baud, parity, stop_bits, .. } => {
                let (byte, silence) = pace(baud, parity, stop_bits);
                (Packing::Bytes, byte, silence)
            }
        };
        let configured = Duration::from_millis(u64::from(config.gap_ms));
        Self {
            dial,
            packing,
            timeout: Duration::from_millis(u64::from(config.timeout_ms)),
            gap: gap.max(configured).max(silence),
            byte,
            open: None,
            proven: false,
            received: Vec::new(),
            transaction: 0,
            deaf: 0,
            quiet_since: Instant::now(),
            late: HashMap::new(),
            away: None,
            pause: limits::BUS_RECONNECT_MIN,
            counts: Counts::default(),
        }
    }

    /// What it has done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Why it is down, and until when nobody tries; `None` while it is not known to be.
    pub fn away(&self) -> Option<(&Fault, Instant)> {
        self.away.as_ref().map(|(fault, until)| (fault, *until))
    }

    /// Opens it, unless it is open or was tried just now.
    ///
    /// # Errors
    /// [`Fault::Away`].
    pub async fn connect(&mut self) -> Result<(), Fault> {
        if self.open.is_some() {
            return Ok(());
        }
        if let Some((fault, until)) = &self.away
            && Instant::now() < *until
        {
            return Err(fault.clone());
        }
        let dialled = timeout(limits::BUS_CONNECT_TIMEOUT, (self.dial)()).await;
        let dialled = dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match dialled {
            Ok(open) => {
                self.open = Some(open);
                self.away = None;
                self.pause = limits::BUS_RECONNECT_MIN;
                (self.proven, self.deaf) = (false, 0);
                self.received.clear();
                self.quiet_since = Instant::now();
                self.counts.connections += 1;
                Ok(())
            }
            Err(error) => {
                let fault = Fault::Away(error.to_string());
                self.away = Some((fault.clone(), Instant::now() + self.pause));
                self.pause = (self.pause * 2).min(limits::BUS_RECONNECT_MAX);
                Err(fault)
            }
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`Fault`]; after a timeout on a serial line the next read of the same device costs one reply.
    pub async fn call(&mut self, call: &Call) -> Result<Heard, Fault> {
        if self.packing == Packing::Bytes && self.late.contains_key(&call.key()) {
            self.settle(call).await?;
        }
        let proven = self.proven && self.open.is_some();
        match self.exchange(call).await {
            // A gateway closes connections that rest; what matters is whether a new one works.
            Err(Fault::Closed) if proven => self.exchange(call).await,
            result => result,
        }
    }

    /// Whatever a device that was given up replies first is thrown away, until it has answered
    /// something that no late reply fits: a device replies in the order in which it was asked.
    async fn settle(&mut self, call: &Call) -> Result<(), Fault> {
        while let Some(late) = self.late.get_mut(&call.key()) {
            let marker = late.marker(call).ok_or(Fault::Timeout)?;
            let answered = self.exchange(&marker).await;
            let Some(late) = self.late.get_mut(&call.key()) else { break };
            match answered {
                Err(fault) if fault.is_silence() || matches!(fault, Fault::Away(_)) => {
                    return Err(fault);
                }
                answered => {
                    self.counts.discarded += 1;
                    if late.proves(&marker, answered.as_ref().err()) {
                        self.late.remove(&call.key());
                    } else {
                        late.note(&marker, true);
                    }
                }
            }
        }
        self.drain(limits::BUS_QUIET + self.gap).await
    }

    async fn exchange(&mut self, call: &Call) -> Result<Heard, Fault> {
        self.connect().await?;
        if self.packing == Packing::Bytes {
            self.drain(self.gap).await?;
        }
        sleep_until(self.quiet_since + self.gap).await;
        self.transaction = self.transaction.wrapping_add(1);
        let transaction = (self.packing == Packing::Tcp).then_some(self.transaction);
        let mut exchange = call.begin(transaction).await?;
        self.counts.requests += 1;
        let on_the_wire = self.byte * (exchange.request.len() + call.reply_bytes()) as u32;
        let deadline = Instant::now() + self.timeout + on_the_wire;
        let answered = match self.send(&exchange.request, deadline).await {
            Ok(()) => self.listen(&mut exchange, deadline).await,
            Err(fault) => Err(fault),
        };
        self.quiet_since = Instant::now();
        self.note(call, &answered);
        answered
    }

    async fn send(&mut self, request: &[u8], deadline: Instant) -> Result<(), Fault> {
        let Some(open) = &mut self.open else { return Err(Fault::Closed) };
        let sent = async {
            open.write_all(request).await?;
            open.flush().await
        };
        match timeout_at(deadline, sent).await {
            Ok(Ok(())) => Ok(()),
            // A connection that takes no bytes is as good as closed.
            Ok(Err(_)) | Err(_) => Err(Fault::Closed),
        }
    }

    async fn listen(&mut self, exchange: &mut Exchange, deadline: Instant) -> Result<Heard, Fault> {
        let mut anything = false;
        loop {
            let Some(open) = &mut self.open else { return Err(Fault::Closed) };
            let mut bytes = [0; 256];
            let count = match timeout_at(deadline, open.read(&mut bytes)).await {
                Err(_) if anything => return Err(Fault::Garbage),
                Err(_) => return Err(Fault::Timeout),
                Ok(Ok(0) | Err(_)) => return Err(Fault::Closed),
                Ok(Ok(count)) => count,
            };
            anything = true;
            self.received.extend_from_slice(&bytes[..count]);
            let excess = self.received.len().saturating_sub(limits::BUS_REPLY_BYTES_MAX);
            self.received.drain(..excess);
            let (found, passed) = exchange.scan(&mut self.received).await;
            self.counts.discarded += u64::from(passed);
            match found {
                Some(Err(Fault::Garbage)) => {
                    self.open = None;
                    return Err(Fault::Garbage);
                }
                Some(answer) => return answer,
                None => {}
            }
        }
    }

    /// What an exchange says about the connection.
    fn note(&mut self, call: &Call, answered: &Result<Heard, Fault>) {
        match answered {
            Ok(_) | Err(Fault::Exception(_) | Fault::Refused(_)) => {
                (self.proven, self.deaf) = (true, 0);
            }
            Err(Fault::Timeout | Fault::Garbage) => {
                self.counts.timeouts += 1;
                self.deaf += 1;
                if self.packing == Packing::Bytes {
                    let late = self.late.entry(call.key());
                    let again = matches!(late, std::collections::hash_map::Entry::Occupied(_));
                    late.or_default().note(call, again);
                    self.open = None;
                } else if self.deaf >= limits::BUS_DEAF_REQUESTS {
                    self.open = None;
                }
            }
            Err(_) => self.open = None,
        }
    }

    /// Reads and forgets until nothing came for `quiet`, or a line that never rests has had its time.
    async fn drain(&mut self, quiet: Duration) -> Result<(), Fault> {
        self.received.clear();
        let end = Instant::now() + limits::BUS_NOISE_MAX;
        loop {
            let Some(open) = &mut self.open else { return Ok(()) };
            let mut bytes = [0; 256];
            // What lies there already is read although it is late.
            let patience = (self.quiet_since + quiet).max(Instant::now()).min(end);
            match timeout_at(patience, open.read(&mut bytes)).await {
                Err(_) => return Ok(()),
                Ok(Ok(0) | Err(_)) => {
                    self.open = None;
                    return self.connect().await;
                }
                Ok(Ok(_)) => self.quiet_since = Instant::now(),
            }
        }
    }
}

/// The time of one byte, and of the silence that ends a frame: 3.5 bytes, or 1.75 ms above 19,200
/// bit/s (Modbus over Serial Line V1.02, section 2.5.1.1).
fn pace(baud: u32, parity: Parity, stop_bits: StopBits) -> (Duration, Duration) {
    let parity_bits = u64::from(parity != Parity::None);
    let stop_bits = if stop_bits == StopBits::Two { 2 } else { 1 };
    let bits = 1 + 8 + parity_bits + stop_bits;
    let byte = Duration::from_nanos(bits * 1_000_000_000 / u64::from(baud.max(1)));
    // The standard counts 11 bits, whatever the parity.
    let eleven = Duration::from_nanos(11_000_000_000 / u64::from(baud.max(1)));
    let silence = if baud > 19_200 { Duration::from_micros(1_750) } else { eleven * 7 / 2 };
    (byte, silence)
}

async fn open(link: Link) -> io::Result<Open> {
    match link {
        Link::Tcp { host, port } | Link::RtuOverTcp { host, port } => {
            let stream = tokio::net::TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream))
        }
        Link::Serial { path, baud, parity, stop_bits } => {
            let port = tokio_serial::new(path.to_string_lossy(), baud)
                .parity(match parity {
                    Parity::None => tokio_serial::Parity::None,
                    Parity::Even => tokio_serial::Parity::Even,
                    Parity::Odd => tokio_serial::Parity::Odd,
                })
                .stop_bits(match stop_bits {
                    StopBits::One => tokio_serial::StopBits::One,
                    StopBits::Two => tokio_serial::StopBits::Two,
                });
            let port = tokio_serial::SerialStream::open(&port).map_err(io::Error::from)?;
            Ok(Box::new(port))
        }
    }
}
