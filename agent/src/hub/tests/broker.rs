//! A broker of one connection at a time, by hand: MQTT 5 as it stands on the wire, and behind it a hub. It does as it is
//! told, also badly.

use super::receiver::{Hub, Receiver};
use batch::{ErrorBody, Receipt};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it does with one batch instead of what it should.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// PUBACK with this code, and no receipt.
    Puback(u8),
    /// DISCONNECT with this code.
    Disconnect(u8),
    /// Takes the batch and breaks the connection before it says so.
    CutAfterCommit,
    /// A receipt of everything for another question, then what it should do.
    Forge,
    /// As the hub does when its database is away.
    Unavailable,
}

/// What it has seen, and what it is told.
#[derive(Default)]
pub struct Seen {
    /// CONNECT and SUBSCRIBE of the first connection, and every PUBLISH, as they came.
    pub packets: Vec<Vec<u8>>,
    pub connections: u32,
    acts: VecDeque<Act>,
    /// Codes of CONNACK and SUBACK, and the Maximum Packet Size; once for each connection, then all is well.
    pub refusals: VecDeque<(u8, u8)>,
    pub packet_max: Option<u32>,
}

pub struct Broker {
    pub address: SocketAddr,
    pub hub: Receiver,
    seen: Arc<Mutex<Seen>>,
}

impl Broker {
    pub async fn start() -> Self {
        let hub = Receiver::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (told, behind) = (seen.clone(), hub.shared());
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                // A line that breaks is the client's to make anew.
                let _ = Line { socket, seen: told.clone(), hub: behind.clone() }.serve().await;
            }
        });
        Self { address, hub, seen }
    }

    pub fn script(&self, acts: impl IntoIterator<Item = Act>) {
        self.seen().acts.extend(acts);
    }

    pub fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

struct Line {
    socket: TcpStream,
    seen: Arc<Mutex<Seen>>,
    hub: Arc<Mutex<Hub>>,
}

/// What matters of a PUBLISH.
struct Published {
    id: [u8; 2],
    topic: String,
    correlation: Vec<u8>,
    signature: String,
    payload: Vec<u8>,
}

impl Line {
    async fn serve(mut self) -> std::io::Result<()> {
        let (connack, suback) = {
            let mut seen = self.seen.lock().unwrap();
            seen.connections += 1;
            seen.refusals.pop_front().unwrap_or_default()
        };
        loop {
            let packet = self.packet().await?;
            let body = &packet[head(&packet)..];
            match packet[0] >> 4 {
                1 => {
                    self.keep(&packet);
                    // Session not present; the code; Maximum Packet Size (0x27) where there is one.
                    let packet_max = self.seen.lock().unwrap().packet_max;
                    let size = packet_max.map(|max| [&[0x27][..], &max.to_be_bytes()].concat());
                    let size = size.unwrap_or_default();
                    self.send(0x20, &[&[0, connack, size.len() as u8], &size[..]].concat()).await?;
                }
                8 => {
                    self.keep(&packet);
                    let code = if suback == 0 { 1 } else { suback };
                    self.send(0x90, &[body[0], body[1], 0, code]).await?;
                }
                3 => {
                    self.keep(&packet);
                    let published = published(body);
                    if !self.answer(published).await? {
                        return Ok(());
                    }
                }
                12 => self.send(0xd0, &[]).await?,
                // PUBACKs of receipts.
                _ => {}
            }
        }
    }

    fn keep(&self, packet: &[u8]) {
        self.seen.lock().unwrap().packets.push(packet.to_vec());
    }

    /// Answers a question; `false` ends the connection.
    async fn answer(&mut self, published: Published) -> std::io::Result<bool> {
        let Published { id, topic, correlation, signature, payload } = published;
        let is_batch = topic == "campus-hub/v1/north/batch";
        let act = is_batch.then(|| self.seen.lock().unwrap().acts.pop_front()).flatten();
        match act {
            Some(Act::Puback(code)) => {
                self.send(0x40, &[id[0], id[1], code, 0]).await?;
                return Ok(true);
            }
            Some(Act::Disconnect(code)) => {
                self.send(0xe0, &[code, 0]).await?;
                return Ok(false);
            }
            Some(Act::Forge) => {
                let lie = Receipt { v: 1, watermark: 1, missing: vec![], refused: vec![] };
                let lie = serde_json::to_vec(&lie).unwrap();
                self.receipt(b"of somebody else", "200", &lie).await?;
            }
            Some(Act::Unavailable) => {
                let body = ErrorBody {
                    code: batch::Code::Unavailable,
                    message: "as told".to_owned(),
                    hint: String::new(),
                };
                self.send(0x40, &id).await?;
                let body = serde_json::to_vec(&body).unwrap();
                self.receipt(&correlation, "503", &body).await?;
                return Ok(true);
            }
            Some(Act::CutAfterCommit) | None => {}
        }
        let receipt = if is_batch {
            Hub::batch(&self.hub, &payload, &signature)
        } else {
            assert_eq!(topic, "campus-hub/v1/north/watermark");
            Hub::held(&self.hub, &payload, &signature)
        };
        if matches!(act, Some(Act::CutAfterCommit)) {
            return Ok(false);
        }
        self.send(0x40, &id).await?;
        self.receipt(&correlation, "200", &serde_json::to_vec(&receipt).unwrap()).await?;
        Ok(true)
    }

    /// PUBLISH, QoS 1: correlation data (0x09), user property (0x26).
    async fn receipt(
        &mut self,
        correlation: &[u8],
        status: &str,
        body: &[u8],
    ) -> std::io::Result<()> {
        let properties =
            [&[0x09][..], &text(correlation), &[0x26], &text(b"status"), &text(status.as_bytes())]
                .concat();
        let topic = text(b"campus-hub/v1/north/receipt");
        let length = [u8::try_from(properties.len()).unwrap()];
        let packet = [&topic[..], &[0, 1], &length, &properties, body].concat();
        self.send(0x32, &packet).await
    }

    async fn send(&mut self, kind: u8, body: &[u8]) -> std::io::Result<()> {
        let mut packet = vec![kind];
        let mut left = body.len();
        loop {
            let more = left / 128;
            packet.push((left % 128) as u8 | if more > 0 { 0x80 } else { 0 });
            left = more;
            if left == 0 {
                break;
            }
        }
        packet.extend_from_slice(body);
        self.socket.write_all(&packet).await
    }

    async fn packet(&mut self) -> std::io::Result<Vec<u8>> {
        let mut packet = vec![self.socket.read_u8().await?];
        let (mut length, mut shift) = (0usize, 0);
        loop {
            let byte = self.socket.read_u8().await?;
            packet.push(byte);
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let at = packet.len();
        packet.resize(at + length, 0);
        self.socket.read_exact(&mut packet[at..]).await?;
        Ok(packet)
    }
}

/// Where the body of a packet begins: behind its kind and its length.
pub fn head(packet: &[u8]) -> usize {
    2 + packet[1..].iter().take_while(|byte| **byte & 0x80 != 0).count()
}

/// A text as it stands on the wire.
pub fn text(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

/// Reads the body of a PUBLISH of QoS 1.
fn published(body: &[u8]) -> Published {
    let mut rest = body;
    let topic = String::from_utf8(cut_text(&mut rest)).unwrap();
    let id = [rest[0], rest[1]];
    rest = &rest[2..];
    // Two bytes of length where there is a signature.
    let length = usize::from(rest[0] & 0x7f) | usize::from(rest[1]) << 7;
    let (mut properties, payload) = rest[2..].split_at(length);
    let (mut correlation, mut signature) = (Vec::new(), String::new());
    while let Some((kind, rest)) = properties.split_first() {
        properties = rest;
        match kind {
            0x02 => properties = &properties[4..],
            0x03 | 0x08 => drop(cut_text(&mut properties)),
            0x09 => correlation = cut_text(&mut properties),
            0x26 => {
                assert_eq!(cut_text(&mut properties), b"campus-signature");
                signature = String::from_utf8(cut_text(&mut properties)).unwrap();
            }
            other => panic!("property {other}"),
        }
    }
    Published { id, topic, correlation, signature, payload: payload.to_vec() }
}

fn cut_text(rest: &mut &[u8]) -> Vec<u8> {
    let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
    let (text, after) = rest[2..].split_at(length);
    *rest = after;
    text.to_vec()
}
