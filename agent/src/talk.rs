//! A small MQTT client that says exactly what it is told to: for the broker's control topic, and for the canary.
//!
//! rumqttc keeps a session and repairs it; here every step must be seen, also a will that goes out and a
//! refusal, in both versions of the protocol (OASIS MQTT 3.1.1 and 5.0, §2 and §3). One connection, clean session,
//! everything within [`limits::TALK_TIME`].

use crate::limits;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Where a broker is.
#[derive(Clone)]
pub struct Place {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whom to trust, with TLS.
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

/// Which protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1.1.
    V3,
    /// MQTT 5.
    V5,
}

/// Who connects.
#[derive(Clone, Copy)]
pub struct Hello<'a> {
    /// Which protocol.
    pub version: Version,
    /// Client id.
    pub client: &'a str,
    /// Account and password.
    pub account: Option<(&'a str, &'a str)>,
    /// What the broker says when the connection breaks.
    pub will: Option<Will<'a>>,
}

/// What the broker says when a connection breaks; QoS 1.
#[derive(Clone, Copy)]
pub struct Will<'a> {
    /// Where.
    pub topic: &'a str,
    /// What.
    pub payload: &'a [u8],
    /// Whether it is retained.
    pub retain: bool,
}

/// What somebody published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
    /// Whether the broker had kept it.
    pub retained: bool,
}

/// Why it did not work.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// No connection, or none any more.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The broker does not let this account in; its code.
    #[error("the broker refuses the account (code {0})")]
    Refused(u8),
    /// Nothing within the time.
    #[error("the broker did not answer within {} s", limits::TALK_TIME.as_secs())]
    Slow,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One connection.
pub struct Talk {
    stream: Box<dyn Stream>,
    version: Version,
    waiting: Vec<u8>,
    heard: VecDeque<Message>,
    next_id: u16,
}

/// Kinds of packets: the high half of the first byte.
mod kind {
    pub const CONNACK: u8 = 2;
    pub const PUBLISH: u8 = 3;
    pub const PUBACK: u8 = 4;
    pub const PUBREC: u8 = 5;
    pub const PUBCOMP: u8 = 7;
    pub const SUBACK: u8 = 9;
}

impl Talk {
    /// Connects.
    ///
    /// # Errors
    /// [`TalkError::Refused`] when the broker does not let it in.
    pub async fn connect(place: &Place, hello: Hello<'_>) -> Result<Self, TalkError> {
        timeout(limits::TALK_TIME, Self::open(place, hello)).await.map_err(|_| TalkError::Slow)?
    }

    async fn open(place: &Place, hello: Hello<'_>) -> Result<Self, TalkError> {
        let tcp = TcpStream::connect((place.host.as_str(), place.port)).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &place.tls {
            None => Box::new(tcp),
            Some(tls) => {
                let name = rustls::pki_types::ServerName::try_from(place.host.clone());
                let name = name.map_err(|error| io::Error::other(error.to_string()))?;
                Box::new(TlsConnector::from(tls.clone()).connect(name, tcp).await?)
            }
        };
        let (waiting, heard) = (Vec::new(), VecDeque::new());
        let mut talk = Self { stream, version: hello.version, waiting, heard, next_id: 0 };
        talk.send(0x10, &connect(hello)).await?;
        let (_, body) = talk.until(kind::CONNACK).await?;
        match body.get(1) {
            Some(0) => Ok(talk),
            code => Err(TalkError::Refused(code.copied().unwrap_or(0xff))),
        }
    }

    /// Subscribes with QoS 1; whether the broker says that it grants it, which proves nothing.
    ///
    /// # Errors
    /// As [`TalkError`] says.
    pub async fn subscribe(&mut self, filter: &str) -> Result<bool, TalkError> {
        let mut body = self.numbered();
        self.push_no_properties(&mut body);
        push_text(&mut body, filter);
        body.push(1);
        self.send(0x82, &body).await?;
        let (_, body) = self.until(kind::SUBACK).await?;
        Ok(body.last().is_some_and(|code| *code < 0x80))
    }

    /// Publishes, and waits until the broker has answered as its QoS asks for.
    ///
    /// # Errors
    /// As [`TalkError`] says.
    pub async fn publish(
        &mut self,
        topic: &str,
        payload: &[u8],
        (qos, retain): (u8, bool),
    ) -> Result<(), TalkError> {
        let mut body = Vec::with_capacity(topic.len() + payload.len() + 8);
        push_text(&mut body, topic);
        let id = self.numbered();
        if qos > 0 {
            body.extend_from_slice(&id);
        }
        self.push_no_properties(&mut body);
        body.extend_from_slice(payload);
        self.send(0x30 | qos << 1 | u8::from(retain), &body).await?;
        match qos {
            0 => {}
            1 => {
                self.until(kind::PUBACK).await?;
            }
            _ => {
                let (_, answer) = self.until(kind::PUBREC).await?;
                // A reason of refusal ends it (MQTT 5, §4.3.3).
                if answer.get(2).is_none_or(|reason| *reason < 0x80) {
                    self.send(0x62, &id).await?;
                    self.until(kind::PUBCOMP).await?;
                }
            }
        }
        Ok(())
    }

    /// The next message.
    ///
    /// # Errors
    /// [`TalkError::Slow`] when none comes in time.
    pub async fn hear(&mut self) -> Result<Message, TalkError> {
        if let Some(message) = self.heard.pop_front() {
            return Ok(message);
        }
        let (_, _) = self.until(kind::PUBLISH).await?;
        // `until` has put it there.
        self.heard.pop_front().ok_or(TalkError::Slow)
    }

    /// Breaks the rules, so that the broker ends the connection and says the will; returns when it has.
    pub async fn break_off(mut self) {
        // There is no packet of kind 0 (§2.2.1): the broker closes. After a second CONNECT Mosquitto 2.0.11 closes too, and
        // says no will.
        let wrong = async {
            self.send(0x00, &[]).await?;
            while self.packet().await.is_ok() {}
            Ok::<_, TalkError>(())
        };
        let _ = timeout(limits::TALK_TIME, wrong).await;
    }

    /// Says goodbye.
    pub async fn leave(mut self) {
        let _ = timeout(limits::TALK_TIME, self.send(0xe0, &[])).await;
    }

    /// Packets until one of this kind; messages on the way are kept, and acknowledged.
    async fn until(&mut self, wanted: u8) -> Result<(u8, Vec<u8>), TalkError> {
        let all = async {
            loop {
                let (first, body) = self.packet().await?;
                let kind = first >> 4;
                if kind == kind::PUBLISH {
                    self.take(first, &body).await?;
                }
                if kind == wanted {
                    return Ok((first, body));
                }
            }
        };
        timeout(limits::TALK_TIME, all).await.map_err(|_| TalkError::Slow)?
    }

    async fn take(&mut self, first: u8, body: &[u8]) -> Result<(), TalkError> {
        let short = || io::Error::other("a packet that ends too early");
        let length = body.get(..2).map(|two| usize::from(u16::from_be_bytes([two[0], two[1]])));
        let mut at = 2 + length.ok_or_else(short)?;
        let topic = body.get(2..at).ok_or_else(short)?;
        let topic = String::from_utf8_lossy(topic).into_owned();
        if first & 0x06 != 0 {
            let id = body.get(at..at + 2).ok_or_else(short)?.to_vec();
            at += 2;
            self.send(0x40, &id).await?;
        }
        if self.version == Version::V5 {
            let (length, width) = varint(body.get(at..).ok_or_else(short)?).ok_or_else(short)?;
            at += width + length;
        }
        let payload = body.get(at..).ok_or_else(short)?.to_vec();
        self.heard.push_back(Message { topic, payload, retained: first & 1 == 1 });
        Ok(())
    }

    /// The next packet. May be dropped while it waits: bytes stay in `waiting`.
    async fn packet(&mut self) -> Result<(u8, Vec<u8>), TalkError> {
        loop {
            if let Some((length, width)) = self.waiting.get(1..).and_then(varint) {
                let end = 1 + width + length;
                if end > limits::MQTT_PACKET_BYTES_MAX as usize {
                    return Err(io::Error::other("a packet that is too long").into());
                }
                if self.waiting.len() >= end {
                    let rest = self.waiting.split_off(end);
                    let packet = std::mem::replace(&mut self.waiting, rest);
                    return Ok((packet[0], packet[1 + width..].to_vec()));
                }
            }
            if self.stream.read_buf(&mut self.waiting).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    async fn send(&mut self, first: u8, body: &[u8]) -> Result<(), TalkError> {
        let mut packet = vec![first];
        push_varint(&mut packet, body.len());
        packet.extend_from_slice(body);
        self.stream.write_all(&packet).await?;
        self.stream.flush().await?;
        Ok(())
    }

    fn numbered(&mut self) -> Vec<u8> {
        self.next_id = self.next_id.wrapping_add(1).max(1);
        self.next_id.to_be_bytes().to_vec()
    }

    fn push_no_properties(&self, body: &mut Vec<u8>) {
        if self.version == Version::V5 {
            body.push(0);
        }
    }
}

/// The body of CONNECT: clean session, and a keepalive within what our brokers ask for.
fn connect(hello: Hello<'_>) -> Vec<u8> {
    let Hello { version, client, account, will } = hello;
    let mut body = Vec::new();
    push_text(&mut body, "MQTT");
    body.push(if version == Version::V5 { 5 } else { 4 });
    let mut flags = 0x02;
    if let Some(will) = will {
        // QoS 1.
        flags |= 0x04 | 0x08 | if will.retain { 0x20 } else { 0 };
    }
    if account.is_some() {
        flags |= 0xc0;
    }
    body.push(flags);
    body.extend_from_slice(&60u16.to_be_bytes());
    let no_properties = |body: &mut Vec<u8>| {
        if version == Version::V5 {
            body.push(0);
        }
    };
    no_properties(&mut body);
    push_text(&mut body, client);
    if let Some(Will { topic, payload, .. }) = will {
        no_properties(&mut body);
        push_text(&mut body, topic);
        body.extend_from_slice(&(payload.len() as u16).to_be_bytes());
        body.extend_from_slice(payload);
    }
    if let Some((name, password)) = account {
        push_text(&mut body, name);
        push_text(&mut body, password);
    }
    body
}

fn push_text(body: &mut Vec<u8>, text: &str) {
    body.extend_from_slice(&(text.len() as u16).to_be_bytes());
    body.extend_from_slice(text.as_bytes());
}

fn push_varint(body: &mut Vec<u8>, mut number: usize) {
    loop {
        let byte = (number % 128) as u8;
        number /= 128;
        body.push(if number > 0 { byte | 0x80 } else { byte });
        if number == 0 {
            return;
        }
    }
}

/// A number and how many bytes it took; `None` while it is not whole.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0;
    for (at, byte) in bytes.iter().take(4).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, at + 1));
        }
    }
    None
}
