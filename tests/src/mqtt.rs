//! A publisher and subscriber of MQTT 3.1.1 that share no code with the product.
//!
//! Just enough of the protocol (OASIS MQTT 3.1.1, §2 and §3) to load a broker cheaply and to
//! measure: CONNECT, PUBLISH with QoS 0 and 1, SUBSCRIBE, PUBACK. Blocking, on one socket.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One connection.
pub struct Client {
    line: Packets,
    next_id: u16,
}

/// Packets of any version over a socket.
pub struct Packets {
    out: TcpStream,
    input: BufReader<TcpStream>,
}

/// What the broker sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
    /// Whether it was retained.
    pub retained: bool,
}

impl Client {
    /// Connects with a clean session.
    ///
    /// # Errors
    /// When the broker refuses or is not there.
    pub fn connect(port: u16, client_id: &str) -> io::Result<Self> {
        let out = TcpStream::connect(("127.0.0.1", port))?;
        out.set_nodelay(true)?;
        let mut client = Self { line: Packets::over(out)?, next_id: 0 };
        // Protocol name, level 4, clean session, keepalive off; then the client id.
        let mut body = vec![0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 0];
        push_text(&mut body, client_id);
        client.line.send(0x10, &body)?;
        let (kind, body) = client.line.read_packet()?;
        if kind != 0x20 || body.get(1) != Some(&0) {
            return Err(io::Error::other(format!("CONNACK says {body:?}")));
        }
        Ok(client)
    }

    /// A second handle on the same connection, to publish while the first reads.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn writer(&self) -> io::Result<TcpStream> {
        self.line.out.try_clone()
    }

    /// Subscribes with QoS 0 and waits for the broker's yes.
    ///
    /// # Errors
    /// When the broker refuses.
    pub fn subscribe(&mut self, filter: &str) -> io::Result<()> {
        self.next_id += 1;
        let mut body = self.next_id.to_be_bytes().to_vec();
        push_text(&mut body, filter);
        body.push(0);
        self.line.send(0x82, &body)?;
        loop {
            let (kind, body) = self.read_packet()?;
            if kind == 0x90 {
                let granted = body.last().is_some_and(|code| *code < 0x80);
                return if granted { Ok(()) } else { Err(io::Error::other("SUBACK says no")) };
            }
        }
    }

    /// Publishes with QoS 0.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn publish(&mut self, topic: &str, payload: &[u8]) -> io::Result<()> {
        self.line.out.write_all(&publish_packet(topic, payload, 0))
    }

    /// Publishes with QoS 1 and waits for the PUBACK.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn publish_acked(&mut self, topic: &str, payload: &[u8]) -> io::Result<()> {
        self.next_id = self.next_id.wrapping_add(1).max(1);
        self.line.out.write_all(&publish_packet(topic, payload, self.next_id))?;
        while self.read_packet()?.0 != 0x40 {}
        Ok(())
    }

    /// Waits for the next message; `None` when there is none within `limit`.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn next(&mut self, limit: Duration) -> io::Result<Option<Message>> {
        self.line.out.set_read_timeout(Some(limit))?;
        let result = self.next_publish();
        self.line.out.set_read_timeout(None)?;
        match result {
            Err(error)
                if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
            {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn next_publish(&mut self) -> io::Result<Message> {
        loop {
            let (kind, body) = self.read_packet()?;
            if kind & 0xf0 != 0x30 {
                continue;
            }
            let length = usize::from(u16::from_be_bytes([body[0], body[1]]));
            let topic = String::from_utf8_lossy(&body[2..2 + length]).into_owned();
            let skip = if kind & 0x06 == 0 { 2 + length } else { 4 + length };
            return Ok(Message { topic, payload: body[skip..].to_vec(), retained: kind & 1 == 1 });
        }
    }

    /// Kind and body of the next packet of any kind.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn read_packet(&mut self) -> io::Result<(u8, Vec<u8>)> {
        self.line.read_packet()
    }
}

impl Packets {
    /// Over a connected socket.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn over(out: TcpStream) -> io::Result<Self> {
        let input = BufReader::with_capacity(64 * 1024, out.try_clone()?);
        Ok(Self { out, input })
    }

    /// Sends one.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn send(&mut self, kind: u8, body: &[u8]) -> io::Result<()> {
        let mut packet = vec![kind];
        push_length(&mut packet, body.len());
        packet.extend_from_slice(body);
        self.out.write_all(&packet)
    }

    /// Kind and body of the next packet of any kind.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn read_packet(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        let kind = byte[0];
        let (mut length, mut shift) = (0usize, 0);
        loop {
            self.input.read_exact(&mut byte)?;
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.input.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

/// A PUBLISH; QoS 0 when `id` is 0, otherwise QoS 1.
pub fn publish_packet(topic: &str, payload: &[u8], id: u16) -> Vec<u8> {
    let qos1 = id != 0;
    let length = 2 + topic.len() + if qos1 { 2 } else { 0 } + payload.len();
    let mut packet = Vec::with_capacity(length + 5);
    packet.push(if qos1 { 0x32 } else { 0x30 });
    push_length(&mut packet, length);
    push_text(&mut packet, topic);
    if qos1 {
        packet.extend_from_slice(&id.to_be_bytes());
    }
    packet.extend_from_slice(payload);
    packet
}

pub(crate) fn push_length(packet: &mut Vec<u8>, mut length: usize) {
    loop {
        let byte = (length % 128) as u8;
        length /= 128;
        packet.push(if length > 0 { byte | 0x80 } else { byte });
        if length == 0 {
            return;
        }
    }
}

pub(crate) fn push_text(packet: &mut Vec<u8>, text: &str) {
    packet.extend_from_slice(&(text.len() as u16).to_be_bytes());
    packet.extend_from_slice(text.as_bytes());
}
