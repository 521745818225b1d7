//! A line to a hub behind a broker, that shares no code with the product: MQTT 5 (OASIS, §2 and §3), one question at a time.

use crate::mqtt::{Packets, push_text};
use crate::sender::{Answer, Campus, Hubward};
use batch::sign;
use std::io;
use std::net::TcpStream;
use std::time::Duration;

/// How long a receipt may take. A hub that is only slower gets the batch twice.
const RECEIPT_WITHIN: Duration = Duration::from_secs(3);

/// Properties of MQTT 5, §2.2.2.2.
const EXPIRY: u8 = 0x02;
const CONTENT_TYPE: u8 = 0x03;
const RESPONSE_TOPIC: u8 = 0x08;
const CORRELATION: u8 = 0x09;
const USER: u8 = 0x26;

/// To a broker on `127.0.0.1`, for one campus.
pub struct BrokerLine {
    port: u16,
    open: Option<Packets>,
    asked: u64,
    /// Account and password, where the broker knows any.
    pub account: Option<(String, String)>,
    /// Where answers are asked for; the campus's own topic as a rule.
    pub response_topic: Option<String>,
}

impl BrokerLine {
    /// To this port; nothing is connected yet.
    pub fn new(port: u16) -> Self {
        Self { port, open: None, asked: 0, account: None, response_topic: None }
    }

    /// Publishes to `campus-hub/v1/<of>/<kind>` as `campus` and waits for its receipt. After an error the next one
    /// connects anew.
    ///
    /// # Errors
    /// The line broke, the broker refused, or no receipt came.
    pub fn ask(
        &mut self,
        campus: &Campus,
        of: &str,
        kind: &str,
        (payload, signature): &(Vec<u8>, String),
    ) -> io::Result<Answer> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.connect(campus.id.as_ref())?,
        };
        self.asked += 1;
        let correlation = [campus.incarnation.0.as_slice(), &self.asked.to_be_bytes()].concat();
        let receipts = format!("campus-hub/v1/{}/receipt", campus.id);
        let mut properties = vec![EXPIRY, 0, 0, 0, 30, RESPONSE_TOPIC];
        push_text(&mut properties, self.response_topic.as_ref().unwrap_or(&receipts));
        properties.push(CORRELATION);
        push_bytes(&mut properties, &correlation);
        properties.push(USER);
        push_text(&mut properties, "campus-signature");
        push_text(&mut properties, signature);
        let mut body = Vec::new();
        push_text(&mut body, &format!("campus-hub/v1/{of}/{kind}"));
        body.extend_from_slice(&[0, 1]);
        crate::mqtt::push_length(&mut body, properties.len());
        body.extend_from_slice(&properties);
        body.extend_from_slice(payload);
        open.send(0x32, &body)?;
        loop {
            let (kind, body) = open.read_packet()?;
            match kind >> 4 {
                4 => match body.get(2) {
                    None | Some(0) => {}
                    Some(code) => return Err(refused("PUBACK", *code)),
                },
                3 => {
                    let (id, had, answer) = answer(&body);
                    open.send(0x40, &id)?;
                    if had == correlation {
                        self.open = Some(open);
                        return Ok(answer);
                    }
                }
                14 => return Err(refused("DISCONNECT", body.first().copied().unwrap_or(0))),
                _ => {}
            }
        }
    }

    fn connect(&self, campus: &str) -> io::Result<Packets> {
        let socket = TcpStream::connect(("127.0.0.1", self.port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(RECEIPT_WITHIN))?;
        let mut open = Packets::over(socket)?;
        // Protocol name, version 5, clean start, keepalive off, no properties; then the client id.
        let flags = if self.account.is_some() { 0xc2 } else { 2 };
        let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', 5, flags, 0, 0, 0];
        push_text(&mut body, &format!("{campus}-line"));
        if let Some((name, password)) = &self.account {
            push_text(&mut body, name);
            push_text(&mut body, password);
        }
        open.send(0x10, &body)?;
        let (_, body) = open.read_packet()?;
        if body.get(1) != Some(&0) {
            return Err(refused("CONNACK", body.get(1).copied().unwrap_or(0)));
        }
        let mut body = vec![0, 1, 0];
        push_text(&mut body, &format!("campus-hub/v1/{campus}/receipt"));
        body.push(1);
        open.send(0x82, &body)?;
        let (_, body) = open.read_packet()?;
        match body.last() {
            Some(code) if *code < 0x80 => Ok(open),
            code => Err(refused("SUBACK", code.copied().unwrap_or(0))),
        }
    }
}

impl Hubward for BrokerLine {
    fn send(&mut self, campus: &Campus, batch: &(Vec<u8>, String)) -> io::Result<Answer> {
        self.ask(campus, campus.id.as_ref(), "batch", batch)
    }

    fn held(&mut self, campus: &Campus) -> io::Result<Answer> {
        let path = format!("/v1/watermark?campus={}&incarnation={}", campus.id, campus.incarnation);
        let question = sign::get(&path);
        let signature = campus.key.sign(&question);
        self.ask(campus, campus.id.as_ref(), "watermark", &(question, signature))
    }

    fn hang_up(&mut self) {
        self.open = None;
    }
}

fn refused(packet: &str, code: u8) -> io::Error {
    io::Error::other(format!("{packet} says 0x{code:02x}"))
}

fn push_bytes(body: &mut Vec<u8>, bytes: &[u8]) {
    body.extend_from_slice(&(bytes.len() as u16).to_be_bytes());
    body.extend_from_slice(bytes);
}

/// Number, correlation data and content of a PUBLISH of QoS 1.
fn answer(body: &[u8]) -> ([u8; 2], Vec<u8>, Answer) {
    let mut rest = body;
    cut(&mut rest);
    let id = [rest[0], rest[1]];
    rest = &rest[2..];
    let (mut length, mut shift) = (0usize, 0);
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let (mut properties, payload) = rest.split_at(length);
    let mut correlation = Vec::new();
    let mut answer =
        Answer { status: 0, retry_s: 0, body: String::from_utf8_lossy(payload).into_owned() };
    while let Some((kind, after)) = properties.split_first() {
        properties = after;
        match *kind {
            EXPIRY => properties = &properties[4..],
            CONTENT_TYPE | RESPONSE_TOPIC => drop(cut(&mut properties)),
            CORRELATION => correlation = cut(&mut properties).to_vec(),
            USER => {
                let (name, value) = (cut(&mut properties), cut(&mut properties));
                let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                match name {
                    b"status" => answer.status = number.unwrap_or(0) as u16,
                    b"retry-after" => answer.retry_s = number.unwrap_or(0),
                    _ => {}
                }
            }
            other => panic!("property 0x{other:02x} in an answer"),
        }
    }
    (id, correlation, answer)
}

/// A length of two bytes, and so many.
fn cut<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
    let (text, after) = rest[2..].split_at(length);
    *rest = after;
    text
}
