//! A campus that sends: an outbox, and as little of a forwarder as is right.
//!
//! [`Campus`] is what survives a power cut, [`Forwarder`] what does not. The rows are packed by `batch`,
//! whose bytes are frozen; HTTP is a few lines over a socket.

use batch::row::QUANTITIES;
use batch::{
    Body, Class, Draft, Hash, Id, Incarnation, Link, Loss, Pushed, Receipt, Row, SecretKey, Span,
    Stream, Values, sign,
};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take: longer than any limit of the receiver.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Numbers of chance that repeat with their seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }
}

/// A campus with what it wants to send.
pub struct Campus {
    /// Its identifier.
    pub id: Id,
    /// Of its database.
    pub incarnation: Incarnation,
    /// Its key.
    pub key: SecretKey,
    /// By number, from 1.
    pub rows: Vec<OutRow>,
    tips: HashMap<(Stream, Class), Hash>,
}

/// A row of an outbox.
#[derive(Clone, Debug)]
pub struct OutRow {
    /// Its stream.
    pub stream: Stream,
    /// Its class.
    pub class: Class,
    /// Its text.
    pub canonical: String,
    /// The hash before it.
    pub prev: Hash,
    /// Its hash.
    pub hash: Hash,
    /// It was shed, and cannot be sent.
    pub shed: bool,
}

/// Midnight of a Monday in Shanghai, UTC, ms: 2025-08-31T16:00:00Z.
pub const MONDAY_MS: i64 = 1_756_656_000_000;

/// A quarter of an hour, ms.
const QUARTER_MS: i64 = 900_000;

impl Campus {
    /// A campus without rows; incarnation and key come from the seed.
    ///
    /// # Panics
    /// When `id` is no identifier.
    pub fn new(id: &str, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let mut bytes = [0; 32];
        for part in bytes.chunks_exact_mut(8) {
            part.copy_from_slice(&chance.number().to_le_bytes());
        }
        let incarnation: [u8; 16] = bytes[..16].try_into().expect("half of 32 bytes");
        Self {
            id: Id::new(id).expect("an identifier"),
            incarnation: Incarnation(incarnation),
            key: SecretKey::from_seed(bytes),
            rows: Vec::new(),
            tips: HashMap::new(),
        }
    }

    /// Another life of the same campus: no row yet, the same key.
    pub fn reborn(&self, incarnation: Incarnation) -> Self {
        Self {
            id: self.id,
            incarnation,
            key: SecretKey::parse(&self.key.expose()).expect("a key"),
            rows: Vec::new(),
            tips: HashMap::new(),
        }
    }

    /// Puts a row into the outbox.
    pub fn add(&mut self, row: &Row) {
        let genesis = || Hash::genesis(&self.id, &self.incarnation, &row.stream, row.class());
        let chain = (row.stream.clone(), row.class());
        let prev = self.tips.get(&chain).copied().unwrap_or_else(genesis);
        let canonical = row.canonical();
        let hash = prev.then(&canonical);
        self.tips.insert(chain, hash);
        let (stream, class) = (row.stream.clone(), row.class());
        self.rows.push(OutRow { stream, class, canonical, prev, hash, shed: false });
    }

    /// Adds `count` rows of `rooms` rooms, one building and two meters, slot after slot; every 40th row is a
    /// later revision, every 96th slot a day, and now and then something is lost.
    pub fn grow(&mut self, count: usize, rooms: usize, chance: &mut Chance) {
        let mut names: Vec<String> = (0..rooms).map(|room| format!("room/main/r{room}")).collect();
        names.extend(["building/main", "meter/in-1", "meter/in-2"].map(str::to_owned));
        let streams: Vec<Stream> =
            names.iter().map(|name| Stream::new(name).expect("a stream")).collect();
        let first = self.rows.len();
        for at in first..first + count {
            let stream = streams[at % streams.len()].clone();
            let slot = (at / streams.len()) as i64;
            let slot_ms = MONDAY_MS + slot * QUARTER_MS;
            let row = match chance.below(97) {
                0 => Row {
                    body: Body::Loss(Loss {
                        what: "frames".to_owned(),
                        count: chance.below(50) + 1,
                        from_ms: slot_ms,
                        to_ms: slot_ms + QUARTER_MS,
                        more: [].into(),
                    }),
                    ..quarter(stream, slot_ms, 1 + at as u32, chance)
                },
                1 if slot >= 96 => {
                    let day = slot / 96 - 1;
                    let slot_ms = MONDAY_MS + day * 96 * QUARTER_MS;
                    let row = quarter(stream, slot_ms, 1 + at as u32, chance);
                    let Body::Quarter(values) = row.body else { continue };
                    Row { span_s: 86_400, body: Body::Day(values), ..row }
                }
                2..5 if slot > 0 => {
                    let earlier =
                        slot_ms - chance.below(slot as u64) as i64 * QUARTER_MS - QUARTER_MS;
                    // Higher than any before: the place in the outbox.
                    quarter(stream, earlier, 2 + at as u32, chance)
                }
                _ => quarter(stream, slot_ms, 1, chance),
            };
            self.add(&row);
        }
    }

    /// A signed batch of what is in `span`: body and header.
    ///
    /// # Panics
    /// When it does not fit.
    pub fn batch(&self, span: Span) -> (Vec<u8>, String) {
        let mut draft = Draft::new(self.id, self.incarnation, span.from);
        for seq in span.from..=span.to {
            let row = &self.rows[seq as usize - 1];
            if row.shed {
                continue;
            }
            let pushed = draft.push(&Link {
                seq,
                stream: row.stream.as_str(),
                class: row.class,
                canonical: &row.canonical,
                prev: row.prev,
                hash: row.hash,
            });
            assert_eq!(pushed, Pushed::Yes);
        }
        draft.leave_out(span.to + 1);
        let body = draft.pack().expect("it fits");
        let header = self.key.sign(&body);
        (body, header)
    }

    /// What a hub must hold: number and hash of every row that was not shed.
    pub fn set(&self) -> Vec<(u64, String)> {
        let numbered = (1..).zip(&self.rows);
        numbered
            .filter(|(_, row)| !row.shed)
            .map(|(seq, row)| (seq, row.hash.to_string()))
            .collect()
    }
}

/// A quarter with numbers of chance, some of them absent.
fn quarter(stream: Stream, slot_ms: i64, revision: u32, chance: &mut Chance) -> Row {
    let mut values = Values::default();
    for quantity in QUANTITIES {
        let number = chance.below(if quantity.range.1 == 1000 { 1001 } else { 900 }) as i64;
        *(quantity.place)(&mut values) = (chance.below(10) > 0).then_some(number);
    }
    Row { stream, slot_ms, span_s: 900, revision, body: Body::Quarter(values) }
}

/// What a receiver answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, s; 0 when there is none.
    pub retry_s: u64,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The receipt.
    ///
    /// # Panics
    /// When it is none.
    pub fn receipt(&self) -> Receipt {
        assert_eq!(self.status, 200, "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The code of an error.
    ///
    /// # Panics
    /// When it is none.
    pub fn code(&self) -> String {
        let body: serde_json::Value =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A way to a hub. After an error the next question connects anew.
pub trait Hubward: Send {
    /// Sends a signed batch: body and header.
    ///
    /// # Errors
    /// There is no answer.
    fn send(&mut self, campus: &Campus, batch: &(Vec<u8>, String)) -> io::Result<Answer>;

    /// Asks what the hub holds.
    ///
    /// # Errors
    /// There is no answer.
    fn held(&mut self, campus: &Campus) -> io::Result<Answer>;

    /// Lets go of the connection.
    fn hang_up(&mut self);
}

/// A kept connection to `127.0.0.1`.
pub struct Line {
    port: u16,
    socket: Option<TcpStream>,
}

impl Line {
    /// To this port; nothing is connected yet.
    pub fn new(port: u16) -> Self {
        Self { port, socket: None }
    }

    /// Sends a request and waits for its answer. After an error the next one connects anew.
    ///
    /// # Errors
    /// The line broke.
    pub fn ask(&mut self, head: &str, body: &[u8]) -> io::Result<Answer> {
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => {
                let socket = TcpStream::connect(("127.0.0.1", self.port))?;
                socket.set_nodelay(true)?;
                socket.set_read_timeout(Some(ANSWER_WITHIN))?;
                socket
            }
        };
        let mut request =
            format!("{head}\r\nhost: hub\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        request.extend_from_slice(body);
        socket.write_all(&request)?;
        let (answer, again) = read_answer(&mut socket)?;
        if again {
            self.socket = Some(socket);
        }
        Ok(answer)
    }

    /// `POST /v1/batches`.
    ///
    /// # Errors
    /// The line broke.
    pub fn post(&mut self, (body, header): &(Vec<u8>, String)) -> io::Result<Answer> {
        self.ask(&format!("POST /v1/batches HTTP/1.1\r\ncampus-signature: {header}"), body)
    }

    /// `GET /v1/watermark`.
    ///
    /// # Errors
    /// The line broke.
    pub fn watermark(&mut self, campus: &Campus) -> io::Result<Answer> {
        let path = format!("/v1/watermark?campus={}&incarnation={}", campus.id, campus.incarnation);
        let header = campus.key.sign(&sign::get(&path));
        self.ask(&format!("GET {path} HTTP/1.1\r\ncampus-signature: {header}"), b"")
    }
}

impl Hubward for Line {
    fn send(&mut self, _: &Campus, batch: &(Vec<u8>, String)) -> io::Result<Answer> {
        self.post(batch)
    }

    fn held(&mut self, campus: &Campus) -> io::Result<Answer> {
        self.watermark(campus)
    }

    fn hang_up(&mut self) {
        self.socket = None;
    }
}

/// An answer, and whether the connection may be used again.
///
/// # Errors
/// The line broke, or what came is no answer.
pub fn read_answer(socket: &mut impl Read) -> io::Result<(Answer, bool)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let early = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        match socket.read(&mut chunk)? {
            0 => return Err(early()),
            n => bytes.extend_from_slice(&chunk[..n]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_lowercase();
    let value =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let length: usize = value("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        match socket.read(&mut chunk)? {
            0 => return Err(early()),
            n => body.extend_from_slice(&chunk[..n]),
        }
    }
    let status = head.get(9..12).and_then(|code| code.parse().ok()).ok_or_else(early)?;
    let retry_s = value("retry-after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let again = value("connection") != Some("close");
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok((Answer { status, retry_s, body }, again))
}

/// What is lost when the agent is killed: what it believes the hub to hold, and its line.
pub struct Forwarder {
    line: Box<dyn Hubward>,
    known: Option<Receipt>,
    /// Rows of the largest batch.
    pub rows_max: u64,
    /// Batches are of every size up to that, and now and then the newest rows go first.
    pub varied: bool,
    /// Batches that were answered with a receipt.
    pub receipts: u64,
    /// Requests without an answer.
    pub broken: u64,
    /// Answers that asked for patience.
    pub busy: u64,
    /// Requests without a receipt since the last receipt.
    failed: u32,
}

/// How a step went.
#[derive(Clone, Debug)]
pub enum Step {
    /// The hub holds everything.
    Done,
    /// There is more to do.
    More,
    /// The hub refuses for good.
    Refused(Answer),
}

impl Forwarder {
    /// To the balancer at this port.
    pub fn new(port: u16, rows_max: u64) -> Self {
        Self::over(Box::new(Line::new(port)), rows_max)
    }

    /// By any way.
    pub fn over(line: Box<dyn Hubward>, rows_max: u64) -> Self {
        Self {
            line,
            known: None,
            rows_max,
            varied: true,
            receipts: 0,
            broken: 0,
            busy: 0,
            failed: 0,
        }
    }

    /// Longer after each failure, up to 0.3 s, and never the same for two campuses: a hub that comes back
    /// is not run over.
    fn back_off(&mut self, chance: &mut Chance) {
        let most_ms = 5 << self.failed.min(6);
        self.failed += 1;
        std::thread::sleep(Duration::from_millis(1 + chance.below(most_ms)));
    }

    /// As after a power cut: it knows nothing but the outbox.
    pub fn killed(&mut self) {
        self.known = None;
        self.line.hang_up();
    }

    /// Lets it believe that the hub is there, and nowhere else.
    pub fn believe(&mut self, watermark: u64) {
        self.known =
            Some(Receipt { v: batch::VERSION, watermark, missing: vec![], refused: vec![] });
    }

    /// One request: what does the hub hold, or the next batch.
    pub fn step(&mut self, campus: &Campus, chance: &mut Chance) -> Step {
        let last = campus.rows.len() as u64;
        let asked = match &self.known {
            None => self.line.held(campus),
            Some(known) if known.watermark >= last => return Step::Done,
            Some(known) => {
                let first = known.missing.first().copied();
                let next = first.unwrap_or(Span { from: known.watermark + 1, to: last });
                let count =
                    if self.varied { 1 + chance.below(self.rows_max) } else { self.rows_max };
                let span = if self.varied && chance.below(4) == 0 {
                    Span { from: next.from.max(last.saturating_sub(count - 1)), to: last }
                } else {
                    Span { from: next.from, to: next.to.min(next.from + count - 1).min(last) }
                };
                self.line.send(campus, &campus.batch(span))
            }
        };
        match asked {
            Ok(answer) if answer.status == 200 => {
                self.receipts += 1;
                self.failed = 0;
                self.known = Some(answer.receipt());
            }
            Ok(answer) if answer.retry_s > 0 => {
                self.busy += 1;
                self.known = None;
                self.back_off(chance);
            }
            Ok(answer) => return Step::Refused(answer),
            Err(_) => {
                self.broken += 1;
                self.killed();
                self.back_off(chance);
            }
        }
        Step::More
    }
}
