//! Drives somebody else's centre and says what it does otherwise than it should.
//!
//! A heartbeat is the fence: its answer comes after everything that was caused before it, so nothing here
//! waits for a time to pass but for a centre that does not answer at all.

use super::report;
use mohurd::{
    Ack, Body, BuildingId, Codec, Fault, Framer, GatewayId, Kind, Message, Progress, Readings, Why,
    framed,
};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// What to drive, and as whom.
pub struct Subject {
    /// Where it is.
    pub address: SocketAddr,
    /// What it is said to speak, with its keys.
    pub codec: Codec,
    /// The same with another `auth` key.
    pub stranger: Codec,
    /// A building that it knows.
    pub building_id: BuildingId,
    /// A collector that it knows.
    pub gateway_id: GatewayId,
    /// Longest wait for an answer.
    pub patience: Duration,
}

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What should hold.
    pub check: &'static str,
    /// What was seen instead.
    pub fault: Option<String>,
}

type Check = fn(&Subject) -> Result<(), String>;

/// All of them, in an order in which the first failure explains the next.
const CHECKS: [(&str, Check); 14] = [
    ("a login with the right key passes", right_key),
    ("a login with another key fails", wrong_key),
    ("an answer without a challenge fails", unasked),
    ("data before the login is not acknowledged", before_login),
    ("a heartbeat is answered with the time", heartbeat),
    ("a report is acknowledged once, as what it is", reported),
    ("the same report is acknowledged again", repeated),
    ("left-over data is acknowledged", left_over),
    ("bytes that come one by one are understood", one_by_one),
    ("two messages in one piece are both answered", together),
    ("noise does not end the centre", noise),
    ("a length beyond all measure does not end the centre", too_long),
    ("a document type is not taken for data", document_type),
    ("another key for bodies is not taken for data", other_aes),
];

/// Everything that is checked.
pub fn all(subject: &Subject) -> Vec<Verdict> {
    CHECKS.iter().map(|(check, run)| Verdict { check, fault: run(subject).err() }).collect()
}

fn right_key(subject: &Subject) -> Result<(), String> {
    Client::logged_in(subject).map(drop)
}

fn wrong_key(subject: &Subject) -> Result<(), String> {
    let mut client = Client::connect(subject)?;
    match client.login(&subject.stranger)? {
        Body::Result { pass: false, .. } => Ok(()),
        other => Err(format!("it says {other:?}")),
    }
}

fn unasked(subject: &Subject) -> Result<(), String> {
    let mut client = Client::connect(subject)?;
    client.say(Body::Md5("0".repeat(32)))?;
    match client.hear() {
        Ok(Body::Result { pass: true, .. }) => Err("it lets in whoever answers nothing".into()),
        _ => Ok(()),
    }
}

fn before_login(subject: &Subject) -> Result<(), String> {
    let mut client = Client::connect(subject)?;
    client.say(Body::Data(data(subject, Why::Report, 1, 0)))?;
    // A challenge comes next, or the connection ends: both are fine.
    let _ = client.say(Body::Request);
    match client.hear() {
        Ok(Body::Ack(Ack { pass: true, .. })) => Err("it takes data from anybody".into()),
        _ => Ok(()),
    }
}

fn heartbeat(subject: &Subject) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    client.say(Body::Notify)?;
    match client.hear()? {
        Body::Time(_) => Ok(()),
        other => Err(format!("it says {other:?}")),
    }
}

fn reported(subject: &Subject) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    client.acknowledged_once(Why::Report, 7, 100)
}

fn repeated(subject: &Subject) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    client.acknowledged_once(Why::Report, 8, 101)?;
    client.acknowledged_once(Why::Report, 9, 101)
}

fn left_over(subject: &Subject) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    (1..=3).try_for_each(|at| client.acknowledged_once(Why::Continuous, 10 + at, u64::from(at)))
}

fn one_by_one(subject: &Subject) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    let bytes = client.bytes(Body::Notify)?;
    for byte in bytes {
        client.write(&[byte])?;
    }
    match client.hear()? {
        Body::Time(_) => Ok(()),
        other => Err(format!("it says {other:?}")),
    }
}

fn together(subject: &Subject) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    let mut bytes = client.bytes(Body::Notify)?;
    bytes.extend(client.bytes(Body::Notify)?);
    client.write(&bytes)?;
    match (client.hear()?, client.hear()?) {
        (Body::Time(_), Body::Time(_)) => Ok(()),
        other => Err(format!("it says {other:?}")),
    }
}

fn noise(subject: &Subject) -> Result<(), String> {
    let mut client = Client::connect(subject)?;
    client.write(&[0x55; 4096])?;
    drop(client);
    right_key(subject)
}

fn too_long(subject: &Subject) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    let mut bytes = client.bytes(Body::Notify)?;
    // Where either shape has its length.
    bytes[4..7].fill(0x7f);
    client.write(&bytes)?;
    drop(client);
    right_key(subject)
}

fn document_type(subject: &Subject) -> Result<(), String> {
    let xml = format!(
        "<!DOCTYPE root [<!ENTITY a \"1\">]><root><common><building_id>{}</building_id><gateway_id>{}</gateway_id>\
         <type>report</type></common><data operation=\"report\"><sequence>&a;</sequence>\
         <time>20140602091500</time></data></root>",
        subject.building_id, subject.gateway_id
    );
    not_taken(subject, &subject.codec.encrypted(xml.as_bytes()))
}

fn other_aes(subject: &Subject) -> Result<(), String> {
    not_taken(subject, &[0xa5; 64])
}

/// A body of data that must not be acknowledged, nor end the centre.
fn not_taken(subject: &Subject, body: &[u8]) -> Result<(), String> {
    let mut client = Client::logged_in(subject)?;
    let bytes = framed(&subject.codec.dialect().frame, Kind::Data, 9, body);
    client.write(&bytes.map_err(|_| "too long")?)?;
    client.say(Body::Notify)?;
    if let Ok(Body::Ack(Ack { pass: true, .. })) = client.hear() {
        return Err("it acknowledges it".into());
    }
    right_key(subject)
}

fn data(subject: &Subject, why: Why, sequence: u32, slot: u64) -> Readings {
    let mut report = report(slot);
    report.building_id = subject.building_id.clone();
    let progress = (why == Why::Continuous).then_some(Progress { total: 3, current: slot as u32 });
    report.readings(subject.codec.dialect().xml.flavour, why, sequence, progress)
}

/// A connection.
struct Client<'a> {
    subject: &'a Subject,
    stream: TcpStream,
    framer: Framer,
    command: u32,
}

impl<'a> Client<'a> {
    fn connect(subject: &'a Subject) -> Result<Self, String> {
        let stream = TcpStream::connect_timeout(&subject.address, subject.patience);
        let stream = stream.map_err(|error| format!("cannot connect: {error}"))?;
        let _ = stream.set_nodelay(true);
        let framer = Framer::new(subject.codec.dialect().frame.clone());
        Ok(Self { subject, stream, framer, command: 0 })
    }

    fn logged_in(subject: &'a Subject) -> Result<Self, String> {
        let mut client = Self::connect(subject)?;
        match client.login(&subject.codec)? {
            Body::Result { pass: true, .. } => Ok(client),
            other => Err(format!("the login ends with {other:?}")),
        }
    }

    fn login(&mut self, with: &Codec) -> Result<Body, String> {
        self.say(Body::Request)?;
        let Body::Sequence(challenge) = self.hear()? else {
            return Err("a request is not answered with a challenge".into());
        };
        self.say(Body::Md5(with.answer(&challenge)))?;
        self.hear()
    }

    /// Data, then a heartbeat: exactly one acknowledgement in between, and of this data.
    fn acknowledged_once(&mut self, why: Why, sequence: u32, slot: u64) -> Result<(), String> {
        let readings = data(self.subject, why, sequence, slot);
        let time = readings.time;
        self.say(Body::Data(readings))?;
        let Body::Ack(ack) = self.hear()? else {
            return Err("data is not answered with an acknowledgement".into());
        };
        if !ack.pass {
            return Err("it refuses data".into());
        }
        let other = ack.sequence.is_some_and(|said| said != sequence)
            || ack.time.is_some_and(|said| said != time);
        if other {
            return Err(format!("it acknowledges something else: {ack:?}"));
        }
        self.say(Body::Notify)?;
        match self.hear()? {
            Body::Time(_) => Ok(()),
            Body::Ack(_) => Err("it acknowledges twice".into()),
            other => Err(format!("it says {other:?} unasked")),
        }
    }

    fn bytes(&mut self, body: Body) -> Result<Vec<u8>, String> {
        self.command += 1;
        let (building_id, gateway_id) =
            (self.subject.building_id.clone(), self.subject.gateway_id.clone());
        let message = Message { building_id, gateway_id, body };
        self.subject.codec.encode(&message, self.command).map_err(|fault| fault.to_string())
    }

    fn say(&mut self, body: Body) -> Result<(), String> {
        let bytes = self.bytes(body)?;
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream.write_all(bytes).map_err(|error| format!("cannot send: {error}"))
    }

    fn hear(&mut self) -> Result<Body, String> {
        let end = Instant::now() + self.subject.patience;
        loop {
            if let Some(frame) = self.framer.take() {
                let message =
                    frame.map_err(Fault::from).and_then(|frame| self.subject.codec.decode(&frame));
                return message.map(|message| message.body).map_err(|fault| fault.to_string());
            }
            let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let _ = self.stream.set_read_timeout(Some(left));
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err("it ends the connection".into()),
                Ok(count) => self.framer.push(&buffer[..count]),
                Err(error) => return Err(format!("no answer: {error}")),
            }
        }
    }
}
