//! The broker session: find it, connect, subscribe, then carry payloads both ways; again and again.
//!
//! This is the only task that waits for the network. What the brain wants to publish waits in the
//! outbox; what the broker sends is given to the brain out of the session's own buffer. The session
//! starts clean each time and is only told to the brain once the subscriptions stand ([`node::Input::Connected`]).
//!
//! With a campus certificate in its identity a node speaks TLS 1.3 and says nothing to a broker that has not proved who
//! it is. Dates of certificates are looked at as soon as the time is known: without a clock that is after the agent has
//! told it, over a session whose certificate was right but for its dates.

mod certificate;
pub mod client;
mod line;
mod tls;

use crate::brain::Shared;
use crate::ports::{Ports, Stage};
use crate::random::Random;
use crate::store::Flash;
use crate::watch::{Task, Watch};
use crate::{Identity, log, now};
use certificate::Validity;
use client::{Broken, Client};
use core::cell::RefCell;
use core::fmt::Write;
use core::sync::atomic::Ordering;
use embassy_net::dns::DnsQueryType;
use embassy_net::tcp::TcpSocket;
use embassy_net::{IpAddress, Stack};
use embassy_time::{Duration, Timer, with_timeout};
use line::{Line, Socket};
use node::{Down, Input, What};
use wire::Topic;

/// Longest topic of a node, bytes: `campus/v1//node//down/desired` and two identifiers.
pub type TopicText = heapless::String<{ 32 + 2 * wire::id::ID_BYTES_MAX }>;

/// First wait after a failure, ms; doubled up to [`BACKOFF_MS_MAX`], and spread by half.
const BACKOFF_MS: u64 = 250;

/// A session that lasted so long was a good one, ms: the next wait is the first again. Two nodes with
/// one name would otherwise take the session from each other many times a second.
const GOOD_MS: u64 = 30_000;

/// A broker that comes back sees every node within this, ms.
const BACKOFF_MS_MAX: u64 = 8_000;

/// Data that the broker's side does not confirm for so long ends the connection, s. Shorter than the
/// lease of 90 s that the agent gives, longer than a switch that restarts a port.
const SILENT_S: u64 = 15;

/// Each step of connecting takes at most this, ms.
const STEP_MS: u64 = 10_000;

/// One largest payload with its topic, and what it takes to connect again.
const TX_BYTES: usize = wire::PAYLOAD_BYTES_MAX + 160 + 320;

/// Buffers of the session.
pub struct Memory {
    /// Largest packet that the broker may send: a payload, its topic, and what MQTT adds.
    rx: [u8; wire::PAYLOAD_BYTES_MAX + 160],
    /// Packets that the broker has not acknowledged, and room to make one.
    tx: [u8; TX_BYTES],
    tcp_rx: [u8; 768],
    tcp_tx: [u8; 1024],
    tls: line::Memory,
}

impl Memory {
    /// Empty buffers.
    pub const fn new() -> Self {
        Self {
            rx: [0; wire::PAYLOAD_BYTES_MAX + 160],
            tx: [0; TX_BYTES],
            tcp_rx: [0; 768],
            tcp_tx: [0; 1024],
            tls: line::Memory::new(),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Who connects, to where.
pub struct Account {
    /// Campus, node, broker, password.
    pub identity: &'static Identity,
    /// What the broker says when the node is gone.
    pub will: heapless::Vec<u8, 64>,
}

/// Keeps the session up for ever.
pub async fn run<F: Flash>(
    stack: Stack<'static>,
    account: Account,
    brain: &Shared<F>,
    ports: &'static Ports,
    memory: &'static mut Memory,
    mut random: Random,
    watch: &Watch,
) -> ! {
    let mut backoff_ms = BACKOFF_MS;
    loop {
        ports.status.set_stage(Stage::NoAddress);
        address(stack, ports, watch).await;
        ports.status.set_stage(Stage::Connecting);
        let validity = None;
        let mut visit =
            Visit { stack, account: &account, ports, brain, watch, told: false, validity };
        let began = now();
        let why = visit.once(memory, &mut random).await;
        if now() - began >= GOOD_MS {
            backoff_ms = BACKOFF_MS;
        }
        if visit.told {
            brain.lock().await.take(Input::Disconnected).await;
        }
        let wait_ms = random.around(backoff_ms);
        ports.status.set_trouble(format_args!("{why}"));
        log!("mqtt: {why}; again in {wait_ms} ms");
        backoff_ms = (backoff_ms * 2).min(BACKOFF_MS_MAX);
        watch.mark(Task::Session);
        Timer::after_millis(wait_ms).await;
    }
}

/// Waits for an address of our own.
async fn address(stack: Stack<'static>, ports: &Ports, watch: &Watch) {
    loop {
        watch.mark(Task::Session);
        if with_timeout(Duration::from_millis(STEP_MS), stack.wait_config_up()).await.is_ok() {
            break;
        }
    }
    if let Some(config) = stack.config_v4() {
        let bits = config.address.address().to_bits();
        if ports.status.address.swap(bits, Ordering::Relaxed) != bits {
            log!("ip: {}", config.address);
        }
    }
}

/// One connection, from the first packet to the last.
struct Visit<'a, F: Flash> {
    stack: Stack<'static>,
    account: &'a Account,
    ports: &'static Ports,
    brain: &'a Shared<F>,
    watch: &'a Watch,
    /// The brain knows that the session is up.
    told: bool,
    /// When the broker's certificate counts.
    validity: Option<Validity>,
}

impl<F: Flash> Visit<'_, F> {
    async fn once(&mut self, memory: &mut Memory, random: &mut Random) -> Broken {
        let Memory { rx, tx, tcp_rx, tcp_tx, tls } = memory;
        let identity = self.account.identity;
        let Some(broker) = self.find(&identity.host).await else { return Broken::NoName };
        self.watch.mark(Task::Session);
        let mut socket = TcpSocket::new(self.stack, tcp_rx, tcp_tx);
        socket.set_timeout(Some(Duration::from_secs(SILENT_S)));
        let step = Duration::from_millis(STEP_MS);
        match with_timeout(step, socket.connect((broker, identity.port))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Broken::NoAnswer,
            Err(_) => return Broken::TimedOut,
        }
        self.watch.mark(Task::Session);
        let (socket, mut memory) = Socket::new(socket, tls);
        let line = if identity.secure.is_on() {
            match self.prove(&socket, &mut memory, random).await {
                Ok(line) => line,
                Err(broken) => return broken,
            }
        } else {
            Line::plain(&socket)
        };
        let will_topic = self.topic(Topic::Hello(identity.node.as_str()));
        let mut session = match client::session(rx, tx, identity, &will_topic, &self.account.will) {
            Ok(session) => session,
            Err(broken) => return broken,
        };
        let mut client = match with_timeout(step, Client::connect(&mut session, line)).await {
            Ok(Ok(client)) => client,
            Ok(Err(broken)) => return broken,
            Err(_) => return Broken::TimedOut,
        };
        self.watch.mark(Task::Session);
        let why = self.talk(&mut client).await;
        client.close().await;
        why
    }

    /// TLS, with a broker that has proved who it is.
    async fn prove<'l, 's>(
        &mut self,
        socket: &'l RefCell<Socket<'s>>,
        memory: &'l mut [&'s mut [u8]; 2],
        random: &mut Random,
    ) -> Result<Line<'l, 's>, Broken> {
        let began = now();
        let utc_ms = self.brain.lock().await.utc_ms();
        let proved = Line::secured(socket, memory, self.account.identity, utc_ms, random);
        let proved = with_timeout(Duration::from_millis(STEP_MS), proved).await;
        let (line, validity) = proved.map_err(|_| Broken::TimedOut)??;
        let looked = if utc_ms.is_some() { "" } else { ", not looked at before the time is known" };
        log!("tls: the broker proved who it is in {} ms; good {validity}{looked}", now() - began);
        self.validity = Some(validity);
        self.watch.mark(Task::Session);
        Ok(line)
    }

    /// Whether the broker's certificate has run out, as far as the time is known.
    async fn is_out_of_date(&self) -> bool {
        let Some(validity) = self.validity else { return false };
        self.brain.lock().await.utc_ms().is_some_and(|utc_ms| !validity.holds(utc_ms))
    }

    async fn find(&self, host: &str) -> Option<IpAddress> {
        if let Ok(address) = host.parse::<core::net::Ipv4Addr>() {
            return Some(IpAddress::Ipv4(address));
        }
        let query = self.stack.dns_query(host, DnsQueryType::A);
        let answer = with_timeout(Duration::from_millis(STEP_MS), query).await.ok()?.ok()?;
        answer.first().copied()
    }

    async fn talk(&mut self, client: &mut Client<'_, '_, '_, '_>) -> Broken {
        let node = self.account.identity.node.as_str();
        let mut filter = self.topic(Topic::Ack(node));
        // `…/down/ack` → `…/down/#`, which is shorter.
        filter.truncate(filter.len() - "ack".len());
        let _ = filter.push('#');
        let step = Duration::from_millis(STEP_MS);
        match with_timeout(step, client.subscribe(&filter)).await {
            Ok(Ok(())) => {}
            Ok(Err(broken)) => return broken,
            Err(_) => return Broken::TimedOut,
        }
        self.ports.outbox.clear();
        self.told = true;
        self.brain.lock().await.take(Input::Connected).await;
        self.connected();
        loop {
            self.watch.mark(Task::Session);
            if self.ports.outbox.overflowed() {
                return Broken::Overflow;
            }
            if self.is_out_of_date().await {
                return Broken::OutOfDate;
            }
            while let Some(what) = self.ports.outbox.first() {
                let topic = match what {
                    What::Hello => self.topic(Topic::Hello(node)),
                    What::Frame => self.topic(Topic::Frame(node)),
                    What::Result => self.topic(Topic::Result(node)),
                };
                let retained = what == What::Hello;
                let sent = client.publish(&topic, retained, |out| self.ports.outbox.copy(out));
                match with_timeout(step, sent).await {
                    Ok(Ok(true)) => self.ports.outbox.pop(),
                    Ok(Ok(false)) => break,
                    Ok(Err(broken)) => return broken,
                    Err(_) => return Broken::TimedOut,
                }
            }
            let campus = self.account.identity.campus.as_str();
            match client.wait(self.ports.outbox.wait()).await {
                Ok(Some((topic, payload))) => {
                    // What comes on a topic that the node does not know is no business of its.
                    let known = Topic::parse(topic).ok().filter(|(of, _)| *of == campus);
                    if let Some(kind) = known.and_then(|(_, topic)| Down::of(&topic)) {
                        self.brain.lock().await.take(Input::Down { kind, payload }).await;
                    }
                }
                Ok(None) => {}
                Err(broken) => return broken,
            }
        }
    }

    fn connected(&self) {
        let status = &self.ports.status;
        status.set_stage(Stage::Connected);
        status.sessions.store(status.sessions.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        let now = now() as u32;
        let _ = status.first_connected_ms.compare_exchange(
            0,
            now.max(1),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
        log!("mqtt: connected");
    }

    fn topic(&self, topic: Topic<'_>) -> TopicText {
        let mut text = TopicText::new();
        // The longest topic fits.
        let _ = write!(text, "{}", topic.of(self.account.identity.campus.as_str()));
        text
    }
}
