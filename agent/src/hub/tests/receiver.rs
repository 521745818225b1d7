//! A hub in memory that does as it is told, also badly.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use batch::{
    Body as Said, Code, ErrorBody, Hash, Incarnation, Loss, Ranges, Receipt, Refused, Row, Span,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// What it does with one batch instead of what it should.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Breaks the connection before it has read.
    Cut,
    /// Takes it.
    Take,
    /// Takes the batch and breaks the connection before it answers.
    CutAfterCommit,
    /// Answers so, with `Retry-After`, s.
    Status(u16, Option<u64>),
    /// Answers 200 and nonsense.
    Garbage,
    /// Answers that nothing arrived.
    Nothing,
    /// Claims to have everything up to here.
    Lie(u64),
}

/// A row that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub row: Row,
    pub hash: Hash,
}

/// What it has.
#[derive(Default)]
pub struct Hub {
    /// Of the present incarnation, by number.
    pub rows: BTreeMap<u64, Got>,
    arrived: Ranges,
    /// Incarnations in the order in which they came.
    pub lives: Vec<Incarnation>,
    /// When it was given a batch.
    pub asked_at: Vec<Instant>,
    /// Spans of the batches it took.
    pub batches: Vec<(u64, u64)>,
    /// Rows that came with another hash than the one that is there.
    pub forks: u64,
    script: VecDeque<Act>,
    refuse: BTreeSet<u64>,
    /// The most rows it takes, and a row that it never takes.
    too_large: Option<(usize, u64)>,
}

pub struct Receiver {
    pub address: SocketAddr,
    hub: Arc<Mutex<Hub>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let hub = Arc::new(Mutex::new(Hub::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/district/v1/batches", post(batches))
            .route("/district/v1/watermark", get(watermark))
            .with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, hub }
    }

    pub fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap()
    }

    /// What it has, for another way to it.
    pub fn shared(&self) -> Arc<Mutex<Hub>> {
        self.hub.clone()
    }

    /// What it does next; then it does as it should.
    pub fn script(&self, acts: impl IntoIterator<Item = Act>) {
        self.hub().script = acts.into_iter().collect();
    }

    pub fn refuse(&self, seq: u64) {
        self.hub().refuse.insert(seq);
    }

    pub fn too_large(&self, rows: usize, seq: u64) {
        self.hub().too_large = Some((rows, seq));
    }

    /// As when its database was restored from a backup.
    pub fn forget_above(&self, seq: u64) {
        let mut hub = self.hub();
        hub.rows.retain(|number, _| *number <= seq);
        hub.arrived = Ranges::from_iter([Span { from: 1, to: seq }]);
    }

    pub async fn wait(&self, what: &str, done: impl Fn(&Hub) -> bool) {
        let until = tokio::time::Instant::now() + Duration::from_secs(300);
        while !done(&self.hub()) {
            assert!(tokio::time::Instant::now() < until, "{what}: {}", self.hub().watermark());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Hub {
    pub fn watermark(&self) -> u64 {
        self.arrived.watermark()
    }

    /// Rows, and forks.
    pub fn counts(&self) -> (usize, u64) {
        (self.rows.len(), self.forks)
    }

    pub fn losses(&self) -> impl Iterator<Item = &Loss> {
        self.rows.values().filter_map(|got| match &got.row.body {
            Said::Loss(loss) => Some(loss),
            _ => None,
        })
    }

    fn turn(&mut self, life: Incarnation) {
        if self.lives.last() != Some(&life) {
            self.lives.push(life);
            self.rows.clear();
            self.arrived = Ranges::new();
        }
    }

    fn take(&mut self, opened: batch::Opened) -> Vec<Refused> {
        self.turn(opened.incarnation);
        self.batches.push((opened.span.from, opened.span.to));
        let mut refused = Vec::new();
        for entry in opened.entries {
            if self.refuse.contains(&entry.seq) {
                let reason = "no".to_owned();
                refused.push(Refused { seq: entry.seq, code: Code::BadRow, reason });
                continue;
            }
            let got = Got { row: entry.row, hash: entry.hash };
            let before = self.rows.insert(entry.seq, got.clone());
            self.forks += u64::from(before.is_some_and(|before| before != got));
        }
        assert_eq!(opened.bad, [], "every row is good");
        self.arrived.insert(opened.span);
        refused
    }

    /// Takes a good batch.
    pub fn batch(hub: &Mutex<Self>, body: &[u8], signature: &str) -> Receipt {
        assert!(verifies(body, signature));
        let mut hub = hub.lock().unwrap();
        let refused = hub.take(batch::open(body).unwrap());
        hub.said(refused)
    }

    /// Answers what it holds.
    pub fn held(hub: &Mutex<Self>, question: &[u8], signature: &str) -> Receipt {
        assert!(verifies(question, signature));
        let hub = hub.lock().unwrap();
        let question = String::from_utf8_lossy(question);
        let asked = question.rsplit_once("incarnation=").unwrap().1;
        if hub.lives.last().is_some_and(|life| life.to_string() == asked) {
            return hub.said(Vec::new());
        }
        Receipt { v: 1, watermark: 0, missing: vec![], refused: vec![] }
    }

    fn receipt(&self, refused: Vec<Refused>) -> Response {
        axum::Json(self.said(refused)).into_response()
    }

    fn said(&self, refused: Vec<Refused>) -> Receipt {
        let missing = self.arrived.missing(batch::limits::MISSING_MAX);
        let missing = missing.into_iter().filter(|span| span.from > self.watermark()).collect();
        Receipt { v: 1, watermark: self.watermark(), missing, refused }
    }
}

async fn batches(
    State(hub): State<Arc<Mutex<Hub>>>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let act = {
        let mut hub = hub.lock().unwrap();
        hub.asked_at.push(Instant::now());
        hub.script.pop_front()
    };
    if matches!(act, Some(Act::Cut)) {
        return cut();
    }
    let body: Bytes = axum::body::to_bytes(request.into_body(), 1 << 21).await.unwrap();
    assert!(verifies(&body, headers[batch::sign::HEADER].to_str().unwrap()));
    let opened = batch::open(&body).unwrap();
    let mut hub = hub.lock().unwrap();
    let has = |seq: u64| opened.entries.iter().any(|entry| entry.seq == seq);
    if hub.too_large.is_some_and(|(rows, seq)| opened.entries.len() > rows || has(seq)) {
        return error(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, None);
    }
    match act {
        Some(Act::Status(status, after)) => {
            let status = StatusCode::from_u16(status).unwrap();
            error(status, Code::Unavailable, after)
        }
        Some(Act::Garbage) => "{".into_response(),
        Some(Act::Nothing) => hub.receipt(Vec::new()),
        Some(Act::CutAfterCommit) => {
            hub.take(opened);
            cut()
        }
        Some(Act::Lie(watermark)) => {
            hub.turn(opened.incarnation);
            axum::Json(Receipt { v: 1, watermark, missing: vec![], refused: vec![] })
                .into_response()
        }
        Some(Act::Cut | Act::Take) | None => {
            let refused = hub.take(opened);
            hub.receipt(refused)
        }
    }
}

async fn watermark(
    State(hub): State<Arc<Mutex<Hub>>>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let path = request.uri().path_and_query().unwrap().as_str();
    let signature = headers[batch::sign::HEADER].to_str().unwrap();
    axum::Json(Hub::held(&hub, &batch::sign::get(path), signature)).into_response()
}

fn verifies(bytes: &[u8], signature: &str) -> bool {
    let signed = batch::Signed::parse(signature).unwrap();
    super::rig::key().public().verifies(bytes, &signed)
}

/// An answer that breaks off in its first byte.
fn cut() -> Response {
    let broken = futures_stream();
    Response::builder().header("content-length", "1000").body(Body::from_stream(broken)).unwrap()
}

fn futures_stream() -> impl tokio_stream::Stream<Item = Result<Bytes, std::io::Error>> {
    tokio_stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))])
}

fn error(status: StatusCode, code: Code, after: Option<u64>) -> Response {
    let body = ErrorBody { code, message: "as told".to_owned(), hint: String::new() };
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(seconds) = after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}
