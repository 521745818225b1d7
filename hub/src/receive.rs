//! Requests: who may send, and what is answered.

use crate::counts::Counts;
use crate::limits::{BODY_WITHIN, RETRY_AWAY_S, RETRY_BUSY_S};
use crate::pace::Pace;
use crate::store::{Fork, Refusal, Sender, Store, Taken};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use batch::limits::COMPRESSED_BYTES_MAX;
use batch::{Code, ErrorBody, Id, Incarnation, Opened, Receipt, Signed, sign};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What every request can reach.
#[derive(Clone)]
pub struct Receiver {
    store: Store,
    pace: Arc<Pace>,
    pub(crate) counts: Arc<Counts>,
}

/// What a sender is told, whichever way it came.
pub(crate) struct Answer {
    pub status: StatusCode,
    /// Not again before.
    pub retry_s: Option<u32>,
    /// A receipt or an error, JSON.
    pub body: Vec<u8>,
}

/// An answer that is no receipt.
pub(crate) struct Refused {
    status: StatusCode,
    body: ErrorBody,
    retry_s: Option<u32>,
}

impl Receiver {
    /// A receiver into this database.
    pub fn new(store: Store, batches_per_minute: u32) -> Self {
        let pace = Arc::new(Pace::new(batches_per_minute));
        Self { store, pace, counts: Arc::default() }
    }

    /// Its paths.
    pub fn router(self) -> Router {
        Router::new()
            .route("/v1/batches", post(batches))
            .route("/v1/watermark", get(watermark))
            .route("/healthz", get(healthz))
            .route("/metrics", get(metrics))
            .fallback(|| async {
                let hint = "`POST /v1/batches` and `GET /v1/watermark`: docs/integrate/hub.md";
                refuse(StatusCode::NOT_FOUND, Code::Other, "no such path", hint).into_response()
            })
            .with_state(self)
    }
}

impl Receiver {
    /// Takes a batch. `of` is the campus whose it must be, where the way it came by says so.
    pub(crate) async fn batch(
        &self,
        signature: Option<&str>,
        of: Option<&Id>,
        body: impl Future<Output = Result<Bytes, Refused>>,
    ) -> Answer {
        let began = Instant::now();
        match take(self, signature, of, body).await {
            Ok((taken, bad, bytes)) => {
                let add = |counter: &AtomicU64, more: usize| {
                    counter.fetch_add(more as u64, Ordering::Relaxed);
                };
                let counts = &self.counts;
                add(&counts.batches, 1);
                add(&counts.rows_new, taken.fresh);
                add(&counts.rows_known, taken.known);
                add(&counts.rows_bad, bad);
                add(&counts.bytes, bytes);
                let busy = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                counts.busy_us.fetch_add(busy, Ordering::Relaxed);
                Answer::receipt(&taken.receipt)
            }
            Err(refused) => self.refuse(refused),
        }
    }

    /// Says what is held of an incarnation; `signed` are the bytes of the question.
    pub(crate) async fn watermark(
        &self,
        signature: Option<&str>,
        signed: &[u8],
        which: Option<(Id, Incarnation)>,
    ) -> Answer {
        match held(self, signature, signed, which).await {
            Ok(receipt) => Answer::receipt(&receipt),
            Err(refused) => self.refuse(refused),
        }
    }

    fn refuse(&self, refused: Refused) -> Answer {
        self.counts.refuse(refused.body.code);
        refused.into()
    }
}

impl Answer {
    fn receipt(receipt: &Receipt) -> Self {
        Self { status: StatusCode::OK, retry_s: None, body: json(receipt) }
    }

    /// A receipt of fewer rows is shorter.
    pub(crate) fn too_large() -> Self {
        let hint = "send fewer rows: what was taken stays taken";
        let message = "the receipt is larger than the broker takes";
        refuse(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, message, hint).into()
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let Refused { status, body, retry_s } = refused;
        Self { status, retry_s, body: json(&body) }
    }
}

/// Numbers, texts and lists: nothing in it can fail to be written.
fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

async fn batches(State(receiver): State<Receiver>, headers: HeaderMap, body: Body) -> Answer {
    receiver.batch(signature(&headers), None, read(body)).await
}

async fn take(
    receiver: &Receiver,
    signature: Option<&str>,
    of: Option<&Id>,
    body: impl Future<Output = Result<Bytes, Refused>>,
) -> Result<(Taken, usize, usize), Refused> {
    let signed = read_signature(signature)?;
    // Before a byte of the body: strangers cost one look into an index.
    let sender = sender(receiver, &signed).await?;
    if let Some(of) = of {
        belongs(&sender, of)?;
    }
    let _leave = receiver.pace.enter(&sender.campus, Instant::now()).map_err(|wait| {
        let hint = "send larger batches, or wait as long as `Retry-After` says";
        let mut busy =
            refuse(StatusCode::TOO_MANY_REQUESTS, Code::Busy, "too many batches at once", hint);
        busy.retry_s = u32::try_from(wait.as_secs()).ok().map(|s| s.max(RETRY_BUSY_S));
        busy
    })?;
    let packed = body.await?;
    let bytes = packed.len();
    // Unpacking and hashing 5,000 rows takes tens of milliseconds: not on a thread that others wait for.
    let key = sender.key;
    let checked = tokio::task::spawn_blocking(move || {
        key.verifies(&packed, &signed).then(|| batch::open(&packed)).ok_or(signed)
    });
    let checked = checked.await.map_err(|_| away("unpacking ended early"))?;
    let opened = match checked {
        Err(signed) => return Err(bad_signature(&signed)),
        Ok(Err(error)) => {
            return Err(Refused { status: status(error.code), body: error, retry_s: None });
        }
        Ok(Ok(opened)) => opened,
    };
    belongs(&sender, &opened.campus)?;
    let taken = receiver
        .store
        .take(&opened, &sender.key.id())
        .await
        .map_err(|refusal| of_store(refusal, &opened))?;
    if !opened.bad.is_empty() {
        let reason = opened.bad[0].reason.as_str();
        tracing::warn!(campus = %opened.campus, rows = opened.bad.len(), reason, "bad rows put aside");
    }
    Ok((taken, opened.bad.len(), bytes))
}

fn belongs(sender: &Sender, campus: &Id) -> Result<(), Refused> {
    if campus.as_str() == sender.campus {
        return Ok(());
    }
    let message = format!("this key belongs to `{}`, not to `{campus}`", sender.campus);
    let hint = "check `[campus] id` and `key_file` of the agent";
    Err(refuse(StatusCode::UNAUTHORIZED, Code::UnknownKey, message, hint))
}

#[derive(Deserialize)]
struct Which {
    campus: String,
    incarnation: String,
}

async fn watermark(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    which: Result<Query<Which>, QueryRejection>,
) -> Answer {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let which = which.ok().and_then(|Query(which)| {
        Some((Id::new(&which.campus).ok()?, Incarnation::parse(&which.incarnation)?))
    });
    receiver.watermark(signature(&headers), &sign::get(path), which).await
}

async fn held(
    receiver: &Receiver,
    signature: Option<&str>,
    question: &[u8],
    which: Option<(Id, Incarnation)>,
) -> Result<Receipt, Refused> {
    let signed = read_signature(signature)?;
    let sender = sender(receiver, &signed).await?;
    if !sender.key.verifies(question, &signed) {
        return Err(bad_signature(&signed));
    }
    let (campus, incarnation) = which.ok_or_else(|| {
        let hint = "`GET /v1/watermark?campus=north&incarnation=` and 32 digits of 0-9 and a-f";
        refuse(StatusCode::BAD_REQUEST, Code::Malformed, "which watermark?", hint)
    })?;
    if campus.as_str() != sender.campus {
        let message = format!("this key belongs to `{}`", sender.campus);
        let hint = "a campus may ask for its own watermark only";
        return Err(refuse(StatusCode::UNAUTHORIZED, Code::UnknownKey, message, hint));
    }
    receiver.store.receipt(campus.as_str(), &incarnation).await.map_err(|refusal| match refusal {
        Refusal::Away(why) => away(&why),
        Refusal::Fork(_) | Refusal::TooScattered => away("this cannot be asked now"),
    })
}

async fn healthz(State(receiver): State<Receiver>) -> Response {
    match receiver.store.ping().await {
        Ok(()) => "ok\n".into_response(),
        Err(_) => away("the database does not answer").into_response(),
    }
}

async fn metrics(State(receiver): State<Receiver>) -> impl IntoResponse {
    ([("content-type", "text/plain; version=0.0.4")], receiver.counts.render())
}

fn signature(headers: &HeaderMap) -> Option<&str> {
    headers.get(sign::HEADER).and_then(|value| value.to_str().ok())
}

fn read_signature(written: Option<&str>) -> Result<Signed, Refused> {
    written.and_then(Signed::parse).ok_or_else(|| {
        let hint = "`Campus-Signature: keyid=<16 digits>, sig=<base64>`, ed25519 over the body as it travels";
        refuse(StatusCode::UNAUTHORIZED, Code::BadSignature, "no signature that can be read", hint)
    })
}

async fn sender(receiver: &Receiver, signed: &Signed) -> Result<Sender, Refused> {
    let sender = receiver.store.sender(&signed.key_id).await.map_err(|refusal| match refusal {
        Refusal::Away(why) => away(&why),
        Refusal::Fork(_) | Refusal::TooScattered => away("keys cannot be asked now"),
    })?;
    sender.ok_or_else(|| {
        let message = format!("no campus has a key `{}`", signed.key_id);
        let hint = "at the hub: `campus hub tenant add CAMPUS --key ed25519:…`";
        refuse(StatusCode::UNAUTHORIZED, Code::UnknownKey, message, hint)
    })
}

/// The body, as far as it is one.
async fn read(body: Body) -> Result<Bytes, Refused> {
    let whole = Limited::new(body, COMPRESSED_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_WITHIN, whole).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let hint = format!("a batch has at most {COMPRESSED_BYTES_MAX} bytes");
            Err(refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                Code::TooLarge,
                "the body is too large",
                hint,
            ))
        }
        Ok(Err(_)) => {
            Err(refuse(StatusCode::BAD_REQUEST, Code::Malformed, "the body ended early", ""))
        }
        Err(_) => {
            let message = format!("the body took over {} s", BODY_WITHIN.as_secs());
            let hint = "send smaller batches over a slow line";
            Err(refuse(StatusCode::REQUEST_TIMEOUT, Code::Malformed, message, hint))
        }
    }
}

fn of_store(refusal: Refusal, opened: &Opened) -> Refused {
    match refusal {
        Refusal::Fork(fork) => forked(&fork, opened),
        Refusal::TooScattered => {
            let hint = "send the lowest missing range of the last receipt first";
            let mut refused = refuse(
                StatusCode::TOO_MANY_REQUESTS,
                Code::TooScattered,
                "too many ranges are missing already",
                hint,
            );
            refused.retry_s = Some(RETRY_BUSY_S);
            refused
        }
        Refusal::Away(why) => away(&why),
    }
}

fn forked(fork: &Fork, opened: &Opened) -> Refused {
    let Opened { campus, incarnation, .. } = opened;
    let batch::Entry { seq, row, hash, .. } = &fork.offered;
    let (class, stream, slot) = (row.class().as_str(), &row.stream, row.slot_ms);
    let held = match fork.held {
        Some((held, held_seq)) => format!("number {held_seq} with hash {held}"),
        None => "another row under its number".to_owned(),
    };
    tracing::error!(%campus, %incarnation, seq, %stream, class, "fork refused");
    let message = format!(
        "fork: row {seq} ({class} of {stream} at {slot}, revision {}, hash {hash}) is not what the hub holds: {held}",
        row.revision
    );
    let hint = "two databases use one incarnation, or one was set back: `campus hub incarnation new` at the copy gives it a new one";
    refuse(StatusCode::CONFLICT, Code::Fork, message, hint)
}

fn bad_signature(signed: &Signed) -> Refused {
    let message = format!("the signature is not that of key `{}` over these bytes", signed.key_id);
    let hint = "is `key_file` the one whose public half the hub knows?";
    refuse(StatusCode::UNAUTHORIZED, Code::BadSignature, message, hint)
}

/// The reason goes to the log: it may name hosts.
fn away(why: &str) -> Refused {
    tracing::debug!(why, "told a sender to come again");
    let message = "the database of the hub cannot be reached now";
    let hint = "nothing is lost: send it again after `Retry-After`";
    let mut refused = refuse(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message, hint);
    refused.retry_s = Some(RETRY_AWAY_S);
    refused
}

fn status(code: Code) -> StatusCode {
    match code {
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn refuse(
    status: StatusCode,
    code: Code,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> Refused {
    let body = ErrorBody { code, message: message.into(), hint: hint.into() };
    Refused { status, body, retry_s: None }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        Answer::from(self).into_response()
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let kind = (header::CONTENT_TYPE, batch::mqtt::ANSWER_TYPE);
        let mut response = (self.status, [kind], self.body).into_response();
        if let Some(seconds) = self.retry_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
